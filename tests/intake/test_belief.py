"""What a tagger guesses counts where it was asked for, or where it is all but certain."""

from __future__ import annotations

from typing import Any

import pytest

from jieda.intake import Known, Mention, Message, read
from jieda.policy import policy


def said(text: str, *guesses: tuple[str, str, float], intent: str = "answer_details") -> Message:
    """A message with what a tagger found in it: entity, text, confidence."""
    mentions = (
        Mention(entity, value, None, text.index(value), text.index(value) + len(value), confidence)
        for entity, value, confidence in guesses
    )
    return Message(text, intent, tuple(mentions))


def taken(message: Message, asked: str | None = None, *earlier: Message, **slots: Any) -> dict[str, Any]:
    slots = {"language": "zh", "wants_case": False, "privacy_consent": True, "support_category": "technical", **slots}
    return read(message, Known(slots, asked, earlier=earlier), policy())


class TestSeverity:
    @staticmethod
    def of(confidence: float, asked: str | None) -> Any:
        mention = Mention("severity", "critical", None, 0, 7, confidence)
        return taken(Message("四个坐席都停着", "answer_details", (mention,)), asked).get("severity")

    @pytest.mark.parametrize(("confidence", "taken_for"), [(0.95, "critical"), (0.8, None)])
    def test_not_asked_for_it_must_be_certain(self, confidence: float, taken_for: str | None) -> None:
        assert self.of(confidence, "issue_summary") == taken_for

    @pytest.mark.parametrize(("confidence", "taken_for"), [(0.8, "critical"), (0.5, None)])
    def test_asked_for_it_must_be_likely(self, confidence: float, taken_for: str | None) -> None:
        assert self.of(confidence, "severity") == taken_for


class TestNames:
    def test_one_asked_for_is_taken_out_of_its_sentence(self) -> None:
        answer = said("写施磊吧，他懂技术", ("contact_name", "施磊", 0.8))
        assert taken(answer, "contact_name")["contact_name"] == "施磊"

    def test_one_that_is_certain_is_taken_beside_another_detail(self) -> None:
        answer = said("13800138000, ask for Ravi Menon", ("contact_name", "Ravi Menon", 0.97))
        assert taken(answer, "contact_phone")["contact_name"] == "Ravi Menon"

    def test_one_less_than_certain_is_not(self) -> None:
        answer = said("13800138000, ask for Ravi Menon", ("contact_name", "Ravi Menon", 0.85))
        assert "contact_name" not in taken(answer, "contact_phone")

    def test_one_by_itself_is_what_was_asked_for(self) -> None:
        answer = said("Wingtip Guiyang", ("contact_name", "Wingtip Guiyang", 0.99))
        assert taken(answer, "company") == {"company": "Wingtip Guiyang"}

    def test_one_in_a_question_is_somebody_else(self) -> None:
        question = said("怎么给施磊加许可证", ("contact_name", "施磊", 0.99), intent="technical_how_to")
        assert "contact_name" not in taken(question)

    def test_one_told_before_consent_counts_by_its_certainty(self) -> None:
        certain = said("我是Contoso的施磊", ("contact_name", "施磊", 0.95), intent="case_open")
        likely = said("找施磊就可以", ("contact_name", "施磊", 0.8), intent="case_open")
        yes = Message("好的", "answer_yes")
        assert taken(yes, "privacy_consent", certain, privacy_consent=None)["contact_name"] == "施磊"
        assert "contact_name" not in taken(yes, "privacy_consent", likely, privacy_consent=None)


def test_what_rules_find_counts_whatever_was_asked() -> None:
    answer = said("怎么给施磊加许可证", ("contact_name", "施磊", 1.0), intent="technical_how_to")
    assert taken(answer)["contact_name"] == "施磊"


def test_a_name_told_before_a_company_is_no_part_of_it() -> None:
    company = ("company", "Grace Hall Sample Foods Inc", 0.97)
    listed = said("Grace Hall Sample Foods Inc hmm@example.cn", company, ("contact_email", "hmm@example.cn", 1.0))
    changes = taken(listed, "contact_name")
    assert (changes["contact_name"], changes["company"]) == ("Grace Hall", "Sample Foods Inc")
