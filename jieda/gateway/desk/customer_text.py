"""What a customer wrote, as it is shown to an agent: text and nothing but text, with nothing hidden in it.

`static/desk/text.js` does the same in the browser for what arrives live; `tests/browser/test_desk_hostile.py` holds
both to it.
"""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

FOLD = 1_200
"""Characters shown of a longer text before "show all"."""
_JOINER, _EMOJI_FROM = "\u200d", 0x2190
_KEPT = "\n\t"


def hidden_name(character: str) -> str | None:
    """The mark shown in place of a character that cannot be seen or that turns the writing around: U+202E."""
    if character in _KEPT:
        return None
    category = unicodedata.category(character)
    if category in ("Cf", "Cc", "Co", "Cs") or character in "\u2028\u2029\u3164\u115f\u1160\uffa0\u034f":
        return f"U+{ord(character):04X}"
    return None


def pieces(text: str) -> list[tuple[str, bool]]:
    """The text in runs of what can be shown, and the names of what cannot (True)."""
    found: list[tuple[str, bool]] = []
    run = ""
    for place, character in enumerate(text):
        name = hidden_name(character)
        if name is None or (character == _JOINER and _joins_emoji(text, place)):
            run += character
            continue
        if run:
            found.append((run, False))
            run = ""
        found.append((name, True))
    return [*found, (run, False)] if run else found


def customer_text(text: str | None, longest: int | None = None) -> Markup:
    """Markup for a text within `<bdi>`; marks for what cannot be seen; cut, with "…", beyond the longest."""
    whole = text or ""
    cut = whole if longest is None or len(whole) <= longest else whole[:longest].rstrip() + "…"
    inside = Markup("").join(
        Markup('<span class="unseen">{}</span>').format(piece) if hidden else escape(piece)
        for piece, hidden in pieces(cut)
    )
    return Markup('<bdi dir="auto">{}</bdi>').format(inside)


def _joins_emoji(text: str, place: int) -> bool:
    """A joiner between two pictures is part of one picture, not hidden text."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    return bool(before and after) and ord(before) >= _EMOJI_FROM and ord(after) >= _EMOJI_FROM
