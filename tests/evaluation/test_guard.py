"""The guard over the committed figures, and the command's exit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import evaluation.__main__ as command
from evaluation import guard, report
from evaluation.arms import Speed
from evaluation.figures import ArmResult, Run
from evaluation.guard import CommittedUnreadable
from evaluation.scope import Score

from .conftest import Judge

RunOf = Callable[..., Run]


@pytest.fixture
def run_of(judged: Judge) -> RunOf:
    """Makes a run in which so many of 100 Chinese messages, and all English and mixed ones, are understood."""

    def make(right: int) -> Run:
        predicted = ["billing_renew"] * right + ["case_open"] * (100 - right)
        chinese = [judged("billing_renew", intent, text=str(number)) for number, intent in enumerate(predicted)]
        others = [judged("billing_renew", "billing_renew", language=language) for language in ("en", "mixed")]
        outside = [judged("out_of_scope", "out_of_scope", language=of) for of in ("zh", "en", "mixed")]
        result = ArmResult("jieda", Speed(60, 2, 3, 700), (*chinese, *others, *outside))
        return Run("jieda", {"jieda": result}, Score.BEST_IN_SCOPE, 1_000, "training", "heldout")

    return make


def test_without_committed_figures_there_is_nothing_to_fall_from(tmp_path: Path, run_of: RunOf) -> None:
    fallen, notes = guard.check(run_of(50), tmp_path / "figures.json")
    assert fallen == []
    assert "--accept" in notes[0]


@pytest.mark.parametrize(("right", "falls"), [(91, False), (90, False), (89, False), (88, True)])
def test_more_than_a_point_below_is_a_fall(tmp_path: Path, run_of: RunOf, right: int, falls: bool) -> None:
    file = tmp_path / "figures.json"
    guard.accept(run_of(90), file)
    fallen, notes = guard.check(run_of(right), file)
    assert any("group_accuracy" in line for line in fallen) == falls
    assert notes == []


def test_a_fall_is_told_with_language_figure_and_both_values(tmp_path: Path, run_of: RunOf) -> None:
    file = tmp_path / "figures.json"
    guard.accept(run_of(90), file)
    fallen, _ = guard.check(run_of(80), file)
    assert "zh: intent_accuracy 80.0% is 10.0 points below the committed 90.0%" in fallen
    assert not any(line.startswith(("en", "mixed")) for line in fallen)


def test_other_held_out_messages_are_told(tmp_path: Path, run_of: RunOf) -> None:
    file = tmp_path / "figures.json"
    guard.accept(run_of(90), file)
    file.write_text(file.read_text().replace('"heldout": "heldout"', '"heldout": "older"'))
    assert "held-out" in guard.check(run_of(90), file)[1][0]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"heldout": "heldout", "scores": {"zh": {"made_up": 1}}}']
)
def test_committed_figures_that_cannot_be_read(tmp_path: Path, run_of: RunOf, content: str) -> None:
    file = tmp_path / "figures.json"
    file.write_text(content)
    with pytest.raises(CommittedUnreadable, match=r"figures\.json"):
        guard.check(run_of(90), file)


class TestCommand:
    @pytest.fixture(autouse=True)
    def _nothing_is_trained(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_of: RunOf) -> None:
        self.right = 90
        monkeypatch.setattr(command, "_run", lambda *_: run_of(self.right))
        self.folder = tmp_path

    def evaluate(self, *arguments: str) -> int:
        return command.main(arguments, self.folder / "figures.json", self.folder / "report")

    def test_it_exits_with_1_after_a_fall_and_says_so(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(report, "draw", lambda *_: ())
        assert self.evaluate("--accept") == 0
        assert self.evaluate() == 0
        self.right = 80
        assert self.evaluate() == 1
        assert "fallen: zh: group_accuracy 80.0%" in capsys.readouterr().err

    def test_it_writes_the_report_with_its_figures_and_pictures(self, tmp_path: Path) -> None:
        self.evaluate()
        names = {file.name for file in (tmp_path / "report").iterdir()}
        assert {"report.md", "figures.json", "confusion-groups.png", "out-of-scope-roc.png"} <= names
        assert json.loads((tmp_path / "report" / "figures.json").read_text())["arms"]["jieda"]["scores"]["en"]
        text = (tmp_path / "report" / "report.md").read_text()
        assert "| zh: accuracy by group | ≥ 96.0 % | 90.0 % | **no** |" in text
        assert all(file.stat().st_size < 150_000 for file in (tmp_path / "report").glob("*.png"))

    def test_an_unknown_arm_is_an_error_that_names_those_there_are(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.evaluate("--arms", "jieda,nobody") == 1
        assert "no arm 'nobody'; there are jieda, diet" in capsys.readouterr().err
