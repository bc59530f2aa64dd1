"""Figures that must not fall: the accuracy of the default in each language, against those that were committed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MOST_LOST = 0.01
"""Lost accuracy that passes: one point."""

_TOLERANCE = 1e-9


class FiguresInvalid(ValueError):
    """The committed figures cannot be read. `str()` names the file."""

    code = "figures_invalid"


def fallen(committed: Mapping[str, Any], present: Mapping[str, Any]) -> list[str]:
    """What has fallen by more than a point, in words. Both are figures as `report/figures.json` has them."""
    found = []
    for level in ("group", "intent"):
        for language, before in committed["accuracy"][level].items():
            now = present["accuracy"][level].get(language)
            if now is None:
                found.append(f"{language}, {level}: no message left to measure")
            elif before["accuracy"] - now["accuracy"] > MOST_LOST + _TOLERANCE:
                found.append(f"{language}, {level}: {now['accuracy']:.1%}, was {before['accuracy']:.1%}")
    return found


def read(file: Path) -> dict[str, Any] | None:
    """The committed figures; None when there are none yet. Raises FiguresInvalid."""
    if not file.exists():
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        _ = found["accuracy"]["group"], found["accuracy"]["intent"]
    except (ValueError, KeyError, TypeError) as error:
        raise FiguresInvalid(f"{file}: no figures of an evaluation ({error}); restore or remove it") from error
    return dict(found)
