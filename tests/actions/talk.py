"""Conversations as actions see them: Rasa's own tracker, made of what was said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

Event = dict[str, Any]

DOMAIN = yaml.safe_load((Path(__file__).resolve().parents[2] / "domain.yml").read_text(encoding="utf-8"))


def said(text: str, intent: str, **parsed: object) -> Event:
    """A customer's message with what was made of it."""
    return {"event": "user", "text": text, "parse_data": {"text": text, "intent": {"name": intent}, **parsed}}


def done(action: str) -> Event:
    return {"event": "action", "name": action}


def took(slot: str, value: object) -> Event:
    """What was filled from the message before."""
    return {"event": "slot", "name": slot, "value": value}


def answered(
    action: Action, *events: Event, slots: Mapping[str, Any] | None = None, asked: str | None = None
) -> list[dict[str, Any]]:
    """What the action says after these events, the last message among which is the latest."""
    return acted(action, *events, slots=slots, asked=asked)[0]


def acted(
    action: Action,
    *events: Event,
    slots: Mapping[str, Any] | None = None,
    asked: str | None = None,
    sender: str = "c1",
) -> tuple[list[dict[str, Any]], list[Event]]:
    """What the action says and what it does after these events; `asked` is what the case form waits for."""
    tracker = tracker_of(*events, slots=slots, asked=asked, sender=sender)
    dispatcher = CollectingDispatcher()
    happened = asyncio.run(action.run(dispatcher, tracker, DOMAIN))
    return list(dispatcher.messages), list(happened)


def tracker_of(
    *events: Event, slots: Mapping[str, Any] | None = None, asked: str | None = None, sender: str = "c1"
) -> Tracker:
    """The conversation after these events."""
    taken = {event["name"]: event["value"] for event in events if event["event"] == "slot"}
    return Tracker(
        sender_id=sender,
        slots={"language": "en", **(slots or {}), **taken, "requested_slot": asked},
        latest_message=[event for event in events if event["event"] == "user"][-1]["parse_data"],
        events=list(events),
        paused=False,
        followup_action=None,
        active_loop={"name": "case_form"} if asked else {},
        latest_action_name=None,
    )
