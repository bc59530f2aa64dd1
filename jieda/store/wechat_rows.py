"""Rows of what is kept of WeChat's users: values made of them, and the statements that every push needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.engine import Connection

from jieda.store.rows import same
from jieda.store.tables import choices, conversations, events, turns
from jieda.store.wechat_tables import wechat_conversations, wechat_inbound, wechat_users

_OFFERS_MAX = 100
NATIVE_AGENT = "wechat"
"""The agent's name while a conversation is held in WeChat's own tools."""


class Path(str, Enum):
    """Which way a message went: in the reply to a push, over the API, or from WeChat's own tools."""

    PASSIVE = "passive"
    API = "api"
    NATIVE = "native"


class SendState(str, Enum):
    """What came of an attempt to deliver: a failed one is made again, a lost one is not."""

    SENT = "sent"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True)
class Cursor:
    """All events up to `seq` are delivered, and `offset` characters of the message after them."""

    seq: int
    offset: int = 0

    @property
    def carried(self) -> int:
        """The message that was delivered last, if only in part."""
        return self.seq + (1 if self.offset else 0)


@dataclass(frozen=True)
class Link:
    """A conversation's WeChat user, and how far it is delivered."""

    conversation_id: str
    account: str
    openid: str
    cursor: Cursor
    parked_reason: str | None = None
    failures: int = 0
    native_at: datetime | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True)
class Pushed:
    """A push as it stands. `path` is None until its answer has gone one way."""

    conversation_id: str | None
    fresh: bool
    deliveries: int
    path: Path | None = None
    reply: str | None = None


def link_of(row: Any) -> Link:
    return Link(
        conversation_id=row["conversation_id"],
        account=row["account"],
        openid=row["openid"],
        cursor=Cursor(row["delivered_seq"], row["delivered_offset"]),
        parked_reason=row["parked_reason"],
        failures=row["failures"],
        native_at=row["native_at"],
        retry_at=row["retry_at"],
    )


def of_user(table: Any, account: Any, openid: Any) -> Any:
    return and_(table.c.account == account, table.c.openid == openid)


def of_push(account: Any, key: Any) -> Any:
    return and_(wechat_inbound.c.account == account, wechat_inbound.c.key == key)


def pushed_of(row: Any, fresh: bool) -> Pushed:
    path = None if row["path"] is None else Path(row["path"])
    return Pushed(row["conversation_id"], fresh, row["deliveries"], path, row["reply"])


def decide(connection: Connection, account: str, key: str, path: Path, reply: str | None) -> bool:
    decided = {"of": account, "wanted": key, "by": path.value, "answer": reply}
    return bool(connection.execute(_DECIDE, decided).rowcount)


def advance(
    connection: Connection, conversation_id: str, before: Cursor, after: Cursor, at: datetime, *, leased: bool
) -> bool:
    """Moves the cursor, if it is still where it was read; who has no lease, if nobody is just delivering."""
    moved = {"of": conversation_id, "at": at}
    moved |= {"seq": before.seq, "offset": before.offset, "next_seq": after.seq, "next_offset": after.offset}
    return bool(connection.execute(_ADVANCE if leased else _ADVANCE_UNLEASED, moved).rowcount)


def unleased(at: Any) -> Any:
    return or_(wechat_conversations.c.leased_by.is_(None), wechat_conversations.c.leased_until < at)


# Statements of every push are made once, as those of every message are (`jieda.store.rows`).
PUSHED = select(wechat_inbound).where(of_push(bindparam("of"), bindparam("wanted")))
_DECIDE = (
    update(wechat_inbound)
    .where(of_push(bindparam("of"), bindparam("wanted")), wechat_inbound.c.path.is_(None))
    .values(path=bindparam("by"), reply=bindparam("answer"))
)
LATEST = (
    select(wechat_conversations, conversations.c.owner, conversations.c.word_awaited)
    .select_from(
        wechat_users.join(conversations, conversations.c.id == wechat_users.c.conversation_id).join(
            wechat_conversations, wechat_conversations.c.conversation_id == conversations.c.id
        )
    )
    .where(of_user(wechat_users, bindparam("account"), bindparam("openid")))
)
LINK = select(wechat_conversations).where(wechat_conversations.c.conversation_id == bindparam("conversation_id"))
OFFERED = (
    select(choices.c.id, choices.c.title, choices.c.seq)
    .select_from(choices.join(events, same(choices, events)))
    .where(choices.c.conversation_id == bindparam("conversation_id"), events.c.at > bindparam("since"))
    .order_by(choices.c.seq.desc(), choices.c.position)
    .limit(_OFFERS_MAX)
)
ANSWERED = select(turns.c.answered_at).where(
    turns.c.conversation_id == bindparam("conversation_id"), turns.c.seq == bindparam("seq")
)
LET_GO = (
    update(wechat_conversations)
    .where(wechat_conversations.c.conversation_id == bindparam("of"))
    .values(parked_at=None, parked_reason=None, retry_at=None, failures=0, active_at=bindparam("at"))
)
_ADVANCE = (
    update(wechat_conversations)
    .where(
        wechat_conversations.c.conversation_id == bindparam("of"),
        wechat_conversations.c.delivered_seq == bindparam("seq"),
        wechat_conversations.c.delivered_offset == bindparam("offset"),
    )
    .values(
        delivered_seq=bindparam("next_seq"),
        delivered_offset=bindparam("next_offset"),
        failures=0,
        retry_at=None,
        active_at=bindparam("at"),
    )
)
_ADVANCE_UNLEASED = _ADVANCE.where(unleased(bindparam("at")))
