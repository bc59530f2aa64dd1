"""The whole run on a small sample: trained, tried, reported and guarded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

import evaluation.__main__ as command
from jieda.nlu.judgement import THRESHOLDS
from jieda.settings import Settings

SAMPLE = 3
LARGEST_PICTURE = 150_000


class Runs:
    """Runs in a home of their own, one after the other."""

    def __init__(self, home: Path) -> None:
        self.report = home / "report"
        self.home = home

    def run(self, *options: str) -> Result:
        arguments = ["--sample", str(SAMPLE), "--arms", "default", "--no-learning-curve", "--output", str(self.report)]
        return CliRunner().invoke(command.app, [*arguments, *options])

    @property
    def figures(self) -> dict[str, Any]:
        return dict(json.loads((self.report / "figures.json").read_text()))

    def commit(self, figures: dict[str, Any]) -> None:
        (self.report / "figures.json").write_text(json.dumps(figures))

    def models(self) -> dict[str, int]:
        """When each model was made."""
        return {str(file): file.stat().st_mtime_ns for file in self.home.rglob("model-*.tar.gz")}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    made = Runs(tmp_path_factory.mktemp("evaluation"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "settings", lambda: Settings(home=made.home))
        first = made.run()
        assert first.exit_code == 0, first.output
        yield made


class TestReport:
    def test_the_default_is_measured(self, runs: Runs) -> None:
        arm = runs.figures["arms"]["default"]
        assert 0.3 < arm["accuracy"]["group"]["all"]["accuracy"] <= 1, "far from chance, even on so few messages"
        assert 0 < arm["parse_ms"]["p50"] <= arm["parse_ms"]["p95"]
        assert 100 < arm["memory_mb"] < 5_000
        assert arm["training_seconds"] > 0

    def test_it_can_be_read_and_shows_its_pictures(self, runs: Runs) -> None:
        text = (runs.report / "report.md").read_text(encoding="utf-8")
        pictures = [line.split("(")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")]
        assert len(pictures) == 5
        for name in pictures:
            content = (runs.report / name).read_bytes()
            assert content.startswith(b"\x89PNG")
            assert len(content) <= LARGEST_PICTURE

    def test_perturbed_messages_are_answered_too(self, runs: Runs) -> None:
        rows = runs.figures["robustness"]
        # Messages are read in lower case; only a name or two is known by its capitals.
        assert rows["casing"]["en"]["flipped"] < 0.05
        assert rows["dropped"]["zh"]["messages"] > 50


class TestRunAgain:
    def test_nothing_is_trained_a_second_time_and_the_same_figures_pass(self, runs: Runs) -> None:
        before, figures = runs.models(), runs.figures
        again = runs.run()
        assert again.exit_code == 0, again.output
        assert runs.models() == before
        assert runs.figures == figures

    def test_a_fall_fails_the_run_and_leaves_the_committed_figures(self, runs: Runs) -> None:
        better = runs.figures
        better["accuracy"]["intent"]["en"]["accuracy"] += 0.02
        runs.commit(better)
        fell = runs.run()
        assert fell.exit_code == 1
        assert "Fallen: en, intent" in fell.output
        assert runs.figures == better
        assert runs.run("--accept").exit_code == 0
        assert runs.figures["accuracy"]["intent"]["en"]["accuracy"] == pytest.approx(
            better["accuracy"]["intent"]["en"]["accuracy"] - 0.02
        )


class TestBadInput:
    def test_an_unknown_arm(self) -> None:
        refused = CliRunner().invoke(command.app, ["--arms", "magic", "--sample", "3"])
        assert refused.exit_code == 2
        assert "no arm magic" in refused.output

    def test_thresholds_are_not_chosen_on_a_sample(self) -> None:
        before = THRESHOLDS.read_bytes()
        assert CliRunner().invoke(command.app, ["--thresholds", "--sample", "3"]).exit_code == 2
        assert THRESHOLDS.read_bytes() == before
