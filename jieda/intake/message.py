"""A customer's message as it was understood, and what is known when it comes in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Any

from jieda.intents import NOT_UNDERSTOOD, group
from jieda.policy import Category, Language

CATEGORIES = frozenset(category.value for category in Category)
SERIOUS = frozenset({Category.TECHNICAL.value, Category.PREMIER.value})
"""Categories whose cases need an affected app and a severity."""

ENDS = frozenset({"answer_cancel", "human_request", "social_bot_complaint"})
"""Intents that end a form, whatever detail the message gave by the way."""

PERSONAL = ("contact_name", "company", "contact_phone", "contact_email")

SURE = 0.9
"""Confidence from which what a tagger found in a message is taken for what it says."""

_TELLING_ZH, _TELLING_EN = 8, 5
_DIGRESSIONS = ("info_", "human_", "case_", "social_")
_QUESTION = re.compile(
    r"[?？吗呢]|么\s*$|什么|怎么|为什么|几点|几号|几天|多少|多久|哪|谁|"
    r"^(?:what|when|where|who|why|how|can|could|do|does|is|are)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"\w.*[。.;；!！\n]\s*$", re.DOTALL)
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


_OF_PREMIER = {
    "presales_trial_or_purchase": "premier_purchase",
    "presales_pricing": "premier_purchase",
    "billing_general": "premier_purchase",
    "technical_how_to": "premier_contact",
    "info_portal": "premier_contact",
}
"""What a question means when it is asked of Premier support, by what it means elsewhere."""


class Cue(str, Enum):
    """Words that say how a message is meant (`cue` of data/nlu/lexicon/entities.yml)."""

    CHANGE = "change"
    """It is about something else than was said before: "actually"."""
    ANOTHER = "another"
    """There is one matter more: "another problem"."""
    OTHER_ONE = "other_one"
    """Of two things given the other: "the other number"."""
    AGREED = "agreed"
    """Agreement in so many words, or its refusal; the intent tells which."""


class Aspect(str, Enum):
    """What of an answer is asked for (`aspect` of data/nlu/lexicon/entities.yml)."""

    HELPS_WITH = "helps_with"
    HOLIDAYS = "holidays"
    EXPECTED = "expected"
    PURPOSE = "purpose"
    """What personal data is wanted for."""


@dataclass(frozen=True)
class Mention:
    """An entity of a message: its kind, its value, for a language how sure it is, and where it stands.

    `confidence` is 1 where a rule found it, less where a tagger did.
    """

    entity: str
    value: str
    evidence: str | None = None
    start: int = 0
    end: int = 0
    confidence: float = 1.0

    @property
    def sure(self) -> bool:
        return self.confidence >= SURE


@dataclass(frozen=True)
class Message:
    """A customer's message as it was understood. `pressed` is true for a button, whose text says nothing."""

    text: str
    intent: str
    mentions: tuple[Mention, ...] = ()
    pressed: bool = False
    likely_matter: str | None = None
    """The intent of a category that the message is most likely about, whatever its own; None: there is no telling."""
    between: tuple[str, ...] = ()
    """The two intents that the message may be of, where it has to be asked."""

    def sure(self, entity: str) -> list[Mention]:
        """The mentions of an entity that are sure, in order.

        A word that tells a severity only when that is asked ("一般") tells none otherwise, whatever a guess says.
        """
        asked = {(each.start, each.end) for each in self.mentions if each.entity == "severity_when_asked" and each.end}
        found = [each for each in self.mentions if each.entity == entity and each.sure]
        return [each for each in found if entity != "severity" or (each.start, each.end) not in asked]

    def values(self, entity: str) -> Iterator[str]:
        """The values of an entity that are sure, in order."""
        return (each.value for each in self.sure(entity))

    def value(self, *entities: str) -> str | None:
        """The first value of the first of these entities that is there."""
        return next((value for entity in entities for value in self.values(entity)), None)

    def has(self, cue: Cue) -> bool:
        return cue.value in self.values("cue")

    def asks_about(self, aspect: Aspect) -> bool:
        return aspect.value in self.values("aspect")

    @property
    def names_severity_alone(self) -> bool:
        """Whether it is a severity and nothing else, whatever it was taken for."""
        rest = self.without("severity", "severity_when_asked")
        return self.value("severity") is not None and not any(each.isalnum() for each in rest)

    def without(self, *entities: str) -> str:
        """The text with blanks where these entities stand."""
        characters = list(self.text)
        for each in self.mentions:
            if each.entity in entities:
                characters[each.start : each.end] = " " * (each.end - each.start)
        return "".join(characters)

    def before(self, cue: Cue) -> Message:
        """What stands before a cue, as details: the mentions, and the words where they are a sentence of their own."""
        end = next((each.start for each in self.mentions if each.entity == "cue" and each.value == cue.value), 0)
        words = self.text[:end] if _SENTENCE.search(self.text[:end]) else ""
        mentions = tuple(each for each in self.mentions if each.end <= end)
        # The intent is that of the whole and says nothing of a part.
        return replace(self, text=words, intent="answer_details", mentions=mentions, likely_matter=None)

    @property
    def matter(self) -> str | None:
        """The category that the message is about, by its intent or else by what it is most likely about."""
        for intent in (self.intent, self.likely_matter or ""):
            if (category := group(intent)) in CATEGORIES:
                return category
        return None

    @property
    def asks(self) -> bool:
        """Whether it reads like a question."""
        return _QUESTION.search(self.text) is not None

    @property
    def digresses(self) -> bool:
        """Whether it asks for something else rather than answer a question for free text."""
        return self.intent.startswith(_DIGRESSIONS) or self.intent == "answer_cancel"


