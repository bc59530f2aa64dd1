"""The paired bootstrap: its figures, its bounds, and that chance plays no part in them."""

from __future__ import annotations

import pytest

from evaluation.bootstrap import compare

OURS = [True] * 90 + [False] * 10
THEIRS = [True] * 70 + [False] * 30


def test_the_figures_themselves() -> None:
    found = compare(OURS, THEIRS)
    assert found.accuracy.value == pytest.approx(0.2)
    assert found.fewer_errors.value == pytest.approx(2 / 3)


def test_the_same_bounds_each_time() -> None:
    assert compare(OURS, THEIRS) == compare(OURS, THEIRS)


def test_another_seed_gives_other_draws() -> None:
    assert compare(OURS, THEIRS, draws=50) != compare(OURS, THEIRS, draws=50, seed=8)


def test_the_bounds_hold_the_figure_and_a_clear_difference_is_above_zero() -> None:
    found = compare(OURS, THEIRS)
    assert 0 < found.accuracy.low < found.accuracy.value < found.accuracy.high
    assert 0 < found.fewer_errors.low < found.fewer_errors.value < found.fewer_errors.high <= 1


def test_an_arm_against_itself_differs_by_nothing_because_pairs_are_kept() -> None:
    found = compare(OURS, OURS)
    assert (found.accuracy.low, found.accuracy.high) == (0, 0)
    assert (found.fewer_errors.low, found.fewer_errors.high) == (0, 0)


def test_no_errors_can_be_saved_where_there_are_none() -> None:
    assert compare([True, False], [True, True]).fewer_errors.value == 0


@pytest.mark.parametrize(("ours", "theirs"), [([], []), ([True], [True, False])])
def test_messages_that_do_not_match_are_refused(ours: list[bool], theirs: list[bool]) -> None:
    with pytest.raises(ValueError, match="same messages"):
        compare(ours, theirs)
