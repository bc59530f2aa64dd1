"""What customers call things: the phrases of `data/nlu/lexicon/entities.yml`, found in a text by spaCy's PhraseMatcher.

Chinese is matched character by character, so that a phrase is found wherever a word segmenter would cut; other
scripts word by word, so that "psa" is not found in "upsale".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from jieda.nlu.normaliser import normalise

ENTITIES = Path(__file__).resolve().parent.parent.parent / "data" / "nlu" / "lexicon" / "entities.yml"

# Some seconds quicker at the start than the one in Python.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNIT = re.compile(r"[a-z0-9]+(?:['’][a-z]+)?|[^\sa-z0-9]")


@dataclass(frozen=True)
class Mention:
    """A phrase found: which entity and value it stands for, and where it stands in the text."""

    entity: str
    value: str
    start: int
    end: int


class LexiconError(ValueError):
    """The lexicon file cannot be used. `str()` names the file, the key and what is wrong."""

    code = "lexicon_invalid"


class Lexicon:
    """Finds the longest phrases; where two entities claim the same words, both are told."""

    def __init__(self, phrases: Mapping[str, Mapping[str, list[str]]]) -> None:
        self._vocab = Vocab()
        self._matcher = PhraseMatcher(self._vocab, attr="ORTH")
        self._labels: dict[int, tuple[str, str]] = {}
        for entity, values in phrases.items():
            for value, forms in values.items():
                key = self._vocab.strings.add(f"{entity}\t{value}")
                self._labels[key] = (entity, value)
                self._matcher.add(f"{entity}\t{value}", [self._doc(normalise(form))[0] for form in forms])

    @classmethod
    def load(cls, file: Path = ENTITIES) -> Lexicon:
        """A file of entities, their values and the phrases of each. Raises LexiconError."""
        entities = _mapping(file, _read(file), str(file))
        return cls({entity: _phrases(file, values, entity) for entity, values in entities.items()})

    def find(self, text: str) -> tuple[Mention, ...]:
        """The mentions in a text, in order. Of overlapping ones of the same entity the longest stays."""
        doc, offsets = self._doc(normalise(text))
        kept: list[Mention] = []
        found = [
            Mention(*self._labels[key], offsets[start][0], offsets[end - 1][1])
            for key, start, end in self._matcher(doc)
        ]
        for mention in sorted(found, key=lambda each: (each.start - each.end, each.start)):
            if not any(
                mention.entity == other.entity and mention.start < other.end and other.start < mention.end
                for other in kept
            ):
                kept.append(mention)
        return tuple(sorted(kept, key=lambda each: each.start))

    def _doc(self, normalised: str) -> tuple[Doc, list[tuple[int, int]]]:
        units = list(_UNIT.finditer(normalised))
        return Doc(self._vocab, words=[unit.group() for unit in units]), [unit.span() for unit in units]


def phrases_of_values(files: Sequence[Path]) -> dict[str, list[str]]:
    """Files of values and the phrases of each, as one. Raises LexiconError."""
    values: dict[str, list[str]] = {}
    for file in files:
        found = _phrases(file, _read(file), file.stem)
        if twice := values.keys() & found.keys():
            raise LexiconError(f"{file}: {', '.join(sorted(twice))}: stands in another of these files too")
        values.update(found)
    return values


def _read(file: Path) -> object:
    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise LexiconError(f"{file}: {error}") from error


def _phrases(file: Path, values: object, name: str) -> dict[str, list[str]]:
    for value, forms in _mapping(file, values, name).items():
        if not isinstance(forms, list) or not all(isinstance(form, str) and form.strip() for form in forms):
            raise LexiconError(f"{file}: {name}.{value}: wants a list of phrases (quote yes and no)")
    return cast("dict[str, list[str]]", values)


def _mapping(file: Path, content: object, name: str) -> dict[str, object]:
    if not isinstance(content, dict) or not content:
        raise LexiconError(f"{file}: {name}: wants names with something under each of them")
    for key in content:
        if not isinstance(key, str):
            raise LexiconError(f"{file}: {name}: {key!r} is no text; put it in quotation marks")
    return content


@functools.cache
def entity_lexicon() -> Lexicon:
    """The lexicon of `data/nlu/lexicon/entities.yml`, read once in a process. Raises LexiconError."""
    return Lexicon.load()
