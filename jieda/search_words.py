"""The words that messages are searched by: of what is written, and of what is searched for. One place for both.

Of Chinese every word that jieba's dictionary finds anywhere in the text counts, and each character for itself; a
search is cut once, by the same dictionary. So whatever stands in a message is found by any piece of it, however the
sentence around it would have been cut. Of other scripts runs of letters and digits count; a search finds longer words
that begin with its own.
"""

from __future__ import annotations

import functools
import itertools
import logging
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import jieba
from opencc import OpenCC

WORD_MAX = 64
"""Characters of a word that count."""
_WANTED_MAX = 12
"""Words of a search that count."""
_PREFIX_LEAST = 3


@dataclass(frozen=True)
class Wanted:
    """A word that is searched for; `begins`: one that begins so will do."""

    word: str
    begins: bool = False


def words_of(text: str) -> list[str]:
    """The words of a message, each once, in order; all of them letters and digits alone."""
    found: dict[str, None] = {}
    for chinese, run in _runs(text):
        if not chinese:
            found[run[:WORD_MAX]] = None
            continue
        found.update(dict.fromkeys(word for word in _dictionary().cut(run, cut_all=True) if len(word) <= WORD_MAX))
        found.update(dict.fromkeys(run))
    return list(found)


def words_wanted(query: str) -> list[Wanted]:
    """The words of a search; all of them are to be found. None: there is nothing to search for in it."""
    found: dict[Wanted, None] = {}
    for chinese, run in _runs(query):
        if chinese:
            found.update(dict.fromkeys(map(Wanted, _dictionary().cut(run, HMM=False))))
        else:
            found[Wanted(run[:WORD_MAX], begins=len(run) >= _PREFIX_LEAST)] = None
    return list(found)[:_WANTED_MAX]


def warm_up() -> None:
    """Loads the dictionary, which takes a second, before the first message wants it."""
    words_of("接答")


def _runs(text: str) -> Iterator[tuple[bool, str]]:
    """Runs of Chinese characters (True), and of other letters and digits; what lies between them falls away."""
    folded = "".join(map(_fold, text))
    for kind, run in itertools.groupby(folded, key=_kind):
        if kind is not None:
            yield kind, "".join(run)


def _kind(character: str) -> bool | None:
    if "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or character >= "\U00020000":
        return True
    return False if character.isalnum() else None


@functools.lru_cache(maxsize=16_384)
def _fold(character: str) -> str:
    """Full-width to half-width, lower case, traditional to simplified; by character, so that pieces fold alike."""
    folded = unicodedata.normalize("NFKC", character).lower()
    if not folded.isprintable():
        return " "
    return folded if folded.isascii() else str(_to_simplified().convert(folded))


@functools.cache
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


@functools.cache
def _dictionary() -> jieba.Tokenizer:
    # jieba's own dictionary alone: words that come and go with the bot's lexicon would be lost to older messages.
    jieba.setLogLevel(logging.WARNING)
    return jieba.Tokenizer()
