"""Conversations as actions see them: Rasa's own tracker, made of what was said."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

Event = dict[str, Any]


def said(text: str, intent: str, **parsed: object) -> Event:
    """A customer's message with what was made of it."""
    return {"event": "user", "text": text, "parse_data": {"text": text, "intent": {"name": intent}, **parsed}}


def done(action: str) -> Event:
    return {"event": "action", "name": action}


def answered(action: Action, *events: Event, slots: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """What the action says after these events, the last of which is the customer's message."""
    tracker = Tracker(
        sender_id="c1",
        slots={"language": "en", **(slots or {})},
        latest_message=events[-1]["parse_data"],
        events=list(events),
        paused=False,
        followup_action=None,
        active_loop={},
        latest_action_name=None,
    )
    dispatcher = CollectingDispatcher()
    asyncio.run(action.run(dispatcher, tracker, {}))
    return list(dispatcher.messages)
