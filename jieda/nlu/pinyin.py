"""Chinese by its sound: what characters are typed as, and what somebody meant who typed nothing but that.

Sounds are syllables without tones, as an input method takes them: "v" for "ü".
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from jieda.nlu.normaliser import is_han

SYLLABLES = Path(__file__).resolve().parent.parent.parent / "data" / "nlu" / "lexicon" / "pinyin.txt"

_UNIT = re.compile(r"[a-z]+(?:'[a-z]+)?|[0-9]+|[^\sa-z0-9]")
_LATIN = re.compile(r"[a-z]+(?:'[a-z]+)*")
_BREAK = "|"
_LONGEST_SYLLABLE = 6
_LONGEST_WORD = 4
_LONGEST_PHRASE = 6
_RARE = 300
"""Times that a word stands in the counts: a rarer one is hardly ever what was meant."""
_PHRASE = math.log(3_000)
"""The weight of a phrase of this field: that of a word that stands in the counts so many times."""
_UNKNOWN = -25.0
_A_NAME = 2
"""Syllables that may be no more than a name."""
_THROUGHOUT = 0.5
_SURE = 0.4
"""Share of the syllables in a row that stand in no English word, from which on all of the row may be pinyin."""
_IN_WORDS = 0.5
"""Share of the characters found for it that must stand in words of two or more: names and English do not."""


@functools.cache
def _sounds() -> dict[str, str]:
    """The sound of each character."""
    lines = SYLLABLES.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" ") for line in lines if not line.startswith("#"))
    return {character: syllable for syllable, characters in pairs for character in characters}


@functools.cache
def _syllables() -> frozenset[str]:
    return frozenset(_sounds().values())


@functools.lru_cache(maxsize=4_096)
def syllables(word: str) -> tuple[str, ...]:
    """A Latin word of small letters as the fewest syllables of pinyin; empty when it is none."""
    ways: list[tuple[str, ...] | None] = [(), *[None] * len(word)]
    for start, way in enumerate(ways):
        if way is None:
            continue
        # "a", "e" and "o" are syllables of their own only where they stand alone: "manage" is no pinyin.
        for end in range(start + min(2, len(word)), min(len(word), start + _LONGEST_SYLLABLE) + 1):
            longer = (*way, word[start:end])
            known = ways[end]
            if word[start:end] in _syllables() and (known is None or len(longer) < len(known)):
                ways[end] = longer
    return ways[-1] or ()


def sound_of(text: str) -> str:
    """A normalised text as syllables between blanks; of a word that is no pinyin the word, of punctuation a break."""
    heard: list[str] = []
    for unit in _UNIT.findall(text):
        if is_han(unit):
            heard.append(_sounds().get(unit, unit))
        elif len(unit) > 1 and unit.isascii() and unit.isalpha():
            heard.extend(syllables(unit) or (unit,))
        else:
            heard.append(_BREAK)
    return " ".join(heard)


class InputMethod:
    """Turns pinyin into the likeliest characters, as the input method would have done that the customer lacked.

    `frequencies` counts the words of Chinese in general; `phrases` are those of this field, in either language: words
    of Latin letters in them are not taken for pinyin where they stand alone.
    """

    def __init__(self, frequencies: Mapping[str, int], phrases: Iterable[str]) -> None:
        self._words: dict[str, tuple[str, float]] = {}
        total = math.log(sum(frequencies.values()) or 1)
        for word, times in frequencies.items():
            if times and len(word) <= _LONGEST_WORD and (times >= _RARE or len(word) == 1):
                self._offer(word, math.log(times) - total)
        latin = []
        for phrase in phrases:
            if not phrase.isascii() and 2 <= len(phrase) <= _LONGEST_PHRASE:
                self._offer(phrase, _PHRASE - total)
            latin.append(_LATIN.findall(phrase))
        self._latin = {word for words in latin if not self._is_written_out(words) for word in words}

    def _is_written_out(self, words: Sequence[str]) -> bool:
        """Whether a phrase in Latin letters is itself pinyin."""
        heard = [syllables(word) for word in words]
        sounds = tuple(itertools.chain(*heard))
        return all(heard) and len(sounds) > 1 and all(len(word) > 1 for word in self._likeliest(sounds))

    def _offer(self, word: str, weight: float) -> None:
        try:
            sound = " ".join(_sounds()[character] for character in word)
        except KeyError:
            return
        if sound not in self._words or self._words[sound][1] < weight:
            self._words[sound] = word, weight

    def restored(self, text: str) -> str:
        """A normalised text with characters in the place of its pinyin."""
        rows = list(_rows(text))
        if not rows:
            return text
        sure = [sum(len(heard) for word, heard in row if word[0] not in self._latin) for row in rows]
        # Somebody writes pinyin throughout when most of the words can be nothing else.
        sure_words = sum(word[0] not in self._latin for row in rows for word, _ in row)
        throughout = sum(sure) > _A_NAME and sure_words >= _THROUGHOUT * len(_LATIN.findall(text))
        in_chinese = any(map(is_han, text))
        pieces, position = [], 0
        for row, surely in zip(rows, sure, strict=True):
            heard = tuple(syllable for _, those in row for syllable in those)
            words = self._likeliest(heard)
            in_words = sum(len(word) for word in words if len(word) > 1)
            # One word amid English is a place, or English after all ("women").
            may_be = in_chinese or len(row) > 1 or len(row[0][0][0]) == len(text)
            if throughout or (may_be and surely >= _SURE * len(heard) and in_words >= _IN_WORDS * len(heard)):
                pieces += [text[position : row[0][0].start()], *words]
                position = row[-1][0].end()
        return "".join([*pieces, text[position:]])

    def _likeliest(self, heard: tuple[str, ...]) -> list[str]:
        """The words that a row of syllables most likely is."""
        best: list[tuple[float, int, str]] = [(0.0, 0, "")]
        for end in range(1, len(heard) + 1):
            ways = [(best[end - 1][0] + _UNKNOWN, end - 1, heard[end - 1])]
            for start in range(max(0, end - _LONGEST_PHRASE), end):
                if found := self._words.get(" ".join(heard[start:end])):
                    ways.append((best[start][0] + found[1], start, found[0]))
            best.append(max(ways))
        words, end = [], len(heard)
        while end:
            _, end, word = best[end]
            words.append(word)
        return words[::-1]


def _rows(text: str) -> Iterator[list[tuple[re.Match[str], tuple[str, ...]]]]:
    """Words of a text, one beside the other, that may be pinyin, and the syllables of each."""
    row: list[tuple[re.Match[str], tuple[str, ...]]] = []
    for match in _LATIN.finditer(text):
        heard = syllables(match[0].replace("'", ""))
        if row and not (heard and text[row[-1][0].end() : match.start()].isspace()):
            yield row
            row = []
        if heard:
            row.append((match, heard))
    if row:
        yield row
