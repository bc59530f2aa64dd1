"""Reviewed messages as a change of the training data: a diff for a person to look at and apply.

Personal data never goes in: numbers, addresses and names become made-up ones, annotated as what they are. What the
corpus check would refuse (held out, there already, in no file's language) is left out, and told.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from jieda.intents import group
from jieda.masking import name_spans
from jieda.nlu.annotations import AnnotatedSpan, AnnotationError, parse_annotations
from jieda.nlu.corpus import LANGUAGES, LabelledMessage, read_labels, read_messages
from jieda.nlu.corpus_check import (
    DOMAIN,
    HELD_OUT,
    TRAINING,
    bare,
    label_problems,
    leaks,
    near_repetitions,
    repetitions,
    writing_problems,
)
from jieda.nlu.entities import find_entities
from jieda.nlu.normaliser import is_han
from jieda.nlu.writing import wrong_language
from jieda.reviews import ReviewedMessage

LONGEST = 300
"""Characters of a message that is still an example of its intent."""
_LONG_NUMBER = re.compile(r"\d{7,}")
_STAND_INS = {
    "contact_phone": "13800138000",
    "contact_email": "lilei@example.com",
    "case_number": "SR20260312-AB3CD",
}
_NAMES = {"zh": "李雷", "en": "Grace Hall"}
_COMPANIES = {"zh": "上海示例科技有限公司", "en": "Example Trading Co., Ltd."}
_ANNOTATED = frozenset({*_STAND_INS, "contact_name", "company", "affected_app"})


@dataclass(frozen=True)
class Refused:
    """A message that is left out, and why. It is named by its place, not by its text."""

    message: ReviewedMessage
    why: str


@dataclass(frozen=True)
class ReviewPatch:
    """A unified diff as from the project's folder (empty: nothing to change), and what became of each message."""

    diff: str
    taken: tuple[ReviewedMessage, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True)
class _Example:
    message: ReviewedMessage
    intent: str
    raw: str
    language: str

    @property
    def file(self) -> Path:
        return TRAINING / self.language / f"{group(self.intent)}.yml"


def review_patch(messages: Sequence[ReviewedMessage], project: Path) -> ReviewPatch:
    """The change that adds the messages, each to its intent, in the order given."""
    refused: list[Refused] = []
    examples: list[_Example] = []
    seen: set[str] = set()
    for message in messages:
        try:
            example = _example(message)
        except _Unfit as error:
            refused.append(Refused(message, str(error)))
            continue
        if (same := bare(parse_annotations(example.raw)[0])) in seen:
            refused.append(Refused(message, "the same as an earlier one of these"))
            continue
        seen.add(same)
        examples.append(example)
    training, _ = read_messages(project / TRAINING)
    wrong = _problems(examples, training, project)
    refused += [Refused(each.message, wrong[number]) for number, each in enumerate(examples) if number in wrong]
    kept = [each for number, each in enumerate(examples) if number not in wrong]
    last = {(each.file, each.intent): each.line for each in training}
    files = sorted({each.file for each in kept})
    diff = "".join(_diff(project, file, [each for each in kept if each.file == file], last) for file in files)
    return ReviewPatch(diff, tuple(each.message for each in kept), tuple(refused))


class _Unfit(ValueError):
    """Why a message is no example."""


def _example(message: ReviewedMessage) -> _Example:
    """Raises _Unfit."""
    assert message.review is not None
    intent = message.review.intent
    if intent is None:
        raise _Unfit("its intent is not named")
    text = _one_line(message.text)
    if not any(map(str.isalnum, text)):
        raise _Unfit("there are no words in it")
    if len(text) > LONGEST:
        raise _Unfit(f"it is longer than {LONGEST} characters")
    if set("[]{}") & set(text):
        raise _Unfit("it has brackets, which mark entities in the training data")
    raw = _annotated(text, message.names)
    try:
        plain, spans = parse_annotations(raw)
    except AnnotationError as error:
        raise _Unfit("it cannot be told from an annotation") from error
    language = _language(plain, intent, spans)
    return _Example(message, intent, raw, language)


