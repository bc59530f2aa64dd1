"""Wakes those who wait for a conversation: streams learn of new events, and of passing ones such as typing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any, Protocol

import redis.asyncio
import structlog

log = structlog.get_logger(__name__)

Passing = dict[str, Any]
"""An event that is shown and not kept; empty for a mere wake-up: look into the ledger."""
Inbox = asyncio.Queue[Passing]

DESK = "desk"
"""What the desk's lists listen to, as streams do to a conversation's id; no conversation bears it."""

_CHANNEL = "jieda:wakeups"
_RETRY_SECONDS = 1.0
_PATIENCE_SECONDS = 2.0
_OUTBOX_MAX = 1_000


class Wakeups(Protocol):
    """What a gateway needs to wake its streams and those of its fellows."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def wake(self, conversation_id: str, passing: Passing | None = None) -> None: ...

    def listen(self, conversation_id: str) -> contextlib.AbstractAsyncContextManager[Inbox]: ...


class LocalWakeups:
    """Within one gateway."""

    def __init__(self) -> None:
        self._inboxes: dict[str, set[Inbox]] = {}

    async def start(self) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def wake(self, conversation_id: str, passing: Passing | None = None) -> None:
        for inbox in self._inboxes.get(conversation_id, ()):
            inbox.put_nowait(passing or {})

    @contextlib.asynccontextmanager
    async def listen(self, conversation_id: str) -> AsyncIterator[Inbox]:
        inbox: Inbox = asyncio.Queue()
        self._inboxes.setdefault(conversation_id, set()).add(inbox)
        try:
            yield inbox
        finally:
            self._inboxes[conversation_id].discard(inbox)
            if not self._inboxes[conversation_id]:
                del self._inboxes[conversation_id]


class RedisWakeups(LocalWakeups):
    """Between gateways, over Redis. Its own streams a gateway wakes by itself, so they need no Redis."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._name = secrets.token_hex(8)
        self._sender = redis.asyncio.Redis.from_url(
            url, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS
        )
        self._receiver = redis.asyncio.Redis.from_url(url, socket_connect_timeout=_PATIENCE_SECONDS)
        self._outbox: asyncio.Queue[tuple[str, Passing]] = asyncio.Queue(_OUTBOX_MAX)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._tell_fellows())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._sender.close()
        await self._receiver.close()

    async def wake(self, conversation_id: str, passing: Passing | None = None) -> None:
        await super().wake(conversation_id, passing)
        # Nobody waits for Redis: a fellow that hears nothing looks into the ledger by itself.
        with contextlib.suppress(asyncio.QueueFull):
            self._outbox.put_nowait((conversation_id, passing or {}))

    async def _tell_fellows(self) -> None:
        while True:
            conversation_id, passing = await self._outbox.get()
            try:
                await self._sender.publish(_CHANNEL, json.dumps([self._name, conversation_id, passing]))
            except (redis.RedisError, OSError, asyncio.TimeoutError) as error:
                log.warning("wakeup_not_shared", conversation=conversation_id, error=type(error).__name__)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._receiver.pubsub() as channel:
                    await channel.subscribe(_CHANNEL)
                    async for message in channel.listen():
                        if message["type"] == "message":
                            await self._heard(message["data"])
            except (redis.RedisError, OSError, asyncio.TimeoutError) as error:
                log.warning("wakeups_interrupted", error=type(error).__name__)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _heard(self, data: bytes) -> None:
        try:
            name, conversation_id, passing = json.loads(data)
        except (ValueError, TypeError):
            log.warning("wakeup_not_understood")
            return
        if name != self._name and isinstance(conversation_id, str) and isinstance(passing, dict):
            await super().wake(conversation_id, passing)
