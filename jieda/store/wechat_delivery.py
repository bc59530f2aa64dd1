"""How far WeChat's users have been served over the API: who delivers, what was sent, what waits."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, exists, insert, or_, select, update
from sqlalchemy.engine import Engine

from jieda.conversations import Author
from jieda.store.database import reading
from jieda.store.tables import conversations, events
from jieda.store.wechat_quota import grants
from jieda.store.wechat_rows import Cursor, Link, Path, SendState, advance, link_of, unleased
from jieda.store.wechat_tables import wechat_conversations, wechat_inbound, wechat_quota, wechat_sends

_PENDING = select(wechat_conversations.c.account).where(
    wechat_conversations.c.conversation_id == bindparam("conversation_id"),
    wechat_conversations.c.parked_at.is_(None),
    exists().where(
        events.c.conversation_id == wechat_conversations.c.conversation_id,
        events.c.seq > wechat_conversations.c.delivered_seq,
        or_(events.c.author.is_(None), events.c.author != Author.CUSTOMER.value),
    ),
)


class DeliveryBook:
    """The deliveries of all accounts; one gateway at a time delivers in a conversation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due(self, accounts: Collection[str], at: datetime, since: datetime) -> list[str]:
        """The conversations of these accounts, active since then, that have something to be looked at."""
        mine = wechat_conversations.c
        query = (
            select(mine.conversation_id)
            .select_from(wechat_conversations.join(conversations))
            .where(
                # An agent may write long after the customer did.
                or_(mine.active_at > since, conversations.c.updated_at > since),
                mine.account.in_(list(accounts)),
                conversations.c.next_seq - 1 > mine.delivered_seq,
                mine.parked_at.is_(None),
                or_(mine.retry_at.is_(None), mine.retry_at <= at),
            )
        )
        with reading(self._engine) as connection:
            return [str(row[0]) for row in connection.execute(query)]

    def pending(self, conversation_id: str) -> str | None:
        """The account of a conversation in which something is undelivered and not parked; None for another.

        What the customer said is for nobody to deliver.
        """
        with reading(self._engine) as connection:
            found = connection.execute(_PENDING, {"conversation_id": conversation_id}).scalar()
            return None if found is None else str(found)

    def lease(self, conversation_id: str, holder: str, at: datetime, length: timedelta) -> Link | None:
        """Takes or renews the right to deliver over the API.

        None while another has it, while a push waits for its passive reply, and while delivery is held up.
        """
        mine = wechat_conversations.c
        answering = exists().where(
            wechat_inbound.c.conversation_id == conversation_id,
            wechat_inbound.c.path.is_(None),
            wechat_inbound.c.deadline > at,
        )
        free = and_(
            mine.conversation_id == conversation_id,
            or_(mine.leased_by == holder, unleased(at)),
            mine.parked_at.is_(None),
            or_(mine.retry_at.is_(None), mine.retry_at <= at),
            ~answering,
        )
        with self._engine.begin() as connection:
            taken = connection.execute(
                update(wechat_conversations).where(free).values(leased_by=holder, leased_until=at + length)
            )
            if not taken.rowcount:
                return None
            row = (
                connection.execute(select(wechat_conversations).where(mine.conversation_id == conversation_id))
                .mappings()
                .first()
            )
            return None if row is None else link_of(row)

    def release_all(self) -> None:
        """Ends every lease; for the start of a gateway that is the only one."""
        with self._engine.begin() as connection:
            connection.execute(update(wechat_conversations).values(leased_by=None, leased_until=None))

    def release(self, conversation_id: str, holder: str) -> None:
        """Gives the right to deliver back."""
        mine = and_(
            wechat_conversations.c.conversation_id == conversation_id, wechat_conversations.c.leased_by == holder
        )
        with self._engine.begin() as connection:
            connection.execute(update(wechat_conversations).where(mine).values(leased_by=None, leased_until=None))

    def skip(self, conversation_id: str, before: Cursor, after: Cursor, at: datetime) -> bool:
        """Passes over what is not for the customer, or can never be delivered."""
        with self._engine.begin() as connection:
            return advance(connection, conversation_id, before, after, at, leased=True)

    def heard_elsewhere(self, conversation_id: str, seq: int, at: datetime) -> None:
        """Notes that the customer has a message already: an agent wrote it in WeChat's own tools."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(wechat_sends).values(
                    conversation_id=conversation_id,
                    seq=seq,
                    path=Path.NATIVE.value,
                    state=SendState.SENT.value,
                    at=at,
                )
            )

    def said_elsewhere(self, conversation_id: str) -> set[int]:
        """The messages that the customer has already from WeChat's own tools."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(wechat_sends.c.seq).where(
                    wechat_sends.c.conversation_id == conversation_id, wechat_sends.c.path == Path.NATIVE.value
                )
            )
            return {row[0] for row in rows}

    def sent(self, link: Link, after: Cursor, msgid: str | None, at: datetime) -> bool:
        """Records that WeChat took a message, and counts it against what the user allows."""
        with self._engine.begin() as connection:
            granted = next(iter(grants(connection, link.account, link.openid, at)), None)
            if granted is not None:
                connection.execute(
                    update(wechat_quota)
                    .where(
                        wechat_quota.c.account == link.account,
                        wechat_quota.c.openid == link.openid,
                        wechat_quota.c.trigger == granted["trigger"],
                    )
                    .values(used=wechat_quota.c.used + 1)
                )
            connection.execute(
                insert(wechat_sends).values(
                    conversation_id=link.conversation_id,
                    seq=after.carried,
                    path=Path.API.value,
                    state=SendState.SENT.value,
                    msgid=msgid,
                    at=at,
                )
            )
            return advance(connection, link.conversation_id, link.cursor, after, at, leased=True)

    def failed(self, link: Link, seq: int, code: int | None, at: datetime, *, lost: bool = False) -> None:
        """Records an attempt that WeChat refused; `lost`: none will follow."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(wechat_sends).values(
                    conversation_id=link.conversation_id,
                    seq=seq,
                    path=Path.API.value,
                    state=(SendState.LOST if lost else SendState.FAILED).value,
                    code=code,
                    at=at,
                )
            )

    def undelivered(self, account: str, msgid: str, code: int | None) -> str | None:
        """Marks a message that WeChat took and then could not deliver; returns its conversation."""
        with self._engine.begin() as connection:
            row = connection.execute(
                select(wechat_sends.c.id, wechat_sends.c.conversation_id)
                .select_from(
                    wechat_sends.join(
                        wechat_conversations,
                        wechat_conversations.c.conversation_id == wechat_sends.c.conversation_id,
                    )
                )
                .where(wechat_sends.c.msgid == msgid, wechat_conversations.c.account == account)
            ).first()
            if row is None:
                return None
            connection.execute(
                update(wechat_sends).where(wechat_sends.c.id == row[0]).values(state=SendState.LOST.value, code=code)
            )
            return str(row[1])

    def spend_all(self, link: Link) -> None:
        """Notes that WeChat counts more than was counted here: nothing is left."""
        with self._engine.begin() as connection:
            connection.execute(
                update(wechat_quota)
                .where(wechat_quota.c.account == link.account, wechat_quota.c.openid == link.openid)
                .values(used=wechat_quota.c.allowed)
            )

    def park(self, conversation_id: str, reason: str, at: datetime) -> None:
        """Holds what is undelivered until the customer writes again."""
        self._hold(conversation_id, parked_at=at, parked_reason=reason)

    def put_off(self, conversation_id: str, until: datetime, failures: int) -> None:
        """Holds what is undelivered until a time."""
        self._hold(conversation_id, retry_at=until, failures=failures)

    def _hold(self, conversation_id: str, **values: object) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                update(wechat_conversations)
                .where(wechat_conversations.c.conversation_id == conversation_id)
                .values(values)
            )

    def attempts(self, conversation_id: str) -> list[tuple[int, str, str, int | None]]:
        """Every attempt: the last event it carried, its path, what came of it, and WeChat's code."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(wechat_sends.c.seq, wechat_sends.c.path, wechat_sends.c.state, wechat_sends.c.code)
                .where(wechat_sends.c.conversation_id == conversation_id)
                .order_by(wechat_sends.c.id)
            )
            return [(row[0], row[1], row[2], row[3]) for row in rows]
