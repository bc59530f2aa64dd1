"""How well entities are found: F1 of each kind over the annotated held-out messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.predictions import Found, Prediction
from jieda.nlu.corpus import AnnotatedSpan, LabelledMessage

_NOT_DIGIT = re.compile(r"\D")
_CHINA = "86"


@dataclass(frozen=True)
class EntityScore:
    """A span counts as found when its place, its kind and its value are right."""

    annotated: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.annotated if self.annotated else 0.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.annotated + self.found) if self.annotated + self.found else 0.0


def entity_scores(
    messages: Sequence[LabelledMessage], predictions: Sequence[Prediction]
) -> tuple[dict[str, EntityScore], int]:
    """A score for each kind that is annotated anywhere, and the number of annotated messages.

    Messages without annotation are left out: nothing says that they hold no entity.
    """
    annotated = [pair for pair in zip(messages, predictions, strict=True) if pair[0].entities]
    kinds = sorted({span.entity for message, _ in annotated for span in message.entities})
    scores = {kind: _score(kind, annotated) for kind in kinds}
    return scores, len(annotated)


def _score(kind: str, annotated: Sequence[tuple[LabelledMessage, Prediction]]) -> EntityScore:
    wanted = found = right = 0
    for message, prediction in annotated:
        spans = [span for span in message.entities if span.entity == kind]
        those = {each for each in prediction.entities if each.entity == kind}
        wanted += len(spans)
        found += len(those)
        right += sum(any(_is(each, span, message.text) for each in those) for span in spans)
    return EntityScore(wanted, found, right)


def _is(found: Found, span: AnnotatedSpan, text: str) -> bool:
    """Whether place and value are right. A value that is not given is the text itself, in its canonical form."""
    if (found.start, found.end) != (span.start, span.end):
        return False
    written = text[span.start : span.end]
    if span.value != written:
        return found.value == span.value
    if span.entity == "contact_phone":
        return _national(found.value.partition(";")[0]) == _national(written)
    # Which app a name means is given by no annotation, so that the place alone can be compared.
    return span.entity == "affected_app" or found.value.casefold() == written.casefold()


def _national(number: str) -> str:
    """The digits of a telephone number less what Chinese numbers may go without."""
    digits = _NOT_DIGIT.sub("", number).lstrip("0")
    return digits.removeprefix(_CHINA).lstrip("0") if len(digits) > len(_CHINA) + 8 else digits
