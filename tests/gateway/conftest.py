"""A gateway and its Rasa, one pair for each test; and one gateway for tests that leave nothing behind."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jieda.settings import Settings
from jieda.store.database import connect, migrate
from tests.fakes.rasa import FakeRasa
from tests.gateway.harness import Customer, Gateway, copied

RASA_TIMEOUT = 1.0
PLENTY = 1_000_000

MakeGateway = Callable[..., Gateway]


@pytest.fixture(scope="session", autouse=True)
def _no_secret_from_outside() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("JIEDA_SECRET", raising=False)
        yield


@pytest.fixture(scope="session")
def homes() -> Iterator[Callable[[], Path]]:
    """Makes folders for what a gateway writes: in memory where there is such a place, as each write is synced."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="jieda-", dir=memory if os.access(memory, os.W_OK) else None) as whole:
        yield lambda: Path(tempfile.mkdtemp(dir=whole))


@pytest.fixture(scope="session")
def template(homes: Callable[[], Path]) -> Path:
    """An empty database, migrated."""
    file = homes() / "jieda.db"
    migrate(f"sqlite:///{file}")
    connect(f"sqlite:///{file}").dispose()
    return file


def settings_for(home: Path, template: Path, rasa: FakeRasa, /, **more: Any) -> Settings:
    return Settings(
        **{
            "home": home,
            "database_url": copied(template, home),
            "rasa_url": rasa.url,
            "rasa_timeout": RASA_TIMEOUT,
            "conversations_per_minute": PLENTY,
            "messages_per_minute": PLENTY,
            **more,
        }
    )


@pytest.fixture(scope="session")
def any_rasa() -> Iterator[FakeRasa]:
    """The Rasa of all gateways that have not another; it may be up or down."""
    fake = FakeRasa()
    yield fake
    fake.close()


@pytest.fixture
def rasa(any_rasa: FakeRasa) -> FakeRasa:
    any_rasa.forget()
    return any_rasa


@pytest.fixture
def idle_rasa(any_rasa: FakeRasa) -> FakeRasa:
    """A Rasa that is not started yet."""
    any_rasa.forget()
    any_rasa.stop()
    return any_rasa


@pytest.fixture
def make_gateway(homes: Callable[[], Path], template: Path, any_rasa: FakeRasa) -> Iterator[MakeGateway]:
    """Makes gateways that are not started yet, with settings of one's choice."""
    made: list[Gateway] = []

    def make(**more: Any) -> Gateway:
        made.append(Gateway(settings_for(homes(), template, any_rasa, **more)))
        return made[-1]

    yield make
    for gateway in made:
        gateway.close()


@pytest.fixture
def gateway(make_gateway: MakeGateway, rasa: FakeRasa) -> Gateway:
    return make_gateway().start()


@pytest.fixture
def customer(gateway: Gateway) -> Customer:
    return gateway.begin()


@pytest.fixture(scope="session")
def common_rasa() -> Iterator[FakeRasa]:
    fake = FakeRasa()
    fake.start()
    yield fake
    fake.close()


@pytest.fixture(scope="session")
def common(homes: Callable[[], Path], template: Path, common_rasa: FakeRasa) -> Iterator[Gateway]:
    """A gateway for all tests that need nothing but a conversation of their own."""
    gateway = Gateway(settings_for(homes(), template, common_rasa, rasa_timeout=10.0))
    gateway.start()
    yield gateway
    gateway.close()


@pytest.fixture
def visitor(common: Gateway) -> Customer:
    """A new conversation at the common gateway."""
    return common.begin()
