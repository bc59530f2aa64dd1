"""Copies of a message as hurried people would have written it."""

from __future__ import annotations

import pytest

from jieda.nlu.augmentation import noisy_copies, written_in

TEXT = "我们公司的订阅下个月到期，怎么续费"


def test_as_many_as_asked_for_all_different_from_the_text() -> None:
    copies = noisy_copies(TEXT, 3, seed=1)
    assert len(set(copies)) == 3
    assert TEXT not in copies


def test_the_same_for_the_same_text_and_seed() -> None:
    assert noisy_copies(TEXT, 3, seed=1) == noisy_copies(TEXT, 3, seed=1)
    assert noisy_copies(TEXT, 3, seed=1) != noisy_copies(TEXT, 3, seed=2)


@pytest.mark.parametrize("text", ["对", "no", "不用", "  n ", ""])
def test_a_message_too_short_to_bear_noise_has_none(text: str) -> None:
    assert list(noisy_copies(text, 3, seed=1)) == []


def test_details_of_the_customer_stay_whole() -> None:
    for copy in noisy_copies("please call 13800138000 or write to lilei@example.com about the renewal", 20, seed=1):
        assert "13800138000" in copy
        assert "lilei@example.com" in copy


@pytest.mark.parametrize(
    ("text", "language"), [("怎么续费", "zh"), ("how to renew", "en"), ("怎么renew", "mixed"), ("续费 365", "zh")]
)
def test_the_language_a_text_is_written_in(text: str, language: str) -> None:
    assert written_in(text) == language
