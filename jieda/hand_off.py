"""Whether a customer who wants a person can have one now. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum

from jieda.agents import Agent
from jieda.hours import SupportHours
from jieda.policy import Severity


class Prospect(str, Enum):
    """What becomes of a wish for a person."""

    AGENT = "agent"
    """Somebody can take the conversation."""
    NOBODY = "nobody"
    """The desk is open, and nobody is on duty."""
    CLOSED = "closed"


def prospect(
    on_duty: Collection[Agent],
    now: datetime,
    hours: SupportHours,
    severity: Severity | None,
    *,
    elsewhere: bool = False,
) -> Prospect:
    """A critical matter reaches whoever is on duty, whatever the hours (policy: worked on continuously).

    `elsewhere`: the channel's own tools pass customers on to people, and know better who is there; if nobody is, the
    channel says so and gives the conversation back.
    """
    if elsewhere:
        return Prospect.AGENT
    if not hours.is_open(now) and not (severity is Severity.CRITICAL and on_duty):
        return Prospect.CLOSED
    return Prospect.AGENT if on_duty else Prospect.NOBODY
