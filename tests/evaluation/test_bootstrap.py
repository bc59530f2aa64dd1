"""Paired bootstrap: known differences and their known spread."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation import bootstrap

RIGHT_90 = np.array([True] * 900 + [False] * 100)
"""Of 1,000 messages the first 900."""
RIGHT_80 = np.array([True] * 800 + [False] * 200)


class TestDifference:
    def test_it_is_that_of_the_shares(self) -> None:
        assert bootstrap.difference(RIGHT_90, RIGHT_80).value == pytest.approx(0.1)

    def test_its_interval_is_as_wide_as_paired_differences_are_spread(self) -> None:
        # 100 of 1,000 differ: standard error √(0.1 · 0.9 / 1000) = 0.0095.
        found = bootstrap.difference(RIGHT_90, RIGHT_80)
        assert found.low == pytest.approx(0.1 - 1.96 * 0.0095, abs=0.002)
        assert found.high == pytest.approx(0.1 + 1.96 * 0.0095, abs=0.002)

    def test_arms_that_err_on_the_same_messages_differ_less_than_chance_would_have_it(self) -> None:
        other = np.roll(RIGHT_80, 300)
        paired, crossed = bootstrap.difference(RIGHT_90, RIGHT_80), bootstrap.difference(RIGHT_90, other)
        assert crossed.value == pytest.approx(paired.value)
        assert paired.high - paired.low < crossed.high - crossed.low

    def test_the_same_answers_do_not_differ_at_all(self) -> None:
        found = bootstrap.difference(RIGHT_80, RIGHT_80)
        assert (found.low, found.value, found.high) == (0.0, 0.0, 0.0)

    def test_it_is_the_same_each_time(self) -> None:
        assert bootstrap.difference(RIGHT_90, RIGHT_80) == bootstrap.difference(RIGHT_90, RIGHT_80)


class TestFewerErrors:
    def test_half_the_errors_are_50_percent_fewer(self) -> None:
        found = bootstrap.fewer_errors(RIGHT_90, RIGHT_80)
        assert found.value == pytest.approx(0.5)
        assert 0.4 < found.low < 0.5 < found.high < 0.6

    def test_more_errors_are_a_negative_share(self) -> None:
        assert bootstrap.fewer_errors(RIGHT_80, RIGHT_90).value == pytest.approx(-1.0)

    def test_messages_are_drawn_in_pairs(self) -> None:
        # All errors shared: however messages are drawn, none is avoided.
        found = bootstrap.fewer_errors(RIGHT_80, RIGHT_80)
        assert (found.low, found.high) == (0.0, 0.0)
