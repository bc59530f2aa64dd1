"""Conversations as they are looked through afterwards: found by words and filters, counted, and read whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, select, tuple_
from sqlalchemy.engine import Connection, Engine

from jieda.brief import Brief
from jieda.conversations import Author, Conversation, Event
from jieda.intents import NOT_UNDERSTOOD
from jieda.store import search
from jieda.store.cursors import cursor, cursor_of, moment
from jieda.store.database import reading
from jieda.store.rows import conversation_row, to_conversation, to_event
from jieda.store.tables import cases, conversations, events, labels

PAGE = 50
_EXCERPT = 160
"""Characters shown of what the customer said first."""


@dataclass(frozen=True)
class Filters:
    """Which conversations are wanted. They began in [`since`, `until`), which bear a zone.

    `agent` talked to the customer; `fallback`: the bot failed to understand something, or nothing; `satisfaction` are
    ratings.
    """

    words: str = ""
    since: datetime | None = None
    until: datetime | None = None
    channel: str | None = None
    category: str | None = None
    language: str | None = None
    severity: str | None = None
    agent: str | None = None
    label: str | None = None
    fallback: bool | None = None
    satisfaction: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Summary:
    """A conversation in the list. `excerpt` is of the message that was found, else of what the customer said first.

    `names` are the customer's as far as they are known, for masking what was said.
    """

    conversation: Conversation
    created_at: datetime
    updated_at: datetime
    satisfaction: int | None
    messages: int
    not_understood: int
    excerpt: str
    names: tuple[str, ...]
    labels: tuple[str, ...]
    agents: tuple[str, ...]
    erased: bool = False


@dataclass(frozen=True)
class Page:
    """Part of the list; `after` asks for the next one, None at the end. A page may be short though there is more."""

    summaries: list[Summary]
    after: str | None


@dataclass(frozen=True)
class Transcript:
    """A conversation whole."""

    summary: Summary
    events: list[Event] = field(default_factory=list)
    satisfaction_word: str | None = None


class Transcripts:
    """Reads them from the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(self, filters: Filters, after: str | None = None, limit: int = PAGE) -> Page:
        """Newest first; with words by the newest message that has them. Raises CursorInvalid."""
        with reading(self._engine) as connection:
            if filters.words.strip():
                before = None if after is None else cursor(after, int)[0]
                where = _conditions(filters)
                found = search.find(connection, filters.words, *where, before=before, limit=limit)
                more = None if found.after is None else cursor_of(found.after)
                return Page(_summaries(connection, found.ids, found.messages), more)
            ids, more = _newest(connection, filters, after, limit)
            return Page(_summaries(connection, ids), more)

    def all(self, filters: Filters, step: int = PAGE) -> Iterator[Transcript]:
        """Every conversation that is wanted, whole, read step by step."""
        after = None
        while True:
            page = self.page(filters, after, step)
            yield from self._whole(page.summaries)
            if (after := page.after) is None:
                return

    def of(self, conversation_id: str) -> Transcript:
        """Raises ConversationUnknown."""
        with reading(self._engine) as connection:
            conversation_row(connection, conversation_id)
            summaries = _summaries(connection, [conversation_id])
        return next(iter(self._whole(summaries)))

    def agents(self) -> list[str]:
        """Those who ever talked to a customer."""
        with reading(self._engine) as connection:
            # The index is walked from name to name; DISTINCT would read all of it.
            found: list[str] = []
            while True:
                later = [events.c.agent > found[-1]] if found else [events.c.agent.isnot(None)]
                name = connection.execute(select(func.min(events.c.agent)).where(*later)).scalar()
                if name is None:
                    return found
                found.append(name)

    def _whole(self, summaries: Sequence[Summary]) -> Iterator[Transcript]:
        ids = [each.conversation.id for each in summaries]
        said: dict[str, list[Event]] = {}
        with reading(self._engine) as connection:
            in_order = select(events).where(events.c.conversation_id.in_(ids))
            in_order = in_order.order_by(events.c.conversation_id, events.c.seq)
            for row in connection.execute(in_order).mappings():
                said.setdefault(row["conversation_id"], []).append(to_event(row, ()))
            rated = select(conversations.c.id, conversations.c.satisfaction_word).where(conversations.c.id.in_(ids))
            words = {row[0]: row[1] for row in connection.execute(rated)}
        for each in summaries:
            conversation_id = each.conversation.id
            yield Transcript(each, said.get(conversation_id, []), words.get(conversation_id))


