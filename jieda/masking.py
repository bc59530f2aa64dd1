"""Personal data hidden where it is not needed: in lists, logs and exports. Pure."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from jieda.contact import find_emails, find_phones, mask_email, mask_name, mask_phone

_NAME_WORD_LEAST = 3
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{15,19}[\dXx]?(?![0-9A-Za-z])")
"""Numbers of identity cards and bank cards."""
_HAN = re.compile(r"[\u3400-\u9fff·]{2,}")


def mask_text(text: str, names: Iterable[str] = ()) -> str:
    """A text with telephone numbers, e-mail addresses and numbers of cards masked, and the names that are known.

    Other names cannot be told from words.
    """
    found = [(each.start, each.end, mask_email(each.value)) for each in find_emails(text)]
    found += [(each.start, each.end, mask_phone(each.value)) for each in find_phones(text)]
    found += [(each.start(), each.end(), _mask_number(each[0])) for each in _LONG_NUMBER.finditer(text)]
    found += [(start, end, mask_name(text[start:end])) for start, end in name_spans(text, names)]
    return _replaced(text, found)


def name_spans(text: str, names: Iterable[str]) -> list[tuple[int, int]]:
    """Where names that are known stand in a text."""
    pattern = _names(tuple(sorted(set(names))))
    return [each.span() for each in pattern.finditer(text)] if pattern else []


def _replaced(text: str, found: list[tuple[int, int, str]]) -> str:
    shown, end = "", 0
    for start, stop, instead in sorted(found, key=lambda each: (each[0], -each[1])):
        if start < end:
            continue
        shown += text[end:start] + instead
        end = stop
    return shown + text[end:]


def _mask_number(number: str) -> str:
    return "*" * (len(number) - 4) + number[-4:]


@functools.lru_cache(maxsize=512)
def _names(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Matches a known name whole, and the parts of it that people go by."""
    parts: set[str] = set()
    for name in names:
        name = name.strip()
        if _HAN.fullmatch(name):
            parts.add(r"\s?".join(map(re.escape, name)))
            if len(name) >= _NAME_WORD_LEAST:
                # Without the surname, as colleagues call each other.
                parts.add(re.escape(name[1:]))
        elif name:
            words = [re.escape(word) for word in name.split()]
            parts.add(r"\b" + r"\s+".join(words) + r"\b")
            parts.update(rf"\b{word}\b" for word in words if len(word) >= _NAME_WORD_LEAST)
    if not parts:
        return None
    return re.compile("|".join(sorted(parts, key=len, reverse=True)), re.IGNORECASE)
