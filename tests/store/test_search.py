"""Conversations are found by what was said in them, on either database."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from alembic import command
from sqlalchemy import delete, func, select, text
from sqlalchemy.engine import Engine

from jieda.conversations import Channel, Owner, Reply
from jieda.hours import support_hours
from jieda.store import search
from jieda.store.cursors import CursorInvalid
from jieda.store.database import connect, migrate, reading
from jieda.store.ledger import Ledger
from jieda.store.queue import Queue, View
from jieda.store.tables import conversations, message_words
from tests.store.test_migrations import config

START = datetime(2026, 11, 27, 2, 0, tzinfo=timezone.utc)


@pytest.fixture
def queue(engine: Engine) -> Queue:
    return Queue(engine, support_hours())


def said(ledger: Ledger, *texts: str, minutes: int = 0) -> str:
    """A conversation in which the customer says that."""
    at = START + timedelta(minutes=minutes)
    conversation_id = ledger.begin(Channel.WEB, at)
    for number, each in enumerate(texts):
        ledger.accept(conversation_id, f"m{number}", at + timedelta(seconds=number), text=each)
    return conversation_id


def found(queue: Queue, words: str, view: View = View.ALL, agent: str = "wang") -> list[str]:
    return [each.conversation.id for each in queue.listed(view, agent, words=words).listed]


class TestFinding:
    def test_by_words_of_one_message_in_either_language(self, ledger: Ledger, queue: Queue) -> None:
        chinese = said(ledger, "登录不了系统，密码错误")
        english = said(ledger, "I cannot sign in, the password is wrong")
        assert found(queue, "密码 登录") == [chinese]
        assert found(queue, "password wrong") == [english]
        assert found(queue, "密码 wrong") == []

    def test_by_what_the_bot_said_and_the_newest_message_first(self, ledger: Ledger, queue: Queue) -> None:
        first, second = said(ledger, "发票开错了", minutes=1), said(ledger, "发票", minutes=2)
        ledger.write_as_system(first, Reply("发票问题请联系账单热线"), START + timedelta(hours=1))
        assert found(queue, "发票") == [first, second]
        assert found(queue, "热线") == [first]

    @pytest.mark.parametrize(
        "query", ["？", "'; DROP TABLE cases; --", 'NOT "发票" OR *', "发票' | 'x", "a:*&!b", "\0"]
    )
    def test_whatever_is_searched_for_is_no_command(self, ledger: Ledger, queue: Queue, query: str) -> None:
        said(ledger, "发票")
        for view in View:
            assert found(queue, query, view) == []

    def test_in_a_list_of_the_desk(self, ledger: Ledger, queue: Queue) -> None:
        waits, bots = said(ledger, "账单错了"), said(ledger, "账单错了")
        ledger.move(waits, 0, Owner.QUEUED, actor="bot", reason="asked", at=START)
        assert found(queue, "账单", View.WAITING) == [waits]
        assert found(queue, "密码", View.WAITING) == []
        assert set(found(queue, "账单")) == {waits, bots}

    def test_a_message_that_is_not_written_is_not_found(self, engine: Engine, ledger: Ledger, queue: Queue) -> None:
        conversation_id = said(ledger, "发票")
        with engine.connect() as connection, connection.begin() as transaction:
            search.index_message(connection, conversation_id, 2, "账单")
            transaction.rollback()
        assert found(queue, "账单") == []

    def test_what_goes_with_its_conversation_is_found_no_more(self, engine: Engine, ledger: Ledger) -> None:
        gone, stays = said(ledger, "发票开错了"), said(ledger, "发票")
        with engine.begin() as connection:
            connection.execute(delete(conversations).where(conversations.c.id == gone))
        with reading(engine) as connection:
            assert search.find(connection, "发票", limit=10).ids == [stays]
            assert connection.execute(select(func.count()).select_from(message_words)).scalar_one() == 1
            if engine.dialect.name == "sqlite":
                check = "INSERT INTO message_words_index(message_words_index, rank) VALUES ('integrity-check', 1)"
                connection.execute(text(check))


class TestPages:
    @pytest.mark.parametrize("widths", [(20_000,), (4, 9), (1,)])
    def test_each_conversation_comes_once_and_none_is_left_out(
        self, ledger: Ledger, queue: Queue, monkeypatch: pytest.MonkeyPatch, widths: tuple[int, ...]
    ) -> None:
        monkeypatch.setattr(search, "_STEP", 3)
        monkeypatch.setattr(search, "_STEPS_MOST", 2)
        monkeypatch.setattr(search, "_WIDTHS", widths)
        monkeypatch.setattr(search, "_ENOUGH", 2)
        made = {said(ledger, *["发票抬头"] * (number % 4 + 1), "谢谢", minutes=number) for number in range(12)}
        got: list[str] = []
        after = None
        while True:
            page = queue.listed(View.ALL, "wang", words="发票", after=after, limit=5)
            got += [each.conversation.id for each in page.listed]
            if (after := page.after) is None:
                break
        assert len(got) == len(set(got))
        assert set(got) == made

    @pytest.mark.parametrize("after", ["x", "WzFd1", "WyJhIl0", "W3RydWVd", "Wy0xXQ"])
    def test_a_cursor_that_no_list_gave_is_refused(self, queue: Queue, after: str) -> None:
        with pytest.raises(CursorInvalid):
            queue.listed(View.ALL, "wang", words="发票", after=after)


def test_messages_from_before_the_migration_are_found(empty_url: str) -> None:
    command.upgrade(config(empty_url), "0003")
    row = {"at": "2026-03-12 02:00:00+00:00"}
    with connect(empty_url).begin() as connection:
        connection.execute(
            text(
                "INSERT INTO conversations (id, channel, owner, version, next_seq, created_at, updated_at) "
                "VALUES ('a', 'web', 'bot', 0, 3, :at, :at)"
            ),
            row,
        )
        for seq, said_ in ((1, "'登录不了系统'"), (2, "'密码错误'")):
            connection.execute(
                text(
                    "INSERT INTO conversation_events (conversation_id, seq, type, at, author, text) "
                    f"VALUES ('a', {seq}, 'message', :at, 'customer', {said_})"
                ),
                row,
            )
    migrate(empty_url)
    queue = Queue(connect(empty_url), support_hours())
    assert found(queue, "登录") == found(queue, "密码") == ["a"]
    assert found(queue, "登录 密码") == []
