"""The process that trains an arm, or loads its model and predicts: `python -m evaluation.worker train|predict …`.

A process of its own for each, so that the memory measured is that of a model that was only loaded.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.model_training import train_nlu
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.log_utils import configure_structlog

from evaluation.predictions import Found, Outcome, Prediction, save
from jieda.intents import NOT_UNDERSTOOD
from jieda.nlu.judge import BETWEEN, ConfidenceJudge
from jieda.nlu.judgement import Thresholds

app = typer.Typer(add_completion=False)

_WARM_UP = 30
_BATCH = 256


@app.command("train")
def train(config: Path, data: Path, model: Path, seconds: Path) -> None:
    """Trains a pipeline on the messages of a folder; the seconds it took are written to a file."""
    began = time.perf_counter()
    name = model.name.removesuffix(".tar.gz")
    made = train_nlu(str(config), str(data), str(model.parent), fixed_model_name=name)
    took = time.perf_counter() - began
    if made is None or not model.exists():
        raise typer.Exit(1)
    seconds.write_text(f"{took:.1f}\n")


@app.command("predict")
def predict(model: Path, seconds: Path, texts: Path, outcome: Path) -> None:
    """Predicts `{"clean": […], "perturbed": {name: […]}}`, the clean ones singly as customers send them."""
    # Rasa would print each parse, and be measured printing.
    configure_structlog(logging.WARNING)
    wanted = json.loads(texts.read_text(encoding="utf-8"))
    loaded = _Loaded(model)
    for text in wanted["clean"][:_WARM_UP]:
        loaded.parse(text)
    memory = _resident_megabytes()
    clean, latencies = [], []
    for text in wanted["clean"]:
        began = time.perf_counter()
        parsed = loaded.parse(text)
        latencies.append(round((time.perf_counter() - began) * 1000, 3))
        clean.append(prediction(parsed))
    perturbed = {name: tuple(loaded.intents(those)) for name, those in wanted["perturbed"].items()}
    took = float(seconds.read_text())
    save(Outcome(tuple(clean), perturbed, tuple(latencies), memory, took), outcome)


def prediction(parsed: Mapping[str, Any]) -> Prediction:
    """A prediction out of what Rasa's pipeline says of a message."""
    said = parsed["intent"].get("name") or ""
    confidences = {
        each["name"]: round(float(each["confidence"]), 6)
        for each in parsed.get("intent_ranking") or [parsed["intent"]]
        if each.get("name") and each["name"] != NOT_UNDERSTOOD
    }
    between = tuple(parsed.get(BETWEEN) or ())
    if said in ("", NOT_UNDERSTOOD):
        first = next(iter((*between, *confidences)), "")
        return Prediction(first, confidences, not between, between, _entities(parsed))
    return Prediction(said, confidences, entities=_entities(parsed))


def _entities(parsed: Mapping[str, Any]) -> tuple[Found, ...]:
    return tuple(
        Found(each["entity"], str(each["value"]), each["start"], each["end"]) for each in parsed.get("entities", [])
    )


class _Loaded:
    """A model in Rasa's own agent: a parse takes the way that a customer's message takes."""

    def __init__(self, model: Path) -> None:
        processor = Agent.load(str(model)).processor
        if processor is None:
            raise FileNotFoundError(model)
        self._processor = processor
        parts = processor.model_metadata.predict_schema.nodes.values()
        judge = ConfidenceJudge(LocalModelStorage(model.parent), Resource("judge"), Thresholds.load())
        self._judge = judge if any(part.uses is ConfidenceJudge for part in parts) else None
        self._loop = asyncio.new_event_loop()

    def parse(self, text: str) -> dict[str, Any]:
        return self._judged(dict(self._loop.run_until_complete(self._processor.parse_message(UserMessage(text)))))

    def intents(self, texts: list[str]) -> list[str]:
        """The intents of many texts, many at a time."""
        found: list[str] = []
        for start in range(0, len(texts), _BATCH):
            found.extend(prediction(each).intent for each in self._parse_batch(texts[start : start + _BATCH]))
        return found

    def _parse_batch(self, texts: list[str]) -> list[dict[str, Any]]:
        target = self._processor.model_metadata.nlu_target
        tracker = DialogueStateTracker.from_events("evaluation", [])
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text) for text in texts], PLACEHOLDER_TRACKER: tracker}
        parsed = self._processor.graph_runner.run(inputs=inputs, targets=[target])[target]
        return [self._judged({"intent": {}, **each.as_dict(only_output_properties=True)}) for each in parsed]

    def _judged(self, parsed: dict[str, Any]) -> dict[str, Any]:
        """What the thresholds at hand, not those in the model, make of a parse."""
        if self._judge is None:
            return parsed
        parsed.pop(BETWEEN, None)
        (message,) = self._judge.process([Message(data=parsed)])
        return {**parsed, **message.as_dict(only_output_properties=True)}


def _resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


if __name__ == "__main__":
    app()
