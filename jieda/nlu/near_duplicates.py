"""Texts that are nearly the same: Jaccard similarity of their sets of four characters, all pairs of a collection."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

THRESHOLD = 0.8
"""Above this two texts are near-duplicates."""

SHORTEST = 8
"""Characters of a text that can be a near-duplicate; of a shorter one every change counts."""

_GRAM = 4


def similarity(one: str, other: str) -> float:
    """The share of their four-character pieces that two texts have in common, 0 to 1; 0 where one has none."""
    grams, others = _grams(one), _grams(other)
    return len(grams & others) / len(grams | others) if grams and others else 0.0


def near_duplicates(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The pairs of near-duplicates as places in `texts`, the later text first, equal texts among them.

    Prefix filtering (Bayardo, Ma, Srikant: Scaling Up All Pairs Similarity Search, 2007): texts this similar share
    one of their rarest pieces, so only texts that do are compared.
    """
    grams = [_grams(text) if len(text) >= SHORTEST else frozenset() for text in texts]
    frequency = Counter(gram for each in grams for gram in each)
    index: defaultdict[str, list[int]] = defaultdict(list)
    for later, own in enumerate(grams):
        rarest = sorted(own, key=lambda gram: (frequency[gram], gram))[: _prefix(len(own))]
        earlier = {place for gram in rarest for place in index[gram]}
        for place in sorted(earlier):
            shared = len(own & grams[place])
            if shared / (len(own) + len(grams[place]) - shared) > THRESHOLD:
                yield later, place
        for gram in rarest:
            index[gram].append(later)


def _prefix(size: int) -> int:
    """How many of the rarest pieces must hold one of those shared, for at least THRESHOLD of all are shared."""
    return size - math.floor(THRESHOLD * size) + 1


def _grams(text: str) -> frozenset[str]:
    return frozenset(text[start : start + _GRAM] for start in range(len(text) - _GRAM + 1))
