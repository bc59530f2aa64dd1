"""Accuracy, macro-F1 and confusions, on answers few enough to count by hand."""

from __future__ import annotations

import pytest

from evaluation import metrics
from evaluation.metrics import ALL
from jieda.intents import group
from tests.evaluation.samples import message

MESSAGES = [
    message("billing_renew", "en"),
    message("billing_renew", "en"),
    message("billing_cancel", "en"),
    message("human_request", "zh"),
    message("out_of_scope", "zh"),
]
ANSWERS = ["billing_renew", "billing_cancel", "billing_cancel", "out_of_scope", "out_of_scope"]


class TestAccuracy:
    def test_by_intent(self) -> None:
        found = metrics.by_language(MESSAGES, ANSWERS)
        assert found["en"].accuracy == pytest.approx(2 / 3)

    def test_by_group_a_neighbour_is_right(self) -> None:
        assert metrics.by_language(MESSAGES, ANSWERS, group)["en"].accuracy == 1.0

    def test_a_message_in_scope_taken_for_out_of_scope_is_an_error(self) -> None:
        found = metrics.by_language(MESSAGES, ANSWERS, group)["zh"]
        assert (found.messages, found.accuracy) == (1, 0.0)

    def test_out_of_scope_counts_as_one_more_intent_where_asked(self) -> None:
        found = metrics.by_language(MESSAGES, ANSWERS, in_scope_only=False)["zh"]
        assert (found.messages, found.accuracy) == (2, 0.5)

    def test_all_languages_together(self) -> None:
        found = metrics.by_language(MESSAGES, ANSWERS)
        assert found[ALL].accuracy == pytest.approx(2 / 4)
        assert "mixed" not in found, "no message is in both languages"


def test_macro_f1_weighs_rare_intents_like_frequent_ones() -> None:
    # a: precision 3/4, recall 1, F1 6/7. b: never answered, F1 0. The label "c" is no message's.
    found = metrics.score(["a", "a", "a", "b", "a"], ["a", "a", "a", "a", "c"])
    assert found.macro_f1 == pytest.approx((2 * 0.75 * 0.75 / 1.5) / 2)


def test_groups_tell_their_own_accuracy_and_that_of_their_intents() -> None:
    billing = metrics.group_scores(MESSAGES, ANSWERS)["billing"]
    assert (billing.messages, billing.accuracy) == (3, 1.0)
    assert billing.macro_f1 == pytest.approx(2 / 3)


class TestConfusions:
    MESSAGES = (message("a_1"), message("a_1", text="twice"), message("a_1", text="thrice"), message("b_1"))

    def test_the_most_frequent_comes_first_with_its_messages(self) -> None:
        first, second = metrics.worst_confusions(self.MESSAGES, ["a_2", "a_2", "a_1", "a_2"])
        assert (first.truth, first.answered) == ("a_1", "a_2")
        assert [each.text for each in first.messages] == ["a message for a_1", "twice"]
        assert (second.truth, second.answered, len(second.messages)) == ("b_1", "a_2", 1)

    def test_no_more_than_asked_for(self) -> None:
        assert len(metrics.worst_confusions(self.MESSAGES, ["x", "y", "z", "z"], most=2)) == 2

    def test_none_where_all_is_right(self) -> None:
        assert metrics.worst_confusions(self.MESSAGES, ["a_1", "a_1", "a_1", "b_1"]) == []
