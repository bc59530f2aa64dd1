"""Figures against examples worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.metrics import F1, calibration_error, confusion_matrix, confusions, f1_by_label, macro_f1, share

from .conftest import Judge

WANTED = ["a", "a", "a", "b", "b", "c"]
PREDICTED = ["a", "a", "b", "b", "c", "d"]


def test_f1_counts_right_predicted_and_wanted_of_each_wanted_label() -> None:
    assert f1_by_label(WANTED, PREDICTED) == {"a": F1(2, 2, 3), "b": F1(1, 2, 2), "c": F1(0, 1, 1)}


def test_precision_recall_and_f1() -> None:
    score = F1(right=2, predicted=2, wanted=3)
    assert [score.precision, score.recall, score.f1] == pytest.approx([1, 2 / 3, 0.8])


def test_nothing_wanted_and_nothing_predicted_is_no_score() -> None:
    assert (F1(0, 0, 0).precision, F1(0, 0, 0).recall, F1(0, 0, 0).f1) == (0, 0, 0)


def test_macro_f1_counts_each_wanted_label_the_same() -> None:
    assert macro_f1(WANTED, PREDICTED) == pytest.approx((0.8 + 0.5 + 0) / 3)


def test_macro_f1_of_nothing() -> None:
    assert macro_f1([], []) == 0


def test_labels_of_different_messages_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        macro_f1(["a", "b"], ["a"])


@pytest.mark.parametrize(("flags", "expected"), [([], 0.0), ([True], 1.0), ([True, False, False, False], 0.25)])
def test_share(flags: list[bool], expected: float) -> None:
    assert share(flags) == expected


def test_confusion_matrix_has_a_row_for_what_is_wanted() -> None:
    matrix = confusion_matrix(WANTED, PREDICTED, ["a", "b", "c"])
    assert matrix.tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 0]]
    assert matrix.dtype == np.int64


class TestConfusions:
    def test_the_most_frequent_first_and_each_direction_for_itself(self, judged: Judge) -> None:
        found = confusions(
            [
                judged("billing_renew", "billing_cancel", 0.5),
                judged("billing_cancel", "billing_renew"),
                judged("billing_renew", "billing_cancel", 0.8),
                judged("billing_renew", "billing_renew"),
            ],
            count=10,
        )
        assert [(each.wanted, each.predicted, each.count) for each in found] == [
            ("billing_renew", "billing_cancel", 2),
            ("billing_cancel", "billing_renew", 1),
        ]
        assert [each.prediction.confidence for each in found[0].judged] == [0.8, 0.5]

    def test_no_more_than_asked_for(self, judged: Judge) -> None:
        assert len(confusions([judged("a_a", "a_b"), judged("a_a", "a_c"), judged("a_a", "a_d")], count=2)) == 2


class TestCalibrationError:
    def test_confidence_that_is_accuracy(self) -> None:
        assert calibration_error([0.75] * 4, [True, True, True, False]) == pytest.approx(0)

    def test_the_gap_of_each_bin_counts_by_its_messages(self) -> None:
        # Bin of 0.9: 2 messages, accuracy 0.5, gap 0.4; bin of 0.3: 1 message, accuracy 1, gap 0.7.
        assert calibration_error([0.9, 0.9, 0.3], [True, False, True]) == pytest.approx((2 * 0.4 + 0.7) / 3)

    def test_full_confidence_is_in_the_last_bin(self) -> None:
        assert calibration_error([1.0, 1.0], [True, True]) == 0

    def test_nothing(self) -> None:
        assert calibration_error([], []) == 0
