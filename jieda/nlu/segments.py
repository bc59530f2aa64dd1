"""Cuts a text into words: e-mail addresses and telephone numbers whole, Chinese by jieba, the rest by spaCy."""

from __future__ import annotations

import functools
import itertools
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import jieba
import spacy
from spacy.language import Language as SpacyLanguage

from jieda.contact import find_emails, find_phones
from jieda.nlu.normaliser import is_han

DICTIONARY = Path(__file__).resolve().parent.parent.parent / "data" / "nlu" / "lexicon" / "jieba.txt"


@dataclass(frozen=True)
class Segment:
    """A word of a text and the character it starts at."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@functools.cache
def _jieba() -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    cutter = jieba.Tokenizer()
    cutter.load_userdict(str(DICTIONARY))
    return cutter


def word_frequencies() -> Mapping[str, int]:
    """How often each word of jieba's dictionary is written; 0 for the beginnings of words."""
    cutter = _jieba()
    cutter.check_initialized()
    return cast("Mapping[str, int]", cutter.FREQ)


@functools.cache
def _english() -> SpacyLanguage:
    return spacy.blank("en")


def segment(text: str) -> tuple[Segment, ...]:
    """The words of the text in order, none of them blank. Offsets are those of the text given."""
    whole = sorted((*find_emails(text), *find_phones(text)), key=lambda found: found.start)
    segments: list[Segment] = []
    position = 0
    for found in whole:
        if found.start < position:
            continue
        segments.extend(_words(text, position, found.start))
        segments.append(Segment(text[found.start : found.end], found.start))
        position = found.end
    segments.extend(_words(text, position, len(text)))
    return tuple(segments)


def _words(text: str, start: int, end: int) -> Iterator[Segment]:
    position = start
    for chinese, run in itertools.groupby(text[start:end], key=is_han):
        piece = "".join(run)
        words = _jieba().cut(piece, HMM=True) if chinese else (token.text for token in _english().tokenizer(piece))
        for word, offset in _placed(words, piece):
            if word.strip():
                yield Segment(word, position + offset)
        position += len(piece)


def _placed(words: Iterator[str], piece: str) -> Iterator[tuple[str, int]]:
    offset = 0
    for word in words:
        offset = piece.index(word, offset)
        yield word, offset
        offset += len(word)
