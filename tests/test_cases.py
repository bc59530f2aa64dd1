"""Cases: the number that a customer quotes."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieda.cases import NUMBER_LETTERS, CaseStatus, new_number

CHINA = ZoneInfo("Asia/Shanghai")


class TestNumber:
    @given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(CHINA)))
    def test_it_is_of_the_form_that_others_rely_on(self, at: datetime) -> None:
        assert re.fullmatch(r"SR\d{8}-[0-9A-Z]{4,}", new_number(at))

    @pytest.mark.parametrize(
        ("at", "date"),
        [
            (datetime(2026, 3, 12, 10, 0, tzinfo=CHINA), "20260312"),
            (datetime(2026, 3, 12, 0, 0, 1, tzinfo=CHINA), "20260312"),  # the 11th in UTC
            (datetime(2026, 3, 11, 16, 0, 1, tzinfo=timezone.utc), "20260311"),
            (datetime(2026, 1, 2, tzinfo=CHINA), "20260102"),
        ],
    )
    def test_it_bears_the_date_in_the_zone_given(self, at: datetime, date: str) -> None:
        assert new_number(at).startswith(f"SR{date}-")

    def test_two_of_one_moment_differ(self) -> None:
        at = datetime(2026, 3, 12, tzinfo=CHINA)
        assert len({new_number(at) for _ in range(10)}) == 10

    def test_it_can_be_read_out_on_the_telephone(self) -> None:
        assert set("01OIL").isdisjoint(NUMBER_LETTERS)
        at = datetime(2026, 3, 12, tzinfo=CHINA)
        assert all(set(new_number(at).partition("-")[2]) <= set(NUMBER_LETTERS) for _ in range(20))


def test_the_states_of_a_case() -> None:
    """They stand in the database, so their names stay."""
    assert [status.value for status in CaseStatus] == ["open", "acknowledged", "resolved"]
