"""The entity extractor of the pipeline: what rules find, and what a tagger finds that has learnt from the messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from jieda.nlu.annotations import AnnotatedSpan
from jieda.nlu.entities import Entity, find_entities
from jieda.nlu.made_from import code_and_lexicons
from jieda.nlu.segments import Segment
from jieda.nlu.tagger import TAGGED, EntityTagger, Example, NothingToLearn, Settings, Tagged

_NAMES = frozenset({"contact_name", "company"})
_CONTRADICTS = 0.9
"""Confidence from which the tagger is right where a rule says something else of the same words."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class SupportEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Rules find what has a form of its own (`find_entities`), a tagger the rest of `TAGGED`, with its confidence.

    `tagger`: whether there is one. The other keys are those of `tagger.Settings`.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        settings = Settings()
        return {
            "tagger": True,
            "copies": settings.copies,
            "without": settings.without,
            "iterations": settings.iterations,
            "l1": settings.l1,
            "l2": settings.l2,
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return code_and_lexicons()

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        tagger: EntityTagger | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._tagger = tagger

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SupportEntityExtractor:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [
            Example(str(each.get(TEXT)), tuple(map(_span, each.get(ENTITIES) or ())))
            for each in training_data.nlu_examples
            if each.get(TEXT)
        ]
        with self._model_storage.write_to(self._resource) as folder:
            if self._config["tagger"]:
                settings = Settings(**{key: self._config[key] for key in vars(Settings())})
                try:
                    self._tagger = EntityTagger.fit(examples, settings, folder)
                except NothingToLearn:
                    self._tagger = None
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = str(message.get(TEXT) or "")
            tagged = () if self._tagger is None else self._tagger.find(text, _words(message))
            found = [
                {
                    "entity": each.entity.entity,
                    "value": each.entity.value,
                    "start": each.entity.start,
                    "end": each.entity.end,
                    "confidence_entity": each.confidence,
                    "extractor": type(self).__name__,
                    **each.entity.details,
                }
                for each in merged(find_entities(text), tagged)
            ]
            message.set(ENTITIES, [*message.get(ENTITIES, []), *found], add_to_output=True)
        return messages

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SupportEntityExtractor:
        with model_storage.read_from(resource) as folder:
            tagger = EntityTagger.load(folder) if EntityTagger.is_in(folder) else None
        if tagger is not None:
            tagger.find("warm up 预热")  # lexicons and dictionaries are read now
        return cls(config, model_storage, resource, tagger)


def merged(ruled: Sequence[Entity], tagged: Sequence[Tagged]) -> tuple[Tagged, ...]:
    """Everything that rules find and, beside it, what the tagger does.

    Of the same words: details with a form of their own are the rules'. Where both find the same, the rules are sure of
    it and the tagger knows where it begins and ends; where they contradict each other, the surer one is right.
    """
    kept: list[Tagged] = []
    replaced: set[int] = set()
    for each in tagged:
        against = [i for i, rule in enumerate(ruled) if _compete(rule, each.entity)]
        if any(ruled[i].entity not in TAGGED for i in against):
            continue
        if any(ruled[i].entity == each.entity.entity and _same(ruled[i], each.entity) for i in against):
            kept.append(replace(each, confidence=1.0))
        elif not against or each.confidence >= _CONTRADICTS:
            kept.append(each)
        else:
            continue
        replaced.update(against)
    return (*(Tagged(rule, 1.0) for i, rule in enumerate(ruled) if i not in replaced), *kept)


def _compete(rule: Entity, tagged: Entity) -> bool:
    """Whether two entities cannot stand in the same words, and do."""
    if rule.start >= tagged.end or tagged.start >= rule.end:
        return False
    if rule.entity in ("contact_email", "contact_phone", "case_number"):
        return True
    return rule.entity == tagged.entity or {rule.entity, tagged.entity} == _NAMES


def _same(rule: Entity, tagged: Entity) -> bool:
    """Whether a rule and the tagger found the same, but for where it ends."""
    if rule.entity in _NAMES:
        return rule.start == tagged.start and rule.end >= tagged.end
    return rule.value == tagged.value


def _span(annotated: dict[str, Any]) -> AnnotatedSpan:
    return AnnotatedSpan(annotated["entity"], str(annotated["value"]), annotated["start"], annotated["end"])


def _words(message: Message) -> list[Segment] | None:
    """The words of the normalised text that the tokenizer has cut."""
    tokens: Sequence[Token] = message.get(TOKENS_NAMES[TEXT]) or ()
    return [Segment(token.lemma, token.start) for token in tokens] or None
