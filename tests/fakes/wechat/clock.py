"""The time in WeChat's world: the real one, shifted at will, as its windows last from a minute to two days."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


class FakeClock:
    """Runs on from the present; `pass_by` lets time go by in no time."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self.ahead

    def pass_by(self, **span: float) -> None:
        self.ahead += timedelta(**span)
