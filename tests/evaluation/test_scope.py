"""The curve of refusing messages, against examples worked out by hand."""

from __future__ import annotations

import pytest

from evaluation.predictions import Prediction
from evaluation.scope import Point, Score, auroc, curve, scores

from .conftest import Judge

INSIDE = [0.1, 0.2, 0.3, 0.6]
OUTSIDE = [0.5, 0.6, 0.9]


def test_auroc_is_the_part_of_pairs_in_order_and_ties_count_half() -> None:
    # 12 pairs: all but 0.5 < 0.6 are in order, and 0.6 = 0.6 is a tie.
    assert auroc(INSIDE, OUTSIDE) == pytest.approx(10.5 / 12)


@pytest.mark.parametrize(
    ("inside", "outside", "expected"), [([0.1], [0.9], 1.0), ([0.9], [0.1], 0.0), ([0.5], [0.5], 0.5), ([], [0.1], 0.5)]
)
def test_auroc_at_its_ends(inside: list[float], outside: list[float], expected: float) -> None:
    assert auroc(inside, outside) == expected


def test_curve_goes_from_refusing_nothing_to_refusing_all() -> None:
    found = curve(INSIDE, OUTSIDE)
    assert found.thresholds.tolist() == [float("inf"), 0.9, 0.6, 0.5, 0.3, 0.2, 0.1]
    assert found.refused.tolist() == [0, 0, 0.25, 0.25, 0.5, 0.75, 1]
    assert found.recall.tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1, 1, 1, 1])


@pytest.mark.parametrize(
    ("limit", "point"),
    [(0.25, Point(0.5, 0.25, 1.0)), (0.24, Point(0.9, 0.0, 1 / 3)), (1.0, Point(0.1, 1.0, 1.0))],
)
def test_the_best_point_keeps_the_limit(limit: float, point: Point) -> None:
    assert curve(INSIDE, OUTSIDE).best(limit) == point


def test_where_every_threshold_refuses_too_much_nothing_is_refused() -> None:
    assert curve([0.9], [0.1]).best() == Point(float("inf"), 0.0, 0.0)


def test_the_two_scores() -> None:
    prediction = Prediction("a_b", (("a_b", 0.5), ("a_c", 0.3)), in_scope_total=0.8, in_scope_best=0.5)
    assert Score.NONE_IN_SCOPE.of(prediction) == pytest.approx(0.2)
    assert Score.BEST_IN_SCOPE.of(prediction) == pytest.approx(0.5)


def test_scores_are_parted_by_what_a_message_is(judged: Judge) -> None:
    found = scores(
        [judged("a_b", "a_b", 0.75), judged("out_of_scope", "a_b", 0.5), judged("out_of_scope", "out_of_scope", 1.0)],
        Score.BEST_IN_SCOPE,
    )
    assert found == ([0.25], [0.5, 1.0])
