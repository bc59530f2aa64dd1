"""Times in the database, and readers that wait for no writer."""

from __future__ import annotations

import concurrent.futures
import contextlib
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError, StatementError

from jieda.conversations import Channel
from jieda.store.database import UtcDateTime, connect, reading
from jieda.store.ledger import Ledger

CHINA = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 3, 12, 12, 0, tzinfo=CHINA)

moments = Table("moments", MetaData(), Column("id", Integer, primary_key=True), Column("at", UtcDateTime))


@pytest.fixture
def with_moments(engine: Engine) -> Engine:
    moments.drop(engine, checkfirst=True)
    moments.create(engine)
    return engine


def kept(engine: Engine, at: datetime | None) -> datetime | None:
    """That time once it went through the database."""
    with engine.begin() as connection:
        key = connection.execute(insert(moments).values(at=at)).inserted_primary_key[0]
        return connection.execute(select(moments.c.at).where(moments.c.id == key)).scalar_one()


class TestTimes:
    @given(
        st.datetimes(
            min_value=datetime(1990, 1, 1),
            max_value=datetime(2100, 1, 1),
            timezones=st.sampled_from(
                [timezone.utc, CHINA, ZoneInfo("America/New_York"), timezone(timedelta(hours=5, minutes=45))]
            ),
            allow_imaginary=False,
        )
    )
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_the_same_moment_comes_back_with_a_zone(self, with_moments: Engine, at: datetime) -> None:
        found = kept(with_moments, at)
        assert found is not None
        assert found.utcoffset() is not None
        assert found.astimezone(timezone.utc) == at.astimezone(timezone.utc)

    def test_they_order_by_moment_whatever_their_zone(self, with_moments: Engine) -> None:
        earlier, later = NOON, (NOON + timedelta(hours=1)).astimezone(timezone.utc)
        kept(with_moments, later)
        kept(with_moments, earlier)
        with reading(with_moments) as connection:
            assert connection.execute(select(moments.c.at).order_by(moments.c.at)).scalars().all() == [earlier, later]

    def test_none_stays_none(self, with_moments: Engine) -> None:
        assert kept(with_moments, None) is None

    def test_one_without_a_zone_is_refused(self, with_moments: Engine) -> None:
        with pytest.raises(StatementError, match="bears no time zone"):
            kept(with_moments, datetime(2026, 3, 12, 12, 0))


class TestConnections:
    def test_a_reader_waits_for_no_writer_and_sees_nothing_half_done(self, engine: Engine) -> None:
        ledger = Ledger(engine)
        conversation_id = ledger.begin(Channel.WEB, NOON)
        writer = engine.connect()
        try:
            writer.begin()
            writer.exec_driver_sql("UPDATE conversations SET owner = 'closed'")
            assert ledger.conversation(conversation_id).owner.value == "bot"
            assert ledger.events(conversation_id) == []
        finally:
            writer.close()

    def test_there_is_one_engine_for_a_url(self, engine: Engine) -> None:
        assert connect(engine.url.render_as_string(hide_password=False)) is engine

    def test_a_row_needs_the_conversation_it_belongs_to(self, engine: Engine) -> None:
        with pytest.raises(SQLAlchemyError, match=r"(?i)foreign key"), engine.begin() as connection:
            connection.exec_driver_sql("INSERT INTO turns (conversation_id, seq, attempts) VALUES ('nobody', 1, 0)")

    def test_sqlite_survives_a_loss_of_power_and_serves_several_processes(self, tmp_path: Path) -> None:
        with reading(connect(f"sqlite:///{tmp_path / 'jieda.db'}")) as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() >= 5_000


class TestCheck:
    def test_a_store_that_answers_passes(self, ledger: Ledger) -> None:
        ledger.check()

    def test_one_without_tables_does_not(self, empty_url: str) -> None:
        with pytest.raises(SQLAlchemyError):
            Ledger(connect(empty_url)).check()

    def test_one_that_is_not_there_does_not(self) -> None:
        with pytest.raises(SQLAlchemyError):
            Ledger(connect("postgresql://postgres@127.0.0.1:1/nowhere")).check()


class TestWriters:
    """On SQLite the writers of one process come in turn."""

    @pytest.mark.timeout(8)
    def test_a_turn_ends_with_an_error_too(self, with_moments: Engine) -> None:
        with contextlib.suppress(ZeroDivisionError), with_moments.begin() as connection:
            connection.execute(insert(moments).values(at=NOON))
            raise ZeroDivisionError
        kept(with_moments, NOON)
        with with_moments.begin() as connection:
            assert connection.execute(select(moments.c.at)).scalars().all() == [NOON]

    @pytest.mark.timeout(8)
    def test_a_turn_goes_on_while_the_connection_is_held(self, with_moments: Engine) -> None:
        with with_moments.connect() as connection:
            for _ in range(2):
                connection.execute(insert(moments).values(at=NOON))
                connection.commit()
        assert kept(with_moments, NOON) == NOON

    @pytest.mark.timeout(8)
    def test_one_who_is_waited_for_holds_up_no_reader(self, with_moments: Engine) -> None:
        with with_moments.begin() as writing, concurrent.futures.ThreadPoolExecutor() as others:
            writing.execute(insert(moments).values(at=NOON + timedelta(hours=1)))
            waiting = [others.submit(kept, with_moments, NOON) for _ in range(3)]
            with reading(with_moments) as connection:
                assert NOON + timedelta(hours=1) not in connection.execute(select(moments.c.at)).scalars().all()
            writing.commit()
            writing.close()
            assert [each.result() for each in waiting] == [NOON] * 3

    def test_connections_are_kept_for_the_next(self, with_moments: Engine) -> None:
        with reading(with_moments) as connection:
            first = connection.connection.dbapi_connection
        with reading(with_moments) as connection:
            assert connection.connection.dbapi_connection is first
