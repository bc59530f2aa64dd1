"""What a case is about: category, app, severity and summary, and a second matter kept for afterwards."""

from __future__ import annotations

import re
from typing import Any

from jieda.intake.message import CATEGORIES, SERIOUS, Cue, Known, Message, tells_enough
from jieda.intents import group
from jieda.policy import Category, Policy, Severity

SEVERAL_APPS = "Dynamics 365"
"""The affected app when it is several or the customer can't tell."""

ANYONE_WORKING, PEOPLE_AFFECTED, WORK_AROUND = "anyone_working", "people_affected", "work_around"
"""The plain questions that lead to a severity, in this order: is anyone still able to work; how many are affected; is
there a way around. Since when is asked for with the summary."""

_MOST, _ONE = "most", "one"
"""Values of `people_affected`."""
_NUMBER = re.compile(r"\d")

_ABOUT_SOMETHING = frozenset({"case_open", "answer_details", "answer_correction"})
"""Intents that, when nothing was asked, leave open what the matter is about."""


def read_subject(message: Message, known: Known, policy: Policy) -> dict[str, Any]:
    """The slots of the subject that a message changes."""
    changes = _next_issue(message, known)
    category = _category(message, known)
    if category is not None:
        changes.update(_new_subject(category, message, known))
    asks_instead = known.asked is not None and message.intent.startswith("info_") and message.asks
    if not asks_instead or message.names_severity_alone:
        changes.update(_app(message, known, policy))
        changes.update(_severity(message, known))
    return changes


def kept_for_later(message: Message, known: Known) -> dict[str, Any]:
    """The slots that a second matter changes, told while there is a question about the first."""
    if known.asked in (None, "support_category") or message.pressed or not message.has(Cue.ANOTHER):
        return {}
    # Asked what is the matter, customers tell two of a kind as one.
    own = known.slots.get("support_category") if known.asked == "issue_summary" else None
    if message.matter in (None, own):
        return {}
    return {"next_issue": {"category": message.matter, "summary": message.text.strip()}}


def _next_issue(message: Message, known: Known) -> dict[str, Any]:
    """The matter that was kept for afterwards, once it is its turn."""
    kept = known.slots.get("next_issue")
    if not kept or known.asked is not None:
        return {}
    if message.intent == "case_open" and (known.case_offered or message.pressed):
        return {"support_category": kept["category"], "issue_summary": kept["summary"], "next_issue": None}
    if not known.case_offered:
        return {}
    if message.intent == "answer_yes":
        return {"support_category": kept["category"], "issue_summary": kept["summary"], "next_issue": None}
    return {"next_issue": None} if message.intent == "answer_no" else {}


def _category(message: Message, known: Known) -> str | None:
    """The category that a message says its matter to be of, if it says so."""
    named = message.value("support_category")
    own = group(message.intent)
    if known.asked == "support_category":
        if message.intent.startswith("info_") and message.asks:
            return None
        return named or (own if own in CATEGORIES else None)
    if known.asked is None:
        if message.intent in _ABOUT_SOMETHING:
            return named or _likely_category(message)
        return own if own in CATEGORIES else None
    if message.has(Cue.CHANGE) or message.intent == "answer_correction":
        other = named or (own if own in CATEGORIES else None)
        return other if other != known.slots.get("support_category") else None
    return None


def _likely_category(message: Message) -> str | None:
    """Work that has stopped is about the product in use, whatever the rest sounds like ("Sales 全公司都不行")."""
    stopped = message.value("severity") == Severity.CRITICAL.value
    return Category.TECHNICAL.value if stopped and message.matter not in SERIOUS else message.matter


def _new_subject(category: str, message: Message, known: Known) -> dict[str, Any]:
    changes: dict[str, Any] = {"support_category": category}
    if known.has("support_category") and known.slots["support_category"] != category:
        changes.update(affected_app=None, severity=None, issue_summary=None)
    if not message.pressed and _tells_the_matter(message, known):
        changes["issue_summary"] = message.text.strip()
    return changes


def _tells_the_matter(message: Message, known: Known) -> bool:
    """Whether a message describes the matter well enough to be the case's summary."""
    if known.asked is None and message.intent in _ABOUT_SOMETHING:
        return message.value("severity") is not None or tells_enough(message.text, 2)
    # That it is about another category tells nothing of the matter itself.
    return tells_enough(message.text if known.asked is None else message.without("cue", "support_category"))


def _app(message: Message, known: Known, policy: Policy) -> dict[str, Any]:
    app = message.value("affected_app")
    if known.asked == "affected_app" and app in (None, "any"):
        app = message.value("affected_app_when_asked") or app
        if app is None and message.intent == "answer_unsure":
            app = "any"
        if app == "any":
            return {"affected_app": SEVERAL_APPS}
    return {} if app in (None, "any") else {"affected_app": policy.app(app).name}


def _severity(message: Message, known: Known) -> dict[str, Any]:
    """Named outright, or from the answers to plain questions when the customer cannot tell."""
    severity = message.value("severity")
    if known.asked != "severity":
        return {"severity": Severity(severity).value} if severity else {}
    severity = severity or message.value("severity_when_asked")
    if severity is None:
        return _plain_answer(message, known)
    return {"severity": Severity(severity).value, "severity_question": None}


def _plain_answer(message: Message, known: Known) -> dict[str, Any]:
    """Nobody works, most are affected or there is no way around: critical. Unsure to the end: non-critical, which the
    customer may raise."""
    question, intent = known.slots.get("severity_question"), message.intent
    decided: Severity | None = None
    following = question
    if question == PEOPLE_AFFECTED:
        people = message.value("people_affected")
        if people == _MOST:
            decided = Severity.CRITICAL
        elif people is not None or intent == "answer_unsure" or (not message.pressed and _NUMBER.search(message.text)):
            following = WORK_AROUND
    elif intent == "answer_unsure":
        following = {None: ANYONE_WORKING, ANYONE_WORKING: _after_anyone_working(known)}.get(question)
        decided = Severity.NON_CRITICAL if question == WORK_AROUND else None
    elif question is not None and intent == "answer_no":
        decided = Severity.CRITICAL
    elif question == ANYONE_WORKING and intent == "answer_yes":
        following = _after_anyone_working(known)
    elif question == WORK_AROUND and intent == "answer_yes":
        decided = Severity.NON_CRITICAL
    if decided is not None:
        return {"severity": decided.value, "severity_question": None}
    return {"severity_question": following}


def _after_anyone_working(known: Known) -> str:
    """How many are affected need not be asked of a customer who said that they are the only one."""
    alone = any(_ONE in earlier.values("people_affected") for earlier in known.earlier)
    return WORK_AROUND if alone else PEOPLE_AFFECTED
