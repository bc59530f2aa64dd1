"""Figures of a span of time: how much was asked, what the bot solved, how long people waited, how content they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import and_, case, exists, func, select
from sqlalchemy.engine import Connection, Engine

from jieda.clock import CHINA
from jieda.conversations import RATINGS, Owner
from jieda.intents import NOT_UNDERSTOOD
from jieda.masking import mask_text
from jieda.reviews import Verdict
from jieda.store.database import reading
from jieda.store.tables import cases, conversations, events, reviews
from jieda.store.transcripts import names_known

_TOP = 10
_TEXT_MAX = 80


@dataclass(frozen=True)
class Day:
    """A day in China: conversations that began on it, and how many of them a person was wanted in."""

    day: date
    conversations: int = 0
    handed_off: int = 0


@dataclass(frozen=True)
class Waiting:
    """How customers fared who wanted a person: times until an agent came, in seconds; how many none came for."""

    seconds: tuple[float, ...] = ()
    gave_up: int = 0

    @property
    def median(self) -> float | None:
        return quantile(self.seconds, 0.5)

    @property
    def p90(self) -> float | None:
        return quantile(self.seconds, 0.9)


@dataclass(frozen=True)
class FirstResponses:
    """First responses to cases: in time, late (or overdue), not due yet."""

    kept: int = 0
    missed: int = 0
    running: int = 0

    @property
    def share(self) -> float | None:
        settled = self.kept + self.missed
        return self.kept / settled if settled else None


@dataclass(frozen=True)
class Insights:
    """The figures of a span. Of each breakdown the most frequent comes first; "" is what is not known.

    Solved by the bot is a conversation in which the customer said something, no person was wanted and no case opened.
    """

    days: tuple[Day, ...]
    channels: tuple[tuple[str, int], ...] = ()
    categories: tuple[tuple[str, int], ...] = ()
    languages: tuple[tuple[str, int], ...] = ()
    talked: int = 0
    solved: int = 0
    waiting: Waiting = field(default_factory=Waiting)
    first_responses: FirstResponses = field(default_factory=FirstResponses)
    ratings: tuple[tuple[int, int], ...] = ()
    misunderstood: tuple[tuple[str, int], ...] = ()
    corrected: tuple[tuple[str, str, int], ...] = ()

    @property
    def conversations(self) -> int:
        return sum(each.conversations for each in self.days)

    @property
    def solved_share(self) -> float | None:
        return self.solved / self.talked if self.talked else None

    @property
    def satisfaction(self) -> float | None:
        """The mean rating."""
        count = sum(number for _, number in self.ratings)
        return sum(rating * number for rating, number in self.ratings) / count if count else None


class InsightBook:
    """Reckons them from the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def over(self, first: date, last: date, now: datetime) -> Insights:
        """The figures of the days from the first to the last, both in; `now` bears a zone."""
        since, until = _start(first), _start(last + timedelta(days=1))
        with reading(self._engine) as connection:
            days, breakdowns, talked, solved = _volume(connection, since, until)
            known = {each.day: each for each in days}
            return Insights(
                days=tuple(known.get(day, Day(day)) for day in _days(first, last)),
                channels=breakdowns[0],
                categories=breakdowns[1],
                languages=breakdowns[2],
                talked=talked,
                solved=solved,
                waiting=_waiting(connection, since, until),
                first_responses=_first_responses(connection, since, until, now),
                ratings=_ratings(connection, since, until),
                misunderstood=_misunderstood(connection, since, until),
                corrected=_corrected(connection, since, until),
            )


