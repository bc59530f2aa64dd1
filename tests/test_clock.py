"""The clock of the policy: real time, or a set time running on from the start of the process."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from jieda.clock import Clock, ClockError, clock


class Stopwatch:
    """A monotonic clock that goes when told; it starts anywhere, as real ones do."""

    def __init__(self) -> None:
        self.seconds = 4711.5

    def __call__(self) -> float:
        return self.seconds


class TestRealTime:
    @pytest.mark.parametrize("value", [None, "", "  "])
    def test_without_a_setting_now_is_now(self, value: str | None) -> None:
        clock = Clock.from_setting(value)
        before = datetime.now(timezone.utc)
        now = clock.now()
        assert before <= now <= datetime.now(timezone.utc)
        assert not clock.shifted

    def test_it_is_given_in_china_standard_time(self) -> None:
        assert Clock().now().utcoffset() == timedelta(hours=8)
        assert str(Clock().now().tzinfo) == "Asia/Shanghai"


class TestSetTime:
    @pytest.mark.parametrize(
        "value",
        [
            "2026-10-01T10:00:00",  # naive: China Standard Time
            "2026-10-01 10:00",
            "2026-10-01T10:00:00+08:00",
            "2026-10-01T02:00:00Z",
            "2026-10-01T02:00:00.000Z",
            "2026-09-30T22:00:00-04:00",
            " 2026-10-01T10:00:00+08:00 \n",
        ],
    )
    def test_it_starts_there(self, value: str) -> None:
        clock = Clock.from_setting(value, Stopwatch())
        assert clock.now().isoformat() == "2026-10-01T10:00:00+08:00"
        assert str(clock.now().tzinfo) == "Asia/Shanghai"
        assert clock.shifted

    def test_a_date_alone_is_its_midnight(self) -> None:
        assert Clock.from_setting("2026-10-01", Stopwatch()).now().isoformat() == "2026-10-01T00:00:00+08:00"

    def test_it_runs_on_from_there(self) -> None:
        stopwatch = Stopwatch()
        clock = Clock.from_setting("2026-12-31T23:59:59", stopwatch)
        stopwatch.seconds += 1.25
        assert clock.now().isoformat() == "2027-01-01T00:00:00.250000+08:00"
        stopwatch.seconds += 24 * 3600
        assert clock.now().isoformat() == "2027-01-02T00:00:00.250000+08:00"

    def test_each_clock_starts_when_it_is_made(self) -> None:
        stopwatch = Stopwatch()
        first = Clock.from_setting("2026-10-01T10:00", stopwatch)
        stopwatch.seconds += 60
        second = Clock.from_setting("2026-10-01T10:00", stopwatch)
        assert first.now() - second.now() == timedelta(minutes=1)


@pytest.mark.parametrize(
    "value", ["tomorrow", "2026-13-01", "2026-10-01T25:00", "1759284000", "10:00", "0001-01-01T00:00", "Z", "二〇二六"]
)
def test_a_setting_that_is_no_time_is_named_with_an_example(value: str) -> None:
    with pytest.raises(ClockError) as caught:
        Clock.from_setting(value)
    assert caught.value.code == "policy_now_invalid"
    assert caught.value.value == value
    assert str(caught.value) == f"JIEDA_POLICY_NOW={value!r} is no ISO time; an example: 2026-03-12T10:30:00+08:00"


def test_the_clock_of_the_process_is_set_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock.cache_clear()
    monkeypatch.setenv("JIEDA_POLICY_NOW", "2026-10-01T10:00:00+08:00")
    try:
        assert clock().shifted
        assert clock() is clock()
    finally:
        clock.cache_clear()
