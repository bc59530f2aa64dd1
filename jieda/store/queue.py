"""The lists of the desk: who waits, what an agent holds, what is open, and everything."""

from __future__ import annotations

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
from jieda.store import search
from jieda.store.cursors import CursorInvalid as CursorInvalid
from jieda.store.cursors import cursor, cursor_of, moment
from jieda.store.database import reading
from jieda.store.rows import to_conversation
from jieda.store.tables import cases, conversations, events
from jieda.store.transcripts import names_known

PAGE = 50
_AT_WORK_MOST = 2_000
"""Conversations with persons that are put in order; far more than people could serve."""
SNIPPET = 120
"""Characters of a message that lists show."""
_BEYOND = 80
"""Characters more, so that a number or address is masked before it is cut."""


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
    """The beginning of what the customer said last, somewhat longer than what is shown once it is masked."""
    names: tuple[str, ...] = ()
    """The customer's, as far as they are known, for masking that."""
    customer_last: bool = False
    """Whether nobody has written since."""


@dataclass(frozen=True)
class Page:
    """Part of a list; `after` asks for the next one, None at the end."""

    listed: list[Listed]
    after: str | None


@dataclass(frozen=True)
class Counts:
    """Of the queue, for one agent. `critical` are the ids of critical conversations that wait; `awaiting` are those of
    the agent's own whose customer wrote last."""

    waiting: int
    mine: int
    critical: tuple[str, ...]
    awaiting: tuple[str, ...] = ()


class Queue:
    """Lists conversations."""

    def __init__(self, engine: Engine, hours: SupportHours) -> None:
        self._engine = engine
        self._hours = hours

    def listed(self, view: View, agent: str, *, words: str = "", after: str | None = None, limit: int = PAGE) -> Page:
        """One page of a list. All are ordered by their latest event, newest first; the others as the queue is.

        With words only conversations in which a message has them; all of these by the newest such message.
        Raises CursorInvalid.
        """
        where = [_IN_VIEW[view](agent)]
        with reading(self._engine) as connection:
            if view is View.ALL and words.strip():
                return self._searched(connection, words, after, limit)
            if view is View.ALL:
                return self._newest(connection, where, after, limit)
            if words.strip():
                where.append(search.said_in(connection, words))
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
            spoken_to = connection.execute(
                select(conversations.c.id)
                .where(_IN_VIEW[View.MINE](agent), _CUSTOMER_LAST)
                .order_by(conversations.c.updated_at)
                .limit(PAGE)
            )
            return Counts(waiting, mine, tuple(urgent.scalars()), tuple(spoken_to.scalars()))

    def _searched(self, connection: Connection, words: str, after: str | None, limit: int) -> Page:
        before = None if after is None else cursor(after, int)[0]
        found = search.find(connection, words, before=before, limit=limit)
        rows = connection.execute(select(conversations).where(conversations.c.id.in_(found.ids))).mappings().all()
        ordered = sorted(rows, key=lambda row: found.ids.index(row["id"]))
        return Page(self._shown(connection, ordered), None if found.after is None else cursor_of(found.after))

    def _newest(self, connection: Connection, where: list[Any], after: str | None, limit: int) -> Page:
        place = tuple_(conversations.c.updated_at, conversations.c.id)
        if after is not None:
            at, last = cursor(after, str, str)
            where = [*where, place < (moment(at), last)]
        newest = select(conversations).where(*where)
        newest = newest.order_by(conversations.c.updated_at.desc(), conversations.c.id.desc()).limit(limit + 1)
        rows = connection.execute(newest).mappings().all()
        shown = rows[:limit]
        more = cursor_of(shown[-1]["updated_at"].isoformat(), shown[-1]["id"]) if len(rows) > limit else None
        return Page(self._shown(connection, shown), more)

    def _in_order(self, connection: Connection, where: list[Any], after: str | None, limit: int) -> Page:
        first = 0 if after is None else min(cursor(after, int)[0], _AT_WORK_MOST)
        oldest = select(conversations).where(*where).order_by(conversations.c.waiting_since, conversations.c.id)
        rows = connection.execute(oldest.limit(_AT_WORK_MOST)).mappings().all()
        due = self._due(connection, rows)
        ordered = sorted(rows, key=lambda row: (_place(row, due[row["id"]]), row["id"]))
        page = ordered[first : first + limit]
        more = cursor_of(first + limit) if len(ordered) > first + limit else None
        return Page(self._shown(connection, page, due), more)

    def _shown(self, connection: Connection, rows: Any, due: dict[str, datetime] | None = None) -> list[Listed]:
        due = self._due(connection, rows) if due is None else due
        said = _snippets(connection, [row["id"] for row in rows])
        names = names_known(connection, [row["id"] for row in rows])
        return [
            Listed(
                conversation=to_conversation(row),
                created_at=row["created_at"],
                updated_at=row["updated_at"],
                due_at=due[row["id"]] if row["owner"] in _WITH_PERSONS else None,
                at_front=row["at_front"],
                snippet=said.get(row["id"], (0, ""))[1],
                customer_last=said.get(row["id"], (0, ""))[0] == row["next_seq"] - 1,
                names=names.get(row["id"], ()),
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


_CUSTOMER_LAST = exists(
    select(events.c.seq).where(
        events.c.conversation_id == conversations.c.id,
        events.c.seq == conversations.c.next_seq - 1,
        events.c.author == Author.CUSTOMER.value,
    )
)
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


def _snippets(connection: Connection, ids: list[str]) -> dict[str, tuple[int, str]]:
    """By conversation: the seq and the beginning of what its customer said last."""
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
    found = select(events.c.conversation_id, events.c.seq, events.c.text).select_from(events.join(last, same))
    return {row[0]: (row[1], row[2][: SNIPPET + _BEYOND]) for row in connection.execute(found)}
