"""The lists of the desk: who waits, what an agent holds, what is open, and everything."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import and_, exists, func, select, tuple_
from sqlalchemy.engine import Connection, Engine

from jieda.cases import CaseStatus
from jieda.conversations import Author, Conversation, Owner
from jieda.hours import SupportHours
from jieda.policy import Severity
from jieda.sla import Waiting, place_in_queue
from jieda.store.database import reading
from jieda.store.rows import to_conversation
from jieda.store.tables import cases, conversations, events

PAGE = 50
_AT_WORK_MOST = 2_000
"""Conversations with persons that are put in order; far more than people could serve."""
_SNIPPET = 120


class View(str, Enum):
    """A list of the desk; open are those that a person is wanted in, or is in."""

    WAITING = "waiting"
    MINE = "mine"
    OPEN = "open"
    ALL = "all"


@dataclass(frozen=True)
class Listed:
    """A conversation in a list. `due_at` is when a person is to have answered; None: nobody is waited for."""

    conversation: Conversation
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    at_front: bool
    snippet: str
    """The beginning of what the customer said last."""


@dataclass(frozen=True)
class Page:
    """Part of a list; `after` asks for the next one, None at the end."""

    listed: list[Listed]
    after: str | None


@dataclass(frozen=True)
class Counts:
    """Of the queue, for one agent. `critical` are the ids of critical conversations that wait."""

    waiting: int
    mine: int
    critical: tuple[str, ...]


class CursorInvalid(ValueError):
    """A list's `after` is none that was given out."""

    code = "invalid"


def by_text(words: str) -> Any:
    """A condition on conversations: each of the words stands in one of its messages."""
    return and_(True, *(_says(word) for word in words.split()))


class Queue:
    """Lists conversations. `matching` makes a condition on conversations from the words that are searched for."""

    def __init__(self, engine: Engine, hours: SupportHours, matching: Callable[[str], Any] = by_text) -> None:
        self._engine = engine
        self._hours = hours
        self._matching = matching

    def listed(self, view: View, agent: str, *, words: str = "", after: str | None = None, limit: int = PAGE) -> Page:
        """One page of a list. All are ordered by their latest event, newest first; the others as the queue is.

        Raises CursorInvalid.
        """
        where = [_IN_VIEW[view](agent)]
        if words.strip():
            where.append(self._matching(words))
        with reading(self._engine) as connection:
            if view is View.ALL:
                return self._newest(connection, where, after, limit)
            return self._in_order(connection, where, after, limit)

    def counts(self, agent: str) -> Counts:
        queued = conversations.c.owner == Owner.QUEUED.value
        critical = and_(queued, conversations.c.severity == Severity.CRITICAL.value)
        with reading(self._engine) as connection:
            waiting = connection.execute(select(func.count()).select_from(conversations).where(queued)).scalar_one()
            mine = connection.execute(
                select(func.count()).select_from(conversations).where(_IN_VIEW[View.MINE](agent))
            ).scalar_one()
            urgent = connection.execute(
                select(conversations.c.id).where(critical).order_by(conversations.c.waiting_since).limit(PAGE)
            )
            return Counts(waiting, mine, tuple(urgent.scalars()))

    def _newest(self, connection: Connection, where: list[Any], after: str | None, limit: int) -> Page:
        place = tuple_(conversations.c.updated_at, conversations.c.id)
        if after is not None:
            at, last = _cursor(after, str, str)
            where = [*where, place < (_moment(at), last)]
        newest = select(conversations).where(*where)
        newest = newest.order_by(conversations.c.updated_at.desc(), conversations.c.id.desc()).limit(limit + 1)
        rows = connection.execute(newest).mappings().all()
        shown = rows[:limit]
        more = _cursor_of(shown[-1]["updated_at"].isoformat(), shown[-1]["id"]) if len(rows) > limit else None
        return Page(self._shown(connection, shown), more)

    def _in_order(self, connection: Connection, where: list[Any], after: str | None, limit: int) -> Page:
        first = 0 if after is None else _cursor(after, int)[0]
        oldest = select(conversations).where(*where).order_by(conversations.c.waiting_since, conversations.c.id)
        rows = connection.execute(oldest.limit(_AT_WORK_MOST)).mappings().all()
        due = self._due(connection, rows)
        ordered = sorted(rows, key=lambda row: (_place(row, due[row["id"]]), row["id"]))
        page = ordered[first : first + limit]
        more = _cursor_of(first + limit) if len(ordered) > first + limit else None
        return Page(self._shown(connection, page, due), more)

    def _shown(self, connection: Connection, rows: Any, due: dict[str, datetime] | None = None) -> list[Listed]:
        due = self._due(connection, rows) if due is None else due
        said = _snippets(connection, [row["id"] for row in rows])
        return [
            Listed(
                conversation=to_conversation(row),
                created_at=row["created_at"],
                updated_at=row["updated_at"],
                due_at=due[row["id"]] if row["owner"] in _WITH_PERSONS else None,
                at_front=row["at_front"],
                snippet=said.get(row["id"], ""),
            )
            for row in rows
        ]

    def _due(self, connection: Connection, rows: Any) -> dict[str, datetime]:
        """By conversation: when its earliest case that nobody has seen is due; without one, what the policy promises.

        Only reckoned where a person is in it.
        """
        wanted = [row for row in rows if row["owner"] in _WITH_PERSONS]
        unseen = cases.c.status == CaseStatus.OPEN.value
        found = dict(
            connection.execute(
                select(cases.c.conversation_id, func.min(cases.c.due_at).label("due_at"))
                .where(cases.c.conversation_id.in_([row["id"] for row in wanted]), unseen)
                .group_by(cases.c.conversation_id)
            ).all()
            if wanted
            else ()
        )
        return {row["id"]: found.get(row["id"]) or self._promised(row) for row in wanted}

    def _promised(self, row: Any) -> datetime:
        severity = Severity(row["severity"]) if row["severity"] else Severity.NON_CRITICAL
        return self._hours.due(severity, row["waiting_since"] or row["updated_at"])


