"""Which language a message is in.

Han → zh; Latin words → en; digits, addresses, "OK" and product names → no opinion, the conversation keeps its language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from jieda.nlu.chinese_names import is_person_name
from jieda.nlu.normaliser import is_han, normalise
from jieda.policy import Language

_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")
LINK = re.compile(r"(?:https?://|www\.)[!-~]+", re.IGNORECASE | re.ASCII)
"""An address of the web."""
# Addresses, and figures with the letters in them (0x8004abcd, A1, 10:30am) unless they begin a name (21Vianet).
_NO_WORDS = re.compile(
    rf"(?i:{LINK.pattern})|[A-Za-z0-9_+-]+(?:[@.][A-Za-z0-9_-]+)+"
    r"|(?<![0-9A-Za-z-])(?![0-9]+[A-Z][a-z])[A-Za-z-]*[0-9][0-9A-Za-z-]*",
    re.ASCII,
)
_NAME_LIKE = re.compile(r"[A-Z0-9][\w.'’-]*(?:\s+(?:&\s*)?[A-Z][\w.'’-]*)*[.,]?\s*$")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_MOST_NAMES = 2
"""In one message: that of the customer and that of the company."""
_LEAST_OF_A_SENTENCE = 2
"""Function words; one, as in "sign in 失败", is often part of a term."""
_LONGEST_NAME = 2
"""Words: two that stand alone, without capitals too, are as often a name (grace hall) as a sentence."""

# Written by people of either language, so no sign of one.
_NEUTRAL = frozenset(
    (
        "ok okay k hi mail email e id api url app crm ce erp sr sla lcs mfa sso vpn http https www com cn pm am vip "
        "dynamics sales customer service field marketing project automation premier microsoft azure office outlook "
        "excel teams power bi powerapps windows license licence portal admin center case ticket bug error"
    ).split(" ")
)

_FUNCTION_WORDS = frozenset(
    (
        "the a an i my me we our us you your it its is are was were be been am do does did don't doesn't didn't can "
        "can't cannot could would should will won't what which who when where why how not no yes please to of in on "
        "at for from with and or but if this that there here have has had need want help i'm it's what's i'd we're "
        "isn't thanks thank nope yeah sorry actually wrong"
    ).split(" ")
)

# What makes Chinese characters a sentence rather than a name.
FUNCTION_CHARACTERS = frozenset("的了是我你您们吗呢吧啊请问怎么什不没有要想在这那到就都也很给把被说")
_FUNCTION_CHARACTER = re.compile(f"有(?!限(?:公司|责任))|[{''.join(sorted(FUNCTION_CHARACTERS - {'有'}))}]")


class Evidence(str, Enum):
    """How sure the language of a message is: a sentence, or words that may be no more than a name."""

    SENTENCE = "sentence"
    WORDS = "words"


@dataclass(frozen=True)
class Detected:
    language: Language
    evidence: Evidence


def detect(text: str, ignore: Iterable[tuple[int, int]] = ()) -> Detected | None:
    """The language of a message, or None for no opinion. `ignore` are spans (of addresses, products, names)."""
    characters = list(text)
    for start, end in ignore:
        characters[start:end] = " " * (end - start)
    rest = _NO_WORDS.sub(" ", "".join(characters))
    normalised = normalise(rest)
    words = _WORD.findall(normalised)
    if any(map(is_han, rest)):
        if _english_with_names(normalised, words):
            return Detected(Language.EN, Evidence.SENTENCE)
        sentence = _FUNCTION_CHARACTER.search(normalised) and not is_person_name(normalised.strip())
        return Detected(Language.ZH, Evidence.SENTENCE if sentence else Evidence.WORDS)
    telling = [word for word in words if word not in _FUNCTION_WORDS]
    if len(telling) < len(words) and not (len(words) == _LONGEST_NAME and telling and _NAME_LIKE.match(rest.strip())):
        return Detected(Language.EN, Evidence.SENTENCE)
    if any(len(word) > 1 and word not in _NEUTRAL for word in words):
        name = len(words) <= _LONGEST_NAME or _NAME_LIKE.match(rest.strip()) is not None
        return Detected(Language.EN, Evidence.WORDS if name else Evidence.SENTENCE)
    return None


def _english_with_names(normalised: str, words: list[str]) -> bool:
    """Whether Chinese characters are but names in an English sentence: "no, my name is 李雷"."""
    if sum(word in _FUNCTION_WORDS for word in words) < _LEAST_OF_A_SENTENCE or _FUNCTION_CHARACTER.search(normalised):
        return False
    return len(_HAN_RUN.findall(normalised)) <= _MOST_NAMES
