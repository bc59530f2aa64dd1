"""What Rasa gives for a text, read as a prediction."""

from __future__ import annotations

import json

import pytest

from evaluation.messages import Span
from evaluation.predictions import Prediction

PARSED = {
    "intent": {"name": "nlu_fallback", "confidence": 0.3},
    "intent_ranking": [
        {"name": "nlu_fallback", "confidence": 0.3},
        {"name": "out_of_scope", "confidence": 0.25},
        {"name": "billing_renew", "confidence": 0.2},
        {"name": "billing_cancel", "confidence": 0.15},
    ],
    "entities": [{"entity": "affected_app", "start": 0, "end": 3, "value": "any", "confidence_entity": 1.0}],
}


def test_the_decision_and_the_ranking_behind_it_are_told_apart() -> None:
    prediction = Prediction.of_parse(PARSED)
    assert (prediction.decided, prediction.intent, prediction.confidence) == ("nlu_fallback", "out_of_scope", 0.25)
    assert prediction.refused
    assert prediction.in_scope_total == pytest.approx(0.35)
    assert prediction.in_scope_best == 0.2
    assert prediction.entities == (Span("affected_app", 0, 3, "any"),)


def test_in_scope_and_sure() -> None:
    sure = {"intent": {"name": "billing_renew"}, "intent_ranking": [{"name": "billing_renew", "confidence": 1.0}]}
    prediction = Prediction.of_parse(sure)
    assert (prediction.refused, prediction.group) == (False, "billing")


def test_a_text_that_nothing_was_made_of_is_refused() -> None:
    prediction = Prediction.of_parse({"intent": {"name": None, "confidence": 0.0}, "entities": []})
    assert (prediction.intent, prediction.confidence, prediction.refused) == ("nlu_fallback", 0.0, True)


def test_it_is_the_same_after_being_kept() -> None:
    prediction = Prediction.of_parse(PARSED)
    assert Prediction.of_json(json.loads(json.dumps(prediction.as_json()))) == prediction
