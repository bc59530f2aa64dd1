"""Answers questions with the policy's facts, and says so when there is no answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from jieda.intake import CATEGORIES, Cue, Message
from jieda.intents import NOT_UNDERSTOOD, OUT_OF_SCOPE
from jieda.policy import Category, policy
from jieda.wording import linked, wording

_ABOUT_A_PAGE = frozenset({"info_legal", "info_related_services", "info_documentation"})


def answer(dispatcher: CollectingDispatcher, tracker: Tracker, message: Message) -> None:
    """Says the answer to a question, the page or line meant if one is named."""
    topic = message.value("topic")
    if topic is not None and message.intent in _ABOUT_A_PAGE:
        link = policy().link(topic)
        response = "utter_info_topic" if link.url else "utter_info_topic_without_address"
        title = link.title.in_(turn.language(tracker))
        turn.say(dispatcher, tracker, response, topic=linked(link, turn.language(tracker)), topic_title=title)
        return
    response = f"utter_{message.intent}"
    if message.intent == "info_hotline" and (named := message.value("support_category")) in CATEGORIES:
        response = f"utter_info_hotline_{named}"
    turn.say(dispatcher, tracker, response, desk=turn.desk_now(tracker))


class ActionAnswer(Action):
    """Answers the latest message with `utter_<intent>`; a second matter during the case form is kept for afterwards."""

    def name(self) -> str:
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        message = turn.meant(tracker)
        if turn.asked(tracker) and message.has(Cue.ANOTHER) and message.matter:
            turn.say(dispatcher, tracker, "utter_kept_for_later")
        else:
            answer(dispatcher, tracker, message)
        return []


class ActionNoted(Action):
    """Takes details that nobody asked for as a matter, if it can be told which; else asks what they are for."""

    def name(self) -> str:
        return "action_noted"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        message = turn.message_of(tracker.latest_message)
        if message.likely_matter is None:
            turn.say(dispatcher, tracker, "utter_noted")
        else:
            answer(dispatcher, tracker, replace(message, intent=message.likely_matter))
            turn.say(dispatcher, tracker, "utter_offer")
        return []


class ActionMisunderstood(Action):
    """Asks between two meanings, or to rephrase; from the second miss running it offers a person."""

    def name(self) -> str:
        return "action_misunderstood"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        message, missed = turn.message_of(tracker.latest_message), _missed_before(tracker)
        asked_between = any(each.between for each in missed)
        misses = len(missed) - asked_between
        if message.between and not asked_between:
            _ask_between(dispatcher, tracker, message)
        elif misses == 0:
            turn.say(dispatcher, tracker, "utter_out_of_scope" if message.intent == OUT_OF_SCOPE else "utter_rephrase")
        elif misses % 2:
            turn.say(dispatcher, tracker, "utter_misunderstood_again", **turn.line(tracker))
        else:
            turn.say(dispatcher, tracker, "utter_misunderstood_still")
        return []


def _ask_between(dispatcher: CollectingDispatcher, tracker: Tracker, message: Message) -> None:
    spoken = turn.language(tracker)
    first, second = (wording().say(f"utter_wish_{intent}", spoken) for intent in message.between)
    buttons = [
        {"title": wish[:1].upper() + wish[1:], "payload": f"/{intent}"}
        for wish, intent in zip((first, second), message.between, strict=True)
    ]
    buttons.append({"title": wording().say("utter_wish_neither", spoken), "payload": f"/{NOT_UNDERSTOOD}"})
    turn.say(dispatcher, tracker, "utter_between_two", first=first, second=second, buttons=buttons)


def _missed_before(tracker: Tracker) -> list[Message]:
    """The messages running, before the latest one, that were not understood."""
    missed: list[Message] = []
    said: Message | None = None
    was_missed = False
    for event in tracker.events:
        if event.get("event") == "user":
            missed = [*missed, said] if was_missed and said is not None else []
            said, was_missed = turn.message_of(event.get("parse_data") or {}), False
        elif event.get("event") == "action" and event.get("name") == "action_misunderstood":
            was_missed = True
    return missed


class ActionHandOff(Action):
    """Passes the customer on to people: the right hotline, its hours, and whether it is open."""

    def name(self) -> str:
        return "action_hand_off"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        premier = turn.category(tracker) is Category.PREMIER
        line = turn.line(tracker, turn.severity(tracker))
        turn.say(dispatcher, tracker, "utter_hand_off_premier" if premier else "utter_hand_off", **line)
        if tracker.get_slot("case_number") is None:
            turn.say(dispatcher, tracker, "utter_hand_off_case")
        return []