def quantile(values: Iterable[float], share: float) -> float | None:
    """The value that so large a share is not above, between two values in proportion."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _volume(
    connection: Connection, since: datetime, until: datetime
) -> tuple[list[Day], list[tuple[tuple[str, int], ...]], int, int]:
    began = and_(conversations.c.created_at >= since, conversations.c.created_at < until)
    day: Any = func.date(conversations.c.created_at, "+8 hours")
    if connection.dialect.name == "postgresql":
        day = func.date(func.timezone(str(CHINA), conversations.c.created_at))
    with_case = exists(select(cases.c.number).where(cases.c.conversation_id == conversations.c.id))
    # From the bot straight to its end goes only what is erased: every other move has to do with a person.
    never = and_(conversations.c.version == 1, conversations.c.owner == Owner.CLOSED.value)
    handed = and_(conversations.c.version > 0, ~never)
    talked = conversations.c.next_seq > 1
    kinds = (conversations.c.channel, conversations.c.category, conversations.c.language)
    counted = select(
        day.label("day"),
        *kinds,
        func.count().label("number"),
        func.sum(case((handed, 1), else_=0)).label("handed"),
        func.sum(case((talked, 1), else_=0)).label("talked"),
        func.sum(case((and_(talked, ~handed, ~with_case), 1), else_=0)).label("solved"),
    )
    rows = connection.execute(counted.where(began).group_by(day, *kinds)).all()
    by_day: dict[date, list[int]] = {}
    broken_down: list[Counter[str]] = [Counter(), Counter(), Counter()]
    for row in rows:
        on = row.day if isinstance(row.day, date) else date.fromisoformat(row.day)
        sums = by_day.setdefault(on, [0, 0])
        sums[0] += row.number
        sums[1] += row.handed
        for counter, value in zip(broken_down, (row.channel, row.category, row.language), strict=True):
            counter[value or ""] += row.number
    return (
        [Day(on, *sums) for on, sums in by_day.items()],
        [tuple(each.most_common()) for each in broken_down],
        sum(row.talked for row in rows),
        sum(row.solved for row in rows),
    )


def _waiting(connection: Connection, since: datetime, until: datetime) -> Waiting:
    """Of those who began to wait within the span."""
    moved = and_(events.c.type == "owner", events.c.at >= since, events.c.at < until + timedelta(days=1))
    columns = (events.c.conversation_id, events.c.owner, events.c.at)
    rows = connection.execute(select(*columns).where(moved).order_by(events.c.conversation_id, events.c.seq)).all()
    seconds: list[float] = []
    gave_up = 0
    for _, moves in groupby(rows, key=lambda row: row.conversation_id):
        began: datetime | None = None
        for move in moves:
            if move.owner == Owner.QUEUED.value:
                # Whom an agent left without a word waits anew.
                began = move.at if move.at < until else None
            elif began is not None:
                if move.owner == Owner.ASSIGNED.value:
                    seconds.append((move.at - began).total_seconds())
                else:
                    gave_up += 1
                began = None
    return Waiting(tuple(seconds), gave_up)


def _first_responses(connection: Connection, since: datetime, until: datetime, now: datetime) -> FirstResponses:
    opened = and_(cases.c.opened_at >= since, cases.c.opened_at < until)
    answered = func.coalesce(cases.c.acknowledged_at, cases.c.resolved_at)
    kept = and_(answered.isnot(None), answered <= cases.c.due_at)
    running = and_(answered.is_(None), cases.c.due_at >= now)
    sums = [func.sum(case((which, 1), else_=0)) for which in (kept, running)]
    number, in_time, to_come = connection.execute(select(func.count(), *sums).where(opened)).one()
    in_time, to_come = in_time or 0, to_come or 0
    return FirstResponses(in_time, number - in_time - to_come, to_come)


def _ratings(connection: Connection, since: datetime, until: datetime) -> tuple[tuple[int, int], ...]:
    began = and_(conversations.c.created_at >= since, conversations.c.created_at < until)
    rated = and_(began, conversations.c.satisfaction.isnot(None))
    rows = select(conversations.c.satisfaction, func.count()).where(rated).group_by(conversations.c.satisfaction)
    found = {row[0]: row[1] for row in connection.execute(rows)}
    return tuple((rating, found.get(rating, 0)) for rating in reversed(RATINGS))


def _misunderstood(connection: Connection, since: datetime, until: datetime) -> tuple[tuple[str, int], ...]:
    """What was most often not understood, masked."""
    lost = and_(events.c.intent == NOT_UNDERSTOOD, events.c.at >= since, events.c.at < until, events.c.text != "")
    number = func.count().label("number")
    one = func.min(events.c.conversation_id).label("one")
    most = select(events.c.text, number, one).where(lost).group_by(events.c.text)
    rows = connection.execute(most.order_by(number.desc(), events.c.text).limit(_TOP)).all()
    names = names_known(connection, {row.one for row in rows})
    return tuple((mask_text(row.text, names.get(row.one, ()))[:_TEXT_MAX], row.number) for row in rows)


def _corrected(connection: Connection, since: datetime, until: datetime) -> tuple[tuple[str, str, int], ...]:
    """What reviewers corrected most: the intent that was taken for which."""
    same = and_(events.c.conversation_id == reviews.c.conversation_id, events.c.seq == reviews.c.seq)
    span = and_(reviews.c.at >= since, reviews.c.at < until, reviews.c.verdict == Verdict.CORRECTED.value)
    number = func.count().label("number")
    pairs = select(events.c.intent, reviews.c.intent.label("named"), number).select_from(reviews.join(events, same))
    pairs = pairs.where(span, events.c.intent.isnot(None)).group_by(events.c.intent, reviews.c.intent)
    rows = connection.execute(pairs.order_by(number.desc(), events.c.intent, reviews.c.intent).limit(_TOP))
    return tuple((row[0], row[1], row[2]) for row in rows)
