"""Messages in the language of their folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from jieda.nlu.annotations import parse_annotations
from jieda.nlu.corpus import LabelledMessage
from jieda.nlu.writing import wrong_language


def judged(language: str, raw: str, intent: str = "technical_how_to") -> str | None:
    text, entities = parse_annotations(raw)
    return wrong_language(LabelledMessage(text, intent, language, entities, Path("a.yml"), 1))


@pytest.mark.parametrize(
    "raw",
    [
        "怎么取消订阅",
        "Finance and Operations的文档",
        "sorry打错，wu_yt@contoso.cn",
        "web api 批量 upsert 用哪个 header 合适，文档没说清",
        "mei you",
        "buqingchu",
        "azure zhongguo wangzhi",
        "tongbu 失败了",
        "[sales hub for all](affected_app)",
        "lihua@example.com",
        "24h？",
        "886",
        "！！！",
    ],
)
def test_chinese(raw: str) -> None:
    assert judged("zh", raw) is None


@pytest.mark.parametrize(
    "raw", ["how do I renew the subscription", "renew the contract请", "export fails with an error 吗"]
)
def test_not_chinese(raw: str) -> None:
    assert "move it to mixed or en" in str(judged("zh", raw))


def test_noise_on_the_keyboard_has_no_language() -> None:
    assert judged("zh", "asdfghjkl", "out_of_scope") is None
    assert judged("zh", "asdfghjkl") is not None
    assert judged("zh", "write a poem for the spring", "out_of_scope") is not None


def test_english_has_no_chinese_character() -> None:
    assert judged("en", "mei you, thanks") is None
    assert "move it to mixed" in str(judged("en", "cancel the 合同"))


@pytest.mark.parametrize(
    ("raw", "right"), [("请close这个", True), ("请关闭ＣＲＭ", True), ("请关闭", False), ("close", False)]
)
def test_mixed_has_both(raw: str, right: bool) -> None:
    assert (judged("mixed", raw) is None) is right
