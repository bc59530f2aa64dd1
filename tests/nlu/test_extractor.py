"""The extractor among Rasa's parts: what `find_entities` finds, as Rasa wants entities."""

from __future__ import annotations

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.data import TrainingType
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from jieda.nlu.extractor import SupportEntityExtractor


@pytest.fixture(scope="module")
def extractor(tmp_path_factory: pytest.TempPathFactory) -> SupportEntityExtractor:
    """Made as Rasa makes it."""
    return SupportEntityExtractor.create(
        {}, LocalModelStorage(tmp_path_factory.mktemp("s")), Resource("e"), ExecutionContext(GraphSchema({}))
    )


def test_entities_are_what_rasa_wants(extractor: SupportEntityExtractor) -> None:
    (message,) = extractor.process([Message.build(text="我叫李雷，電話１３８００１３８０００")])
    common = {"confidence_entity": 1.0, "extractor": "SupportEntityExtractor"}
    assert message.get(ENTITIES) == [
        {"entity": "contact_phone", "value": "+8613800138000", "start": 7, "end": 18, **common},
        {"entity": "contact_name", "value": "李雷", "start": 2, "end": 4, **common},
        {"entity": "detail", "value": "contact_phone", "start": 5, "end": 7, **common},
        {"entity": "language", "value": "zh", "start": 0, "end": 18, "evidence": "sentence", **common},
    ]


def test_they_come_out_of_the_pipeline(extractor: SupportEntityExtractor) -> None:
    (message,) = extractor.process([Message.build(text="Grace Hall")])
    shown = message.as_dict(only_output_properties=True)["entities"]
    assert [(each["entity"], each["value"], each["evidence"]) for each in shown] == [("language", "en", "words")]


def test_those_found_before_stay(extractor: SupportEntityExtractor) -> None:
    before = {"entity": "colour", "value": "red", "start": 0, "end": 1}
    (message,) = extractor.process([Message.build(text="转人工", entities=[before])])
    assert [each["entity"] for each in message.get(ENTITIES)] == ["colour", "language"]


def test_each_message_has_its_own(extractor: SupportEntityExtractor) -> None:
    messages = extractor.process([Message.build(text="SR20260312-7K2M"), Message.build(text="OK")])
    assert [[each["value"] for each in message.get(ENTITIES)] for message in messages] == [["SR20260312-7K2M"], []]


def test_a_message_without_text_has_none(extractor: SupportEntityExtractor) -> None:
    (message,) = extractor.process([Message(data={})])
    assert message.get(ENTITIES) == []


def test_it_takes_its_part_in_a_pipeline_that_names_it() -> None:
    config = {"pipeline": [{"name": "jieda.nlu.extractor.SupportEntityExtractor"}], "policies": []}
    graph = DefaultV1Recipe().graph_config_for_recipe(config, {}, TrainingType.NLU)
    assert [node.fn for node in graph.predict_schema.nodes.values() if node.uses is SupportEntityExtractor] == [
        "process"
    ]
