"""Out of scope: the score, its curve and the point chosen."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation import scope
from evaluation.predictions import Prediction
from tests.evaluation.samples import predicted

SCORES = np.array([0.9, 0.8, 0.3, 0.7, 0.2, 0.1, 0.1, 0.0])
OUTSIDE = np.array([True, True, True, False, False, False, False, False])


class TestScore:
    def test_it_is_the_probability_of_out_of_scope(self) -> None:
        predictions = [predicted(out_of_scope=0.3, billing_renew=0.7), predicted(out_of_scope=0.6, case_open=0.4)]
        assert scope.scores(predictions).tolist() == [0.3, 0.6]

    def test_an_intent_cut_off_the_ranking_has_none(self) -> None:
        predictions = [predicted(billing_renew=0.7), predicted(out_of_scope=0.6, case_open=0.4)]
        assert scope.scores(predictions).tolist() == [0.0, 0.6]

    def test_an_arm_without_the_intent_is_judged_by_how_unsure_it_is(self) -> None:
        predictions = [predicted(billing_renew=0.9, case_open=0.1), predicted(billing_renew=0.4, case_open=0.35)]
        assert scope.scores(predictions) == pytest.approx([0.1, 0.6])


class TestChosenPoint:
    def test_most_recall_at_no_more_refused_than_allowed(self) -> None:
        strict, lax = (scope.choose(SCORES, OUTSIDE, most_refused=most) for most in (0.0, 0.2))
        assert (strict.threshold, strict.in_scope_refused) == (0.8, 0.0)
        assert strict.recall == pytest.approx(2 / 3)
        assert (lax.threshold, lax.recall) == (0.3, 1.0)
        assert lax.in_scope_refused == pytest.approx(1 / 5)

    def test_where_any_refusal_is_too_many_none_is_made(self) -> None:
        values, outside = np.array([0.9, 0.5, 0.4]), np.array([False, True, True])
        found = scope.choose(values, outside, most_refused=0.1)
        assert (found.recall, found.in_scope_refused) == (0.0, 0.0)
        assert found.threshold > 0.9

    def test_a_threshold_is_told_with_four_digits_and_still_keeps_to_what_is_allowed(self) -> None:
        values, outside = np.array([0.50004, 0.50006, 0.2]), np.array([False, True, False])
        found = scope.choose(values, outside, most_refused=0.0)
        assert found.threshold == 0.5001
        assert found.in_scope_refused == 0.0

    def test_a_score_at_the_threshold_is_refused(self) -> None:
        assert scope.is_refused(np.array([0.39, 0.4, 0.41]), 0.4).tolist() == [False, True, True]


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    # Of 15 pairs one is upside down: 0.3 out of scope, 0.7 in scope.
    assert scope.curve(SCORES, OUTSIDE).area == pytest.approx(14 / 15)


def test_what_is_declined_is_taken_for_out_of_scope_or_asked_again_but_not_asked_between_two() -> None:
    predictions = [
        predicted(out_of_scope=0.9),
        Prediction("billing_renew", {"billing_renew": 0.1}, asks_again=True),
        Prediction("billing_renew", {"billing_renew": 0.4}, between=("billing_renew", "case_open")),
        predicted(case_open=0.9),
    ]
    found = scope.declined(predictions, np.array([True, False, False, False]))
    assert found.out_of_scope == 1.0
    assert found.in_scope == pytest.approx(1 / 3)
