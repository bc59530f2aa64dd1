"""Support hours: Monday to Friday 9:00 to 18:00 China Standard Time on China's business days, and what is due when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from jieda import hours as module
from jieda.hours import SupportHours, coverage, covers, support_hours
from jieda.policy import Severity, policy

CHINA = ZoneInfo("Asia/Shanghai")
CRITICAL, NON_CRITICAL = Severity.CRITICAL, Severity.NON_CRITICAL


def at(text: str) -> datetime:
    """China Standard Time, unless the text bears an offset."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def with_hours(**changes: object) -> SupportHours:
    hours: Any = policy().hours
    return SupportHours(replace(hours, **changes), policy().severities)


@pytest.fixture
def desk() -> SupportHours:
    return support_hours()


@pytest.fixture
def fresh_calendar() -> Iterator[None]:
    """As in a process that has not yet asked for any day."""
    module._is_business_day.cache_clear()
    module._warn_not_covered.cache_clear()
    yield
    module._is_business_day.cache_clear()
    module._warn_not_covered.cache_clear()


class TestIsOpen:
    @pytest.mark.parametrize(
        ("moment", "is_open"),
        [
            ("2026-03-12 08:59:59.999999", False),
            ("2026-03-12 09:00:00", True),
            ("2026-03-12 12:30:00", True),
            ("2026-03-12 17:59:59.999999", True),
            ("2026-03-12 18:00:00", False),
            ("2026-03-12 00:00:00", False),
            ("2026-03-13 10:00", True),  # Friday
            ("2026-03-14 10:00", False),  # Saturday
            ("2026-03-15 10:00", False),  # Sunday
            ("2026-03-16 10:00", True),  # Monday
        ],
    )
    def test_opening_belongs_to_the_hours_and_closing_does_not(
        self, desk: SupportHours, moment: str, is_open: bool
    ) -> None:
        assert desk.is_open(at(moment)) is is_open

    @pytest.mark.parametrize(
        ("day", "is_open"),
        [
            ("2026-01-01", False),  # New Year
            ("2026-02-13", True),
            ("2026-02-14", True),  # Saturday worked for Spring Festival
            ("2026-02-15", False),
            ("2026-02-17", False),  # Spring Festival
            ("2026-02-23", False),  # Monday, exchanged
            ("2026-02-24", True),
            ("2026-02-28", True),  # Saturday worked for Spring Festival
            ("2026-04-06", False),  # Monday, Qingming
            ("2026-05-04", False),  # Monday, Labour Day
            ("2026-05-09", True),  # Saturday worked for Labour Day
            ("2026-06-19", False),  # Friday, Dragon Boat
            ("2026-09-20", True),  # Sunday worked for National Day
            ("2026-09-25", False),  # Friday, Mid-Autumn
            ("2026-09-30", True),
            ("2026-10-01", False),  # National Day
            ("2026-10-07", False),
            ("2026-10-08", True),
            ("2026-10-10", True),  # Saturday worked for National Day
            ("2026-10-11", False),
        ],
    )
    def test_the_statutory_calendar(self, desk: SupportHours, day: str, is_open: bool) -> None:
        assert desk.is_open(at(f"{day} 10:00")) is is_open

    def test_make_up_workdays_are_closed_where_the_policy_says_so(self) -> None:
        desk = with_hours(make_up_workdays="closed")
        assert not desk.is_open(at("2026-02-14 10:00"))
        assert not desk.is_open(at("2026-10-10 10:00"))
        assert desk.is_open(at("2026-10-09 10:00"))

    def test_a_desk_that_works_saturdays_works_those_made_up_too(self) -> None:
        desk = with_hours(days=frozenset(range(1, 7)), make_up_workdays="closed")
        assert desk.is_open(at("2026-03-14 10:00"))
        assert desk.is_open(at("2026-02-14 10:00"))
        assert not desk.is_open(at("2026-10-03 10:00"))

    @pytest.mark.parametrize(
        ("moment", "is_open"),
        [
            ("2026-03-12T01:00:00+00:00", True),  # 09:00 in China
            ("2026-03-12T00:59:59+00:00", False),
            ("2026-03-11T18:00:00-07:00", True),  # the day after in China
            ("2026-03-13T23:30:00-05:00", False),  # Friday abroad, Saturday in China
            ("2026-03-12T19:00:00+09:00", False),  # 18:00 in China
        ],
    )
    def test_times_of_other_zones_are_read_in_china_standard_time(
        self, desk: SupportHours, moment: str, is_open: bool
    ) -> None:
        assert desk.is_open(at(moment)) is is_open

    def test_a_time_without_a_zone_is_refused(self, desk: SupportHours) -> None:
        naive = datetime(2026, 3, 12, 10)
        for ask in (desk.is_open, desk.next_opening, desk.closes_at, lambda when: desk.due(NON_CRITICAL, when)):
            with pytest.raises(ValueError, match="no time zone"):
                ask(naive)


