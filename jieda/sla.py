"""The clock of a case's first response, and who is next in the queue. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from jieda.cases import Case
from jieda.hours import SupportHours
from jieda.policy import Severity

WARNING_SHARE = 0.75
"""Of the time for the first response: from there on a case is warned of."""
ESCALATION = timedelta(minutes=15)
"""How long a critical case waits for somebody to acknowledge it before supervisors are told."""


class ClockState(str, Enum):
    """How a case's first response stands: still to come (in time, warned of, late), or given (in time, late)."""

    RUNNING = "running"
    WARNING = "warning"
    BREACHED = "breached"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True)
class FirstResponse:
    """`share` is the part of the time that was used, 1 at the due time; `left` is clock time, negative once late."""

    due_at: datetime
    state: ClockState
    share: float
    left: timedelta


def first_response(case: Case, now: datetime, hours: SupportHours) -> FirstResponse:
    """The clock of a case; acknowledging it, or resolving it, stops the clock."""
    answered_at = case.acknowledged_at or case.resolved_at
    at = answered_at or now
    late = at > case.due_at
    share = _share(case, at, hours)
    if answered_at is not None:
        state = ClockState.MISSED if late else ClockState.MET
    elif late:
        state = ClockState.BREACHED
    else:
        state = ClockState.WARNING if share >= WARNING_SHARE else ClockState.RUNNING
    return FirstResponse(case.due_at, state, share, case.due_at - at)


def is_to_be_escalated(case: Case, now: datetime) -> bool:
    """Whether a critical case was not acknowledged in time."""
    waits = case.acknowledged_at is None and not case.is_resolved
    return case.request.severity is Severity.CRITICAL and waits and now - case.opened_at >= ESCALATION


def _share(case: Case, at: datetime, hours: SupportHours) -> float:
    if at >= case.due_at:
        clock = case.due_at - case.opened_at
        return max(1.0, (at - case.opened_at) / clock) if clock else 1.0
    # Counted as the due time was: a weekend uses up nothing of eight support hours.
    whole, used = hours.open_time(case.opened_at, case.due_at), hours.open_time(case.opened_at, at)
    counts_clock = case.request.severity is Severity.CRITICAL or hours.hours.non_critical_due_counts == "clock_hours"
    if counts_clock or not whole:
        whole, used = case.due_at - case.opened_at, at - case.opened_at
    return min(max(used / whole, 0.0), 1.0)


@dataclass(frozen=True)
class Waiting:
    """What decides a conversation's place in the queue."""

    critical: bool
    due_at: datetime
    since: datetime
    at_front: bool = False


def place_in_queue(waiting: Waiting) -> tuple[bool, bool, datetime, datetime]:
    """Sorts the queue: whom an agent left without a word first, then by severity, time left, and time waited."""
    return (not waiting.at_front, not waiting.critical, waiting.due_at, waiting.since)
