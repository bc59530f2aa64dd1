"""What the bot is told when it gets a conversation back from a person, and what it says at the end of one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from anyio import to_thread

from jieda.conversations import Turn
from jieda.notices import satisfaction_question
from jieda.store.cases import CaseBook
from jieda.store.ledger import Ledger

_FAREWELL = "social_goodbye"
_THANKS = "social_thanks"


class Meanwhile:
    """Knows the cases that were opened while a person talked to the customer."""

    def __init__(self, cases: CaseBook) -> None:
        self._cases = cases

    async def slots(self, turn: Turn) -> dict[str, Any]:
        """The slots that Rasa is to take over. The form that was under way, if any, is not gone on with."""
        case = await to_thread.run_sync(self._cases.latest_of, turn.conversation_id)
        known: dict[str, Any] = {"requested_slot": None}
        if case is not None:
            known |= {"case_number": case.number, "case_opened": True}
        return known

    def farewell(self, ledger: Ledger, turn: Turn, at: datetime) -> bool:
        """Asks how satisfied the customer is, once, when they take their leave: good-bye, or thanks for a case."""
        intent = ledger.intent_of(turn.conversation_id, turn.seq)
        ends = intent == _FAREWELL or (intent == _THANKS and self._cases.latest_of(turn.conversation_id) is not None)
        # Whoever says good-bye first of all was not helped with anything.
        if not ends or turn.seq == 1:
            return False
        conversation = ledger.conversation(turn.conversation_id)
        return ledger.ask_satisfaction(turn.conversation_id, satisfaction_question(conversation), at)
