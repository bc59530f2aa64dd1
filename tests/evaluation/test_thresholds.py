"""Thresholds: what they look at is what the judge looks at, and the cheapest are chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from evaluation import thresholds
from evaluation.thresholds import Cues
from jieda.intents import OUT_OF_SCOPE
from jieda.nlu.judgement import Thresholds, Verdict, judge
from tests.evaluation.samples import message, predicted

INTENTS = ("billing_renew", "billing_cancel", "case_open", "case_status", "human_request", OUT_OF_SCOPE)


def random_predictions(count: int) -> list[dict[str, float]]:
    generator = np.random.default_rng(1)
    return [
        dict(zip(INTENTS, map(float, generator.dirichlet([0.4] * len(INTENTS))), strict=True)) for _ in range(count)
    ]


def test_cues_part_messages_as_the_judge_of_the_pipeline_does() -> None:
    shares = random_predictions(400)
    cues = Cues.of([message("case_open")] * len(shares), [predicted(**each) for each in shares])
    some = Thresholds(out_of_scope=0.3, fallback=0.4, ambiguity=0.2)
    refused = cues.scope >= some.out_of_scope
    again = ~refused & (cues.confidence < some.fallback)
    between = ~refused & ~again & (cues.margin < some.ambiguity)
    verdicts = [judge(each, some).verdict for each in shares]
    for rows, verdict in (
        (refused, Verdict.REFUSE),
        (again, Verdict.ASK_AGAIN),
        (between, Verdict.ASK_BETWEEN_TWO),
    ):
        assert rows.tolist() == [each is verdict for each in verdicts]
    assert min(refused.sum(), again.sum(), between.sum()) > 10, "each must be there to be compared"


class TestCosts:
    def cost(self, truth: str, **shares: float) -> tuple[float, float]:
        """Of answering, and of asking between two."""
        cues = Cues.of([message(truth), message(OUT_OF_SCOPE)], [predicted(**shares), predicted(out_of_scope=1.0)])
        return cues.answer_cost[0], cues.question_cost[0]

    def test_a_right_answer_costs_nothing(self) -> None:
        assert self.cost("billing_renew", billing_renew=0.5, case_open=0.4) == (0.0, 0.5)

    def test_a_wrong_answer_costs_twice_as_much_as_asking_again(self) -> None:
        assert self.cost("case_open", billing_renew=0.5, case_open=0.4) == (2.0, 0.5)

    def test_a_question_that_offers_neither_has_to_be_followed_by_another(self) -> None:
        assert self.cost("human_request", billing_renew=0.5, case_open=0.4) == (2.0, 1.5)

    def test_picking_the_right_group_does_not_help_if_its_best_intent_is_wrong(self) -> None:
        assert self.cost("case_status", billing_renew=0.5, case_open=0.4, case_status=0.1) == (2.0, 2.5)


class TestChosen:
    def chosen(self, rows: list[tuple[str, dict[str, float]]]) -> Thresholds:
        rows = [*rows, *[(OUT_OF_SCOPE, {OUT_OF_SCOPE: 0.9, "case_open": 0.1})] * 5]
        messages, shares = zip(*rows, strict=True)
        return thresholds.choose(Cues.of([message(each) for each in messages], [predicted(**each) for each in shares]))

    def test_the_fallback_parts_right_answers_from_wrong_ones(self) -> None:
        # The unsure are wrong, and no other group is near: saying it again is all that helps.
        right = [("case_open", {"case_open": 0.7, "billing_renew": 0.05, "out_of_scope": 0.1})] * 20
        wrong = [("human_request", {"case_open": 0.3, "case_status": 0.3, "billing_renew": 0.02})] * 20
        found = self.chosen(right + wrong)
        assert 0.3 < found.fallback <= 0.7

    def test_where_unsure_answers_are_right_more_often_than_wrong_nothing_is_asked(self) -> None:
        shares = {"case_open": 0.3, "case_status": 0.2, "billing_renew": 0.02}
        found = self.chosen([("case_open", shares)] * 20 + [("human_request", shares)] * 5)
        assert (found.fallback, found.ambiguity) == (0.0, 0.0)

    def test_close_groups_are_asked_between(self) -> None:
        close = {"case_open": 0.45, "billing_renew": 0.40}
        clear = {"case_open": 0.80, "billing_renew": 0.10}
        found = self.chosen([("case_open", close), ("billing_renew", close)] * 10 + [("case_open", clear)] * 20)
        assert 0.05 <= found.ambiguity <= 0.70
        assert found.fallback <= 0.45, "a question between two is cheaper than asking again"

    def test_out_of_scope_is_refused_and_little_else(self) -> None:
        found = self.chosen([("case_open", {"case_open": 0.8, "out_of_scope": 0.2})] * 20)
        assert 0.2 < found.out_of_scope <= 0.9


class TestWritten:
    def test_the_judge_reads_what_is_written(self, tmp_path: Path) -> None:
        rows = [message("case_open")] * 20 + [message(OUT_OF_SCOPE)] * 20
        predictions = [predicted(case_open=0.9, out_of_scope=0.1)] * 20 + [predicted(out_of_scope=0.8)] * 20
        chosen = thresholds.choose_and_try(rows, predictions)
        thresholds.write(chosen, "some data", tmp_path / "thresholds.yml")
        assert Thresholds.load(tmp_path / "thresholds.yml") == chosen.thresholds
        assert "some data" in (tmp_path / "thresholds.yml").read_text()

    def test_figures_tried_elsewhere_are_not_those_of_choosing(self) -> None:
        shares = random_predictions(300)
        truths = [INTENTS[i % len(INTENTS)] for i in range(len(shares))]
        chosen = thresholds.choose_and_try([message(each) for each in truths], [predicted(**each) for each in shares])
        assert chosen.figures.in_scope_refused <= 0.03
        assert chosen.elsewhere.cost >= chosen.figures.cost
        total = chosen.figures.asked_again + chosen.figures.asked_between_two + chosen.figures.answered
        assert total == pytest.approx(1.0)
