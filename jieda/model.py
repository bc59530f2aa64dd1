"""The trained model: which one belongs to the data and configuration at hand, and making it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from jieda.nlu import embedding_folder
from jieda.nlu.corpus_check import check_corpus
from jieda.settings import PROJECT, settings

MODELS = PROJECT / "models"
_KEPT = 3
_TOLD = 50
_MADE_FROM = ("config.yml", "domain.yml", "data/**/*.yml", "data/**/*.txt", "jieda/nlu/**/*.py", "jieda/contact.py")
_QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
    # Threads share what the C library has taken from the system.
    "MALLOC_ARENA_MAX": "2",
}


class MessagesWrong(ValueError):
    """The messages that a model would be trained on break a rule. `str()` lists file, line and what to do."""

    code = "messages_wrong"


class TrainingFailed(RuntimeError):
    """`rasa train` made no model. `str()` names the log to read."""

    code = "training_failed"


def rasa_environment() -> dict[str, str]:
    """The environment that Rasa runs in: this one, with telemetry and the noise of its libraries off."""
    return {**os.environ, **_QUIET, "PYTHONPATH": str(PROJECT)}


def fingerprint() -> str:
    """Names what a model is made from: data, domain, configuration and the components' code."""
    digest = hashlib.sha256()
    for pattern in _MADE_FROM:
        for file in sorted(PROJECT.glob(pattern)):
            digest.update(f"{file.relative_to(PROJECT)}\0".encode())
            digest.update(file.read_bytes())
    if (folder := settings().embeddings) is not None:
        digest.update(embedding_folder.fingerprint(folder).encode())
    return digest.hexdigest()[:12]


def present_model() -> Path:
    """Where the model for the data at hand lies, or will lie."""
    return MODELS / f"jieda-{fingerprint()}.tar.gz"


def check_messages() -> None:
    """Raises MessagesWrong."""
    problems = check_corpus(PROJECT)
    if problems:
        more = len(problems) - _TOLD
        told = [str(problem) for problem in problems[:_TOLD]] + [f"… and {more} more"] * (more > 0)
        raise MessagesWrong("\n".join(["nothing was trained, mend these first", *told]))


def train(log: Path) -> Path:
    """Trains the model for the data at hand; what Rasa prints goes to `log`. Raises MessagesWrong, TrainingFailed.

    Of processes that want the same model one trains, the others wait for it.
    """
    check_messages()
    with (MODELS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        model = present_model()
        return model if model.exists() else _train(model, log)


def _train(model: Path, log: Path) -> Path:
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "rasa", "train", "--skip-validation", "--out", str(MODELS)]
    command += ["--fixed-model-name", model.name.removesuffix(".tar.gz")]
    with log.open("w") as output:
        done = subprocess.run(
            command, cwd=PROJECT, env=rasa_environment(), stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode or not model.exists():
        raise TrainingFailed(f"rasa train ended with exit code {done.returncode} and made no model; see {log}")
    _drop_old()
    return model


def _drop_old() -> None:
    models = sorted(MODELS.glob("jieda-*.tar.gz"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in models[_KEPT:]:
        file.unlink()
