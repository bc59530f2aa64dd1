"""Near-duplicates, against comparing every text with every other."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from jieda.nlu.near_duplicates import SHORTEST, THRESHOLD, near_duplicates, similarity

# Few pieces, so that drawn texts have much in common.
TEXTS = st.lists(st.lists(st.sampled_from(["发票", "怎么开", "abcdefgh", "renew", "x"]), max_size=8).map("".join))


def test_similarity_is_the_share_of_common_pieces() -> None:
    assert similarity("abcdef", "abcdeg") == 2 / 4
    assert similarity("abcdef", "abcdef") == 1
    assert similarity("abc", "abc") == 0


@given(TEXTS)
def test_it_finds_what_comparing_all_pairs_finds(texts: list[str]) -> None:
    expected = {
        (later, earlier)
        for earlier, later in itertools.combinations(range(len(texts)), 2)
        if min(len(texts[earlier]), len(texts[later])) >= SHORTEST
        and similarity(texts[earlier], texts[later]) > THRESHOLD
    }
    assert sorted(near_duplicates(texts)) == sorted(expected)


def test_the_threshold_itself_is_not_near() -> None:
    eight_pieces, ten_pieces, eleven_pieces = "abcdefghijk", "abcdefghijklm", "abcdefghijklmn"
    assert similarity(eight_pieces, ten_pieces) == THRESHOLD
    assert list(near_duplicates([eight_pieces, ten_pieces])) == []
    assert list(near_duplicates([ten_pieces, eleven_pieces])) == [(1, 0)]


def test_short_texts_are_left_to_exact_equality() -> None:
    assert list(near_duplicates(["abcdefg", "abcdefg"])) == []
    assert list(near_duplicates(["abcdefgh", "abcdefgh"])) == [(1, 0)]
