"""What an arm makes of messages, and how it is kept in a file between the process that predicts and this one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jieda.intents import OUT_OF_SCOPE

Points = dict[int, dict[str, tuple[float, float]]]
"""A learning curve: number of training messages → language → accuracy by group and by intent, in scope."""


@dataclass(frozen=True)
class Found:
    """An entity that an arm found in a message."""

    entity: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Prediction:
    """An arm's view of one message.

    `intent` is what the pipeline takes it for: where it would rather ask again (`asks_again`) the first of its ranking,
    and where it would ask between two (`between`) the likelier. `confidences` are those of all intents it ranked.
    """

    intent: str
    confidences: Mapping[str, float]
    asks_again: bool = False
    between: tuple[str, ...] = ()
    entities: tuple[Found, ...] = ()

    @property
    def likeliest(self) -> str:
        """The likeliest intent before any threshold; "" where there is none."""
        return max(self.confidences, key=self.confidences.__getitem__, default="")

    @property
    def best_in_scope(self) -> tuple[str, float]:
        """The likeliest intent but out_of_scope, and its confidence; ("", 0.0) where there is none."""
        inside = [intent for intent in self.confidences if intent != OUT_OF_SCOPE]
        intent = max(inside, key=self.confidences.__getitem__, default="")
        return intent, self.confidences.get(intent, 0.0)


@dataclass(frozen=True)
class Outcome:
    """An arm, trained and tried. Times in milliseconds and seconds, memory in megabytes (10^6 bytes)."""

    clean: tuple[Prediction, ...]
    """One for each held-out message, in order."""
    perturbed: Mapping[str, tuple[str, ...]]
    """For each perturbation the intents of its texts, in order."""
    latencies: tuple[float, ...]
    memory: float
    training_seconds: float

    @property
    def intents(self) -> list[str]:
        return [each.intent for each in self.clean]


def save(outcome: Outcome, file: Path) -> None:
    _write(asdict(outcome), file)


def save_points(points: Points, file: Path) -> None:
    _write(points, file)


def load_points(file: Path) -> Points:
    return {
        int(size): {language: (pair[0], pair[1]) for language, pair in row.items()}
        for size, row in json.loads(file.read_text(encoding="utf-8")).items()
    }


def load(file: Path) -> Outcome:
    raw = json.loads(file.read_text(encoding="utf-8"))
    clean = tuple(map(_prediction, raw["clean"]))
    perturbed = {name: tuple(intents) for name, intents in raw["perturbed"].items()}
    return Outcome(clean, perturbed, tuple(raw["latencies"]), raw["memory"], raw["training_seconds"])


def _prediction(raw: Mapping[str, Any]) -> Prediction:
    found = tuple(Found(**each) for each in raw["entities"])
    return Prediction(**{**raw, "between": tuple(raw["between"]), "entities": found})


def _write(content: Any, file: Path) -> None:
    # Written whole before it bears its name: a run that was cut off leaves nothing that looks complete.
    made = file.with_suffix(".part")
    made.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    made.replace(file)