def names_known(connection: Connection, ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The customer's names, by conversation, from cases and hand-offs."""
    found: dict[str, set[str]] = {}
    by_case = select(cases.c.conversation_id, cases.c.contact_name).where(cases.c.conversation_id.in_(list(ids)))
    for conversation_id, name in connection.execute(by_case):
        found.setdefault(conversation_id, set()).add(name)
    briefed = and_(conversations.c.id.in_(list(ids)), conversations.c.brief.isnot(None))
    for conversation_id, brief in connection.execute(select(conversations.c.id, conversations.c.brief).where(briefed)):
        if name := Brief.from_json(brief).details.get("contact_name"):
            found.setdefault(conversation_id, set()).add(name)
    return {conversation_id: tuple(sorted(filter(None, names))) for conversation_id, names in found.items()}


def _newest(connection: Connection, filters: Filters, after: str | None, limit: int) -> tuple[list[str], str | None]:
    where = _conditions(filters)
    if after is not None:
        at, last = cursor(after, str, str)
        where.append(tuple_(conversations.c.created_at, conversations.c.id) < (moment(at), last))
    newest = select(conversations.c.id, conversations.c.created_at).where(*where)
    newest = newest.order_by(conversations.c.created_at.desc(), conversations.c.id.desc()).limit(limit + 1)
    rows = connection.execute(newest).all()
    shown = rows[:limit]
    more = cursor_of(shown[-1][1].isoformat(), shown[-1][0]) if len(rows) > limit else None
    return [row[0] for row in shown], more


def _conditions(filters: Filters) -> list[Any]:
    where: list[Any] = []
    if filters.since is not None:
        where.append(conversations.c.created_at >= filters.since)
    if filters.until is not None:
        where.append(conversations.c.created_at < filters.until)
    for name in ("channel", "category", "language", "severity"):
        if (value := getattr(filters, name)) is not None:
            where.append(conversations.c[name] == value)
    if filters.agent is not None:
        where.append(_has(events, events.c.agent == filters.agent))
    if filters.label is not None:
        where.append(_has(labels, labels.c.label == filters.label))
    if filters.fallback is not None:
        lost = _has(events, events.c.intent == NOT_UNDERSTOOD)
        where.append(lost if filters.fallback else ~lost)
    if filters.satisfaction:
        where.append(conversations.c.satisfaction.in_(sorted(filters.satisfaction)))
    return where


def _has(table: Any, *where: Any) -> Any:
    return exists(select(table.c.conversation_id).where(table.c.conversation_id == conversations.c.id, *where))


def _summaries(connection: Connection, ids: Sequence[str], messages: Mapping[str, int] | None = None) -> list[Summary]:
    """In the order of the ids, with an excerpt of the messages of those seqs, else of what the customer said first."""
    if not ids:
        return []
    rows = {
        row["id"]: row
        for row in connection.execute(select(conversations).where(conversations.c.id.in_(ids))).mappings()
    }
    of_page = events.c.conversation_id.in_(ids)
    counted: dict[str, dict[str, Any]] = {each: {"messages": 0, "lost": 0, "agents": set()} for each in ids}
    first: dict[str, str] = {}
    found: dict[str, str] = {}
    columns = (events.c.conversation_id, events.c.seq, events.c.author, events.c.agent, events.c.intent)
    text = func.substr(events.c.text, 1, _EXCERPT + 1).label("text")
    for row in connection.execute(
        select(*columns, text).where(of_page).order_by(events.c.conversation_id, events.c.seq)
    ):
        counts = counted[row.conversation_id]
        counts["messages"] += row.author is not None
        counts["lost"] += row.intent == NOT_UNDERSTOOD
        if row.agent:
            counts["agents"].add(row.agent)
        if row.author == Author.CUSTOMER.value:
            first.setdefault(row.conversation_id, row.text or "")
        if messages and messages[row.conversation_id] == row.seq:
            found[row.conversation_id] = row.text or ""
    labelled: dict[str, list[str]] = {}
    borne = select(labels.c.conversation_id, labels.c.label).where(labels.c.conversation_id.in_(ids))
    for conversation_id, label in connection.execute(borne.order_by(labels.c.label)):
        labelled.setdefault(conversation_id, []).append(label)
    names = names_known(connection, ids)
    return [
        Summary(
            conversation=to_conversation(rows[each]),
            created_at=rows[each]["created_at"],
            updated_at=rows[each]["updated_at"],
            satisfaction=rows[each]["satisfaction"],
            messages=counted[each]["messages"],
            not_understood=counted[each]["lost"],
            excerpt=found.get(each, first.get(each, "")),
            names=names.get(each, ()),
            labels=tuple(labelled.get(each, ())),
            agents=tuple(sorted(counted[each]["agents"])),
            erased=rows[each]["erased_at"] is not None,
        )
        for each in ids
        if each in rows
    ]
