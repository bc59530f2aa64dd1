"""Events of a conversation as the API shows them, and the two ways to follow them: a stream, or a list."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from typing import Any

from anyio import to_thread
from sse_starlette import EventSourceResponse, ServerSentEvent

from jieda.conversations import Event, MessageEvent
from jieda.gateway.metrics import STREAMS
from jieda.gateway.wakeups import Inbox, Passing, Wakeups
from jieda.store.ledger import Ledger

PING_SECONDS = 15
LOOK_SECONDS = 10.0
"""How often a follower looks into the ledger though nobody woke it: a wake-up may be lost with its gateway."""
_PAGE = 500


def shown(event: Event) -> dict[str, Any]:
    """An event in the contract's form."""
    if isinstance(event, MessageEvent):
        return {
            "seq": event.seq,
            "type": "message",
            "author": event.author.value,
            "text": event.text,
            "choices": [{"id": choice.id, "title": choice.title} for choice in event.choices],
            "at": iso(event.at),
        }
    return {
        "seq": event.seq,
        "type": "owner",
        "owner": event.owner.value,
        "agent": event.agent,
        "at": iso(event.at),
    }


def passes(passing: Passing) -> bool:
    """Whether a passing event is for the customer: others' typing."""
    return passing.get("type") == "typing" and passing.get("author") != "customer"


def iso(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class EventFeed:
    """Follows one conversation's events from a seq on, as its customer does; the desk's is made of it."""

    def __init__(self, ledger: Ledger, wakeups: Wakeups, conversation_id: str, after: int) -> None:
        self.ledger = ledger
        self.wakeups = wakeups
        self.conversation_id = conversation_id
        self._after = after

    def stream(self) -> EventSourceResponse:
        """Server-sent events, without end."""
        return EventSourceResponse(
            self._messages(), ping=PING_SECONDS, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )

    async def listed(self, wait: float) -> list[dict[str, Any]]:
        """The events there are; when there are none, those that come within `wait` seconds."""
        until = time.monotonic() + wait
        async with self.wakeups.listen(self.conversation_id) as inbox:
            while True:
                found = await self._next_page()
                left = until - time.monotonic()
                if found or left <= 0:
                    return [self.show(event) for event in found]
                await _received(inbox, min(left, LOOK_SECONDS))

    async def _messages(self) -> AsyncIterator[ServerSentEvent]:
        with STREAMS.track_inprogress():
            async with self.wakeups.listen(self.conversation_id) as inbox:
                # Whoever stands between sends nothing on, not even the headers, before the first byte.
                yield ServerSentEvent(comment="open")
                await self.opened()
                while True:
                    found = await self._next_page()
                    for event in found:
                        yield ServerSentEvent(id=str(event.seq), data=_json(self.show(event)))
                    if len(found) == _PAGE:
                        continue
                    for passing in await self.passing(await _received(inbox, LOOK_SECONDS)):
                        yield ServerSentEvent(data=_json(passing))
                    if not await self.goes_on():
                        return

    def show(self, event: Event) -> dict[str, Any]:
        return shown(event)

    async def opened(self) -> None:
        """The stream begins."""

    async def passing(self, received: Passing | None) -> list[Passing]:
        """What of a wake-up is passed on."""
        return [received] if received and passes(received) else []

    async def goes_on(self) -> bool:
        """Whether who follows may go on, asked after each look."""
        return True

    async def _next_page(self) -> list[Event]:
        found = await to_thread.run_sync(self.ledger.events, self.conversation_id, self._after, _PAGE)
        if found:
            self._after = found[-1].seq
        return found


async def _received(inbox: Inbox, seconds: float) -> Passing | None:
    with contextlib.suppress(asyncio.TimeoutError):
        return await asyncio.wait_for(inbox.get(), seconds)
    return None


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
