"""The way to Rasa and back: one customer's turn out, the bot's replies in."""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from jieda.conversations import Button, Reply, Turn

_RETRY_SECONDS = 0.25
_INTENT_PREFIX, _LOOKALIKE = "/", "\uff0f"
_KEPT_CONTROLS = "\n\t"


class RasaUnavailable(Exception):
    """Rasa is down, too slow, or said nothing."""

    code = "rasa_unavailable"


def as_text(text: str) -> str:
    """A customer's text in a form that Rasa takes for text alone, whatever it begins with.

    Rasa takes a leading "/" for the name of an intent (`rasa.shared`, INTENT_MESSAGE_PREFIX); the full-width
    character in its place reads the same once normalised.
    """
    cleaned = "".join(
        character for character in text if character in _KEPT_CONTROLS or unicodedata.category(character)[0] != "C"
    ).strip()
    if cleaned.startswith(_INTENT_PREFIX):
        return _LOOKALIKE + cleaned[1:]
    return cleaned or "…"


class RasaClient:
    """Speaks to one Rasa. Raises RasaUnavailable."""

    def __init__(self, url: str, token: str, client: httpx.AsyncClient) -> None:
        self._url = url.rstrip("/")
        self._params = {"token": token} if token else {}
        self._client = client

    async def ready(self) -> bool:
        """Whether Rasa answers and has a model."""
        try:
            answer = await self._client.get(f"{self._url}/status", params=self._params, timeout=2)
        except httpx.HTTPError:
            return False
        return answer.status_code == 200

    async def reply(self, turn: Turn, seconds: float) -> list[Reply]:
        """The bot's replies to a turn. A turn that was tried before is looked up first, so that it happens once."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if turn.attempts > 1 and (known := await self._recall(turn, deadline)) is not None:
                    return known
                return await self._send(turn, deadline)
            except httpx.ConnectError as error:
                if time.monotonic() + _RETRY_SECONDS >= deadline:
                    raise RasaUnavailable("no connection") from error
                await asyncio.sleep(_RETRY_SECONDS)
            except (httpx.HTTPError, ValueError, KeyError, TypeError, AttributeError) as error:
                raise RasaUnavailable(type(error).__name__) from error

    async def tell(self, conversation_id: str, slots: Mapping[str, Any], seconds: float) -> None:
        """Lets Rasa know what happened while a person had the conversation: slots, and that no form goes on."""
        events = [
            {"event": "active_loop", "name": None},
            *({"event": "slot", "name": name, "value": value} for name, value in slots.items()),
        ]
        deadline = time.monotonic() + seconds
        while True:
            try:
                answer = await self._client.post(
                    f"{self._url}/conversations/{quote(conversation_id, safe='')}/tracker/events",
                    params=self._params,
                    json=events,
                    timeout=max(deadline - time.monotonic(), 0.001),
                )
                answer.raise_for_status()
                return
            except httpx.ConnectError as error:
                if time.monotonic() + _RETRY_SECONDS >= deadline:
                    raise RasaUnavailable("no connection") from error
                await asyncio.sleep(_RETRY_SECONDS)
            except httpx.HTTPError as error:
                raise RasaUnavailable(type(error).__name__) from error

    async def _send(self, turn: Turn, deadline: float) -> list[Reply]:
        metadata: dict[str, str] = {"message_id": turn.message_id}
        if turn.language is not None:
            metadata["language"] = turn.language.value
        body = {
            "sender": turn.conversation_id,
            "message": turn.payload if turn.payload is not None else as_text(turn.text),
            "metadata": metadata,
        }
        answer = await self._client.post(
            f"{self._url}/webhooks/rest/webhook", json=body, timeout=max(deadline - time.monotonic(), 0.001)
        )
        answer.raise_for_status()
        return _said([_reply(each) for each in answer.json()])

    async def _recall(self, turn: Turn, deadline: float) -> list[Reply] | None:
        """What was said to a turn that Rasa has had already, though nobody heard it; None if it has not."""
        answer = await self._client.get(
            f"{self._url}/conversations/{quote(turn.conversation_id, safe='')}/tracker",
            params={**self._params, "include_events": "ALL"},
            timeout=max(deadline - time.monotonic(), 0.001),
        )
        answer.raise_for_status()
        replies: list[Reply] | None = None
        for event in answer.json().get("events") or ():
            if event.get("event") == "user":
                if replies is not None:
                    break
                if (event.get("metadata") or {}).get("message_id") == turn.message_id:
                    replies = []
            elif event.get("event") == "bot" and replies is not None:
                replies.append(_reply({"text": event.get("text"), **(event.get("data") or {})}))
        return None if replies is None else _said(replies)


def _said(replies: list[Reply]) -> list[Reply]:
    replies = [reply for reply in replies if reply.text.strip()]
    if not replies:
        raise RasaUnavailable("no reply")
    return replies


def _reply(message: dict[str, Any]) -> Reply:
    buttons = message.get("buttons") or ()
    return Reply(
        text=str(message.get("text") or ""),
        buttons=tuple(Button(str(each["title"]), str(each["payload"])) for each in buttons),
    )
