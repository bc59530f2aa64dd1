"""What becomes of Chinese on its way through an input method, a voice input or another script."""

from __future__ import annotations

import functools
import random

from opencc import OpenCC

from jieda.nlu.noise.places import han_words, one_of, put
from jieda.nlu.noise.sounds import alike, confused, syllables
from jieda.nlu.noise.tables import table
from jieda.nlu.normaliser import is_han
from jieda.nlu.segments import Segment

_SCRIPTS = ("s2t", "s2hk", "s2twp")
_SLIPS = 0.4
_WHOLE_WORD = 0.75
_ALL_PINYIN = 12


def homophone(text: str, rng: random.Random) -> str:
    """A word, or one character of it, becomes another of the same pinyin: 登录 → 登陆."""

    def slip(place: int) -> str | None:
        other = [each for each in _slips()[text[place]] if each != text[place]]
        return text[:place] + rng.choice(other) + text[place + 1 :]

    def change(word: Segment) -> str | None:
        sound = syllables(word.text)
        other = alike(word.text, sound, rng) if rng.random() < _WHOLE_WORD or len(sound) == 1 else None
        return _with(text, word, other or _one_character(word.text, sound, rng))

    slipping = [place for place, character in enumerate(text) if character in _slips()]
    changed = one_of(slipping, rng, slip) if rng.random() < _SLIPS else None
    return changed or one_of(han_words(text), rng, change) or text


def similar_sound(text: str, rng: random.Random) -> str:
    """A word becomes one that sounds nearly the same: zh and z, n and l, ing and in and the like."""

    def change(word: Segment) -> str | None:
        sound = list(syllables(word.text))
        if len(sound) != len(word.text):
            return None
        for i in rng.sample(range(len(sound)), len(sound)):
            for heard in rng.sample(confused(sound[i]), len(confused(sound[i]))):
                misheard = (*sound[:i], heard, *sound[i + 1 :])
                other = alike(word.text, misheard, rng)
                if other is None and (character := alike(word.text[i], (heard,), rng)):
                    other = word.text[:i] + character + word.text[i + 1 :]
                if other:
                    return _with(text, word, other)
        return None

    return one_of(han_words(text), rng, change) or text


def traditional(text: str, rng: random.Random) -> str:
    """The whole text in traditional characters: of the mainland's words, of Hong Kong or with those of Taiwan."""
    if not any(map(is_han, text)):
        return text
    return str(_converter(rng.choice(_SCRIPTS)).convert(text))


def pinyin_word(text: str, rng: random.Random) -> str:
    """One word in pinyin: 登录不上 → denglu 不上."""

    def change(word: Segment) -> str:
        joint = "" if rng.random() < 0.75 else " "
        return put(text, word.start, word.end, joint.join(syllables(word.text)), spaced=rng.random() < 0.5)

    return one_of(han_words(text, at_least=2), rng, change) or text


def pinyin_all(text: str, rng: random.Random) -> str:
    """A short message wholly in pinyin: by words, by syllables or without a blank."""
    if not 2 <= sum(map(is_han, text)) <= _ALL_PINYIN:
        return text
    within, between = rng.choice([("", " "), ("", " "), (" ", " "), ("", "")])
    for word in reversed(han_words(text)):
        before, after = text[: word.start], text[word.end :]
        parted = between if after[:1].isalnum() else ""
        if before[-1:].isascii() and before[-1:].isalnum():
            before += " "
        text = before + within.join(syllables(word.text)) + parted + after
    return text


def _one_character(word: str, sound: tuple[str, ...], rng: random.Random) -> str | None:
    if len(sound) != len(word):
        return None

    def change(place: int) -> str | None:
        other = alike(word[place], (sound[place],), rng)
        return other and word[:place] + other + word[place + 1 :]

    return one_of(range(len(word)), rng, change)


def _with(text: str, word: Segment, other: str | None) -> str | None:
    return text[: word.start] + other + text[word.end :] if other else None


@functools.cache
def _slips() -> dict[str, str]:
    return {character: group for group in table("slips") for character in group}


@functools.cache
def _converter(script: str) -> OpenCC:
    return OpenCC(script)
