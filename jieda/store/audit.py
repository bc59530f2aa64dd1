"""What was done at the desk and what was refused, in the database. Entries are never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection, Engine

from jieda.store.database import reading
from jieda.store.tables import audit

_SUBJECT_MAX, _NAME_MAX = 128, 64


@dataclass(frozen=True)
class AuditEntry:
    """Who did what to what, when (with a zone) and from which address. Never holds what anybody wrote."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str | None = None
    detail: str | None = None
    address: str | None = None


class AuditLog:
    """Keeps entries and finds them again, newest first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(
        self,
        actor: str,
        action: str,
        *,
        at: datetime,
        subject: str | None = None,
        detail: str | None = None,
        address: str | None = None,
    ) -> None:
        with self._engine.begin() as connection:
            write_entry(connection, actor, action, at=at, subject=subject, detail=detail, address=address)

    def entries(
        self,
        *,
        before: int | None = None,
        limit: int = 100,
        actor: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[AuditEntry]:
        """Those before the id `before`; `since` belongs to the span, `until` does not."""
        wanted: list[Any] = []
        if before is not None:
            wanted.append(audit.c.id < before)
        if actor:
            wanted.append(audit.c.actor == actor)
        if action:
            wanted.append(audit.c.action == action)
        if since is not None:
            wanted.append(audit.c.at >= since)
        if until is not None:
            wanted.append(audit.c.at < until)
        newest = select(audit).where(*wanted).order_by(audit.c.id.desc()).limit(limit)
        with reading(self._engine) as connection:
            return [AuditEntry(**row) for row in connection.execute(newest).mappings()]

    def actors(self) -> list[str]:
        """Everybody who has an entry."""
        return self._values(audit.c.actor)

    def actions(self) -> list[str]:
        """Every kind of entry there is."""
        return self._values(audit.c.action)

    def _values(self, column: Any) -> list[str]:
        with reading(self._engine) as connection:
            return list(connection.execute(select(column).distinct().order_by(column)).scalars())


def write_entry(connection: Connection, actor: str, action: str, *, at: datetime, **more: str | None) -> None:
    """Adds an entry within a transaction that is under way."""
    subject = (more.get("subject") or "")[:_SUBJECT_MAX].replace("\0", "\u2400") or None
    row = {"at": at, "actor": actor[:_NAME_MAX].replace("\0", "\u2400"), "action": action, **more, "subject": subject}
    connection.execute(insert(audit).values(row))
