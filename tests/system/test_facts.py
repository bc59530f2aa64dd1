"""Every fact of the policy has a question in each language, and the running system answers it (`facts.yml`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from jieda.policy import POLICY_FILE, Language
from jieda.wording import wording
from tests.system.running import HAN, RunningJieda

POLICY = yaml.safe_load(POLICY_FILE.read_text(encoding="utf-8"))
TABLE = yaml.safe_load(Path(__file__).with_name("facts.yml").read_text(encoding="utf-8"))

NOT_TOLD = {
    "source.*": "says where the file comes from",
    "hours.time_zone": "told by its name",
    "hours.days": "told by their name",
    "links.*.topics": "says where a link stands in the policy",
    "severities.non_critical.worked_continuously": "promised for the other severity only",
}
ADDRESS = re.compile(r"https?://[^\s（）()、，。]+")
ENGLISH = re.compile(r"[a-z]+ +[a-z]+", re.IGNORECASE)


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The facts of the file by their keys; an item of a list by its own, a name in both languages as one."""
    if isinstance(node, dict) and not {"zh", "en"} <= node.keys():
        for key, value in node.items():
            if key != "key":
                yield from leaves(value, f"{path}.{key}".lstrip("."))
    elif isinstance(node, list) and all(isinstance(item, dict) for item in node):
        for item in node:
            yield from leaves(item, f"{path}.{item['key']}")
    else:
        yield path, node


FACTS = dict(leaves(POLICY))


def matching(pattern: str) -> list[str]:
    return [key for key in FACTS if fnmatchcase(key, pattern)]


def told_by(patterns: list[str]) -> set[str]:
    left_out = {key for pattern in NOT_TOLD for key in matching(pattern)}
    return {key for pattern in patterns for key in matching(pattern)} - left_out


def as_told(key: str, language: Language) -> str:
    """A fact's value as a reply words it."""
    value = FACTS[key]
    if isinstance(value, dict):
        return str(value[language.value])
    last = key.rpartition(".")[2]
    if last == "portal":
        return str(FACTS[f"links.{value}.url"])
    if last == "also_on":
        return str(FACTS[f"{value}.phone"])
    if last in ("opens", "closes"):
        return str(value).removeprefix("0")
    if last == "response_hours":
        return f"{value} 小时" if language is Language.ZH else f"{value} hour"
    wordings = {
        "worked_continuously": "utter_worked_continuously",
        "non_critical_due_counts": f"utter_counts_{value}",
        "make_up_workdays": f"utter_make_up_workdays_{value}",
    }
    return wording().say(wordings[last], language) if last in wordings else str(value)


@dataclass(frozen=True)
class Question:
    language: Language
    text: str
    tells: frozenset[str]


QUESTIONS = [
    Question(language, text, frozenset(told_by(row["tells"])))
    for row in TABLE
    for language in Language
    for text in row[language.value]
]


def test_no_fact_lacks_a_question_in_either_language() -> None:
    wanted = FACTS.keys() - {key for pattern in NOT_TOLD for key in matching(pattern)}
    for language in Language:
        asked = {key for each in QUESTIONS if each.language is language for key in each.tells}
        assert wanted - asked == set(), language


def test_every_key_named_is_there() -> None:
    named = [pattern for row in TABLE for pattern in row["tells"]] + list(NOT_TOLD)
    assert [pattern for pattern in named if not matching(pattern)] == []


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.text)
def test_the_reply_holds_the_fact_in_the_language_of_the_question(jieda: RunningJieda, question: Question) -> None:
    reply = jieda.customer(question.language.value).say(question.text)
    missing = {key for key in question.tells if as_told(key, question.language) not in reply}
    assert missing == set(), reply
    assert in_(question.language, reply), reply
    if pages := {FACTS[key] for key in question.tells if fnmatchcase(key, "links.*.url")}:
        assert set(ADDRESS.findall(reply)) == pages, "the pages asked for and no other"


def in_(language: Language, reply: str) -> bool:
    """Whether all of a reply is in a language; names that the policy writes alike in both are in either."""
    if language is Language.EN:
        return not HAN.search(reply)
    names = {str(FACTS[key]) for key in matching("apps.*.name")}
    names |= {FACTS[key]["zh"] for key in matching("links.*.title")}
    for name in sorted(names, key=len, reverse=True):
        reply = reply.replace(name, "")
    return bool(HAN.search(reply)) and not ENGLISH.search(ADDRESS.sub("", reply))
