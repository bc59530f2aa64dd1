"""Slips of the finger: characters swapped, left out, typed twice or on the neighbouring key."""

from __future__ import annotations

import functools
import random
import re

from jieda.nlu.noise.places import latin_words
from jieda.nlu.noise.tables import table
from jieda.nlu.normaliser import is_han

_LEAST_WORD = 4
"""Letters of a Latin word that is misspelt; of a shorter one not enough is left to know it by."""
_LEAST_HAN = 3
_HAN_RUN = re.compile("[\u3400-\u9fff\uf900-\ufaff]{2,}")
_ONE_MORE_PER = 80
"""Characters of a message for each further slip of the finger on an English keyboard."""


def adjacent_swap(text: str, rng: random.Random) -> str:
    """Two neighbouring characters of a Latin word (not its first letter) or of a run of Chinese change places."""
    places = [i for word in latin_words(text, _LEAST_WORD) for i in range(word.start() + 1, word.end() - 1)]
    places += [i for run in _HAN_RUN.finditer(text) for i in range(run.start(), run.end() - 1)]
    places = [i for i in places if text[i] != text[i + 1] and _is_written(text[i]) and _is_written(text[i + 1])]
    if not places:
        return text
    i = rng.choice(places)
    return text[:i] + text[i + 1] + text[i] + text[i + 2 :]


def dropped(text: str, rng: random.Random) -> str:
    """A character left out, never the first letter of a word nor one of a message of two characters."""
    places = _places(text)
    if not places:
        return text
    i = rng.choice(places)
    return text[:i] + text[i + 1 :]


def doubled(text: str, rng: random.Random) -> str:
    """A character typed twice."""
    places = _places(text)
    if not places:
        return text
    i = rng.choice(places)
    return text[: i + 1] + text[i:]


def keyboard_typo(text: str, rng: random.Random) -> str:
    """A letter replaced by that of a neighbouring key; in a long message more than one."""
    places = [i for word in latin_words(text, _LEAST_WORD) for i in range(*word.span()) if text[i].lower() in _beside()]
    characters = list(text)
    for i in rng.sample(places, min(len(places), 1 + len(text) // _ONE_MORE_PER)):
        slipped = rng.choice(_beside()[text[i].lower()])
        characters[i] = slipped.upper() if text[i].isupper() else slipped
    return "".join(characters)


def _places(text: str) -> list[int]:
    places = [i for word in latin_words(text, _LEAST_WORD) for i in range(word.start() + 1, word.end())]
    han = [i for i, character in enumerate(text) if is_han(character)]
    if len(han) >= _LEAST_HAN:
        places += han
    return [i for i in places if _is_written(text[i])]


def _is_written(character: str) -> bool:
    return character not in "'’"


@functools.cache
def _beside() -> dict[str, str]:
    """The letters on the keys around each letter."""
    beside: dict[str, str] = {}
    rows: list[str] = table("keyboard")
    for number, row in enumerate(rows):
        above = rows[number - 1] if number else ""
        below = rows[number + 1] if number + 1 < len(rows) else ""
        for i, letter in enumerate(row):
            around = row[max(0, i - 1) : i], row[i + 1 : i + 2], above[i : i + 2], below[max(0, i - 1) : i + 1]
            beside[letter] = "".join(around)
    return beside
