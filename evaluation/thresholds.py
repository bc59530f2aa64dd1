"""Chooses on held-out messages the thresholds that `jieda.nlu.judgement` goes by, and writes its file.

The first threshold is the point that `scope.choose` takes. The other two are chosen together,
as the pair that costs least over the messages that pass the first, at the costs below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml

from evaluation import scope
from evaluation.predictions import Prediction
from jieda.intents import OUT_OF_SCOPE, group
from jieda.nlu.corpus import LabelledMessage
from jieda.nlu.judgement import THRESHOLDS, Thresholds

WRONG_ANSWER = 2.0
ASKING_AGAIN = 1.0
TWO_BEST_QUESTION = 0.5
"""What a customer is put through, in units of asking again. Picking one of two is half as much as saying it anew; when
neither fits they have to do that besides."""

_SEED = 42
_HALVINGS = 20
_STEPS = np.round(np.arange(0.0, 0.91, 0.01), 2)


@dataclass(frozen=True)
class Figures:
    """Shares at the thresholds: of messages out of scope and in scope refused; of the messages that are not refused
    asked again, asked between two, answered; of the answers right; the mean cost of a message not refused."""

    out_of_scope_recall: float
    in_scope_refused: float
    asked_again: float
    asked_between_two: float
    answered: float
    right_when_answered: float
    cost: float


@dataclass(frozen=True)
class Chosen:
    """`elsewhere` are the mean figures where thresholds chosen on one half are tried on the other."""

    thresholds: Thresholds
    figures: Figures
    elsewhere: Figures


@dataclass(frozen=True)
class Cues:
    """What thresholds look at and what becomes of each message, one row a message."""

    scope: npt.NDArray[np.float64]
    outside: npt.NDArray[np.bool_]
    confidence: npt.NDArray[np.float64]
    margin: npt.NDArray[np.float64]
    answer_cost: npt.NDArray[np.float64]
    question_cost: npt.NDArray[np.float64]

    @classmethod
    def of(cls, messages: Sequence[LabelledMessage], predictions: Sequence[Prediction]) -> Cues:
        rows = [_row(message, prediction) for message, prediction in zip(messages, predictions, strict=True)]
        confidence, margin, answer, question = (np.array(column) for column in zip(*rows, strict=True))
        outside = np.array([message.intent == OUT_OF_SCOPE for message in messages])
        return cls(scope.scores(predictions), outside, confidence, margin, answer, question)

    def part(self, rows: npt.NDArray[np.bool_]) -> Cues:
        return Cues(**{name: column[rows] for name, column in vars(self).items()})


def choose(cues: Cues) -> Thresholds:
    refusing = scope.choose(cues.scope, cues.outside).threshold
    passed = cues.part(~scope.is_refused(cues.scope, refusing))
    asked = passed.margin[:, None] < _STEPS
    ended = np.where(asked, passed.question_cost[:, None], passed.answer_cost[:, None])
    understood = passed.confidence[:, None] >= _STEPS
    # One row a fallback, one column an ambiguity: what those above the fallback cost, and those asked again.
    costs = understood.T.astype(float) @ ended + ASKING_AGAIN * (~understood).sum(axis=0)[:, None]
    # Of equals the lowest thresholds: they interfere least.
    fallback, ambiguity = np.unravel_index(np.argmin(np.round(costs, 9)), costs.shape)
    return Thresholds(refusing, float(_STEPS[fallback]), float(_STEPS[ambiguity]))


def figures(cues: Cues, thresholds: Thresholds) -> Figures:
    point = scope.at(cues.scope, cues.outside, thresholds.out_of_scope)
    passed = cues.part(~scope.is_refused(cues.scope, thresholds.out_of_scope))
    again, between = _asked(passed, thresholds)
    answered = ~again & ~between
    return Figures(
        out_of_scope_recall=point.recall,
        in_scope_refused=point.in_scope_refused,
        asked_again=float(again.mean()),
        asked_between_two=float(between.mean()),
        answered=float(answered.mean()),
        right_when_answered=float((passed.answer_cost[answered] == 0).mean()) if answered.any() else 0.0,
        cost=float(_costs(passed, thresholds).mean()),
    )


def choose_and_try(messages: Sequence[LabelledMessage], predictions: Sequence[Prediction]) -> Chosen:
    """The thresholds for these messages, and honest figures from halves: chosen on one, tried on the other."""
    cues = Cues.of(messages, predictions)
    chosen = choose(cues)
    return Chosen(chosen, figures(cues, chosen), _elsewhere(cues))


def write(chosen: Chosen, data: str, file: Path = THRESHOLDS) -> None:
    """`data` names the held-out messages that the thresholds come from."""
    content = {
        **asdict(chosen.thresholds),
        "figures": _rounded(chosen.figures),
        "figures_chosen_on_the_other_half": _rounded(chosen.elsewhere),
        "heldout": data,
    }
    head = "# Written by `python -m evaluation --thresholds`; evaluation/thresholds.py says what each means.\n"
    file.write_text(head + yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _row(message: LabelledMessage, prediction: Prediction) -> tuple[float, float, float, float]:
    """Confidence, margin between the two best groups, cost of answering, cost of asking between the two."""
    inside = {name: share for name, share in prediction.confidences.items() if name != OUT_OF_SCOPE}
    groups: dict[str, float] = {}
    best_of: dict[str, str] = {}
    for name in sorted(inside, key=lambda each: -inside[each]):
        groups[group(name)] = groups.get(group(name), 0.0) + inside[name]
        best_of.setdefault(group(name), name)
    first, second = ([*sorted(groups, key=lambda each: -groups[each]), "", ""])[:2]
    intent, confidence = prediction.best_in_scope
    answer_cost = 0.0 if intent == message.intent else WRONG_ANSWER
    truth = group(message.intent)
    if truth in (first, second):
        question_cost = TWO_BEST_QUESTION + (0.0 if best_of[truth] == message.intent else WRONG_ANSWER)
    else:
        question_cost = TWO_BEST_QUESTION + ASKING_AGAIN
    return confidence, groups.get(first, 0.0) - groups.get(second, 0.0), answer_cost, question_cost


def _asked(cues: Cues, thresholds: Thresholds) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which are asked again, and which between two."""
    again = cues.confidence < thresholds.fallback
    return again, ~again & (cues.margin < thresholds.ambiguity)


def _costs(cues: Cues, thresholds: Thresholds) -> npt.NDArray[np.float64]:
    again, between = _asked(cues, thresholds)
    return np.where(again, ASKING_AGAIN, np.where(between, cues.question_cost, cues.answer_cost))


def _elsewhere(cues: Cues) -> Figures:
    generator = np.random.default_rng(_SEED)
    tried: list[Figures] = []
    for _ in range(_HALVINGS):
        half = generator.permutation(len(cues.outside)) % 2 == 0
        for one, other in ((half, ~half), (~half, half)):
            tried.append(figures(cues.part(other), choose(cues.part(one))))
    return Figures(**{name: float(np.mean([getattr(each, name) for each in tried])) for name in asdict(tried[0])})


def _rounded(figures: Figures) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(figures).items()}
