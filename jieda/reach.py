"""How a customer reaches people: hotline, its hours, and whether it is open now or when it opens, in words."""

from __future__ import annotations

from datetime import datetime

from jieda.hours import SupportHours
from jieda.policy import Category, Language, Severity, policy
from jieda.wording import facts, moment, wording


def reach(
    language: Language,
    category: Category | None,
    now: datetime,
    hours: SupportHours,
    severity: Severity | None = None,
) -> dict[str, str]:
    """The placeholders `hotline`, `hours` and `desk` for a category at a time."""
    presales = category is Category.PRESALES
    return {
        "hotline": policy().phone(category),
        "hours": wording().say(
            "utter_hours_presales" if presales else "utter_hours_clock", language, **facts(policy(), language)
        ),
        # The policy states no clock hours for presales, so nothing is said of its being open.
        "desk": "" if presales else desk(language, now, hours, severity),
    }


def desk(language: Language, now: datetime, hours: SupportHours, severity: Severity | None = None) -> str:
    """Whether the lines are open, else when they open; a critical case is never told to wait for that."""
    if hours.is_open(now):
        return wording().say("utter_desk_open", language)
    if severity is Severity.CRITICAL:
        return wording().say("utter_desk_closed_critical", language)
    return wording().say("utter_desk_closed", language, next_opening=moment(hours.next_opening(now), language))
