"""The tables. Migrations make them (`migrations/`); a test holds the two together."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

from jieda.store.database import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("page", Text),
    Column("language", String(8)),
    Column("category", String(32)),
    Column("severity", String(32)),
    Column("owner", String(16), nullable=False),
    Column("agent", String(64)),
    Column("version", Integer, nullable=False),
    Column("next_seq", Integer, nullable=False),
    # Which gateway answers this conversation's turns, and until when it may.
    Column("leased_by", String(64)),
    Column("leased_until", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

# Messages and moves of ownership, numbered within their conversation; never changed, never taken away.
events = Table(
    "conversation_events",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("type", String(16), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("author", String(16)),
    Column("text", Text),
    Column("client_message_id", String(128)),
    Column("owner", String(16)),
    Column("agent", String(64)),
    Column("actor", String(64)),
    Column("reason", String(64)),
    Column("version", Integer),
    UniqueConstraint("conversation_id", "author", "client_message_id"),
)

# Buttons: what the customer gets is the id alone.
choices = Table(
    "choices",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Index("ix_choices_conversation_id_seq", "conversation_id", "seq"),
)

# Customer messages that the bot owes an answer to.
turns = Table(
    "turns",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("payload", Text),
    Column("attempts", Integer, nullable=False),
    Column("answered_at", UtcDateTime),
    Index("ix_turns_answered_at", "answered_at"),
)

cases = Table(
    "cases",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("idempotency_key", String(256), nullable=False, unique=True),
    Column("conversation_id", String(64), nullable=False, index=True),
    Column("language", String(8), nullable=False),
    Column("category", String(32), nullable=False),
    Column("severity", String(32), nullable=False),
    Column("affected_app", Text),
    Column("summary", Text, nullable=False),
    Column("contact_name", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("contact_phone", Text),
    Column("contact_email", Text),
    Column("status", String(16), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("resolved_by", String(64)),
)

# What was added to a case after it was opened; never changed.
case_notes = Table(
    "case_notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("idempotency_key", String(256), nullable=False, unique=True),
    Column("case_number", ForeignKey("cases.number", ondelete="CASCADE"), nullable=False, index=True),
    Column("author", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
