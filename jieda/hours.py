"""Support hours: when the desk is open, when it opens next and when a case is due.

Everything is counted in the time zone of the policy (China Standard Time), on the business days of China's
statutory calendar. Times that come in bear a time zone; times that go out stand in the policy's.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import chinese_calendar
import structlog
from chinese_calendar.constants import holidays

from jieda.policy import Hours, Severities, Severity, policy

log = structlog.get_logger(__name__)

FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""(month, day) of the statutory holidays that fall on the same date each year: New Year, Labour Day, National Day.

Source: State Council, 全国年节及纪念日放假办法, as revised with effect from 2025-01-01. Spring Festival, Qingming,
Dragon Boat and Mid-Autumn follow the moon and the sun, and days exchanged for weekends are announced year by year.
"""


@functools.cache
def coverage() -> tuple[int, int]:
    """The first and the last year whose statutory calendar is known (library chinesecalendar)."""
    return min(holidays).year, max(holidays).year


def covers(year: int) -> bool:
    """Whether the statutory calendar of that year is known."""
    first, last = coverage()
    return first <= year <= last


@dataclass(frozen=True)
class SupportHours:
    """The hours of the lines that state clock hours (billing, technical) and the promises counted in them."""

    hours: Hours
    severities: Severities

    def is_open(self, at: datetime) -> bool:
        """Whether the desk is open: the opening time belongs to the hours, the closing time does not.

        Raises ValueError when `at` bears no time zone.
        """
        at = self._local(at)
        return self._is_business_day(at.date()) and self.hours.opens <= at.time() < self.hours.closes

    def next_opening(self, at: datetime) -> datetime:
        """The first moment after `at` at which the desk opens; while it is open, the opening after the present one.

        Raises ValueError when `at` bears no time zone.
        """
        at = self._local(at)
        day = at.date()
        if at.time() >= self.hours.opens:
            day += timedelta(days=1)
        while not self._is_business_day(day):
            day += timedelta(days=1)
        return self._on(day, self.hours.opens)

    def closes_at(self, at: datetime) -> datetime | None:
        """When the present opening ends; None while the desk is closed.

        Raises ValueError when `at` bears no time zone.
        """
        return self._on(self._local(at).date(), self.hours.closes) if self.is_open(at) else None

    def open_time(self, start: datetime, end: datetime) -> timedelta:
        """How long the desk is open between two moments; zero when `end` is not after `start`.

        Raises ValueError when one bears no time zone.
        """
        start, end = self._local(start), self._local(end)
        total = timedelta(0)
        while start < end:
            closing = self.closes_at(start)
            if closing is not None:
                total += min(closing, end) - start
            start = self.next_opening(start)
        return total

    def due(self, severity: Severity, opened_at: datetime) -> datetime:
        """When the initial response to a case opened at `opened_at` is due.

        Critical: clock hours from opening, whether the desk is open or not (policy: worked on "continuously, all
        day"). Non-critical: support hours or clock hours, as `non_critical_due_counts` of the policy file says;
        support hours of a case opened while the desk is closed count from the next opening, and a case may be due
        at the very closing time. Raises ValueError when `opened_at` bears no time zone.
        """
        opened_at = self._local(opened_at)
        if severity is Severity.CRITICAL:
            return self._after_clock_hours(opened_at, self.severities.critical.response_hours)
        response_hours = self.severities.non_critical.response_hours
        if self.hours.non_critical_due_counts == "clock_hours":
            return self._after_clock_hours(opened_at, response_hours)
        return self._after_support_hours(opened_at, timedelta(hours=response_hours))

    def _after_clock_hours(self, start: datetime, count: int) -> datetime:
        # Added in UTC: local arithmetic would be an hour off across a change of the clocks.
        return (start.astimezone(timezone.utc) + timedelta(hours=count)).astimezone(start.tzinfo)

    def _after_support_hours(self, start: datetime, left: timedelta) -> datetime:
        closing = self.closes_at(start)
        while closing is None or left > closing - start:
            if closing is not None:
                left -= closing - start
            start = self.next_opening(start)
            closing = self._on(start.date(), self.hours.closes)
        return start + left

    def _is_business_day(self, day: date) -> bool:
        return _is_business_day(day, self.hours.days, self.hours.make_up_workdays == "open")

    def _local(self, at: datetime) -> datetime:
        if at.utcoffset() is None:
            raise ValueError(f"{at} bears no time zone")
        return at.astimezone(ZoneInfo(self.hours.time_zone))

    def _on(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, ZoneInfo(self.hours.time_zone))


@functools.cache
def support_hours() -> SupportHours:
    """The support hours of the policy in force. Raises PolicyError."""
    return SupportHours(policy().hours, policy().severities)


@functools.lru_cache(maxsize=4096)
def _is_business_day(day: date, weekdays: frozenset[int], make_up_workdays_open: bool) -> bool:
    usual = day.isoweekday() in weekdays
    if not covers(day.year):
        _warn_not_covered(day.year)
        return usual and (day.month, day.day) not in FIXED_HOLIDAYS
    off, occasion = chinese_calendar.get_holiday_detail(day)
    if occasion is None:
        return usual
    # Of the days that an occasion touches, those off are holidays and those on are make-up workdays.
    return not off and (usual or make_up_workdays_open)


@functools.cache
def _warn_not_covered(year: int) -> None:
    first, last = coverage()
    log.warning("calendar_year_not_covered", year=year, first=first, last=last)
