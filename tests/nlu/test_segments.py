"""Cutting a text into words: where they stand, and what is never cut."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jieda.nlu.normaliser import normalise
from jieda.nlu.segments import DICTIONARY, Segment, segment

TERMS = [line.split()[0] for line in DICTIONARY.read_text(encoding="utf-8").splitlines() if line.strip()]

pieces = ["13800138000", "021-61234567转8001", "a@example.com", "Dynamics 365", "don't", "登录不上", "發票", "f&o", "…"]
texts = (
    st.text()
    | st.text(alphabet="ab1A .,@-'’+()/:#你好发票隻０ａ…豈𠮷\u3000\n\t\0\u200b")
    | st.lists(st.sampled_from(pieces)).map("".join)
    | st.lists(st.sampled_from(pieces)).map(" ".join)
)


def words(text: str) -> list[str]:
    return [each.text for each in segment(normalise(text))]


class TestWords:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", []),
            (" \n\t\u3000 ", []),
            ("hello", ["hello"]),
            ("I can't log in.", ["i", "ca", "n't", "log", "in", "."]),
            ("登录不上", ["登录不上"]),
            ("你好，发票怎么开？", ["你好", ",", "发票", "怎么", "开", "?"]),
            ("請問發票怎麼開", ["请问", "发票", "怎么", "开"]),
            ("Dynamics 365登录不上", ["dynamics", "365", "登录不上"]),
            ("sales模块报错", ["sales", "模块", "报错"]),
            ("我的 Teams 打不开 please help", ["我", "的", "teams", "打不开", "please", "help"]),
            ("你 好", ["你", "好"]),
        ],
    )
    def test_examples(self, text: str, expected: list[str]) -> None:
        assert words(text) == expected

    @pytest.mark.parametrize("sentence", ["{}", "我的{}有问题", "请问{}怎么用", "please check {}, thanks"])
    def test_the_terms_of_the_dictionary_stay_whole(self, sentence: str) -> None:
        assert TERMS
        assert [term for term in TERMS if term not in words(sentence.format(term))] == []


class TestContactDetails:
    @pytest.mark.parametrize(
        "written",
        [
            "lilei@example.com",
            "first.last+crm_1@mail.example.com.cn",
            "13800138000@qq.com",
            "13800138000",
            "138 0013 8000",
            "138-0013-8000",
            "+86 138 0013 8000",
            "021-61234567转8001",
            "(021) 61234567",
            "+1 (650) 253-0000",
            "400-123-4567",
        ],
    )
    @pytest.mark.parametrize(
        "sentence", ["{}", "我的联系方式是{}，谢谢", "reach me at {} please", "（{}）", "电话{}邮箱"]
    )
    def test_stay_whole(self, sentence: str, written: str) -> None:
        assert written in words(sentence.format(written))

    def test_several_beside_words(self) -> None:
        assert words("李雷lilei@example.com电话13800138000转人工") == [
            "李雷",
            "lilei@example.com",
            "电话",
            "13800138000",
            "转人工",
        ]

    def test_written_in_full_width(self) -> None:
        assert words("ｌｉｌｅｉ＠ｅｘａｍｐｌｅ．ｃｏｍ １３８００１３８０００") == [
            "lilei@example.com",
            "13800138000",
        ]


class TestProperties:
    @given(texts)
    @example("a\u3000\u3000b  c")
    def test_each_word_stands_where_it_says_in_order_and_once(self, text: str) -> None:
        normalised = normalise(text)
        position = 0
        for word in segment(normalised):
            assert normalised[word.start : word.end] == word.text
            assert position <= word.start < word.end
            position = word.end

    @given(texts)
    def test_no_word_is_blank_and_nothing_but_blanks_is_left_over(self, text: str) -> None:
        normalised = normalise(text)
        left = list(normalised)
        for word in segment(normalised):
            assert word.text.strip()
            left[word.start : word.end] = " " * len(word.text)
        assert not "".join(left).strip()


def test_a_segment_ends_behind_its_last_character() -> None:
    assert Segment("发票", 3).end == 5
