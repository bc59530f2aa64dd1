"""Opens the case once the form is filled."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions import turn
from jieda.cases import Case, CaseRequest
from jieda.clock import clock
from jieda.hours import support_hours
from jieda.policy import Category, Severity, policy
from jieda.store import case_book
from jieda.wording import linked, moment, wording

log = structlog.get_logger(__name__)

_ONE_CASE = (
    *("affected_app", "severity", "severity_question", "issue_summary"),
    *("case_confirmed", "failed_answers", "waived_details"),
)


class ActionConcludeCaseForm(Action):
    """Opens the case, exactly once for the message that confirmed it; or says why none is opened."""

    def name(self) -> str:
        return "action_conclude_case_form"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        severity = turn.severity(tracker) or Severity.NON_CRITICAL
        if tracker.get_slot("privacy_consent") is False:
            turn.say(dispatcher, tracker, "utter_consent_refused", **turn.line(tracker, severity))
            return [SlotSet("privacy_consent", None)]
        if not tracker.get_slot("case_confirmed"):
            turn.say(dispatcher, tracker, "utter_contact_missing", **turn.line(tracker, severity))
            return [SlotSet("failed_answers", None), SlotSet("waived_details", None)]
        try:
            case = await asyncio.to_thread(_open, _request(tracker, severity), turn.key(tracker))
        except SQLAlchemyError as error:
            log.error("case_not_opened", conversation=tracker.sender_id, error=type(error).__name__)
            turn.say(dispatcher, tracker, "utter_case_failed", **turn.line(tracker))
            return [SlotSet("case_confirmed", None)]
        log.info("case_opened", conversation=tracker.sender_id, case=case.number, severity=severity.value)
        _tell_opened(dispatcher, tracker, case)
        if kept := tracker.get_slot("next_issue"):
            turn.say(dispatcher, tracker, "utter_next_issue", summary=kept["summary"])
        known = {"case_number": case.number, "case_opened": True, **dict.fromkeys(_ONE_CASE)}
        return [SlotSet(slot, value) for slot, value in known.items()]


def _request(tracker: Tracker, severity: Severity) -> CaseRequest:
    return CaseRequest(
        conversation_id=tracker.sender_id,
        language=turn.language(tracker),
        category=turn.category(tracker) or Category.TECHNICAL,
        severity=severity,
        affected_app=tracker.get_slot("affected_app"),
        summary=tracker.get_slot("issue_summary"),
        contact_name=tracker.get_slot("contact_name"),
        company=tracker.get_slot("company"),
        contact_phone=tracker.get_slot("contact_phone"),
        contact_email=tracker.get_slot("contact_email"),
    )


def _open(request: CaseRequest, key: str) -> Case:
    now = clock().now()
    due = support_hours().due(request.severity, now)
    return case_book().open(request, key=key, opened_at=now, due_at=due)


def _tell_opened(dispatcher: CollectingDispatcher, tracker: Tracker, case: Case) -> None:
    spoken, severity = turn.language(tracker), case.request.severity
    reachable = "utter_contact_phone" if case.request.contact_phone else "utter_contact_email"
    terms = policy().severity(severity)
    turn.say(
        dispatcher,
        tracker,
        f"utter_case_opened_{severity.value}",
        case_number=case.number,
        severity_name=terms.name.in_(spoken),
        response_hours=str(terms.response_hours),
        due=moment(case.due_at, spoken),
        reachable=wording().say(reachable, spoken),
    )
    portal = policy().portal(case.request.category)
    turn.say(
        dispatcher,
        tracker,
        "utter_case_hotline_portal" if portal else "utter_case_hotline",
        portal=linked(portal, spoken) if portal else "",
        **turn.line(tracker, severity),
    )
