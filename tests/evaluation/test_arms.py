"""The arms: their configurations, and what they keep. Nothing is trained: the workers are stood in for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from evaluation import arms
from evaluation.arms import STOCK, Arm, ArmUnknown
from evaluation.messages import parse
from evaluation.predictions import Prediction
from jieda.settings import PROJECT

MESSAGES = (parse("zh", "billing_renew", "续费"), parse("en", "out_of_scope", "weather"))


class Workers:
    """Stands in for the child processes and counts them."""

    def __init__(self) -> None:
        self.trained: list[str] = []
        self.parsed: list[str] = []

    def __call__(self, task: str, folder: Path, *files: Path) -> None:
        if task == "train":
            config, data, model, told = files
            self.trained.append("".join(file.read_text(encoding="utf-8") for file in sorted(data.glob("*.yml"))))
            assert yaml.safe_load(config.read_text())["pipeline"]
            model.write_text("a model")
            told.write_text('{"training_seconds": 12.5}')
            return
        _, asked, told = files
        request = json.loads(asked.read_text())
        self.parsed += request["texts"]
        prediction = Prediction("x_y", (("x_y", 1.0),), 1.0, 1.0).as_json()
        answer = {"predictions": [prediction] * len(request["texts"])}
        told.write_text(json.dumps(answer | {"milliseconds": [1.0, 2.0, 3.0], "resident_mb": 700.0}))


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    stand_in = Workers()
    monkeypatch.setattr(arms, "_run_worker", stand_in)
    return stand_in


def test_jieda_is_the_project_s_own_configuration() -> None:
    assert Arm.named("jieda").file == PROJECT / "config.yml"
    assert "policies" not in Arm.named("jieda").config()


@pytest.mark.parametrize("name", ["jieda", "diet", "logistic", *STOCK])
def test_every_arm_ranks_every_intent(name: str) -> None:
    pipeline = Arm.named(name).config()["pipeline"]
    classifiers = [each for each in pipeline if each["name"].endswith("Classifier") and "Fallback" not in each["name"]]
    assert classifiers
    assert all(each["ranking_length"] >= 100 for each in classifiers)


def test_epochs_replace_those_of_neural_parts_only() -> None:
    pipeline = Arm.named("jieba-diet", epochs=3).config()["pipeline"]
    assert [each["epochs"] for each in pipeline if "epochs" in each] == [3]


@pytest.mark.parametrize("name", ["nobody", "-without-oos", "../config"])
def test_an_unknown_arm(name: str) -> None:
    with pytest.raises(ArmUnknown, match="there are jieda, "):
        Arm.named(name)


def test_an_arm_is_trained_once_for_the_same_messages(tmp_path: Path, workers: Workers) -> None:
    arm = Arm.named("logistic")
    assert arm.trained(MESSAGES, tmp_path) == arm.trained(MESSAGES, tmp_path)
    assert len(workers.trained) == 1
    arm.trained(MESSAGES[:1], tmp_path)
    assert len(workers.trained) == 2


def test_without_the_class_no_out_of_scope_message_is_trained_on(tmp_path: Path, workers: Workers) -> None:
    Arm.named("logistic").trained(MESSAGES, tmp_path)
    Arm.named("logistic-without-oos").trained(MESSAGES, tmp_path)
    assert ["weather" in data for data in workers.trained] == [True, False]
    assert all("续费" in data for data in workers.trained)


def test_only_new_texts_are_parsed(tmp_path: Path, workers: Workers) -> None:
    trained = Arm.named("logistic").trained(MESSAGES, tmp_path)
    trained.predictions(["a", "b"])
    found = trained.predictions(["b", "c"])
    assert workers.parsed == ["a", "b", "c"]
    assert found.keys() == {"b", "c"}


def test_speed_is_measured_once(tmp_path: Path, workers: Workers) -> None:
    trained = Arm.named("logistic").trained(MESSAGES, tmp_path)
    speed = trained.speed(["a", "b", "c"])
    assert (speed.training_seconds, speed.p50_ms, speed.p95_ms, speed.resident_mb) == (12.5, 2.0, 2.9, 700.0)
    assert trained.speed([]) == speed


def test_older_models_of_the_same_arm_are_dropped_and_others_stay(tmp_path: Path, workers: Workers) -> None:
    other = Arm.named("logistic-without-oos").trained(MESSAGES, tmp_path)
    for number in range(4):
        Arm.named("logistic").trained([parse("en", "a_b", str(number))], tmp_path)
    assert other.model.is_file()
    assert len([each for each in tmp_path.iterdir() if each != other.folder]) == 2