class TestNextOpening:
    @pytest.mark.parametrize(
        ("moment", "opening"),
        [
            ("2026-03-12 08:59:59", "2026-03-12 09:00"),
            ("2026-03-12 00:00", "2026-03-12 09:00"),
            ("2026-03-12 09:00", "2026-03-13 09:00"),  # open: the opening after the present one
            ("2026-03-12 12:00", "2026-03-13 09:00"),
            ("2026-03-12 18:00", "2026-03-13 09:00"),
            ("2026-03-13 18:00", "2026-03-16 09:00"),  # Friday evening
            ("2026-03-14 10:00", "2026-03-16 09:00"),
            ("2026-09-30 18:00", "2026-10-08 09:00"),  # National Day
            ("2026-10-09 20:00", "2026-10-10 09:00"),  # the Saturday is worked
            ("2026-02-14 18:00", "2026-02-24 09:00"),  # Spring Festival
            ("2026-03-13T20:00:00-05:00", "2026-03-16 09:00"),
        ],
    )
    def test_examples(self, desk: SupportHours, moment: str, opening: str) -> None:
        assert desk.next_opening(at(moment)) == at(opening)

    def test_it_is_given_in_the_zone_of_the_policy(self, desk: SupportHours) -> None:
        assert desk.next_opening(at("2026-03-12T12:00:00+00:00")).utcoffset() == timedelta(hours=8)

    def test_the_zone_of_the_policy_counts(self) -> None:
        desk = with_hours(time_zone="Asia/Tokyo")
        assert desk.next_opening(at("2026-03-12 07:00")) == at("2026-03-12 08:00")


class TestClosesAt:
    def test_while_open(self, desk: SupportHours) -> None:
        assert desk.closes_at(at("2026-03-12 09:00")) == at("2026-03-12 18:00")

    @pytest.mark.parametrize("moment", ["2026-03-12 08:00", "2026-03-12 18:00", "2026-03-14 10:00"])
    def test_while_closed(self, desk: SupportHours, moment: str) -> None:
        assert desk.closes_at(at(moment)) is None


class TestDue:
    @pytest.mark.parametrize(
        ("opened", "due"),
        [
            ("2026-03-12 10:00", "2026-03-12 11:00"),
            ("2026-03-12 17:45", "2026-03-12 18:45"),
            ("2026-03-14 23:30", "2026-03-15 00:30"),  # Saturday night
            ("2026-10-01 03:00", "2026-10-01 04:00"),  # National Day
            ("2026-03-12T10:00:00+00:00", "2026-03-12 19:00"),
        ],
    )
    def test_a_critical_case_is_due_one_clock_hour_later_even_while_closed(
        self, desk: SupportHours, opened: str, due: str
    ) -> None:
        assert desk.due(CRITICAL, at(opened)) == at(due)

    @pytest.mark.parametrize(
        ("opened", "due"),
        [
            ("2026-03-12 09:00", "2026-03-12 17:00"),
            ("2026-03-12 10:00", "2026-03-12 18:00"),  # at the very closing
            ("2026-03-12 10:00:01", "2026-03-13 09:00:01"),
            ("2026-03-12 12:00", "2026-03-13 11:00"),
            ("2026-03-12 17:59:59", "2026-03-13 16:59:59"),
            ("2026-03-12 18:00", "2026-03-13 17:00"),
            ("2026-03-12 06:00", "2026-03-12 17:00"),
            ("2026-03-13 12:00", "2026-03-16 11:00"),  # over the weekend
            ("2026-03-14 10:00", "2026-03-16 17:00"),
            ("2026-09-30 12:00", "2026-10-08 11:00"),  # over National Day
            ("2026-10-09 12:00", "2026-10-10 11:00"),  # into a worked Saturday
            ("2026-02-14 15:00", "2026-02-24 14:00"),  # over Spring Festival
        ],
    )
    def test_a_non_critical_case_is_due_after_eight_support_hours(
        self, desk: SupportHours, opened: str, due: str
    ) -> None:
        assert desk.due(NON_CRITICAL, at(opened)) == at(due)

    def test_a_promise_longer_than_a_day_spans_several(self) -> None:
        desk = with_hours(opens=time(14), closes=time(17))
        assert desk.due(NON_CRITICAL, at("2026-03-12 16:00")) == at("2026-03-17 15:00")  # 1 + 3 + 3 + 1 hours

    def test_a_policy_may_count_clock_hours(self) -> None:
        desk = with_hours(non_critical_due_counts="clock_hours")
        assert desk.due(NON_CRITICAL, at("2026-03-13 17:00")) == at("2026-03-14 01:00")

    def test_clock_hours_are_true_hours_where_clocks_change(self) -> None:
        desk = with_hours(time_zone="Europe/Berlin")
        opened = datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))  # 02:00 becomes 03:00
        due = desk.due(CRITICAL, opened)
        assert due.astimezone(timezone.utc) - opened.astimezone(timezone.utc) == timedelta(hours=1)
        assert due.hour == 3


