"""The report that people read, `report/report.md`: short tables out of the figures, examples, and pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evaluation import metrics, plots, robustness, scope
from evaluation.arms import DEFAULT
from evaluation.figures import Evaluation
from evaluation.metrics import ALL, Confusion
from evaluation.thresholds import Chosen
from jieda.intents import group
from jieda.nlu.corpus import LANGUAGES

GOALS = {
    "group": {"zh": 0.96, "en": 0.96, "mixed": 0.95},
    "intent": {"zh": 0.90, "en": 0.90, "mixed": 0.88},
    "perturbed": {"zh": 0.92, "en": 0.92, "mixed": 0.91},
}
OUT_OF_SCOPE_GOALS = {"recall": 0.88, "area": 0.96}
FEWER_ERRORS_GOAL = 0.30

_EXAMPLES = 2
_LONGEST_EXAMPLE = 90
_WHERE = (*LANGUAGES, ALL)


def markdown(figures: Mapping[str, Any], confusions: Sequence[Confusion]) -> str:
    """The report; a figure that misses its goal is marked with *."""
    return "\n".join(
        [
            "# How well messages are understood",
            "",
            "Written by `make evaluate`. Shares in %, a figure that misses its goal is marked *. Accuracy is over",
            "messages in scope: one taken for out of scope is an error. Where the pipeline would rather ask again, its",
            "best intent counts. `evaluation/README.md` says how all is measured.",
            "",
            *_messages(figures),
            *_accuracy(figures),
            *_out_of_scope(figures),
            *_arms(figures),
            *_against(figures),
            *_robustness(figures),
            *_confusions(confusions),
            *_entities(figures),
            *_thresholds(figures),
            *_learning(figures),
        ]
    )


def pictures(evaluation: Evaluation, chosen: Chosen, folder: Path) -> None:
    messages, clean = evaluation.messages, evaluation.default.clean
    truth, answered = [each.intent for each in messages], evaluation.default.intents
    plots.confusions(
        [group(each) for each in truth], [group(each) for each in answered], "Groups", folder / "confusion-groups.png"
    )
    plots.confusions(truth, answered, "Intents", folder / "confusion-intents.png")
    outside = evaluation.outside
    confidence = np.array([each.best_in_scope[1] for each in clean])
    right = np.array([each.best_in_scope[0] for each in clean]) == np.array(truth)
    plots.confidences(
        {"right": confidence[right], "wrong": confidence[~right & ~outside], "out of scope": confidence[outside]},
        {"fallback": chosen.thresholds.fallback},
        folder / "confidences.png",
    )
    values = {name: scope.scores(outcome.clean) for name, outcome in evaluation.outcomes.items()}
    curves = {name: scope.curve(each, outside) for name, each in values.items()}
    plots.roc(curves, scope.choose(values[DEFAULT], outside), folder / "out-of-scope.png")
    rows = robustness.table(messages, evaluation.perturbed, evaluation.default)
    plots.robustness(rows, GOALS["perturbed"]["zh"], folder / "robustness.png")
    if evaluation.learning:
        plots.learning(evaluation.learning, folder / "learning-curve.png")


def _messages(figures: Mapping[str, Any]) -> list[str]:
    heldout = figures["messages"]["heldout"]
    counts = ", ".join(
        f"{name} {each['in_scope']} (and {each['out_of_scope']} out of scope)" for name, each in heldout.items()
    )
    return [
        f"Trained on {figures['messages']['training']} messages; held out: {counts}. Arms other than `default` were",
        f"trained on the same {figures['messages']['compared_on']} of these messages, `default-on-share` too.",
        "",
    ]


def _accuracy(figures: Mapping[str, Any]) -> list[str]:
    rows = []
    for level in ("group", "intent"):
        found = figures["accuracy"][level]
        goals = GOALS[level]
        rows.append([f"{level}, accuracy", *(_percent(found, where, "accuracy", goals) for where in _WHERE)])
        rows.append([f"{level}, macro-F1", *(_percent(found, where, "macro_f1") for where in _WHERE)])
        rows.append([f"{level}, with out of scope", *(_percent(found, where, "with_out_of_scope") for where in _WHERE)])
    groups = [
        [name, str(each["messages"]), _share(each["accuracy"]), _share(each["macro_f1"])]
        for name, each in figures["groups"].items()
    ]
    return [
        "## Accuracy of the default",
        "",
        *_table(["", *_WHERE], rows),
        *_table(["group", "messages", "accuracy, group", "macro-F1, intents"], groups),
        "![Groups](confusion-groups.png)",
        "",
        "![Intents](confusion-intents.png)",
        "",
    ]


def _out_of_scope(figures: Mapping[str, Any]) -> list[str]:
    found = figures["scope"]
    rows = [
        ["area under the curve", *(_number(found["area"].get(where), OUT_OF_SCOPE_GOALS["area"]) for where in _WHERE)],
        ["recall at the point", *(_percent(found["point"], where, "recall", _recall_goals()) for where in _WHERE)],
        ["in scope refused there", *(_percent(found["point"], where, "in_scope_refused") for where in _WHERE)],
    ]
    threshold = next(iter(found["point"].values()))["threshold"]
    declined = found["declined"]
    return [
        "## Out of scope",
        "",
        *_table(["", *_WHERE], rows),
        f"The point: P(out of scope) at {threshold:.3f} or above, one threshold for all languages. As configured, with",
        f"its fallback, the pipeline declines {_share(declined['out_of_scope'])} of messages out of scope and "
        f"{_share(declined['in_scope'])} of those in scope.",
        "",
        "![Out of scope](out-of-scope.png)",
        "",
        "![Confidences](confidences.png)",
        "",
    ]


def _arms(figures: Mapping[str, Any]) -> list[str]:
    rows = []
    for name, each in figures["arms"].items():
        groups, intents = each["accuracy"]["group"], each["accuracy"]["intent"]
        rows.append(
            [
                name,
                *(
                    f"{_percent(groups, where, 'accuracy')} / {_percent(intents, where, 'accuracy')}"
                    for where in _WHERE
                ),
                f"{each['scope']['area'][ALL]:.3f}",
                _share(each["scope"]["point"][ALL]["recall"]),
                f"{each['parse_ms']['p50']:.1f} / {each['parse_ms']['p95']:.1f}",
                f"{each['memory_mb']:.0f}",
                f"{each['training_seconds']:.0f}",
            ]
        )
    head = ["arm (group / intent)", *_WHERE, "AUROC", "recall", "parse ms, p50 / p95", "MB", "training s"]
    return ["## Arms", "", "All but `default` are trained on the same messages.", "", *_table(head, rows)]


def _against(figures: Mapping[str, Any]) -> list[str]:
    if not figures["against"]:
        return []
    rows = []
    for name, each in figures["against"].items():
        cells = [name]
        for level in ("group", "intent"):
            compared = each[level]["in_scope"]
            cells += [_interval(compared["difference"], "+"), _interval(compared["fewer_errors"])]
        cells.append(_interval(each["intent"]["all_messages"]["fewer_errors"]))
        rows.append(cells)
    pair = ["fewer errors"]
    head = ["the default against", "group, points", *pair, "intent, points", *pair, "with out of scope"]
    lines = ["Paired bootstrap, 10,000 resamples, 95 %:", "", *_table(head, rows)]
    best = figures["best_stock"]
    if best:
        avoided = figures["against"][best]["intent"]["in_scope"]["fewer_errors"]["value"]
        mark = "" if avoided >= FEWER_ERRORS_GOAL else " *"
        lines += [f"Best stock arm: {best}; the default makes {_share(avoided)} % fewer errors of intent.{mark}", ""]
    return lines


def _robustness(figures: Mapping[str, Any]) -> list[str]:
    rows = [
        [name, *(_robust(row[each], GOALS["perturbed"][each]) if each in row else "" for each in LANGUAGES)]
        for name, row in figures["robustness"].items()
    ]
    return [
        "## Robustness",
        "",
        "Group accuracy of the default under the perturbation (clean on the same messages; flipped; messages), over",
        "the messages in scope that it changes.",
        "",
        *_table(["perturbation", *LANGUAGES], rows),
        "![Robustness](robustness.png)",
        "",
    ]


def _confusions(confusions: Sequence[Confusion]) -> list[str]:
    rows = [
        [
            str(len(each.messages)),
            each.truth,
            each.answered,
            "<br>".join(_example(message.text) for message in each.messages[:_EXAMPLES]),
        ]
        for each in confusions
    ]
    return ["## Ten worst confusions", "", *_table(["times", "is", "taken for", "examples"], rows)]


def _entities(figures: Mapping[str, Any]) -> list[str]:
    found = figures["entities"]
    rows = [
        [name, str(each["annotated"]), _share(each["precision"]), _share(each["recall"]), _share(each["f1"])]
        for name, each in found["kinds"].items()
    ]
    return [
        "## Entities",
        "",
        f"Exact span and value, over the {found['messages']} held-out messages with annotations.",
        "",
        *_table(["entity", "annotated", "precision", "recall", "F1"], rows),
    ]


def _thresholds(figures: Mapping[str, Any]) -> list[str]:
    found = figures["thresholds"]
    rows = [
        [name.replace("_", " "), f"{value:.3f}" if name == "cost" else _share(value), elsewhere]
        for name, value in found["figures"].items()
        for elsewhere in [f"{found['elsewhere'][name]:.3f}" if name == "cost" else _share(found["elsewhere"][name])]
    ]
    return [
        "## Thresholds",
        "",
        f"Out of scope {found['out_of_scope']}, fallback {found['fallback']}, ambiguity {found['ambiguity']},",
        "chosen on the held-out messages by `evaluation/thresholds.py`; beside, figures where thresholds chosen on",
        "one half of the messages are tried on the other.",
        "",
        *_table(["", "chosen", "on the other half"], rows),
    ]


def _learning(figures: Mapping[str, Any]) -> list[str]:
    if not figures["learning"]:
        return []
    rows = [
        [size, *(f"{_share(row[where]['group'])} / {_share(row[where]['intent'])}" for where in _WHERE if where in row)]
        for size, row in figures["learning"].items()
    ]
    some = next(iter(figures["learning"].values()))
    head = ["training messages (group / intent)", *(where for where in _WHERE if where in some)]
    return ["## Learning curve", "", *_table(head, rows), "![Learning curve](learning-curve.png)", ""]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [*(f"| {' | '.join(cells)} |" for cells in lines), ""]


def _percent(found: Mapping[str, Any], where: str, field: str, goals: Mapping[str, float] | None = None) -> str:
    if where not in found:
        return ""
    value = found[where][field]
    return _share(value) + (" *" if value < (goals or {}).get(where, 0.0) else "")


def _recall_goals() -> dict[str, float]:
    return dict.fromkeys(_WHERE, OUT_OF_SCOPE_GOALS["recall"])


def _share(value: float) -> str:
    return f"{value * 100:.1f}"


def _number(value: float | None, goal: float) -> str:
    return "" if value is None else f"{value:.3f}" + (" *" if value < goal else "")


def _interval(found: Mapping[str, float], sign: str = "") -> str:
    value, low, high = (f"{found[each] * 100:{sign}.1f}" for each in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _robust(each: Mapping[str, Any], goal: float) -> str:
    mark = " *" if each["accuracy"] < goal else ""
    return f"{_share(each['accuracy'])}{mark} ({_share(each['clean'])}; {_share(each['flipped'])}; {each['messages']})"


def _example(text: str) -> str:
    shown = text if len(text) <= _LONGEST_EXAMPLE else text[:_LONGEST_EXAMPLE] + "…"
    return shown.replace("|", "\\|").replace("\n", " ")


def worst(evaluation: Evaluation) -> list[Confusion]:
    return metrics.worst_confusions(evaluation.messages, evaluation.default.intents)
