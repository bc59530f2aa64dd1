"""What `jieda doctor` looks at."""

from __future__ import annotations

import contextlib
import platform
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from jieda.clock import ClockError, clock
from jieda.hours import coverage, covers, support_hours
from jieda.model import present_model
from jieda.policy import PolicyError, policy
from jieda.settings import Settings
from jieda.store.database import connect

_PACKAGES = ("rasa", "rasa-sdk", "spacy", "jieba", "opencc", "phonenumbers", "chinesecalendar", "starlette")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `fine` is false when something must be done."""

    subject: str
    found: str
    fine: bool = True


def examine(settings: Settings) -> list[Finding]:
    """Everything worth knowing before asking for help."""
    return [*_versions(), *_ports(settings), _model(), *_policy(), _database(settings)]


def _versions() -> Iterator[Finding]:
    python = platform.python_version()
    yield Finding("python", python, python.startswith("3.10."))
    for package in _PACKAGES:
        try:
            yield Finding(package, version(package))
        except PackageNotFoundError:
            yield Finding(package, "not installed; run make setup", fine=False)


def _ports(settings: Settings) -> Iterator[Finding]:
    for name, port in (("gateway", settings.port), ("rasa", settings.rasa_port), ("actions", settings.actions_port)):
        with contextlib.closing(socket.socket()) as probe:
            probe.settimeout(0.5)
            answers = probe.connect_ex(("127.0.0.1", port)) == 0
        yield Finding(f"port {port} ({name})", "something answers" if answers else "free")


def _model() -> Finding:
    model = present_model()
    if model.exists():
        return Finding("model", f"{model.name}, {model.stat().st_size / 1e6:.1f} MB")
    return Finding("model", "none for the present data; run make train", fine=False)


def _policy() -> Iterator[Finding]:
    try:
        yield Finding("policy", f"{policy().source.title}, {policy().source.date}")
        now = clock().now()
    except (PolicyError, ClockError) as error:
        yield Finding("policy", str(error), fine=False)
        return
    shifted = " (set by JIEDA_POLICY_NOW)" if clock().shifted else ""
    hours = support_hours()
    state = "open" if hours.is_open(now) else f"closed until {hours.next_opening(now):%Y-%m-%d %H:%M}"
    yield Finding("support hours", f"{now:%Y-%m-%d %H:%M %Z}{shifted}: {state}")
    first, last = coverage()
    found = f"statutory calendar known for {first} to {last}"
    if not covers(now.year):
        yield Finding("holidays", f"{found}, not for {now.year}; update chinesecalendar", fine=False)
    elif now.month == 12 and not covers(now.year + 1):
        yield Finding("holidays", f"{found}; {now.year + 1} is near, update chinesecalendar", fine=False)
    else:
        yield Finding("holidays", found)


def _database(settings: Settings) -> Finding:
    kind = connect(settings.database_url).dialect.name
    try:
        tables = inspect(connect(settings.database_url)).get_table_names()
    except SQLAlchemyError as error:
        return Finding("database", f"{kind}: {type(error).__name__}", fine=False)
    return Finding("database", f"{kind}, {len(tables)} tables" if tables else f"{kind}, empty; make run fills it")
