"""What customers call things: the phrases of `data/nlu/lexicon/`, found in a text whatever stands around them.

Chinese is matched character by character, so that a phrase is found wherever a word segmenter would cut; other
scripts word by word, so that "psa" is not found in "upsale".

A dictionary holds the phrases: spaCy's PhraseMatcher finds the same, but took 62 MB for 50,000 of them, and its
vocabulary grows with every new word that a customer writes.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml

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
        self._meanings: dict[str, tuple[tuple[str, str], ...]] = {}
        self._longest: dict[str, int] = {}
        for entity, values in phrases.items():
            for value, forms in values.items():
                for form in forms:
                    self._add(_UNIT.findall(normalise(form)), (entity, value))

    def _add(self, units: list[str], meaning: tuple[str, str]) -> None:
        phrase = " ".join(units)
        known = self._meanings.get(phrase, ())
        if units and meaning not in known:
            self._meanings[phrase] = (*known, meaning)
            self._longest[units[0]] = max(self._longest.get(units[0], 0), len(units))

    @classmethod
    def load(cls, file: Path = ENTITIES) -> Lexicon:
        """A file of entities, their values and the phrases of each. Raises LexiconError."""
        entities = _mapping(file, _read(file), str(file))
        return cls({entity: _phrases(file, values, entity) for entity, values in entities.items()})

    def find(self, text: str) -> tuple[Mention, ...]:
        """The mentions in a text, in order. Of overlapping ones of the same entity the longest stays."""
        units = list(_UNIT.finditer(normalise(text)))
        words = [unit[0] for unit in units]
        kept: list[Mention] = []
        found = [
            Mention(*meaning, units[start].start(), units[end - 1].end())
            for start, first in enumerate(words)
            for end in range(start + 1, min(len(words), start + self._longest.get(first, 0)) + 1)
            for meaning in self._meanings.get(" ".join(words[start:end]), ())
        ]
        for mention in sorted(found, key=lambda each: (each.start - each.end, each.start)):
            if not any(
                mention.entity == other.entity and mention.start < other.end and other.start < mention.end
                for other in kept
            ):
                kept.append(mention)
        return tuple(sorted(kept, key=lambda each: each.start))


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
