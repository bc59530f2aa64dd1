"""The time that support hours and due times take for now."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

SETTING = "JIEDA_POLICY_NOW"
CHINA = ZoneInfo("Asia/Shanghai")
"""China Standard Time."""


class ClockError(ValueError):
    """The setting is no time. `str()` names the setting, its value and an example."""

    code = "policy_now_invalid"

    def __init__(self, value: str) -> None:
        super().__init__(f"{SETTING}={value!r} is no ISO time; an example: 2026-03-12T10:30:00+08:00")
        self.value = value


@dataclass(frozen=True)
class Clock:
    """Real time or, with `origin`, that time running on from the moment the clock was made."""

    origin: datetime | None = None
    monotonic: Callable[[], float] = time.monotonic
    _made: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_made", self.monotonic())

    @classmethod
    def from_setting(cls, value: str | None, monotonic: Callable[[], float] = time.monotonic) -> Clock:
        """The clock for a value of `JIEDA_POLICY_NOW`: an ISO time, in China Standard Time when it bears no offset.

        None and the empty string mean real time. Raises ClockError.
        """
        text = (value or "").strip()
        if not text:
            return cls(monotonic=monotonic)
        try:
            # Python 3.10 does not read the Z of ISO 8601.
            origin = datetime.fromisoformat(text[:-1] + "+00:00" if text[-1] in "zZ" else text)
            if origin.tzinfo is None:
                origin = origin.replace(tzinfo=CHINA)
            return cls(origin.astimezone(timezone.utc), monotonic)
        except (ValueError, OverflowError) as error:
            raise ClockError(text) from error

    @property
    def shifted(self) -> bool:
        """Whether this clock runs on from a set time; worth a warning at start."""
        return self.origin is not None

    def now(self) -> datetime:
        """The present moment in China Standard Time."""
        if self.origin is None:
            return datetime.now(CHINA)
        return (self.origin + timedelta(seconds=self.monotonic() - self._made)).astimezone(CHINA)


@functools.cache
def clock() -> Clock:
    """The clock of this process, as `JIEDA_POLICY_NOW` sets it. Raises ClockError."""
    return Clock.from_setting(os.environ.get(SETTING))
