"""A sentence-embedding model small enough to make in a test: a real tokenizer and a real ONNX graph in a folder.

A token's state is its row of a table plus the mean of the rows that the mask lets through; so a padding that is not
masked, or a mask that is not given, changes every vector.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing

DIMENSION = 5
WORDS = "[PAD] [UNK] [CLS] [SEP] query : 发 票 登 录 不 上 invoice login cannot the of reset password".split()
TABLE = np.random.default_rng(7).normal(size=(len(WORDS), DIMENSION)).astype(np.float32)
KINDS = np.random.default_rng(8).normal(size=(2, DIMENSION)).astype(np.float32)
"""What a token type adds to a state."""


def states(*words: str, kinds: bool = False) -> npt.NDArray[np.float32]:
    """What the model makes of a text, given all its tokens but the first and last."""
    rows = TABLE[[WORDS.index(word) for word in ("[CLS]", *words, "[SEP]")]]
    return np.asarray(rows + rows.mean(axis=0) + (KINDS[0] if kinds else 0))


def write_tokenizer(folder: Path, max_length: int | None = None, special: bool = True) -> None:
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    if special:
        marks = [(mark, WORDS.index(mark)) for mark in ("[CLS]", "[SEP]")]
        tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=marks)
    # As many a published tokenizer: padded to the length of its training.
    tokenizer.enable_padding(length=64)
    if max_length:
        tokenizer.enable_truncation(max_length)
    tokenizer.save(str(folder / "tokenizer.json"))


def write_model(
    file: Path,
    inputs: tuple[str, ...] = ("input_ids", "attention_mask"),
    output: str = "last_hidden_state",
    integers: int = TensorProto.INT64,
    batch: int | None = None,
    table: npt.NDArray[np.float32] = TABLE,
) -> None:
    """`sentence_embedding` is the mean of the masked rows, of no particular length; `batch` fixes the first axis."""
    nodes = [helper.make_node("Gather", ["table", inputs[0]], ["rows"])]
    if "attention_mask" in inputs:
        nodes += [
            helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["mask", "two"], ["weights"]),
            helper.make_node("Mul", ["rows", "weights"], ["kept"]),
            helper.make_node("ReduceSum", ["kept", "one"], ["sum"], keepdims=1),
            helper.make_node("ReduceSum", ["weights", "one"], ["count"], keepdims=1),
            helper.make_node("Div", ["sum", "count"], ["mean"]),
        ]
    else:
        nodes.append(helper.make_node("ReduceMean", ["rows"], ["mean"], axes=[1], keepdims=1))
    if output == "sentence_embedding":
        nodes.append(helper.make_node("Squeeze", ["mean", "one"], [output]))
    elif "token_type_ids" in inputs:
        nodes += [
            helper.make_node("Gather", ["kinds", "token_type_ids"], ["kind"]),
            helper.make_node("Add", ["rows", "mean"], ["state"]),
            helper.make_node("Add", ["state", "kind"], [output]),
        ]
    else:
        nodes.append(helper.make_node("Add", ["rows", "mean"], [output]))
    constants = {"table": table, "kinds": KINDS, "one": np.array([1]), "two": np.array([2])}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, integers, [batch, None]) for name in inputs],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(file))


def write_json(file: Path, content: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content), encoding="utf-8")
