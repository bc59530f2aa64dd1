"""Answers that are more or less than an answer: corrections, a second matter, questions that name a category."""

from __future__ import annotations

import pytest

from jieda.intake import Cue, Known, Mention, Message, read
from jieda.nlu.entities import find_entities
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


@pytest.mark.parametrize(
    ("text", "name", "company"),
    [
        ("John Smith from 上海示例科技有限公司, 13800138000", "John Smith", "上海示例科技有限公司"),
        ("Grace Hall from Example Trading Company, 13800138000", "Grace Hall", "Example Trading Company"),
        ("我叫韩梅梅，公司是Example Trading Ltd", "韩梅梅", "Example Trading Ltd"),
        ("My name is Grace Hall, the company is 北京样例贸易有限公司", "Grace Hall", "北京样例贸易有限公司"),
        ("我的名字是韩梅梅，公司：上海示例科技有限公司，电话13800138000", "韩梅梅", "上海示例科技有限公司"),
    ],
)
def test_the_word_company_may_be_a_label_or_part_of_the_name(text: str, name: str, company: str) -> None:
    mentions = (Mention(each.entity, each.value, start=each.start, end=each.end) for each in find_entities(text))
    said = Message(text, "answer_details", tuple(mentions))
    changes = read(said, Known({"language": "zh", "privacy_consent": True}, "contact_name"), policy())
    assert (changes["contact_name"], changes["company"]) == (name, company)


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


@pytest.mark.parametrize("asked", ["contact_name", "company", "contact_phone", "contact_email"])
@pytest.mark.parametrize(
    ("text", "intent", "mention"),
    [
        ("加许可证要去哪里办？", "billing_licenses", None),
        ("隐私声明发我看看", "info_legal", Mention("topic", "privacy")),
        ("其实还要再想想", "nlu_fallback", Mention("cue", Cue.CHANGE.value)),
    ],
)
def test_a_digression_is_no_personal_detail(asked: str, text: str, intent: str, mention: Mention | None) -> None:
    said = Message(text, intent, (mention,) if mention else ())
    kept = {slot: value for slot, value in KEPT.items() if slot != asked}
    assert read(said, Known({**kept, "wants_case": False}, asked), policy()) == {}


@pytest.mark.parametrize(
    ("text", "intent", "name"),
    [
        ("李雷，电话13800138000", "answer_details", "李雷"),
        ("电话13800138000，李雷", "answer_details", "李雷"),
        ("转人工，电话13800138000", "human_request", None),
        ("电话错了，13800138000", "answer_correction", None),
    ],
)
def test_a_name_beside_a_number(text: str, intent: str, name: str | None) -> None:
    phone, word = text.index("138"), text.index("电话")
    mentions = (
        Mention("contact_phone", "+8613800138000", None, phone, phone + 11),
        Mention("detail", "contact_phone", None, word, word + 2),
    )
    known = Known({"language": "zh", "privacy_consent": True}, "contact_name")
    changes = read(Message(text, intent, mentions), known, policy())
    assert (changes.get("contact_name"), changes["contact_phone"]) == (name, "+8613800138000")


class TestHoldingBack:
    PHONE, EMAIL = Mention("detail", "contact_phone"), Mention("detail", "contact_email")

    def waived(self, asked: str, *mentions: Mention, **slots: object) -> list[str]:
        known = Known({**KEPT, **slots}, asked)
        waived: list[str] = read(Message("…", "answer_refuse", mentions), known, policy()).get("waived_details", [])
        return waived

    def test_it_is_what_was_asked_for(self) -> None:
        assert self.waived("contact_email") == ["contact_email"]

    def test_or_what_is_named(self) -> None:
        assert self.waived("contact_phone", self.EMAIL) == ["contact_email"]
        assert self.waived("contact_phone", self.PHONE, self.EMAIL) == ["contact_email", "contact_phone"]

    def test_but_not_what_was_given(self) -> None:
        given = {"contact_phone": "+8613800138000"}
        assert self.waived("contact_email", self.PHONE, **given) == ["contact_email"]
        assert self.waived("contact_email", self.PHONE, self.EMAIL, **given) == ["contact_email"]

    def test_saying_it_twice_holds_back_no_more(self) -> None:
        assert self.waived("contact_email", self.PHONE, waived_details=["contact_phone"]) == []


class TestTheOther:
    HEARD = (
        Message("…", "answer_details", (Mention("contact_phone", "+8613800138000"),)),
        Message("…", "answer_details", (Mention("contact_phone", "+8613900139000"),)),
    )
    SAID = Message(
        "不是这个，另一个号码", "answer_correction", (Mention("cue", "other_one"), Mention("detail", "contact_phone"))
    )

    @pytest.mark.parametrize(
        ("kept", "other"), [("+8613900139000", "+8613800138000"), ("+8613800138000", "+8613900139000")]
    )
    def test_is_the_one_that_is_not_kept(self, kept: str, other: str) -> None:
        known = Known({**KEPT, "contact_phone": kept}, "case_confirmed", earlier=self.HEARD)
        assert read(self.SAID, known, policy())["contact_phone"] == other

    def test_of_one_there_is_none_so_it_is_asked_again(self) -> None:
        known = Known({**KEPT, "contact_phone": "+8613900139000"}, "case_confirmed", earlier=self.HEARD[1:])
        assert read(self.SAID, known, policy())["contact_phone"] is None
