"""Imports go one way (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PURE = {"policy", "hours", "contact", "clock"}
"""Use nothing of the project but each other."""
USERS = ("jieda.gateway", "jieda.nlu", "actions")
"""May use the library; the library uses none of them, and none of them uses another."""
COMMANDS = {
    *("jieda.cli", "jieda.desk_cli", "jieda.wechat_cli", "jieda.wechat_doctor"),
    *("jieda.supervisor", "jieda.doctor", "jieda.model"),
}
"""Stand above everything."""
LONGEST = 500


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("jieda", "actions"):
        for file in (PROJECT / package).rglob("*.py"):
            if "migrations" not in file.parts:
                name = ".".join(file.relative_to(PROJECT).with_suffix("").parts)
                yield name.removesuffix(".__init__"), file


def imported(file: Path) -> set[str]:
    """The project's own modules that a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name for name in found if name.split(".")[0] in ("jieda", "actions")}


@pytest.mark.parametrize(("name", "file"), [pytest.param(*each, id=each[0]) for each in modules()])
class TestModule:
    def test_imports_go_one_way(self, name: str, file: Path) -> None:
        own = next((user for user in USERS if name.startswith(user)), None)
        if own is None and name in COMMANDS:
            return
        others = [user for user in USERS if user != own]
        wrong = {each for each in imported(file) if each.startswith(tuple(others))}
        assert not wrong, f"{name} imports {', '.join(sorted(wrong))}"

    def test_rules_use_nothing_but_each_other(self, name: str, file: Path) -> None:
        if name.removeprefix("jieda.") not in PURE:
            return
        allowed = {f"jieda.{each}" for each in PURE}
        wrong = {each for each in imported(file) if ".".join(each.split(".")[:2]) not in allowed}
        assert not wrong, f"{name} imports {', '.join(sorted(wrong))}"

    def test_it_can_be_read_at_a_sitting(self, name: str, file: Path) -> None:
        assert len(file.read_text(encoding="utf-8").splitlines()) <= LONGEST
