"""Messages and predictions made by hand, for the evaluation's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evaluation.messages import parse
from evaluation.predictions import Judged, Prediction

Judge = Callable[..., Judged]


@pytest.fixture
def judged() -> Judge:
    """Makes a judged message: `judged("billing_renew", "billing_cancel", 0.7)` is one taken for the other."""

    def make(
        intent: str, predicted: str, confidence: float = 0.9, language: str = "zh", text: str = "", decided: str = ""
    ) -> Judged:
        in_scope = 1 - confidence if predicted == "out_of_scope" else confidence
        prediction = Prediction(decided or predicted, ((predicted, confidence),), in_scope, in_scope)
        return Judged(parse(language, intent, text or f"{intent} {predicted} {confidence}"), prediction)

    return make
