"""How often something is done."""

from __future__ import annotations

from jieda.gateway.limits import Pace


def test_of_those_that_come_at_once_the_first_passes() -> None:
    pace = Pace(3600)
    assert [pace.passes("a"), pace.passes("a"), pace.passes("b")] == [True, False, True]


def test_it_passes_again_after_that_time() -> None:
    pace = Pace(0)
    assert [pace.passes("a"), pace.passes("a")] == [True, True]
