"""The classifier among Rasa's parts: trained, persisted, loaded, and what it puts into a message."""

from __future__ import annotations

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.data import TrainingType
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from jieda.nlu.classifier import LinearIntentClassifier
from jieda.nlu.tokenizer import BilingualTokenizer

EXAMPLES = {
    "billing_invoice": [
        "怎么开发票",
        "发票开错了",
        "重开发票",
        "I need an invoice",
        "the invoice is wrong",
        "发票 invoice",
    ],
    "technical_login": ["系统登录不上", "登录失败", "登不上系统", "I can't log in", "login fails", "log in 失败"],
    "human_agent": ["转人工", "找人工客服", "接真人", "talk to a human", "a real person", "转 human"],
}
CONTEXT = ExecutionContext(GraphSchema({}))
TOKENIZER = BilingualTokenizer(BilingualTokenizer.get_default_config())


def messages(*texts: str) -> list[Message]:
    return list(TOKENIZER.process([Message.build(text=text) for text in texts]))


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> LocalModelStorage:
    return LocalModelStorage(tmp_path_factory.mktemp("storage"))


@pytest.fixture(scope="module")
def trained(storage: LocalModelStorage) -> LinearIntentClassifier:
    built = [Message.build(text=text, intent=intent) for intent, texts in EXAMPLES.items() for text in texts]
    data = TrainingData([*built, Message(data={INTENT: "human_agent"}), Message.build(text="of no intent")])
    TOKENIZER.process_training_data(data)
    config = LinearIntentClassifier.get_default_config()
    made = LinearIntentClassifier.create(config, storage, Resource("classifier"), CONTEXT)
    assert made.train(data) == Resource("classifier")
    return made


@pytest.fixture(scope="module")
def loaded(trained: LinearIntentClassifier, storage: LocalModelStorage) -> LinearIntentClassifier:
    return LinearIntentClassifier.load({}, storage, Resource("classifier"), CONTEXT)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("发票", "billing_invoice"),
        ("發票怎麼開", "billing_invoice"),
        ("INVOICE please", "billing_invoice"),
        ("登录不上", "technical_login"),
        ("ｌｏｇ ｉｎ fails", "technical_login"),
        ("帮我转人工", "human_agent"),
        ("a human please", "human_agent"),
    ],
)
def test_the_intent_of_a_message(trained: LinearIntentClassifier, text: str, intent: str) -> None:
    (message,) = trained.process(messages(text))
    assert message.get(INTENT)["name"] == intent


class TestWhatIsPutIn:
    def test_a_ranking_of_all_from_the_surest_down(self, trained: LinearIntentClassifier) -> None:
        (message,) = trained.process(messages("怎么开发票"))
        ranking = message.get(INTENT_RANKING_KEY)
        assert {each["name"] for each in ranking} == set(EXAMPLES)
        confidences = [each["confidence"] for each in ranking]
        assert confidences == sorted(confidences, reverse=True)
        assert sum(confidences) == pytest.approx(1)
        assert message.get(INTENT) == ranking[0]

    def test_it_comes_out_of_the_pipeline_as_plain_values(self, trained: LinearIntentClassifier) -> None:
        (message,) = trained.process(messages("转人工"))
        shown = message.as_dict(only_output_properties=True)
        assert shown["intent"]["name"] == "human_agent"
        assert type(shown["intent"]["confidence"]) is float
        assert len(shown["intent_ranking"]) == len(EXAMPLES)

    def test_the_ranking_may_be_cut_short(self, trained: LinearIntentClassifier, storage: LocalModelStorage) -> None:
        short = LinearIntentClassifier.load({"ranking_length": 2}, storage, Resource("classifier"), CONTEXT)
        whole = trained.process(messages("转人工"))[0].get(INTENT_RANKING_KEY)
        cut = short.process(messages("转人工"))[0].get(INTENT_RANKING_KEY)
        assert [each["name"] for each in cut] == [each["name"] for each in whole][:2]

    def test_each_message_gets_its_own(self, trained: LinearIntentClassifier) -> None:
        found = trained.process(messages("怎么开发票", "转人工"))
        assert [each.get(INTENT)["name"] for each in found] == ["billing_invoice", "human_agent"]

    @pytest.mark.parametrize(
        "text", ["", "  ", "😀", "x" * 10_000, "龘"], ids=["empty", "blank", "emoji", "long", "rare"]
    )
    def test_any_text_gets_an_intent(self, trained: LinearIntentClassifier, text: str) -> None:
        (message,) = trained.process(messages(text))
        assert message.get(INTENT)["name"] in EXAMPLES
        assert 0 < message.get(INTENT)["confidence"] <= 1

    def test_no_messages_are_no_matter(self, trained: LinearIntentClassifier) -> None:
        assert trained.process([]) == []


class TestPersisted:
    @pytest.mark.parametrize("text", ["怎么开发票", "I can't log in", "转人工", "", "something else"])
    def test_loaded_again_it_answers_the_same(
        self, trained: LinearIntentClassifier, loaded: LinearIntentClassifier, text: str
    ) -> None:
        before, after = (
            {each["name"]: each["confidence"] for each in one.process(messages(text))[0].get(INTENT_RANKING_KEY)}
            for one in (trained, loaded)
        )
        assert after == pytest.approx(before, abs=1e-2)

    def test_one_not_trained_says_nothing(self, storage: LocalModelStorage) -> None:
        fresh = LinearIntentClassifier.create({}, storage, Resource("other"), CONTEXT)
        (message,) = fresh.process(messages("转人工"))
        assert message.get(INTENT) is None
        assert message.get(TEXT) == "转人工"


def test_it_takes_its_part_in_a_pipeline_that_names_it() -> None:
    config = {"pipeline": [{"name": "jieda.nlu.classifier.LinearIntentClassifier"}], "policies": []}
    graph = DefaultV1Recipe().graph_config_for_recipe(config, {}, TrainingType.NLU)
    assert [node.fn for node in graph.predict_schema.nodes.values() if node.uses is LinearIntentClassifier] == [
        "process"
    ]
    assert [node.fn for node in graph.train_schema.nodes.values() if node.uses is LinearIntentClassifier] == ["train"]