def _one_line(text: str) -> str:
    """The text without what cannot be seen, and without breaks."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _annotated(text: str, names: Sequence[str]) -> str:
    """The text with its details annotated, the personal ones replaced by made-up ones."""
    written = "zh" if any(map(is_han, text)) else "en"
    found = [(each.start, each.end, each.entity) for each in find_entities(text) if each.entity in _ANNOTATED]
    found += [(start, end, "contact_name") for start, end in name_spans(text, names)]
    found += [(each.start(), each.end(), "number") for each in _LONG_NUMBER.finditer(text)]
    made, end = "", 0
    for start, stop, entity in sorted(found, key=lambda each: (each[0], -each[1])):
        if start < end:
            continue
        made += text[end:start] + _mark(entity, text[start:stop], written)
        end = stop
    return made + text[end:]


def _mark(entity: str, said: str, written: str) -> str:
    if entity == "number":
        # A number of whatever kind, as long as it was.
        return "1234567890123456789"[: len(said)] if len(said) < 20 else "1234567890123456789"
    own = {**_STAND_INS, "contact_name": _NAMES[written], "company": _COMPANIES[written]}
    return f"[{own.get(entity, said)}]({entity})"


def _language(text: str, intent: str, spans: tuple[AnnotatedSpan, ...]) -> str:
    """The folder that a message belongs in. Raises _Unfit."""
    tried = ("zh", "mixed") if any(map(is_han, text)) else ("en", "zh")
    for language in tried:
        message = LabelledMessage(text, intent, language, spans, Path(), 1)
        if wrong_language(message) is None:
            return language
    raise _Unfit(f"it is in none of {', '.join(LANGUAGES)}")


def _problems(examples: Sequence[_Example], training: Sequence[LabelledMessage], project: Path) -> dict[int, str]:
    """What the corpus check has against the examples, by their place among them."""
    if not examples:
        return {}
    labels = read_labels(project / DOMAIN)
    held_out, _ = read_messages(project / HELD_OUT)
    # Lines below zero are the examples' own.
    added = [LabelledMessage(*_parsed(each), file=each.file, line=-number - 1) for number, each in enumerate(examples)]
    found = [*chain.from_iterable(label_problems(each, labels) for each in added)]
    found += [*chain.from_iterable(writing_problems(each) for each in added)]
    found += [*repetitions([*training, *added]), *near_repetitions([*training, *added]), *leaks(added, held_out)]
    wrong: dict[int, str] = {}
    for problem in found:
        if problem.line < 0:
            told = re.sub(r"\S+:-\d+", "another of these", problem.message).replace(f"{project}/", "")
            wrong.setdefault(-problem.line - 1, told)
    return wrong


def _parsed(example: _Example) -> tuple[str, str, str, tuple[AnnotatedSpan, ...]]:
    text, spans = parse_annotations(example.raw)
    return text, example.intent, example.language, spans


def _diff(project: Path, file: Path, examples: Sequence[_Example], last: Mapping[tuple[Path, str], int]) -> str:
    """The change of a file that puts each example behind the last message of its intent."""
    before = (project / file).read_text(encoding="utf-8").splitlines(keepends=True)
    behind: dict[int, list[str]] = {}
    new: dict[str, list[str]] = {}
    for each in examples:
        line = last.get((project / file, each.intent))
        if line is None:
            new.setdefault(each.intent, []).append(f"{' ' * 6}- {each.raw}\n")
        else:
            indent = before[line - 1][: len(before[line - 1]) - len(before[line - 1].lstrip())]
            behind.setdefault(line, []).append(f"{indent}- {each.raw}\n")
    after: list[str] = []
    for number, written in enumerate(before, 1):
        after += [written, *behind.get(number, ())]
    for intent, lines in new.items():
        after += [f"  - intent: {intent}\n", "    examples: |\n", *lines]
    name = file.as_posix()
    return "".join(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"))
