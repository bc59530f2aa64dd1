"""What a message says about a case that is open already: which one, what is wished, what is to be added."""

from __future__ import annotations

import re
from typing import Any

from jieda.case_care import Ask, Wish
from jieda.intake.message import ENDS, Known, Message, tells_enough

WISHES = {f"case_{wish.value}": wish for wish in Wish}
"""By intent."""

ASKED = frozenset(ask.value for ask in Ask)
"""The slots of the questions about such a case."""

NOTE_MAX = 2_000
"""Characters of a note that are kept."""

_CONTACTS = ("contact_phone", "contact_email")
_HOLDS_BACK = frozenset({"answer_no", "answer_refuse", "answer_unsure"})
_LOOKS_LIKE_CONTACT = re.compile(r"\d{3}|@")
# What a customer says only in order to say that something is to be added; the rest is what.
_REQUEST_WORDS = re.compile(
    r"服务请求|工单|单子|单号|案子|案件|请求|单|补充|追加|添加|备注|留言|更新|修改|附上|附到|加|补|改|写|放|"
    r"信息|资料|说明|内容|情况|描述|截图|附件|录屏|视频|日志|点|东西|"
    r"我们|你们|您好|你好|麻烦|帮忙|我|您|你|请|帮|想|要|需|能|可以|给|往|把|将|在|对|向|到|进|里|上|的|了|"
    r"那|这|之前|昨天|原来|已经|已有|已|开|提|报|刚才|一下|一些|一条|一张|一份|做|个|张|条|些|新|有|还|再|吗|呢|吧|"
    r"\b(?:i|we|you|me|us|want|would|like|need|have|have|to|can|could|may|please|kindly|let|add(?:ing)?|append|attach"
    r"(?:ment)?|put|write|note|update|edit|change|amend|supplement|more|new|another|some|something|a|an|the|my|our|your"
    r"|this|that|it|existing|open|case|ticket|request|incident|sr|service|support|on|in|into|for|with|of|about|number"
    r"|no|information|info|details?|comments?|remarks?|notes|d|ve|m)\b",
    re.IGNORECASE,
)
_FEW, _MANY = 0.5, 1.0
"""How much must be left to be a note, against a matter's description: by itself, and when it reads like a question."""


def about_open_case(message: Message, known: Known) -> bool:
    """Whether a message is about a case that is open already, rather than about one to be opened."""
    if known.asked in ASKED:
        return message.intent != "case_open"
    return known.asked is None and message.intent in WISHES


def read_open_case(message: Message, known: Known) -> dict[str, Any]:
    """The slots of `case_care_form` that a message changes; a wish anew forgets what an earlier one left."""
    if known.asked in ASKED:
        return _given(message, known)
    return {
        "case_wish": WISHES[message.intent].value,
        "case_number": message.value("case_number"),
        "case_contact": _contacts(message),
        "case_note": _note(message),
        "close_confirmed": None,
        "case_declined": None,
    }


def _given(message: Message, known: Known) -> dict[str, Any]:
    if message.intent in ENDS:
        return {}
    asked = Ask(known.asked)
    given: dict[str, Any] = {}
    if (number := message.value("case_number")) is not None:
        given["case_number"] = number
    if asked in (Ask.NUMBER, Ask.CONTACT) and (contacts := _contacts(message)):
        given["case_contact"] = contacts
    elif asked is Ask.CONTACT and (bare := _bare_contact(message)):
        given["case_contact"] = [bare]
    elif asked is Ask.NOTE and (note := _note_asked_for(message)):
        given["case_note"] = note
    elif asked is Ask.CLOSE and number in (None, known.slots.get("case_number")):
        if message.intent == "answer_yes" or (message.intent == "case_close" and not message.pressed):
            given["close_confirmed"] = True
        elif message.intent == "answer_no":
            given["close_confirmed"] = False
    if given:
        return given
    if (wish := _other_wish(message, asked)) is not None:
        return {"case_wish": wish.value, **({"case_note": note} if (note := _note(message)) else {})}
    if message.intent in _HOLDS_BACK and asked is not Ask.CLOSE:
        return {"case_declined": True}
    return {}


def _other_wish(message: Message, asked: Ask) -> Wish | None:
    wish = WISHES.get(message.intent)
    # What a customer adds to a case may sound like a question about it.
    return None if wish is Wish.STATUS and asked is Ask.NOTE and not message.asks else wish


def _contacts(message: Message) -> list[str] | None:
    """One telephone number and one e-mail address at most: a check is no place to try many."""
    return [value for entity in _CONTACTS if (value := message.value(entity)) is not None] or None


def _bare_contact(message: Message) -> str | None:
    """An answer that should hold a contact detail; whether it does is for the form to say."""
    text = message.without("case_number").strip()
    return text if not message.pressed and _LOOKS_LIKE_CONTACT.search(text) else None


def _note(message: Message) -> str | None:
    """What a message wants added, if it says so itself. Kept whole, as the words around it may matter."""
    if WISHES.get(message.intent) is not Wish.UPDATE or message.pressed:
        return None
    rest = _REQUEST_WORDS.sub(" ", message.without("case_number"))
    return _kept(message) if tells_enough(rest, _MANY if message.asks else _FEW) else None


def _note_asked_for(message: Message) -> str | None:
    text = message.without("case_number")
    if message.pressed or message.intent == "answer_cancel":
        return None
    if message.intent.startswith("answer_") and message.intent != "answer_details":
        return _kept(message) if tells_enough(text) else None
    if message.digresses:
        wish = WISHES.get(message.intent)
        if wish is not Wish.UPDATE and (wish is not Wish.STATUS or message.asks):
            return None
        text = _REQUEST_WORDS.sub("", text)
    return _kept(message) if any(character.isalnum() for character in text) else None


def _kept(message: Message) -> str:
    return message.text.strip()[:NOTE_MAX]
