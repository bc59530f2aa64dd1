"""The connection to the database, its migrations, and what SQLite needs to serve several processes."""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import DateTime, TypeDecorator

BUSY_TIMEOUT_MS = 10_000
_KEPT = 16
"""Connections that are kept open, more than a gateway has threads: to open one takes longer than most transactions."""
_HAS_TURN = "has_turn_to_write"
_MIGRATIONS = Path(__file__).resolve().parent / "migrations"


class UtcDateTime(TypeDecorator):
    """A point in time: bears a zone in Python, stands in UTC in the database. SQLite knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.utcoffset() is None:
            raise ValueError(f"{value} bears no time zone")
        return None if value is None else value.astimezone(timezone.utc)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=timezone.utc)


@functools.cache
def connect(url: str) -> Engine:
    """An engine for a database URL, one for each URL in a process."""
    sqlite = make_url(url).get_backend_name() == "sqlite"
    if sqlite and (database := make_url(url).database):
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    if not sqlite:
        return create_engine(url, future=True, pool_pre_ping=True, pool_size=_KEPT)
    # SQLAlchemy 1.4 would open the file anew for each transaction.
    engine = create_engine(
        url,
        future=True,
        poolclass=QueuePool,
        pool_size=_KEPT,
        max_overflow=-1,
        connect_args={"check_same_thread": False},
    )
    writers = _Writers()
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", writers.begin)
    event.listen(engine, "checkin", writers.leave)
    event.listen(engine, "invalidate", writers.leave)
    return engine


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # pysqlite would begin transactions late and by itself; `_Writers.begin` does it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()


class _Writers:
    """The writers of this process stand in line for SQLite's write lock.

    SQLite itself has those who wait look again every 100 ms: with 50 live conversations (`benchmarks.desk`) some
    waited for 8 s and others failed. Writers of other processes are still waited for that way.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def begin(self, connection: Connection) -> None:
        if connection.get_execution_options().get("only_reads", False):
            connection.exec_driver_sql("BEGIN")
            return
        if _HAS_TURN not in connection.info and self._turn.acquire(timeout=BUSY_TIMEOUT_MS / 1_000):
            connection.info[_HAS_TURN] = True
        # A transaction that reads first and writes later would fail with SQLITE_BUSY instead of waiting its turn.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def leave(self, connection: Any, record: Any, *error: Any) -> None:
        """The connection goes back to the pool, its transaction over."""
        if record.info.pop(_HAS_TURN, False):
            self._turn.release()


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads; on SQLite it waits for no writer."""
    with engine.connect().execution_options(only_reads=True) as connection, connection.begin():
        yield connection


def migrate(url: str) -> None:
    """Brings the database up to the present tables. Leaves no connection open: who migrates may do nothing else."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["engine"] = connect(url)
    command.upgrade(config, "head")
    connect(url).dispose()
