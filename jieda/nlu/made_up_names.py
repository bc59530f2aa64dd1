"""Annotated messages once more with made-up names, so that the tagger learns how names stand and not which they are."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from jieda.nlu.annotations import AnnotatedSpan
from jieda.nlu.normaliser import is_han
from jieda.nlu.pinyin import sound_of

NAMES = Path(__file__).resolve().parent.parent.parent / "data" / "nlu" / "lexicon" / "names.yml"
_NAMED = frozenset({"contact_name", "company"})
_LONG_SURNAME = 2
_SHORT_COMPANY = 3


def with_other_names(
    text: str, spans: Sequence[AnnotatedSpan], how_many: int, seed: int
) -> Iterator[tuple[str, tuple[AnnotatedSpan, ...]]]:
    """Copies of a message, each with other names of the same kind and form; none where it names nobody."""
    if not any(span.entity in _NAMED for span in spans):
        return
    rng = random.Random(f"{seed} {text}")
    for _ in range(how_many):
        yield _renamed(text, spans, rng)


def _renamed(text: str, spans: Sequence[AnnotatedSpan], rng: random.Random) -> tuple[str, tuple[AnnotatedSpan, ...]]:
    pieces: list[str] = []
    moved: list[AnnotatedSpan] = []
    position, length = 0, 0
    for span in sorted(spans, key=lambda each: each.start):
        written = text[span.start : span.end]
        made = written
        if span.entity == "contact_name":
            made = _person(written, rng)
        elif span.entity == "company":
            made = _company(written, rng)
        pieces += [text[position : span.start], made]
        length += span.start - position
        value = span.value if span.value != written else made
        moved.append(replace(span, value=value, start=length, end=length + len(made)))
        length += len(made)
        position = span.end
    return "".join([*pieces, text[position:]]), tuple(moved)


def _person(like: str, rng: random.Random) -> str:
    parts = _parts()
    if not any(map(is_han, like)):
        return _latin_person(like, rng)
    if not all(is_han(character) or character == "·" for character in like):
        return f"{rng.choice(parts['given_en'])}{' ' if ' ' in like else ''}{rng.choice(parts['surnames_zh'])}"
    surname = rng.choice(parts["surnames_zh"])
    if len(like) == 1:
        return surname
    if like[0] in "小老" and len(like) == _LONG_SURNAME:
        return like[0] + surname
    for title in parts["titles_zh"]:
        if like.endswith(title):
            return surname + title
    return surname + _given(rng, rng.choice((1, 2, 2)) if len(like) > _LONG_SURNAME else 1)


def _latin_person(like: str, rng: random.Random) -> str:
    parts = _parts()
    words = like.split()
    title = next((f"{each} " for each in parts["titles_en"] if words[0] == each), "")
    if title:
        words = words[1:] or words
        title = f"{rng.choice(parts['titles_en'])} "
    pinyin = rng.random() < 0.4
    surname = _in_pinyin(rng.choice(parts["surnames_zh"])) if pinyin else rng.choice(parts["surnames_en"])
    given = rng.choice(parts["given_en"])
    if pinyin and rng.random() < 0.6:
        given = _in_pinyin(_given(rng, rng.choice((1, 2))))
        if len(words) > 1 and rng.random() < 0.5:
            return f"{title}{surname} {given}"
    if len(words) > 1:
        return f"{title}{given} {surname}"
    return f"{title}{surname if title or rng.random() < 0.5 else given}"


def _company(like: str, rng: random.Random) -> str:
    parts = _parts()
    if not any(map(is_han, like)):
        place = f" {rng.choice(parts['places_en'])}" if rng.random() < 0.35 else ""
        tail = f" {tail}" if (tail := rng.choice(parts["tails_en"])) else ""
        trade = f" {rng.choice(parts['trades_en'])}" if rng.random() < 0.8 or not (place or tail) else ""
        brand = rng.choice(parts["brand_en"])
        if rng.random() < 0.3:
            brand = _in_pinyin(_brand(rng))
        return f"{brand}{trade}{place}{tail}"
    if not is_han(like[0]):
        end = rng.choice((*parts["places_zh"], *parts["trades_zh"]))
        return f"{rng.choice(parts['brand_en'])}{rng.choice(('', ' '))}{end}"
    if len(like) <= _SHORT_COMPANY:
        return _brand(rng)
    place = rng.choice(parts["places_zh"]) if rng.random() < 0.6 else ""
    if rng.random() < 0.1:
        return (place or rng.choice(parts["places_zh"])) + rng.choice(parts["institutions_zh"])
    return f"{place}{_brand(rng)}{rng.choice(parts['trades_zh'])}{rng.choice(parts['tails_zh'])}"


def _given(rng: random.Random, length: int) -> str:
    return "".join(rng.choices(_parts()["given_zh"], k=length))


def _in_pinyin(name: str) -> str:
    return sound_of(name).replace(" ", "").capitalize()


def _brand(rng: random.Random) -> str:
    return "".join(rng.sample(_parts()["brand_zh"], 2))


@functools.cache
def _parts() -> dict[str, list[str]]:
    """By kind; parts of one character stand in the file as one string."""
    return {kind: list(parts) for kind, parts in yaml.safe_load(NAMES.read_text(encoding="utf-8")).items()}
