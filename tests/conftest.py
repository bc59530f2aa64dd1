"""What tests share: the running system, and what must be there in CI though a user's machine may lack it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from jieda.wechat_settings import Handoff
from tests.fakes.wechat import FakeWeChat
from tests.system.running import RunningJieda, free_port

SATURDAY_EVENING = "2026-03-14T20:00:00+08:00"
"""Outside support hours; the desk opens on Monday the 16th."""


@pytest.fixture(scope="session", autouse=True)
def logs_as_they_come() -> None:
    """Importing actions configures logs for a process of its own, which would write where collection wrote."""
    structlog.reset_defaults()


def missing(what: str) -> None:
    """Skips a test whose other half is not on this machine; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing, and must be there in CI")
    pytest.skip(f"{what} is missing on this machine")


@pytest.fixture(scope="session")
def wechat() -> Iterator[FakeWeChat]:
    """The faithful fake around the whole system."""
    fake = FakeWeChat()
    yield fake
    fake.close()


@pytest.fixture(scope="session")
def jieda(tmp_path_factory: pytest.TempPathFactory, wechat: FakeWeChat) -> Iterator[RunningJieda]:
    """The whole system, started as `make run` starts it, on a Saturday evening, with WeChat accounts of both kinds."""
    home: Path = tmp_path_factory.mktemp("home")
    ports = {"gateway": free_port(), "rasa": free_port(), "actions": free_port()}
    accounts = (
        wechat.official_account("main"),
        wechat.official_account("native", handoff=Handoff.NATIVE),
        wechat.kf_account("service"),
        wechat.kf_account("native", handoff=Handoff.NATIVE),
    )
    wechat.serve(f"http://127.0.0.1:{ports['gateway']}", *accounts)
    file = wechat.written(home / "wechat.yml", *accounts)
    with RunningJieda.started(home, ports, JIEDA_POLICY_NOW=SATURDAY_EVENING, JIEDA_WECHAT=str(file)) as running:
        yield running
