"""The conversation ledger: everything said in a conversation, numbered, and who owns it.

What a customer sends is here before it is acknowledged. Each method is one transaction; writes to a conversation
follow one another (a row lock on PostgreSQL, the write lock of SQLite).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.engine import Connection, Engine

from jieda.conversations import (
    Author,
    Channel,
    Choice,
    ChoiceUnknown,
    Conversation,
    ConversationClosed,
    ConversationUnknown,
    Event,
    MessageEvent,
    MoveConflict,
    Owner,
    OwnerEvent,
    Reply,
    Turn,
    check_move,
)
from jieda.policy import Language
from jieda.store.database import reading
from jieda.store.tables import choices, conversations, events, turns


@dataclass(frozen=True)
class Accepted:
    """A customer's message stands in the ledger under `seq`; `fresh` is false when it stood there already."""

    seq: int
    fresh: bool


class Ledger:
    """Conversations and their events. Times are given by the caller and bear a zone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def check(self) -> None:
        """Raises SQLAlchemyError when the database does not answer."""
        with reading(self._engine) as connection:
            connection.execute(select(conversations.c.id).limit(1))

    # --- conversations

    def begin(self, channel: Channel, at: datetime, language: Language | None = None, page: str | None = None) -> str:
        """A new conversation, owned by the bot; returns its id, which cannot be guessed."""
        conversation_id = secrets.token_urlsafe(16)
        with self._engine.begin() as connection:
            connection.execute(
                insert(conversations).values(
                    id=conversation_id,
                    channel=channel.value,
                    page=page,
                    language=language and language.value,
                    owner=Owner.BOT.value,
                    version=0,
                    next_seq=1,
                    created_at=at,
                    updated_at=at,
                )
            )
        return conversation_id

    def conversation(self, conversation_id: str) -> Conversation:
        """Raises ConversationUnknown."""
        with reading(self._engine) as connection:
            return _conversation(_row(connection, conversation_id))

    def describe(self, conversation_id: str, **known: str | None) -> None:
        """Keeps what is known of a conversation: `language`, `category`, `severity`."""
        with self._engine.begin() as connection:
            connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(known))

    def move(
        self,
        conversation_id: str,
        version: int,
        owner: Owner,
        *,
        actor: str,
        reason: str,
        at: datetime,
        agent: str | None = None,
    ) -> Conversation:
        """Gives a conversation to another owner, if its version is still the one read; the move is kept for good.

        What the bot has not begun to answer is for the new owner, whoever it comes back to: those turns are settled.
        Raises ConversationUnknown, MoveConflict, MoveNotAllowed.
        """
        with self._engine.begin() as connection:
            row = _row(connection, conversation_id, lock=True)
            if row["version"] != version:
                raise MoveConflict(f"version is {row['version']}, not {version}")
            check_move(Owner(row["owner"]), owner)
            moved = {"owner": owner.value, "agent": agent, "version": version + 1}
            connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(moved))
            _append(connection, row, at, type="owner", actor=actor, reason=reason, **moved)
            if owner is not Owner.BOT:
                _settle_unsaid(connection, conversation_id, at, turns.c.attempts == 0)
            return _conversation({**row, **moved})

    # --- events

    def accept(
        self,
        conversation_id: str,
        client_message_id: str,
        at: datetime,
        *,
        text: str | None = None,
        choice: str | None = None,
        payload: str | None = None,
        owed: bool = True,
    ) -> Accepted:
        """Takes in a customer's message, or the choice of a button, once for each client message id.

        While the bot owns the conversation it owes an answer from then on, unless the channel answers by itself
        (`owed` is false). `payload` is what an event that the channel vouches for means to Rasa; `text` tells it to
        people. Raises ConversationUnknown, ConversationClosed, ChoiceUnknown.
        """
        with self._engine.begin() as connection:
            row = _row(connection, conversation_id, lock=True)
            client_message_id = _storable(connection, client_message_id)
            known = connection.execute(
                select(events.c.seq).where(
                    events.c.conversation_id == conversation_id,
                    events.c.author == Author.CUSTOMER.value,
                    events.c.client_message_id == client_message_id,
                )
            ).scalar()
            if known is not None:
                return Accepted(known, fresh=False)
            if row["owner"] == Owner.CLOSED.value:
                raise ConversationClosed(conversation_id)
            if choice is not None:
                text, payload = _chosen(connection, conversation_id, choice)
            seq = _append(
                connection,
                row,
                at,
                type="message",
                author=Author.CUSTOMER.value,
                text=None if text is None else _storable(connection, text),
                client_message_id=client_message_id,
            )
            if owed and row["owner"] == Owner.BOT.value:
                connection.execute(
                    insert(turns).values(conversation_id=conversation_id, seq=seq, payload=payload, attempts=0)
                )
            return Accepted(seq, fresh=True)

    def tell(self, conversation_id: str, text: str, at: datetime, author: Author = Author.SYSTEM) -> int:
        """Writes a message of the system, or one that an agent wrote elsewhere; returns its seq.

        Raises ConversationUnknown.
        """
        with self._engine.begin() as connection:
            row = _row(connection, conversation_id, lock=True)
            text = _storable(connection, text)
            return _append(connection, row, at, type="message", author=author.value, text=text)

    def events(self, conversation_id: str, after: int = 0, limit: int = 1_000) -> list[Event]:
        """The events after that seq, in order."""
        with reading(self._engine) as connection:
            rows = (
                connection.execute(
                    select(events)
                    .where(events.c.conversation_id == conversation_id, events.c.seq > after)
                    .order_by(events.c.seq)
                    .limit(limit)
                )
                .mappings()
                .all()
            )
            offered: dict[int, list[Choice]] = {}
            if rows:
                for each in connection.execute(
                    select(choices)
                    .where(choices.c.conversation_id == conversation_id, choices.c.seq > after)
                    .order_by(choices.c.seq, choices.c.position)
                ).mappings():
                    offered.setdefault(each["seq"], []).append(Choice(each["id"], each["title"]))
        return [_event(row, tuple(offered.get(row["seq"], ()))) for row in rows]

    # --- turns

    def unanswered(self) -> list[str]:
        """The conversations in which the bot owes an answer."""
        with reading(self._engine) as connection:
            found = connection.execute(select(turns.c.conversation_id).where(turns.c.answered_at.is_(None)).distinct())
            return [row[0] for row in found]

    def lease(self, conversation_id: str, holder: str, now: datetime, length: timedelta) -> bool:
        """Takes or renews the right to answer a conversation's turns; false while another gateway has it."""
        free = or_(
            conversations.c.leased_by.is_(None),
            conversations.c.leased_by == holder,
            conversations.c.leased_until < now,
        )
        with self._engine.begin() as connection:
            taken = connection.execute(
                update(conversations)
                .where(and_(conversations.c.id == conversation_id, free))
                .values(leased_by=holder, leased_until=now + length)
            )
            return bool(taken.rowcount)

    def release(self, conversation_id: str, holder: str) -> None:
        """Gives the right to answer back."""
        mine = and_(conversations.c.id == conversation_id, conversations.c.leased_by == holder)
        with self._engine.begin() as connection:
            connection.execute(update(conversations).where(mine).values(leased_by=None, leased_until=None))

    def release_all(self) -> None:
        """Ends every lease; for the start of a gateway that is the only one."""
        with self._engine.begin() as connection:
            connection.execute(update(conversations).values(leased_by=None, leased_until=None))

    def next_turn(self, conversation_id: str, at: datetime) -> Turn | None:
        """The earliest unanswered turn, its attempts counted up by one.

        What waits when somebody else owns the conversation is for them to answer: those turns are settled unsaid.
        """
        with self._engine.begin() as connection:
            if _row(connection, conversation_id, lock=True)["owner"] != Owner.BOT.value:
                _settle_unsaid(connection, conversation_id, at)
                return None
            row = (
                connection.execute(
                    select(
                        turns.c.seq,
                        turns.c.payload,
                        turns.c.attempts,
                        events.c.text,
                        conversations.c.language,
                        conversations.c.category,
                    )
                    .select_from(turns.join(events, _same(turns, events)).join(conversations))
                    .where(turns.c.conversation_id == conversation_id, turns.c.answered_at.is_(None))
                    .order_by(turns.c.seq)
                    .limit(1)
                )
                .mappings()
                .first()
            )
            if row is None:
                return None
            connection.execute(
                update(turns)
                .where(turns.c.conversation_id == conversation_id, turns.c.seq == row["seq"])
                .values(attempts=turns.c.attempts + 1)
            )
        return Turn(
            conversation_id=conversation_id,
            seq=row["seq"],
            text=row["text"],
            message_id=f"{conversation_id}:{row['seq']}",
            attempts=row["attempts"] + 1,
            payload=row["payload"],
            language=None if row["language"] is None else Language(row["language"]),
            category=row["category"],
        )

    def answer(self, turn: Turn, replies: list[Reply], at: datetime) -> bool:
        """Writes the bot's replies to a turn and settles it, all or nothing.

        False, and nothing is said, when the turn was settled before or a person owns the conversation by now.
        """
        with self._engine.begin() as connection:
            row = _row(connection, turn.conversation_id, lock=True)
            settled = connection.execute(
                update(turns)
                .where(
                    turns.c.conversation_id == turn.conversation_id,
                    turns.c.seq == turn.seq,
                    turns.c.answered_at.is_(None),
                )
                .values(answered_at=at)
            ).rowcount
            if not settled or row["owner"] != Owner.BOT.value:
                return False
            for reply in replies:
                seq = _append(connection, row, at, type="message", author=Author.BOT.value, text=reply.text)
                row = {**row, "next_seq": seq + 1}
                _offer(connection, turn.conversation_id, seq, reply)
            return True


