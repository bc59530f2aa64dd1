"""The extractor among Rasa's parts: what rules and the tagger find, as Rasa wants entities."""

from __future__ import annotations

import pathlib

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.data import TrainingType
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from jieda.nlu.annotations import parse_annotations
from jieda.nlu.entities import Entity
from jieda.nlu.extractor import SupportEntityExtractor, merged
from jieda.nlu.tagger import Tagged
from jieda.nlu.tokenizer import BilingualTokenizer


@pytest.fixture(scope="module")
def extractor(tmp_path_factory: pytest.TempPathFactory) -> SupportEntityExtractor:
    """Made as Rasa makes it, and not trained."""
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


class TestTrained:
    ANNOTATED = (
        "联系人写[施磊](contact_name)吧",
        "联系人写[林涛](contact_name)吧，电话13900139000",
        "联系人改成[周蓓](contact_name)",
        "ask for [Karen Hu](contact_name) at the desk",
        "please put [Anders Lund](contact_name) as contact",
        "抬头写[青岛海润机械](company)",
        "invoice goes to [Harbour Foods Trading](company)",
        "[the whole night shift is stuck](severity:critical), hurry",
        "[整个夜班都停了](severity:critical)，快点",
    )

    @pytest.fixture(scope="class")
    def trained(self, tmp_path_factory: pytest.TempPathFactory) -> SupportEntityExtractor:
        """Trained and loaded as Rasa does both, from messages as Rasa reads them."""
        tokenizer = BilingualTokenizer(BilingualTokenizer.get_default_config())
        messages = [Message.build(text, "billing_general") for text in ("发票抬头错了", "the invoice is wrong")]
        for line in self.ANNOTATED:
            text, spans = parse_annotations(line)
            messages.append(Message.build(text, "answer_details", entities=[vars(span) for span in spans]))
        parts = LocalModelStorage(tmp_path_factory.mktemp("s")), Resource("e"), ExecutionContext(GraphSchema({}))
        component = SupportEntityExtractor.create({"copies": 6}, *parts)
        component.train(tokenizer.process_training_data(TrainingData(messages)))
        return SupportEntityExtractor.load({"copies": 6}, *parts)

    def test_it_finds_what_no_rule_does(self, trained: SupportEntityExtractor) -> None:
        (message,) = trained.process([Message.build(text="联系人写冯珊吧，电话13800138000")])
        found = {each["entity"]: each for each in message.get(ENTITIES)}
        assert found["contact_phone"]["confidence_entity"] == 1
        name = found["contact_name"]
        assert (name["value"], name["start"], name["end"]) == ("冯珊", 4, 6)
        assert 0 < name["confidence_entity"] <= 1

    def test_confidences_are_json(self, trained: SupportEntityExtractor) -> None:
        (message,) = trained.process([Message.build(text="ask for Ingrid Berg at the desk")])
        confidences = {each["entity"]: each["confidence_entity"] for each in message.get(ENTITIES)}
        assert type(confidences["contact_name"]) is float

    def test_messages_without_annotations_leave_it_with_its_rules(self, tmp_path: pathlib.Path) -> None:
        parts = LocalModelStorage(tmp_path), Resource("e"), ExecutionContext(GraphSchema({}))
        SupportEntityExtractor.create({}, *parts).train(TrainingData([Message.build("你好", "social_greeting")]))
        (message,) = SupportEntityExtractor.load({}, *parts).process([Message.build(text="SR20260312-7K2M")])
        assert [each["value"] for each in message.get(ENTITIES)] == ["SR20260312-7K2M"]


class TestMerged:
    @staticmethod
    def of(ruled: Entity, tagged: Entity, confidence: float) -> list[tuple[str, str, float]]:
        both = merged([ruled], [Tagged(tagged, confidence)])
        return [(each.entity.entity, each.entity.value, each.confidence) for each in both]

    def test_details_with_a_form_of_their_own_are_the_rules(self) -> None:
        number = Entity("contact_phone", "+8613800138000", 0, 11)
        assert self.of(number, Entity("company", "13800138000", 0, 11), 0.99) == [("contact_phone", number.value, 1.0)]

    def test_where_both_find_the_same_the_tagger_knows_its_ends(self) -> None:
        longer = Entity("severity", "critical", 0, 9)
        (kept,) = merged([Entity("severity", "critical", 7, 9)], [Tagged(longer, 0.6)])
        assert kept == Tagged(longer, 1.0)

    def test_a_name_without_what_the_rule_took_along(self) -> None:
        ruled = Entity("contact_name", "Silvia Conti. Phone", 9, 28)
        assert self.of(ruled, Entity("contact_name", "Silvia Conti", 9, 21), 0.7) == [
            ("contact_name", "Silvia Conti", 1.0)
        ]

    @pytest.mark.parametrize(("confidence", "right"), [(0.95, "company"), (0.8, "contact_name")])
    def test_where_they_contradict_each_other_the_surer_one_is_right(self, confidence: float, right: str) -> None:
        ruled = Entity("contact_name", "Nod Publishers", 15, 29)
        ((entity, _, _),) = self.of(ruled, Entity("company", "Nod Publishers", 15, 29), confidence)
        assert entity == right

    def test_what_only_one_finds_stays(self) -> None:
        both = self.of(Entity("detail", "company", 0, 2), Entity("company", "合睿", 0, 2), 0.4)
        assert both == [("detail", "company", 1.0), ("company", "合睿", 0.4)]
