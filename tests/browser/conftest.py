"""A browser for all tests of pages, and a desk: the gateway without Rasa, with agents and customers at it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from jieda.settings import Settings
from jieda.store.database import migrate
from tests.browser.desk import Desk
from tests.conftest import missing
from tests.fakes.rasa import FakeRasa
from tests.gateway.harness import Gateway


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        missing("Chromium (Debian's package chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """One gateway for all tests of the desk's pages; each test has conversations and agents of its own."""
    home: Path = tmp_path_factory.mktemp("desk")
    url = f"sqlite:///{home / 'jieda.db'}"
    migrate(url)
    rasa = FakeRasa()
    rasa.start()
    kinds = ("conversations", "messages", "sign_ins")
    plenty = {f"{kind}_per_minute": 1_000_000 for kind in kinds}
    gateway = Gateway(Settings(home=home, database_url=url, rasa_url=rasa.url, queue_minutes=600, **plenty)).start()
    yield gateway
    gateway.close()
    rasa.close()


@pytest.fixture
def desk(browser: Browser, gateway: Gateway) -> Iterator[Desk]:
    desk = Desk(browser, gateway)
    yield desk
    desk.leave()