def _same(left: Any, right: Any) -> Any:
    return and_(left.c.conversation_id == right.c.conversation_id, left.c.seq == right.c.seq)


def _row(connection: Connection, conversation_id: str, lock: bool = False) -> dict[str, Any]:
    query = select(conversations).where(conversations.c.id == conversation_id)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise ConversationUnknown(conversation_id)
    return dict(row)


def _append(connection: Connection, row: dict[str, Any], at: datetime, **columns: Any) -> int:
    seq = int(row["next_seq"])
    connection.execute(insert(events).values(conversation_id=row["id"], seq=seq, at=at, **columns))
    connection.execute(
        update(conversations).where(conversations.c.id == row["id"]).values(next_seq=seq + 1, updated_at=at)
    )
    return seq


def _storable(connection: Connection, text: str) -> str:
    """NUL is the one character that PostgreSQL cannot keep; its picture stands in for it."""
    return text.replace("\0", "\u2400") if connection.dialect.name == "postgresql" else text


def _settle_unsaid(connection: Connection, conversation_id: str, at: datetime, *which: Any) -> None:
    waiting = and_(turns.c.conversation_id == conversation_id, turns.c.answered_at.is_(None), *which)
    connection.execute(update(turns).where(waiting).values(answered_at=at))


def _chosen(connection: Connection, conversation_id: str, choice: str) -> tuple[str, str]:
    row = connection.execute(
        select(choices.c.title, choices.c.payload).where(
            choices.c.id == choice, choices.c.conversation_id == conversation_id
        )
    ).first()
    if row is None:
        raise ChoiceUnknown(choice)
    return row[0], row[1]


def _offer(connection: Connection, conversation_id: str, seq: int, reply: Reply) -> None:
    for position, button in enumerate(reply.buttons):
        connection.execute(
            insert(choices).values(
                id=secrets.token_urlsafe(12),
                conversation_id=conversation_id,
                seq=seq,
                position=position,
                title=button.title,
                payload=button.payload,
            )
        )


def _conversation(row: Any) -> Conversation:
    return Conversation(
        id=row["id"],
        channel=Channel(row["channel"]),
        owner=Owner(row["owner"]),
        version=row["version"],
        language=None if row["language"] is None else Language(row["language"]),
        agent=row["agent"],
        category=row["category"],
        severity=row["severity"],
    )


def _event(row: Any, offered: tuple[Choice, ...]) -> Event:
    if row["type"] == "owner":
        return OwnerEvent(row["seq"], Owner(row["owner"]), row["agent"], row["at"])
    return MessageEvent(row["seq"], Author(row["author"]), row["text"], row["at"], offered)
