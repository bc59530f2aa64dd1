"""The form of a text that features are made of: NFKC, simplified Chinese, lower case, of the same length.

The text as written is kept beside it; because both have the same length, a span in one is the span in the other.
"""

from __future__ import annotations

import functools
import unicodedata

from opencc import OpenCC

MAX_LENGTH = 2_000
"""Characters of a message that are looked at; what comes after is kept but not understood."""


@functools.cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


@functools.lru_cache(maxsize=16_384)
def _one_to_one(character: str) -> str:
    if character == "’":
        return "'"
    folded = unicodedata.normalize("NFKC", character).lower()
    return folded if len(folded) == 1 else character


def normalise(text: str) -> str:
    """Full-width to half-width, traditional to simplified, lower case; every character stays one character."""
    folded = "".join(map(_one_to_one, text))
    if folded.isascii():
        return folded
    try:
        simplified = str(_to_simplified().convert(folded))
    except UnicodeEncodeError:
        # A lone surrogate, which OpenCC cannot take: the others one by one.
        return "".join(map(_simplified_one_to_one, folded))
    if len(simplified) == len(folded):
        return simplified
    return "".join(map(_simplified_one_to_one, folded))


def _simplified_one_to_one(character: str) -> str:
    if "\ud800" <= character <= "\udfff":
        return character
    simplified = str(_to_simplified().convert(character))
    return simplified if len(simplified) == 1 else character


def is_han(character: str) -> bool:
    """Whether the character is a Chinese one (CJK unified ideographs, extension A, compatibility)."""
    return "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff"
