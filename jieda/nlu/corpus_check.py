"""The rules that the messages for training and the held-out ones keep; `python -m jieda.nlu.corpus_check` tells.

Training is not begun while one is broken.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from jieda.contact import Found, find_emails, find_phones
from jieda.intents import LATE, OUT_OF_SCOPE, group
from jieda.nlu.corpus import (
    LANGUAGES,
    CorpusError,
    LabelledMessage,
    Labels,
    Problem,
    ProblemCode,
    read_labels,
    read_messages,
)
from jieda.nlu.near_duplicates import near_duplicates
from jieda.nlu.normaliser import normalise
from jieda.nlu.writing import wrong_language
from jieda.policy import Severity
from jieda.settings import PROJECT

DOMAIN = Path("domain.yml")
TRAINING = Path("data/nlu")
HELD_OUT = Path("evaluation/heldout")

LEAST = {"zh": 200, "en": 150, "mixed": 50}
"""Messages of an intent that a customer comes with, for each language."""
LEAST_OF_REPLIES = {"zh": 80, "en": 60, "mixed": 15}
"""Messages of an intent of short words: `REPLIES`."""
REPLIES = frozenset({"human", "social", "answer"})
LEAST_OUT_OF_SCOPE = 1_500
"""Messages of `out_of_scope` in all languages together."""
LEAST_HELD_OUT = {"zh": 500, "en": 400, "mixed": 150}
"""Held-out messages in scope, for each language."""
LEAST_HELD_OUT_OF_SCOPE = 250

_VALUES = {"severity": frozenset(severity.value for severity in Severity)}
_CASE_NUMBER = re.compile(r"SR\d{8}-[0-9A-Z]{4,}")  # DESIGN.md, case number


def check_corpus(project: Path) -> list[Problem]:
    """Everything wrong with the messages of a project, by file and line; files are named as from the project."""
    try:
        labels = read_labels(project / DOMAIN)
    except CorpusError as error:
        return [Problem(DOMAIN, error.line, error.code, str(error))]
    training, problems = _read(project, TRAINING)
    held_out, of_held_out = _read(project, HELD_OUT)
    problems += of_held_out
    for message in (*training, *held_out):
        problems += label_problems(message, labels)
        problems += writing_problems(message)
    problems += repetitions(training)
    problems += near_repetitions(training)
    problems += repetitions(held_out)
    problems += leaks(training, held_out)
    problems += shortages(training, labels)
    problems += held_out_shortages(held_out)
    return sorted(problems, key=lambda problem: (problem.file, problem.line))


def _read(project: Path, folder: Path) -> tuple[list[LabelledMessage], list[Problem]]:
    messages, problems = read_messages(project / folder)
    return (
        [replace(message, file=message.file.relative_to(project)) for message in messages],
        [replace(problem, file=problem.file.relative_to(project)) for problem in problems],
    )


# --- One message


def label_problems(message: LabelledMessage, labels: Labels) -> Iterator[Problem]:
    """Intents and entities that the domain has not, that stand in the wrong file or do not fit their text."""
    if message.intent not in labels.intents:
        yield _problem(message, ProblemCode.INTENT_UNKNOWN, f"{DOMAIN} has no intent {message.intent}; add it there")
    elif message.file.stem != group(message.intent):
        what = f"{message.intent} belongs in {group(message.intent)}.yml; move the message there"
        yield _problem(message, ProblemCode.INTENT_MISPLACED, what)
    for span in message.entities:
        text = message.text[span.start : span.end]
        if span.entity not in labels.entities:
            what = f"{DOMAIN} has no entity {span.entity}, which {text!r} is annotated as"
            yield _problem(message, ProblemCode.ENTITY_UNKNOWN, what)
        elif span.value not in _VALUES.get(span.entity, {span.value}):
            what = f"{span.entity} is {' or '.join(sorted(_VALUES[span.entity]))}, not {span.value!r}"
            yield _problem(message, ProblemCode.VALUE_UNKNOWN, what)
        elif not _fits(span.entity, text):
            what = f"{text!r} cannot be read as {span.entity}; annotate the detail alone and whole"
            yield _problem(message, ProblemCode.ENTITY_UNFIT, what)


def writing_problems(message: LabelledMessage) -> Iterator[Problem]:
    """A message in another language than its folder's."""
    if what := wrong_language(message):
        yield _problem(message, ProblemCode.LANGUAGE_WRONG, what)


def _fits(entity: str, text: str) -> bool:
    """Whether a detail of a known form has it; of others there is nothing to tell."""
    finders: dict[str, Callable[[str], list[Found]]] = {"contact_email": find_emails, "contact_phone": find_phones}
    if entity in finders:
        return any(found.end - found.start == len(text) for found in finders[entity](text))
    return entity != "case_number" or _CASE_NUMBER.fullmatch(normalise(text).upper()) is not None


# --- Messages that repeat another


def bare(text: str) -> str:
    """What two messages are compared by: normalised, without blanks and punctuation unless there is nothing else."""
    normalised = normalise(text)
    return "".join(filter(str.isalnum, normalised)) or "".join(normalised.split())


