"""The migrations make the tables that the code expects, on either database, from nothing and from any state between."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.engine import Engine

import jieda.store
from jieda.store.database import connect, migrate
from jieda.store.tables import metadata

SCRIPTS = Path(jieda.store.__file__).parent / "migrations"


def config(url: str) -> Config:
    found = Config()
    found.set_main_option("script_location", str(SCRIPTS))
    found.attributes["engine"] = connect(url)
    return found


def of_the_code(name: str | None) -> bool:
    """Not what Alembic keeps, nor the index of words, which each database makes in its own way."""
    return name is None or not name.startswith(("alembic_version", "message_words_index"))


def tables(url: str) -> set[str]:
    return set(filter(of_the_code, inspect(connect(url)).get_table_names()))


def differences(url: str) -> list[object]:
    """What alembic would have to change to come from the database to the tables of the code."""
    with connect(url).connect() as connection:
        how = {"compare_type": True, "compare_server_default": True, "include_name": lambda name, *_: of_the_code(name)}
        context = MigrationContext.configure(connection, opts=how)
        return list(compare_metadata(context, metadata))


class TestFromNothing:
    def test_the_database_has_exactly_the_tables_of_the_code(self, empty_url: str) -> None:
        migrate(empty_url)
        assert tables(empty_url) == set(metadata.tables)
        assert differences(empty_url) == []

    def test_again_changes_nothing_and_loses_nothing(self, empty_url: str) -> None:
        migrate(empty_url)
        row = {"at": "2026-03-12 02:00:00+00:00"}
        with connect(empty_url).begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO conversations (id, channel, owner, version, next_seq, created_at, updated_at) "
                    "VALUES ('a', 'web', 'bot', 0, 1, :at, :at)"
                ),
                row,
            )
        migrate(empty_url)
        with connect(empty_url).connect() as connection:
            assert connection.execute(text("SELECT id FROM conversations")).scalars().all() == ["a"]

    def test_the_folder_of_an_sqlite_file_is_made(self, tmp_path: Path) -> None:
        file = tmp_path / "not" / "there" / "jieda.db"
        migrate(f"sqlite:///{file}")
        assert file.exists()


class TestBackAndForth:
    def test_there_is_one_line_of_migrations(self) -> None:
        scripts = ScriptDirectory(str(SCRIPTS))
        assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1

    def test_each_can_be_undone_and_done_again(self, empty_url: str) -> None:
        for revision in reversed(list(ScriptDirectory(str(SCRIPTS)).walk_revisions())):
            command.upgrade(config(empty_url), revision.revision)
            command.downgrade(config(empty_url), "-1")
            command.upgrade(config(empty_url), revision.revision)
        assert differences(empty_url) == []

    def test_nothing_is_left_when_all_are_undone(self, empty_url: str) -> None:
        migrate(empty_url)
        command.downgrade(config(empty_url), "base")
        assert tables(empty_url) == set()


def migrate_with_connections_of_its_own(url: str) -> None:
    connect.cache_clear()
    migrate(url)


def test_several_processes_may_migrate_at_once(
    request: pytest.FixtureRequest, backend: str, empty_url: str, locked: Callable[[Engine, int], None]
) -> None:
    """As gateways do that start together; each comes to the same end."""
    engine, forked = connect(empty_url), multiprocessing.get_context("fork")
    running = [forked.Process(target=migrate_with_connections_of_its_own, args=(empty_url,)) for _ in range(2)]
    with engine.begin() if backend == "postgresql" else nullcontext() as holder:
        if holder is not None:
            # Tables cannot be made until both have looked which there are.
            holder.execute(text("LOCK TABLE pg_catalog.pg_type IN SHARE MODE"))
        for process in running:
            process.start()
        if holder is not None:
            locked(engine, len(running))
    for process in running:
        process.join(30)
    assert [process.exitcode for process in running] == [0, 0]
    assert differences(empty_url) == []
