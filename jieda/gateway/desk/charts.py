"""Plots as shapes for SVG, drawn into the page by `charts.html`. Pure.

The page's own styles colour them and the browser's own fonts write them, so that they follow the theme and no glyph is
missing. Each stands beside a table of the same figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 1000, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 8, 8, 22
_TICKS, _LABELS = 4, 10
BAR_WIDTH = 200


@dataclass(frozen=True)
class Column:
    """A day's column: the whole, and the part of it at its foot. Lengths are in the picture's units."""

    x: float
    width: float
    y: float
    height: float
    part_y: float
    part_height: float
    label: str
    whole: int
    part: int
    labelled: bool


@dataclass(frozen=True)
class Columns:
    """A plot of columns with the lines that its height is read by."""

    columns: tuple[Column, ...]
    lines: tuple[tuple[float, int], ...]
    """Places from above, and what each stands for."""
    left: float = _LEFT
    width: float = WIDTH
    height: float = HEIGHT
    base: float = HEIGHT - _BOTTOM


def columns(rows: Sequence[tuple[str, int, int]]) -> Columns:
    """A plot of labels with a whole and a part of it."""
    step = tick_step(max((whole for _, whole, _ in rows), default=0))
    top = max(step, -(-max((whole for _, whole, _ in rows), default=0) // step) * step)
    scale = (HEIGHT - _TOP - _BOTTOM) / top
    base = HEIGHT - _BOTTOM
    room = (WIDTH - _LEFT - _RIGHT) / max(len(rows), 1)
    width = max(room * 0.72, 1.0)
    every = -(-len(rows) // _LABELS) or 1
    shapes = tuple(
        Column(
            x=_LEFT + number * room + (room - width) / 2,
            width=width,
            y=base - whole * scale,
            height=whole * scale,
            part_y=base - part * scale,
            part_height=part * scale,
            label=label,
            whole=whole,
            part=part,
            labelled=number % every == 0,
        )
        for number, (label, whole, part) in enumerate(rows)
    )
    lines = tuple((base - value * scale, value) for value in range(0, top + 1, step))
    return Columns(shapes, lines)


def tick_step(most: int) -> int:
    """A round step of which a few reach up to a number: 1, 2 or 5 and zeros."""
    step = 1
    while most > step * _TICKS:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return step


def bar(number: float, most: float) -> float:
    """The length of a bar, the longest of which is `BAR_WIDTH`."""
    return BAR_WIDTH * number / most if most else 0.0
