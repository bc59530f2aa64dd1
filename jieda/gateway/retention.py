"""Forgets conversations that are older than they may be kept."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from functools import partial

import structlog
from anyio import to_thread

from jieda.store.erasure import Erasure

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 3600.0
ACTOR = "retention"


class Retention:
    """Sweeps once an hour. `days` is the age from the last event on; 0: they are kept for good."""

    def __init__(self, erasure: Erasure, days: int) -> None:
        self._erasure = erasure
        self._days = days
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._days:
            self._task = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self, now: datetime) -> int:
        """Forgets all that is too old at that time; returns how many conversations that were."""
        forgotten = 0
        while ids := await to_thread.run_sync(self._erasure.older_than, now - timedelta(days=self._days)):
            erase = partial(self._erasure.erase, ids, at=now, actor=ACTOR, reason=f"older than {self._days} days")
            forgotten += await to_thread.run_sync(erase)
        return forgotten

    async def _sweep(self) -> None:
        while True:
            try:
                if forgotten := await self.look(datetime.now(timezone.utc)):
                    log.info("conversations_retired", count=forgotten)
            except Exception as error:
                log.error("retention_failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)
