"""Answers questions with the policy's facts, and says so when there is no answer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from jieda.intake import CATEGORIES, PERSONAL, Aspect, Cue, Mention, Message
from jieda.intents import NOT_UNDERSTOOD, OUT_OF_SCOPE, group
from jieda.policy import Category, Language, Link, Severity, policy
from jieda.wording import linked, listed, wording

_SURE_OF_A_GROUP = 0.8
_ABOUT_A_PAGE = frozenset({"info_legal", "info_related_services", "info_documentation"})


def answer(dispatcher: CollectingDispatcher, tracker: Tracker, message: Message) -> None:
    """Says the answer to a question: of the page, line, severity or aspect meant, if one is named."""
    if asks_purpose(tracker, message):
        turn.say_anew(dispatcher, tracker, "utter_privacy_purpose")
        return
    pages = _pages(message)
    if not pages:
        if group(message.intent) == Category.TECHNICAL.value and message.value("severity") == Severity.CRITICAL.value:
            line = turn.line(tracker, Severity.CRITICAL, Category.TECHNICAL)
            turn.say_anew(dispatcher, tracker, "utter_technical_critical", **line)
            return
        terms = {**_terms(turn.language(tracker)), "desk": turn.desk_now(tracker)}
        turn.say_anew(dispatcher, tracker, _response(message), **terms)
        return
    spoken = turn.language(tracker)
    if addressed := [linked(page, spoken) for page in pages if page.url is not None]:
        turn.say_anew(dispatcher, tracker, "utter_info_topic", topic=listed(addressed, spoken))
    if others := [page.title.in_(spoken) for page in pages if page.url is None]:
        turn.say(dispatcher, tracker, "utter_info_topic_without_address", topic_title=listed(others, spoken))


def asks_purpose(tracker: Tracker, message: Message) -> bool:
    """Whether a customer who is asked for personal data, or for consent to it, asks what for."""
    return turn.asked(tracker) in ("privacy_consent", *PERSONAL) and message.asks_about(Aspect.PURPOSE)


def _pages(message: Message) -> list[Link]:
    """The pages asked for by name. The documentation counts only alone: "the docs for Azure" are another page."""
    named = [policy().link(key) for key in dict.fromkeys(message.values("topic"))]
    particular = [page for page in named if "additional" in page.topics]
    if message.intent in _ABOUT_A_PAGE:
        return particular or named
    return particular if message.intent == "info_portal" else []


def _response(message: Message) -> str:
    line = _line(message)
    if line and (message.intent == "info_capabilities" or _line_asked_about(message)):
        return "utter_premier_benefits" if line == Category.PREMIER.value else f"utter_info_capabilities_{line}"
    if line and message.intent == "info_hotline":
        return f"utter_info_hotline_{line}"
    if message.intent == "info_hours":
        if message.asks_about(Aspect.HOLIDAYS):
            return "utter_info_hours_holidays"
        return "utter_info_hours_presales" if line == Category.PRESALES.value else "utter_info_hours"
    if message.intent == "info_response_time":
        if severity := _severity_asked_about(message):
            return f"utter_info_response_time_{severity.value}"
        expected = message.asks_about(Aspect.EXPECTED)
        return "utter_info_response_time_expected" if expected else "utter_info_response_time"
    return f"utter_{message.intent}"


def _line(message: Message) -> str | None:
    line = message.value("support_category")
    return line if line in CATEGORIES else None


def _line_asked_about(message: Message) -> bool:
    """Whether it is asked what a line that is named helps with."""
    return _line(message) is not None and message.asks_about(Aspect.HELPS_WITH) and message.asks


def _severity_asked_about(message: Message) -> Severity | None:
    """The one severity that a question names; None where it names both or none."""
    named = message.sure("severity")
    named += [
        each
        for each in message.mentions
        # "一般" (as a rule) in a question names no severity; "非严重" holds "严重".
        if (each.entity, each.value) == ("severity_when_asked", Severity.CRITICAL.value)
        and not any(other.start <= each.start and each.end <= other.end for other in named)
    ]
    values = {each.value for each in named}
    return Severity(values.pop()) if len(values) == 1 else None


def _terms(spoken: Language) -> dict[str, str]:
    """The placeholders for what the policy decides between ways of doing: each has a wording."""
    worked = policy().severities.critical.worked_continuously
    return {
        "critical_worked": wording().say("utter_worked_continuously", spoken) if worked else "",
        "non_critical_counted": wording().say(f"utter_counts_{policy().hours.non_critical_due_counts}", spoken),
        "make_up_workdays": wording().say(f"utter_make_up_workdays_{policy().hours.make_up_workdays}", spoken),
    }


def answerable(message: Message) -> Message | None:
    """A message of which the intent is not sure though its answer is, as one that is understood; None if it is not."""
    if message.intent != NOT_UNDERSTOOD:
        return None
    likely = [replace(message, intent=intent, between=()) for intent in message.between]
    about = [group(each.intent) for each in likely if group(each.intent) in CATEGORIES]
    if _line_asked_about(message):
        return replace(message, intent="info_capabilities", between=())
    if about and "info_hotline" in message.between:
        # The line of that category answers both.
        named = Mention("support_category", about[0])
        return replace(message, intent="info_hotline", between=(), mentions=(named, *message.mentions))
    return likely[0] if likely and len({_response(each) for each in likely}) == 1 else None


class ActionAnswer(Action):
    """Answers the latest message with `utter_<intent>`, and a matter with the offer of a case or a person besides; a
    second matter during the case form is kept for afterwards."""

    def name(self) -> str:
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        message = turn.meant(tracker)
        if turn.asked(tracker) and message.has(Cue.ANOTHER) and message.matter:
            turn.say(dispatcher, tracker, "utter_kept_for_later")
        elif turn.asked(tracker) and message.names_severity_alone:
            # It stands in the case already, or does not matter to it.
            turn.say_anew(dispatcher, tracker, "utter_detail_taken")
        elif turn.asked(tracker) != "severity" or "severity_question" not in turn.changed(tracker):
            answer(dispatcher, tracker, message)
            if not turn.asked(tracker) and group(message.intent) in CATEGORIES:
                turn.say_anew(dispatcher, tracker, "utter_offer")
        return []


class ActionNoted(Action):
    """Takes details that nobody asked for as a matter, if it can be told which; else asks what they are for.

    A case's number is for a wish about that case, which the buttons then name.
    """

    def name(self) -> str:
        return "action_noted"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        message = turn.message_of(tracker.latest_message)
        if (number := message.value("case_number")) is not None:
            about = replace(message, between=("case_status", "case_update"))
            _ask_between(dispatcher, tracker, about, case_number=number)
        elif message.likely_matter is None:
            turn.say(dispatcher, tracker, "utter_noted")
        else:
            answer(dispatcher, tracker, replace(message, intent=message.likely_matter))
            turn.say_anew(dispatcher, tracker, "utter_offer")
        return []


class ActionMisunderstood(Action):
    """Asks between two meanings, or to rephrase; from the second miss running it offers a person."""

    def name(self) -> str:
        return "action_misunderstood"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        message, missed = turn.message_of(tracker.latest_message), _missed_before(tracker)
        if (sure := answerable(message)) is not None:
            answer(dispatcher, tracker, sure)
            return []
        if message.intent == NOT_UNDERSTOOD and (line := _surely_about(tracker)) is not None:
            turn.say_anew(dispatcher, tracker, f"utter_info_hotline_{line}", desk=turn.desk_now(tracker))
            return []
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


def _surely_about(tracker: Tracker) -> str | None:
    """The category that a message is surely about, though its intents share it: its line helps with all of them."""
    shares: dict[str, float] = {}
    for each in tracker.latest_message.get("intent_ranking") or ():
        shares[group(each["name"])] = shares.get(group(each["name"]), 0.0) + each["confidence"]
    about = max(shares, key=shares.__getitem__, default=None)
    return about if about in CATEGORIES and shares[about] >= _SURE_OF_A_GROUP else None


def _ask_between(dispatcher: CollectingDispatcher, tracker: Tracker, message: Message, **named: str) -> None:
    """Asks which of two is wished for; the buttons' messages bear what is named already, by entity."""
    bearing = json.dumps(named) if named else ""
    spoken = turn.language(tracker)
    first, second = (wording().say(f"utter_wish_{intent}", spoken) for intent in message.between)
    buttons = [
        {"title": wish[:1].upper() + wish[1:], "payload": f"/{intent}{bearing}"}
        for wish, intent in zip((first, second), message.between, strict=True)
    ]
    neither = f'/{NOT_UNDERSTOOD}{{"question": "between", "of": "{" ".join(message.between)}"}}'
    buttons.append({"title": wording().say("utter_wish_neither", spoken), "payload": neither})
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


class ActionManners(Action):
    """Greets, thanks and the like: `utter_<intent>`."""

    def name(self) -> str:
        return "action_manners"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        response = f"utter_{turn.message_of(tracker.latest_message).intent}"
        if turn.asked(tracker) and (shorter := f"{response}_in_form") in wording():
            response = shorter
        turn.say_anew(dispatcher, tracker, response)
        return []


class ActionShortReply(Action):
    """What to say to a yes, no or don't know that nothing was asked for."""

    def name(self) -> str:
        return "action_short_reply"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        at_a_loss = turn.message_of(tracker.latest_message).intent in ("answer_unsure", "answer_refuse")
        turn.say_anew(dispatcher, tracker, "utter_no_problem" if at_a_loss else "utter_anything_else")
        return []


class ActionQuestionPast(Action):
    """Tells a customer who pressed a button of an earlier question that it has been dealt with."""

    def name(self) -> str:
        return "action_question_past"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        turn.say_anew(dispatcher, tracker, "utter_question_past")
        return []