def repetitions(messages: Sequence[LabelledMessage]) -> Iterator[Problem]:
    """Messages that an earlier one is already, but for blanks, punctuation, capitals and traditional characters."""
    first: dict[str, LabelledMessage] = {}
    for message in messages:
        earlier = first.setdefault(bare(message.text), message)
        if earlier is message:
            continue
        what = f"The same as {_place(earlier)}; remove one"
        if earlier.intent != message.intent:
            what = f"{message.intent} here and {earlier.intent} in {_place(earlier)}; keep it under one intent"
        yield _problem(message, ProblemCode.DUPLICATE, what)


def near_repetitions(messages: Sequence[LabelledMessage]) -> Iterator[Problem]:
    """Messages nearly the same as an earlier one; each is told once."""
    for message, earlier in _similar(messages):
        what = f"Nearly the same as {_place(earlier)}; remove one or say it in other words"
        yield _problem(message, ProblemCode.NEAR_DUPLICATE, what)


def leaks(training: Sequence[LabelledMessage], held_out: Sequence[LabelledMessage]) -> Iterator[Problem]:
    """Messages for training that are held out as well, or nearly; each is told once."""
    kept_back = {bare(message.text): message for message in held_out}
    for message in training:
        if same := kept_back.get(bare(message.text)):
            yield _problem(message, ProblemCode.DUPLICATE, f"Held out in {_place(same)}; remove it from training")
    for message, other in _similar(training, held_out):
        what = f"Nearly the same as {_place(other)}, which is held out; remove it from training"
        yield _problem(message, ProblemCode.NEAR_DUPLICATE, what)


def _similar(
    messages: Sequence[LabelledMessage], others: Sequence[LabelledMessage] | None = None
) -> Iterator[tuple[LabelledMessage, LabelledMessage]]:
    """Messages with one of the others, or an earlier one of their own, that is similar but not the same."""
    before = [] if others is None else list(others)
    everything = [*before, *messages]
    texts = [bare(message.text) for message in everything]
    told = set()
    for later, earlier in near_duplicates(texts):
        between = later >= len(before) and (others is None or earlier < len(before))
        if between and texts[later] != texts[earlier] and later not in told:
            told.add(later)
            yield everything[later], everything[earlier]


def _place(message: LabelledMessage) -> str:
    return f"{message.file}:{message.line}"


# --- How many there are


def shortages(training: Sequence[LabelledMessage], labels: Labels) -> Iterator[Problem]:
    """Intents of the domain with fewer messages than are required."""
    counts = Counter((message.intent, message.language) for message in training)
    where: dict[tuple[str, str], LabelledMessage] = {}
    for message in training:
        where.setdefault((message.intent, message.language), message)
    for intent, line in labels.intents.items():
        if intent == LATE:
            continue
        there = {language: counts[intent, language] for language in LANGUAGES}
        if not any(there.values()):
            what = f"{intent} has no messages; add them in {TRAINING}/<language>/{group(intent)}.yml"
            yield Problem(DOMAIN, line, ProblemCode.INTENT_EMPTY, what)
        elif intent == OUT_OF_SCOPE:
            yield from _if_fewer(sum(there.values()), LEAST_OUT_OF_SCOPE, intent, DOMAIN, line)
        else:
            least = LEAST_OF_REPLIES if group(intent) in REPLIES else LEAST
            for language, number in there.items():
                first = where.get((intent, language))
                file = first.file if first else TRAINING / language / f"{group(intent)}.yml"
                what = f"{intent} in {language}"
                yield from _if_fewer(number, least[language], what, file, first.line if first else 1)


def held_out_shortages(held_out: Sequence[LabelledMessage]) -> Iterator[Problem]:
    """Held-out sets too small to measure with."""
    in_scope = Counter(message.language for message in held_out if message.intent != OUT_OF_SCOPE)
    for language, least in LEAST_HELD_OUT.items():
        what = f"in scope, held out in {language}"
        yield from _if_fewer(in_scope[language], least, what, HELD_OUT / language, 1)
    outside = len(held_out) - in_scope.total()
    yield from _if_fewer(outside, LEAST_HELD_OUT_OF_SCOPE, f"{OUT_OF_SCOPE}, held out", HELD_OUT, 1)


def _if_fewer(number: int, least: int, what: str, file: Path, line: int) -> Iterator[Problem]:
    if number < least:
        message = f"{number:,} messages of {what}; at least {least:,} are required, so add {least - number:,}"
        yield Problem(file, line, ProblemCode.TOO_FEW, message)


def _problem(message: LabelledMessage, code: ProblemCode, what: str) -> Problem:
    return Problem(message.file, message.line, code, what)


def main() -> None:
    """Prints every problem, one a line, and ends with 1 if there is any."""
    problems = check_corpus(PROJECT)
    for problem in problems:
        print(problem)
    print(f"{len(problems):,} problems" if problems else "The messages keep all rules", file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
