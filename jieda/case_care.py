"""What becomes of a customer's wish about a case that is open already: what is asked next, or what is done.

Pure. A case is shown only to the conversation it was opened in, and to one in which its number and a contact detail
it was opened with have both been given. Whether a number exists is never told apart from a contact that does not fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from jieda.cases import Case, CaseStatus
from jieda.contact import parse_email, parse_phone

CHECKS = 3
"""Failed checks within `CHECKS_WITHIN` after which a conversation gets no further one."""
CHECKS_WITHIN = timedelta(days=1)


class Wish(str, Enum):
    """What a customer wants with a case; the intent is `case_<wish>`."""

    STATUS = "status"
    UPDATE = "update"
    CLOSE = "close"


class Ask(str, Enum):
    """What is asked next, by the slot that the answer goes to."""

    NUMBER = "case_number"
    CONTACT = "case_contact"
    NOTE = "case_note"
    CLOSE = "close_confirmed"


class Outcome(str, Enum):
    """What is done when there is nothing left to ask."""

    TOLD = "told"
    """Its status is told."""
    NOTED = "noted"
    CLOSED = "closed"
    LEFT = "left"
    """The customer thought better of it."""
    RESOLVED_ALREADY = "resolved_already"
    UNIDENTIFIED = "unidentified"
    """The customer cannot say which case, or what it was opened with."""
    CHECKS_OVER = "checks_over"


@dataclass(frozen=True)
class CaseCare:
    """A wish about a case, and what was given for it so far. `failed` counts the checks that count still."""

    wish: Wish
    number: str | None = None
    note: str | None = None
    confirmed: bool | None = None
    declined: bool = False
    failed: int = 0


def case_meant(care: CaseCare, at_hand: Sequence[Case]) -> Case | None:
    """The case that the wish is about, of those that the conversation may see, newest first; None: not clear yet."""
    if care.number is not None:
        return next((case for case in at_hand if case.number == care.number), None)
    unresolved = [case for case in at_hand if not case.is_resolved]
    if care.wish is Wish.STATUS or not unresolved:
        return next(iter(at_hand), None)
    return unresolved[0] if len(unresolved) == 1 else None


def next_step(care: CaseCare, at_hand: Sequence[Case]) -> Ask | Outcome:
    """What to ask, or what to do with `case_meant`."""
    case = case_meant(care, at_hand)
    if case is None:
        return _to_identify(care, at_hand)
    if care.wish is Wish.STATUS:
        return Outcome.TOLD
    if case.is_resolved:
        return Outcome.RESOLVED_ALREADY
    if care.declined or care.confirmed is False:
        return Outcome.LEFT
    if care.wish is Wish.UPDATE:
        return Outcome.NOTED if care.note else Ask.NOTE
    return Outcome.CLOSED if care.confirmed else Ask.CLOSE


def _to_identify(care: CaseCare, at_hand: Sequence[Case]) -> Ask | Outcome:
    if care.declined:
        return Outcome.LEFT if care.number is None and at_hand else Outcome.UNIDENTIFIED
    if care.number is None:
        return Ask.NUMBER
    return Outcome.CHECKS_OVER if care.failed >= CHECKS else Ask.CONTACT


def contact_detail(text: str) -> str:
    """The e-mail address or telephone number in an answer, in its one form. Raises ContactError."""
    return parse_email(text) if "@" in text else parse_phone(text)


def opened_with(case: Case | None, contacts: Iterable[str]) -> bool:
    """Whether one of these contact details, in their one form, is one that the case was opened with."""
    if case is None:
        return False
    kept = {each.casefold() for each in (case.request.contact_phone, case.request.contact_email) if each}
    return not kept.isdisjoint(each.casefold() for each in contacts)


def counting(failed_at: Iterable[str], now: datetime) -> list[str]:
    """Of the ISO times of failed checks those that count still."""
    return [at for at in failed_at if now - datetime.fromisoformat(at) < CHECKS_WITHIN]


def is_overdue(case: Case, now: datetime) -> bool:
    """Whether the initial response has not come by the time it was due."""
    return case.status is CaseStatus.OPEN and case.due_at < now
