"""What becomes of answers when messages are written less well: each perturbation against the clean text."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.metrics import ALL
from evaluation.predictions import Outcome
from jieda.intents import OUT_OF_SCOPE, group
from jieda.nlu.corpus import LANGUAGES, LabelledMessage
from jieda.nlu.noise import PERTURBATIONS

_SEED = 7


@dataclass(frozen=True)
class Perturbed:
    """Which held-out message each text comes from (its index), and the texts."""

    sources: tuple[int, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Robustness:
    """Shares of the messages that a perturbation changes: group right before and after, group flipped by it."""

    messages: int
    clean: float
    accuracy: float
    flipped: float


def perturb(messages: Sequence[LabelledMessage]) -> dict[str, Perturbed]:
    """Every message in scope under every perturbation of its language, where that changes the text at all."""
    found: dict[str, Perturbed] = {}
    for perturbation in PERTURBATIONS:
        pairs = []
        for i, message in enumerate(messages):
            if message.intent == OUT_OF_SCOPE or message.language not in perturbation.languages:
                continue
            # Seeded by the text, so that a message added or removed leaves the others as they were.
            text = perturbation.apply(message.text, random.Random(f"{_SEED} {perturbation.name} {message.text}"))
            if text != message.text:
                pairs.append((i, text))
        if pairs:
            sources, texts = zip(*pairs, strict=True)
            found[perturbation.name] = Perturbed(sources, texts)
    return found


def table(
    messages: Sequence[LabelledMessage], perturbed: Mapping[str, Perturbed], outcome: Outcome
) -> dict[str, dict[str, Robustness]]:
    """For each perturbation and each language it changes something in."""
    rows: dict[str, dict[str, Robustness]] = {}
    for name, those in perturbed.items():
        answers = list(zip(those.sources, outcome.perturbed[name], strict=True))
        rows[name] = {}
        for language in (*LANGUAGES, ALL):
            triples = [
                (group(messages[i].intent), group(outcome.clean[i].intent), group(intent))
                for i, intent in answers
                if language in (messages[i].language, ALL)
            ]
            if triples:
                rows[name][language] = _robustness(triples)
    return rows


def _robustness(triples: Sequence[tuple[str, str, str]]) -> Robustness:
    count = len(triples)
    return Robustness(
        messages=count,
        clean=sum(truth == before for truth, before, _ in triples) / count,
        accuracy=sum(truth == after for truth, _, after in triples) / count,
        flipped=sum(before != after for _, before, after in triples) / count,
    )
