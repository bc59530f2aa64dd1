"""The words that messages are searched by."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieda.search_words import WORD_MAX, Wanted, words_of, words_wanted

SENTENCES = (
    "登录不了系统，一直提示密码错误，用户急着下单",
    "上个月的发票抬头开错了怎么办",
    "我们公司三十个人的订阅到月底就不要了",
    "导入客户数据时报错，页面卡死",
    "请问工作日几点上班，周末有人接电话吗",
)


def finds(query: str, text: str) -> bool:
    words = words_of(text)
    return all(
        any(word == each.word or (each.begins and word.startswith(each.word)) for word in words)
        for each in words_wanted(query)
    )


class TestChinese:
    @given(st.sampled_from(SENTENCES), st.data())
    @settings(max_examples=300, deadline=None)
    def test_a_message_is_found_by_any_piece_of_it(self, sentence: str, data: st.DataObject) -> None:
        start = data.draw(st.integers(0, len(sentence) - 1))
        end = data.draw(st.integers(start + 1, len(sentence)))
        assert finds(sentence[start:end], sentence)

    @pytest.mark.parametrize("query", ["發票", "发票 抬头", "抬头 发票", "票", "发票抬头开错"])
    def test_words_are_found_in_either_script_and_any_order(self, query: str) -> None:
        assert finds(query, SENTENCES[1])

    @pytest.mark.parametrize("query", ["退款", "发票 退款", "票据"])
    def test_all_words_must_be_there(self, query: str) -> None:
        assert not finds(query, SENTENCES[1])

    def test_characters_far_apart_make_no_word(self) -> None:
        assert not finds("发错", "发票开错了")


class TestEnglish:
    @pytest.mark.parametrize("query", ["INVOICE", "invo", "invoice wrong", "ＷＲＯＮＧ"])
    def test_capitals_width_and_endings_do_not_matter(self, query: str) -> None:
        assert finds(query, "All Invoices of May are wrong!")

    @pytest.mark.parametrize("query", ["voice", "in voice", "wro ng"])
    def test_pieces_from_within_a_word_find_nothing(self, query: str) -> None:
        assert not finds(query, "All Invoices of May are wrong!")

    def test_one_or_two_letters_stand_for_themselves(self) -> None:
        assert words_wanted("it CRM") == [Wanted("it"), Wanted("crm", begins=True)]

    @pytest.mark.parametrize("query", ["SR20261127-AB3CD", "sr20261127", "13800138000", "li@example.com", "CRM系统"])
    def test_numbers_addresses_and_mixed_writing_are_found(self, query: str) -> None:
        assert finds(query, "SR20261127-AB3CD：CRM系统打不开，13800138000，Li@Example.com")


class TestAnything:
    @given(st.text(max_size=60))
    @settings(max_examples=300, deadline=None)
    def test_words_are_letters_and_digits_alone(self, text: str) -> None:
        words = words_of(text)
        assert all(word.isalnum() and len(word) <= WORD_MAX for word in words)
        assert len(words) == len(set(words))

    @pytest.mark.parametrize("query", ["", "  ", "？！", "\u200b\u202e", "😀", "\ud800", "\0", "'\"*:&|!()"])
    def test_without_letters_there_is_nothing_to_search_for(self, query: str) -> None:
        assert words_wanted(query) == []
