"""The intent classifier of the pipeline: `LinearModel` over what `features.read` sees of a message.

It learns from each message and from noisy copies of it. Keys of its configuration switch off what it is made of, so
that each part can be measured (`evaluation/configs/`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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

from jieda.intents import OUT_OF_SCOPE, group
from jieda.nlu.features import Text, read
from jieda.nlu.linear import Block, LinearModel, Shape
from jieda.nlu.made_from import code_and_lexicons
from jieda.policy import Category

MATTER = "matter"
"""What a message is about that asks for a case or merely gives details: an intent of a category, or None."""

_FILE = "model.npz"
_CATEGORIES = {category.value for category in Category}
_SAYS_NOT_WHAT = {"answer", "case", "human", "social"}
_SOUNDS = Block("sounds", (1, 3), 17, weight=0.5)
_SEED = 42


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Its confidences are calibrated probabilities. The ranking is of the `ranking_length` likeliest and out of scope.

    `noise`: noisy copies of each message. `concepts`: whether the lexicon of concepts is looked at. `sounds`: whether
    the pinyin of Chinese is. `out_of_scope_class`: whether messages out of scope are learnt from. `matter_share`: how
    much of what is neither manners nor reply must speak for a category, to say that a message is about it.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "c": 1.5,
            "noise": 1,
            "concepts": True,
            "sounds": False,
            "out_of_scope_class": True,
            "ranking_length": 10,
            "matter_share": 0.4,
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return code_and_lexicons()

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
        if not self._config["out_of_scope_class"]:
            examples = [each for each in examples if each.get(INTENT) != OUT_OF_SCOPE]
        texts = [_text(each) for each in examples]
        copies = [_copies(each, text, self._config["noise"]) for each, text in zip(examples, texts, strict=True)]
        intents = [each.get(INTENT) for each in examples]
        self._model = LinearModel.fit(self._shape(self._config), texts, intents, copies, group)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder / _FILE)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        if self._model is None or not messages:
            return messages
        texts = [_text(each) for each in messages]
        for message, text, confidences in zip(messages, texts, self._model.probabilities(texts), strict=True):
            ranking = [
                {INTENT_NAME_KEY: self._model.labels[i], PREDICTED_CONFIDENCE_KEY: float(confidences[i])}
                for rank, i in enumerate(np.argsort(-confidences))
                if rank < self._config["ranking_length"] or self._model.labels[i] == OUT_OF_SCOPE
            ]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            if group(ranking[0][INTENT_NAME_KEY]) in ("answer", "case"):
                unmasked = replace(read(str(message.get(TEXT)), masks=False), vector=text.vector)
                message.set(MATTER, self._matter(unmasked), add_to_output=True)
        return messages

    def _matter(self, text: Text) -> str | None:
        """The likeliest intent of the category that stands out once manners, replies and wishes are left aside."""
        assert self._model is not None
        shares = dict(zip(self._model.labels, self._model.probabilities([text])[0], strict=True))
        groups: dict[str, float] = {}
        for label, share in shares.items():
            if group(label) not in _SAYS_NOT_WHAT:
                groups[group(label)] = groups.get(group(label), 0.0) + share
        about = max(groups, key=groups.__getitem__)
        if about not in _CATEGORIES or groups[about] < self._config["matter_share"] * sum(groups.values()):
            return None
        return max((label for label in shares if group(label) == about), key=shares.__getitem__)

    @staticmethod
    def _shape(config: dict[str, Any]) -> Shape:
        shape = Shape(c=config["c"])
        blocks = [each for each in shape.blocks if config["concepts"] or each.form not in ("concepts", "pairs")]
        return replace(shape, blocks=(*blocks, _SOUNDS) if config["sounds"] else tuple(blocks))

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
    """What is seen of a message, with its embedding if a part of the pipeline made one."""
    _, sentence = message.get_dense_features(TEXT)
    vector = () if sentence is None else tuple(map(float, sentence.features[0]))
    return replace(read(str(message.get(TEXT))), vector=vector)


def _copies(message: Message, text: Text, how_many: int) -> Sequence[Text]:
    """A copy keeps the embedding of the message: what is meant is the same."""
    # Imported where it is needed: the dictionaries behind the noise would take 60 MB of a server that only predicts.
    from jieda.nlu.augmentation import noisy_copies

    copies = noisy_copies(str(message.get(TEXT)), how_many, _SEED)
    return [replace(read(copy), vector=text.vector) for copy in copies]
