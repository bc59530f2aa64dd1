"""Which of the entities that a tagger found in a message (jieda/nlu/tagger.py) are believed.

What rules find is sure. What the tagger finds is a guess with a confidence, and a wrong name or severity in a case is
worse than one that has to be asked for: it counts where it was asked for, or else where it is all but certain.
"""

from __future__ import annotations

from dataclasses import replace

from jieda.intake.message import PERSONAL, Known, Mention, Message

ASKED_FOR = 0.7
"""Confidence from which a guess counts that is of the kind that was asked for."""

_NAMES = frozenset({"contact_name", "company"})
_TELLING = frozenset({"answer_details", "answer_correction", "case_open"})
"""Intents of customers who tell who they are; elsewhere names are as often somebody else's."""
_EDGES = " \t\r\n，,。.!！"


def believed(message: Message, known: Known) -> Message:
    """The message with those of its entities that count, when this is known."""
    counted = (_counted(each, message, known) for each in message.mentions)
    return replace(message, mentions=tuple(each for each in counted if each is not None))


def all_believed(known: Known) -> Known:
    """What is known, with those entities of the earlier messages that count by themselves."""
    nothing_asked = Known()
    return replace(known, earlier=tuple(believed(each, nothing_asked) for each in known.earlier))


def _counted(mention: Mention, message: Message, known: Known) -> Mention | None:
    if mention.confidence == 1:
        return mention
    if mention.entity == known.asked:
        return replace(mention, confidence=1.0) if mention.confidence >= ASKED_FOR else None
    if not mention.sure:
        return None
    return mention if mention.entity not in _NAMES or _is_own_name(mention, message, known) else None


def _is_own_name(mention: Mention, message: Message, known: Known) -> bool:
    """Whether a name that was not asked for is the customer's own; one by itself may be anything's."""
    by_itself = message.text[mention.start : mention.end] == message.text.strip(_EDGES)
    return not by_itself and (known.asked in PERSONAL or message.intent in _TELLING)
