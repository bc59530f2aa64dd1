"""The learning curve: held-out accuracy of the default's classifier as its training messages grow in number.

Its last point, of all messages, is the default itself; what comes before is learnt here, in a process of its own:
`python -m evaluation.learning CONFIG TRAINING HELDOUT POINTS`.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import typer
import yaml
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from evaluation.messages import load
from evaluation.metrics import by_language
from evaluation.predictions import Points, save_points
from jieda.intents import group
from jieda.nlu.classifier import LinearIntentClassifier
from jieda.nlu.corpus import LabelledMessage

SHARES = (0.12, 0.25, 0.5)

_SEED = 42
_CLASSIFIER = f"{LinearIntentClassifier.__module__}.{LinearIntentClassifier.__qualname__}"

app = typer.Typer(add_completion=False)


@app.command()
def learn(config: Path, training: Path, heldout: Path, points: Path) -> None:
    """Trains the classifier of a pipeline on growing shares of the messages and writes what it gets right."""
    messages, asked = load(training), load(heldout)
    configuration = _configuration(config)
    found: Points = {}
    for rows in growing(messages):
        found[len(rows)] = point(asked, _answers(configuration, [messages[i] for i in rows], asked))
    save_points(found, points)


def point(asked: Sequence[LabelledMessage], answered: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Accuracy by group and by intent, for each language."""
    by_group, by_intent = by_language(asked, answered, group), by_language(asked, answered)
    return {each: (by_group[each].accuracy, by_intent[each].accuracy) for each in by_group}


def growing(training: Sequence[LabelledMessage]) -> list[list[int]]:
    """Rows of the messages for each share: of every intent and language alike, the smaller within the larger."""
    kinds: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in np.random.default_rng(_SEED).permutation(len(training)):
        kinds[training[row].language, training[row].intent].append(int(row))
    return [
        sorted(row for rows in kinds.values() for row in rows[: max(1, round(share * len(rows)))]) for share in SHARES
    ]


def _answers(
    configuration: dict[str, Any], training: Sequence[LabelledMessage], asked: Sequence[LabelledMessage]
) -> list[str]:
    """What the classifier alone, without the rest of the pipeline, takes messages for."""
    with tempfile.TemporaryDirectory() as folder:
        resource, storage = Resource("classifier"), LocalModelStorage(Path(folder))
        classifier = LinearIntentClassifier(configuration, storage, resource)
        classifier.train(TrainingData([Message.build(text=each.text, intent=each.intent) for each in training]))
    answered = classifier.process([Message.build(text=each.text) for each in asked])
    return [str(each.get(INTENT)[INTENT_NAME_KEY]) for each in answered]


def _configuration(config: Path) -> dict[str, Any]:
    """What a pipeline says of its classifier."""
    pipeline = yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]
    part: dict[str, Any] = next((each for each in pipeline if each["name"] == _CLASSIFIER), {})
    return {**LinearIntentClassifier.get_default_config(), **part}


if __name__ == "__main__":
    app()
