"""All numbers of an evaluation, as plain values that `report/figures.json` keeps and the report is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evaluation import bootstrap, metrics, robustness, scope, thresholds
from evaluation.arms import DEFAULT, REFERENCE
from evaluation.entities import entity_scores
from evaluation.metrics import ALL
from evaluation.predictions import Outcome, Points
from jieda.intents import OUT_OF_SCOPE, group
from jieda.nlu.corpus import LANGUAGES, LabelledMessage

_DIGITS = 4


@dataclass(frozen=True)
class Evaluation:
    """The held-out messages and what each arm made of them; the default is among the arms."""

    messages: Sequence[LabelledMessage]
    perturbed: Mapping[str, robustness.Perturbed]
    outcomes: Mapping[str, Outcome]
    training_messages: int
    compared_on: int
    """Messages that the arms other than the default were trained on."""
    heldout: str
    """Names the content of the held-out messages."""
    learning: Points | None = None

    @property
    def default(self) -> Outcome:
        return self.outcomes[DEFAULT]

    @property
    def outside(self) -> Any:
        return np.array([message.intent == OUT_OF_SCOPE for message in self.messages])

    def best_stock(self) -> str | None:
        """The stock arm that gets most intents right; None when none was tried."""
        stock = [name for name in self.outcomes if name.startswith("stock-")]
        return max(stock, key=lambda name: _right_intents(self, name), default=None)


def compute(evaluation: Evaluation, chosen: thresholds.Chosen) -> dict[str, Any]:
    """Every number; shares of one, milliseconds, megabytes and seconds, rounded."""
    scores, annotated = entity_scores(evaluation.messages, evaluation.default.clean)
    figures = {
        "messages": {
            "training": evaluation.training_messages,
            "compared_on": evaluation.compared_on,
            "heldout": _counts(evaluation),
        },
        "heldout": evaluation.heldout,
        "accuracy": accuracy(evaluation, DEFAULT),
        "groups": {
            name: asdict(each)
            for name, each in metrics.group_scores(evaluation.messages, evaluation.default.intents).items()
        },
        "scope": out_of_scope(evaluation, DEFAULT),
        "thresholds": {
            **asdict(chosen.thresholds),
            "figures": asdict(chosen.figures),
            "elsewhere": asdict(chosen.elsewhere),
        },
        "entities": {
            "messages": annotated,
            "kinds": {
                name: {**asdict(each), "precision": each.precision, "recall": each.recall, "f1": each.f1}
                for name, each in scores.items()
            },
        },
        "robustness": _robustness(evaluation),
        "arms": {name: _arm(evaluation, name) for name in evaluation.outcomes},
        "against": {
            name: _against(evaluation, name) for name in evaluation.outcomes if name not in (DEFAULT, REFERENCE)
        },
        "best_stock": evaluation.best_stock(),
        "learning": {
            str(size): {language: {"group": pair[0], "intent": pair[1]} for language, pair in row.items()}
            for size, row in (evaluation.learning or {}).items()
        },
    }
    return dict(_rounded(figures))


def accuracy(evaluation: Evaluation, arm: str) -> dict[str, Any]:
    """By intent and by group, for each language: in scope, and with out of scope as one more intent."""
    answered = evaluation.outcomes[arm].intents
    found = {}
    for name, level in (("group", group), ("intent", str)):
        inside = metrics.by_language(evaluation.messages, answered, level)
        every = metrics.by_language(evaluation.messages, answered, level, in_scope_only=False)
        found[name] = {
            language: {**asdict(score), "with_out_of_scope": every[language].accuracy}
            for language, score in inside.items()
        }
    return found


def out_of_scope(evaluation: Evaluation, arm: str) -> dict[str, Any]:
    """The area under the curve for each language, the chosen point, and what the pipeline declines as it is."""
    clean, outside = evaluation.outcomes[arm].clean, evaluation.outside
    values = scope.scores(clean)
    found: dict[str, Any] = {"area": {}, "point": {}}
    chosen = scope.choose(values, outside)
    for language in (*LANGUAGES, ALL):
        rows = np.array([language in (message.language, ALL) for message in evaluation.messages])
        if outside[rows].any() and (~outside[rows]).any():
            found["area"][language] = scope.curve(values[rows], outside[rows]).area
            found["point"][language] = asdict(scope.at(values[rows], outside[rows], chosen.threshold))
    found["declined"] = asdict(scope.declined(clean, outside))
    return found


def _counts(evaluation: Evaluation) -> dict[str, dict[str, int]]:
    return {
        language: {
            "in_scope": sum(each.language == language and each.intent != OUT_OF_SCOPE for each in evaluation.messages),
            "out_of_scope": sum(
                each.language == language and each.intent == OUT_OF_SCOPE for each in evaluation.messages
            ),
        }
        for language in LANGUAGES
    }


def _arm(evaluation: Evaluation, name: str) -> dict[str, Any]:
    outcome = evaluation.outcomes[name]
    return {
        "accuracy": accuracy(evaluation, name),
        "scope": out_of_scope(evaluation, name),
        "parse_ms": {f"p{share}": float(np.percentile(outcome.latencies, share)) for share in (50, 95)},
        "memory_mb": outcome.memory,
        "training_seconds": outcome.training_seconds,
    }


def _against(evaluation: Evaluation, other: str) -> dict[str, Any]:
    """The default trained on the same messages against another arm: difference of accuracy and share of errors avoided.

    In scope, and with out of scope as one more intent ("all_messages").
    """
    found: dict[str, Any] = {}
    inside = ~evaluation.outside
    for name, level in (("group", group), ("intent", str)):
        ours = metrics.right(evaluation.messages, evaluation.outcomes[REFERENCE].intents, level)
        theirs = metrics.right(evaluation.messages, evaluation.outcomes[other].intents, level)
        found[name] = {
            where: {
                "difference": asdict(bootstrap.difference(ours[rows], theirs[rows])),
                "fewer_errors": asdict(bootstrap.fewer_errors(ours[rows], theirs[rows])),
            }
            for where, rows in (("in_scope", inside), ("all_messages", np.ones_like(inside)))
        }
        found[name]["languages"] = {}
        for language in LANGUAGES:
            rows = inside & np.array([message.language == language for message in evaluation.messages])
            if rows.any():
                found[name]["languages"][language] = asdict(bootstrap.difference(ours[rows], theirs[rows]))
    return found


def _robustness(evaluation: Evaluation) -> dict[str, Any]:
    rows = robustness.table(evaluation.messages, evaluation.perturbed, evaluation.default)
    return {name: {language: asdict(each) for language, each in row.items()} for name, row in rows.items()}


def _right_intents(evaluation: Evaluation, name: str) -> int:
    return int(metrics.right(evaluation.messages, evaluation.outcomes[name].intents).sum())


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    return round(value, _DIGITS) if isinstance(value, float) else value
