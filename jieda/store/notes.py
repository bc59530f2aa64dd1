"""What agents add to a conversation for each other: notes and labels. Customers never see them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, func, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from jieda.store.database import reading
from jieda.store.rows import conversation_row, storable
from jieda.store.tables import labels, notes

NOTE_MAX = 4_000
LABEL_MAX = 64
"""Characters of a note, of a label."""


@dataclass(frozen=True)
class Note:
    """A note; `at` bears a zone."""

    id: int
    agent: str
    text: str
    at: datetime


class NoteBook:
    """Keeps notes and labels. All that write raise ConversationUnknown."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, conversation_id: str, agent: str, text: str, *, at: datetime) -> Note:
        with self._engine.begin() as connection:
            conversation_row(connection, conversation_id)
            text = storable(connection, text)
            row = {"conversation_id": conversation_id, "agent": agent, "text": text, "at": at}
            done = connection.execute(insert(notes).values(row))
            return Note(int(done.inserted_primary_key[0]), agent, text, at)

    def notes(self, conversation_id: str) -> list[Note]:
        """In order."""
        found = select(notes.c.id, notes.c.agent, notes.c.text, notes.c.at)
        found = found.where(notes.c.conversation_id == conversation_id).order_by(notes.c.id)
        with reading(self._engine) as connection:
            return [Note(**row) for row in connection.execute(found).mappings()]

    def label(self, conversation_id: str, label: str, agent: str, *, at: datetime) -> None:
        """Again changes nothing."""
        row = {"conversation_id": conversation_id, "label": label, "agent": agent, "at": at}
        with self._engine.begin() as connection:
            conversation_row(connection, conversation_id)
        with contextlib.suppress(IntegrityError), self._engine.begin() as connection:
            connection.execute(insert(labels).values(row))

    def unlabel(self, conversation_id: str, label: str) -> None:
        borne = and_(labels.c.conversation_id == conversation_id, labels.c.label == label)
        with self._engine.begin() as connection:
            conversation_row(connection, conversation_id)
            connection.execute(delete(labels).where(borne))

    def labels(self, conversation_id: str) -> list[str]:
        found = select(labels.c.label).where(labels.c.conversation_id == conversation_id).order_by(labels.c.label)
        with reading(self._engine) as connection:
            return list(connection.execute(found).scalars())

    def labels_in_use(self, limit: int = 50) -> list[str]:
        """The most used labels, most used first."""
        used = select(labels.c.label).group_by(labels.c.label).order_by(func.count().desc(), labels.c.label)
        with reading(self._engine) as connection:
            return list(connection.execute(used.limit(limit)).scalars())
