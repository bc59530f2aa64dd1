"""The guard: which falls are told, and which pass."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation import guard
from evaluation.guard import FiguresInvalid


def figures(group: float = 0.96, intent: float = 0.9, language: str = "zh") -> dict[str, Any]:
    return {"accuracy": {"group": {language: {"accuracy": group}}, "intent": {language: {"accuracy": intent}}}}


class TestFallen:
    @pytest.mark.parametrize("now", [0.99, 0.96, 0.955, 0.95], ids=["better", "same", "half a point", "one point"])
    def test_up_to_a_point_passes(self, now: float) -> None:
        assert guard.fallen(figures(), figures(group=now)) == []

    def test_more_than_a_point_does_not(self) -> None:
        (told,) = guard.fallen(figures(), figures(group=0.9499))
        assert told == "zh, group: 95.0%, was 96.0%"

    def test_intents_are_guarded_like_groups(self) -> None:
        (told,) = guard.fallen(figures(), figures(intent=0.85))
        assert told.startswith("zh, intent: 85.0%")

    def test_a_language_without_messages_has_fallen(self) -> None:
        assert len(guard.fallen(figures(), figures(language="en"))) == 2


class TestCommittedFigures:
    def test_at_first_there_are_none(self, tmp_path: Path) -> None:
        assert guard.read(tmp_path / "figures.json") is None

    def test_they_are_read(self, tmp_path: Path) -> None:
        file = tmp_path / "figures.json"
        file.write_text(json.dumps(figures()))
        assert guard.read(file) == figures()

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"accuracy": {}}', "null"])
    def test_a_broken_file_is_no_pass(self, tmp_path: Path, content: str) -> None:
        file = tmp_path / "figures.json"
        file.write_text(content)
        with pytest.raises(FiguresInvalid, match=r"figures\.json"):
            guard.read(file)
