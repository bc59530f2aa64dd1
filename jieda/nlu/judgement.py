"""What to make of a message, given how likely each intent is: answer it, ask between two, ask again, or refuse.

The thresholds are chosen on curves by `python -m evaluation --thresholds` and stand in `data/thresholds.yml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import yaml

from jieda.intents import OUT_OF_SCOPE, group

THRESHOLDS = Path(__file__).resolve().parent.parent.parent / "data" / "thresholds.yml"


_NOT_ASKED = frozenset({"social", "answer"})
"""Groups that nobody is asked about: "do you want to thank me?"."""


class ThresholdsError(ValueError):
    """The file of thresholds cannot be used. `str()` names it and what is wrong."""

    code = "thresholds_invalid"


class Verdict(str, Enum):
    """What a message deserves."""

    ANSWER = "answer"
    ASK_BETWEEN_TWO = "ask_between_two"
    ASK_AGAIN = "ask_again"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Thresholds:
    """`out_of_scope`: from this probability on a message is refused. `fallback`: below this probability of the best
    intent it is asked again. `ambiguity`: below this lead of the likeliest group it is asked between two."""

    out_of_scope: float
    fallback: float
    ambiguity: float

    @classmethod
    def load(cls, file: Path = THRESHOLDS) -> Thresholds:
        """Raises ThresholdsError."""
        try:
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
            values = {name: float(content[name]) for name in cls.__dataclass_fields__}
        except (OSError, UnicodeError, yaml.YAMLError, TypeError, KeyError, ValueError) as error:
            raise ThresholdsError(f"{file}: wants out_of_scope, fallback and ambiguity: {error!r}") from error
        if outside := [name for name, value in values.items() if not 0 <= value <= 1]:
            raise ThresholdsError(f"{file}: {', '.join(outside)}: wants a number from 0 to 1")
        return cls(**values)


@dataclass(frozen=True)
class Judgement:
    """A verdict and the intents it speaks of: the one to answer, or the two to ask between, the likelier first."""

    verdict: Verdict
    intents: tuple[str, ...] = ()


@dataclass(frozen=True)
class TwoBest:
    """The best intents of the two likeliest groups, and how far the first group is ahead."""

    intents: tuple[str, str]
    lead: float


def two_best(shares: Mapping[str, float]) -> TwoBest | None:
    """What a message may be between; None where asking would be silly: at manners and replies, or without a rival."""
    groups: dict[str, float] = {}
    best: dict[str, str] = {}
    for intent in sorted(shares, key=lambda each: -shares[each]):
        if intent != OUT_OF_SCOPE:
            groups[group(intent)] = groups.get(group(intent), 0.0) + shares[intent]
            best.setdefault(group(intent), intent)
    likeliest = sorted(groups, key=lambda each: -groups[each])
    if not likeliest or likeliest[0] in _NOT_ASKED:
        return None
    rivals = [each for each in likeliest[1:] if each not in _NOT_ASKED]
    if not rivals:
        return None
    first, second = likeliest[0], rivals[0]
    return TwoBest((best[first], best[second]), groups[first] - groups[second])


def judge(shares: Mapping[str, float], thresholds: Thresholds) -> Judgement:
    """`shares` are the probabilities of the intents."""
    if shares.get(OUT_OF_SCOPE, 0.0) >= thresholds.out_of_scope:
        return Judgement(Verdict.REFUSE)
    inside = {intent: share for intent, share in shares.items() if intent != OUT_OF_SCOPE}
    best = max(inside, key=inside.__getitem__, default=None)
    if best is None or inside[best] < thresholds.fallback:
        return Judgement(Verdict.ASK_AGAIN)
    close = two_best(shares)
    if close is not None and close.lead < thresholds.ambiguity:
        return Judgement(Verdict.ASK_BETWEEN_TWO, close.intents)
    return Judgement(Verdict.ANSWER, (best,))
