"""Messages as WeChat shows them."""

from __future__ import annotations

import re
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieda.conversations import Author, Choice, MessageEvent
from jieda.gateway.wechat.rendering import BYTES_MAX, cut, pieces, plain, size
from jieda.store.wechat_rows import Cursor

AT = datetime(2026, 3, 12, 2, 0, tzinfo=timezone.utc)
START = Cursor(0)
PHONE = "+86 400-089-0365"
LINK = "https://portal.partner.microsoftonline.cn/support?case=1"
ANCHOR = f'<a href="{LINK}">技术支持门户，请点这里</a>'
FAMILY, FLAG, KEYCAP = "👩‍👩‍👧‍👦", "🇨🇳", "1️⃣"
WHOLES = [PHONE, LINK, ANCHOR, "SR20260312-AB12", "lilei@example.com", FAMILY, FLAG, KEYCAP, "👍🏽", "é"]


def message(seq: int, text: str, *titles: str, author: Author = Author.BOT) -> MessageEvent:
    choices = tuple(Choice(f"id-{seq}-{title}", title) for title in titles)
    return MessageEvent(seq, author, text, AT, choices)


def parts(text: str, limit: int) -> list[str]:
    found = []
    while text:
        at = cut(text, limit)
        found.append(text[:at])
        text = text[at:]
    return found


class TestPlain:
    @pytest.mark.parametrize(
        ("given", "shown"),
        [
            ("**重要**：请重启", "重要：请重启"),
            ("请看[文档](https://example.com/a)。", "请看文档 https://example.com/a。"),
            ("# 步骤\n- 一\n- 二", "步骤\n· 一\n· 二"),
            ("运行 `whoami`", "运行 whoami"),
            ("5 * 3 * 2 = 30，snake_case_name", "5 * 3 * 2 = 30，snake_case_name"),
            ("一\n\n\n\n二\x07", "一\n\n二"),
        ],
    )
    def test_no_markdown(self, given: str, shown: str) -> None:
        assert plain(given) == shown

    def test_plain_text_stays(self) -> None:
        text = f"热线 {PHONE}（周一至周五）。\n门户：{LINK}"
        assert plain(text) == text
        assert plain(plain(text)) == plain(text)


class TestCut:
    @given(
        st.lists(
            st.one_of(st.sampled_from(WHOLES), st.text("一二三。，！ab \n", min_size=1, max_size=40)), max_size=60
        ),
        st.integers(150, 400),
    )
    def test_nothing_is_lost_nothing_too_long_and_what_belongs_together_stays(
        self, words: list[str], limit: int
    ) -> None:
        text = " ".join(words)
        found = parts(text, limit)
        assert "".join(found) == text
        assert all(size(each) <= limit for each in found)
        for whole in WHOLES:
            assert sum(each.count(whole) for each in found) == text.count(whole), whole

    @given(st.text(max_size=500), st.integers(4, 60))
    def test_any_text_comes_to_an_end(self, text: str, limit: int) -> None:
        found = parts(text, limit)
        assert "".join(found) == text
        assert all(0 < size(each) <= limit for each in found)

    def test_at_the_end_of_a_sentence(self) -> None:
        assert parts("第一句话在这里。第二句话在这里。第三句", 54)[0] == "第一句话在这里。第二句话在这里。"


class TestPieces:
    def test_messages_of_one_author_share_a_message(self) -> None:
        made = pieces([message(2, "一"), message(3, "二"), message(5, "三", author=Author.AGENT)], START, merged=False)
        assert [(each.text, each.after.seq) for each in made] == [("一\n\n二", 3), ("三", 5)]

    def test_all_of_them_when_every_message_counts(self) -> None:
        made = pieces([message(2, "一"), message(5, "三", author=Author.AGENT)], START, merged=True)
        assert [each.text for each in made] == ["一\n\n三"]

    def test_only_the_latest_choices_are_offered(self) -> None:
        made = pieces([message(2, "旧", "甲"), message(4, "新", "乙", "丙")], START, merged=True)
        assert [choice.title for choice in made[-1].choices] == ["乙", "丙"]
        assert len(made) == 1

    def test_a_menu_leaves_room_for_its_titles(self) -> None:
        made = pieces([message(2, "长" * 680, "选项" * 20)], START, merged=False)
        assert all(size(each.text) + sum(size(c.title) for c in each.choices) <= BYTES_MAX for each in made)
        assert made[-1].choices

    @given(st.lists(st.text("一二三。，ab \n", min_size=1, max_size=900).filter(str.strip), min_size=1, max_size=5))
    def test_delivery_may_stop_after_any_piece_and_go_on(self, texts: list[str]) -> None:
        messages = [message(seq * 2, text) for seq, text in enumerate(texts, 1)]
        whole = [each.text for each in pieces(messages, START, merged=False)]
        before, one_by_one = START, []
        while left := [each for each in messages if each.seq > before.seq]:
            piece = pieces(left, before, merged=False)[0]
            one_by_one.append(piece.text)
            before = piece.after
        squeezed = [re.sub(r"\s", "", "".join(each)) for each in (whole, one_by_one, map(plain, texts))]
        assert squeezed[0] == squeezed[1] == squeezed[2]
        assert all(size(each) <= BYTES_MAX for each in one_by_one)

    @pytest.mark.parametrize(
        ("titles", "lines"),
        [(("同意", "不同意"), ["1. 同意", "2. 不同意"]), (("5 非常满意", "4 满意"), ["5 非常满意", "4 满意"])],
    )
    def test_choices_in_a_list_bear_one_number_each(self, titles: tuple[str, ...], lines: list[str]) -> None:
        made = pieces([message(2, "问题", *titles)], START, merged=True, choices_as_text="回复数字")
        assert made[0].text.splitlines() == ["问题", *lines, "回复数字"]
