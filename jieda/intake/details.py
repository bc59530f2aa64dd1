"""Personal details: said outright, given in answer, corrected, or wished to be asked again."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from jieda.intake.introductions import introduced
from jieda.intake.message import CATEGORIES, PERSONAL, Cue, Known, Message, reads_like_name, tells_enough
from jieda.intents import group

_NO_ANSWER = frozenset({"answer_cancel", "answer_refuse", "answer_unsure"})
_ASSENT = frozenset({"answer_yes", "answer_no"})
_WRONG = frozenset({"answer_correction", "answer_no"})
_LEAD_IN = re.compile(
    r"^(?:您?好[，,。!！\s]*)?(?:(?:我|名字|姓名|公司|单位|联系人|我们公司|公司名称?|我们)(?:叫|是|就是|的名字是)[:：]?|叫我?|"
    r"(?:it'?s|it is|my name is|i'?m|i am|this is|name is|name:|company:|(?:the )?company is|we are|we're)\s+)\s*",
    re.IGNORECASE,
)
_FULL_NAME = re.compile(r"[A-Z][\w'’-]*(?:\s+[A-Z][\w'’.-]*)+")
"""Latin words that begin with capitals: a name even where it sounds like manners ("Grace Hall")."""
_HAN_NAME = re.compile(r"[\u3400-\u9fff·]{2,4}")
_PIECES = re.compile(r"[\s,，;；、。/|]+")
_INSTEAD = re.compile(
    r"(?:(?<!不)是|为|叫|改成|换成|[:：]|\bis(?: actually)?\s|\bto\s)\s*"
    r"(?!错|不|写|这|那|wrong|not\b|incorrect)(?P<name>[^，,。;；!！?？是]+)[.。]?$",
    re.IGNORECASE,
)
"""How a correction of a name ends."""
_BEFORE_LABEL = re.compile(r"(?:^|[^\w\s]|\b(?:and|my|our|the)|[和我们的])\s*$", re.IGNORECASE)
"""What stands before "company" where it says what follows."""
_MARK = re.compile(r"[?？]")
_EDGES = " \t\r\n，,。.!！;；:：“”\"'"


def read_details(message: Message, known: Known, consent: bool | None) -> dict[str, Any]:
    """The personal slots that a message changes; nothing before the customer has agreed."""
    if not consent:
        return {}
    changes: dict[str, Any] = {}
    if not known.slots.get("privacy_consent"):
        for earlier in known.earlier:
            changes.update(_plainly_said(earlier))
    said = _plainly_said(message) or _corrected_name(message, known) or _other_one(message, known)
    changes.update(said)
    asked = known.asked
    if asked in PERSONAL and not message.pressed and not message.digresses and message.intent not in _WRONG:
        listed = asked == "contact_name" and message.value("contact_phone", "contact_email") is not None
        both = introduced(
            _with_names_whole(message).without("contact_phone", "contact_email", "detail"), name_first=listed
        )
        if known.slots.get("contact_name") in (None, both.get("contact_name")):
            # What was said to be of one kind or the other is.
            # A tagger may have taken the name for the company's beginning.
            changes.update({slot: name for slot, name in both.items() if said.get(slot, name).endswith(name)})
    if asked in PERSONAL and asked not in changes and not message.pressed:
        answer = _among_others(asked, message) if said else _bare_answer(asked, message)
        if answer is not None:
            changes[asked] = answer
    return changes


def wrong_details(message: Message, known: Known) -> dict[str, None]:
    """The details said to be wrong without what is right; they are to be asked again."""
    if known.asked is None or message.pressed:
        return {}
    if message.intent not in _WRONG and not (known.asked == "case_confirmed" and message.has(Cue.CHANGE)):
        return {}
    return {slot: None for slot in message.values("detail") if slot != known.asked and known.has(slot)}


def _plainly_said(message: Message) -> dict[str, str]:
    return {slot: value for slot in PERSONAL if (value := message.value(slot)) is not None}


def _corrected_name(message: Message, known: Known) -> dict[str, str]:
    """What a name that is said to be wrong is to be instead: "公司写错了，是Example Trading Ltd"."""
    wrong = [slot for slot in ("contact_name", "company") if slot in wrong_details(message, known)]
    found = _INSTEAD.search(message.text)
    name = found["name"].strip(_EDGES) if found else ""
    return {wrong[0]: name} if len(wrong) == 1 and reads_like_name(name) else {}


def _other_one(message: Message, known: Known) -> dict[str, str]:
    """ "The other number": the latest one heard that is not the one kept."""
    if not message.has(Cue.OTHER_ONE):
        return {}
    found: dict[str, str] = {}
    for slot in ("contact_phone", "contact_email"):
        if slot in message.values("detail"):
            heard = [value for earlier in known.earlier for value in earlier.values(slot)]
            others = [value for value in heard if value != known.slots.get(slot)]
            found.update({slot: others[-1]} if others else {})
    return found


def _with_names_whole(message: Message) -> Message:
    """The message without those words for a detail that are the end of a company's name: "上海示例公司"."""
    labels = (
        each
        for each in message.mentions
        if (each.entity, each.value) != ("detail", "company") or _BEFORE_LABEL.search(message.text[: each.start])
    )
    return replace(message, mentions=tuple(labels))


def _among_others(asked: str, message: Message) -> str | None:
    """A name that stands beside details of other kinds: "李雷，13800138000"."""
    if asked != "contact_name":
        return None
    rest = message.without(*PERSONAL, "detail").strip(_EDGES)
    pieces = [rest, *_PIECES.split(rest)] if _FULL_NAME.fullmatch(rest) else _PIECES.split(rest)
    names = (piece for piece in pieces if _FULL_NAME.fullmatch(piece) or _HAN_NAME.fullmatch(piece))
    return next((name for name in names if not _is_no_name(asked, name, message)), None)


def _bare_answer(asked: str, message: Message) -> str | None:
    text = message.text.strip()
    if not any(character.isalnum() for character in text):
        # Whatever an emoji may mean elsewhere; the form says what it wants instead.
        return text or None
    if message.intent in _NO_ANSWER:
        return None
    if asked in ("contact_name", "company"):
        name = _LEAD_IN.sub("", text).strip(_EDGES)
        return None if _is_no_name(asked, name, message) else name or None
    looks_like_one = re.search(r"\d{3}|@", message.without("case_number")) is not None
    about_something_else = _digresses(message) or message.value("detail", "cue") is not None
    return None if about_something_else and not looks_like_one else text or None


def _is_no_name(asked: str, text: str, message: Message) -> bool:
    """Whether a text that stands where a name was asked for is about something else."""
    if message.value("cue", "topic") is not None or _MARK.search(text) or (message.asks and tells_enough(text)):
        return True
    if _FULL_NAME.fullmatch(text):
        return False
    manners = message.intent.startswith(("human_", "social_")) or message.intent in _ASSENT
    if manners or message.intent == "answer_correction" or (asked == "contact_name" and _digresses(message)):
        return True
    return _digresses(message) and not reads_like_name(text)


def _digresses(message: Message) -> bool:
    return message.digresses or group(message.intent) in CATEGORIES
