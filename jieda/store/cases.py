"""The cases, in the database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import case as sql_case
from sqlalchemy import insert, or_, select, update
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from jieda.cases import (
    Case,
    CaseMoveNotAllowed,
    CaseNote,
    CaseRequest,
    CaseStatus,
    CaseUnknown,
    NoteAuthor,
    new_number,
)
from jieda.policy import Category, Language, Severity
from jieda.store.database import reading
from jieda.store.tables import case_notes, cases

_DRAWS = 5
"""How often a number is drawn anew when it is taken."""


class CaseBook:
    """Opens cases, each exactly once, finds them again, adds to them and resolves them."""

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

    def find(self, number: str) -> Case | None:
        """The case with that number, whoever opened it."""
        return self._one(cases.c.number == number)

    def latest_of(self, conversation_id: str) -> Case | None:
        """The case that was opened last in a conversation."""
        return self._one(cases.c.conversation_id == conversation_id)

    def open_of(self, conversation_id: str) -> list[Case]:
        """The cases of a conversation that are not resolved, newest first."""
        unresolved = cases.c.status != CaseStatus.RESOLVED.value
        return self._some(cases.c.conversation_id == conversation_id, unresolved)

    def at_hand(self, conversation_id: str, verified: Collection[str]) -> list[Case]:
        """The cases that a conversation may see: its own and those verified in it, newest first."""
        return self._some(or_(cases.c.conversation_id == conversation_id, cases.c.number.in_(list(verified))))

    def all(self, limit: int = 100) -> list[Case]:
        """The newest cases, newest first."""
        return self._some(limit=limit)

    def add_note(self, number: str, author: NoteAuthor, text: str, *, key: str, at: datetime) -> CaseNote:
        """Adds to a case; the same key again gives the note that stands, whatever else is said.

        Raises CaseUnknown.
        """
        if (note := self._note(key)) is not None:
            return note
        note = CaseNote(number, author, text, at)
        row = {"idempotency_key": key, "case_number": number, "author": author.value, "text": text, "at": at}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(case_notes).values(row))
        except IntegrityError as error:
            # The key was used at the same moment, or there is no such case.
            if (standing := self._note(key)) is not None:
                return standing
            raise CaseUnknown(number) from error
        return note

    def notes(self, number: str) -> list[CaseNote]:
        """What was added to a case, in order."""
        added = select(case_notes).where(case_notes.c.case_number == number)
        with reading(self._engine) as connection:
            rows = connection.execute(added.order_by(case_notes.c.at, case_notes.c.id))
            return [_case_note(row) for row in rows.mappings()]

    def resolve(self, number: str, *, at: datetime, by: str) -> Case:
        """Resolves a case; one that is resolved already stays as it was. Raises CaseUnknown."""
        unresolved = (cases.c.number == number, cases.c.status != CaseStatus.RESOLVED.value)
        resolved = {"status": CaseStatus.RESOLVED.value, "resolved_at": at, "resolved_by": by}
        with self._engine.begin() as connection:
            connection.execute(update(cases).where(*unresolved).values(resolved))
        return self._known(number)

    def acknowledge(self, number: str, *, at: datetime, by: str) -> Case:
        """A person has seen the case: the initial response. Once acknowledged, it stays as it was.

        Raises CaseUnknown, CaseMoveNotAllowed for a resolved one.
        """
        unseen = (cases.c.number == number, cases.c.status == CaseStatus.OPEN.value)
        seen = {"status": CaseStatus.ACKNOWLEDGED.value, "acknowledged_at": at, "acknowledged_by": by}
        with self._engine.begin() as connection:
            connection.execute(update(cases).where(*unseen).values(seen))
        case = self._known(number)
        if case.is_resolved:
            raise CaseMoveNotAllowed(f"{number} is resolved")
        return case

    def reopen(self, number: str) -> Case:
        """A resolved case is to be worked on again. Raises CaseUnknown, CaseMoveNotAllowed for one that is not."""
        resolved = (cases.c.number == number, cases.c.status == CaseStatus.RESOLVED.value)
        acknowledged = cases.c.acknowledged_at.isnot(None)
        again = {
            "status": sql_case((acknowledged, CaseStatus.ACKNOWLEDGED.value), else_=CaseStatus.OPEN.value),
            "resolved_at": None,
            "resolved_by": None,
        }
        with self._engine.begin() as connection:
            changed = connection.execute(update(cases).where(*resolved).values(again)).rowcount
        case = self._known(number)
        if not changed:
            raise CaseMoveNotAllowed(f"{number} is not resolved")
        return case

    def listed(
        self,
        *,
        status: CaseStatus | None = None,
        severity: Severity | None = None,
        category: Category | None = None,
        conversation_id: str | None = None,
        words: str = "",
        first: int = 0,
        limit: int = 50,
    ) -> list[Case]:
        """Cases that fit, newest first, from the `first` on; each of the words stands in number, summary or company."""
        named = {"status": status, "severity": severity, "category": category}
        where = [cases.c[column] == value.value for column, value in named.items() if value is not None]
        if conversation_id is not None:
            where.append(cases.c.conversation_id == conversation_id)
        for word in words.replace("\0", "").split():
            searched = (cases.c.number, cases.c.summary, cases.c.company)
            where.append(or_(*(column.ilike(f"%{_escaped(word)}%", escape="\\") for column in searched)))
        return self._some(*where, limit=limit, first=first)

    def unacknowledged_since(self, before: datetime) -> list[Case]:
        """The critical cases opened by then that nobody has seen, and that supervisors were not told of."""
        critical = (cases.c.severity == Severity.CRITICAL.value, cases.c.status == CaseStatus.OPEN.value)
        return self._some(*critical, cases.c.opened_at <= before, cases.c.paged_at.is_(None), limit=100)

    def claim_paging(self, number: str, *, at: datetime) -> bool:
        """Whoever gets true tells the supervisors of the case; of several gateways one does."""
        untold = (cases.c.number == number, cases.c.paged_at.is_(None))
        with self._engine.begin() as connection:
            return bool(connection.execute(update(cases).where(*untold).values(paged_at=at)).rowcount)

    def _known(self, number: str) -> Case:
        case = self.find(number)
        if case is None:
            raise CaseUnknown(number)
        return case

    def _one(self, *where: Any) -> Case | None:
        return next(iter(self._some(*where, limit=1)), None)

    def _some(self, *where: Any, limit: int | None = None, first: int = 0) -> list[Case]:
        newest_first = select(cases).where(*where).order_by(cases.c.opened_at.desc(), cases.c.number)
        newest_first = newest_first.limit(limit).offset(first)
        with reading(self._engine) as connection:
            return [_case(row) for row in connection.execute(newest_first).mappings()]

    def _note(self, key: str) -> CaseNote | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(case_notes).where(case_notes.c.idempotency_key == key)).mappings().first()
        return None if row is None else _case_note(row)


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
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
    )


def _case_note(row: Any) -> CaseNote:
    return CaseNote(row["case_number"], NoteAuthor(row["author"]), row["text"], row["at"])


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
