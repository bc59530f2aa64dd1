"""The intent classifier of the pipeline: `LinearModel` over the normalised text and its tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from jieda.nlu.linear import LinearModel, Shape, Text
from jieda.nlu.normaliser import MAX_LENGTH, normalise

_FILE = "model.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Needs the BilingualTokenizer before it; its confidences are calibrated probabilities."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"c": 1.0, "ranking_length": 10}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: LinearModel | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [each for each in training_data.intent_examples if each.get(TEXT)]
        self._model = LinearModel.fit(
            self._shape(self._config), [_text(each) for each in examples], [each.get(INTENT) for each in examples]
        )
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder / _FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        if self._model is None or not messages:
            return messages
        probabilities = self._model.probabilities([_text(each) for each in messages])
        for message, confidences in zip(messages, probabilities, strict=True):
            ranking = [
                {INTENT_NAME_KEY: self._model.labels[i], PREDICTED_CONFIDENCE_KEY: float(confidences[i])}
                for i in np.argsort(-confidences)[: self._config["ranking_length"]]
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    @staticmethod
    def _shape(config: dict[str, Any]) -> Shape:
        return Shape(c=config["c"])

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        shape = cls._shape({**cls.get_default_config(), **config})
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, LinearModel.load(folder / _FILE, shape))


def _text(message: Message) -> Text:
    return Text(
        characters=normalise(str(message.get(TEXT))[:MAX_LENGTH]),
        words=" ".join(token.lemma for token in message.get(TOKENS_NAMES[TEXT], ())),
    )
