"""Pinyin: what characters sound like, and the characters that somebody meant who typed their sounds."""

from __future__ import annotations

import pytest

from jieda.nlu.features import input_method, read
from jieda.nlu.pinyin import InputMethod, sound_of, syllables


class TestSyllables:
    @pytest.mark.parametrize(
        ("word", "found"),
        [
            ("fapiao", ("fa", "piao")),
            ("xian", ("xian",)),
            ("zhuanrengong", ("zhuan", "ren", "gong")),
            ("invoice", ()),
            ("", ()),
        ],
    )
    def test_a_word_as_the_fewest_syllables(self, word: str, found: tuple[str, ...]) -> None:
        assert syllables(word) == found

    @pytest.mark.parametrize("word", ["leading", "lease", "payee"])
    def test_a_lone_vowel_within_a_word_makes_it_no_pinyin(self, word: str) -> None:
        assert syllables(word) == ()


class TestSound:
    def test_characters_and_their_pinyin_sound_the_same(self) -> None:
        assert sound_of("开发票") == sound_of("kai fapiao") == "kai fa piao"

    def test_homophones_sound_the_same(self) -> None:
        assert sound_of("登陆") == sound_of("登录")

    def test_english_stays_and_punctuation_parts(self) -> None:
        assert sound_of("登录, please") == "deng lu | please"


class TestRestored:
    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("fapiao zenme kai", "发票怎么开"),
            ("woyaoxufei", "我要续费"),
            ("zhuan rengong", "转人工"),
            ("denglu 不上", "登录 不上"),
            ("qu xiao ding yue zenme nong", "取消订阅怎么弄"),
        ],
    )
    def test_what_was_meant(self, typed: str, meant: str) -> None:
        assert input_method().restored(typed) == meant

    @pytest.mark.parametrize(
        "text",
        [
            "can you open a case for me",
            "women in our team have no licence",
            "the page is so slow, change the name",
            "how do i manage seats",
            "long time no see",
            "please renew dynamics 365 sales",
            "发票什么时候开",
            "",
            "123 - ?",
        ],
    )
    def test_what_is_no_pinyin_stays(self, text: str) -> None:
        assert input_method().restored(text) == text

    def test_one_word_amid_english_stays_and_by_itself_or_amid_chinese_does_not(self) -> None:
        method = InputMethod({"我": 1_000, "们": 1_000, "我们": 2_000}, ["invoice"])
        assert method.restored("some women want an invoice") == "some women want an invoice"
        assert method.restored("women") == "我们"
        assert method.restored("women 的 invoice") == "我们 的 invoice"

    def test_a_word_that_the_field_knows_as_english_is_not_sure_to_be_pinyin(self) -> None:
        frequencies = {"大": 1_000, "塔": 500, "大塔": 900}
        assert InputMethod(frequencies, []).restored("data 没了") == "大塔 没了"
        assert InputMethod(frequencies, ["data centre"]).restored("data 没了") == "data 没了"


def test_a_message_in_pinyin_is_read_like_one_in_characters() -> None:
    typed, written = read("wo yao kai fapiao"), read("我要开发票")
    assert (typed.characters, typed.words, typed.concepts) == (written.characters, written.words, written.concepts)


def test_an_address_is_never_taken_for_pinyin() -> None:
    assert "张" not in read("my mail is zhangwei@example.cn").characters
