"""What a customer's message tells of their case: details given, asked for or not, in any message.

Pure: a message as it was understood and what is known so far go in, the slots that change come out. Nothing personal
is taken before the customer has agreed; what was said earlier is read again once they have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from jieda.intake.belief import all_believed, believed
from jieda.intake.details import read_details, wrong_details
from jieda.intake.introductions import introduced
from jieda.intake.message import CATEGORIES, PERSONAL, SERIOUS, Aspect, Cue, Known, Message, meant, tells_enough
from jieda.intake.open_case import ASKED, about_open_case, read_open_case
from jieda.intake.subject import kept_for_later, read_subject
from jieda.intents import LATE, NOT_UNDERSTOOD, OUT_OF_SCOPE, group
from jieda.policy import Language, Policy

_NAMES_GIVEN = frozenset({*PERSONAL, "case_confirmed"})
"""Questions that are answered with names, or corrected with them; these are in no language."""
_HOLDS_BACK = frozenset({"answer_refuse", "answer_no"})
_SHORT_REPLIES = frozenset({"answer_yes", "answer_no", "answer_unsure", "answer_refuse"})
_CONTACTS = ("contact_phone", "contact_email")


def read(message: Message, known: Known, policy: Policy) -> dict[str, Any]:
    """The slots that this message changes. The same message read twice changes nothing more."""
    message = believed(meant(message, known), known)
    known = all_believed(known)
    changes = _language(message, known)
    changes["wants_case"] = _wants_case(message, known)
    if message.intent == LATE:
        pass
    elif about_open_case(message, known):
        changes.update(kept_for_later(message, known) or read_open_case(message, known))
    else:
        changes.update(_of_new_case(message, replace(known, asked=None) if known.asked in ASKED else known, policy))
    return {slot: value for slot, value in changes.items() if known.slots.get(slot) != value}


def _of_new_case(message: Message, known: Known, policy: Policy) -> dict[str, Any]:
    if later := kept_for_later(message, known):
        return {**_of_new_case(message.before(Cue.ANOTHER), known, policy), **later}
    changes: dict[str, Any] = dict(wrong_details(message, known))
    changes.update(read_subject(message, known, policy))
    changes.update(_answers(message, known))
    changes.update(read_details(message, known, changes.get("privacy_consent", known.slots.get("privacy_consent"))))
    return changes


def _language(message: Message, known: Known) -> dict[str, Any]:
    if message.intent == "social_language_switch" and not message.pressed:
        # Of several the last is the one wished for ("我英语不好，请说中文").
        named = list(message.values("language_switch"))
        chosen = named[-1] if named else message.value("language")
        if chosen:
            return {"language": chosen, "language_locked": True}
    if not known.slots.get("language_locked") and not message.pressed:
        for mention in message.mentions:
            told = mention.evidence == "sentence" and not _names_alone(message, known)
            if mention.entity == "language" and (told or _words_tell(message, known)):
                return {"language": mention.value}
    if not known.has("language"):
        return {"language": (known.page_language or Language.ZH).value}
    return {}


def _words_tell(message: Message, known: Known) -> bool:
    """Whether single words tell a language: not where names are given, nor words that nobody understands."""
    understood = message.intent not in (NOT_UNDERSTOOD, OUT_OF_SCOPE)
    first = not known.has("language") and known.page_language is None
    return known.asked not in _NAMES_GIVEN and (understood or first)


def _names_alone(message: Message, known: Known) -> bool:
    """Whether it is a name, a company and how to reach them, one after the other: a row of names is no sentence."""
    if known.asked not in PERSONAL:
        return False
    rest = message.without(*_CONTACTS)
    for name in introduced(rest, name_first=True).values():
        rest = rest.replace(name, "")
    return not any(character.isalpha() for character in rest)


def _wants_case(message: Message, known: Known) -> bool:
    if message.intent == "answer_yes":
        return known.case_offered or _agrees_after_all(message, known)
    return message.value("case_request") is not None


def _agrees_after_all(message: Message, known: Known) -> bool:
    """Whether consent that was just refused is given; a bare yes is a reply to what was said instead."""
    return known.consent_refused and message.intent == "answer_yes" and message.has(Cue.AGREED)


def _answers(message: Message, known: Known) -> dict[str, Any]:
    """What is an answer only because it was asked for; whether it will do is for the form to say."""
    asked, intent = known.asked, message.intent
    if asked is None and _agrees_after_all(message, known):
        return {"privacy_consent": True}
    if asked in _NAMES_GIVEN | {"privacy_consent"} and message.asks_about(Aspect.PURPOSE):
        # Who asks what it is for has neither agreed nor refused.
        return {}
    if asked in ("privacy_consent", "case_confirmed"):
        if intent == "answer_yes":
            return {asked: True}
        if intent == "answer_no" or (intent == "answer_refuse" and asked == "privacy_consent"):
            return {asked: False}
        return {}
    if asked == "issue_summary" and not message.pressed and _may_tell_the_matter(message, known):
        return {"issue_summary": text} if (text := message.text.strip()) else {}
    if asked in PERSONAL and intent in _HOLDS_BACK and message.value(*PERSONAL) is None:
        waived = known.slots.get("waived_details") or ()
        if refused := _refused(asked, message, known):
            return {"waived_details": sorted({*waived, *refused})}
    return {}


def _refused(asked: str, message: Message, known: Known) -> list[str]:
    """The ways to be reached that a customer holds back: those named and not given yet, else the one asked for."""
    named = [slot for slot in message.values("detail") if slot in _CONTACTS and not known.has(slot)]
    if message.intent == "answer_no" and asked in _CONTACTS:
        return [slot for slot in named if slot == asked]
    return named or [slot for slot in [asked] if slot in _CONTACTS]


def _may_tell_the_matter(message: Message, known: Known) -> bool:
    """A question of another category is answered; one of the case's own category tells the matter."""
    own = group(message.intent)
    other = own in CATEGORIES and own != known.slots.get("support_category")
    short_reply = message.intent in _SHORT_REPLIES and not tells_enough(message.text)
    return not (message.digresses or (other and message.asks) or short_reply)


def needed(slots: Mapping[str, Any]) -> list[str]:
    """What the case form must ask for, in order, given what is known; it skips what is filled by itself."""
    if slots.get("privacy_consent") is False:
        return []
    wanted = ["support_category"]
    if slots.get("support_category") in SERIOUS:
        wanted += ["affected_app", "severity"]
    wanted += ["issue_summary", "privacy_consent", "contact_name", "company"]
    waived: Iterable[str] = slots.get("waived_details") or ()
    if set(_CONTACTS) <= set(waived):
        return []
    wanted += [slot for slot in _CONTACTS if slot not in waived]
    return [*wanted, "case_confirmed"]
