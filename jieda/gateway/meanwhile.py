"""What the bot is told when it gets a conversation back from a person, and what it says at the end of one."""

from __future__ import annotations

from typing import Any

from anyio import to_thread

from jieda.conversations import Reply, Turn
from jieda.notices import satisfaction_question
from jieda.store.cases import CaseBook
from jieda.store.ledger import Ledger

_FAREWELL = "social_goodbye"
_THANKS = "social_thanks"


class Meanwhile:
    """Knows the cases that were opened while a person talked to the customer, and when a customer takes their leave."""

    def __init__(self, cases: CaseBook, ledger: Ledger) -> None:
        self._cases = cases
        self._ledger = ledger

    async def slots(self, turn: Turn) -> dict[str, Any]:
        """The slots that Rasa is to take over. The form that was under way, if any, is not gone on with."""
        case = await to_thread.run_sync(self._cases.latest_of, turn.conversation_id)
        known: dict[str, Any] = {"requested_slot": None}
        if case is not None:
            known |= {"case_number": case.number, "case_opened": True}
        return known

    async def farewell(self, turn: Turn) -> Reply | None:
        """How satisfied the customer is, asked when they say good-bye, or thank for a case; the ledger asks it once."""
        intent = await to_thread.run_sync(self._ledger.intent_of, turn.conversation_id, turn.seq)
        ends = intent == _FAREWELL or (intent == _THANKS and await self._has_case(turn))
        # Whoever says good-bye first of all was not helped with anything.
        if not ends or turn.seq == 1:
            return None
        conversation = await to_thread.run_sync(self._ledger.conversation, turn.conversation_id)
        return satisfaction_question(conversation)

    async def _has_case(self, turn: Turn) -> bool:
        return await to_thread.run_sync(self._cases.latest_of, turn.conversation_id) is not None
