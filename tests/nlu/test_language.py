"""The language of a message: what is a sign of it, what is none, and how sure it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieda.nlu.language import Detected, Evidence, detect
from jieda.nlu.normaliser import is_han
from jieda.policy import Language

ZH_SENTENCE = Detected(Language.ZH, Evidence.SENTENCE)
ZH_WORDS = Detected(Language.ZH, Evidence.WORDS)
EN_SENTENCE = Detected(Language.EN, Evidence.SENTENCE)
EN_WORDS = Detected(Language.EN, Evidence.WORDS)


class TestSentences:
    @pytest.mark.parametrize(
        "text",
        [
            "你好",
            "怎么开发票？",
            "登录不上",
            "我们的系统挂了",
            "請問發票怎麼開",
            "這個問題還沒有解決嗎",
            "转人工吧，谢谢你",
            "都没有",  # 都 is a surname, but 没有 no given name
            "英语水平有限，麻烦讲中文",
            # mixed
            "我的sales模块打不开",
            "Dynamics 365 登录不上",
            "please 帮我看一下",
            "OK好的",
            "error 0x80040216 怎么办",
            "how to 开发票? 请问",
        ],
    )
    def test_chinese(self, text: str) -> None:
        assert detect(text) == ZH_SENTENCE

    @pytest.mark.parametrize(
        "text",
        [
            "I need help",
            "How do I reset my password?",
            "please",
            "yes",
            "no",
            "Thanks!",
            "it's broken",
            "it’s broken",
            "can't log in",
            "HELP",
            "Ｈｅｌｐ ｍｅ",
            "our Dynamics 365 is down",
            "the CRM",
            "server keeps crashing",
            "invoice missing tax number",
            "Thank You",
            "help me",
            # Chinese names in an English sentence
            "no, my name is 李雷",
            "no, the company is 上海示例科技",
            "I'm 韩梅梅 from 上海示例科技",
        ],
    )
    def test_english(self, text: str) -> None:
        assert detect(text) == EN_SENTENCE


class TestNoOpinion:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "  \n",
            "OK",
            "ok",
            "Okay!",
            "K",
            "hi",
            "123",
            "１２３",
            "13800138000",
            "2026-03-12",
            "18:00",
            "100%",
            "?!",
            "😀",
            "VIP",
            "CRM",
            "SLA",
            "D365",
            "365",
            "Dynamics 365",
            "Dynamics 365 Customer Service",
            "Field Service",
            "Power BI",
            "Microsoft Teams",
            "sales",
            "ERROR",
            "error 0x80040216",
            "case / ticket",
            "B2",
            "lilei@example.com",
            "13800138000 lilei@example.com",
            "www.contoso.com",
            "https://contoso.crm.dynamics.cn/main.aspx?id=1",
            "0x8004abcd",
            "8f2d1c3a-ab80-4138-a0fe-001380aabbcc",
            "A1",
            "10:30am",
            "KB4012345",
            "https://contoso.com/how-to/get-help",
        ],
    )
    def test_neutral(self, text: str) -> None:
        assert detect(text) is None

    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("客服模块", "客服模块"),
            ("OK, 李雷", "李雷"),
            ("ok: Grace Hall", "Grace Hall"),
        ],
    )
    def test_what_is_ignored_is_no_sign(self, text: str, written: str) -> None:
        start = text.index(written)
        assert detect(text) is not None
        assert detect(text, [(start, start + len(written))]) is None

    def test_around_it_there_may_be_one(self) -> None:
        assert detect("lilei@example.com 谢谢你", [(0, 17)]) == ZH_SENTENCE
        assert detect("李雷 is my name", [(0, 2)]) == EN_SENTENCE


class TestNames:
    """The answer to "what is your name?" does not change the language that is spoken."""

    @pytest.mark.parametrize(
        "text",
        [
            "李雷",
            "欧阳娜娜",
            "張偉",
            "王小明 ",
            "腾讯",
            "上海贸易公司",
            "发票",
            "张有福",
            "李在明",
            "北京科技有限公司",
        ],
    )
    def test_chinese(self, text: str) -> None:
        assert detect(text) == ZH_WORDS

    @pytest.mark.parametrize(
        "text",
        [
            "Grace",
            "grace",
            "Grace Hall",
            "Li Lei",
            "O'Brien",
            "Jean-Luc Picard",
            "Contoso",
            "Contoso Ltd.",
            "Northwind Traders Inc",
            "Johnson & Johnson",
            "21Vianet",
            "grace hall",
            "zhang san",
            "contoso ltd",
            "Will Smith",
            "Li An",
        ],
    )
    def test_english(self, text: str) -> None:
        assert detect(text) == EN_WORDS


class TestProperties:
    @given(st.text())
    def test_without_chinese_characters_it_is_not_chinese_and_with_them_it_is_of_some_language(self, text: str) -> None:
        found = detect(text)
        if any(map(is_han, text)):
            assert found is not None
        else:
            assert found is None or found.language is Language.EN

    @given(st.text(alphabet="0123456789 .,:/-+()?!，。？！（）😀\n"))
    def test_figures_and_punctuation_are_of_no_language(self, text: str) -> None:
        assert detect(text) is None

    @given(st.text())
    def test_all_of_a_text_ignored_leaves_nothing(self, text: str) -> None:
        assert detect(text, [(0, len(text))]) is None
