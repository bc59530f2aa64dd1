"""Training data with the noise of life: for each message some copies as hurried people would have written it."""

from __future__ import annotations

import random
from collections.abc import Sequence

from jieda.nlu.noise import perturbed
from jieda.nlu.normaliser import is_han

_LEAST = 4
"""Characters of a message that bears noise; of a shorter one ("对", "no") every slip makes another word."""
_KINDS = (1, 1, 2)
"""Kinds of noise in a copy, one of them at random."""


def noisy_copies(text: str, how_many: int, seed: int) -> Sequence[str]:
    """Different texts, none of them the text itself; fewer where noise finds nothing to change.

    They depend on the text and the seed alone, so that a message keeps its copies whatever else is added.
    """
    if len(text.strip()) < _LEAST:
        return ()
    rng = random.Random(f"{seed}:{text}")
    language = written_in(text)
    copies = (perturbed(text, language, rng, rng.choice(_KINDS)) for _ in range(how_many))
    return [copy for copy in dict.fromkeys(copies) if copy != text]


def written_in(text: str) -> str:
    """zh, en or mixed, by the characters of a text alone."""
    if not any(map(is_han, text)):
        return "en"
    return "mixed" if any(character.isascii() and character.isalpha() for character in text) else "zh"
