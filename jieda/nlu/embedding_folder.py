"""A folder with a sentence-embedding model, laid out as sentence-transformers lays it out (docs/embeddings.md).

What the files say of pooling, length and prompt is read here. What they ask for and Jieda does not do is refused
rather than left out: a vector made in another way than the model was trained for looks like any other.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

EXPORT = "export the model as docs/embeddings.md says"

_MODELS = ("model.onnx", "onnx/model.onnx")
_TOKENIZER = "tokenizer.json"
_TOKENIZER_CONFIG = "tokenizer_config.json"
_MODULES = "modules.json"
_POOLING = "1_Pooling/config.json"
_LENGTH = "sentence_bert_config.json"
_PROMPTS = "config_sentence_transformers.json"

_SWITCHES = {"pooling_mode_cls_token": "cls", "pooling_mode_mean_tokens": "mean"}
_MODULES_DONE = {"Transformer", "Pooling", "Normalize"}


class EmbeddingError(ValueError):
    """The model cannot be used. `str()` names the file or folder, what is wrong and what to do."""

    code = "embedding_model_invalid"


class Pooling(str, Enum):
    """How the vectors of tokens become one; the values are sentence-transformers'."""

    MEAN = "mean"
    CLS = "cls"


@dataclass(frozen=True)
class EmbeddingFolder:
    """Where the files are, and how the model wants texts read.

    `max_length` is in tokens, None where nothing is said; `prompt` stands before each text; `further_modules` are
    those the model has after its pooling, which only an export with all modules holds.
    """

    model: Path
    tokenizer: Path
    pooling: Pooling
    max_length: int | None
    prompt: str
    further_modules: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path) -> EmbeddingFolder:
        """Raises EmbeddingError."""
        return cls(
            model=_model(folder),
            tokenizer=_tokenizer(folder),
            pooling=_pooling(folder / _POOLING),
            max_length=_max_length(folder),
            prompt=_prompt(folder),
            further_modules=_further_modules(folder / _MODULES),
        )


def fingerprint(folder: Path) -> str:
    """Names what vectors are made from: the model and the files that say how it is used. Raises EmbeddingError."""
    settings = [folder / name for name in (_TOKENIZER_CONFIG, _MODULES, _POOLING, _LENGTH, _PROMPTS)]
    # Weights of a large model lie beside it, as model.onnx_data or model.onnx.data.
    weights = sorted(_model(folder).parent.glob("model.onnx*"))
    digest = hashlib.sha256()
    for file in [*weights, _tokenizer(folder), *filter(Path.is_file, settings)]:
        digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as handle:
            while block := handle.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _model(folder: Path) -> Path:
    if not folder.is_dir():
        raise EmbeddingError(f"{folder}: no such folder; docs/embeddings.md says what lies in it")
    for name in _MODELS:
        if (folder / name).is_file():
            return folder / name
    raise EmbeddingError(f"{folder}: has no {' or '.join(_MODELS)}; {EXPORT}")


def _tokenizer(folder: Path) -> Path:
    if not (folder / _TOKENIZER).is_file():
        raise EmbeddingError(f"{folder}: has no {_TOKENIZER}; {EXPORT}")
    return folder / _TOKENIZER


def _pooling(file: Path) -> Pooling:
    """Newer files name the mode, older ones hold a switch for each; without a file it is the mean."""
    said = _object(file)
    if said.get("include_prompt") is False:
        raise EmbeddingError(f"{file}: include_prompt is false, which is not supported; take another model")
    named = said.get("pooling_mode")
    on = [key for key, value in said.items() if key.startswith("pooling_mode_") and value is True]
    modes = [str(named)] if named else [_SWITCHES.get(key, key) for key in on] or [Pooling.MEAN.value]
    if len(modes) > 1 or modes[0] not in set(Pooling):
        raise EmbeddingError(
            f"{file}: asks for {' and '.join(modes)}, wants one of {', '.join(each.value for each in Pooling)}; "
            "or export the model with its pooling, as sentence_embedding"
        )
    return Pooling(modes[0])


def _max_length(folder: Path) -> int | None:
    for file, key in ((folder / _LENGTH, "max_seq_length"), (folder / _TOKENIZER_CONFIG, "model_max_length")):
        length = _object(file).get(key)
        if length is not None:
            # A tokenizer that knows no limit says 1e30, with or without a point.
            if isinstance(length, bool) or not isinstance(length, int | float) or length < 1:
                raise EmbeddingError(f"{file}: {key} is {length!r}, wants a number of tokens")
            return int(length)
    return None


def _prompt(folder: Path) -> str:
    """The default prompt, or else that for queries, as sentence-transformers' `encode_query` takes it."""
    said = _object(folder / _PROMPTS)
    prompts, name = said.get("prompts") or {}, said.get("default_prompt_name")
    if not isinstance(prompts, dict) or (name and name not in prompts):
        raise EmbeddingError(f"{folder / _PROMPTS}: wants prompts by name, and among them {name or 'query'}")
    return str(prompts.get(name or "query") or "")


def _further_modules(file: Path) -> tuple[str, ...]:
    modules = _json(file) or []
    if not isinstance(modules, list) or not all(isinstance(each, dict) for each in modules):
        raise EmbeddingError(f"{file}: wants a list of modules; {EXPORT}")
    names = [str(each.get("type")).rpartition(".")[2] for each in modules]
    return tuple(name for name in names if name not in _MODULES_DONE)


def _object(file: Path) -> dict[str, Any]:
    """Nothing where there is no such file."""
    values = _json(file) or {}
    if not isinstance(values, dict):
        raise EmbeddingError(f"{file}: wants an object of settings; {EXPORT}")
    return values


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
    except (OSError, ValueError) as error:
        raise EmbeddingError(f"{file}: {error}; {EXPORT}") from error