class TestCoverage:
    def test_known_years(self) -> None:
        first, last = coverage()
        assert covers(first)
        assert covers(2026)
        assert covers(last)
        assert not covers(first - 1)
        assert not covers(last + 1)

    @pytest.mark.parametrize(
        ("day", "is_open"),
        [
            ("2030-01-01", False),  # Tuesday
            ("2030-05-01", False),  # Wednesday
            ("2030-05-02", False),
            ("2030-05-03", True),  # no statutory holiday
            ("2030-10-01", False),  # Tuesday
            ("2030-10-02", False),
            ("2030-10-03", False),
            ("2030-10-04", True),
            ("2030-03-09", False),  # Saturday
            ("2030-03-11", True),
        ],
    )
    def test_an_unknown_year_has_weekdays_less_the_fixed_holidays(
        self, desk: SupportHours, day: str, is_open: bool
    ) -> None:
        assert desk.is_open(at(f"{day} 10:00")) is is_open

    def test_an_unknown_year_is_warned_of_once(self, desk: SupportHours, fresh_calendar: None) -> None:
        first, last = coverage()
        with capture_logs() as logs:
            for day in ("2030-03-11", "2030-03-12", "2031-03-12", "2030-03-13"):
                desk.is_open(at(f"{day} 10:00"))
        warning = {"event": "calendar_year_not_covered", "log_level": "warning", "first": first, "last": last}
        assert logs == [warning | {"year": 2030}, warning | {"year": 2031}]

    def test_a_known_year_is_not_warned_of(self, desk: SupportHours, fresh_calendar: None) -> None:
        with capture_logs() as logs:
            desk.due(NON_CRITICAL, at("2026-10-01 10:00"))
        assert logs == []


# Properties hold in known years and beyond, to the microsecond, and for moments given in any zone.
moments = st.datetimes(
    min_value=datetime(2005, 1, 1), max_value=datetime(2032, 12, 31), timezones=st.timezones()
) | st.builds(
    # At and around the edges, where a uniform draw seldom comes.
    lambda day, clock, nudge: datetime.combine(day, clock, CHINA) + timedelta(seconds=nudge),
    st.dates(min_value=datetime(2025, 12, 20).date(), max_value=datetime(2027, 1, 10).date()),
    st.sampled_from([time(0), time(9), time(10), time(18)]),
    st.sampled_from([-1, 0, 1]),
)


def support_time(desk: SupportHours, start: datetime, end: datetime) -> timedelta:
    """Open time between two moments, counted day by day."""
    total = timedelta()
    day = start.astimezone(CHINA).date()
    while day <= end.astimezone(CHINA).date():
        opens, closes = datetime.combine(day, time(9), CHINA), datetime.combine(day, time(18), CHINA)
        if desk.is_open(opens):
            total += max(timedelta(), min(end, closes) - max(start, opens))
        day += timedelta(days=1)
    return total


class TestProperties:
    @given(moments)
    def test_a_critical_case_is_due_exactly_one_hour_after_opening(self, opened: datetime) -> None:
        due = support_hours().due(CRITICAL, opened)
        assert due.astimezone(timezone.utc) - opened.astimezone(timezone.utc) == timedelta(hours=1)

    @given(moments)
    def test_a_non_critical_case_is_due_within_support_hours_and_after_opening(self, opened: datetime) -> None:
        desk = support_hours()
        due = desk.due(NON_CRITICAL, opened)
        assert due > opened
        assert desk.is_open(due - timedelta(microseconds=1))
        assert time(9) < due.time() <= time(18)

    @given(moments)
    def test_exactly_eight_support_hours_pass_until_a_non_critical_case_is_due(self, opened: datetime) -> None:
        desk = support_hours()
        due = desk.due(NON_CRITICAL, opened)
        counted_from = opened if desk.is_open(opened) else desk.next_opening(opened)
        assert support_time(desk, opened, due) == timedelta(hours=8)
        assert support_time(desk, counted_from, due) == timedelta(hours=8)

    @given(moments, moments, st.sampled_from(Severity))
    def test_a_case_opened_later_is_never_due_earlier(self, one: datetime, two: datetime, severity: Severity) -> None:
        desk = support_hours()
        earlier, later = sorted((one, two))
        assert desk.due(severity, earlier) <= desk.due(severity, later)

    @given(moments)
    def test_the_next_opening_is_the_first_one_after(self, moment: datetime) -> None:
        desk = support_hours()
        opening = desk.next_opening(moment)
        assert opening > moment
        assert desk.is_open(opening)
        assert not desk.is_open(opening - timedelta(microseconds=1))
        # Till then it is open only for what is left of the present opening.
        left = (desk.closes_at(moment) or moment) - moment
        assert support_time(desk, moment, opening) == left

    @given(moments)
    def test_it_is_open_until_it_closes(self, moment: datetime) -> None:
        desk = support_hours()
        closes = desk.closes_at(moment)
        assert (closes is not None) == desk.is_open(moment)
        if closes is not None:
            assert moment < closes <= moment + timedelta(hours=9)
            assert desk.is_open(closes - timedelta(microseconds=1))
            assert not desk.is_open(closes)
