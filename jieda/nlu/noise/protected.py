"""A customer's own details stay whole whatever happens to the text around them.

While a text is perturbed, each e-mail address, telephone number, case number and web address is one character of the
private use area, which no perturbation knows.
"""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Callable

from jieda.contact import find_emails, find_phones

Change = Callable[[str, random.Random], str]

# Web addresses and codes are pasted rather than typed.
_PASTED = re.compile(r"(?<![0-9A-Za-z])(?:SR[0-9]{8}-[0-9A-Za-z]{4,12}|https?://[!-~]+|0x[0-9A-Fa-f]+)")
_MAY_HOLD = re.compile(r"[\d@＠]|https?:")
_FIRST = 0xE100
_MOST = 256
_STAND_IN = re.compile(f"[{chr(_FIRST)}-{chr(_FIRST + _MOST - 1)}]")


def keeping_details(change: Change) -> Change:
    """The same change, made around the details.

    The text is unchanged where other details would be read out of it afterwards, and where nothing would be left.
    """

    @functools.wraps(change)
    def around(text: str, rng: random.Random) -> str:
        spans, values = details(text)
        if not text.strip() or len(spans) > _MOST or _STAND_IN.search(text):
            return text
        pieces, position = [], 0
        for i, (start, end) in enumerate(spans):
            pieces += [text[position:start], chr(_FIRST + i)]
            position = end
        changed = change("".join([*pieces, text[position:]]), rng)
        whole = _STAND_IN.sub(lambda each: text[slice(*spans[ord(each[0]) - _FIRST])], changed)
        return whole if whole.strip() and details(whole)[1] == values else text

    return around


@functools.lru_cache(maxsize=4_096)
def details(text: str) -> tuple[tuple[tuple[int, int], ...], tuple[str, ...]]:
    """Where the customer's own details stand, in order and none overlapping, and what would be read out of them."""
    if not _MAY_HOLD.search(text):
        return (), ()
    found = [(each.start, each.end, each.value) for each in (*find_emails(text), *find_phones(text))]
    found += [(match.start(), match.end(), match[0]) for match in _PASTED.finditer(text)]
    kept: list[tuple[int, int]] = []
    for start, end, _ in sorted(found):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return tuple(kept), tuple(value for _, _, value in found)
