"""The arms there are, and which of them a run takes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from evaluation import arms
from evaluation.arms import DEFAULT, Arm, ArmUnknown
from jieda.settings import PROJECT, Settings


def names(wanted: str) -> list[str]:
    return [arm.name for arm in arms.select(wanted)]


class TestSelect:
    def test_by_default_the_stock_arms_are_there_to_be_beaten(self) -> None:
        assert names("stock") == [
            "default",
            "stock-jieba-diet",
            "stock-spacy-zh-logistic",
            "stock-whitespace-diet",
        ]

    def test_the_default_always_comes_along_and_once(self) -> None:
        assert names("no-noise, default") == ["default", "no-noise"]
        assert names("") == ["default"]

    def test_an_unknown_name_is_told_with_those_there_are(self) -> None:
        with pytest.raises(ArmUnknown, match=r"no arm magic; there are .*own-diet"):
            arms.select("magic")

    @pytest.mark.parametrize("embeddings", [None, Path("a model")], ids=["without embeddings", "with embeddings"])
    def test_all_are_all_configurations_that_can_run(
        self, embeddings: Path | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(arms, "settings", lambda: Settings(home=Path(), embeddings=embeddings))
        left_out = set() if embeddings else {"with-embeddings"}
        every = sorted(file.stem for file in arms.CONFIGS.glob("*.yml"))
        assert names("all") == ["default", *(name for name in every if name not in left_out)]


def test_the_default_is_the_pipeline_of_the_project_and_no_copy_of_it() -> None:
    assert arms.known()[DEFAULT].config == PROJECT / "config.yml"


@pytest.mark.parametrize("arm", [pytest.param(arm, id=arm.name) for arm in arms.select("all")])
def test_stock_arms_have_parts_of_rasa_alone(arm: Arm) -> None:
    pipeline = yaml.safe_load(arm.config.read_text(encoding="utf-8"))["pipeline"]
    own = [part["name"] for part in pipeline if part["name"].startswith("jieda.")]
    assert bool(own) is not arm.is_stock
