"""The report's pictures. Labels are English, so that any machine's fonts can draw them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix

from evaluation.robustness import Robustness
from evaluation.scope import Curve, Point

_COLOURS = {"zh": "#c0392b", "en": "#2471a3", "mixed": "#7d6608", "all": "#17202a"}
_FEW_LABELS = 15  # up to here the cells of a matrix have room for figures


def confusions(truth: Sequence[str], answered: Sequence[str], title: str, file: Path) -> None:
    """A matrix of what messages are (rows) and were taken for (columns), as shares of a row."""
    labels = sorted({*truth, *answered})
    counts = confusion_matrix(truth, answered, labels=labels)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    few = len(labels) <= _FEW_LABELS
    side = 6.0 if few else 11.0
    figure, axes = _figure(side, side)
    # The root lets a single mistake be seen beside hundreds that are right.
    axes.imshow(np.sqrt(shares), cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=9 if few else 7)
    axes.set_yticks(range(len(labels)), labels, fontsize=9 if few else 7)
    axes.set_xlabel("taken for")
    axes.set_ylabel("is")
    axes.set_title(title)
    for row, column in zip(*np.nonzero(counts), strict=True):
        colour = "white" if shares[row, column] > 0.4 else "black"
        size = 8 if few else 5
        axes.text(column, row, counts[row, column], ha="center", va="center", color=colour, fontsize=size)
    _save(figure, file)


def confidences(shares: Mapping[str, npt.NDArray[np.float64]], thresholds: Mapping[str, float], file: Path) -> None:
    """Histograms of confidence, one below the other (right, wrong, out of scope), with thresholds as lines."""
    figure = _empty(7.0, 6.0)
    bins = np.linspace(0, 1, 41)
    colours = ("#1e8449", "#c0392b", "#7d3c98")
    for i, (name, values) in enumerate(shares.items()):
        axes = figure.add_subplot(len(shares), 1, i + 1)
        axes.hist(values, bins=bins, color=colours[i % len(colours)])
        axes.set_ylabel(f"{name}\n({len(values)})")
        axes.set_xlim(0, 1)
        for label, threshold in thresholds.items():
            axes.axvline(threshold, color="black", linestyle="--", linewidth=1)
            if i == 0:
                axes.text(threshold, 1.02, label, transform=axes.get_xaxis_transform(), ha="center", fontsize=8)
    axes.set_xlabel("confidence of the best intent in scope")
    _save(figure, file)


def roc(curves: Mapping[str, Curve], chosen: Point, file: Path) -> None:
    """Recall of out of scope against the share in scope refused, for each arm; the chosen point of the first."""
    figure, axes = _figure(6.5, 5.5)
    for i, (name, curve) in enumerate(curves.items()):
        width = 2.5 if i == 0 else 1.2
        axes.plot(curve.in_scope_refused, curve.recall, linewidth=width, label=f"{name} ({curve.area:.3f})")
    axes.plot(chosen.in_scope_refused, chosen.recall, "o", color="black", label=f"threshold {chosen.threshold:.3f}")
    axes.set_xlim(0, 0.4)
    axes.set_ylim(0, 1.01)
    axes.set_xlabel("share of messages in scope refused")
    axes.set_ylabel("share of messages out of scope refused")
    axes.grid(alpha=0.3)
    axes.legend(title="area under the whole curve", fontsize=8, loc="lower right")
    _save(figure, file)


def learning(points: Mapping[int, Mapping[str, tuple[float, float]]], file: Path) -> None:
    """Accuracy by group (whole lines) and intent (dashed) against the number of training messages."""
    figure, axes = _figure(6.5, 4.5)
    sizes = sorted(points)
    for language in points[sizes[0]]:
        for level, style in ((0, "-"), (1, "--")):
            values = [points[size][language][level] * 100 for size in sizes]
            label = f"{language}, {('group', 'intent')[level]}"
            axes.plot(sizes, values, style, marker="o", color=_COLOURS[language], label=label, markersize=3)
    axes.set_xlabel("training messages")
    axes.set_ylabel("held-out accuracy, %")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    _save(figure, file)


def robustness(rows: Mapping[str, Mapping[str, Robustness]], wanted: float, file: Path) -> None:
    """Bars of group accuracy under each perturbation, by language; a line at what is wanted."""
    languages = [language for language in ("zh", "en", "mixed") if any(language in row for row in rows.values())]
    figure, axes = _figure(8.0, 0.6 + 0.45 * max(len(rows), 1))
    height = 0.8 / max(len(languages), 1)
    for i, language in enumerate(languages):
        places = [y for y, row in enumerate(rows.values()) if language in row]
        values = [row[language].accuracy * 100 for row in rows.values() if language in row]
        axes.barh([y + (i - 1) * height for y in places], values, height, color=_COLOURS[language], label=language)
    axes.axvline(wanted * 100, color="black", linestyle="--", linewidth=1)
    axes.set_yticks(range(len(rows)), list(rows), fontsize=8)
    axes.invert_yaxis()
    lowest = min((each.accuracy for row in rows.values() for each in row.values()), default=0.0)
    axes.set_xlim(min(80.0, lowest * 100 - 5), 100)
    axes.set_xlabel("group accuracy, %")
    axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=len(languages))
    _save(figure, file)


def _empty(width: float, height: float) -> Any:
    # A figure of its own on Agg, not pyplot's: no display is asked for, and none stays open.
    figure = Figure(figsize=(width, height), layout="tight")
    FigureCanvasAgg(figure)
    return figure


def _figure(width: float, height: float) -> tuple[Any, Any]:
    figure = _empty(width, height)
    return figure, figure.add_subplot(1, 1, 1)


def _save(figure: Any, file: Path) -> None:
    with matplotlib.rc_context({"font.family": "DejaVu Sans"}):  # comes with matplotlib
        # Without the date, so that the same figures make the same file.
        figure.savefig(file, dpi=100, metadata={"Software": None})
