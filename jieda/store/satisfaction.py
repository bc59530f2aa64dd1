"""How satisfied customers are: asked once, answered with a rating and perhaps a word; in a transaction under way."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import Connection

from jieda.conversations import RATING_WORD, WORD_MAX, Author, Reply, rating_in, word_may_follow
from jieda.store.rows import append_reply, storable, to_conversation
from jieda.store.tables import conversations


class Said(str, Enum):
    """What the customer said, where it is not for the bot or an agent to answer."""

    RATING = "rating"
    RATING_WORD_WISHED = "rating_word_wished"
    RATING_WORD = "rating_word"


def append_question(connection: Connection, row: dict[str, Any], question: Reply, at: datetime) -> bool:
    """Asks how satisfied the customer is unless it was asked before."""
    if row["satisfaction_asked_at"] is not None:
        return False
    row["satisfaction_asked_at"] = at
    asked = update(conversations).where(conversations.c.id == row["id"]).values(satisfaction_asked_at=at)
    connection.execute(asked)
    append_reply(connection, row, at, Author.SYSTEM, question)
    return True


def keep_rating(connection: Connection, row: dict[str, Any], text: str, payload: str | None) -> Said | None:
    """Keeps a rating, or the word that follows one; None for anything else."""
    kept: dict[str, Any]
    if (rating := rating_in(payload)) is not None:
        said, kept = Said.RATING, {"satisfaction": rating, "word_awaited": word_may_follow(to_conversation(row))}
    elif payload == RATING_WORD:
        said, kept = Said.RATING_WORD_WISHED, {"word_awaited": True}
    elif payload is None and row["word_awaited"]:
        word = storable(connection, text[:WORD_MAX])
        said, kept = Said.RATING_WORD, {"satisfaction_word": word, "word_awaited": False}
    else:
        return None
    connection.execute(update(conversations).where(conversations.c.id == row["id"]).values(kept))
    return said
