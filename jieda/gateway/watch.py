"""Watches the clocks of the desk: who waits too long, which agent went silent, which critical case nobody has seen.

Each gateway watches; each finding is acted on by one of them, as every step is a compare-and-set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from functools import partial

import structlog
from anyio import to_thread

from jieda import notices
from jieda.clock import clock
from jieda.conversations import Conversation, MoveConflict, MoveNotAllowed, Owner, Reply
from jieda.gateway.notifier import Notifier
from jieda.gateway.wakeups import DESK, Wakeups
from jieda.hours import support_hours
from jieda.sla import ESCALATION
from jieda.store.cases import CaseBook
from jieda.store.ownership import Ownership

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 2.0


class Watch:
    """`queue_minutes` is how long a customer waits for an agent."""

    def __init__(
        self, ownership: Ownership, cases: CaseBook, wakeups: Wakeups, notifier: Notifier, queue_minutes: float
    ) -> None:
        self._ownership = ownership
        self._cases = cases
        self._wakeups = wakeups
        self._notifier = notifier
        self._patience = timedelta(minutes=queue_minutes)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._notifier.stop()

    async def look(self, now: datetime) -> None:
        """Acts on everything that is due at that time."""
        for waiting in await to_thread.run_sync(self._ownership.waited_since, now - self._patience):
            await self._moved(partial(self._ownership.give_up_waiting, waiting, at=now, say=_nobody_came))
        for held in await to_thread.run_sync(self._ownership.held_past, now):
            await self._moved(partial(self._ownership.queue_again, held, at=now, say=notices.agent_silent))
        # Cases count by the policy's clock, which tests and demonstrations may set.
        opened = clock().now() - ESCALATION
        for case in await to_thread.run_sync(self._cases.unacknowledged_since, opened):
            if await to_thread.run_sync(partial(self._cases.claim_paging, case.number, at=clock().now())):
                log.warning("critical_case_unacknowledged", case=case.number, conversation=case.request.conversation_id)
                self._notifier.tell(case)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            await self._survived(partial(self.look, datetime.now(timezone.utc)))

    async def _survived(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except Exception as error:
            log.error("watch_failed", error=type(error).__name__)

    async def _moved(self, move: Callable[[], Conversation]) -> None:
        try:
            moved = await to_thread.run_sync(move)
        except (MoveConflict, MoveNotAllowed):
            # Somebody else was quicker.
            return
        if moved.owner is Owner.ASSIGNED:
            return
        log.info("conversation_moved", conversation=moved.id, owner=moved.owner.value, by="clock")
        await self._wakeups.wake(moved.id)
        await self._wakeups.wake(DESK)


def _nobody_came(conversation: Conversation) -> list[Reply]:
    return notices.nobody_came(conversation, clock().now(), support_hours())
