"""What a reviewer says of a customer's message: whether the bot took it for what it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from jieda.intents import NOT_UNDERSTOOD


class Verdict(str, Enum):
    """The intent was right; it was wrong, and which is right is not said; the right one is named."""

    RIGHT = "right"
    WRONG = "wrong"
    CORRECTED = "corrected"


class ReviewNotAllowed(ValueError):
    """Only customers' messages are reviewed; those that the bot never saw only by naming their intent."""

    code = "review_not_allowed"


@dataclass(frozen=True)
class Review:
    """A reviewer's word. `intent` is what the message is, where that is known; times bear a zone."""

    conversation_id: str
    seq: int
    verdict: Verdict
    intent: str | None
    agent: str
    at: datetime
    exported_at: datetime | None = None


@dataclass(frozen=True)
class ReviewedMessage:
    """A customer's message with what the bot took it for (None: it was said to a person), and the review if any.

    `names` are the customer's as far as they are known, for masking.
    """

    conversation_id: str
    seq: int
    text: str
    at: datetime
    understood: str | None
    confidence: float | None
    names: tuple[str, ...] = ()
    review: Review | None = None


def judged(verdict: Verdict, chosen: str | None, understood: str | None) -> str | None:
    """The intent that a review names. Raises ReviewNotAllowed."""
    if verdict is Verdict.CORRECTED:
        if chosen is None:
            raise ReviewNotAllowed("the right intent is not named")
        return chosen
    if understood is None or (verdict is Verdict.RIGHT and understood == NOT_UNDERSTOOD):
        raise ReviewNotAllowed("the bot took it for nothing")
    return understood if verdict is Verdict.RIGHT else None
