"""The intent classifier of the pipeline: `LinearModel` over what `features.read` sees of a message."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from jieda.nlu.features import Text, read
from jieda.nlu.linear import LinearModel, Shape
from jieda.policy import Category

MATTER = "matter"
"""What a message is about that asks for a case or merely gives details: an intent of a category, or None."""

_FILE = "model.npz"
_CATEGORIES = {category.value for category in Category}
_SAYS_NOT_WHAT = {"answer", "case", "human", "social"}


def _group(intent: str) -> str:
    return intent.partition("_")[0]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Its confidences are calibrated probabilities."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"c": 1.0, "ranking_length": 10, "matter_share": 0.4}

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
            if _group(ranking[0][INTENT_NAME_KEY]) in ("answer", "case"):
                message.set(MATTER, self._matter(str(message.get(TEXT))), add_to_output=True)
        return messages

    def _matter(self, text: str) -> str | None:
        """The likeliest intent of the category that stands out once manners, replies and wishes are left aside."""
        assert self._model is not None
        shares = dict(zip(self._model.labels, self._model.probabilities([read(text, masks=False)])[0], strict=True))
        groups: dict[str, float] = {}
        for label, share in shares.items():
            if _group(label) not in _SAYS_NOT_WHAT:
                groups[_group(label)] = groups.get(_group(label), 0.0) + share
        about = max(groups, key=groups.__getitem__)
        if about not in _CATEGORIES or groups[about] < self._config["matter_share"] * sum(groups.values()):
            return None
        return max((label for label in shares if _group(label) == about), key=shares.__getitem__)

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
        # Lexicons and dictionaries are read now, that the first customer need not wait for them.
        read("warm up 预热")
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, LinearModel.load(folder / _FILE, shape))


def _text(message: Message) -> Text:
    return read(str(message.get(TEXT)))
