"""Perturbed messages, and what becomes of the answers."""

from __future__ import annotations

import pytest

from evaluation import robustness
from evaluation.predictions import Outcome
from evaluation.robustness import Perturbed
from tests.evaluation.samples import message, predicted

MESSAGES = [
    message("billing_renew", "en", "how do I renew our subscription?"),
    message("case_open", "zh", "我想开一个新的工单，系统登录不上。"),
    message("out_of_scope", "en", "what's the weather in Shanghai tomorrow?"),
]


class TestPerturb:
    def test_each_text_differs_from_the_message_it_comes_from(self) -> None:
        found = robustness.perturb(MESSAGES)
        assert found
        for those in found.values():
            assert all(text != MESSAGES[i].text for i, text in zip(those.sources, those.texts, strict=True))

    def test_messages_out_of_scope_are_left_out(self) -> None:
        assert all(2 not in those.sources for those in robustness.perturb(MESSAGES).values())

    def test_languages_keep_to_their_own(self) -> None:
        assert robustness.perturb(MESSAGES)["homophone"].sources == (1,)

    def test_a_text_does_not_depend_on_the_messages_beside_it(self) -> None:
        alone, among = robustness.perturb(MESSAGES[1:2]), robustness.perturb(MESSAGES)
        for name, those in alone.items():
            assert those.texts[0] == among[name].texts[among[name].sources.index(1)]


def test_the_table_compares_each_perturbation_with_the_clean_text() -> None:
    messages = [message("a_1"), message("a_1"), message("a_1", "zh"), message("b_1", "zh")]
    clean = tuple(predicted(**{each: 1.0}) for each in ("a_1", "b_1", "a_1", "a_1"))
    # In order: stays right within its group, put right, made wrong; the fourth is not changed by it.
    outcome = Outcome(clean, {"dropped": ("a_2", "a_1", "b_1")}, (), 0.0, 0.0)
    rows = robustness.table(messages, {"dropped": Perturbed((0, 1, 2), ("x", "y", "z"))}, outcome)["dropped"]
    assert (rows["en"].messages, rows["en"].clean, rows["en"].accuracy, rows["en"].flipped) == (2, 0.5, 1.0, 0.5)
    assert (rows["zh"].messages, rows["zh"].clean, rows["zh"].accuracy, rows["zh"].flipped) == (1, 1.0, 0.0, 1.0)
    assert rows["all"].accuracy == pytest.approx(2 / 3)
    assert "mixed" not in rows
