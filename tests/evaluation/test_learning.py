"""Growing shares of the training messages."""

from __future__ import annotations

import itertools

from evaluation.learning import SHARES, growing, point
from tests.evaluation.samples import message

MESSAGES = [message("a_1", "zh")] * 100 + [message("b_1", "en")] * 20 + [message("c_1", "mixed")] * 2


def test_each_share_is_a_part_of_the_next_and_none_is_all() -> None:
    rows = [set(each) for each in growing(MESSAGES)]
    assert len(rows) == len(SHARES)
    assert all(smaller < larger for smaller, larger in itertools.pairwise(rows))
    assert rows[-1] < set(range(len(MESSAGES)))


def test_of_every_intent_and_language_alike_and_never_none() -> None:
    quarter = [MESSAGES[i].intent for i in growing(MESSAGES)[1]]
    assert {intent: quarter.count(intent) for intent in quarter} == {"a_1": 25, "b_1": 5, "c_1": 1}


def test_a_point_is_accuracy_by_group_and_by_intent() -> None:
    found = point([MESSAGES[0], MESSAGES[100], MESSAGES[-1]], ["a_1", "b_2", "c_1"])
    assert (found["en"], found["zh"]) == ((1.0, 0.0), (1.0, 1.0))
