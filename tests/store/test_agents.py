"""Accounts of agents, their sign-ins, and the audit log, on either database."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.engine import Engine

import jieda.store.agents
from jieda.agents import (
    FREE_ATTEMPTS,
    PRESENT,
    AccountLocked,
    AgentError,
    AgentExists,
    AgentUnknown,
    Role,
    SignInRefused,
)
from jieda.policy import Language
from jieda.store.agents import AgentBook
from jieda.store.audit import AuditLog
from jieda.store.tables import agents, desk_sessions

NOW = datetime(2026, 3, 12, 2, 0, tzinfo=timezone.utc)
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jieda.store.agents, "hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def book(engine: Engine) -> AgentBook:
    book = AgentBook(engine)
    book.add("amy", Role.SUPERVISOR, PASSWORD, at=NOW, language=Language.EN)
    return book


def failing(book: AgentBook, at: datetime = NOW) -> AgentError:
    with pytest.raises(AgentError) as refused:
        book.sign_in("amy", "wrong password", at=at)
    return refused.value


class TestAccounts:
    def test_one_is_found_as_it_was_made(self, book: AgentBook) -> None:
        found = book.find("amy")
        assert found is not None
        assert (found.name, found.role, found.language, found.on_duty) == ("amy", Role.SUPERVISOR, Language.EN, False)

    def test_a_name_is_used_once(self, book: AgentBook) -> None:
        with pytest.raises(AgentExists):
            book.add("amy", Role.AGENT, "another password", at=NOW)

    def test_passwords_and_tokens_stand_nowhere_in_the_database(self, book: AgentBook, engine: Engine) -> None:
        token, _ = book.sign_in("amy", PASSWORD, at=NOW)
        with engine.connect() as connection:
            kept = str(connection.execute(select(agents)).all()) + str(connection.execute(select(desk_sessions)).all())
        assert PASSWORD not in kept
        assert token not in kept
        assert "$argon2id$" in kept

    @pytest.mark.parametrize("change", ["disable", "set_password", "enable"])
    def test_of_one_that_is_not_there(self, book: AgentBook, change: str) -> None:
        more: dict[str, Any] = {"disable": {"at": NOW}, "set_password": {"password": PASSWORD}}.get(change, {})
        with pytest.raises(AgentUnknown):
            getattr(book, change)("bob", **more)


class TestSignIn:
    def test_gives_a_session(self, book: AgentBook) -> None:
        token, session = book.sign_in("amy", PASSWORD, at=NOW)
        found = book.session(token, NOW)
        assert found is not None
        assert (found.agent.name, found.csrf) == ("amy", session.csrf)
        assert book.session(token + "x", NOW) is None

    def test_a_session_ends_with_sign_out_a_new_password_and_the_account(self, book: AgentBook) -> None:
        for ends in (
            lambda token: book.sign_out(token),
            lambda token: book.set_password("amy", PASSWORD),
            lambda token: book.disable("amy", at=NOW),
        ):
            token, _ = book.sign_in("amy", PASSWORD, at=NOW)
            ends(token)
            assert book.session(token, NOW) is None
        with pytest.raises(SignInRefused):
            book.sign_in("amy", PASSWORD, at=NOW)

    def test_failures_running_lock_and_success_forgets_them(self, book: AgentBook) -> None:
        for _ in range(FREE_ATTEMPTS - 1):
            assert isinstance(failing(book), SignInRefused)
        book.sign_in("amy", PASSWORD, at=NOW)
        for _ in range(FREE_ATTEMPTS - 1):
            assert isinstance(failing(book), SignInRefused)
        locked = failing(book)
        assert isinstance(locked, AccountLocked)
        with pytest.raises(AccountLocked):
            book.sign_in("amy", PASSWORD, at=locked.until - timedelta(seconds=1))
        book.sign_in("amy", PASSWORD, at=locked.until)

    def test_attempts_at_once_are_all_counted(self, book: AgentBook, engine: Engine) -> None:
        threads = [threading.Thread(target=failing, args=(book,)) for _ in range(FREE_ATTEMPTS - 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert isinstance(failing(book), AccountLocked)


class TestDuty:
    def test_who_is_on_duty_and_there(self, book: AgentBook) -> None:
        assert book.on_duty(NOW) == []
        book.set_duty("amy", True, at=NOW)
        assert [each.name for each in book.on_duty(NOW + PRESENT / 2)] == ["amy"]
        assert book.on_duty(NOW + PRESENT) == []
        book.seen("amy", at=NOW + PRESENT)
        assert [each.name for each in book.on_duty(NOW + PRESENT)] == ["amy"]
        book.disable("amy", at=NOW)
        assert book.on_duty(NOW + PRESENT) == []


class TestAudit:
    @pytest.fixture
    def log(self, engine: Engine) -> AuditLog:
        return AuditLog(engine)

    def test_entries_come_newest_first_and_in_pages(self, log: AuditLog) -> None:
        for number in range(5):
            log.record("amy", f"did_{number}", at=NOW + timedelta(minutes=number), subject="c1", address="::1")
        newest = log.entries(limit=2)
        assert [each.action for each in newest] == ["did_4", "did_3"]
        assert [each.action for each in log.entries(before=newest[-1].id)] == ["did_2", "did_1", "did_0"]

    def test_they_are_filtered(self, log: AuditLog) -> None:
        log.record("amy", "a", at=NOW)
        log.record("bob", "b", at=NOW + timedelta(hours=1))
        assert [each.actor for each in log.entries(actor="amy")] == ["amy"]
        assert [each.actor for each in log.entries(action="b")] == ["bob"]
        assert [each.actor for each in log.entries(since=NOW + timedelta(hours=1))] == ["bob"]
        assert [each.actor for each in log.entries(until=NOW + timedelta(hours=1))] == ["amy"]

    def test_whatever_a_stranger_sends_is_kept(self, log: AuditLog) -> None:
        log.record("-", "sign_in_refused", at=NOW, subject="x" * 500 + "\0")
        assert log.entries()[0].subject == "x" * 128
