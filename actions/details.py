"""Takes in what the customer said: fills every slot, in any message."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from jieda.intake import read
from jieda.policy import policy
from jieda.store import ledger

_KEPT_WITH_CONVERSATION = {"language": "language", "support_category": "category", "severity": "severity"}


class ActionExtractDetails(Action):
    """Runs once after each customer message, before the dialogue chooses; `jieda.intake` has the rules."""

    def name(self) -> str:
        return "action_extract_details"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        message = turn.message_of(tracker.latest_message)
        changes = read(message, turn.known(tracker), policy())
        described = {column: changes[slot] for slot, column in _KEPT_WITH_CONVERSATION.items() if slot in changes}
        if (seq := turn.seq(tracker)) is not None:
            understood = partial(ledger().understood, tracker.sender_id, seq, message.intent, turn.confidence(tracker))
            await asyncio.to_thread(understood, **described)
        elif described:
            await asyncio.to_thread(ledger().describe, tracker.sender_id, **described)
        return [SlotSet(slot, value) for slot, value in changes.items()]
