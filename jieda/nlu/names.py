"""Names of persons and companies, where a customer says them plainly, in Chinese or English."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from jieda.nlu.chinese_names import person_name_at_start
from jieda.nlu.language import FUNCTION_CHARACTERS
from jieda.nlu.normaliser import normalise
from jieda.nlu.segments import segment


@dataclass(frozen=True)
class Name:
    value: str
    start: int
    end: int


# --- Persons

_PERSON_CUE = re.compile(
    r"(?:我叫|我的名字[叫是]|名字(?:[是叫]|改成)|姓名[是:：]?|(?:联系|聯繫|聯絡|聯系)人(?:[是:：叫]|改成)?)\s*"
)
_COMPANY_OF_CUE = re.compile(r"(?:公司|集[团團]|中心|[医醫]院|[厂廠]|[银銀]行|大[学學])的")
# Behind other characters than a greeting's it is said of somebody else, or of no name: "如果我是…", "他说我是…".
_I_AM_CUE = re.compile(r"(?:(?<![\u4e00-\u9fff])|(?<=好)|(?<=好[呀啊]))我是")
# Each with whether it says plainly that a name comes, and whether the name may be in Latin letters.
_PERSON_CUES = ((_PERSON_CUE, True, True), (_COMPANY_OF_CUE, False, True), (_I_AM_CUE, False, False))
_LONGEST_PERSON = 12

# A capital and small letters, capitals among them too (McDonald, O'Brien); the words behind less strictly. "I" is no
# name but the next sentence.
_PERSON_WORD_EN = r"[A-Z](?=[A-Z'’]*[a-z])[A-Za-z'’]+"
_NEXT_WORD_EN = r"[ \-](?!I(?:['’\s]|$))[A-Z][a-zA-Z'’.]*"
_PERSON_EN = rf"{_PERSON_WORD_EN}(?:{_NEXT_WORD_EN}){{0,3}}"
_FULL_PERSON_EN = rf"{_PERSON_WORD_EN}(?:{_NEXT_WORD_EN}){{1,3}}"
_PERSON_EN_AT = re.compile(_PERSON_EN)
_BELONGS = r"(?=\s+(?:from|at|of|with|here)\b)"
_PERSON_PATTERNS_EN = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:[Mm]y name(?: is|['’]s)|[Nn]ame\s*[:：]|[Cc]ontact(?: name| person)?(?: is|\s*[:：]))\s*"
        rf"(?P<name>{_PERSON_EN})",
        rf"\bI(?: a|['’])m\s+(?P<name>{_PERSON_EN})(?:{_BELONGS}|(?=,))",
        rf"\b(?:[Tt]his is|[Ii]t(?: i|['’])s)\s+(?P<name>{_PERSON_EN}){_BELONGS}",
        rf"\b(?:[Tt]his is|[Ii]t(?: i|['’])s)\s+(?P<name>{_FULL_PERSON_EN})(?=,)",
        # One word before a comma may be a day, a place or a company; who goes on with "I" is a person.
        rf"\b[Tt]his is\s+(?P<name>{_PERSON_EN})(?=,\s*(?:I|[Mm]y)\b)",
    )
)
_NOT_PERSONS = re.compile(r"^(?:Dynamics|Microsoft|Premier|Sales|Customer|Field|Marketing|Project|Not|The|Just|Only)\b")


def find_person(text: str) -> Name | None:
    """The customer's name, where the message gives it plainly ("我叫…", "…公司的…", "this is … from …")."""
    return next(_persons(text), None)


def _persons(text: str) -> Iterator[Name]:
    for cue, plainly, in_latin in () if text.isascii() else _PERSON_CUES:
        for match in cue.finditer(text):
            start = match.end()
            chinese = person_name_at_start(normalise(text[start : start + _LONGEST_PERSON]), plainly=plainly)
            if chinese is not None:
                yield Name(text[start : start + len(chinese)], start, start + len(chinese))
            elif in_latin and (latin := _PERSON_EN_AT.match(text, start)) and not _NOT_PERSONS.match(latin[0]):
                yield _name(latin[0], start)
    yield from _matches(text, _PERSON_PATTERNS_EN, lambda value: _NOT_PERSONS.match(value) is None)


# --- Companies

