"""Which Chinese characters and words sound alike, by the pinyin of jieba's dictionary, without tones."""

from __future__ import annotations

import collections
import functools
import random
from dataclasses import dataclass

import jieba
from pypinyin import lazy_pinyin

from jieda.nlu.noise.tables import table
from jieda.nlu.normaliser import is_han

# An input method offers frequent words first, so rare ones are hardly ever picked by mistake.
_LEAST_WORD = 60
_CHARACTERS = 2_800
_LONGEST = 4
_OFFERED = 5


@dataclass(frozen=True)
class Offer:
    """Words of one sound, the most frequent first, and how often each is written."""

    words: tuple[str, ...]
    frequencies: tuple[int, ...]

    def other_than(self, word: str, rng: random.Random) -> str | None:
        """One of the first few, the frequent ones more often; None if there is no other."""
        pairs = [pair for pair in zip(self.words, self.frequencies, strict=True) if pair[0] != word][:_OFFERED]
        if not pairs:
            return None
        return rng.choices([each for each, _ in pairs], [frequency**0.5 for _, frequency in pairs])[0]


@functools.lru_cache(maxsize=65_536)
def syllables(word: str) -> tuple[str, ...]:
    """The pinyin of a Chinese word as it is typed: without tones, "v" for "ü"."""
    return tuple(lazy_pinyin(word))


def alike(word: str, sound: tuple[str, ...], rng: random.Random) -> str | None:
    """Another word, or another character, of that sound; None if there is none."""
    offer = _offers().get(sound)
    return offer.other_than(word, rng) if offer else None


@functools.cache
def confused(syllable: str) -> tuple[str, ...]:
    """The syllables of Chinese that are heard for this one."""
    initials, finals = table("confused_initials"), table("confused_finals")
    heard = []
    for pair in initials:
        own = next((each for each in pair if syllable.startswith(each)), None)
        if own:
            heard.append(_other(pair, own) + syllable.removeprefix(own))
    for pair in finals:
        own = next((each for each in pair if syllable.endswith(each)), None)
        if own:
            heard.append(syllable.removesuffix(own) + _other(pair, own))
    return tuple(each for each in heard if (each,) in _offers())


def _other(pair: list[str], own: str) -> str:
    return pair[1] if own == pair[0] else pair[0]


@functools.cache
def _offers() -> dict[tuple[str, ...], Offer]:
    """Every sound and what is written for it. Takes two seconds, once in a process."""
    characters: collections.Counter[str] = collections.Counter()
    frequent: list[tuple[str, int]] = []
    with jieba.get_module_res("dict.txt") as dictionary:
        for line in dictionary:
            word, number, _ = line.decode("utf-8").split(" ")
            if len(word) > _LONGEST or not all(map(is_han, word)):
                continue
            frequency = int(number)
            for character in word:
                characters[character] += frequency
            if len(word) > 1 and frequency >= _LEAST_WORD:
                frequent.append((word, frequency))
    by_sound: dict[tuple[str, ...], list[tuple[str, int]]] = collections.defaultdict(list)
    for word, frequency in (*characters.most_common(_CHARACTERS), *frequent):
        by_sound[tuple(lazy_pinyin(word))].append((word, frequency))
    return {sound: _offer(pairs) for sound, pairs in by_sound.items()}


def _offer(pairs: list[tuple[str, int]]) -> Offer:
    pairs = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
    return Offer(tuple(word for word, _ in pairs), tuple(frequency for _, frequency in pairs))
