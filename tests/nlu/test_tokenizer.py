"""The tokenizer among Rasa's parts: tokens are the text as written, their lemmas what features are made of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.data import TrainingType
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from jieda.nlu.normaliser import MAX_LENGTH, normalise
from jieda.nlu.tokenizer import BilingualTokenizer


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> BilingualTokenizer:
    """Made as Rasa makes it."""
    made = BilingualTokenizer.create(
        BilingualTokenizer.get_default_config(),
        LocalModelStorage(tmp_path_factory.mktemp("storage")),
        Resource("tokenizer"),
        ExecutionContext(GraphSchema({})),
    )
    assert isinstance(made, BilingualTokenizer)
    return made


def tokens(tokenizer: BilingualTokenizer, text: str) -> list[Token]:
    (message,) = tokenizer.process([Message.build(text=text)])
    return list(message.get(TOKENS_NAMES[TEXT]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("發票怎麼開？", [("發票", "发票"), ("怎麼", "怎么"), ("開", "开"), ("？", "?")]),
        ("Ｄ３６５ 登錄不上", [("Ｄ３６５", "d365"), ("登錄不上", "登录不上")]),
        ("Sales模块 OK", [("Sales", "sales"), ("模块", "模块"), ("OK", "ok")]),
        ("ﬁx it", [("ﬁx", "ﬁx"), ("it", "it")]),
        ("Call 021-61234567轉8001", [("Call", "call"), ("021-61234567轉8001", "021-61234567转8001")]),
        ("Li.Lei@Example.COM", [("Li.Lei@Example.COM", "li.lei@example.com")]),
        ("", []),
        ("  ", []),
    ],
)
def test_tokens_and_lemmas(tokenizer: BilingualTokenizer, text: str, expected: list[tuple[str, str]]) -> None:
    assert [(token.text, token.lemma) for token in tokens(tokenizer, text)] == expected


def test_each_message_has_its_own(tokenizer: BilingualTokenizer) -> None:
    messages = tokenizer.process([Message.build(text="发票"), Message.build(text="hello")])
    assert [[token.text for token in each.get(TOKENS_NAMES[TEXT])] for each in messages] == [["发票"], ["hello"]]


def test_a_message_without_text_is_left_alone(tokenizer: BilingualTokenizer) -> None:
    (message,) = tokenizer.process([Message(data={})])
    assert message.get(TOKENS_NAMES[TEXT]) is None


def test_training_examples_get_the_same_as_messages(tokenizer: BilingualTokenizer) -> None:
    example = Message.build(text="我的Sales打不開", intent="technical_login")
    tokenizer.process_training_data(TrainingData([example]))
    assert [token.lemma for token in example.get(TOKENS_NAMES[TEXT])] == [
        token.lemma for token in tokens(tokenizer, "我的Sales打不開")
    ]
    assert [token.text for token in example.get(TOKENS_NAMES[INTENT])] == ["technical_login"]


def test_what_comes_late_is_not_cut_into_words(tokenizer: BilingualTokenizer) -> None:
    found = tokens(tokenizer, "发票 " * MAX_LENGTH)
    assert found
    assert found[-1].end <= MAX_LENGTH


def test_it_takes_its_part_in_a_pipeline_that_names_it() -> None:
    config = {"pipeline": [{"name": "jieda.nlu.tokenizer.BilingualTokenizer"}], "policies": []}
    graph = DefaultV1Recipe().graph_config_for_recipe(config, {}, TrainingType.NLU)
    assert [node.fn for node in graph.predict_schema.nodes.values() if node.uses is BilingualTokenizer] == ["process"]


@given(st.text() | st.text(alphabet="aB１Ａ發票，. @-ﬁ\n"))
def test_tokens_stand_where_they_say_in_any_text(tokenizer: BilingualTokenizer, text: str) -> None:
    position = 0
    for token in tokens(tokenizer, text):
        assert text[token.start : token.end] == token.text
        assert token.lemma == normalise(text)[token.start : token.end]
        assert position <= token.start < token.end
        position = token.end
