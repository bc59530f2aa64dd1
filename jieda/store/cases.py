"""The cases, in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from jieda.cases import Case, CaseRequest, CaseStatus, new_number
from jieda.policy import Category, Language, Severity
from jieda.store.database import reading
from jieda.store.tables import cases

_DRAWS = 5
"""How often a number is drawn anew when it is taken."""


class CaseBook:
    """Opens cases, each exactly once, and finds them again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, request: CaseRequest, *, key: str, opened_at: datetime, due_at: datetime) -> Case:
        """Opens a case; the same key again gives the case that stands, whatever else is asked."""
        for _ in range(_DRAWS):
            if (case := self._one(cases.c.idempotency_key == key)) is not None:
                return case
            case = Case(new_number(opened_at), request, CaseStatus.OPEN, opened_at, due_at)
            try:
                self._insert(case, key)
            except IntegrityError:
                # The key was used at the same moment, or the number is taken: look, then draw again.
                continue
            return case
        raise RuntimeError(f"no free case number for {opened_at:%Y-%m-%d} in {_DRAWS} draws")

    def _insert(self, case: Case, key: str) -> None:
        request = case.request
        row = {
            "number": case.number,
            "idempotency_key": key,
            "conversation_id": request.conversation_id,
            "language": request.language.value,
            "category": request.category.value,
            "severity": request.severity.value,
            "affected_app": request.affected_app,
            "summary": request.summary,
            "contact_name": request.contact_name,
            "company": request.company,
            "contact_phone": request.contact_phone,
            "contact_email": request.contact_email,
            "status": case.status.value,
            "opened_at": case.opened_at,
            "due_at": case.due_at,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(cases).values(row))

    def latest_of(self, conversation_id: str) -> Case | None:
        """The case that was opened last in a conversation."""
        return self._one(cases.c.conversation_id == conversation_id)

    def all(self, limit: int = 100) -> list[Case]:
        """The newest cases, newest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(cases).order_by(cases.c.opened_at.desc()).limit(limit))
            return [_case(row) for row in rows.mappings()]

    def _one(self, where: Any) -> Case | None:
        with reading(self._engine) as connection:
            newest = select(cases).where(where).order_by(cases.c.opened_at.desc(), cases.c.number).limit(1)
            row = connection.execute(newest).mappings().first()
        return None if row is None else _case(row)


def _case(row: Any) -> Case:
    return Case(
        number=row["number"],
        request=CaseRequest(
            conversation_id=row["conversation_id"],
            language=Language(row["language"]),
            category=Category(row["category"]),
            severity=Severity(row["severity"]),
            affected_app=row["affected_app"],
            summary=row["summary"],
            contact_name=row["contact_name"],
            company=row["company"],
            contact_phone=row["contact_phone"],
            contact_email=row["contact_email"],
        ),
        status=CaseStatus(row["status"]),
        opened_at=row["opened_at"],
        due_at=row["due_at"],
    )