_WITH_PERSONS = (Owner.QUEUED.value, Owner.ASSIGNED.value)
_IN_VIEW: dict[View, Callable[[str], Any]] = {
    View.WAITING: lambda agent: conversations.c.owner == Owner.QUEUED.value,
    View.MINE: lambda agent: and_(conversations.c.owner == Owner.ASSIGNED.value, conversations.c.agent == agent),
    View.OPEN: lambda agent: conversations.c.owner.in_(_WITH_PERSONS),
    View.ALL: lambda agent: and_(True),
}


def _place(row: Any, due_at: datetime) -> tuple[bool, bool, datetime, datetime]:
    critical = row["severity"] == Severity.CRITICAL.value
    since = row["waiting_since"] or row["updated_at"]
    return place_in_queue(Waiting(critical, due_at, since, row["at_front"]))


def _says(word: str) -> Any:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\0", "")
    spoken = events.c.text.ilike(f"%{escaped}%", escape="\\")
    return exists(select(events.c.seq).where(events.c.conversation_id == conversations.c.id, spoken))


def _snippets(connection: Connection, ids: list[str]) -> dict[str, str]:
    if not ids:
        return {}
    by_customer = and_(events.c.conversation_id.in_(ids), events.c.author == Author.CUSTOMER.value)
    last = (
        select(events.c.conversation_id, func.max(events.c.seq).label("seq"))
        .where(by_customer)
        .group_by(events.c.conversation_id)
        .subquery()
    )
    same = and_(events.c.conversation_id == last.c.conversation_id, events.c.seq == last.c.seq)
    rows = connection.execute(select(events.c.conversation_id, events.c.text).select_from(events.join(last, same)))
    return {row[0]: row[1][:_SNIPPET] for row in rows}


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CursorInvalid(text) from error
    if at.tzinfo is None:
        raise CursorInvalid(text)
    return at


def _cursor_of(*place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _cursor(after: str, *kinds: type) -> Any:
    try:
        place = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except ValueError as error:
        raise CursorInvalid(after) from error
    fits = isinstance(place, list) and len(place) == len(kinds)
    if not fits or not all(isinstance(each, kind) for each, kind in zip(place, kinds, strict=True)):
        raise CursorInvalid(after)
    if kinds == (int,) and not 0 <= place[0] <= _AT_WORK_MOST:
        raise CursorInvalid(after)
    return place
