"""What a customer's message tells of their case: details given, asked for or not, in any message.

Pure: a message as it was understood and what is known so far go in, the slots that change come out. Nothing personal
is taken before the customer has agreed; what was said earlier is read again once they have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from jieda.intents import group
from jieda.policy import Category, Language, Policy, Severity

CATEGORIES = frozenset(category.value for category in Category)
SERIOUS = frozenset({Category.TECHNICAL.value, Category.PREMIER.value})
"""Categories whose cases need an affected app and a severity."""

PERSONAL = ("contact_name", "company", "contact_phone", "contact_email")
SEVERAL_APPS = "Dynamics 365"
"""The affected app when it is several or the customer can't tell."""

NAME_MAX, COMPANY_MAX, SUMMARY_MAX, SUMMARY_MIN = 40, 80, 2_000, 3
_TELLING_ZH, _TELLING_EN = 8, 5

_DIGRESSIONS = ("info_", "human_", "case_", "social_")
_ABOUT_SOMETHING = frozenset({"case_open", "answer_details", "answer_correction"})
"""Intents that, when nothing was asked, leave open what the matter is about."""
_NO_ANSWER = frozenset({"answer_cancel", "answer_refuse", "answer_unsure"})
_QUESTION = re.compile(
    r"[?？吗呢]|么\s*$|什么|怎么|为什么|几点|几号|几天|多少|多久|哪|谁|"
    r"^(?:what|when|where|who|why|how|can|could|do|does|is|are)\b",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_LEAD_IN = re.compile(
    r"^(?:您?好[，,。!！\s]*)?(?:(?:我|名字|姓名|公司|单位|联系人|我们公司|公司名称?|我们)(?:叫|是|就是|的名字是)[:：]?|叫我?|"
    r"(?:it'?s|it is|my name is|i'?m|i am|this is|name is|name:|company:|(?:the )?company is|we are|we're)\s+)\s*",
    re.IGNORECASE,
)
_FULL_NAME = re.compile(r"[A-Z][\w'’-]*(?:\s+[A-Z][\w'’.-]*)+")
"""Latin words that begin with capitals: a name even where it sounds like manners ("Grace Hall")."""
_EDGES = " \t\r\n，,。.!！;；:：“”\"'"


@dataclass(frozen=True)
class Mention:
    """An entity of a message: its kind, its value, and for a language how sure it is."""

    entity: str
    value: str
    evidence: str | None = None


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

    def value(self, *entities: str) -> str | None:
        """The first value of the first of these entities that is there."""
        return next((each.value for entity in entities for each in self.mentions if each.entity == entity), None)


@dataclass(frozen=True)
class Known:
    """What is known when a message comes in."""

    slots: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    asked: str | None = None
    case_offered: bool = False
    page_language: Language | None = None
    earlier: tuple[Message, ...] = ()

    def has(self, slot: str) -> bool:
        return self.slots.get(slot) is not None


def read(message: Message, known: Known, policy: Policy) -> dict[str, Any]:
    """The slots that this message changes. The same message read twice changes nothing more."""
    message = meant(message, known)
    changes = _language(message, known)
    changes["wants_case"] = _wants_case(message, known)
    changes.update(_subject(message, known, policy))
    changes.update(_answers(message, known))
    changes.update(_personal(message, known, changes.get("privacy_consent", known.slots.get("privacy_consent"))))
    return {slot: value for slot, value in changes.items() if known.slots.get(slot) != value}


def meant(message: Message, known: Known) -> Message:
    """The message; or, if it chooses what the one before was about, that one with the intent chosen."""
    last = known.earlier[-1] if known.earlier else None
    if message.pressed and last is not None and message.intent in last.between:
        return replace(last, intent=message.intent, between=())
    return message


def _language(message: Message, known: Known) -> dict[str, Any]:
    if message.intent == "social_language_switch" and not message.pressed:
        # Of several the last is the one wished for ("我英语不好，请说中文").
        named = [each.value for each in message.mentions if each.entity == "language_switch"]
        chosen = named[-1] if named else message.value("language")
        if chosen:
            return {"language": chosen, "language_locked": True}
    if not known.slots.get("language_locked") and not message.pressed:
        for mention in message.mentions:
            if mention.entity == "language" and (mention.evidence == "sentence" or known.asked not in PERSONAL):
                return {"language": mention.value}
    if not known.has("language"):
        return {"language": (known.page_language or Language.ZH).value}
    return {}


def _wants_case(message: Message, known: Known) -> bool:
    if message.intent == "answer_yes":
        return known.case_offered
    return message.value("case_request") is not None


def _subject(message: Message, known: Known, policy: Policy) -> dict[str, Any]:
    """Category, app, severity and summary."""
    changes: dict[str, Any] = {}
    named = message.value("support_category")
    if known.asked is None:
        category = group(message.intent) if group(message.intent) in CATEGORIES else None
        if message.intent in _ABOUT_SOMETHING:
            category = named or (group(message.likely_matter) if message.likely_matter else None)
        if category is not None:
            changes.update(_new_subject(category, message, known))
    elif known.asked == "support_category":
        category = named or (group(message.intent) if group(message.intent) in CATEGORIES else None)
        if category is not None:
            changes["support_category"] = category
            if tells_enough(message.text) and not message.pressed:
                changes["issue_summary"] = message.text.strip()
    app = message.value("affected_app")
    if known.asked == "affected_app" and app in (None, "any"):
        app = message.value("affected_app_when_asked") or app
        if app is None and message.intent == "answer_unsure":
            app = "any"
        if app == "any":
            changes["affected_app"] = SEVERAL_APPS
    if app not in (None, "any"):
        changes["affected_app"] = policy.app(app).name
    severity = message.value("severity")
    if severity is None and known.asked == "severity":
        severity = message.value("severity_when_asked")
    if severity is not None:
        changes["severity"] = Severity(severity).value
    return changes


def _new_subject(category: str, message: Message, known: Known) -> dict[str, Any]:
    changes: dict[str, Any] = {"support_category": category}
    if known.has("support_category") and known.slots["support_category"] != category:
        changes.update(affected_app=None, severity=None, issue_summary=None)
    if not message.pressed and _tells_the_matter(message):
        changes["issue_summary"] = message.text.strip()
    return changes


def _tells_the_matter(message: Message) -> bool:
    """Whether a message describes the matter well enough to be the case's summary."""
    if message.intent in _ABOUT_SOMETHING:
        return message.value("severity") is not None or tells_enough(message.text, 2)
    return tells_enough(message.text)


def tells_enough(text: str, times: int = 1) -> bool:
    """Whether a text has words enough to describe a matter."""
    return len(_HAN.findall(text)) >= times * _TELLING_ZH or len(_LATIN_WORD.findall(text)) >= times * _TELLING_EN


def _answers(message: Message, known: Known) -> dict[str, Any]:
    """What is an answer only because it was asked for; whether it will do is for the form to say."""
    asked, intent = known.asked, message.intent
    if asked in ("privacy_consent", "case_confirmed"):
        if intent == "answer_yes":
            return {asked: True}
        if intent == "answer_no" or (intent == "answer_refuse" and asked == "privacy_consent"):
            return {asked: False}
        return {}
    if asked == "issue_summary" and not message.pressed and not _digresses(message):
        return {"issue_summary": message.text.strip()}
    if asked in ("contact_phone", "contact_email") and intent == "answer_refuse":
        return {"waived_details": sorted({*(known.slots.get("waived_details") or ()), asked})}
    return {}


def _personal(message: Message, known: Known, consent: bool | None) -> dict[str, Any]:
    if not consent:
        return {}
    changes: dict[str, Any] = {}
    if not known.slots.get("privacy_consent"):
        for earlier in known.earlier:
            changes.update(_plainly_said(earlier))
    changes.update(_plainly_said(message))
    asked = known.asked
    if asked in PERSONAL and asked not in changes and not message.pressed:
        answer = _bare_answer(asked, message)
        if answer is not None:
            changes[asked] = answer
    return changes


def _plainly_said(message: Message) -> dict[str, str]:
    return {slot: value for slot in PERSONAL if (value := message.value(slot)) is not None}


def _bare_answer(asked: str, message: Message) -> str | None:
    text = message.text.strip()
    if message.intent in _NO_ANSWER:
        return None
    if asked in ("contact_name", "company"):
        if _digresses(message) and not reads_like_name(text):
            return None
        if message.intent.startswith(("human_", "social_")) and not _FULL_NAME.fullmatch(text):
            return None
        return _LEAD_IN.sub("", text).strip(_EDGES) or None
    if _digresses(message) and not re.search(r"\d{3}|@", text):
        return None
    return text


def _digresses(message: Message) -> bool:
    """Whether the message asks for something else rather than answer a question for free text."""
    return message.intent.startswith(_DIGRESSIONS) or message.intent == "answer_cancel"


def reads_like_name(text: str) -> bool:
    """Whether a text may be the name of a person or company rather than a sentence."""
    if not text.strip(_EDGES) or _QUESTION.search(text) or "@" in text:
        return False
    return len(_HAN.findall(text)) <= 20 and len(_LATIN_WORD.findall(text)) <= 6


def needed(slots: Mapping[str, Any]) -> list[str]:
    """What the case form must ask for, in order, given what is known; it skips what is filled by itself."""
    if slots.get("privacy_consent") is False:
        return []
    wanted = ["support_category"]
    if slots.get("support_category") in SERIOUS:
        wanted += ["affected_app", "severity"]
    wanted += ["issue_summary", "privacy_consent", "contact_name", "company"]
    waived: Iterable[str] = slots.get("waived_details") or ()
    if {"contact_phone", "contact_email"} <= set(waived):
        return []
    wanted += [slot for slot in ("contact_phone", "contact_email") if slot not in waived]
    return [*wanted, "case_confirmed"]
