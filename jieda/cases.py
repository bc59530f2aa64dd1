"""Service requests (cases): what is asked for, what is opened, and the number a customer quotes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from jieda.policy import Category, Language, Severity

NUMBER_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that are not taken for each other when read out on the telephone."""


class CaseStatus(str, Enum):
    """Where a case stands: opened, seen by a person, resolved."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class NoteAuthor(str, Enum):
    """Who added to a case."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


class CaseUnknown(LookupError):
    """No case has that number."""

    code = "case_unknown"


class CaseMoveNotAllowed(ValueError):
    """The case's status does not allow that."""

    code = "not_allowed"


@dataclass(frozen=True)
class CaseRequest:
    """All that a customer gave for a case; they have agreed to its being kept. One of phone and e-mail is there."""

    conversation_id: str
    language: Language
    category: Category
    summary: str
    contact_name: str
    company: str
    severity: Severity = Severity.NON_CRITICAL
    affected_app: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None


@dataclass(frozen=True)
class Case:
    """An opened case. `due_at` is of the initial response; all times bear a zone. `resolved_by` is who said so.

    A person acknowledges a case, which is the initial response; a case opened again after its end keeps that.
    """

    number: str
    request: CaseRequest
    status: CaseStatus
    opened_at: datetime
    due_at: datetime
    resolved_at: datetime | None = None
    resolved_by: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None

    @property
    def is_resolved(self) -> bool:
        return self.status is CaseStatus.RESOLVED


@dataclass(frozen=True)
class CaseNote:
    """What was added to a case after it was opened. `at` bears a time zone."""

    case_number: str
    author: NoteAuthor
    text: str
    at: datetime


def new_number(opened_at: datetime) -> str:
    """A number for a case opened at that time: SR, the date, five letters drawn at random."""
    return f"SR{opened_at:%Y%m%d}-" + "".join(secrets.choice(NUMBER_LETTERS) for _ in range(5))
