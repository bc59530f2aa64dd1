"""What the case form says to an answer that will not do, and what a message does besides answering."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from actions.answers import ActionAnswer
from actions.case_form import ActionAskSeverity, ActionExplainQuestion, ValidateCaseForm
from tests.actions.talk import Event, acted, answered, said, took

UNFIT = said("what a lovely day", "out_of_scope")
REFUSED = said("I'd rather not", "answer_refuse")
KEPT = {"category": "technical", "summary": "there is another problem, we can't sign in"}


def ladder(asked: str, times: int, **slots: Any) -> list[str]:
    """What is said each time an answer fits no question."""
    spoken: list[str] = []
    for _ in range(times):
        messages, events = acted(ActionExplainQuestion(), UNFIT, slots=slots, asked=asked)
        spoken += [each["response"] for each in messages]
        slots |= {event["name"]: event["value"] for event in events}
    return spoken


def explained(*events: Event, asked: str, slots: Mapping[str, Any] | None = None) -> list[str]:
    return [each["response"] for each in answered(ActionExplainQuestion(), *events, slots=slots, asked=asked)]


def checked(*events: Event, asked: str | None, **slots: Any) -> tuple[list[str], dict[str, Any]]:
    """What is said to the slots that a message filled, and the slots afterwards."""
    messages, happened = acted(ValidateCaseForm(), *events, slots=slots, asked=asked)
    return [each["response"] for each in messages], {
        each["name"]: each["value"] for each in happened if "value" in each
    }


class TestAnAnswerThatFitsNoQuestion:
    def test_it_is_asked_again_then_explained_then_a_person_offered_every_other_time(self) -> None:
        assert ladder("affected_app", 5) == [
            "utter_not_an_answer",
            "utter_explain_affected_app",
            "utter_detail_trouble",
            "utter_explain_affected_app",
            "utter_detail_trouble",
        ]

    def test_a_way_to_be_reached_may_be_skipped_as_well(self) -> None:
        assert ladder("contact_email", 3)[-1] == "utter_contact_trouble"

    def test_each_question_has_a_ladder_of_its_own(self) -> None:
        assert ladder("company", 1, failed_answers={"contact_name": 2}) == ["utter_not_an_answer"]

    def test_a_plain_question_about_severity_has_it_too(self) -> None:
        assert ladder("severity", 3, severity_question="anyone_working") == [
            "utter_not_an_answer",
            "utter_explain_severity",
            "utter_detail_trouble",
        ]


class TestDetailForAnotherQuestion:
    MAIL: ClassVar = [{"entity": "contact_email", "value": "lilei@example.com"}]

    def test_that_it_was_taken_is_said(self) -> None:
        given = said("lilei@example.com", "answer_details", entities=self.MAIL)
        spoken, _ = checked(given, took("contact_email", "lilei@example.com"), asked="company", privacy_consent=True)
        assert spoken == ["utter_detail_taken"]

    def test_before_consent_that_it_waits(self) -> None:
        given = said("lilei@example.com", "answer_details", entities=self.MAIL)
        assert explained(given, asked="affected_app") == ["utter_details_await_consent"]


class TestWhatNeedsNoExplanation:
    def test_the_plainer_question_speaks_for_itself(self) -> None:
        unsure = said("hard to say", "answer_unsure")
        assert explained(unsure, took("severity_question", "anyone_working"), asked="severity") == []
        assert answered(ActionAskSeverity(), unsure, slots={"severity_question": "anyone_working"})[0]["response"] == (
            "utter_question_anyone_working"
        )

    def test_one_way_to_be_reached_is_enough(self) -> None:
        assert explained(REFUSED, took("waived_details", ["contact_phone"]), asked="contact_phone") == [
            "utter_details_waived"
        ]

    def test_nothing_is_enough_when_both_are_held_back(self) -> None:
        both = took("waived_details", ["contact_email", "contact_phone"])
        assert explained(REFUSED, both, asked="contact_email") == []

    def test_another_refusal_later_is_no_way_to_be_reached(self) -> None:
        assert explained(REFUSED, asked="company", slots={"waived_details": ["contact_phone"]}) == [
            "utter_not_an_answer"
        ]

    def test_a_second_matter_is_kept_whatever_it_was_taken_for(self) -> None:
        another = said("there is another problem, we can't sign in", "case_open")
        assert explained(another, took("next_issue", KEPT), asked="company") == ["utter_kept_for_later"]


class TestWhatItIsWantedFor:
    @pytest.mark.parametrize("asked", ["privacy_consent", "contact_phone"])
    @pytest.mark.parametrize("intent", ["info_capabilities", "info_legal"])
    def test_it_is_told(self, asked: str, intent: str) -> None:
        why = said("why do you need that?", intent, entities=[{"entity": "aspect", "value": "purpose"}])
        assert [each["response"] for each in answered(ActionAnswer(), why, asked=asked)] == ["utter_privacy_purpose"]

    def test_so_it_is_if_it_was_not_understood(self) -> None:
        why = said("what for?", "nlu_fallback", entities=[{"entity": "aspect", "value": "purpose"}])
        assert explained(why, asked="privacy_consent") == ["utter_privacy_purpose"]

    def test_elsewhere_it_is_another_question(self) -> None:
        why = said("what is it used for?", "info_capabilities", entities=[{"entity": "aspect", "value": "purpose"}])
        spoken = [each["response"] for each in answered(ActionAnswer(), why, asked="affected_app")]
        assert spoken == ["utter_info_capabilities"]


class TestSeverityNamedElsewhere:
    NAMED: ClassVar = said(
        "Non-critical",
        "info_response_time",
        entities=[{"entity": "severity", "value": "non_critical", "start": 0, "end": 12}],
    )

    def test_it_is_taken_and_that_is_said(self) -> None:
        spoken, _ = checked(self.NAMED, took("severity", "non_critical"), asked="affected_app")
        assert spoken == ["utter_detail_taken"]

    def test_named_again_it_is_no_question_either(self) -> None:
        spoken = answered(ActionAnswer(), self.NAMED, slots={"severity": "non_critical"}, asked="affected_app")
        assert [each["response"] for each in spoken] == ["utter_detail_taken"]


class TestChecking:
    @pytest.mark.parametrize(
        ("slot", "value", "why"),
        [
            ("contact_phone", "12", "utter_invalid_contact_phone_too_short"),
            ("contact_email", "lilei", "utter_invalid_contact_email_missing_at"),
            ("contact_name", "😀", "utter_invalid_contact_name_not_a_name"),
            ("company", "lilei@example.com", "utter_invalid_company_not_a_name"),
            ("company", "x" * 5_000, "utter_invalid_company_too_long"),
            ("issue_summary", "。", "utter_invalid_issue_summary_too_short"),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_kept(self, slot: str, value: str, why: str) -> None:
        spoken, slots = checked(said(value, "out_of_scope"), took(slot, value), asked=slot)
        assert spoken == [why]
        assert slots[slot] is None

    def test_the_second_time_with_an_explanation_the_third_with_an_offer(self) -> None:
        failed: dict[str, Any] = {}
        spoken = []
        for _ in range(3):
            heard, slots = checked(
                said("12", "out_of_scope"), took("contact_phone", "12"), asked="contact_phone", **failed
            )
            failed = {"failed_answers": slots["failed_answers"]}
            spoken.append(heard)
        wrong = "utter_invalid_contact_phone_too_short"
        assert spoken == [[wrong], [wrong, "utter_explain_contact_phone"], ["utter_contact_trouble"]]

    def test_another_category_is_acknowledged(self) -> None:
        changed = said("actually it's about the bill", "answer_correction"), took("support_category", "billing")
        assert checked(*changed, asked="contact_phone")[0] == ["utter_category_changed"]
        assert checked(*changed, asked="support_category")[0] == []

    def test_a_second_matter_told_with_an_answer_is_acknowledged(self) -> None:
        told = said("Contoso. There is another problem, we can't sign in", "technical_sign_in")
        events = took("company", "Contoso"), took("next_issue", KEPT)
        assert checked(told, *events, asked="company")[0] == ["utter_kept_for_later"]

    def test_one_taken_up_again_is_not(self) -> None:
        again = said("yes", "answer_yes"), took("issue_summary", KEPT["summary"]), took("next_issue", None)
        assert checked(*again, asked=None)[0] == []


@pytest.mark.parametrize("intent", ["human_request", "social_bot_complaint", "answer_cancel"])
def test_who_stops_or_wants_a_person_gets_that_and_the_detail_is_kept(intent: str) -> None:
    told = said("get me a person, my phone is 13800138000", intent), took("contact_phone", "13800138000")
    _, events = acted(ValidateCaseForm(), *told, asked="company")
    assert {"event": "slot", "timestamp": None, "name": "contact_phone", "value": "+8613800138000"} in events
    assert [event["name"] for event in events if event["event"] == "action_execution_rejected"] == ["case_form"]
