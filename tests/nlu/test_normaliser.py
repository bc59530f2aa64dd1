"""The normalised form of a text: one form for one thing, and each character in its place."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jieda.nlu.normaliser import is_han, normalise

# Text rich in what changes its length elsewhere: ligatures, squared words, characters of several code points.
tricky = st.text(alphabet="aZ１Ａ　ﬁ㈱㎡½İßẞ…’髮發頭著隻后裏𠮷\u0301\u200d\ufe0f\U0001f469\0\n") | st.text()


class TestNormalise:
    @pytest.mark.parametrize(
        ("text", "normalised"),
        [
            # full width
            ("ＡＢＣ１２３", "abc123"),
            ("ｌｉｌｅｉ＠ｅｘａｍｐｌｅ．ｃｏｍ", "lilei@example.com"),
            ("你好，世界！（测试）？", "你好,世界!(测试)?"),
            ("\u3000", " "),
            ("ｱ", "ア"),
            # traditional
            ("繁體中文", "繁体中文"),
            ("請問發票怎麼開", "请问发票怎么开"),
            ("頭髮", "头发"),
            ("乾燥", "干燥"),
            ("乾隆", "乾隆"),
            ("著名", "著名"),
            ("皇后在後面", "皇后在后面"),
            ("銷售模組登錄不上", "销售模组登录不上"),
            # upper case
            ("Dynamics 365 SALES", "dynamics 365 sales"),
            ("ÀÉÎ", "àéî"),
            ("Ｄ３６５ 登錄 Failed", "d365 登录 failed"),
            # as they are
            ("", ""),
            ("发票", "发票"),
            (" two  blanks\t\n", " two  blanks\t\n"),
            ("👩‍💻 𠮷野家", "👩‍💻 𠮷野家"),
        ],
    )
    def test_examples(self, text: str, normalised: str) -> None:
        assert normalise(text) == normalised

    @pytest.mark.parametrize("text", ["ﬁ", "㈱", "½", "İ", "…", "㎡"])
    def test_what_would_become_longer_stays(self, text: str) -> None:
        assert normalise(f"A{text}B") == f"a{text}b"

    @pytest.mark.parametrize("text", ["頭髮\0發票", "發票…頭髮"])
    def test_nothing_in_a_text_keeps_the_rest_from_being_simplified(self, text: str) -> None:
        assert normalise(text) == text.replace("頭髮", "头发").replace("發票", "发票")


class TestProperties:
    @given(tricky)
    @example("髮\0" * 3)
    def test_every_character_stays_one_character(self, text: str) -> None:
        assert len(normalise(text)) == len(text)

    @given(tricky)
    def test_a_second_time_changes_nothing(self, text: str) -> None:
        assert normalise(normalise(text)) == normalise(text)

    @given(st.text(alphabet=st.characters(max_codepoint=127)))
    def test_ascii_is_put_in_lower_case_and_no_more(self, text: str) -> None:
        assert normalise(text) == text.lower()

    @given(st.text(alphabet="发票登录不上我们的软件 abc,.12"))
    def test_what_is_simple_already_stays(self, text: str) -> None:
        assert normalise(text) == text

    def test_a_lone_surrogate_is_a_character_too(self) -> None:
        assert normalise("發\ud800票") == "发\ud800票"


class TestIsHan:
    @pytest.mark.parametrize("character", "一中龥發豈㐀\u9fff\ufa0e")
    def test_chinese_characters(self, character: str) -> None:
        assert is_han(character)

    @pytest.mark.parametrize("character", "aＡ1，。、「あア한é \u3000😀")
    def test_others(self, character: str) -> None:
        assert not is_han(character)
