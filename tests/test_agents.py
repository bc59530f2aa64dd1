"""Agents: what a name and a password may be, how failed sign-ins lock an account, when a session is over."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from jieda.agents import (
    FREE_ATTEMPTS,
    PRESENT,
    Agent,
    NameNotAllowed,
    PasswordNotAllowed,
    Role,
    Session,
    check_name,
    check_password,
    is_over,
    lock_after,
)
from jieda.policy import Language

NOW = datetime(2026, 3, 12, 2, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize("name", ["a", "amy", "李雷", "li.lei-2", "Grace Hall", "amy@example", "x" * 32])
def test_names(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["", " ", "amy ", " amy", "a\nb", "x" * 33, "<b>", "a/b", "\u202eamy", "a\0b"])
def test_no_names(name: str) -> None:
    with pytest.raises(NameNotAllowed):
        check_name(name)


@pytest.mark.parametrize("password", ["", "short", "x" * 257, "GraceHall"])
def test_no_passwords(password: str) -> None:
    with pytest.raises(PasswordNotAllowed):
        check_password("gracehall", password)


def test_locks_grow_and_have_an_end() -> None:
    assert lock_after(FREE_ATTEMPTS - 1) == timedelta(0)
    locks = [lock_after(failed) for failed in range(FREE_ATTEMPTS, FREE_ATTEMPTS + 40)]
    assert locks[:3] == [timedelta(seconds=15), timedelta(seconds=30), timedelta(seconds=60)]
    assert locks == sorted(locks)
    assert locks[-1] == timedelta(minutes=15)


def test_only_who_is_on_duty_and_there_takes_conversations() -> None:
    agent = Agent("amy", Role.AGENT, Language.EN, on_duty=True, seen_at=NOW)
    assert agent.takes_conversations(NOW)
    assert not agent.takes_conversations(NOW + PRESENT)
    assert not Agent("amy", Role.AGENT, Language.EN, on_duty=True).takes_conversations(NOW)
    assert not Agent("amy", Role.AGENT, Language.EN, seen_at=NOW).takes_conversations(NOW)
    assert not Agent("amy", Role.AGENT, Language.EN, True, NOW, disabled_at=NOW).takes_conversations(NOW)


def test_a_session_ends_by_age_and_by_idleness() -> None:
    session = Session("i", Agent("amy", Role.AGENT, Language.EN), "c", NOW, NOW + timedelta(hours=12))
    assert not is_over(session, NOW + timedelta(hours=1, minutes=59))
    assert is_over(session, NOW + timedelta(hours=2))
    fresh = Session("i", session.agent, "c", NOW + timedelta(hours=11, minutes=59), NOW + timedelta(hours=12))
    assert is_over(fresh, NOW + timedelta(hours=12))
