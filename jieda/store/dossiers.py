"""What the desk shows of one conversation beside its transcript."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Engine

from jieda.brief import Brief
from jieda.conversations import Conversation
from jieda.store.database import reading
from jieda.store.rows import conversation_row, to_conversation


@dataclass(frozen=True)
class Dossier:
    """A conversation, where it began, what the bot knew at its latest hand-off, how satisfied the customer was."""

    conversation: Conversation
    created_at: datetime
    page: str | None = None
    brief: Brief | None = None
    satisfaction: int | None = None
    satisfaction_word: str | None = None


class Dossiers:
    """Reads them from the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, conversation_id: str) -> Dossier:
        """Raises ConversationUnknown."""
        with reading(self._engine) as connection:
            row = conversation_row(connection, conversation_id)
        return Dossier(
            conversation=to_conversation(row),
            created_at=row["created_at"],
            page=row["page"],
            brief=None if row["brief"] is None else Brief.from_json(row["brief"]),
            satisfaction=row["satisfaction"],
            satisfaction_word=row["satisfaction_word"],
        )
