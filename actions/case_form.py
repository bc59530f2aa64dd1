"""The case form: what it still has to ask, whether an answer will do, and the summary to confirm."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from actions import turn
from actions.answers import answer
from jieda.contact import ContactError, parse_email, parse_phone, shown_phone
from jieda.intake import COMPANY_MAX, NAME_MAX, SERIOUS, SUMMARY_MAX, SUMMARY_MIN, needed
from jieda.policy import policy
from jieda.wording import wording

ATTEMPTS = 3
"""Answers to a question for phone or e-mail that fail before the other of the two is enough."""
_SHOWN_SUMMARY = 200

Slots = dict[str, Any]


class ValidateCaseForm(FormValidationAction):
    """Checks each detail that came in; what is wrong with one is said, and the form asks again."""

    def name(self) -> str:
        return "validate_case_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[str]:
        return needed(tracker.current_slot_values())

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        message, asked = turn.message_of(tracker.latest_message), turn.asked(tracker)
        given = tracker.slots_to_validate()
        if asked and given and asked not in given and message.intent.startswith("info_"):
            # A question that gave some detail by the way: the form goes on with it, so it is answered here.
            answer(dispatcher, tracker, message)
        events: list[EventType] = await super().get_validation_events(dispatcher, tracker, domain)
        return events

    def validate_contact_name(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return _checked_name("contact_name", str(value), NAME_MAX, dispatcher, tracker)

    def validate_company(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return _checked_name("company", str(value), COMPANY_MAX, dispatcher, tracker)

    def validate_issue_summary(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        text = str(value).strip()
        if len(text) < SUMMARY_MIN:
            turn.say(dispatcher, tracker, "utter_invalid_issue_summary_too_short")
            return {"issue_summary": None}
        return {"issue_summary": text[:SUMMARY_MAX]}

    def validate_contact_phone(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return _checked_contact("contact_phone", str(value), dispatcher, tracker)

    def validate_contact_email(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return _checked_contact("contact_email", str(value), dispatcher, tracker)

    def validate_case_confirmed(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return {"case_confirmed": True if value else None}


def _checked_name(slot: str, value: str, longest: int, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    problem = None
    if len(value) > longest:
        problem = "too_long"
    elif "@" in value or not any(character.isalpha() for character in value):
        problem = "not_a_name"
    if problem is None:
        return {slot: value}
    turn.say(dispatcher, tracker, f"utter_invalid_{slot}_{problem}")
    return {slot: None}


def _checked_contact(slot: str, value: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    try:
        # A slot holds an extension as `;ext=`, which only a telephone URI has; it was checked when it was set.
        known = slot == "contact_phone" and ";ext=" in value
        return {slot: value if known else parse_phone(value) if slot == "contact_phone" else parse_email(value)}
    except ContactError as error:
        failed: dict[str, int] = dict(tracker.get_slot("failed_answers") or {})
        failed[slot] = failed.get(slot, 0) + 1
        if failed[slot] >= ATTEMPTS:
            waived = sorted({*(tracker.get_slot("waived_details") or ()), slot})
            enough = len(waived) == 1
            turn.say(dispatcher, tracker, "utter_details_waived" if enough else "utter_contact_needed")
            return {slot: None, "failed_answers": failed, "waived_details": waived}
        turn.say(dispatcher, tracker, f"utter_invalid_{slot}_{error.code.value}")
        return {slot: None, "failed_answers": failed}


class ActionAskPrivacyConsent(Action):
    """Asks, once, whether personal data may be kept, with the policy's privacy statement."""

    def name(self) -> str:
        return "action_ask_case_form_privacy_consent"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        turn.say(dispatcher, tracker, "utter_privacy_consent")
        return []


class ActionAskCaseConfirmed(Action):
    """Shows all that was collected and asks whether it is right, or what to change."""

    def name(self) -> str:
        return "action_ask_case_form_case_confirmed"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        message = turn.message_of(tracker.latest_message)
        if turn.asked(tracker) == "case_confirmed" and message.intent == "answer_no":
            turn.say(dispatcher, tracker, "utter_ask_correction")
            return []
        spoken = turn.language(tracker)
        missing = wording().say("utter_not_given", spoken)
        summary = str(tracker.get_slot("issue_summary"))
        severity = turn.severity(tracker)
        serious = tracker.get_slot("support_category") in SERIOUS and severity is not None
        turn.say(
            dispatcher,
            tracker,
            "utter_case_summary_technical" if serious else "utter_case_summary",
            app=tracker.get_slot("affected_app") or missing,
            severity_name=policy().severity(severity).name.in_(spoken) if severity else missing,
            summary=summary if len(summary) <= _SHOWN_SUMMARY else summary[:_SHOWN_SUMMARY] + "…",
            name=tracker.get_slot("contact_name") or missing,
            company_name=tracker.get_slot("company") or missing,
            phone=shown_phone(phone) if (phone := tracker.get_slot("contact_phone")) else missing,
            email=tracker.get_slot("contact_email") or missing,
        )
        return []
