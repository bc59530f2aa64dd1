"""What the store is held to: SQLite in a file, and PostgreSQL in a database made for the session and dropped after it.

`JIEDA_TEST_POSTGRES` names another server. Where none answers, its half of the tests is skipped; under `CI` it fails.
"""

from __future__ import annotations

import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import OperationalError

from jieda.conversations import LedgerError
from jieda.store.cases import CaseBook
from jieda.store.database import connect, migrate
from jieda.store.ledger import Ledger
from jieda.store.tables import metadata

BACKENDS = ("sqlite", "postgresql")
SERVER = os.environ.get("JIEDA_TEST_POSTGRES") or "postgresql://postgres@127.0.0.1:5432/postgres"
PATIENCE_SECONDS = 20


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A database of this session."""
    server = make_url(SERVER)
    admin = create_engine(
        server if server.database else server.set(database="postgres"),
        isolation_level="AUTOCOMMIT",
        future=True,
        connect_args={"connect_timeout": 5},
    )
    name = f"jieda_test_{secrets.token_hex(6)}"
    try:
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
            connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    except OperationalError as error:
        reason = f"no PostgreSQL answers at {server!r}: {str(error.orig).splitlines()[0]}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    yield server.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    migrate(postgres_url)
    return postgres_url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "jieda.db"
    migrate(f"sqlite:///{file}")
    return file


def spare_the_disk(connection: Any, record: Any) -> None:
    # No test pulls the plug, and each would wait for the disk a hundred times.
    connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables, of this test alone."""
    if backend == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        postgres_url = request.getfixturevalue("postgres_url")
        with connect(postgres_url).begin() as connection:
            connection.execute(text("DROP SCHEMA IF EXISTS nothing CASCADE"))
            connection.execute(text("CREATE SCHEMA nothing"))
        url = f"{postgres_url}?options=-csearch_path%3Dnothing"
    yield url
    connect(url).dispose()


@pytest.fixture
def engine(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated database with nothing in it."""
    if backend == "sqlite":
        file = tmp_path / "jieda.db"
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), file)
        made = connect(f"sqlite:///{file}")
        event.listen(made, "connect", spare_the_disk)
    else:
        made = connect(request.getfixturevalue("migrated_postgres"))
        with made.begin() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
    yield made
    made.dispose()


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    return Ledger(engine)


@pytest.fixture
def case_book(engine: Engine) -> CaseBook:
    return CaseBook(engine)


@pytest.fixture
def at_once(engine: Engine) -> Callable[..., list[Any]]:
    """Runs calls in threads of their own at one moment; gives what each returned, or the LedgerError it raised.

    On PostgreSQL the writes are held up until each call has come as far as it can with reading alone, so that a check
    before a write that holds no lock is caught every time, not by luck.
    """

    def run(*calls: Callable[[], Any]) -> list[Any]:
        gate = threading.Barrier(len(calls))

        def guarded(call: Callable[[], Any]) -> Any:
            gate.wait(PATIENCE_SECONDS)
            try:
                return call()
            except LedgerError as error:
                return error

        with ThreadPoolExecutor(len(calls)) as pool:
            if engine.dialect.name != "postgresql":
                running = [pool.submit(guarded, call) for call in calls]
            else:
                with engine.begin() as holder:
                    everything = ", ".join(table.name for table in metadata.sorted_tables)
                    holder.execute(text(f"LOCK TABLE {everything} IN EXCLUSIVE MODE"))
                    running = [pool.submit(guarded, call) for call in calls]
                    wait_for_locked(engine, len(calls))
            return [each.result(PATIENCE_SECONDS) for each in running]

    return run


def wait_for_locked(engine: Engine, count: int) -> None:
    """Until so many connections to a PostgreSQL database wait for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with engine.connect() as observer:
            if observer.execute(waiting).scalar_one() >= count:
                return
        time.sleep(0.005)
    raise TimeoutError(f"fewer than {count} connections wait for a lock")


@pytest.fixture
def locked() -> Callable[[Engine, int], None]:
    return wait_for_locked
