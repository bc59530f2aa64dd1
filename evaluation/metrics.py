"""Accuracy, macro-F1, confusions and the figures of an arm's answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score, f1_score

from jieda.intents import OUT_OF_SCOPE, group
from jieda.nlu.corpus import LANGUAGES, LabelledMessage

ALL = "all"
"""Beside the languages: messages of every language together."""


@dataclass(frozen=True)
class Score:
    """How right answers are, as shares of one. Macro-F1 is the mean over the labels that the messages have."""

    messages: int
    accuracy: float
    macro_f1: float


@dataclass(frozen=True)
class Confusion:
    """An intent taken for another: how often, and the messages."""

    truth: str
    answered: str
    messages: tuple[LabelledMessage, ...]


def score(truth: Sequence[str], answered: Sequence[str]) -> Score:
    if not truth:
        return Score(0, 0.0, 0.0)
    labels = sorted(set(truth))
    macro = f1_score(truth, answered, labels=labels, average="macro", zero_division=0)
    return Score(len(truth), float(accuracy_score(truth, answered)), float(macro))


def by_language(
    messages: Sequence[LabelledMessage],
    answered: Sequence[str],
    level: Callable[[str], str] = str,
    in_scope_only: bool = True,
) -> dict[str, Score]:
    """Scores for each language and for all, of intents or (`level=group`) groups.

    A message in scope that is taken for out of scope is an error.
    """
    found: dict[str, Score] = {}
    for language in (*LANGUAGES, ALL):
        pairs = [
            (level(message.intent), level(answer))
            for message, answer in zip(messages, answered, strict=True)
            if language in (message.language, ALL) and not (in_scope_only and message.intent == OUT_OF_SCOPE)
        ]
        if pairs:
            found[language] = score(*map(list, zip(*pairs, strict=True)))
    return found


def right(
    messages: Sequence[LabelledMessage], answered: Sequence[str], level: Callable[[str], str] = str
) -> npt.NDArray[np.bool_]:
    """For each message whether it was understood, out of scope included."""
    return np.array(
        [level(message.intent) == level(answer) for message, answer in zip(messages, answered, strict=True)]
    )


def worst_confusions(messages: Sequence[LabelledMessage], answered: Sequence[str], most: int = 10) -> list[Confusion]:
    """The pairs of intents that are confused most often, the most frequent first."""
    mistaken: dict[tuple[str, str], list[LabelledMessage]] = defaultdict(list)
    for message, answer in zip(messages, answered, strict=True):
        if answer != message.intent:
            mistaken[message.intent, answer].append(message)
    frequent = Counter({pair: len(those) for pair, those in mistaken.items()}).most_common(most)
    return [Confusion(*pair, tuple(mistaken[pair])) for pair, _ in frequent]


def group_scores(messages: Sequence[LabelledMessage], answered: Sequence[str]) -> dict[str, Score]:
    """The accuracy by group, and macro-F1 of the intents in each group."""
    found = {}
    for name in sorted({group(message.intent) for message in messages}):
        pairs = [
            (message.intent, answer)
            for message, answer in zip(messages, answered, strict=True)
            if group(message.intent) == name
        ]
        truth, given = (list(each) for each in zip(*pairs, strict=True))
        share = float(np.mean([group(each) == name for each in given]))
        found[name] = Score(len(truth), share, score(truth, given).macro_f1)
    return found
