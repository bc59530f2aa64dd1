"""The names of intents: each begins with its group (DESIGN.md, Contract)."""

from __future__ import annotations

import functools

import yaml

from jieda.settings import PROJECT

OUT_OF_SCOPE = "out_of_scope"
"""The one intent that is a group of its own."""

NOT_UNDERSTOOD = "nlu_fallback"
"""Rasa's own name for a message of which too little is sure."""

LATE = "answer_late"
"""A button of a question that is past. No message is of this intent, so none is trained."""


def group(intent: str) -> str:
    """The group of an intent: `billing_renew` belongs to `billing`."""
    return intent if intent == OUT_OF_SCOPE else intent.partition("_")[0]


@functools.cache
def known_intents() -> tuple[str, ...]:
    """The intents of the domain, by group."""
    domain = yaml.load((PROJECT / "domain.yml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    names = (name if isinstance(name, str) else next(iter(name)) for name in domain["intents"])
    return tuple(sorted((name for name in names if name != NOT_UNDERSTOOD), key=lambda name: (group(name), name)))
