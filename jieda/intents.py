"""The names of intents: each begins with its group (DESIGN.md, Contract)."""

from __future__ import annotations

OUT_OF_SCOPE = "out_of_scope"
"""The one intent that is a group of its own."""

NOT_UNDERSTOOD = "nlu_fallback"
"""Rasa's own name for a message of which too little is sure."""

LATE = "answer_late"
"""A button of a question that is past. No message is of this intent, so none is trained."""


def group(intent: str) -> str:
    """The group of an intent: `billing_renew` belongs to `billing`."""
    return intent if intent == OUT_OF_SCOPE else intent.partition("_")[0]
