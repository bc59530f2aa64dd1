"""Finds apps, severities, names and companies by a conditional random field learnt from annotated messages."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pycrfsuite

from jieda.nlu.annotations import AnnotatedSpan
from jieda.nlu.entities import Entity
from jieda.nlu.lexicon import entity_lexicon
from jieda.nlu.made_up_names import with_other_names
from jieda.nlu.normaliser import is_han
from jieda.nlu.segments import Segment
from jieda.nlu.sequence import Unit, features_of, units_of

TAGGED = frozenset({"affected_app", "severity", "contact_name", "company"})

_MODEL, _SEEN = "entities.crfsuite", "seen.json"
_SEED = 42
_ANY_APP = "any"
_OUTSIDE = "O"
_SUREST = 0.999
"""A guess stays one: 1 is what rules find (jieda/intake/belief.py)."""


class NothingToLearn(ValueError):
    """No message is annotated with any of `TAGGED`."""

    code = "nothing_to_learn"


@dataclass(frozen=True)
class Example:
    """A message as written and its annotations."""

    text: str
    spans: tuple[AnnotatedSpan, ...] = ()


@dataclass(frozen=True)
class Tagged:
    """An entity and how sure it is, from 0 to 1."""

    entity: Entity
    confidence: float


@dataclass(frozen=True)
class Settings:
    """`copies` of each annotated message with other names or severities; messages `without` entities to learn from."""

    copies: int = 2
    without: int = 3_000
    iterations: int = 60
    l1: float = 0.05
    l2: float = 0.05


class EntityTagger:
    """A trained tagger. Not for several threads at a time."""

    def __init__(self, model: bytes, seen: Mapping[str, int]) -> None:
        self._model = model  # the tagger below reads from it for as long as it lives
        self._seen = seen
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(model)

    @classmethod
    def fit(cls, examples: Sequence[Example], settings: Settings, folder: Path) -> EntityTagger:
        """Learns, and leaves the model in a folder. Raises NothingToLearn."""
        own = [_seen_in(example) for example in examples]
        seen: Counter[str] = Counter()
        for words in own:
            seen.update(words)
        trainer = pycrfsuite.Trainer(verbose=False)
        trainer.set_params(
            {
                "c1": settings.l1,
                "c2": settings.l2,
                "max_iterations": settings.iterations,
                "feature.minfreq": 2,
                "feature.possible_transitions": True,
            }
        )
        learnt = set()
        for example, words in _learnt_from(examples, own, settings):
            units = units_of(example.text)
            tags = _tags(example, units)
            # A word counts as seen only where other messages have it: a new one never has.
            elsewhere = {unit.text: seen[unit.text] - words[unit.text] for unit in units}
            trainer.append(features_of(example.text, units, elsewhere), tags)
            learnt.update(tags)
        if learnt <= {_OUTSIDE}:
            raise NothingToLearn(f"No message is annotated with {' or '.join(sorted(TAGGED))}")
        trainer.train(str(folder / _MODEL))
        (folder / _SEEN).write_text(json.dumps(seen, ensure_ascii=False, sort_keys=True), encoding="utf-8")
        return cls.load(folder)

    @classmethod
    def load(cls, folder: Path) -> EntityTagger:
        return cls((folder / _MODEL).read_bytes(), json.loads((folder / _SEEN).read_text(encoding="utf-8")))

    @staticmethod
    def is_in(folder: Path) -> bool:
        """Whether a tagger was left in a folder."""
        return (folder / _MODEL).is_file()

    def find(self, text: str, words: Sequence[Segment] | None = None) -> tuple[Tagged, ...]:
        """The entities of a text, in order. `words`: those of the normalised text, where they are known already."""
        units = units_of(text)
        if not units:
            return ()
        self._tagger.set(features_of(text, units, self._seen, words))
        tags = self._tagger.tag()
        return tuple(
            Tagged(_entity(label, text, units[first].start, units[last - 1].end), self._confidence(tags, first, last))
            for label, first, last in _runs(tags)
        )

    def _confidence(self, tags: Sequence[str], first: int, last: int) -> float:
        return min(_SUREST, *(float(self._tagger.marginal(tags[i], i)) for i in range(first, last)))


# --- What is learnt from


def _seen_in(example: Example) -> Counter[str]:
    """The Latin words of a message that are no names."""
    names = [span for span in example.spans if span.entity in ("contact_name", "company")]
    return Counter(
        unit.text
        for unit in units_of(example.text)
        if unit.text.isalpha()
        and not is_han(unit.text[0])
        and not any(span.start <= unit.start < span.end for span in names)
    )


def _learnt_from(
    examples: Sequence[Example], own: Sequence[Counter[str]], settings: Settings
) -> Iterator[tuple[Example, Counter[str]]]:
    """The annotated messages with their copies, and some of the others."""
    rng = random.Random(_SEED)
    severities = _severities(examples)
    others = []
    for example, words in zip(examples, own, strict=True):
        if not example.spans:
            others.append((example, words))
            continue
        yield example, words
        for text, spans in with_other_names(example.text, example.spans, settings.copies, _SEED):
            yield Example(text, spans), words
        if any(span.entity == "severity" for span in example.spans):
            for _ in range(settings.copies):
                yield _with_other_severity(example, severities, rng), words
    yield from rng.sample(others, min(settings.without, len(others)))


def _severities(examples: Sequence[Example]) -> dict[tuple[str, bool], list[str]]:
    """What is annotated as of a severity, by its value and whether it is English."""
    found: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for example in examples:
        for span in example.spans:
            if span.entity == "severity":
                written = example.text[span.start : span.end]
                found[span.value, written.isascii()].append(written)
    return found


def _with_other_severity(
    example: Example, severities: Mapping[tuple[str, bool], Sequence[str]], rng: random.Random
) -> Example:
    """The message with what another one says of the same severity: both take a cause and a consequence alike."""
    text, spans, position = "", [], 0
    for span in sorted(example.spans, key=lambda each: each.start):
        text += example.text[position : span.start]
        written = example.text[span.start : span.end]
        if span.entity == "severity":
            written = rng.choice(severities[span.value, written.isascii()])
        spans.append(AnnotatedSpan(span.entity, span.value, len(text), len(text) + len(written)))
        text += written
        position = span.end
    return Example(text + example.text[position:], tuple(spans))


# --- Tags: "B-…" begins an entity, "I-…" goes on with it, "O" is outside


def _tags(example: Example, units: Sequence[Unit]) -> list[str]:
    tags = [_OUTSIDE] * len(units)
    for span in example.spans:
        if span.entity not in TAGGED:
            continue
        label = f"severity.{span.value}" if span.entity == "severity" else span.entity
        inside = [i for i, unit in enumerate(units) if span.start <= unit.start and unit.end <= span.end]
        for place, i in enumerate(inside):
            tags[i] = f"{'I' if place else 'B'}-{label}"
    return tags


def _runs(tags: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Each entity's label, the unit it begins with and the one behind it."""
    label, first = "", 0
    for i, tag in enumerate((*tags, _OUTSIDE)):
        if label and tag != f"I-{label}":
            yield label, first, i
            label = ""
        if tag != _OUTSIDE and not label:
            label, first = tag[2:], i


def _entity(label: str, text: str, start: int, end: int) -> Entity:
    kind, _, value = label.partition(".")
    written = text[start:end]
    return Entity(kind, value or (_app(written) if kind == "affected_app" else written), start, end)


def _app(written: str) -> str:
    """Which app is meant; that any of them may be where it has no name of its own (CE)."""
    mentions = [each for each in entity_lexicon().find(written) if each.entity.startswith("affected_app")]
    named = sorted(mentions, key=lambda each: (each.value == _ANY_APP, each.start - each.end))
    return named[0].value if named else _ANY_APP
