"""Rasa's own checks: the project is valid, and the conversations of `tests/conversations/` go as written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jieda.model import rasa_environment

PROJECT = Path(__file__).resolve().parent.parent
ADDRESSES = {
    "JIEDA_ACTIONS_URL": "http://127.0.0.1:1/webhook",
    "JIEDA_TRACKER_URL": "sqlite://",
    "JIEDA_TRACKER_DIALECT": "sqlite",
}
LEAST_STORIES = 12


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=PROJECT,
        env={**rasa_environment(), **ADDRESSES},
        capture_output=True,
        text=True,
        check=False,
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed[-4000:]
    return printed


def test_the_project_is_valid() -> None:
    printed = run("rasa", "data", "validate")
    assert "No story structure conflicts found" in printed
    assert "was found labeled with multiple" not in printed


def test_there_are_enough_conversations_in_each_language() -> None:
    for language in ("zh", "en"):
        files = (PROJECT / "tests" / "conversations" / language).glob("*.yml")
        stories = sum(file.read_text(encoding="utf-8").count("- story:") for file in files)
        assert stories >= LEAST_STORIES, language


def test_conversations_go_as_written(tmp_path: Path) -> None:
    run("tests.conversations.run", "--out", str(tmp_path))
