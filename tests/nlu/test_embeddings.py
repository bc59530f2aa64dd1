"""Sentence embeddings of a folder: what its files say is obeyed, and what cannot be used is named."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from onnx import TensorProto

from jieda.nlu.embedding_folder import EmbeddingError, fingerprint
from jieda.nlu.embeddings import MOST_TOKENS, SentenceEncoder
from tests.fakes.embedding_model import DIMENSION, TABLE, states, write_json, write_model, write_tokenizer

POOLING = "1_Pooling/config.json"
PROMPTS = "config_sentence_transformers.json"
LENGTH = "sentence_bert_config.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The least that a model is."""
    write_tokenizer(tmp_path)
    write_model(tmp_path / "model.onnx")
    return tmp_path


def unit(vector: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(vector / np.linalg.norm(vector))


def encoded(folder: Path, text: str) -> npt.NDArray[np.float32]:
    return np.asarray(SentenceEncoder.load(folder).encode([text])[0])


class TestVectors:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("发票", ("发", "票")),
            ("Reset the password", ("reset", "the", "password")),
            ("login 登录不上", ("login", "登", "录", "不", "上")),
            ("", ()),
        ],
    )
    def test_are_the_mean_of_the_tokens_states_of_length_one(
        self, folder: Path, text: str, words: tuple[str, ...]
    ) -> None:
        assert encoded(folder, text) == pytest.approx(unit(states(*words).mean(axis=0)), abs=1e-6)

    def test_are_one_row_a_text_in_order_whatever_else_is_in_the_batch(self, folder: Path) -> None:
        encoder = SentenceEncoder.load(folder)
        texts = ["login " * (i * 7 % 23) + "发票" * (i % 3) for i in range(70)]
        together = encoder.encode(texts)
        assert together.dtype == np.float32
        assert together.shape == (70, encoder.dimension) == (70, DIMENSION)
        assert together == pytest.approx(np.concatenate([encoder.encode([text]) for text in texts]), abs=1e-6)

    def test_of_no_texts_are_no_rows(self, folder: Path) -> None:
        assert SentenceEncoder.load(folder).encode([]).shape == (0, DIMENSION)

    def test_are_equal_for_equal_texts_and_differ_for_others(self, folder: Path) -> None:
        first, other, again = SentenceEncoder.load(folder).encode(["发票", "login", "发票"])
        assert first.tolist() == again.tolist()
        assert not np.allclose(first, other, atol=0.01)