@dataclass(frozen=True)
class Known:
    """What is known when a message comes in."""

    slots: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    asked: str | None = None
    case_offered: bool = False
    consent_refused: bool = False
    """Whether the bot has just said what there is without consent."""
    page_language: Language | None = None
    earlier: tuple[Message, ...] = ()

    def has(self, slot: str) -> bool:
        return self.slots.get(slot) is not None


def meant(message: Message, known: Known) -> Message:
    """The message; or, if it chooses what the one before was about, that one with the intent chosen; or, if it is a
    question without a subject, one about what was spoken of last: "怎么买" after Premier's benefits. A wish for a case
    in so many words is one, even if the rest is not understood."""
    last = known.earlier[-1] if known.earlier else None
    if message.pressed and last is not None and message.intent in last.between:
        return replace(last, intent=message.intent, between=())
    if known.asked is None and last is not None and group(last.intent) == Category.PREMIER.value:
        of_another = message.value("support_category", "affected_app") is not None or tells_enough(message.text, 1.2)
        if not message.pressed and not of_another and (intent := _OF_PREMIER.get(message.intent)):
            return replace(message, intent=intent)
    if known.asked is None and message.intent == NOT_UNDERSTOOD and message.value("case_request") is not None:
        matters = [each for each in message.between if group(each) in CATEGORIES]
        clear = len({group(each) for each in matters}) == 1
        likely = message.likely_matter or (matters[0] if clear else None)
        return replace(message, intent="case_open", likely_matter=likely, between=())
    return message


def tells_enough(text: str, times: float = 1) -> bool:
    """Whether a text has words enough to describe a matter."""
    return len(_HAN.findall(text)) >= times * _TELLING_ZH or len(_LATIN_WORD.findall(text)) >= times * _TELLING_EN


def reads_like_name(text: str) -> bool:
    """Whether a text may be the name of a person or company rather than a sentence."""
    if not any(character.isalnum() for character in text) or _QUESTION.search(text) or "@" in text:
        return False
    return len(_HAN.findall(text)) <= 20 and len(_LATIN_WORD.findall(text)) <= 6
