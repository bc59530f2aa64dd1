"""Cases that are open already: greeted with, told of, added to, closed; `jieda.case_care` has the rules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions import turn
from actions.case_form import refused
from jieda.case_care import (
    CHECKS,
    Ask,
    CaseCare,
    Outcome,
    Wish,
    case_meant,
    contact_detail,
    counting,
    is_overdue,
    next_step,
    opened_with,
)
from jieda.cases import Case, NoteAuthor
from jieda.clock import clock
from jieda.contact import ContactError
from jieda.intake import ASKED, WISHES
from jieda.policy import Severity
from jieda.store import case_book
from jieda.wording import moment

log = structlog.get_logger(__name__)

_ONE_WISH = ("case_wish", "case_contact", "case_note", "close_confirmed", "case_declined")
_WITHOUT_CASE: dict[Ask | Outcome, str] = {
    Outcome.CHECKS_OVER: "utter_case_checks_over",
    Outcome.LEFT: "utter_anything_else",
}
_SHOWN_CASES = 5
_SHOWN_SUMMARY = 16

Events = list[dict[str, Any]]


class ValidateCaseCareForm(Action):
    """Checks number and contact against the case, and says which question comes next, if any."""

    def name(self) -> str:
        return "validate_case_care_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        try:
            at_hand = await asyncio.to_thread(_at_hand, tracker)
            checked = await _checked(dispatcher, tracker, at_hand)
            tracker.slots.update(checked)
            if "verified_cases" in checked:
                at_hand = await asyncio.to_thread(_at_hand, tracker)
            step = next_step(_care(tracker), at_hand)
        except SQLAlchemyError as error:
            # The form ends; its conclusion says that it could not be done.
            log.error("case_not_looked_up", conversation=tracker.sender_id, error=type(error).__name__)
            return [SlotSet("requested_slot", None)]
        asked = step.value if isinstance(step, Ask) else None
        if asked is not None and tracker.get_slot(asked) is not None:
            checked[asked] = None
        return [*(SlotSet(slot, value) for slot, value in checked.items()), SlotSet("requested_slot", asked)]


async def _checked(dispatcher: CollectingDispatcher, tracker: Tracker, at_hand: list[Case]) -> dict[str, Any]:
    """The slots that a contact detail changes, given for a case that the conversation may not see yet."""
    number, given = tracker.get_slot("case_number"), tracker.get_slot("case_contact")
    if not given or number is None:
        return {}
    if any(case.number == number for case in at_hand):
        return {"case_contact": None}
    failed = _failed(tracker)
    if len(failed) >= CHECKS:
        return {"case_contact": None}
    try:
        contacts = [contact_detail(each) for each in given]
    except ContactError as error:
        kind = "email" if any("@" in each for each in given) else "phone"
        return refused("case_contact", f"utter_invalid_contact_{kind}_{error.code.value}", dispatcher, tracker)
    case = await asyncio.to_thread(case_book().find, number)
    if opened_with(case, contacts):
        verified = [*(tracker.get_slot("verified_cases") or ()), number]
        return {"case_contact": None, "verified_cases": verified, "failed_checks": None}
    log.info("case_check_failed", conversation=tracker.sender_id)
    failed.append(clock().now().isoformat())
    if len(failed) < CHECKS:
        turn.say_anew(dispatcher, tracker, "utter_case_check_failed", case_number=number)
    return {"case_contact": None, "failed_checks": failed}


def _failed(tracker: Tracker) -> list[str]:
    return counting(tracker.get_slot("failed_checks") or (), clock().now())


def _care(tracker: Tracker) -> CaseCare:
    return CaseCare(
        wish=Wish(tracker.get_slot("case_wish") or Wish.STATUS),
        number=tracker.get_slot("case_number"),
        note=tracker.get_slot("case_note"),
        confirmed=tracker.get_slot("close_confirmed"),
        declined=bool(tracker.get_slot("case_declined")),
        failed=len(_failed(tracker)),
    )


def _at_hand(tracker: Tracker) -> list[Case]:
    """The cases that this conversation may see. Raises SQLAlchemyError."""
    return case_book().at_hand(tracker.sender_id, tracker.get_slot("verified_cases") or ())


async def _looked_up(tracker: Tracker, look_up: Callable[[], list[Case]]) -> list[Case]:
    """What was found; nothing when the store is away, where that is no reason to fail."""
    try:
        return await asyncio.to_thread(look_up)
    except SQLAlchemyError as error:
        log.error("case_not_looked_up", conversation=tracker.sender_id, error=type(error).__name__)
        return []


class ActionAskCaseNumber(Action):
    """Asks for the number of a case; where several can be meant, which of them."""

    def name(self) -> str:
        return "action_ask_case_care_form_case_number"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        at_hand = await _looked_up(tracker, lambda: _at_hand(tracker))
        unresolved = [case for case in at_hand if not case.is_resolved]
        if unresolved:
            shown = unresolved[:_SHOWN_CASES]
            listed = "\n".join(f"{case.number} {_short(case.request.summary)}" for case in shown)
            turn.say(dispatcher, tracker, "utter_which_case", summary=listed, buttons=_buttons(shown))
        else:
            turn.say(dispatcher, tracker, "utter_ask_case_number")
        return []


def _short(summary: str) -> str:
    line = " ".join(summary.split())
    return line if len(line) <= _SHOWN_SUMMARY else line[:_SHOWN_SUMMARY] + "…"


def _buttons(cases: list[Case], intent: str = "answer_details") -> list[dict[str, str]]:
    return [{"title": case.number, "payload": f'/{intent}{{"case_number": "{case.number}"}}'} for case in cases]


class ActionAskCloseConfirmed(Action):
    """Asks once whether the case is to be closed."""

    def name(self) -> str:
        return "action_ask_case_care_form_close_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        case = case_meant(_care(tracker), await _looked_up(tracker, lambda: _at_hand(tracker)))
        turn.say(dispatcher, tracker, "utter_confirm_close", case_number=case.number if case else "")
        return []


class ActionConcludeCaseCare(Action):
    """Tells, adds or closes, each once for the message that asked for it; or says why not."""

    def name(self) -> str:
        return "action_conclude_case_care"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        try:
            at_hand = await asyncio.to_thread(_at_hand, tracker)
            case = await self._conclude(dispatcher, tracker, at_hand)
        except SQLAlchemyError as error:
            log.error("case_care_failed", conversation=tracker.sender_id, error=type(error).__name__)
            turn.say(dispatcher, tracker, "utter_case_care_failed", **turn.line(tracker))
            return _forgotten(tracker, None)
        if kept := tracker.get_slot("next_issue"):
            turn.say(dispatcher, tracker, "utter_next_issue", summary=kept["summary"])
        return _forgotten(tracker, case or next(iter(at_hand), None))

    async def _conclude(self, dispatcher: CollectingDispatcher, tracker: Tracker, at_hand: list[Case]) -> Case | None:
        care = _care(tracker)
        step, case = next_step(care, at_hand), case_meant(care, at_hand)
        if case is None:
            turn.say(dispatcher, tracker, _WITHOUT_CASE.get(step, "utter_case_unidentified"), **turn.line(tracker))
        elif step is Outcome.TOLD:
            tell(dispatcher, tracker, case)
            _offer_others(dispatcher, tracker, [each for each in at_hand if each != case and not each.is_resolved])
        elif step is Outcome.NOTED:
            await asyncio.to_thread(_add_note, case, str(care.note), turn.key(tracker))
            turn.say(dispatcher, tracker, "utter_case_noted", case_number=case.number)
            if turn.message_of(tracker.latest_message).value("severity") == Severity.CRITICAL.value:
                reach = turn.line(tracker, Severity.CRITICAL, case.request.category)
                turn.say(dispatcher, tracker, "utter_case_pressing", **reach)
        elif step is Outcome.CLOSED:
            by, now = NoteAuthor.CUSTOMER.value, clock().now()
            await asyncio.to_thread(lambda: case_book().resolve(case.number, at=now, by=by))
            log.info("case_closed", conversation=tracker.sender_id, case=case.number)
            turn.say(dispatcher, tracker, "utter_case_closed", case_number=case.number)
        elif step is Outcome.RESOLVED_ALREADY:
            turn.say(dispatcher, tracker, "utter_case_resolved_already", case_number=case.number)
        else:
            turn.say(dispatcher, tracker, "utter_case_left", case_number=case.number)
        return case


def _add_note(case: Case, text: str, key: str) -> None:
    case_book().add_note(case.number, NoteAuthor.CUSTOMER, text, key=key, at=clock().now())


def tell(dispatcher: CollectingDispatcher, tracker: Tracker, case: Case) -> None:
    """Says how a case stands, and when the initial response is due or where to turn if it is late."""
    now = clock().now()
    status = "overdue" if is_overdue(case, now) else case.status.value
    reach = turn.line(tracker, case.request.severity, case.request.category)
    due = moment(case.due_at, turn.language(tracker))
    turn.say(dispatcher, tracker, f"utter_case_status_{status}", case_number=case.number, due=due, **reach)


def _offer_others(dispatcher: CollectingDispatcher, tracker: Tracker, others: list[Case]) -> None:
    if others:
        turn.say(dispatcher, tracker, "utter_case_others", buttons=_buttons(others[:_SHOWN_CASES], "case_status"))


def _forgotten(tracker: Tracker, case: Case | None) -> Events:
    """A wish is done with; the case that it was about stays at hand."""
    failed = {slot: count for slot, count in (tracker.get_slot("failed_answers") or {}).items() if slot not in ASKED}
    kept = {"case_number": case.number if case else None, "failed_answers": failed, **dict.fromkeys(_ONE_WISH)}
    return [SlotSet(slot, value) for slot, value in kept.items()]


class ActionForgetCaseCare(Action):
    """Drops a wish about a case that the customer gave up; says nothing."""

    def name(self) -> str:
        return "action_forget_case_care"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        return _forgotten(tracker, next(iter(await _looked_up(tracker, lambda: _at_hand(tracker))), None))


class ActionGreetWithCase(Action):
    """Greets a customer who comes back with the cases of this conversation that are open."""

    def name(self) -> str:
        return "action_greet_with_case"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        unresolved = await _looked_up(tracker, lambda: case_book().open_of(tracker.sender_id))
        if not unresolved:
            turn.say(dispatcher, tracker, "utter_social_greeting")
            return []
        turn.say(dispatcher, tracker, "utter_welcome_back")
        for case in unresolved[:_SHOWN_CASES]:
            tell(dispatcher, tracker, case)
        turn.say(dispatcher, tracker, "utter_ask_what_now")
        return []


class ActionCaseStatus(Action):
    """While a case is being opened: tells how another one stands, if it may; all else waits until afterwards."""

    def name(self) -> str:
        return "action_case_status"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        message = turn.message_of(tracker.latest_message)
        care = CaseCare(WISHES[message.intent], message.value("case_number"))
        case = case_meant(care, await _looked_up(tracker, lambda: _at_hand(tracker)))
        if care.wish is Wish.STATUS and case is not None:
            tell(dispatcher, tracker, case)
        else:
            turn.say(dispatcher, tracker, "utter_case_after_form")
        return []
