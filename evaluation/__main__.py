"""`python -m evaluation`: trains the arms, tries them on held-out messages, prints, writes the report, guards."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from evaluation import guard, learning, messages, report, robustness, thresholds
from evaluation.arms import DEFAULT, REFERENCE, ArmUnknown, select
from evaluation.figures import Evaluation, compute
from evaluation.guard import FiguresInvalid
from evaluation.messages import HELDOUT, TRAINING, MessagesInvalid
from evaluation.workshop import ArmFailed, Texts, Workshop
from jieda.settings import PROJECT, settings

REPORT = PROJECT / "evaluation" / "report"
FIGURES = "figures.json"

_FELL = 1
_CANNOT = 2

app = typer.Typer(add_completion=False)


@dataclass(frozen=True)
class _Options:
    """Of a run; `sample` 0 is all messages."""

    arms: str
    sample: int
    share: float
    epochs: int | None
    curve: bool
    accept: bool
    choose: bool
    output: Path | None


@app.command()
def evaluate(
    arms: str = typer.Option("stock", help="Arms by name with commas between, stock or all; the default comes along."),
    sample: int = typer.Option(0, min=0, help="Only so many messages of each intent and language; 0 is all."),
    share: float = typer.Option(0.06, min=0.01, max=1, help="Of the messages that arms are compared on; 1 is all."),
    epochs: int = typer.Option(0, min=0, help="Epochs of the arms that have such; 0 is as configured."),
    curve: bool = typer.Option(True, "--learning-curve/--no-learning-curve", help="Draw the learning curve."),
    accept: bool = typer.Option(False, "--accept", help="Take the figures of this run as those to be kept."),
    choose: bool = typer.Option(False, "--thresholds", help="Write data/thresholds.yml."),
    output: str = typer.Option("", help="Folder to write the report to."),
) -> None:
    """Measure understanding on held-out messages. Exits 1 when a language fell by more than a point, 2 on bad input."""
    if sample and (choose or (accept and not output)):
        raise typer.BadParameter("figures of a sample are neither accepted nor a basis of thresholds")
    try:
        fell = _evaluate(
            _Options(arms, sample, share, epochs or None, curve, accept, choose, Path(output) if output else None)
        )
    except (ArmUnknown, ArmFailed, FiguresInvalid, MessagesInvalid) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(_CANNOT) from error
    for each in fell:
        typer.echo(f"Fallen: {each}", err=True)
    raise typer.Exit(_FELL if fell else 0)


def _evaluate(options: _Options) -> list[str]:
    """What has fallen."""
    home = settings().home / "evaluation"
    place = home / f"sample-{options.sample}" if options.sample else home
    folder = options.output or (place / "report" if options.sample else REPORT)
    committed = guard.read(folder / FIGURES)
    training, heldout = _folders(place, options.sample)
    evaluation = _tried(options, place, training, heldout)
    chosen = thresholds.choose_and_try(evaluation.messages, evaluation.default.clean)
    figures = compute(evaluation, chosen)
    folder.mkdir(parents=True, exist_ok=True)
    text = report.markdown(figures, report.worst(evaluation))
    (folder / "report.md").write_text(text, encoding="utf-8")
    report.pictures(evaluation, chosen, folder)
    _write(figures, place / FIGURES)
    if options.accept or committed is None:
        _write(figures, folder / FIGURES)
    if options.choose:
        thresholds.write(chosen, evaluation.heldout)
    typer.echo(text)
    typer.echo(f"Written to {folder}")
    return [] if options.accept or committed is None else guard.fallen(committed, figures)


def _folders(place: Path, sample: int) -> tuple[Path, Path]:
    """Where the messages are: those of the project, or samples of them."""
    if not sample:
        return TRAINING, HELDOUT
    found = []
    for folder, name in ((TRAINING, "training"), (HELDOUT, "heldout")):
        messages.write(messages.sample(messages.load(folder), sample), place / name)
        found.append(place / name)
    return found[0], found[1]


def _tried(options: _Options, place: Path, training: Path, heldout: Path) -> Evaluation:
    """The default on all messages; the other arms and, to compare them with, the default again on a share of them."""
    trained_on, asked = messages.load(training), messages.load(heldout)
    perturbed = robustness.perturb(asked)
    texts = Texts([each.text for each in asked], {name: each.texts for name, each in perturbed.items()})
    default, *others = select(options.arms)
    workshop = Workshop(place, training, options.epochs, _tell)
    outcomes = workshop.outcomes([default], texts)
    points = None
    if options.curve:
        whole = learning.point(asked, [each.likeliest for each in outcomes[DEFAULT].clean])
        points = {**workshop.learning_curve(heldout), len(trained_on): whole}
    compared_on = 0
    if others:
        part = messages.share(trained_on, options.share)
        compared_on = len(part)
        folder = place / f"share-{options.share:g}"
        messages.write(part, folder / "training")
        # Perturbed texts are for the default alone: they are seven times as many.
        clean = Texts(texts.clean, {})
        compared = Workshop(folder, folder / "training", options.epochs, _tell).outcomes([default, *others], clean)
        outcomes[REFERENCE] = compared.pop(DEFAULT)
        outcomes.update(compared)
    return Evaluation(asked, perturbed, outcomes, len(trained_on), compared_on, messages.digest(heldout), points)


def _tell(line: str) -> None:
    typer.echo(line, err=True)


def _write(figures: dict[str, Any], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    app(prog_name="python -m evaluation")
