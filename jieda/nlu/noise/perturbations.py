"""The noise that customers' messages carry, for training data and for measuring how well messages are understood."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from jieda.nlu.noise.appearance import casing, full_width, no_punctuation, spaces_at_borders
from jieda.nlu.noise.chinese import homophone, pinyin_all, pinyin_word, similar_sound, traditional
from jieda.nlu.noise.keystrokes import adjacent_swap, doubled, dropped, keyboard_typo
from jieda.nlu.noise.mixing import product_names, word_switch
from jieda.nlu.noise.protected import Change, keeping_details
from jieda.nlu.noise.wording import chat_spelling, contractions, particles

_ZH, _EN, _MIXED = "zh", "en", "mixed"


@dataclass(frozen=True)
class Perturbation:
    """A kind of noise and the languages of messages ("zh", "en", "mixed") that carry it.

    `apply` takes plain text and gives plain text, the same where nothing applies, and never changes a customer's
    own details. The same text and state of the generator give the same result.
    """

    name: str
    languages: frozenset[str]
    apply: Callable[[str, random.Random], str]


def _perturbation(change: Change, *languages: str) -> Perturbation:
    return Perturbation(change.__name__, frozenset(languages), keeping_details(change))


PERTURBATIONS: tuple[Perturbation, ...] = (
    _perturbation(homophone, _ZH, _MIXED),
    _perturbation(similar_sound, _ZH, _MIXED),
    _perturbation(adjacent_swap, _ZH, _EN, _MIXED),
    _perturbation(traditional, _ZH, _MIXED),
    _perturbation(full_width, _ZH, _EN, _MIXED),
    _perturbation(pinyin_word, _ZH, _MIXED),
    _perturbation(pinyin_all, _ZH),
    _perturbation(dropped, _ZH, _EN, _MIXED),
    _perturbation(doubled, _ZH, _EN, _MIXED),
    _perturbation(keyboard_typo, _EN, _MIXED),
    _perturbation(casing, _EN, _MIXED),
    _perturbation(contractions, _EN),
    _perturbation(no_punctuation, _ZH, _EN, _MIXED),
    _perturbation(spaces_at_borders, _ZH, _MIXED),
    _perturbation(product_names, _ZH, _EN, _MIXED),
    _perturbation(particles, _ZH, _EN, _MIXED),
    _perturbation(chat_spelling, _ZH, _EN, _MIXED),
    _perturbation(word_switch, _ZH, _EN, _MIXED),
)


def perturbed(text: str, language: str, rng: random.Random, how_many: int = 1) -> str:
    """The text with so many different kinds of noise, one after the other, chosen at random among its language's.

    One that finds nothing to change does not count, so there are fewer only if no more can be applied.
    """
    left = [each for each in PERTURBATIONS if language in each.languages]
    rng.shuffle(left)
    for perturbation in left:
        if how_many <= 0:
            break
        changed = perturbation.apply(text, rng)
        how_many -= changed != text
        text = changed
    return text
