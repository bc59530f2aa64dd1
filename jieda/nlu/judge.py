"""The last word of the pipeline: what the thresholds make of the classifier's probabilities."""

from __future__ import annotations

import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from jieda.intents import NOT_UNDERSTOOD, OUT_OF_SCOPE
from jieda.nlu.judgement import THRESHOLDS, Judgement, Thresholds, Verdict, judge
from jieda.nlu.made_from import digest

BETWEEN = "between"
"""In what a message was parsed to: the two intents to ask between, the likelier first."""

_FILE = "thresholds.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ConfidenceJudge(IntentClassifier, GraphComponent):
    """Sets the intent that the dialogue goes by; the ranking stays as the classifier made it.

    The thresholds are kept in the model, so that a model goes on judging by those it was made with.
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource, thresholds: Thresholds | None = None) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._thresholds = thresholds

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ConfidenceJudge:
        return cls(model_storage, resource)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return digest([THRESHOLDS])

    def train(self, training_data: TrainingData) -> Resource:
        """Raises ThresholdsError."""
        self._thresholds = Thresholds.load()
        with self._model_storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(vars(self._thresholds)), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        if self._thresholds is None:
            return messages
        for message in messages:
            ranking = message.get(INTENT_RANKING_KEY) or []
            shares = {each[INTENT_NAME_KEY]: each[PREDICTED_CONFIDENCE_KEY] for each in ranking}
            self._decide(message, shares, judge(shares, self._thresholds))
        return messages

    @staticmethod
    def _decide(message: Message, shares: dict[str, float], judgement: Judgement) -> None:
        name, confidence = NOT_UNDERSTOOD, 1.0 - max(shares.values(), default=0.0)
        if judgement.verdict is Verdict.REFUSE:
            name, confidence = OUT_OF_SCOPE, shares[OUT_OF_SCOPE]
        elif judgement.verdict is Verdict.ANSWER:
            name = judgement.intents[0]
            confidence = shares[name]
        elif judgement.verdict is Verdict.ASK_BETWEEN_TWO:
            message.set(BETWEEN, list(judgement.intents), add_to_output=True)
        message.set(INTENT, {INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: confidence}, add_to_output=True)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ConfidenceJudge:
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, Thresholds(**json.loads((folder / _FILE).read_text(encoding="utf-8"))))
