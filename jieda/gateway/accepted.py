"""What is done about a customer's message once it stands in the ledger, whatever channel it came by."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from anyio import to_thread

from jieda import notices
from jieda.conversations import Owner, word_may_follow
from jieda.gateway.wakeups import DESK, Wakeups
from jieda.store.ledger import Accepted, Ledger
from jieda.store.satisfaction import Said


async def accepted_by(ledger: Ledger, wakeups: Wakeups, conversation_id: str, accepted: Accepted, at: datetime) -> None:
    """Thanks for a rating, and wakes who follows the conversation, and the desk's lists when a person is wanted."""
    if accepted.said is not None:
        await to_thread.run_sync(thank, ledger, conversation_id, accepted.said, at)
    await wakeups.wake(conversation_id)
    if accepted.owner in (Owner.QUEUED, Owner.ASSIGNED):
        await wakeups.wake(DESK)


def thank(ledger: Ledger, conversation_id: str, said: Said, at: datetime) -> None:
    """Answers what the customer said of their satisfaction."""
    conversation = ledger.conversation(conversation_id)
    reply = {
        Said.RATING: partial(notices.rating_thanked, conversation, word_may_follow(conversation)),
        Said.RATING_WORD_WISHED: partial(notices.word_wished, conversation),
        Said.RATING_WORD: partial(notices.word_thanked, conversation),
    }[said]()
    ledger.write_as_system(conversation_id, reply, at)
