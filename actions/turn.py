"""What an action sees of a conversation, in the library's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from jieda import intake
from jieda.clock import clock
from jieda.hours import support_hours
from jieda.intake import PERSONAL, Known, Mention, Message, tells_enough
from jieda.policy import Category, Language, Severity, policy
from jieda.reach import desk, reach
from jieda.wording import facts, wording


def language(tracker: Tracker) -> Language:
    return Language(tracker.get_slot("language") or Language.ZH)


def category(tracker: Tracker) -> Category | None:
    value = tracker.get_slot("support_category")
    return None if value is None else Category(value)


def severity(tracker: Tracker) -> Severity | None:
    value = tracker.get_slot("severity")
    return None if value is None else Severity(value)


def asked(tracker: Tracker) -> str | None:
    """The slot that the case form waits for."""
    return tracker.get_slot("requested_slot") if tracker.active_loop.get("name") else None


def message_id(tracker: Tracker) -> str:
    """Names the customer's message for good: the gateway's id where there is one."""
    latest = tracker.latest_message
    return str((latest.get("metadata") or {}).get("message_id") or latest.get("message_id") or "")


def seq(tracker: Tracker) -> int | None:
    """Where the customer's message stands in the ledger; None for one that came past the gateway."""
    conversation_id, _, number = message_id(tracker).rpartition(":")
    return int(number) if conversation_id == tracker.sender_id and number.isdigit() else None


def confidence(tracker: Tracker) -> float:
    """How sure the classifier is of the latest message's intent."""
    return float((tracker.latest_message.get("intent") or {}).get("confidence") or 0.0)


def key(tracker: Tracker) -> str:
    """Names the customer's message among those of all conversations, so that what it does is done once."""
    return f"{tracker.sender_id}:{message_id(tracker)}"


def message_of(parsed: Mapping[str, Any]) -> Message:
    """A user event's data as the library reads it."""
    text = str(parsed.get("text") or "")
    return Message(
        text=text,
        intent=str((parsed.get("intent") or {}).get("name") or "nlu_fallback"),
        mentions=tuple(
            Mention(
                each["entity"],
                str(each["value"]),
                each.get("evidence"),
                each.get("start") or 0,
                each.get("end") or 0,
                each.get("confidence_entity", 1.0),
            )
            for each in parsed.get("entities") or ()
        ),
        pressed=text.startswith("/"),
        likely_matter=parsed.get("matter") if tells_enough(_impersonal(parsed)) else None,
        between=tuple(parsed.get("between") or ()),
    )


def _impersonal(parsed: Mapping[str, Any]) -> str:
    """The message's text without the customer's names and addresses."""
    characters = list(str(parsed.get("text") or ""))
    for each in parsed.get("entities") or ():
        if each["entity"] in PERSONAL and each.get("start") is not None:
            characters[each["start"] : each["end"]] = " " * (each["end"] - each["start"])
    return "".join(characters)


def known(tracker: Tracker) -> Known:
    """What the conversation knows at the latest message."""
    metadata = tracker.latest_message.get("metadata") or {}
    page = metadata.get("language")
    return Known(
        slots=tracker.current_slot_values(),
        asked=asked(tracker),
        case_offered=_case_offered(tracker),
        consent_refused="utter_consent_refused" in _said_last(tracker),
        page_language=Language(page) if page in {each.value for each in Language} else None,
        earlier=_heard(tracker)[:-1],
    )


def _heard(tracker: Tracker) -> tuple[Message, ...]:
    """The customer's messages; without personal details where those were given for a case that is open already."""
    heard: list[Message] = []
    asked = None
    for event in tracker.events:
        if event.get("event") == "slot" and event.get("name") == "requested_slot":
            asked = event.get("value")
        elif event.get("event") == "user":
            message = message_of(event.get("parse_data") or {})
            if asked in intake.ASKED or message.intent in intake.WISHES:
                message = replace(
                    message, mentions=tuple(each for each in message.mentions if each.entity not in PERSONAL)
                )
            heard.append(message)
    return tuple(heard)


def meant(tracker: Tracker) -> Message:
    """The latest message; a button of a question between two stands for the text that the question was about."""
    return intake.meant(message_of(tracker.latest_message), known(tracker))


def _case_offered(tracker: Tracker) -> bool:
    """Whether the bot's last words before the latest message offered to open a case."""
    offered = said = False
    for event in tracker.events:
        if event.get("event") == "user":
            offered, said = said, False
        elif event.get("event") == "bot":
            buttons = (event.get("data") or {}).get("buttons") or ()
            said = said or any(button.get("payload") == "/case_open" for button in buttons)
    return offered


def say(dispatcher: CollectingDispatcher, tracker: Tracker, response: str, **more: object) -> None:
    """Says a response of the domain with the facts of the policy that it names."""
    needed = wording().needed(response)
    named = {name: fact for name, fact in facts(policy(), language(tracker)).items() if name in needed}
    dispatcher.utter_message(response=response, **{**named, **more})


def say_anew(dispatcher: CollectingDispatcher, tracker: Tracker, response: str, **more: object) -> None:
    """Says a response; if it was said just before, in other words (`<response>_again`) or as a repetition."""
    if response not in _said_last(tracker):
        say(dispatcher, tracker, response, **more)
    elif (again := f"{response}_again") in wording() and again not in _said_last(tracker):
        say(dispatcher, tracker, again, **more)
    else:
        if again not in wording() and "utter_as_said" not in _said_last(tracker):
            say(dispatcher, tracker, "utter_as_said")
        say(dispatcher, tracker, response, **more)


def changed(tracker: Tracker) -> set[str]:
    """The slots that the latest message has changed."""
    names: set[str] = set()
    for event in tracker.events:
        if event.get("event") == "user":
            names.clear()
        elif event.get("event") == "slot":
            names.add(event["name"])
    return names


def _said_last(tracker: Tracker) -> set[str]:
    """The responses that the bot gave to the message before the latest one."""
    before: set[str] = set()
    said: set[str] = set()
    for event in tracker.events:
        if event.get("event") == "user":
            before, said = said, set()
        elif event.get("event") == "bot":
            said.add(str((event.get("metadata") or {}).get("utter_action")))
    return before


def line(tracker: Tracker, severity: Severity | None = None, of: Category | None = None) -> dict[str, str]:
    """The placeholders of how to reach people (`jieda.reach`), for a category or the one at hand."""
    return reach(language(tracker), of or category(tracker), clock().now(), support_hours(), severity)


def desk_now(tracker: Tracker) -> str:
    """Whether the lines are open, in words."""
    return desk(language(tracker), clock().now(), support_hours())
