"""The dense featurizer among Rasa's parts: what it sets, where its model comes from, and that nobody needs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.data import TrainingType
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from jieda.nlu.classifier import LinearIntentClassifier
from jieda.nlu.dense_featurizer import SentenceEmbeddingFeaturizer
from jieda.nlu.embeddings import SentenceEncoder
from jieda.nlu.normaliser import MAX_LENGTH
from jieda.nlu.tokenizer import BilingualTokenizer
from jieda.settings import PROJECT, settings
from tests.fakes.embedding_model import DIMENSION, TABLE, write_model, write_tokenizer

DEFAULT = PROJECT / "config.yml"
WITH_EMBEDDINGS = PROJECT / "evaluation" / "configs" / "with-embeddings.yml"
NAME = "jieda.nlu.dense_featurizer.SentenceEmbeddingFeaturizer"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_tokenizer(tmp_path)
    write_model(tmp_path / "model.onnx")
    return tmp_path


@pytest.fixture(autouse=True)
def no_setting_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("JIEDA_EMBEDDINGS", raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def storage(tmp_path_factory: pytest.TempPathFactory) -> LocalModelStorage:
    return LocalModelStorage(tmp_path_factory.mktemp("storage"))


def made(how: str, storage: LocalModelStorage, **config: Any) -> SentenceEmbeddingFeaturizer:
    """Made as Rasa makes it: "create" in some places of its graph, "load" in others."""
    featurizer = getattr(SentenceEmbeddingFeaturizer, how)(
        {**SentenceEmbeddingFeaturizer.get_default_config(), **config},
        storage,
        Resource("embeddings"),
        ExecutionContext(GraphSchema({})),
    )
    assert isinstance(featurizer, SentenceEmbeddingFeaturizer)
    return featurizer


def sentence(message: Message) -> npt.NDArray[np.float32] | None:
    _, features = message.get_dense_features(TEXT)
    return None if features is None else np.asarray(features.features)


class TestFeatures:
    @pytest.mark.parametrize("how", ["create", "load"])
    def test_are_one_row_a_message_as_the_encoder_gives_it(
        self, how: str, folder: Path, storage: LocalModelStorage
    ) -> None:
        texts = ["发票", "reset the password", "login 登录不上"]
        messages = made(how, storage, folder=str(folder)).process([Message.build(text=text) for text in texts])
        for message, expected in zip(messages, SentenceEncoder.load(folder).encode(texts), strict=True):
            features = sentence(message)
            assert features is not None
            assert features.shape == (1, DIMENSION)
            assert features[0] == pytest.approx(expected)

    def test_are_of_the_whole_sentence_only(self, folder: Path, storage: LocalModelStorage) -> None:
        (message,) = made("create", storage, folder=str(folder)).process([Message.build(text="发票")])
        assert message.get_dense_features(TEXT)[0] is None
        assert message.get_sparse_features(TEXT) == (None, None)

    def test_are_the_same_for_an_example_as_for_a_message(self, folder: Path, storage: LocalModelStorage) -> None:
        featurizer = made("create", storage, folder=str(folder))
        example = Message.build(text="发票", intent="billing_invoice")
        featurizer.process_training_data(TrainingData([example]))
        (message,) = featurizer.process([Message.build(text="发票")])
        assert np.array_equal(sentence(example), sentence(message))

    @pytest.mark.parametrize("data", [{}, {TEXT: ""}])
    def test_a_message_without_text_has_none(
        self, data: dict[str, str], folder: Path, storage: LocalModelStorage
    ) -> None:
        messages = made("create", storage, folder=str(folder)).process([Message(data=data), Message.build(text="发票")])
        assert sentence(messages[0]) is None
        assert sentence(messages[1]) is not None

    def test_what_comes_late_is_not_read(self, folder: Path, storage: LocalModelStorage) -> None:
        start = " " * (MAX_LENGTH - 2) + "发票"
        texts = [start, start + "登录"]
        first, second = made("create", storage, folder=str(folder)).process([Message.build(text=t) for t in texts])
        assert np.array_equal(sentence(first), sentence(second))


class TestModel:
    def test_is_that_of_the_setting(
        self, folder: Path, storage: LocalModelStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("JIEDA_EMBEDDINGS", str(folder))
        (message,) = made("load", storage).process([Message.build(text="发票")])
        assert sentence(message) is not None

    def test_of_the_pipeline_wins_over_that_of_the_setting(
        self, folder: Path, storage: LocalModelStorage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("JIEDA_EMBEDDINGS", str(folder / "none"))
        assert made("load", storage, folder=str(folder))

    @pytest.mark.parametrize("how", ["create", "load"])
    def test_must_be_named(self, how: str, storage: LocalModelStorage) -> None:
        with pytest.raises(InvalidConfigException, match="set JIEDA_EMBEDDINGS to its folder, or take"):
            made(how, storage)

    def test_must_be_there(self, folder: Path, storage: LocalModelStorage) -> None:
        (folder / "model.onnx").unlink()
        with pytest.raises(InvalidConfigException, match=r"has no model\.onnx"):
            made("load", storage, folder=str(folder))

    def test_another_in_its_place_is_not_taken_for_it(self, folder: Path) -> None:
        config = {"folder": str(folder)}
        before = SentenceEmbeddingFeaturizer.fingerprint_addon(config)
        assert SentenceEmbeddingFeaturizer.fingerprint_addon(config) == before
        write_model(folder / "model.onnx", table=TABLE + 1)
        assert SentenceEmbeddingFeaturizer.fingerprint_addon(config) != before


class TestPipeline:
    def test_of_the_operator_has_it_between_tokenizer_and_classifier(self) -> None:
        graph = DefaultV1Recipe().graph_config_for_recipe(
            yaml.safe_load(WITH_EMBEDDINGS.read_text(encoding="utf-8")), {}, TrainingType.NLU
        )
        for schema, function in ((graph.predict_schema, "process"), (graph.train_schema, "process_training_data")):
            nodes = schema.nodes
            (own,) = [n for n in nodes.values() if n.uses is SentenceEmbeddingFeaturizer and n.fn == function]
            assert {nodes[need].uses for need in own.needs.values()} == {BilingualTokenizer}
            (classifier,) = [
                n for n in nodes.values() if n.uses is LinearIntentClassifier and n.fn in ("train", "process")
            ]
            assert SentenceEmbeddingFeaturizer in {nodes[need].uses for need in classifier.needs.values()}

    def test_of_the_operator_is_otherwise_the_default(self) -> None:
        default, other = (yaml.safe_load(file.read_text(encoding="utf-8")) for file in (DEFAULT, WITH_EMBEDDINGS))
        other["pipeline"] = [part for part in other["pipeline"] if part["name"] != NAME]
        assert other == default

    def test_of_the_default_needs_none_of_it(self) -> None:
        parts = [part["name"] for part in yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))["pipeline"]]
        assert NAME not in parts
        modules = sorted({part.rpartition(".")[0] for part in parts if "." in part})
        script = "import sys, importlib\nfor name in sys.argv[1:]: importlib.import_module(name)\n"
        script += "print(*sorted({'onnxruntime', 'tokenizers', 'jieda.nlu.embeddings'} & set(sys.modules)))"
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script, *modules], cwd=PROJECT, capture_output=True, text=True
        )
        assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
