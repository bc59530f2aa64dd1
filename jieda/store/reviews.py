"""Reviews of customers' messages, in the database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import and_, delete, insert, select, tuple_, update
from sqlalchemy.engine import Connection, Engine

from jieda.conversations import Author
from jieda.intents import NOT_UNDERSTOOD
from jieda.reviews import Review, ReviewedMessage, ReviewNotAllowed, Verdict, judged
from jieda.store.cursors import cursor, cursor_of, moment
from jieda.store.database import reading
from jieda.store.rows import conversation_row
from jieda.store.tables import conversations, events, reviews
from jieda.store.transcripts import names_known

PAGE = 50


class Worklist(str, Enum):
    """What lies on a reviewer's desk: not understood and not looked at, wrong without the right one named, ready to go
    into the training data, gone there."""

    UNSEEN = "unseen"
    WRONG = "wrong"
    READY = "ready"
    EXPORTED = "exported"


class ReviewBook:
    """Keeps one review of a message: the latest."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def say(
        self, conversation_id: str, seq: int, verdict: Verdict, agent: str, *, at: datetime, intent: str | None = None
    ) -> ReviewedMessage:
        """Reviews a customer's message, in place of what was said of it before.

        Raises ConversationUnknown, ReviewNotAllowed.
        """
        with self._engine.begin() as connection:
            conversation_row(connection, conversation_id)
            message = _message(connection, conversation_id, seq)
            named = judged(verdict, intent, message["intent"])
            this = and_(reviews.c.conversation_id == conversation_id, reviews.c.seq == seq)
            connection.execute(delete(reviews).where(this))
            row = {"conversation_id": conversation_id, "seq": seq, "verdict": verdict.value, "intent": named}
            connection.execute(insert(reviews).values(**row, agent=agent, at=at))
            return self._shown(connection, _reviewed(this))[0]

    def withdraw(self, conversation_id: str, seq: int) -> ReviewedMessage:
        """As if nothing had been said of it. Raises ReviewNotAllowed."""
        this = and_(reviews.c.conversation_id == conversation_id, reviews.c.seq == seq)
        with self._engine.begin() as connection:
            message = _message(connection, conversation_id, seq)
            connection.execute(delete(reviews).where(this))
            return _shown(message, names_known(connection, [conversation_id]))

    def of(self, conversation_id: str) -> dict[int, Review]:
        """By seq."""
        with reading(self._engine) as connection:
            found = connection.execute(select(reviews).where(reviews.c.conversation_id == conversation_id)).mappings()
            return {row["seq"]: _review(row) for row in found}

    def listed(
        self, worklist: Worklist, after: str | None = None, limit: int = PAGE
    ) -> tuple[list[ReviewedMessage], str | None]:
        """Newest first, and what asks for more. Raises CursorInvalid."""
        seen = worklist is not Worklist.UNSEEN
        table = reviews if seen else events
        query = _reviewed(_IN[worklist]) if seen else _unseen()
        place = (table.c.at, table.c.conversation_id, table.c.seq)
        if after is not None:
            at, conversation_id, seq = cursor(after, str, str, int)
            query = query.where(tuple_(*place) < (moment(at), conversation_id, seq))
        with reading(self._engine) as connection:
            found = self._shown(connection, query.order_by(*(each.desc() for each in place)).limit(limit + 1))
        shown = found[:limit]
        if len(found) <= limit:
            return shown, None
        last = shown[-1]
        moment_of = last.review.at if last.review else last.at
        return shown, cursor_of(moment_of.isoformat(), last.conversation_id, last.seq)

    def ready(self, again: bool = False) -> list[ReviewedMessage]:
        """All that may go into the training data, oldest first; `again`: what has gone there as well."""
        where = reviews.c.intent.isnot(None) if again else _IN[Worklist.READY]
        with reading(self._engine) as connection:
            order = (reviews.c.at, reviews.c.conversation_id, reviews.c.seq)
            return self._shown(connection, _reviewed(where).order_by(*order))

    def mark_exported(self, messages: Collection[ReviewedMessage], *, at: datetime) -> None:
        with self._engine.begin() as connection:
            for each in messages:
                this = and_(reviews.c.conversation_id == each.conversation_id, reviews.c.seq == each.seq)
                connection.execute(update(reviews).where(this).values(exported_at=at))

    def _shown(self, connection: Connection, query: Any) -> list[ReviewedMessage]:
        rows = connection.execute(query).mappings().all()
        names = names_known(connection, {row["conversation_id"] for row in rows})
        return [_shown(row, names) for row in rows]


_IN: dict[Worklist, Any] = {
    Worklist.WRONG: reviews.c.intent.is_(None),
    Worklist.READY: and_(reviews.c.intent.isnot(None), reviews.c.exported_at.is_(None)),
    Worklist.EXPORTED: reviews.c.exported_at.isnot(None),
}
_same = and_(reviews.c.conversation_id == events.c.conversation_id, reviews.c.seq == events.c.seq)
_kept = and_(conversations.c.id == events.c.conversation_id, conversations.c.erased_at.is_(None))
_message_columns = (
    events.c.conversation_id,
    events.c.seq,
    events.c.text,
    events.c.at,
    events.c.intent,
    events.c.confidence,
)
_review_columns = (
    reviews.c.verdict,
    reviews.c.intent.label("named"),
    reviews.c.agent,
    reviews.c.at.label("reviewed_at"),
    reviews.c.exported_at,
)


def _reviewed(where: Any) -> Any:
    joined = reviews.join(events, _same).join(conversations, _kept)
    return select(*_message_columns, *_review_columns).select_from(joined).where(where)


def _unseen() -> Any:
    """What the bot did not understand and nobody has reviewed."""
    joined = events.outerjoin(reviews, _same).join(conversations, _kept)
    lost = and_(events.c.intent == NOT_UNDERSTOOD, reviews.c.seq.is_(None))
    return select(*_message_columns).select_from(joined).where(lost)


def _message(connection: Connection, conversation_id: str, seq: int) -> Any:
    """Raises ReviewNotAllowed."""
    this = and_(events.c.conversation_id == conversation_id, events.c.seq == seq)
    by_customer = and_(this, events.c.author == Author.CUSTOMER.value)
    query = select(*_message_columns).select_from(events.join(conversations, _kept)).where(by_customer)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise ReviewNotAllowed(f"{seq} is no customer's message")
    return row


def _shown(row: Any, names: dict[str, tuple[str, ...]]) -> ReviewedMessage:
    review = None
    if "verdict" in row:
        review = Review(
            conversation_id=row["conversation_id"],
            seq=row["seq"],
            verdict=Verdict(row["verdict"]),
            intent=row["named"],
            agent=row["agent"],
            at=row["reviewed_at"],
            exported_at=row["exported_at"],
        )
    return ReviewedMessage(
        conversation_id=row["conversation_id"],
        seq=row["seq"],
        text=row["text"],
        at=row["at"],
        understood=row["intent"],
        confidence=row["confidence"],
        names=names.get(row["conversation_id"], ()),
        review=review,
    )


def _review(row: Any) -> Review:
    return Review(
        conversation_id=row["conversation_id"],
        seq=row["seq"],
        verdict=Verdict(row["verdict"]),
        intent=row["intent"],
        agent=row["agent"],
        at=row["at"],
        exported_at=row["exported_at"],
    )
