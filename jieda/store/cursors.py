"""Where a list goes on: an opaque text that stands for the place of the last row shown."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

_INT_MAX = 2**53


class CursorInvalid(ValueError):
    """A list's `after` is none that was given out."""

    code = "invalid"


def cursor_of(*place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def cursor(after: str, *kinds: type) -> Any:
    """The place that a cursor stands for: one value of each kind. Raises CursorInvalid."""
    try:
        place = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except ValueError as error:
        raise CursorInvalid(after) from error
    fits = isinstance(place, list) and len(place) == len(kinds)
    if not fits or not all(type(each) is kind for each, kind in zip(place, kinds, strict=True)):
        raise CursorInvalid(after)
    if any(isinstance(each, int) and not 0 <= each <= _INT_MAX for each in place):
        raise CursorInvalid(after)
    return place


def moment(text: str) -> datetime:
    """A time in a cursor, which bears a zone. Raises CursorInvalid."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CursorInvalid(text) from error
    if at.tzinfo is None:
        raise CursorInvalid(text)
    return at
