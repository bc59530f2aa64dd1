"""Where in a text something can be changed, and putting another word there."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from jieda.nlu.noise.tables import table
from jieda.nlu.normaliser import is_han
from jieda.nlu.segments import Segment, segment

Place = TypeVar("Place")

_LATIN_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")


# A training run perturbs each message several times, and cutting Chinese into words costs more than all the rest.
@functools.lru_cache(maxsize=65_536)
def words(text: str) -> tuple[Segment, ...]:
    """The words of a text, as the tokenizer cuts it."""
    return segment(text)


def han_words(text: str, at_least: int = 1) -> list[Segment]:
    """The words that are Chinese through and through, of so many characters or more."""
    return [word for word in words(text) if len(word.text) >= at_least and all(map(is_han, word.text))]


def latin_words(text: str, at_least: int = 1) -> list[re.Match[str]]:
    """The words in Latin letters, of so many letters or more."""
    return [match for match in _LATIN_WORD.finditer(text) if len(match[0]) >= at_least]


def one_of(places: Iterable[Place], rng: random.Random, change: Callable[[Place], str | None]) -> str | None:
    """The text with one place changed: the first, in a random order, at which the change can be made."""
    left = list(places)
    rng.shuffle(left)
    return next((changed for place in left if (changed := change(place)) is not None), None)


def put(text: str, start: int, end: int, word: str, spaced: bool) -> str:
    """The text with a word in the place of another; `spaced` sets a blank between it and Chinese beside it.

    Two Latin words never run together, and a blank that would then part two Chinese ones goes.
    """
    before, after = text[:start], text[end:]
    if is_han(word[0]):
        before = _closed_up(before, last=True)
    elif before and (_is_latin(before[-1]) or (spaced and is_han(before[-1]))):
        before += " "
    if is_han(word[-1]):
        after = _closed_up(after, last=False)
    elif after and (_is_latin(after[0]) or (spaced and is_han(after[0]))):
        after = " " + after
    return before + word + after


def written(word: str) -> str:
    """A word of a lexicon, which are all in lower case, with its acronyms in capitals."""
    acronyms = table("acronyms")
    return " ".join(part.upper() if part in acronyms else part for part in word.split(" "))


def cased_like(word: str, model: str) -> str:
    """The word in capitals, or with one, where the other has them."""
    if len(model) > 1 and model.isupper():
        return word.upper()
    first = word[:1].upper() if model[:1].isupper() else word[:1].lower() if model[:1].islower() else word[:1]
    return first + word[1:]


def _closed_up(text: str, last: bool) -> str:
    bare = text.rstrip(" ") if last else text.lstrip(" ")
    return bare if bare and is_han(bare[-1 if last else 0]) else text


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
