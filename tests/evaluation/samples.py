"""Messages and predictions that tests make by hand."""

from __future__ import annotations

from pathlib import Path

from evaluation.predictions import Found, Prediction
from jieda.nlu.corpus import AnnotatedSpan, LabelledMessage


def message(
    intent: str, language: str = "en", text: str = "", entities: tuple[AnnotatedSpan, ...] = ()
) -> LabelledMessage:
    return LabelledMessage(text or f"a message for {intent}", intent, language, entities, Path(f"{language}.yml"), 1)


def predicted(*found: Found, **confidences: float) -> Prediction:
    """Of the likeliest intent, with the entities found."""
    return Prediction(max(confidences, key=confidences.__getitem__), confidences, entities=found)
