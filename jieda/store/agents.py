"""The agents' accounts and who is signed in, in the database."""

from __future__ import annotations

import functools
import hashlib
import secrets
from datetime import datetime
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from jieda.agents import (
    PASSWORD_MOST,
    PRESENT,
    SESSION_IDLE,
    SESSION_LENGTH,
    AccountLocked,
    Agent,
    AgentExists,
    AgentUnknown,
    Role,
    Session,
    SignInRefused,
    check_name,
    check_password,
    is_over,
    lock_after,
)
from jieda.policy import Language
from jieda.store.database import reading
from jieda.store.tables import agents, desk_sessions

hasher = PasswordHasher()
"""Argon2id, with the library's cost."""


_SESSION = (
    select(
        agents,
        desk_sessions.c.id,
        desk_sessions.c.csrf,
        desk_sessions.c.expires_at,
        desk_sessions.c.seen_at.label("asked_at"),
    )
    .select_from(desk_sessions.join(agents))
    .where(desk_sessions.c.id == bindparam("id"))
)


class AgentBook:
    """Accounts, sign-ins and duty. Times are given by the caller and bear a zone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- accounts

    def add(self, name: str, role: Role, password: str, *, at: datetime, language: Language = Language.ZH) -> Agent:
        """Raises NameNotAllowed, PasswordNotAllowed, AgentExists."""
        check_name(name)
        check_password(name, password)
        row = {"name": name, "role": role.value, "language": language.value, "created_at": at}
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(agents).values(password_hash=hasher.hash(password), **row))
        except IntegrityError as error:
            raise AgentExists(name) from error
        return Agent(name, role, language)

    def find(self, name: str) -> Agent | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(agents).where(agents.c.name == name)).mappings().first()
        return None if row is None else _agent(row)

    def all(self) -> list[Agent]:
        """Every agent, by name."""
        with reading(self._engine) as connection:
            return [_agent(row) for row in connection.execute(select(agents).order_by(agents.c.name)).mappings()]

    def set_password(self, name: str, password: str) -> None:
        """Ends the agent's sessions and any lock. Raises AgentUnknown, PasswordNotAllowed."""
        check_password(name, password)
        changed = {"password_hash": hasher.hash(password), "failed_sign_ins": 0, "locked_until": None}
        self._change(name, ends_sessions=True, **changed)

    def disable(self, name: str, *, at: datetime) -> None:
        """The agent cannot sign in any more, and is signed out. Raises AgentUnknown."""
        self._change(name, ends_sessions=True, disabled_at=at, on_duty=False)

    def enable(self, name: str) -> None:
        """Raises AgentUnknown."""
        self._change(name, disabled_at=None, failed_sign_ins=0, locked_until=None)

    def set_language(self, name: str, language: Language) -> None:
        """Raises AgentUnknown."""
        self._change(name, language=language.value)

    # --- duty

    def set_duty(self, name: str, on: bool, *, at: datetime) -> None:
        """Whether the agent takes conversations. Raises AgentUnknown."""
        self._change(name, on_duty=on, seen_at=at)

    def seen(self, name: str, *, at: datetime) -> None:
        """A sign of life."""
        with self._engine.begin() as connection:
            connection.execute(update(agents).where(agents.c.name == name).values(seen_at=at))

    def on_duty(self, now: datetime) -> list[Agent]:
        """The agents who take conversations at this moment."""
        there = (agents.c.on_duty.is_(True), agents.c.disabled_at.is_(None), agents.c.seen_at > now - PRESENT)
        with reading(self._engine) as connection:
            rows = connection.execute(select(agents).where(*there).order_by(agents.c.name)).mappings()
            return [_agent(row) for row in rows]

    # --- sign-in

    def sign_in(self, name: str, password: str, *, at: datetime) -> tuple[str, Session]:
        """A new session and the token that goes into the cookie. Raises SignInRefused, AccountLocked.

        While an account is locked its password is not even looked at. The failure that locks is told as a lock.
        """
        with reading(self._engine) as connection:
            row = connection.execute(select(agents).where(agents.c.name == name)).mappings().first()
        if row is not None and row["locked_until"] is not None and row["locked_until"] > at:
            raise AccountLocked(row["locked_until"])
        fits = self._fits(_nobody() if row is None else row["password_hash"], password)
        if row is None or row["disabled_at"] is not None:
            raise SignInRefused(name)
        if not fits:
            self._count_failure(name, at)
        token, session_id = _new_token()
        with self._engine.begin() as connection:
            settled: dict[str, Any] = {"failed_sign_ins": 0, "locked_until": None, "seen_at": at}
            if hasher.check_needs_rehash(row["password_hash"]):
                settled["password_hash"] = hasher.hash(password)
            connection.execute(update(agents).where(agents.c.name == name).values(settled))
            connection.execute(delete(desk_sessions).where(_ended(at)))
            agent = _agent({**row, "seen_at": at})
            session = Session(session_id, agent, secrets.token_urlsafe(32), at, at + SESSION_LENGTH)
            connection.execute(
                insert(desk_sessions).values(
                    id=session.id,
                    agent=name,
                    csrf=session.csrf,
                    created_at=at,
                    seen_at=at,
                    expires_at=session.expires_at,
                )
            )
        return token, session

    def session(self, token: str, now: datetime) -> Session | None:
        """Who is signed in with that token."""
        with reading(self._engine) as connection:
            row = connection.execute(_SESSION, {"id": _digest(token)}).mappings().first()
        if row is None or row["disabled_at"] is not None:
            return None
        session = Session(row["id"], _agent(row), row["csrf"], row["asked_at"], row["expires_at"])
        return None if is_over(session, now) else session

    def touch(self, session: Session, *, at: datetime) -> None:
        """Keeps a session and its agent from counting as gone."""
        with self._engine.begin() as connection:
            connection.execute(update(desk_sessions).where(desk_sessions.c.id == session.id).values(seen_at=at))
            connection.execute(update(agents).where(agents.c.name == session.agent.name).values(seen_at=at))

    def sign_out(self, token: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(desk_sessions).where(desk_sessions.c.id == _digest(token)))

    def _fits(self, hashed: str, password: str) -> bool:
        if len(password) > PASSWORD_MOST:
            return False
        try:
            return hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _count_failure(self, name: str, at: datetime) -> None:
        """Raises SignInRefused, or AccountLocked when this failure locks the account."""
        with self._engine.begin() as connection:
            # Counted in the database: attempts that come at once are all counted.
            counted = update(agents).where(agents.c.name == name).values(failed_sign_ins=agents.c.failed_sign_ins + 1)
            connection.execute(counted)
            failed = connection.execute(select(agents.c.failed_sign_ins).where(agents.c.name == name)).scalar_one()
            if not (length := lock_after(failed)):
                locked = None
            else:
                locked = at + length
                connection.execute(update(agents).where(agents.c.name == name).values(locked_until=locked))
        raise SignInRefused(name) if locked is None else AccountLocked(locked)

    def _change(self, name: str, ends_sessions: bool = False, **columns: Any) -> None:
        with self._engine.begin() as connection:
            if not connection.execute(update(agents).where(agents.c.name == name).values(columns)).rowcount:
                raise AgentUnknown(name)
            if ends_sessions:
                _end_sessions(connection, name)


def _end_sessions(connection: Connection, name: str) -> None:
    connection.execute(delete(desk_sessions).where(desk_sessions.c.agent == name))


def _ended(now: datetime) -> Any:
    return or_(desk_sessions.c.expires_at <= now, desk_sessions.c.seen_at <= now - SESSION_IDLE)


@functools.cache
def _nobody() -> str:
    """Verified where there is no such agent, so that an answer takes as long as for one there is."""
    return hasher.hash(secrets.token_hex(16))


def _new_token() -> tuple[str, str]:
    token = secrets.token_urlsafe(32)
    return token, _digest(token)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _agent(row: Any) -> Agent:
    return Agent(
        name=row["name"],
        role=Role(row["role"]),
        language=Language(row["language"]),
        on_duty=row["on_duty"],
        seen_at=row["seen_at"],
        disabled_at=row["disabled_at"],
    )
