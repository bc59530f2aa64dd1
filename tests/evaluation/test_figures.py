"""Figures and report out of outcomes made by hand: two arms, three languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation import report, thresholds
from evaluation.figures import Evaluation, compute
from evaluation.predictions import Found, Outcome, Prediction
from evaluation.robustness import Perturbed
from jieda.nlu.annotations import parse_annotations
from tests.evaluation.samples import message, predicted

LARGEST_PICTURE = 150_000

TEXT, SPANS = parse_annotations("I am [Wang Fang](contact_name) | hi")
MESSAGES = [
    *(message("billing_renew", language) for language in ("zh", "en", "mixed") for _ in range(20)),
    *(message("case_open", language, TEXT, SPANS) for language in ("zh", "en", "mixed") for _ in range(20)),
    *(message("out_of_scope", language) for language in ("zh", "en", "mixed") for _ in range(10)),
]
RENEW = predicted(billing_renew=0.9, case_open=0.05, out_of_scope=0.05)
OPEN = predicted(Found("contact_name", "Wang Fang", 5, 14), case_open=0.8, billing_renew=0.1, out_of_scope=0.1)
OUT = predicted(out_of_scope=0.7, case_open=0.2, billing_renew=0.1)
NO_FOUNDLING = predicted(case_open=0.8, billing_renew=0.1, out_of_scope=0.1)


def outcome(*clean: Prediction, flipped: int = 0) -> Outcome:
    perturbed = ("case_open",) * flipped + ("billing_renew",) * (20 - flipped)
    return Outcome(clean, {"dropped": perturbed}, tuple(float(i) for i in range(1, 101)), 512.5, 61.0)


GOOD = outcome(*[RENEW] * 60, *[OPEN] * 59, NO_FOUNDLING, *[OUT] * 30, flipped=2)
# Takes every tenth renewal for a case: 6 errors, of which the good one makes none.
POOR = outcome(*[NO_FOUNDLING, *[RENEW] * 9] * 6, *[OPEN] * 60, *[OUT] * 27, *[OPEN] * 3, flipped=10)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    outcomes = {"default": GOOD, "default-on-share": GOOD, "stock-poor": POOR}
    learning = {10: {"zh": (0.5, 0.4), "all": (0.5, 0.4)}, 20: {"zh": (0.8, 0.7), "all": (0.8, 0.7)}}
    perturbed = {"dropped": Perturbed(tuple(range(20)), ("x",) * 20)}
    return Evaluation(MESSAGES, perturbed, outcomes, 1_000, 500, "abc", learning)


@pytest.fixture(scope="module")
def chosen(evaluation: Evaluation) -> thresholds.Chosen:
    return thresholds.choose_and_try(MESSAGES, evaluation.default.clean)


class TestFigures:
    def test_an_arm_against_the_default(self, evaluation: Evaluation, chosen: thresholds.Chosen) -> None:
        against = compute(evaluation, chosen)["against"]["stock-poor"]["intent"]
        assert against["in_scope"]["difference"]["value"] == pytest.approx(6 / 120)
        assert against["in_scope"]["fewer_errors"]["value"] == 1.0
        assert against["all_messages"]["difference"]["value"] == pytest.approx(9 / 150)
        assert set(against["languages"]) == {"zh", "en", "mixed"}

    def test_out_of_scope_by_language_at_one_threshold(self, evaluation: Evaluation, chosen: thresholds.Chosen) -> None:
        found = compute(evaluation, chosen)
        poor = found["arms"]["stock-poor"]["scope"]
        assert (poor["point"]["zh"]["recall"], poor["point"]["mixed"]["recall"]) == (1.0, 0.7)
        assert len({each["threshold"] for each in poor["point"].values()}) == 1
        assert found["scope"]["area"]["all"] == 1.0

    def test_times_and_memory(self, evaluation: Evaluation, chosen: thresholds.Chosen) -> None:
        arm = compute(evaluation, chosen)["arms"]["default"]
        assert arm["parse_ms"] == {"p50": 50.5, "p95": 95.05}
        assert (arm["memory_mb"], arm["training_seconds"]) == (512.5, 61.0)

    def test_entities_of_the_default(self, evaluation: Evaluation, chosen: thresholds.Chosen) -> None:
        name = compute(evaluation, chosen)["entities"]["kinds"]["contact_name"]
        assert (name["annotated"], name["precision"], name["recall"]) == (60, 1.0, round(59 / 60, 4))

    def test_they_can_be_kept_in_a_file(self, evaluation: Evaluation, chosen: thresholds.Chosen) -> None:
        figures = compute(evaluation, chosen)
        assert json.loads(json.dumps(figures)) == figures


class TestReport:
    def test_a_figure_that_misses_its_goal_is_marked(self, evaluation: Evaluation, chosen: thresholds.Chosen) -> None:
        lines = report.markdown(compute(evaluation, chosen), report.worst(evaluation)).splitlines()
        assert "| group, accuracy | 100.0 | 100.0 | 100.0 | 100.0 |" in lines
        assert "| dropped | 90.0 * (100.0; 10.0; 20) |  |  |" in lines

    def test_the_best_stock_arm_is_named_with_the_errors_saved(
        self, evaluation: Evaluation, chosen: thresholds.Chosen
    ) -> None:
        text = report.markdown(compute(evaluation, chosen), report.worst(evaluation))
        assert "Best stock arm: stock-poor; the default makes 100.0 % fewer errors of intent." in text

    def test_confusions_show_examples_that_do_not_break_the_table(self, chosen: thresholds.Chosen) -> None:
        other = Evaluation(MESSAGES, {}, {"default": outcome(*[RENEW] * 120, *[OUT] * 30)}, 1_000, 0, "abc")
        text = report.markdown(compute(other, chosen), report.worst(other))
        example = "I am Wang Fang \\| hi"
        assert f"| 60 | case_open | billing_renew | {example}<br>{example} |" in text

    def test_pictures_are_small(self, evaluation: Evaluation, chosen: thresholds.Chosen, tmp_path: Path) -> None:
        report.pictures(evaluation, chosen, tmp_path)
        made = {file.name: file.stat().st_size for file in tmp_path.iterdir()}
        text = report.markdown(compute(evaluation, chosen), [])
        assert set(made) == {line.split("(")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")}
        assert max(made.values()) <= LARGEST_PICTURE
