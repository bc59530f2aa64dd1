"""Whether a customer who wants a person can have one now."""

from __future__ import annotations

from datetime import datetime

import pytest

from jieda.agents import Agent, Role
from jieda.clock import CHINA
from jieda.hand_off import Prospect, prospect
from jieda.hours import support_hours
from jieda.policy import Language, Severity

AMY = Agent("amy", Role.AGENT, Language.ZH)
THURSDAY, SATURDAY = datetime(2026, 3, 12, 10, 0, tzinfo=CHINA), datetime(2026, 3, 14, 10, 0, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("on_duty", "now", "severity", "found"),
    [
        ([AMY], THURSDAY, None, Prospect.AGENT),
        ([], THURSDAY, None, Prospect.NOBODY),
        ([], THURSDAY, Severity.CRITICAL, Prospect.NOBODY),
        ([AMY], SATURDAY, None, Prospect.CLOSED),
        ([AMY], SATURDAY, Severity.NON_CRITICAL, Prospect.CLOSED),
        ([AMY], SATURDAY, Severity.CRITICAL, Prospect.AGENT),
        ([], SATURDAY, Severity.CRITICAL, Prospect.CLOSED),
    ],
)
def test_agents_hours_and_severity(
    on_duty: list[Agent], now: datetime, severity: Severity | None, found: Prospect
) -> None:
    assert prospect(on_duty, now, support_hours(), severity) is found


def test_people_elsewhere_are_asked_by_the_channel() -> None:
    assert prospect([], SATURDAY, support_hours(), None, elsewhere=True) is Prospect.AGENT
