"""How sure a difference between two arms is: paired bootstrap over the messages that both answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import bootstrap

RESAMPLES = 10_000
_SEED = 42
_BATCH = 500  # resamples held in memory at a time


@dataclass(frozen=True)
class Interval:
    """A figure, and the bounds within which it lies in 95 % of resamples."""

    value: float
    low: float
    high: float


def difference(ours: npt.NDArray[np.bool_], theirs: npt.NDArray[np.bool_]) -> Interval:
    """By how much the share of right answers of ours is above theirs. Both are of the same messages in order."""
    return _interval((ours.astype(float) - theirs.astype(float),), _mean)


def fewer_errors(ours: npt.NDArray[np.bool_], theirs: npt.NDArray[np.bool_]) -> Interval:
    """The share of their errors that ours avoids: 0.3 is 30 % fewer errors, a negative share more errors."""
    return _interval(((~ours).astype(float), (~theirs).astype(float)), _avoided)


def _mean(values: npt.NDArray[np.float64], axis: int = -1) -> Any:
    return np.mean(values, axis=axis)


def _avoided(ours: npt.NDArray[np.float64], theirs: npt.NDArray[np.float64], axis: int = -1) -> Any:
    made, before = ours.sum(axis=axis), theirs.sum(axis=axis)
    # Where they make no error there is none to avoid.
    return 1.0 - made / np.maximum(before, 1.0)


def _interval(samples: tuple[npt.NDArray[np.float64], ...], statistic: Any) -> Interval:
    value = float(statistic(*samples))
    if len(samples[0]) < 2:
        return Interval(value, value, value)
    result = bootstrap(
        samples,
        statistic,
        n_resamples=RESAMPLES,
        paired=len(samples) > 1,
        vectorized=True,
        method="percentile",
        batch=_BATCH,
        random_state=np.random.default_rng(_SEED),
    )
    low, high = result.confidence_interval
    return Interval(value, float(low), float(high))
