"""Rasa's REST channel, which takes a typed label for its button and knows a button whose question is past."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.channels.rest import RestInput
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sanic import Blueprint, Sanic

from jieda.action_results import check_schema_once
from jieda.buttons import PRESS, as_pressed
from jieda.conversations import Button

LONGEST_LABEL = 80
"""Characters; a longer text is no button's label."""


class ButtonAwareRestInput(RestInput):
    """The webhook at the usual address. `credentials.yml` names it."""

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        # Rasa makes the channels once, at its start.
        check_schema_once()

        async def on_message(message: UserMessage) -> None:
            if message.text and (message.text.startswith(PRESS) or len(message.text) <= LONGEST_LABEL):
                tracker = await Sanic.get_app().ctx.agent.tracker_store.retrieve(message.sender_id)
                if tracker is not None:
                    message.text = as_pressed(
                        message.text, shown(tracker), filling_form=tracker.active_loop_name is not None
                    )
            await on_new_message(message)

        webhook: Blueprint = super().blueprint(on_message)
        return webhook


def shown(tracker: DialogueStateTracker) -> list[Button]:
    """The buttons of what the bot said last."""
    found: list[Button] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered):
            for each in (event.data or {}).get("buttons") or ():
                found.append(Button(str(each.get("title")), str(each.get("payload"))))
    return found
