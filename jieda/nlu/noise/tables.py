"""The tables of `data/nlu/lexicon/noise.yml`."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

from jieda.nlu.lexicon import ENTITIES

NOISE = Path(__file__).resolve().parent.parent.parent.parent / "data" / "nlu" / "lexicon" / "noise.yml"


@functools.cache
def table(name: str) -> Any:
    """One table of noise.yml. Raises KeyError if there is none of that name."""
    return _read(NOISE)[name]


@functools.cache
def app_names() -> dict[str, list[str]]:
    """What customers call each app."""
    names: dict[str, list[str]] = _read(ENTITIES)["affected_app"]
    return names


@functools.cache
def _read(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content
