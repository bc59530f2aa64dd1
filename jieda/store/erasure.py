"""Forgets customers: what they said and who they are goes, that there was a conversation stays.

Erased: every text of the conversation (the customer's, the bot's, agents', of buttons), its page, what the bot knew at
a hand-off, the word beside a rating, notes, labels, and the words that messages are searched by; of its cases the name,
company, telephone, e-mail, issue and what was added; what Rasa remembers; attachments; which WeChat user it was. For
the record of the service and its figures there stay: ids and case numbers, times, channel, language, category,
severity, affected app, moves of ownership, intents, reviews, ratings, and the audit, which never holds what anybody
wrote. An open conversation is closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import and_, delete, exists, or_, select, update
from sqlalchemy.engine import Connection, Engine

from jieda.cases import CaseStatus
from jieda.contact import find_emails, find_phones
from jieda.conversations import Owner
from jieda.store import search
from jieda.store.audit import write_entry
from jieda.store.database import reading
from jieda.store.rows import change_owner, conversation_row, settle_unsaid
from jieda.store.tables import case_notes, cases, choices, conversations, events, labels, notes, turns
from jieda.store.trackers import TrackerStore
from jieda.store.wechat import forget_user_of
from jieda.store.wechat_tables import attachments

_TAIL = 2
"""Last digits by which messages are looked up that may have a telephone number, however it is written."""
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_NOBODYS = ("bot", "customer", "clock")
"""Actors whose reasons are fixed words."""
_PERSONS_AT_WORK = (Owner.QUEUED.value, Owner.ASSIGNED.value)


class Erasure:
    """`trackers` is the database of Rasa's tracker store, `home` where files lie."""

    def __init__(self, engine: Engine, trackers: Engine, home: Path) -> None:
        self._engine = engine
        self._trackers = TrackerStore(trackers)
        self._attachments = home / "attachments"

    def erase(self, conversation_ids: Sequence[str], *, at: datetime, actor: str, reason: str) -> int:
        """Forgets conversations, each in one transaction; again changes nothing. Returns how many were not erased yet.

        Raises ConversationUnknown.
        """
        erased = 0
        for conversation_id in conversation_ids:
            files: list[str] = []
            with self._engine.begin() as connection:
                if connection.dialect.name == "sqlite":
                    # What is deleted is overwritten in the file.
                    connection.exec_driver_sql("PRAGMA secure_delete=ON")
                row = conversation_row(connection, conversation_id, lock=True)
                if row["erased_at"] is None:
                    erased += 1
                    files = self._forget(connection, row, at)
                    write_entry(connection, actor, "conversation_erased", at=at, subject=conversation_id, detail=reason)
            for name in files:
                for file in self._attachments.glob(f"{name}*"):
                    file.unlink(missing_ok=True)
        # Also again, should it have been cut short.
        self._trackers.erase(conversation_ids)
        return erased

    def conversations_of(self, *, phone: str | None = None, email: str | None = None) -> list[str]:
        """Conversations in which a telephone number (canonical) or address was given, in a case or in any message."""
        found: set[str] = set()
        with reading(self._engine) as connection:
            if phone is not None:
                found |= _with_contact(connection, cases.c.contact_phone == phone)
                found |= _said(
                    connection, phone.partition(";")[0][-_TAIL:], lambda said: _has(find_phones(said), phone)
                )
            if email is not None:
                found |= _with_contact(connection, cases.c.contact_email.ilike(_escaped(email), escape="\\"))
                found |= _said(connection, email, lambda said: _has(find_emails(said), email))
        return sorted(found)

    def older_than(self, before: datetime, limit: int = 100) -> list[str]:
        """Conversations in which nothing happened since; not those that a person or an open case still waits in."""
        open_case = exists(
            select(cases.c.number).where(
                cases.c.conversation_id == conversations.c.id, cases.c.status != CaseStatus.RESOLVED.value
            )
        )
        idle = and_(
            conversations.c.updated_at < before,
            conversations.c.erased_at.is_(None),
            conversations.c.owner.not_in(_PERSONS_AT_WORK),
            ~open_case,
        )
        with reading(self._engine) as connection:
            oldest = select(conversations.c.id).where(idle).order_by(conversations.c.updated_at).limit(limit)
            return list(connection.execute(oldest).scalars())

    def _forget(self, connection: Connection, row: dict[str, Any], at: datetime) -> list[str]:
        """Returns the names of attachments' files."""
        conversation_id = row["id"]
        if row["owner"] != Owner.CLOSED.value:
            change_owner(connection, row, Owner.CLOSED, at, actor="clock", reason="erased")
        settle_unsaid(connection, conversation_id, at)
        own = events.c.conversation_id == conversation_id
        connection.execute(update(events).where(own, events.c.type == "message").values(text=""))
        connection.execute(update(events).where(own, events.c.actor.not_in(_NOBODYS)).values(reason=None))
        blank = {"page": None, "brief": None, "satisfaction_word": None, "word_awaited": False, "erased_at": at}
        connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(blank))
        own_choices = choices.c.conversation_id == conversation_id
        connection.execute(update(choices).where(own_choices).values(title="", payload=""))
        own_turns = turns.c.conversation_id == conversation_id
        connection.execute(update(turns).where(own_turns).values(payload=None, hand_off=None))
        for table in (notes, labels):
            connection.execute(delete(table).where(table.c.conversation_id == conversation_id))
        search.forget_messages(connection, conversation_id)
        own_cases = cases.c.conversation_id == conversation_id
        numbers = select(cases.c.number).where(own_cases)
        connection.execute(update(case_notes).where(case_notes.c.case_number.in_(numbers)).values(text=""))
        nobody = {"contact_name": "", "company": "", "contact_phone": None, "contact_email": None, "summary": ""}
        connection.execute(update(cases).where(own_cases).values(nobody))
        forget_user_of(connection, conversation_id)
        return _forget_attachments(connection, conversation_id)


def _forget_attachments(connection: Connection, conversation_id: str) -> list[str]:
    own = attachments.c.conversation_id == conversation_id
    ids = connection.execute(select(attachments.c.id).where(own)).scalars().all()
    connection.execute(delete(attachments).where(own))
    return list(ids)


def _with_contact(connection: Connection, which: Any) -> set[str]:
    return set(connection.execute(select(cases.c.conversation_id).where(which)).scalars())


def _said(connection: Connection, piece: str, fits: Any) -> set[str]:
    """Conversations with a message, or a brief, that has the piece and fits."""
    likes = [f"%{_escaped(each)}%" for each in {piece, piece.translate(_WIDE)}]

    def holds(column: Any) -> Any:
        return or_(*(column.ilike(like, escape="\\") for like in likes))

    spoken = select(events.c.conversation_id, events.c.text).where(holds(events.c.text))
    briefed = select(conversations.c.id, conversations.c.brief).where(holds(conversations.c.brief))
    found = (*connection.execute(spoken), *connection.execute(briefed))
    return {conversation_id for conversation_id, said in found if fits(said)}


def _has(found: Any, wanted: str) -> bool:
    return any(each.value.casefold() == wanted.casefold() for each in found)


def _escaped(piece: str) -> str:
    return piece.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
