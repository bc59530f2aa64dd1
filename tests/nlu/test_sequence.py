"""What the tagger sees of a text."""

from __future__ import annotations

import pytest

from jieda.nlu.normaliser import MAX_LENGTH
from jieda.nlu.sequence import features_of, units_of


def features(text: str, unit: str, **seen: int) -> set[str]:
    units = units_of(text)
    place = next(i for i, each in enumerate(units) if each.text == unit)
    return set(features_of(text, units, seen)[place])


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("D365里的客服", ["d365", "里", "的", "客", "服"]),
        ("Birgit Schäfer, it's me", ["birgit", "schäfer", ",", "it's", "me"]),
        ("ＣＲＭ壞了", ["crm", "坏", "了"]),
        (" \n", []),
    ],
)
def test_units(text: str, units: list[str]) -> None:
    assert [each.text for each in units_of(text)] == units


def test_units_know_where_they_stand() -> None:
    text = "  客服 Hub"
    assert [text[each.start : each.end] for each in units_of(text)] == ["客", "服", "Hub"]


def test_nothing_is_seen_beyond_what_is_looked_at() -> None:
    assert len(units_of("坏" * (MAX_LENGTH + 5))) == MAX_LENGTH


def test_a_word_in_capitals_that_is_seldom_seen_may_be_a_name() -> None:
    assert "capital0" in features("ask for Ingrid", "ingrid")
    assert "capital3" in features("ask for Support", "support", support=20)


def test_pinyin_is_known() -> None:
    assert "pinyin" in features("Wang Xiaohong", "xiaohong")
    assert "pinyin" not in features("Wang Smith", "smith")


def test_neighbours_are_seen_with_their_distance() -> None:
    assert {"-1w=for", "-2w=ask", "1edge"} <= features("ask for Ingrid", "ingrid")


def test_what_the_lexicons_know_is_seen() -> None:
    assert "B-affected_app.field_service" in features("现场服务打不开", "现")
    assert "B-severity.critical" in features("now an outage", "outage")


def test_cues_count_for_the_clause_that_they_stand_in() -> None:
    assert "clause=everybody+stopped" in features("所有门店都停了，谢谢", "门")
    assert "clause=everybody" not in features("所有门店都停了，谢谢", "谢")


def test_characters_before_a_companys_tail_are_marked() -> None:
    assert "ahead" in features("我在海蓝物流有限公司", "蓝")
    assert "ahead" not in features("我在海蓝物流有限公司", "我")
