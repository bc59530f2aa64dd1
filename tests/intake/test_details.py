"""Answers that are more or less than an answer: corrections, a second matter, questions that name a category."""

from __future__ import annotations

import pytest

from jieda.intake import Cue, Known, Mention, Message, read
from jieda.policy import policy

KEPT = {
    "language": "zh",
    "support_category": "billing",
    "privacy_consent": True,
    "contact_name": "韩梅梅",
    "company": "北京样例贸易有限公司",
}


@pytest.mark.parametrize(
    ("slot", "text", "name"),
    [
        ("contact_name", "名字写错了，是李雷", "李雷"),
        ("contact_name", "姓名不对，应该是Grace Hall", "Grace Hall"),
        ("contact_name", "Sorry, my name is actually Grace Hall", "Grace Hall"),
        ("company", "公司写错了，是Example Trading Ltd", "Example Trading Ltd"),
        ("company", "公司名称不对，应该是上海示例科技有限公司。", "上海示例科技有限公司"),
        ("company", "the company is wrong, it is Example Trading Ltd", "Example Trading Ltd"),
    ],
)
def test_a_name_is_corrected_at_once(slot: str, text: str, name: str) -> None:
    said = Message(text, "answer_correction", (Mention("detail", slot),))
    assert read(said, Known(KEPT, "contact_phone"), policy())[slot] == name


@pytest.mark.parametrize("text", ["公司是错的", "公司写错了", "the company is wrong", "公司不是这个"])
def test_what_is_only_wrong_is_asked_again(text: str) -> None:
    said = Message(text, "answer_correction", (Mention("detail", "company"),))
    assert read(said, Known(KEPT, "contact_phone"), policy())["company"] is None


@pytest.mark.parametrize("asked", ["contact_name", "company", "contact_phone", "issue_summary"])
def test_a_second_matter_answers_no_question(asked: str) -> None:
    text = "还有一个问题，报表一直报错打不开"
    said = Message(text, "technical_problem", (Mention("cue", Cue.ANOTHER.value),))
    kept = {slot: value for slot, value in KEPT.items() if slot != asked}
    changes = read(said, Known({**kept, "wants_case": False}, asked), policy())
    assert changes == {"next_issue": {"category": "technical", "summary": text}}


@pytest.mark.parametrize(("text", "severity"), [("Critical", "critical"), ("Non-critical", "non_critical")])
def test_a_severity_named_is_an_answer_though_it_sounds_like_a_question_about_it(text: str, severity: str) -> None:
    said = Message(text, "info_response_time", (Mention("severity", severity),))
    assert read(said, Known({**KEPT, "support_category": "technical"}, "severity"), policy())["severity"] == severity


def test_who_gives_another_detail_refuses_none() -> None:
    said = Message("No, my name is Grace Hall", "answer_refuse", (Mention("contact_name", "Grace Hall"),))
    changes = read(said, Known({**KEPT, "wants_case": False}, "contact_phone"), policy())
    assert changes == {"contact_name": "Grace Hall"}


def test_a_question_that_names_a_category_does_not_choose_it() -> None:
    said = Message("你们的技术支持电话是多少？", "info_hotline", (Mention("support_category", "technical"),))
    assert read(said, Known({"language": "zh", "wants_case": False}, "support_category"), policy()) == {}
