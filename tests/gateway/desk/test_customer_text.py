"""What a customer wrote is shown to agents as text, with nothing hidden in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieda.gateway.desk.customer_text import customer_text, hidden_name, pieces


def plain(shown: str) -> str:
    """What a browser shows of it, without the marks' frames."""
    return re.sub(r"<[^>]+>", "", shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"),
        ("safe\u202etxt.exe", "safeU+202Etxt.exe"),
        ("zero\u200bwidth\ufeff", "zeroU+200BwidthU+FEFF"),
        ("bell\x07", "bellU+0007"),
        ("两行\n第二行", "两行\n第二行"),
        ("家人 👨\u200d👩\u200d👧", "家人 👨\u200d👩\u200d👧"),
        ("a\u200db", "aU+200Db"),
        (None, ""),
    ],
)
def test_it_is_text_and_what_cannot_be_seen_is_marked(text: str | None, shown: str) -> None:
    assert plain(customer_text(text)) == shown


def test_it_stands_in_a_direction_of_its_own() -> None:
    assert customer_text("שלום") == '<bdi dir="auto">שלום</bdi>'


def test_a_longer_one_is_cut() -> None:
    assert plain(customer_text("x" * 100, 10)) == "x" * 10 + "…"


@given(st.text(max_size=200))
def test_nothing_hidden_is_left_and_nothing_shown_is_lost(text: str) -> None:
    found = pieces(text)
    shown = "".join(piece for piece, hidden in found if not hidden)
    assert all(hidden_name(each) is None or each == "\u200d" for each in shown)
    assert [each for each in text if hidden_name(each) is None] == [each for each in shown if each != "\u200d"]
    assert not re.search(r"<(?!/?(bdi|span)\b)", customer_text(text))
