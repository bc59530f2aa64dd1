"""Rows of the ledger: read, appended and turned into the library's terms, within a transaction under way."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, insert, select, update
from sqlalchemy.engine import Connection

from jieda.conversations import (
    Author,
    Channel,
    Choice,
    Conversation,
    ConversationUnknown,
    Event,
    MessageEvent,
    MoveConflict,
    Owner,
    OwnerEvent,
    Reply,
    check_move,
)
from jieda.policy import Language
from jieda.store.search import index_message
from jieda.store.tables import choices, conversations, events, turns

HOLD = timedelta(minutes=5)
"""How long an agent holds a conversation without a sign of life."""

# Statements of every message are made once: SQLAlchemy takes longer to make one than SQLite to carry it out, and a
# process writes nothing else meanwhile.
_ROW = select(conversations).where(conversations.c.id == bindparam("conversation_id"))
_ROW_LOCKED = _ROW.with_for_update()
_APPEND = insert(events)
_APPENDED = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation_id"))
    .values(next_seq=bindparam("next"), updated_at=bindparam("at"))
)


def same(left: Any, right: Any) -> Any:
    return and_(left.c.conversation_id == right.c.conversation_id, left.c.seq == right.c.seq)


def conversation_row(connection: Connection, conversation_id: str, lock: bool = False) -> dict[str, Any]:
    """Raises ConversationUnknown. A locked row is nobody else's to write until the transaction ends."""
    query = _ROW_LOCKED if lock else _ROW
    row = connection.execute(query, {"conversation_id": conversation_id}).mappings().first()
    if row is None:
        raise ConversationUnknown(conversation_id)
    return dict(row)


def append(connection: Connection, row: dict[str, Any], at: datetime, **columns: Any) -> int:
    """Adds an event under the next seq, and brings the row of the conversation up to it."""
    seq = int(row["next_seq"])
    connection.execute(_APPEND, {"conversation_id": row["id"], "seq": seq, "at": at, **columns})
    if columns["type"] == "message":
        index_message(connection, row["id"], seq, columns["text"])
    connection.execute(_APPENDED, {"conversation_id": row["id"], "next": seq + 1, "at": at})
    row.update(next_seq=seq + 1, updated_at=at)
    return seq


def append_reply(connection: Connection, row: dict[str, Any], at: datetime, author: Author, reply: Reply) -> int:
    """Adds a message of the bot, or of the system, with its buttons."""
    seq = append(connection, row, at, type="message", author=author.value, text=storable(connection, reply.text))
    for position, button in enumerate(reply.buttons):
        choice = {
            "id": secrets.token_urlsafe(12),
            "conversation_id": row["id"],
            "seq": seq,
            "position": position,
            "title": button.title,
            "payload": button.payload,
        }
        connection.execute(insert(choices), choice)
    return seq


def change_owner(
    connection: Connection,
    row: dict[str, Any],
    owner: Owner,
    at: datetime,
    *,
    actor: str,
    reason: str,
    agent: str | None = None,
    at_front: bool = False,
) -> None:
    """A move of ownership, kept for good; the row is brought up to it. Raises MoveNotAllowed.

    What the bot has not begun to answer is for the new owner, whoever it comes back to: those turns are settled.
    """
    check_move(Owner(row["owner"]), owner)
    moved = {"owner": owner.value, "agent": agent, "version": row["version"] + 1}
    held = {
        "waiting_since": at if owner is Owner.QUEUED else None,
        "at_front": at_front,
        "held_until": at + HOLD if owner is Owner.ASSIGNED else None,
    }
    connection.execute(update(conversations).where(conversations.c.id == row["id"]).values(**moved, **held))
    row.update(**moved, **held)
    append(connection, row, at, type="owner", actor=actor, reason=reason, **moved)
    if owner is not Owner.BOT:
        settle_unsaid(connection, row["id"], at, turns.c.attempts == 0)


def expect_version(row: dict[str, Any], version: int) -> None:
    """Raises MoveConflict."""
    if row["version"] != version:
        raise MoveConflict(f"version is {row['version']}, not {version}")


def settle_unsaid(connection: Connection, conversation_id: str, at: datetime, *which: Any) -> None:
    waiting = and_(turns.c.conversation_id == conversation_id, turns.c.answered_at.is_(None), *which)
    connection.execute(update(turns).where(waiting).values(answered_at=at))


def storable(connection: Connection, text: str) -> str:
    """NUL is the one character that PostgreSQL cannot keep; its picture stands in for it."""
    return text.replace("\0", "\u2400") if connection.dialect.name == "postgresql" else text


def to_conversation(row: Any) -> Conversation:
    return Conversation(
        id=row["id"],
        channel=Channel(row["channel"]),
        owner=Owner(row["owner"]),
        version=row["version"],
        language=None if row["language"] is None else Language(row["language"]),
        agent=row["agent"],
        category=row["category"],
        severity=row["severity"],
        waiting_since=row["waiting_since"],
    )


def to_event(row: Any, offered: tuple[Choice, ...]) -> Event:
    if row["type"] == "owner":
        return OwnerEvent(row["seq"], Owner(row["owner"]), row["agent"], row["at"], row["actor"], row["reason"])
    return MessageEvent(
        seq=row["seq"],
        author=Author(row["author"]),
        text=row["text"],
        at=row["at"],
        choices=offered,
        agent=row["agent"],
        intent=row["intent"],
        confidence=row["confidence"],
    )
