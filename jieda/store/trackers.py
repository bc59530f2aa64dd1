"""What Rasa remembers of conversations, in its own table; here only to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, inspect, text
from sqlalchemy.engine import Engine


class TrackerStore:
    """Rasa's SQL tracker store (rasa.core.tracker_store.SQLTrackerStore: table `events`, column `sender_id`)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def erase(self, conversation_ids: Sequence[str]) -> None:
        """Deletes all that Rasa remembers of them."""
        if not conversation_ids or not inspect(self._engine).has_table("events"):
            return
        query = text("DELETE FROM events WHERE sender_id IN :ids").bindparams(bindparam("ids", expanding=True))
        with self._engine.begin() as connection:
            connection.execute(query, {"ids": list(conversation_ids)})
