"""The optional featurizer of the pipeline: a sentence embedding for each message, by an operator's own model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from jieda.nlu.embedding_folder import EmbeddingError, fingerprint
from jieda.nlu.embeddings import SentenceEncoder
from jieda.nlu.normaliser import MAX_LENGTH
from jieda.settings import settings


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbeddingFeaturizer(DenseFeaturizer, GraphComponent):
    """Sets dense sentence features of the text. `folder` wins over the setting JIEDA_EMBEDDINGS.

    Raises InvalidConfigException, which Rasa shows as it stands, where there is no folder or no usable model in it.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**DenseFeaturizer.get_default_config(), "folder": None}

    def __init__(self, name: str, config: dict[str, Any], encoder: SentenceEncoder) -> None:
        super().__init__(name, config)
        self._encoder = encoder

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbeddingFeaturizer:
        try:
            encoder = SentenceEncoder.load(_folder(config))
        except EmbeddingError as error:
            raise InvalidConfigException(str(error)) from error
        return cls(execution_context.node_name or cls.__name__, {**cls.get_default_config(), **config}, encoder)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Loading the model tells whether it is there."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        # Rasa keeps the features of a training; another model in the folder must not get those of the last.
        try:
            return fingerprint(_folder(config))
        except EmbeddingError as error:
            raise InvalidConfigException(str(error)) from error

    def process(self, messages: list[Message]) -> list[Message]:
        self._set_features(messages)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self._set_features(training_data.training_examples)
        return training_data

    def _set_features(self, messages: Sequence[Message]) -> None:
        with_text = [each for each in messages if each.get(TEXT)]
        vectors = self._encoder.encode([str(each.get(TEXT))[:MAX_LENGTH] for each in with_text])
        for i, message in enumerate(with_text):
            self.add_features_to_message(None, vectors[i : i + 1], TEXT, message)


def _folder(config: dict[str, Any]) -> Path:
    named = config.get("folder") or settings().embeddings
    if not named:
        raise EmbeddingError(
            "SentenceEmbeddingFeaturizer stands in the pipeline and no model is named: "
            "set JIEDA_EMBEDDINGS to its folder, or take the featurizer out of the pipeline"
        )
    return Path(named)
