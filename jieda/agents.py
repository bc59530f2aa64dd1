"""Agents of the desk: who they are, what they may, and the rules of signing in. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from jieda.policy import Language

PASSWORD_LEAST, PASSWORD_MOST = 8, 256
"""Characters of a password."""
FREE_ATTEMPTS = 5
"""Failed sign-ins running before an account is locked."""
FIRST_LOCK, LONGEST_LOCK = timedelta(seconds=15), timedelta(minutes=15)
"""The first lock; each failure after it doubles the lock, up to the longest."""
SESSION_LENGTH = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=2)
"""A session ends after its length, or when nothing was asked for so long."""
PRESENT = timedelta(minutes=5)
"""How long after the last sign of life an agent counts as there."""
_NAME = re.compile(r"\w(?:[\w .@-]{0,30}[\w.])?")


class Role(str, Enum):
    """What an agent may: talk to customers; beside that watch over the desk."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"


class AgentError(ValueError):
    """Something about an agent's account that is refused; `code` says what, for machines."""

    code = "agent"


class NameNotAllowed(AgentError):
    """A name has 1 to 32 letters, digits, inner spaces and . _ @ -."""

    code = "name_not_allowed"


class PasswordNotAllowed(AgentError):
    """A password has 8 to 256 characters and is not the agent's name."""

    code = "password_not_allowed"


class AgentExists(AgentError):
    """There is an agent of that name already."""

    code = "agent_exists"


class AgentUnknown(AgentError):
    """There is no agent of that name."""

    code = "agent_unknown"


class SignInRefused(AgentError):
    """Name and password do not fit, or the account is disabled; which of it is not told."""

    code = "sign_in_refused"


class AccountLocked(AgentError):
    """Too many failed sign-ins running; `until` bears a zone."""

    code = "locked"

    def __init__(self, until: datetime) -> None:
        super().__init__(f"locked until {until.isoformat()}")
        self.until = until


@dataclass(frozen=True)
class Agent:
    """A person at the desk. `language` is that of their interface; `seen_at` their last sign of life."""

    name: str
    role: Role
    language: Language
    on_duty: bool = False
    seen_at: datetime | None = None
    disabled_at: datetime | None = None

    @property
    def is_supervisor(self) -> bool:
        return self.role is Role.SUPERVISOR

    def takes_conversations(self, now: datetime) -> bool:
        """Whether the agent is on duty, and there."""
        present = self.seen_at is not None and now - self.seen_at < PRESENT
        return self.on_duty and present and self.disabled_at is None


@dataclass(frozen=True)
class Session:
    """An agent who is signed in. `csrf` must come with every change."""

    id: str
    agent: Agent
    csrf: str
    seen_at: datetime
    expires_at: datetime


def check_name(name: str) -> None:
    """Raises NameNotAllowed."""
    if not _NAME.fullmatch(name):
        raise NameNotAllowed(name)


def check_password(name: str, password: str) -> None:
    """Raises PasswordNotAllowed."""
    fits = PASSWORD_LEAST <= len(password) <= PASSWORD_MOST
    if not fits or password.casefold() == name.casefold():
        raise PasswordNotAllowed(name)


def lock_after(failed: int) -> timedelta:
    """How long an account is locked after so many failed sign-ins running; zero at first."""
    if failed < FREE_ATTEMPTS:
        return timedelta(0)
    doubled = 1 << min(failed - FREE_ATTEMPTS, 16)
    return min(FIRST_LOCK * doubled, LONGEST_LOCK)


def is_over(session: Session, now: datetime) -> bool:
    """Whether a session has ended by itself."""
    return now >= session.expires_at or now - session.seen_at >= SESSION_IDLE
