"""Where arms are trained and tried, in processes of their own: `<folder>/<arm>/` has configuration, model and logs.

Models and outcomes are kept by a fingerprint of what they come from, so that a second run makes only what has changed.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy
import yaml

from evaluation import messages, predictions
from evaluation.arms import DEFAULT, Arm, known
from evaluation.predictions import Outcome, Points
from jieda.model import rasa_environment
from jieda.nlu.judgement import THRESHOLDS
from jieda.settings import PROJECT

_OWN_CODE = ("jieda/nlu/**/*.py", "jieda/intents.py", "jieda/contact.py", "data/nlu/lexicon/**/*")
_SPACY_MODEL = "spacy-blank-zh"
# Rasa's cache of training steps would make the second of two arms look faster than it is.
_NO_CACHE = {"RASA_MAX_CACHE_SIZE": "0"}


class ArmFailed(RuntimeError):
    """An arm could not be trained or loaded. `str()` names the log to read."""

    code = "arm_failed"


@dataclass(frozen=True)
class Texts:
    """What every arm is tried on: texts as written, and the same under each perturbation."""

    clean: Sequence[str]
    perturbed: Mapping[str, Sequence[str]]

    def as_json(self) -> str:
        return json.dumps({"clean": self.clean, "perturbed": self.perturbed}, ensure_ascii=False)


@dataclass(frozen=True)
class _Job:
    """An arm as it stands when a run begins, and its files."""

    name: str
    place: Path
    config: str
    model: Path
    outcome: Path

    @property
    def seconds(self) -> Path:
        """Where the seconds that the training took are kept."""
        return self.model.with_name(self.model.name.removesuffix(".tar.gz") + ".seconds")

    @property
    def to_train(self) -> bool:
        return not (self.outcome.exists() or (self.model.exists() and self.seconds.exists()))


class Workshop:
    """Trains on the messages of a folder. `epochs`, if any, are those of all arms that have such."""

    def __init__(
        self, folder: Path, training: Path, epochs: int | None = None, tell: Callable[[str], None] = print
    ) -> None:
        self._folder = folder
        self._training = training
        self._epochs = epochs
        self._tell = tell

    def outcomes(self, arms: Sequence[Arm], texts: Texts) -> dict[str, Outcome]:
        """What the arms make of the texts; from an earlier run where nothing has changed. Raises ArmFailed."""
        jobs = [self._job(arm, texts) for arm in arms]
        to_train = [job for job in jobs if job.to_train]
        # One at a time: how long it takes is one of the figures.
        for job in to_train:
            self._train(job)
        return {job.name: self._outcome(job, texts) for job in jobs}

    def learning_curve(self, heldout: Path) -> Points:
        """That of the default's classifier; from an earlier run where nothing has changed. Raises ArmFailed."""
        place = self._folder / "learning"
        place.mkdir(parents=True, exist_ok=True)
        arm = known()[DEFAULT]
        made_from = _digest(self._fingerprint(self._configuration(arm)), messages.digest(heldout))
        kept = place / f"points-{made_from}.json"
        if not kept.exists():
            self._tell("learning curve …")
            _run(place / "learning.log", "evaluation.learning", arm.config, self._training, heldout, kept)
        _drop(place.glob("points-*.json"), {kept})
        return predictions.load_points(kept)

    def _job(self, arm: Arm, texts: Texts) -> _Job:
        place = self._folder / arm.name
        place.mkdir(parents=True, exist_ok=True)
        config = self._configuration(arm)
        made_from = self._fingerprint(config)
        judged = THRESHOLDS.read_text(encoding="utf-8") if _is_own(config) else ""
        outcome = place / f"outcome-{_digest(made_from, texts.as_json(), judged)}.json"
        return _Job(arm.name, place, config, place / f"model-{made_from}.tar.gz", outcome)

    def _configuration(self, arm: Arm) -> str:
        config: dict[str, Any] = yaml.safe_load(arm.config.read_text(encoding="utf-8"))
        # Only what understands is of concern here; Rasa would want a domain for the rest.
        config.pop("policies", None)
        for part in config["pipeline"]:
            if self._epochs is not None and "epochs" in part:
                part["epochs"] = self._epochs
            if part.get("model") == _SPACY_MODEL:
                part["model"] = str(self._folder / _SPACY_MODEL)
        return str(yaml.safe_dump(config, allow_unicode=True, sort_keys=False))

    def _fingerprint(self, config: str) -> str:
        """Of all that a model comes from."""
        parts = [config, messages.digest(self._training), importlib.metadata.version("rasa")]
        return _digest(*parts, *([_own_code()] if _is_own(config) else []))

    def _train(self, job: _Job) -> None:
        self._tell(f"{job.name}: training …")
        if str(self._folder / _SPACY_MODEL) in job.config:
            _make_spacy_model(self._folder / _SPACY_MODEL)
        config = job.place / "config.yml"
        config.write_text(job.config, encoding="utf-8")
        _run(job.place / "train.log", "evaluation.worker", "train", config, self._training, job.model, job.seconds)
        _drop(job.place.glob("model-*"), {job.model, job.seconds})

    def _outcome(self, job: _Job, texts: Texts) -> Outcome:
        if not job.outcome.exists():
            self._tell(f"{job.name}: reading held-out messages …")
            file = job.place / "texts.json"
            file.write_text(texts.as_json(), encoding="utf-8")
            _run(job.place / "predict.log", "evaluation.worker", "predict", job.model, job.seconds, file, job.outcome)
        _drop(job.place.glob("outcome-*.json"), {job.outcome})
        return predictions.load(job.outcome)


def _is_own(config: str) -> bool:
    """Whether a pipeline has parts of this project; Rasa's alone do not depend on its code."""
    return "jieda." in config


def _own_code() -> str:
    """Names the project's part in a model: its components and their lexicons.

    Not the thresholds: `worker.py` judges by those at hand, so that choosing them asks for no training anew.
    """
    files = sorted(file for pattern in _OWN_CODE for file in PROJECT.glob(pattern) if file.is_file())
    return _digest(*(f"{file.name}\0{file.read_text(encoding='utf-8')}" for file in files))


def _make_spacy_model(folder: Path) -> None:
    """A Chinese pipeline of spaCy with nothing learned, in a folder: SpacyNLP of Rasa loads none made on the spot."""
    # With jieba: by default a blank Chinese pipeline cuts English, too, into single letters.
    spacy.blank("zh", config={"nlp": {"tokenizer": {"segmenter": "jieba"}}}).to_disk(folder)


def _run(log: Path, module: str, *arguments: str | Path) -> None:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with log.open("w") as output:
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env={**rasa_environment(), **_NO_CACHE},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise ArmFailed(f"{log.parent.name}: exit code {done.returncode}; see {log}")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _drop(files: Iterable[Path], kept: set[Path]) -> None:
    for file in files:
        if file not in kept:
            file.unlink()
