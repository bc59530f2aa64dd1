"""What the desk shows of a conversation on WeChat: what may still be sent, what waits, and what did not arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from sqlalchemy import select
from sqlalchemy.engine import Connection, Engine

from jieda.conversations import Author
from jieda.store.database import reading
from jieda.store.tables import events
from jieda.store.wechat_quota import grants, window_ends_at
from jieda.store.wechat_rows import SendState, link_of
from jieda.store.wechat_tables import wechat_conversations, wechat_sends

WARNED_BEFORE = timedelta(hours=1)
"""The end of the 48 hours, of which agents are warned so long before."""


@dataclass(frozen=True)
class FailedSend:
    """A message that WeChat did not take or did not deliver, so far or for good; `seq` is the last event it carried."""

    seq: int
    code: int | None
    at: datetime


class Scarcity(str, Enum):
    """Why an agent's next message may not come, or not at once."""

    NATIVE = "native"
    WINDOW_CLOSED = "window_closed"
    WINDOW_ENDING = "window_ending"
    LAST_ONE = "last_one"
    NONE_LEFT = "none_left"


@dataclass(frozen=True)
class Standing:
    """What an agent wants to know of a conversation on WeChat.

    `at` is when it was so. `window_ends_at` is when replying ends unless the customer writes again; `left` how many
    messages may be sent until then; `waiting` are the seqs of messages that wait for the customer to write, and
    `parked_reason` says why they do.
    """

    account: str
    at: datetime
    window_ends_at: datetime | None
    left: int
    waiting: tuple[int, ...]
    parked_reason: str | None
    failed: tuple[FailedSend, ...]
    native: bool

    @property
    def parked(self) -> int:
        return len(self.waiting)

    @property
    def scarce(self) -> bool:
        """Whether the agent should be warned: one message is left, or none."""
        return self.left <= 1

    @property
    def warning(self) -> Scarcity | None:
        """What the agent should know before they write."""
        if self.native:
            return Scarcity.NATIVE
        if self.window_ends_at is None:
            return Scarcity.WINDOW_CLOSED
        if self.scarce:
            return Scarcity.LAST_ONE if self.left else Scarcity.NONE_LEFT
        return Scarcity.WINDOW_ENDING if self.window_ends_at - self.at < WARNED_BEFORE else None


class Standings:
    """Of the conversations of all accounts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, conversation_id: str, at: datetime) -> Standing | None:
        """How a conversation stands with WeChat; None when it is not on WeChat."""
        with reading(self._engine) as connection:
            here = wechat_conversations.c.conversation_id == conversation_id
            row = connection.execute(select(wechat_conversations).where(here)).mappings().first()
            if row is None:
                return None
            link = link_of(row)
            granted = grants(connection, link.account, link.openid, at)
            undelivered = connection.execute(
                select(events.c.seq)
                .where(
                    events.c.conversation_id == conversation_id,
                    events.c.seq > link.cursor.seq,
                    events.c.type == "message",
                    events.c.author != Author.CUSTOMER.value,
                )
                .order_by(events.c.seq)
            )
            waiting = tuple(undelivered.scalars())
            return Standing(
                account=link.account,
                at=at,
                window_ends_at=window_ends_at(connection, link.account, link.openid, at),
                left=sum(each["allowed"] - each["used"] for each in granted),
                waiting=waiting if link.parked_reason else (),
                parked_reason=link.parked_reason,
                failed=_failed(connection, conversation_id),
                native=link.native_at is not None,
            )


def _failed(connection: Connection, conversation_id: str) -> tuple[FailedSend, ...]:
    """The messages that have not come, the latest attempt of each; one that was made again with success is none."""
    attempts = connection.execute(
        select(wechat_sends.c.seq, wechat_sends.c.state, wechat_sends.c.code, wechat_sends.c.at)
        .where(wechat_sends.c.conversation_id == conversation_id)
        .order_by(wechat_sends.c.id)
    )
    found: dict[int, tuple[SendState, FailedSend]] = {}
    for seq, state, code, at in attempts:
        if state == SendState.SENT.value:
            # It carried what failed before it, unless that was given up.
            found = {key: kept for key, kept in found.items() if kept[0] is SendState.LOST or key > seq}
        else:
            found[seq] = (SendState(state), FailedSend(seq, code, at))
    return tuple(each for _, each in sorted(found.values(), key=lambda kept: kept[1].seq))
