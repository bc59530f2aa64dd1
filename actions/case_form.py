"""The case form: what it still has to ask, whether an answer will do, and the summary to confirm."""

from __future__ import annotations

import hashlib
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecutionRejected, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

from actions import turn
from actions.answers import answer, answerable, asks_purpose
from jieda.contact import ContactError, parse_email, parse_phone, shown_phone
from jieda.intake import ENDS, PERSONAL, SERIOUS, needed
from jieda.policy import policy
from jieda.wording import wording

NAME_MAX, COMPANY_MAX, SUMMARY_MAX, SUMMARY_MIN = 40, 80, 2_000, 3
CONTACTS = ("contact_phone", "contact_email")
"""Either is enough."""
EXPLAINED_AT, OFFERED_AT = 2, 3
"""The failed answer to one question at which it is explained, and from which on a person is offered."""
_SHOWN_SUMMARY = 200
_TELLS = frozenset({"answer_details", "answer_correction"})

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
        questions = message.intent.startswith("info_") and not message.names_severity_alone
        if asked and given and asked not in given and questions:
            # A question that gave some detail by the way: the form goes on with it, so it is answered here.
            answer(dispatcher, tracker, message)
        if given and _kept_for_later(tracker):
            turn.say(dispatcher, tracker, "utter_kept_for_later")
        events: list[EventType] = await super().get_validation_events(dispatcher, tracker, domain)
        detail = asked in PERSONAL or (asked is not None and given.get("severity") is not None)
        if detail and given and asked not in given and not dispatcher.messages:
            # The same question comes again, so that it is said what became of the answer.
            turn.say_anew(dispatcher, tracker, "utter_detail_taken")
        # Who stops or wants a person gets that, whatever detail the message gave by the way.
        return [*events, ActionExecutionRejected(self.form_name())] if message.intent in ENDS else events

    def validate_support_category(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if turn.asked(tracker) not in (None, "support_category"):
            about = wording().say(f"utter_category_{value}", turn.language(tracker))
            turn.say(dispatcher, tracker, "utter_category_changed", about=about)
        return {"support_category": value}

    def validate_contact_name(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return _checked_name("contact_name", value, NAME_MAX, dispatcher, tracker)

    def validate_company(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return _checked_name("company", value, COMPANY_MAX, dispatcher, tracker)

    def validate_issue_summary(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        if value is None:
            return {"issue_summary": None}
        text = str(value).strip()
        if len(text) < SUMMARY_MIN:
            return refused("issue_summary", "utter_invalid_issue_summary_too_short", dispatcher, tracker)
        return {"issue_summary": text[:SUMMARY_MAX]}

    def validate_contact_phone(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return _checked_contact("contact_phone", value, dispatcher, tracker)

    def validate_contact_email(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return _checked_contact("contact_email", value, dispatcher, tracker)

    def validate_case_confirmed(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        return {"case_confirmed": True if value else None}


def _checked_name(slot: str, value: Any, longest: int, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    if value is None:
        return {slot: None}
    if len(value) > longest:
        return refused(slot, f"utter_invalid_{slot}_too_long", dispatcher, tracker)
    if "@" in value or not any(character.isalpha() for character in value):
        return refused(slot, f"utter_invalid_{slot}_not_a_name", dispatcher, tracker)
    return {slot: value}


def _checked_contact(slot: str, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    if value is None:
        return {slot: None}
    try:
        # A slot holds an extension as `;ext=`, which only a telephone URI has; it was checked when it was set.
        known = slot == "contact_phone" and ";ext=" in value
        return {slot: value if known else parse_phone(value) if slot == "contact_phone" else parse_email(value)}
    except ContactError as error:
        return refused(slot, f"utter_invalid_{slot}_{error.code.value}", dispatcher, tracker)


def refused(slot: str, why: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    """Says what is wrong; the second time explains the question, from the third on offers a person every other time."""
    failed = failures(tracker, slot)
    if failed[slot] >= OFFERED_AT and failed[slot] % 2:
        turn.say(dispatcher, tracker, _trouble(slot), question=slot)
    else:
        turn.say(dispatcher, tracker, why)
        if failed[slot] == EXPLAINED_AT:
            turn.say(dispatcher, tracker, f"utter_explain_{slot}")
    return {slot: None, "failed_answers": failed}


def _trouble(slot: str) -> str:
    return "utter_contact_trouble" if slot in CONTACTS else "utter_detail_trouble"


def _kept_for_later(tracker: Tracker) -> bool:
    return "next_issue" in turn.changed(tracker) and tracker.get_slot("next_issue") is not None


def failures(tracker: Tracker, slot: str) -> dict[str, int]:
    """How often answers to each question have failed, this one counted."""
    failed: dict[str, int] = dict(tracker.get_slot("failed_answers") or {})
    return {**failed, slot: failed.get(slot, 0) + 1}


class ActionExplainQuestion(Action):
    """After an answer that fits no question: asks again, then explains the question, then offers a person."""

    def name(self) -> str:
        return "action_explain_question"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        asked, changed, message = turn.asked(tracker), turn.changed(tracker), turn.message_of(tracker.latest_message)
        waived = set(tracker.get_slot("waived_details") or ())
        if asked is None or "severity_question" in changed or set(CONTACTS) <= waived:
            # The plainer question that is asked next, or that no case can be opened, explains enough.
            return []
        if _kept_for_later(tracker):
            turn.say(dispatcher, tracker, "utter_kept_for_later")
            return []
        if message.intent == "case_open":
            turn.say_anew(dispatcher, tracker, "utter_case_underway")
            return []
        if (sure := answerable(message)) is not None:
            answer(dispatcher, tracker, sure)
            return []
        if waived and "waived_details" in changed:
            turn.say(dispatcher, tracker, "utter_details_waived")
            return []
        if asks_purpose(tracker, message):
            answer(dispatcher, tracker, message)
            return []
        told = message.value(*PERSONAL) or (message.intent in _TELLS and message.value("detail"))
        if told and not tracker.get_slot("privacy_consent"):
            turn.say_anew(dispatcher, tracker, "utter_details_await_consent")
            return []
        failed = failures(tracker, asked)
        if failed[asked] < EXPLAINED_AT:
            turn.say(dispatcher, tracker, "utter_not_an_answer")
        elif failed[asked] >= OFFERED_AT and failed[asked] % 2:
            turn.say(dispatcher, tracker, _trouble(asked), question=asked)
        else:
            turn.say(dispatcher, tracker, f"utter_explain_{asked}")
        return [SlotSet("failed_answers", failed)]


class ActionAskSeverity(Action):
    """Asks how much the business is affected; a customer who cannot tell is asked plainly what still works."""

    def name(self) -> str:
        return "action_ask_case_form_severity"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        turn.say(dispatcher, tracker, f"utter_question_{tracker.get_slot('severity_question') or 'severity'}")
        return []


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
        shown = {
            "app": tracker.get_slot("affected_app") or missing,
            "severity_name": policy().severity(severity).name.in_(spoken) if severity else missing,
            "summary": summary if len(summary) <= _SHOWN_SUMMARY else summary[:_SHOWN_SUMMARY] + "…",
            "name": tracker.get_slot("contact_name") or missing,
            "company_name": tracker.get_slot("company") or missing,
            "phone": shown_phone(phone) if (phone := tracker.get_slot("contact_phone")) else missing,
            "email": tracker.get_slot("contact_email") or missing,
        }
        response = "utter_case_summary_technical" if serious else "utter_case_summary"
        turn.say(dispatcher, tracker, response, **shown, of=_digest(shown, summary))
        return []


def _digest(shown: dict[str, str], summary: str) -> str:
    """Tells one summary's buttons from another's: what was shown before a change is not what is confirmed after it."""
    return hashlib.blake2s("\0".join([*shown.values(), summary]).encode(), digest_size=6).hexdigest()