class TestGraph:
    def test_may_lie_in_a_folder_of_its_own(self, folder: Path) -> None:
        expected = encoded(folder, "发票")
        (folder / "onnx").mkdir()
        (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
        assert encoded(folder, "发票").tolist() == expected.tolist()

    def test_gets_token_types_where_it_asks_for_them(self, folder: Path) -> None:
        write_model(folder / "model.onnx", ("input_ids", "attention_mask", "token_type_ids"))
        assert encoded(folder, "发票") == pytest.approx(unit(states("发", "票", kinds=True).mean(axis=0)), abs=1e-6)

    def test_gets_short_integers_where_it_asks_for_them(self, folder: Path) -> None:
        write_model(folder / "model.onnx", integers=TensorProto.INT32)
        assert encoded(folder, "发票") == pytest.approx(unit(states("发", "票").mean(axis=0)), abs=1e-6)

    def test_without_a_mask_gets_no_padding(self, folder: Path) -> None:
        write_model(folder / "model.onnx", ("input_ids",))
        encoder = SentenceEncoder.load(folder)
        together = encoder.encode(["invoice of the login", "发票"])
        assert together[1] == pytest.approx(unit(states("发", "票").mean(axis=0)), abs=1e-6)

    def test_that_gives_sentences_is_taken_at_its_word(self, folder: Path) -> None:
        write_model(folder / "model.onnx", output="sentence_embedding")
        write_json(folder / POOLING, {"pooling_mode_max_tokens": False, "pooling_mode_cls_token": True})
        write_json(folder / "modules.json", [{"type": "sentence_transformers.models.Dense"}])
        assert encoded(folder, "发票") == pytest.approx(states("发", "票").mean(axis=0) / 2, abs=1e-6)


class TestFiles:
    @pytest.mark.parametrize(
        "settings",
        [
            {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False, "include_prompt": True},
            {"pooling_mode": "cls"},
        ],
    )
    def test_pooling_may_be_the_first_token(self, folder: Path, settings: dict[str, object]) -> None:
        write_json(folder / POOLING, settings)
        assert encoded(folder, "发票") == pytest.approx(unit(states("发", "票")[0]), abs=1e-6)

    @pytest.mark.parametrize(
        "prompts",
        [
            {"prompts": {"query": "query: ", "passage": "the "}},
            {"prompts": {"query": "the ", "classification": "query: "}, "default_prompt_name": "classification"},
        ],
    )
    def test_a_prompt_stands_before_the_text(self, folder: Path, prompts: dict[str, object]) -> None:
        write_json(folder / PROMPTS, prompts)
        assert encoded(folder, "发票") == pytest.approx(unit(states("query", ":", "发", "票").mean(axis=0)), abs=1e-6)

    def test_without_one_for_queries_there_is_none(self, folder: Path) -> None:
        expected = encoded(folder, "发票")
        write_json(folder / PROMPTS, {"prompts": {"passage": "the "}, "default_prompt_name": None})
        assert encoded(folder, "发票").tolist() == expected.tolist()

    @pytest.mark.parametrize(
        ("files", "tokens"),
        [
            ({LENGTH: {"max_seq_length": 6}, "tokenizer_config.json": {"model_max_length": 9}}, 6),
            ({LENGTH: {"max_seq_length": None}, "tokenizer_config.json": {"model_max_length": 9}}, 9),
            ({"tokenizer_config.json": {"model_max_length": int(1e30)}}, MOST_TOKENS),
            ({LENGTH: {"max_seq_length": 8192}}, MOST_TOKENS),
            ({}, MOST_TOKENS),
        ],
    )
    def test_what_comes_after_the_greatest_length_is_not_read(
        self, folder: Path, files: dict[str, object], tokens: int
    ) -> None:
        for name, content in files.items():
            write_json(folder / name, content)
        encoder = SentenceEncoder.load(folder)
        room = tokens - len(("[CLS]", "[SEP]"))
        fits, longer, shorter = encoder.encode(
            [*("login " * n + "票" * m for n, m in ((room - 1, 1), (room - 1, 900))), "login " * (room - 1)]
        )
        assert longer == pytest.approx(fits, abs=1e-6)
        assert shorter != pytest.approx(fits, abs=1e-6)

    def test_the_tokenizer_says_how_long_where_nothing_else_does(self, folder: Path) -> None:
        write_tokenizer(folder, max_length=4)
        assert encoded(folder, "发票登录") == pytest.approx(unit(states("发", "票").mean(axis=0)), abs=1e-6)


class TestWhatCannotBeUsed:
    def refused(self, folder: Path) -> str:
        with pytest.raises(EmbeddingError) as caught:
            SentenceEncoder.load(folder)
        assert caught.value.code == "embedding_model_invalid"
        return str(caught.value)

    def test_no_folder(self, folder: Path) -> None:
        assert f"{folder / 'none'}: no such folder" in self.refused(folder / "none")

    @pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
    def test_a_file_is_missing(self, folder: Path, name: str) -> None:
        (folder / name).unlink()
        assert f"has no {name}" in self.refused(folder)

    @pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", POOLING, LENGTH, PROMPTS, "modules.json"])
    def test_a_file_is_broken(self, folder: Path, name: str) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"{version https")
        assert self.refused(folder).startswith(f"{folder / name}: ")

    @pytest.mark.parametrize(
        ("name", "content", "what"),
        [
            (POOLING, {"pooling_mode_max_tokens": True}, "asks for pooling_mode_max_tokens"),
            (POOLING, {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True}, "asks for cls and mean"),
            (POOLING, {"pooling_mode": "lasttoken"}, "asks for lasttoken"),
            (POOLING, {"pooling_mode_mean_tokens": True, "include_prompt": False}, "include_prompt"),
            (POOLING, ["mean"], "wants an object"),
            (LENGTH, {"max_seq_length": 0}, "max_seq_length is 0"),
            (LENGTH, {"max_seq_length": "long"}, "max_seq_length is 'long'"),
            (PROMPTS, {"prompts": {"query": "query: "}, "default_prompt_name": "search"}, "search"),
            ("modules.json", {"type": "Pooling"}, "wants a list"),
        ],
    )
    def test_a_file_asks_for_what_is_not_done(self, folder: Path, name: str, content: object, what: str) -> None:
        write_json(folder / name, content)
        message = self.refused(folder)
        assert message.startswith(f"{folder / name}: ")
        assert what in message

    def test_a_length_that_holds_no_text(self, folder: Path) -> None:
        write_json(folder / LENGTH, {"max_seq_length": 1})
        assert "puts 2 tokens of its own around a text, at most 1 with it" in self.refused(folder)

    def test_a_model_whose_further_modules_are_not_in_the_graph(self, folder: Path) -> None:
        kinds = ("Transformer", "Pooling", "Dense", "Normalize")
        write_json(folder / "modules.json", [{"type": f"sentence_transformers.models.{kind}"} for kind in kinds])
        assert "lacks Dense of modules.json" in self.refused(folder)

    def test_a_graph_that_wants_more_than_tokens(self, folder: Path) -> None:
        write_model(folder / "model.onnx", ("input_ids", "attention_mask", "position_ids"))
        assert f"{folder / 'model.onnx'}: takes input_ids, attention_mask, position_ids" in self.refused(folder)

    def test_a_graph_that_gives_neither_sentences_nor_tokens(self, folder: Path) -> None:
        write_model(folder / "model.onnx", output="logits")
        assert f"{folder / 'model.onnx'}: gives logits" in self.refused(folder)

    def test_an_output_of_another_shape(self, folder: Path) -> None:
        write_model(folder / "model.onnx", ("input_ids",), table=np.stack([TABLE, TABLE], axis=1))
        assert "last_hidden_state is of shape 1 x 4 x 2 x 5, wants 1 x 4 x dimension" in self.refused(folder)

    def test_numbers_that_are_none(self, folder: Path) -> None:
        write_model(folder / "model.onnx", table=np.full_like(TABLE, np.nan))
        assert "holds what is not a number" in self.refused(folder)

    def test_a_graph_for_one_text_at_a_time(self, folder: Path) -> None:
        write_model(folder / "model.onnx", batch=1)
        assert self.refused(folder).startswith(f"{folder / 'model.onnx'}: ")

    def test_a_graph_smaller_than_its_tokenizer(self, folder: Path) -> None:
        write_model(folder / "model.onnx", table=TABLE[:2])
        assert self.refused(folder).startswith(f"{folder / 'model.onnx'}: ")

    def test_a_tokenizer_without_special_tokens(self, folder: Path) -> None:
        write_tokenizer(folder, special=False)
        assert f"{folder / 'tokenizer.json'}: puts 0 tokens of its own" in self.refused(folder)

    def test_without_the_extra_it_says_how_to_get_it(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
        assert "pip install 'jieda[embeddings]'" in self.refused(folder)


class TestFingerprint:
    def test_is_of_the_content_not_of_the_place(self, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        elsewhere = tmp_path_factory.mktemp("copy")
        for file in folder.iterdir():
            (elsewhere / file.name).write_bytes(file.read_bytes())
        assert fingerprint(elsewhere) == fingerprint(folder)

    @pytest.mark.parametrize("name", ["model.onnx", "model.onnx_data", "tokenizer.json", POOLING, LENGTH, PROMPTS])
    def test_changes_with_each_file_that_counts(self, folder: Path, name: str) -> None:
        before = fingerprint(folder)
        (folder / name).parent.mkdir(exist_ok=True)
        with (folder / name).open("ab") as handle:
            handle.write(b" ")
        assert fingerprint(folder) != before
