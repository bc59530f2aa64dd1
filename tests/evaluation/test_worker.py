"""What is taken from Rasa's view of a message."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource

from evaluation.predictions import Found
from evaluation.worker import _Loaded, prediction
from jieda.nlu.judge import ConfidenceJudge
from jieda.nlu.judgement import Thresholds


def parsed(said: str, *ranking: tuple[str, float], **more: Any) -> dict[str, Any]:
    listed = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    return {"intent": {"name": said, "confidence": 0.5}, "intent_ranking": listed, "entities": [], **more}


def test_the_intent_said_and_the_whole_ranking() -> None:
    found = prediction(parsed("case_open", ("out_of_scope", 0.5), ("case_open", 0.4)))
    assert found.intent == "case_open", "what the pipeline says counts, though another is first"
    assert found.confidences == {"out_of_scope": 0.5, "case_open": 0.4}
    assert (found.asks_again, found.between) == (False, ())


def test_where_rasa_would_rather_ask_again_its_best_intent_counts() -> None:
    found = prediction(parsed("nlu_fallback", ("nlu_fallback", 0.7), ("case_open", 0.4), ("case_status", 0.3)))
    assert (found.intent, found.asks_again) == ("case_open", True)
    assert "nlu_fallback" not in found.confidences


def test_where_it_would_ask_between_two_the_likelier_counts() -> None:
    between = ["billing_renew", "case_open"]
    found = prediction(parsed("nlu_fallback", ("billing_renew", 0.4), ("case_open", 0.35), between=between))
    assert (found.intent, found.asks_again, found.between) == ("billing_renew", False, ("billing_renew", "case_open"))


def test_a_pipeline_that_says_nothing_of_a_message() -> None:
    found = prediction({"text": "", "intent": {"name": None, "confidence": 0.0}, "entities": []})
    assert (found.intent, dict(found.confidences)) == ("", {})


def test_entities_with_their_places() -> None:
    entity = {"entity": "severity", "value": "critical", "start": 0, "end": 4, "extractor": "any"}
    found = prediction(parsed("case_open", ("case_open", 1.0), entities=[entity]))
    assert found.entities == (Found("severity", "critical", 0, 4),)


class TestJudgedByTheThresholdsAtHand:
    def loaded(self, judge: ConfidenceJudge | None) -> _Loaded:
        loaded = object.__new__(_Loaded)
        loaded._judge = judge
        return loaded

    def test_the_thresholds_in_the_model_do_not_count(self, tmp_path: Path) -> None:
        judge = ConfidenceJudge(LocalModelStorage(tmp_path), Resource("judge"), Thresholds(0.4, 0.3, 0.0))
        refused = parsed("out_of_scope", ("case_open", 0.7), ("out_of_scope", 0.3))
        assert self.loaded(judge)._judged(refused)["intent"] == {"name": "case_open", "confidence": 0.7}

    def test_a_question_between_two_is_asked_anew(self, tmp_path: Path) -> None:
        judge = ConfidenceJudge(LocalModelStorage(tmp_path), Resource("judge"), Thresholds(0.4, 0.3, 0.0))
        between = parsed("nlu_fallback", ("case_open", 0.6), ("billing_renew", 0.4), between=["case_open", "billing_x"])
        assert "between" not in self.loaded(judge)._judged(between)

    def test_a_pipeline_without_a_judge_keeps_what_it_says(self) -> None:
        said = parsed("case_open", ("case_open", 0.6))
        assert self.loaded(None)._judged(said) == said
