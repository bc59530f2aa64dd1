"""The first-response clock of cases, and the order of the queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from jieda.cases import Case, CaseRequest, CaseStatus
from jieda.clock import CHINA
from jieda.hours import support_hours
from jieda.policy import Category, Language, Severity
from jieda.sla import ClockState, Waiting, first_response, is_to_be_escalated, place_in_queue

FRIDAY = datetime(2026, 3, 13, 17, 0, tzinfo=CHINA)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def case(severity: Severity, opened_at: datetime = FRIDAY) -> Case:
    request = CaseRequest("c1", Language.ZH, Category.TECHNICAL, "x", "李雷", "示例", severity)
    return Case("SR1", request, CaseStatus.OPEN, opened_at, support_hours().due(severity, opened_at))


@pytest.mark.parametrize(
    ("minutes", "state"),
    [(0, ClockState.RUNNING), (44, ClockState.RUNNING), (45, ClockState.WARNING), (60, ClockState.WARNING),
     (61, ClockState.BREACHED)],
)  # fmt: skip
def test_a_critical_case_is_warned_of_at_three_quarters_of_its_hour(minutes: int, state: ClockState) -> None:
    found = first_response(case(Severity.CRITICAL), FRIDAY + minutes * MINUTE, support_hours())
    assert found.state is state
    assert found.left == (60 - minutes) * MINUTE


def test_a_weekend_uses_up_nothing_of_eight_support_hours() -> None:
    opened = case(Severity.NON_CRITICAL)
    sunday = first_response(opened, FRIDAY + 48 * HOUR, support_hours())
    assert (sunday.state, sunday.share) == (ClockState.RUNNING, 1 / 8)
    monday = datetime(2026, 3, 16, 14, 0, tzinfo=CHINA)
    assert first_response(opened, monday, support_hours()).state is ClockState.WARNING


@pytest.mark.parametrize(("minutes", "state"), [(59, ClockState.MET), (61, ClockState.MISSED)])
def test_acknowledging_stops_the_clock(minutes: int, state: ClockState) -> None:
    seen = replace(case(Severity.CRITICAL), acknowledged_at=FRIDAY + minutes * MINUTE)
    assert first_response(seen, FRIDAY + 99 * HOUR, support_hours()).state is state


def test_a_critical_case_is_escalated_after_15_minutes_unless_somebody_has_seen_it() -> None:
    opened = case(Severity.CRITICAL)
    assert not is_to_be_escalated(opened, FRIDAY + 14 * MINUTE)
    assert is_to_be_escalated(opened, FRIDAY + 15 * MINUTE)
    assert not is_to_be_escalated(replace(opened, acknowledged_at=FRIDAY), FRIDAY + 15 * MINUTE)
    assert not is_to_be_escalated(replace(opened, status=CaseStatus.RESOLVED), FRIDAY + 15 * MINUTE)
    assert not is_to_be_escalated(case(Severity.NON_CRITICAL), FRIDAY + 15 * MINUTE)


def test_the_queue_goes_by_who_was_left_then_severity_time_left_and_time_waited() -> None:
    left = Waiting(False, FRIDAY + 9 * HOUR, FRIDAY, at_front=True)
    critical = Waiting(True, FRIDAY + 9 * HOUR, FRIDAY + MINUTE)
    soon = Waiting(False, FRIDAY + HOUR, FRIDAY + 2 * MINUTE)
    long = Waiting(False, FRIDAY + 2 * HOUR, FRIDAY)
    short = Waiting(False, FRIDAY + 2 * HOUR, FRIDAY + MINUTE)
    assert sorted([short, long, soon, critical, left], key=place_in_queue) == [left, critical, soon, long, short]
