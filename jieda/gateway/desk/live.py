"""What the desk sees live: the queue's figures, and a conversation with intents, typing, and who else looks at it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from anyio import to_thread
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jieda.agents import Session
from jieda.conversations import Author, Conversation, Event, MessageEvent, Owner, OwnerEvent
from jieda.gateway.desk import access
from jieda.gateway.desk.wechat import on_wechat
from jieda.gateway.events import LOOK_SECONDS, PING_SECONDS, EventFeed, shown
from jieda.gateway.requests import invalid, json_object
from jieda.gateway.services import Services, services
from jieda.gateway.wakeups import DESK, Passing

LOOKED_SECONDS = 30.0
"""How long an agent counts as looking at a conversation after the last sign of it."""
_LIFE_SECONDS = 20.0
_GATHER_SECONDS = 0.1
_NOT_UNDERSTOOD_MOST = 20


def desk_shown(event: Event) -> dict[str, Any]:
    """An event as agents see it: with what Rasa took a message for, which agent wrote, and why ownership moved."""
    known = shown(event)
    if not isinstance(event, MessageEvent):
        return {**known, "actor": event.actor, "reason": event.reason}
    if event.author is Author.CUSTOMER:
        return {**known, "intent": event.intent, "confidence": event.confidence}
    if event.author is Author.AGENT:
        return {**known, "agent": event.agent}
    return known


class Presence:
    """Keeps an agent's session and what they hold alive while a stream is open, and tells when the session is over."""

    def __init__(self, at_work: Services, token: str, session: Session) -> None:
        self._at_work = at_work
        self._token = token
        self.agent = session.agent
        self._next = time.monotonic() + _LIFE_SECONDS

    async def lasts(self) -> bool:
        if time.monotonic() < self._next:
            return True
        self._next = time.monotonic() + _LIFE_SECONDS
        session = await to_thread.run_sync(self._at_work.agents.session, self._token, access.now())
        if session is None:
            return False
        await access.keep_alive(self._at_work, session)
        return True


class DeskFeed(EventFeed):
    """A conversation as the desk follows it."""

    def __init__(self, at_work: Services, conversation: Conversation, after: int, presence: Presence) -> None:
        super().__init__(at_work.ledger, at_work.wakeups, conversation.id, after)
        self._owner = conversation.owner
        self._presence = presence
        self._others: dict[str, float] = {}
        self._not_understood: list[int] = []
        self._at_work = at_work
        self._wechat: Passing | None = {}
        """What was told last of its side on WeChat; None when there is none."""

    def show(self, event: Event) -> dict[str, Any]:
        if isinstance(event, OwnerEvent):
            self._owner = event.owner
        elif event.author is Author.CUSTOMER and event.intent is None and self._owner is Owner.BOT:
            # What is said to a person is for nobody else to understand.
            self._not_understood = [*self._not_understood, event.seq][-_NOT_UNDERSTOOD_MOST:]
        return desk_shown(event)

    async def passing(self, received: Passing | None) -> list[Passing]:
        found = [*await self._understood(), *await self._on_wechat()]
        kind = (received or {}).get("type")
        if received and kind == "typing":
            found.append(received)
        elif received and kind == "looking" and received["agent"] != self._presence.agent.name:
            await self._greet(received)
            found.append(received)
        return found

    async def goes_on(self) -> bool:
        return await self._presence.lasts()

    async def opened(self) -> None:
        await self._look()

    async def _understood(self) -> list[Passing]:
        """What was made of messages that were shown before anything was."""
        if not self._not_understood:
            return []
        known = await to_thread.run_sync(self.ledger.intents_of, self.conversation_id, self._not_understood)
        self._not_understood = [seq for seq in self._not_understood if seq not in known]
        return [
            {"type": "understood", "seq": seq, "intent": intent, "confidence": confidence}
            for seq, (intent, confidence) in sorted(known.items())
        ]

    async def _on_wechat(self) -> list[Passing]:
        """How it stands with WeChat, if that has changed."""
        if self._wechat is None:
            return []
        found = await to_thread.run_sync(on_wechat, self._at_work, self.conversation_id)
        before, self._wechat = self._wechat, None if found is None else {"type": "wechat", **found.to_json()}
        return [] if self._wechat is None or self._wechat == before else [self._wechat]

    async def _greet(self, received: Passing) -> None:
        """An agent who has just come learns at once who is here already."""
        now, name = time.monotonic(), received["agent"]
        known = now - self._others.get(name, -LOOKED_SECONDS) < LOOKED_SECONDS
        if received["on"]:
            self._others[name] = now
            if not known:
                await self._look()
        else:
            self._others.pop(name, None)

    async def _look(self) -> None:
        await self.wakeups.wake(self.conversation_id, looking(self._presence.agent.name, True))


def looking(agent: str, on: bool) -> Passing:
    return {"type": "looking", "agent": agent, "on": on}


async def follow(request: Request) -> Response:
    """`GET /desk/api/live`: `{"type": "queue", "waiting", "mine", "critical": [ids], "awaiting": [ids]}`, anew."""
    session = await access.signed_in(request)
    presence = Presence(services(request), request.cookies[access.COOKIE], session)
    return EventSourceResponse(
        _queue(services(request), presence),
        ping=PING_SECONDS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _queue(at_work: Services, presence: Presence) -> AsyncIterator[ServerSentEvent]:
    async with at_work.wakeups.listen(DESK) as inbox:
        while await presence.lasts():
            counts = await to_thread.run_sync(at_work.queue.counts, presence.agent.name)
            told = {
                "type": "queue",
                "waiting": counts.waiting,
                "mine": counts.mine,
                "critical": list(counts.critical),
                "awaiting": list(counts.awaiting),
            }
            # Told of though the figures are the same: one may have gone as another came.
            yield ServerSentEvent(data=json.dumps(told, separators=(",", ":")))
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(inbox.get(), LOOK_SECONDS)
                # Of moves that come together one is told.
                await asyncio.sleep(_GATHER_SECONDS)
            while not inbox.empty():
                inbox.get_nowait()


async def typing(request: Request) -> Response:
    """`POST /desk/api/conversations/{id}/typing` `{"on": bool}`: shown to the customer if this agent holds it."""
    session = await access.changing(request)
    at_work, conversation_id = services(request), str(request.path_params["id"])
    on = await switch(request)
    conversation = await to_thread.run_sync(at_work.ledger.conversation, conversation_id)
    if conversation.agent == session.agent.name:
        typed = {"type": "typing", "author": Author.AGENT.value, "on": on}
        await at_work.wakeups.wake(conversation_id, typed)
    return Response(status_code=204)


async def look(request: Request) -> Response:
    """`POST /desk/api/conversations/{id}/looking` `{"on": bool}`: other agents see that this one looks at it."""
    session = await access.changing(request)
    on = await switch(request)
    await services(request).wakeups.wake(str(request.path_params["id"]), looking(session.agent.name, on))
    return Response(status_code=204)


async def switch(request: Request) -> bool:
    """`on` of the body. Raises ApiError."""
    on = (await json_object(request)).get("on")
    if not isinstance(on, bool):
        raise invalid("on wants true or false.")
    return on


ROUTES = [
    Route("/live", follow, methods=["GET"]),
    Route("/conversations/{id}/typing", typing, methods=["POST"]),
    Route("/conversations/{id}/looking", look, methods=["POST"]),
]
