"""The judge among Rasa's parts: sets the intent that the dialogue goes by, and keeps its thresholds in the model."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from jieda.nlu.judge import BETWEEN, ConfidenceJudge
from jieda.nlu.judgement import Thresholds

CONTEXT = ExecutionContext(GraphSchema({}))
RESOURCE = Resource("judge")


@pytest.fixture
def storage(tmp_path: Path) -> LocalModelStorage:
    return LocalModelStorage(tmp_path)


def judged(storage: LocalModelStorage, **shares: float) -> Message:
    judge = ConfidenceJudge(storage, RESOURCE, Thresholds(out_of_scope=0.4, fallback=0.3, ambiguity=0.2))
    ranking = [{"name": name, "confidence": share} for name, share in shares.items()]
    message = Message({INTENT: ranking[0] if ranking else None, INTENT_RANKING_KEY: ranking})
    judge.process([message])
    return message


def test_a_clear_intent_stays(storage: LocalModelStorage) -> None:
    message = judged(storage, billing_renew=0.9, out_of_scope=0.1)
    assert message.get(INTENT) == {"name": "billing_renew", "confidence": 0.9}
    assert message.get(BETWEEN) is None


def test_out_of_scope_from_its_threshold_on(storage: LocalModelStorage) -> None:
    assert judged(storage, billing_renew=0.6, out_of_scope=0.4).get(INTENT)["name"] == "out_of_scope"


def test_two_close_groups_are_told_with_the_fallback(storage: LocalModelStorage) -> None:
    message = judged(storage, billing_renew=0.45, technical_sign_in=0.4, out_of_scope=0.15)
    assert message.get(INTENT)["name"] == "nlu_fallback"
    assert message.as_dict(only_output_properties=True)[BETWEEN] == ["billing_renew", "technical_sign_in"]


def test_nothing_sure_is_the_fallback_alone(storage: LocalModelStorage) -> None:
    message = judged(storage, billing_renew=0.2, technical_sign_in=0.2)
    assert (message.get(INTENT)["name"], message.get(BETWEEN)) == ("nlu_fallback", None)


def test_the_ranking_stays_as_it_was(storage: LocalModelStorage) -> None:
    ranking = judged(storage, billing_renew=0.6, out_of_scope=0.4).get(INTENT_RANKING_KEY)
    assert [each["name"] for each in ranking] == ["billing_renew", "out_of_scope"]


def test_a_model_keeps_the_thresholds_it_was_made_with(storage: LocalModelStorage) -> None:
    ConfidenceJudge.create({}, storage, RESOURCE, CONTEXT).train(TrainingData())
    loaded = ConfidenceJudge.load({}, storage, RESOURCE, CONTEXT)
    assert loaded._thresholds == Thresholds.load()


def test_other_thresholds_make_another_part_for_the_cache_of_rasa(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = set()
    for content in ("out_of_scope: 0.1", "out_of_scope: 0.2"):
        file = tmp_path / "thresholds.yml"
        file.write_text(content)
        monkeypatch.setattr("jieda.nlu.judge.THRESHOLDS", file)
        names.add(ConfidenceJudge.fingerprint_addon({}))
    assert len(names) == 2
