"""Sentence embeddings from a model that an operator has in a folder, run by ONNX Runtime; nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from jieda.nlu.embedding_folder import EXPORT, EmbeddingError, EmbeddingFolder, Pooling

MOST_TOKENS = 512
"""Tokens of a text that are read at most, whatever the model allows: the cost grows with their square."""

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
_OF_SENTENCES = "sentence_embedding"
_OF_TOKENS = ("last_hidden_state", "token_embeddings")
_BATCH = 32

Vectors = npt.NDArray[np.float32]


class SentenceEncoder:
    """Texts to vectors, each by itself: what else is in a batch changes nothing. Make one with `load`."""

    def __init__(self, tokenizer: Any, network: _Network, prompt: str) -> None:
        self._tokenizer = tokenizer
        self._network = network
        self._prompt = prompt
        # A short text beside one of full length: what a model does not take is learnt now, not from a customer.
        self.dimension = self._vectors(["预热", "warm up " * MOST_TOKENS]).shape[1]

    @classmethod
    def load(cls, folder: Path) -> SentenceEncoder:
        """Raises EmbeddingError."""
        files = EmbeddingFolder.read(folder)
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise EmbeddingError(f"{folder}: {error}; pip install 'jieda[embeddings]'") from error
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # what is an error there comes as an exception as well
        # Neither library's errors share a base of their own.
        try:
            tokenizer = Tokenizer.from_file(str(files.tokenizer))
        except Exception as error:
            raise EmbeddingError(f"{files.tokenizer}: {error}; {EXPORT}") from error
        try:
            session = onnxruntime.InferenceSession(str(files.model), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise EmbeddingError(f"{files.model}: {error}; {EXPORT}") from error
        network = _Network(session, files, pad=(tokenizer.padding or {}).get("pad_id", 0))
        length = min(files.max_length or (tokenizer.truncation or {}).get("max_length") or MOST_TOKENS, MOST_TOKENS)
        marks = tokenizer.num_special_tokens_to_add(is_pair=False)
        if not 0 < marks < length:
            raise EmbeddingError(
                f"{files.tokenizer}: puts {marks} tokens of its own around a text, at most {length} with it; "
                f"wants one at least, that no text be empty, and room between; {EXPORT}"
            )
        tokenizer.enable_truncation(length)
        # The network pads each batch as far as it needs; a tokenizer may bear that of its training, which is far.
        tokenizer.no_padding()
        return cls(tokenizer, network, files.prompt)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of `dimension` numbers a text. Raises EmbeddingError."""
        return self._vectors(texts) if texts else np.zeros((0, self.dimension), dtype=np.float32)

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        tokens = self._tokenizer.encode_batch([self._prompt + text for text in texts])
        # Texts of like length go together, so that little is padded.
        order = sorted(range(len(texts)), key=lambda i: len(tokens[i].ids))
        size = self._network.batch
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        found = np.concatenate([self._network.vectors([tokens[i] for i in batch]) for batch in batches])
        return np.asarray(found[np.argsort(order)])


class _Network:
    """The model: tokens to vectors."""

    def __init__(self, session: Any, files: EmbeddingFolder, pad: int) -> None:
        self._session = session
        self._file = files.model
        self._pooling = files.pooling
        self._pad = pad
        self._types = {each.name: np.int32 if "int32" in each.type else np.int64 for each in session.get_inputs()}
        if _INPUTS[0] not in self._types or not set(self._types) <= set(_INPUTS):
            raise self._error(f"takes {', '.join(self._types)}; wants input_ids and no more than {', '.join(_INPUTS)}")
        outputs = [each.name for each in session.get_outputs()]
        known = [name for name in (_OF_SENTENCES, *_OF_TOKENS) if name in outputs]
        if not known:
            raise self._error(f"gives {', '.join(outputs)}; wants {' or '.join((_OF_SENTENCES, *_OF_TOKENS))}")
        self._output = known[0]
        if self._output != _OF_SENTENCES and files.further_modules:
            raise self._error(f"lacks {', '.join(files.further_modules)} of modules.json; wants {_OF_SENTENCES}")
        # Without a mask a model takes padding for text.
        self.batch = _BATCH if "attention_mask" in self._types else 1

    def vectors(self, tokens: Sequence[Any]) -> Vectors:
        longest = max(len(each.ids) for each in tokens)
        ids = _padded([each.ids for each in tokens], longest, self._pad)
        mask = _padded([each.attention_mask for each in tokens], longest)
        kinds = _padded([each.type_ids for each in tokens], longest)
        fed = {name: array for name, array in zip(_INPUTS, (ids, mask, kinds), strict=True) if name in self._types}
        try:
            (output,) = self._session.run(
                [self._output], {name: array.astype(self._types[name]) for name, array in fed.items()}
            )
        except Exception as error:
            raise self._error(str(error)) from error
        shape = (len(tokens),) if self._output == _OF_SENTENCES else (len(tokens), longest)
        if output.shape[:-1] != shape:
            wanted = " x ".join(map(str, (*shape, "dimension")))
            raise self._error(f"{self._output} is of shape {' x '.join(map(str, output.shape))}, wants {wanted}")
        if not np.isfinite(output).all():
            raise self._error(f"{self._output} holds what is not a number")
        output = output.astype(np.float32)
        return output if self._output == _OF_SENTENCES else _pooled(output, mask, self._pooling)

    def _error(self, what: str) -> EmbeddingError:
        return EmbeddingError(f"{self._file}: {what}; {EXPORT}")


def _padded(rows: Sequence[Sequence[int]], length: int, value: int = 0) -> npt.NDArray[np.int64]:
    return np.array([[*row, *[value] * (length - len(row))] for row in rows], dtype=np.int64)


def _pooled(states: Vectors, mask: npt.NDArray[np.int64], pooling: Pooling) -> Vectors:
    """One vector of length one a text."""
    if pooling is Pooling.CLS:
        vectors = states[:, 0]
    else:
        vectors = (states * mask[:, :, np.newaxis]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), dtype=np.float32)