_COMPANY_TAIL_ZH = r"(?:公司|集[团團]|[厂廠]|[医醫]院|[学學]校|大[学學]|[事務务]{2}所|[银銀]行|中心|科技|[贸貿]易)"
_COMPANY_ZH = rf"[\u4e00-\u9fffA-Za-z0-9（）()·&]{{2,30}}?{_COMPANY_TAIL_ZH}"
_COMPANY_WORD_EN = r"[A-Z0-9][\w&.'’\-]*"
_COMPANY_EN = rf"{_COMPANY_WORD_EN}(?: (?:of |and |& |the )?{_COMPANY_WORD_EN}){{0,5}}"
_COMPANY_TAIL_EN = r"(?:Ltd|Limited|Inc|LLC|GmbH|Corp|Corporation|Co|Company|Group|Trading|Technolog(?:y|ies)|Holdings)"
_OF_COMPANY = r"(?:来自|來自|就职于|就職於|在)"
_IS = r"(?:叫做?|是|为|為|[:：])+"

_COMPANY_PATTERNS_ZH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:我[们們]?是{_OF_COMPANY}?|我在|来自|來自|就职于|就職於|公司名[称稱]?(?!下)(?:{_IS})?|(?:公司|单位|單位){_IS})"
        rf"\s*(?P<name>(?!{_OF_COMPANY}){_COMPANY_ZH})(?=的|$|[\s,，。;；、!！]|这边|這邊)",
        rf"(?:公司(?:名[称稱]?)?|单位|單位)(?:写错了|寫錯了|错了|錯了|不对|不對)?[，,\s]*(?:应该|應該|其实|其實)?{_IS}"
        r"\s*(?P<name>[^\s,，。;；、!！?？]{2,30})(?=$|[,，。;；、!！])",
    )
)
_COMPANY_PATTERNS_EN = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?:from|at|with|work for|working for|work at)\s+(?P<name>{_COMPANY_EN} {_COMPANY_TAIL_EN}\b\.?)",
        rf"\b(?:[Tt]his is|I'm|I’m|I am)\s+{_PERSON_EN}\s+(?:from|at|of|with)\s+(?P<name>{_COMPANY_EN})",
        rf"\b(?:[Cc]ompany(?: name)?(?: is|['’]s|\s*[:：])|[Oo]ur company is)\s*(?P<name>{_COMPANY_EN})",
        # Before a word in small letters it is a figure or describes what "we" are: "20 users", "IT admins".
        rf"\b[Ww]e are\s*(?P<name>(?=[\d.,\-]*[A-Za-z]){_COMPANY_EN})"
        r"(?=\s*(?:$|[,.;!?()]|\b(?:and|from|in|with|here)\b))",
    )
)
_NOT_COMPANIES = re.compile(
    r"^(?:我[们們]?|你[们們]?|[贵貴]|本|[一这這那哪每]家|[别別]的|其他|什[么麼]|Dynamics|Microsoft|Premier|Monday|China)"
)
# What makes of words a sentence: "是做外贸的", "是不是有优惠", "一个还是五个".
_NOT_IN_NAMES = FUNCTION_CHARACTERS | frozenset("做搞卖一个还")


def find_company(text: str) -> Name | None:
    """The customer's company, where the message gives it plainly."""
    patterns = _COMPANY_PATTERNS_EN if text.isascii() else _COMPANY_PATTERNS_ZH + _COMPANY_PATTERNS_EN
    return next(_matches(text, patterns, _may_be_company), None)


def _may_be_company(value: str) -> bool:
    if _NOT_COMPANIES.match(value):
        return False
    return value.isascii() or not any(_NOT_IN_NAMES.issuperset(word.text) for word in segment(normalise(value)))


def _matches(text: str, patterns: tuple[re.Pattern[str], ...], accepted: Callable[[str], bool]) -> Iterator[Name]:
    """The names that these patterns find; behind one not accepted another is looked for, within it too."""
    for pattern in patterns:
        match = pattern.search(text)
        while match is not None:
            name = _name(match["name"], match.start("name"))
            if name.value and accepted(name.value):
                yield name
            match = pattern.search(text, match.start() + 1)


def _name(written: str, start: int) -> Name:
    value = written.strip(" .，,")
    start += len(written) - len(written.lstrip(" .，,"))
    return Name(value, start, start + len(value))
