"""Out of scope: the score that says so, its curve, and the point chosen on it.

The **score** of a message is P(out_of_scope); for an arm that knows no such intent it is 1 less the confidence of its
best intent. A message is **refused** at a threshold when its score is the threshold or above, whichever intent comes
first. The curve needs nothing else, so that neither a fallback nor the order of a ranking moves it.

What the pipeline **declines** as it is configured is told beside: messages that it takes for out of scope, or at which
it would rather ask again. A question between two intents is no refusal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score, roc_curve

from evaluation.predictions import Prediction
from jieda.intents import OUT_OF_SCOPE

MOST_REFUSED = 0.03
"""The share of messages in scope that may be refused."""

RECALL = 0.90
"""The share of messages out of scope that is enough to refuse: a little above the goal of 0.88. Every one more would
cost more messages in scope than it is worth."""


@dataclass(frozen=True)
class Point:
    """A threshold, the share of messages out of scope it refuses, and that of messages in scope."""

    threshold: float
    recall: float
    in_scope_refused: float


@dataclass(frozen=True)
class Declined:
    """Shares that the pipeline as configured takes for out of scope or would rather ask again."""

    out_of_scope: float
    in_scope: float


@dataclass(frozen=True)
class Curve:
    """The receiver operating characteristic: both shares as the threshold falls."""

    in_scope_refused: npt.NDArray[np.float64]
    recall: npt.NDArray[np.float64]
    area: float


def knows_out_of_scope(predictions: Sequence[Prediction]) -> bool:
    """Whether the arm has the intent: it ranks it for some message."""
    return any(OUT_OF_SCOPE in prediction.confidences for prediction in predictions)


def scores(predictions: Sequence[Prediction]) -> npt.NDArray[np.float64]:
    """The score of each message; see above."""
    if knows_out_of_scope(predictions):
        return np.array([prediction.confidences.get(OUT_OF_SCOPE, 0.0) for prediction in predictions])
    return np.array([1.0 - prediction.best_in_scope[1] for prediction in predictions])


def is_refused(values: npt.NDArray[np.float64], threshold: float) -> npt.NDArray[np.bool_]:
    return values >= threshold


def curve(values: npt.NDArray[np.float64], outside: npt.NDArray[np.bool_]) -> Curve:
    """`outside` says which messages are out of scope; there must be some of either kind."""
    in_scope_refused, recall, _ = roc_curve(outside, values)
    return Curve(in_scope_refused, recall, float(roc_auc_score(outside, values)))


def at(values: npt.NDArray[np.float64], outside: npt.NDArray[np.bool_], threshold: float) -> Point:
    refused = is_refused(values, threshold)
    return Point(threshold, float(refused[outside].mean()), float(refused[~outside].mean()))


def choose(
    values: npt.NDArray[np.float64],
    outside: npt.NDArray[np.bool_],
    most_refused: float = MOST_REFUSED,
    enough: float = RECALL,
) -> Point:
    """The point at which enough out of scope is refused and least in scope; if there is none within the share of
    messages in scope that may be refused, that of most recall within it."""
    in_scope_refused, recall, thresholds = roc_curve(outside, values, drop_intermediate=False)
    # The first threshold of a curve refuses nothing at all. Rounded up, so that no more is refused than allowed.
    allowed = in_scope_refused[1:] <= most_refused
    if not allowed.any():
        return at(values, outside, _rounded_up(np.nextafter(values.max(), math.inf)))
    enough_there = allowed & (recall[1:] >= enough)
    threshold = thresholds[1:][enough_there].max() if enough_there.any() else thresholds[1:][allowed].min()
    return at(values, outside, _rounded_up(threshold))


def declined(predictions: Sequence[Prediction], outside: npt.NDArray[np.bool_]) -> Declined:
    refused = np.array([each.asks_again or each.intent == OUT_OF_SCOPE for each in predictions])
    return Declined(float(refused[outside].mean()), float(refused[~outside].mean()))


def _rounded_up(value: float) -> float:
    return math.ceil(value * 10_000) / 10_000
