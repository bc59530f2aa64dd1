"""Cells of an export stand for themselves in a spreadsheet."""

from __future__ import annotations

import pytest

from jieda.transcript_export import safe_cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u3000=1", "＝1+1", "＋1", "－1", "＠x", "\n=1"]
)
def test_what_might_be_a_formula_is_marked_as_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["发票", "a=b", "1-2", "'quoted", "", "  x"])
def test_everything_else_stays(text: str) -> None:
    assert safe_cell(text) == text


def test_nothing_is_an_empty_cell_and_numbers_are_written() -> None:
    assert (safe_cell(None), safe_cell(0), safe_cell(0.91)) == ("", "0", "0.91")
