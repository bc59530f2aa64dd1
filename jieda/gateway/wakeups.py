"""Wakes those who wait for a conversation: streams learn of new events, and of passing ones such as typing."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any, Protocol

import redis.asyncio
import structlog

log = structlog.get_logger(__name__)

Passing = dict[str, Any]
"""An event that is shown and not kept; empty for a mere wake-up: look into the ledger."""
Inbox = asyncio.Queue[Passing]

_CHANNEL = "jieda:wakeups"
_RETRY_SECONDS = 1.0


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
    """Between gateways, over Redis. While Redis is away each gateway still wakes its own streams."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._redis = redis.asyncio.Redis.from_url(url)
        self._listener: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._listener = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        await self._redis.close()

    async def wake(self, conversation_id: str, passing: Passing | None = None) -> None:
        try:
            await self._redis.publish(_CHANNEL, json.dumps([conversation_id, passing or {}]))
        except redis.RedisError as error:
            log.warning("wakeup_not_shared", conversation=conversation_id, error=type(error).__name__)
            await super().wake(conversation_id, passing)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as channel:
                    await channel.subscribe(_CHANNEL)
                    async for message in channel.listen():
                        if message["type"] == "message":
                            conversation_id, passing = json.loads(message["data"])
                            await super().wake(conversation_id, passing)
            except redis.RedisError as error:
                log.warning("wakeups_interrupted", error=type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)
