"""Answers turns: one at a time and in order within a conversation, many conversations at once."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import structlog
from anyio import to_thread

from jieda.conversations import Owner, Reply, Turn
from jieda.gateway.meanwhile import Meanwhile
from jieda.gateway.metrics import TURN_SECONDS, TURNS
from jieda.gateway.rasa import RasaClient, RasaUnavailable
from jieda.gateway.wakeups import DESK, Wakeups
from jieda.store.ledger import Ledger

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
SWEEP_SECONDS = 10.0
RECOVERY_SECONDS = 120.0
"""How long turns left over from before the start wait for Rasa to come up."""
_BUSY_SECONDS = 0.5


def _now() -> datetime:
    return datetime.now(timezone.utc)


class TurnWorker:
    """Takes unanswered turns from the ledger, asks Rasa, and writes the replies back.

    `apology` words what is said when Rasa cannot answer.
    """

    def __init__(
        self,
        ledger: Ledger,
        rasa: RasaClient,
        wakeups: Wakeups,
        meanwhile: Meanwhile,
        apology: Callable[[Turn], str],
        *,
        timeout: float,
        alone: bool,
    ) -> None:
        self._ledger = ledger
        self._rasa = rasa
        self._wakeups = wakeups
        self._meanwhile = meanwhile
        self._apology = apology
        self._timeout = timeout
        self._alone = alone
        self._holder = secrets.token_hex(8)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Takes up what was accepted and not answered when a process died."""
        if self._alone:
            await to_thread.run_sync(self._ledger.release_all)
        for conversation_id in await to_thread.run_sync(self._ledger.unanswered):
            log.info("turn_taken_up_again", conversation=conversation_id)
            self.take_up(conversation_id, RECOVERY_SECONDS)
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """Ends at once; what is unanswered is taken up again at the next start."""
        tasks = [*self._running.values(), *([self._sweeper] if self._sweeper else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def take_up(self, conversation_id: str, seconds: float | None = None) -> None:
        """Sees to it that the turns of a conversation are answered, in the background."""
        if conversation_id in self._running:
            # The one at work may have looked for the last time already.
            self._again.add(conversation_id)
            return
        task = asyncio.create_task(self._answer_all(conversation_id, seconds or self._timeout))
        self._running[conversation_id] = task

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                for conversation_id in await to_thread.run_sync(self._ledger.unanswered):
                    self.take_up(conversation_id)
            except Exception as error:
                log.error("sweep_failed", error=type(error).__name__)

    async def _answer_all(self, conversation_id: str, seconds: float) -> None:
        try:
            while await self._lease(conversation_id):
                turn = await to_thread.run_sync(self._ledger.next_turn, conversation_id, _now())
                if turn is None:
                    await to_thread.run_sync(self._ledger.release, conversation_id, self._holder)
                    break
                await self._answer(turn, seconds)
        except Exception as error:
            # The turn stays unanswered in the ledger; the sweep takes it up again.
            log.error("turn_failed", conversation=conversation_id, error=type(error).__name__)
        finally:
            del self._running[conversation_id]
        if conversation_id in self._again:
            self._again.discard(conversation_id)
            self.take_up(conversation_id)

    async def _lease(self, conversation_id: str) -> bool:
        """Waits for this conversation's lease; false once there is nothing left to answer."""
        while not await to_thread.run_sync(self._ledger.lease, conversation_id, self._holder, _now(), LEASE):
            await asyncio.sleep(_BUSY_SECONDS)
            if conversation_id not in await to_thread.run_sync(self._ledger.unanswered):
                return False
        return True

    async def _answer(self, turn: Turn, seconds: float) -> None:
        started = time.perf_counter()
        await self._typing(turn.conversation_id, True)
        keeping = asyncio.create_task(self._keep_lease(turn.conversation_id))
        try:
            if turn.after_person:
                await self._rasa.tell(turn.conversation_id, await self._meanwhile.slots(turn), seconds)
            replies = await self._rasa.reply(turn, seconds)
            outcome, question = "answered", await self._meanwhile.farewell(turn)
        except RasaUnavailable as error:
            log.error("rasa_unavailable", conversation=turn.conversation_id, seq=turn.seq, reason=str(error))
            replies, outcome, question = [Reply(self._apology(turn))], "apologised", None
        finally:
            keeping.cancel()
        said = await to_thread.run_sync(self._ledger.answer, turn, replies, _now(), question)
        await self._typing(turn.conversation_id, False)
        await self._wakeups.wake(turn.conversation_id)
        if said is Owner.QUEUED:
            await self._wakeups.wake(DESK)
        TURNS.labels(outcome if said else "unheard").inc()
        TURN_SECONDS.observe(time.perf_counter() - started)

    async def _keep_lease(self, conversation_id: str) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            await to_thread.run_sync(self._ledger.lease, conversation_id, self._holder, _now(), LEASE)

    async def _typing(self, conversation_id: str, on: bool) -> None:
        await self._wakeups.wake(conversation_id, {"type": "typing", "author": "bot", "on": on})
