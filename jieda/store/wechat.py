"""What is kept of WeChat's users: their conversations, what was pushed, what they allow to be sent, and how delivery
stands. Times are given by the caller and bear a zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from jieda.conversations import Author, Choice, Owner
from jieda.store.database import reading
from jieda.store.tables import conversations, events
from jieda.store.wechat_quota import Trigger, grant, grants, window_ends_at
from jieda.store.wechat_rows import (
    ANSWERED,
    LATEST,
    LET_GO,
    LINK,
    OFFERED,
    PUSHED,
    Cursor,
    Link,
    Path,
    Pushed,
    SendState,
    advance,
    decide,
    link_of,
    of_push,
    of_user,
    pushed_of,
)
from jieda.store.wechat_tables import (
    wechat_conversations,
    wechat_inbound,
    wechat_quota,
    wechat_sends,
    wechat_users,
)


@dataclass(frozen=True)
class Arrival:
    """What is known when a push arrives: `last` is the user's latest conversation, open or not.

    `word_awaited`: they said that they want to add a word to their rating.
    """

    pushed: Pushed | None
    last: Link | None
    is_open: bool = False
    word_awaited: bool = False

    @property
    def link(self) -> Link | None:
        return self.last if self.is_open else None


@dataclass(frozen=True)
class Offers:
    """The choices that a customer may mean: by id any of `ids`, by title or number the latest."""

    ids: frozenset[str] = frozenset()
    latest: tuple[Choice, ...] = ()
    said_since: bool = False


class _Undone(Exception):
    """Takes back what a transaction has done so far."""


class WeChatBook:
    """The users of all accounts, what they pushed, and what they allow to be sent."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- users and their conversations

    def conversation_of(self, account: str, openid: str) -> str | None:
        """The user's conversation, unless it is closed."""
        query = (
            select(wechat_users.c.conversation_id)
            .select_from(wechat_users.join(conversations, conversations.c.id == wechat_users.c.conversation_id))
            .where(of_user(wechat_users, account, openid), conversations.c.owner != Owner.CLOSED.value)
        )
        with reading(self._engine) as connection:
            found = connection.execute(query).scalar()
            return None if found is None else str(found)

    def arrival(self, account: str, openid: str, key: str) -> Arrival:
        """Whether a push was taken in before, and the user's latest conversation."""
        with reading(self._engine) as connection:
            pushed = connection.execute(PUSHED, {"of": account, "wanted": key}).mappings().first()
            row = connection.execute(LATEST, {"account": account, "openid": openid}).mappings().first()
        known = None if pushed is None else pushed_of(pushed, fresh=False)
        if row is None:
            return Arrival(known, None)
        return Arrival(known, link_of(row), row["owner"] != Owner.CLOSED.value, row["word_awaited"])

    def offers(self, conversation_id: str, since: datetime) -> Offers:
        """The choices offered since then, the latest message's last, and whether the customer said something since."""
        with reading(self._engine) as connection:
            rows = connection.execute(OFFERED, {"conversation_id": conversation_id, "since": since}).all()
            if not rows:
                return Offers()
            latest = rows[0][2]
            said_since = connection.execute(
                select(events.c.seq)
                .where(
                    events.c.conversation_id == conversation_id,
                    events.c.seq > latest,
                    events.c.author == Author.CUSTOMER.value,
                )
                .limit(1)
            ).first()
        return Offers(
            ids=frozenset(row[0] for row in rows),
            latest=tuple(Choice(row[0], row[1]) for row in rows if row[2] == latest),
            said_since=said_since is not None,
        )

    def adopt(self, account: str, openid: str, conversation_id: str, at: datetime) -> str:
        """Makes a new conversation the user's, unless another was faster; returns the one that is theirs by now."""
        try:
            with self._engine.begin() as connection:
                connection.execute(
                    insert(wechat_users).values(account=account, openid=openid, created_at=at, conversation_id=None)
                )
        except IntegrityError:
            pass
        with self._engine.begin() as connection:
            query = select(wechat_users.c.conversation_id).where(of_user(wechat_users, account, openid))
            present = connection.execute(query.with_for_update()).scalar()
            owner = connection.execute(select(conversations.c.owner).where(conversations.c.id == present)).scalar()
            if owner is not None and owner != Owner.CLOSED.value:
                connection.execute(delete(conversations).where(conversations.c.id == conversation_id))
                return str(present)
            connection.execute(
                update(wechat_users)
                .where(of_user(wechat_users, account, openid))
                .values(conversation_id=conversation_id)
            )
            connection.execute(
                insert(wechat_conversations).values(
                    conversation_id=conversation_id,
                    account=account,
                    openid=openid,
                    delivered_seq=0,
                    delivered_offset=0,
                    active_at=at,
                    failures=0,
                )
            )
        return conversation_id

    def link(self, conversation_id: str) -> Link | None:
        """The WeChat side of a conversation; None when it has none."""
        with reading(self._engine) as connection:
            row = connection.execute(LINK, {"conversation_id": conversation_id}).mappings().first()
        return None if row is None else link_of(row)

    def conversations_of(self, account: str, openid: str) -> list[str]:
        """All conversations of a user."""
        with reading(self._engine) as connection:
            return _ids(connection, account, openid)

    def erase(self, account: str, openid: str) -> list[str]:
        """Deletes a user and all their conversations; returns the ids of those, for what else is kept of them."""
        with self._engine.begin() as connection:
            ids = _ids(connection, account, openid)
            connection.execute(delete(conversations).where(conversations.c.id.in_(ids)))
            for table in (wechat_inbound, wechat_quota, wechat_users):
                connection.execute(delete(table).where(of_user(table, account, openid)))
        return ids

    # --- pushes

    def pushed(self, account: str, key: str) -> Pushed | None:
        """A push that was taken in before."""
        with reading(self._engine) as connection:
            row = connection.execute(PUSHED, {"of": account, "wanted": key}).mappings().first()
        return None if row is None else pushed_of(row, fresh=False)

    def take_in(
        self,
        account: str,
        openid: str,
        key: str,
        conversation_id: str | None,
        at: datetime,
        deadline: datetime,
        trigger: Trigger | None,
    ) -> Pushed:
        """Takes in a push once. What the user did allows messages anew and lets go what was parked."""
        row = {
            "account": account,
            "key": key,
            "openid": openid,
            "conversation_id": conversation_id,
            "received_at": at,
            "deadline": deadline,
            "deliveries": 1,
        }
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(wechat_inbound), row)
                if trigger is not None:
                    grant(connection, account, openid, trigger, at)
                if conversation_id is not None:
                    connection.execute(LET_GO, {"of": conversation_id, "at": at})
        except IntegrityError:
            known = self.pushed(account, key)
            assert known is not None
            return known
        return Pushed(conversation_id, fresh=True, deliveries=1)

    def again(self, account: str, key: str, deadline: datetime) -> int:
        """Counts one more delivery of a push, which may be answered until `deadline`; returns how many there were."""
        with self._engine.begin() as connection:
            connection.execute(
                update(wechat_inbound)
                .where(of_push(account, key))
                .values(deliveries=wechat_inbound.c.deliveries + 1, deadline=deadline)
            )
            return int(
                connection.execute(select(wechat_inbound.c.deliveries).where(of_push(account, key))).scalar_one()
            )

    def decide(self, account: str, key: str, path: Path, reply: str | None = None) -> bool:
        """Settles which way the answer to a push goes, if nothing has yet; whether this call did."""
        with self._engine.begin() as connection:
            return decide(connection, account, key, path, reply)

    def claim(
        self, account: str, key: str, conversation_id: str, before: Cursor, after: Cursor, reply: str, at: datetime
    ) -> bool:
        """Gives what stands between two cursors as the passive reply to a push, all or nothing.

        False when it went the other way already, or is just being delivered.
        """
        try:
            with self._engine.begin() as connection:
                if not decide(connection, account, key, Path.PASSIVE, reply):
                    return False
                if not advance(connection, conversation_id, before, after, at, leased=False):
                    raise _Undone
                sent = {"conversation_id": conversation_id, "seq": after.carried, "at": at}
                sent |= {"path": Path.PASSIVE.value, "state": SendState.SENT.value}
                connection.execute(insert(wechat_sends), sent)
        except _Undone:
            return False
        return True

    def forget_pushes(self, before: datetime) -> None:
        """Drops what is too old to be pushed again."""
        with self._engine.begin() as connection:
            connection.execute(delete(wechat_inbound).where(wechat_inbound.c.received_at < before))

    # --- what may be sent

    def left(self, account: str, openid: str, at: datetime) -> int:
        """How many messages may be sent now."""
        with reading(self._engine) as connection:
            return sum(each["allowed"] - each["used"] for each in grants(connection, account, openid, at))

    def window_ends_at(self, link: Link, at: datetime) -> datetime | None:
        """When replying ends unless the customer writes again; None: it has."""
        with reading(self._engine) as connection:
            return window_ends_at(connection, link.account, link.openid, at)

    # --- native sessions

    def native(self, conversation_id: str, at: datetime | None) -> None:
        """Notes that a session in WeChat's own tools was open at that time, or that it has ended."""
        with self._engine.begin() as connection:
            connection.execute(
                update(wechat_conversations)
                .where(wechat_conversations.c.conversation_id == conversation_id)
                .values(native_at=at)
            )

    def native_since(self, before: datetime) -> list[str]:
        """The conversations whose native session was last known to be open before that time."""
        with reading(self._engine) as connection:
            found = connection.execute(
                select(wechat_conversations.c.conversation_id).where(wechat_conversations.c.native_at < before)
            )
            return [str(row[0]) for row in found]

    # --- turns

    def owed(self, conversation_id: str, seq: int) -> bool:
        """Whether the bot still owes an answer to that message."""
        with reading(self._engine) as connection:
            row = connection.execute(ANSWERED, {"conversation_id": conversation_id, "seq": seq}).first()
        return row is not None and row[0] is None


def forget_user_of(connection: Connection, conversation_id: str) -> None:
    """Takes from a conversation which WeChat user it was with, and what was said to them.

    The keys of pushes stay: customer service may tell of the same message once more.
    """
    here = wechat_conversations.c.conversation_id == conversation_id
    row = connection.execute(select(wechat_conversations).where(here)).mappings().first()
    if row is None:
        return
    user = (row["account"], row["openid"])
    own = wechat_inbound.c.conversation_id == conversation_id
    connection.execute(update(wechat_inbound).where(own).values(openid="", reply=None))
    connection.execute(delete(wechat_sends).where(wechat_sends.c.conversation_id == conversation_id))
    connection.execute(delete(wechat_conversations).where(here))
    current = and_(of_user(wechat_users, *user), wechat_users.c.conversation_id == conversation_id)
    if connection.execute(delete(wechat_users).where(current)).rowcount:
        connection.execute(delete(wechat_quota).where(of_user(wechat_quota, *user)))


def _ids(connection: Connection, account: str, openid: str) -> list[str]:
    query = select(wechat_conversations.c.conversation_id).where(of_user(wechat_conversations, account, openid))
    return [str(row[0]) for row in connection.execute(query)]
