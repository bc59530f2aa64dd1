"""Entities annotated within a message: `[text](entity)`, `[text](entity:value)` or `[text]{"entity": "…"}`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

# As Rasa has it (rasa/shared/nlu/training_data/entities_parser.py), less lists of entities for one text.
_ANNOTATION = re.compile(
    r"\[(?P<text>[^\]]+?)\](?:\((?P<entity>[^:)]+?)(?::(?P<value>[^)]+))?\)|\{(?P<fields>[^}]+?)\})"
)
# Brackets that stand for themselves, as in "[error 500]".
_PLAIN_BRACKETS = re.compile(r"\[[^\[\]]*\](?!\s*[\[({（｛])")
_HALF_ANNOTATION = re.compile(r"[\[\]].{0,20}|[(（][a-z]+(?:_[a-z]+|:[a-z_]+)[)）]")


@dataclass(frozen=True)
class AnnotatedSpan:
    """An entity of a message. Offsets are those of the plain text; the value is that text unless another is given."""

    entity: str
    value: str
    start: int
    end: int


class AnnotationError(ValueError):
    """An annotation cannot be read. `str()` says what is wrong with it."""

    code = "annotation_broken"


def parse_annotations(raw: str) -> tuple[str, tuple[AnnotatedSpan, ...]]:
    """The plain text and the entities of `[text](entity)`, `[text](entity:value)` or `[text]{"entity": …}`.

    Raises AnnotationError, also for marks that Rasa would leave in the text.
    """
    plain, position = "", 0
    spans: list[AnnotatedSpan] = []
    for match in _ANNOTATION.finditer(raw):
        text = match["text"]
        entity, value = _named(match)
        if not entity.isidentifier() or (value or "").startswith("//"):
            raise AnnotationError(f"Not an entity's name in {match[0]!r}; of a link, write the address alone")
        if "[" in text:
            raise AnnotationError(f"Nested brackets in {match[0]!r}; annotate one text once")
        if text != text.strip():
            raise AnnotationError(f"Blanks at the edge of {match[0]!r}; put them outside the brackets")
        plain += raw[position : match.start()]
        spans.append(AnnotatedSpan(entity, value or text, len(plain), len(plain) + len(text)))
        plain += text
        position = match.end()
    half = _HALF_ANNOTATION.search(_PLAIN_BRACKETS.sub("", _ANNOTATION.sub("", raw)))
    if half or "][" in raw:
        where = half[0] if half else "]["
        raise AnnotationError(f"Half an annotation at {where!r}; write [text](entity), nothing between the brackets")
    return plain + raw[position:], tuple(spans)


def _named(match: re.Match[str]) -> tuple[str, str | None]:
    """The entity and the value that an annotation gives."""
    if match["fields"] is None:
        return match["entity"], match["value"]
    try:
        fields = json.loads(f"{{{match['fields']}}}")
    except json.JSONDecodeError as error:
        raise AnnotationError(f"No JSON in {match[0]!r} ({error.msg}); mend it or write [text](entity)") from error
    entity, value = fields.get("entity"), fields.get("value")
    if not isinstance(entity, str) or not isinstance(value, (str, type(None))):
        raise AnnotationError(f'No entity in {match[0]!r}; give {{"entity": "…"}}, and a text as value')
    return entity, value
