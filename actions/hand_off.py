"""Passes the customer on to people: to an agent at the desk if one can take them now, else to the hotline."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from typing import Any

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions import turn
from jieda.brief import DETAILS, Brief, Reason
from jieda.cases import Case
from jieda.clock import clock
from jieda.hand_off import Prospect, prospect
from jieda.hours import support_hours
from jieda.intents import NOT_UNDERSTOOD, OUT_OF_SCOPE
from jieda.policy import Category, Severity
from jieda.store import agent_book, case_book, ledger, wechat_book
from jieda.wechat_settings import WeChatSettingError, wechat_settings

log = structlog.get_logger(__name__)

_REASONS = {"social_bot_complaint": Reason.COMPLAINT, NOT_UNDERSTOOD: Reason.NOT_UNDERSTOOD}


class ActionHandOff(Action):
    """Asks the gateway for an agent; where none can come: the right hotline, its hours, and whether it is open."""

    def name(self) -> str:
        return "action_hand_off"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        case = await _open_case(tracker)
        if await _queued(tracker, case):
            turn.say(dispatcher, tracker, "utter_hand_off_queued")
            return []
        category = _category(tracker, case)
        premier = category is Category.PREMIER
        line = turn.line(tracker, _severity(tracker, case), category)
        turn.say_anew(dispatcher, tracker, "utter_hand_off_premier" if premier else "utter_hand_off", **line)
        if tracker.get_slot("case_number") is None:
            turn.say_anew(dispatcher, tracker, "utter_hand_off_case")
        return []


async def _open_case(tracker: Tracker) -> Case | None:
    """What the customer wants a person for when nothing else is at hand: the latest case of theirs, if unresolved."""
    if turn.seq(tracker) is None:
        return None
    try:
        return next(iter(await asyncio.to_thread(case_book().open_of, tracker.sender_id)), None)
    except SQLAlchemyError as error:
        log.error("cases_not_looked_up", conversation=tracker.sender_id, error=type(error).__name__)
        return None


def _category(tracker: Tracker, case: Case | None) -> Category | None:
    return turn.category(tracker) or (case.request.category if case else None)


def _severity(tracker: Tracker, case: Case | None) -> Severity | None:
    return turn.severity(tracker) or (case.request.severity if case else None)


async def _queued(tracker: Tracker, case: Case | None) -> bool:
    """Whether the conversation goes to the queue once this turn is answered."""
    seq = turn.seq(tracker)
    if seq is None:
        return False
    try:
        elsewhere = await asyncio.to_thread(_people_are_elsewhere, tracker.sender_id)
        on_duty = await asyncio.to_thread(agent_book().on_duty, datetime.now(timezone.utc))
        found = prospect(on_duty, clock().now(), support_hours(), _severity(tracker, case), elsewhere=elsewhere)
        if found is not Prospect.AGENT:
            return False
        return await asyncio.to_thread(ledger().hand_off, tracker.sender_id, seq, brief(tracker, case))
    except (SQLAlchemyError, WeChatSettingError) as error:
        # The hotline is there without a database.
        log.error("not_handed_off", conversation=tracker.sender_id, error=type(error).__name__)
        return False


def _people_are_elsewhere(conversation_id: str) -> bool:
    """Whether people answer this customer in WeChat's own tools, not at our desk."""
    native = wechat_settings().native
    if not native:
        return False
    link = wechat_book().link(conversation_id)
    return link is not None and link.account in native


def brief(tracker: Tracker, case: Case | None = None) -> Brief:
    """What an agent should know of the conversation so far."""
    message = turn.message_of(tracker.latest_message)
    details = {slot: str(value) for slot in DETAILS if (value := tracker.get_slot(slot))}
    category, severity = _category(tracker, case), _severity(tracker, case)
    return Brief(
        language=turn.language(tracker),
        reason=_REASONS.get(message.intent, Reason.ASKED),
        category=category and category.value,
        severity=severity and severity.value,
        details=details,
        misunderstood=_misunderstood(tracker),
        failed=dict(tracker.get_slot("failed_answers") or {}),
    )


def _misunderstood(tracker: Tracker) -> int:
    """The messages of the conversation that were not understood."""
    intents = (
        turn.message_of(event.get("parse_data") or {}).intent
        for event in tracker.events
        if event.get("event") == "user"
    )
    return sum(intent in (NOT_UNDERSTOOD, OUT_OF_SCOPE) for intent in intents)
