"""Held-out and training messages, and small samples of both for a quick run."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from jieda.nlu.corpus import LANGUAGES, LabelledMessage, Problem, ProblemCode, read_messages
from jieda.settings import PROJECT

TRAINING = PROJECT / "data" / "nlu"
HELDOUT = PROJECT / "evaluation" / "heldout"

LONGEST_COMPARED = 80
"""Characters of a message that arms are compared on; 94 of 100 are no longer. DIET fills every batch up to its longest
message, so that the few stories made an epoch thrice as long."""

_SEED = 42


class MessagesInvalid(ValueError):
    """Files of labelled messages cannot be used. `str()` lists file, line and what is wrong."""

    code = "messages_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def load(folder: Path) -> list[LabelledMessage]:
    """The messages below a folder. Raises MessagesInvalid."""
    messages, problems = read_messages(folder)
    # Files beside those of messages are the checker's concern: nothing is read from them.
    if spoilt := [problem for problem in problems if problem.code is not ProblemCode.FILE_MISPLACED]:
        raise MessagesInvalid(spoilt)
    return messages


def digest(folder: Path) -> str:
    """Names the content of the files of messages in a folder."""
    summed = hashlib.sha256()
    for language in LANGUAGES:
        for file in sorted((folder / language).glob("*.yml")):
            summed.update(f"{file.relative_to(folder)}\0".encode())
            summed.update(file.read_bytes())
    return summed.hexdigest()[:12]


def sample(messages: Sequence[LabelledMessage], per_intent: int) -> list[LabelledMessage]:
    """At most so many messages of each intent in each language; always the same ones."""
    chosen: list[LabelledMessage] = []
    for (language, intent), those in _by_intent(messages).items():
        maker = random.Random(f"{_SEED} {language} {intent}")
        chosen.extend(those if len(those) <= per_intent else maker.sample(those, per_intent))
    return chosen


def share(messages: Sequence[LabelledMessage], part: float) -> list[LabelledMessage]:
    """That part of the messages of each intent in each language, one at least; always the same ones, none too long."""
    chosen: list[LabelledMessage] = []
    for (language, intent), every in _by_intent(messages).items():
        those = [each for each in every if len(each.text) <= LONGEST_COMPARED] or every
        maker = random.Random(f"{_SEED} {language} {intent}")
        chosen.extend(maker.sample(those, max(1, round(part * len(those)))))
    return chosen


def write(messages: Sequence[LabelledMessage], folder: Path) -> None:
    """Writes messages as the files that they come from, with their lines as they stand there."""
    items: dict[Path, list[str]] = defaultdict(list)
    lines: dict[Path, list[str]] = {}
    for (language, intent), those in _by_intent(messages).items():
        for source in dict.fromkeys(message.file for message in those):
            if source not in lines:
                lines[source] = source.read_text(encoding="utf-8").split("\n")
            examples = [f"      {lines[source][each.line - 1].strip()}" for each in those if each.file == source]
            items[folder / language / source.name] += [f"  - intent: {intent}", "    examples: |", *examples]
    for file, content in items.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(['version: "3.1"', "", "nlu:", *content, ""]), encoding="utf-8")


def _by_intent(messages: Sequence[LabelledMessage]) -> dict[tuple[str, str], list[LabelledMessage]]:
    found: dict[tuple[str, str], list[LabelledMessage]] = defaultdict(list)
    for message in messages:
        found[message.language, message.intent].append(message)
    return found
