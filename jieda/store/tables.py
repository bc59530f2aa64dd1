"""The tables. Migrations make them (`migrations/`); a test holds the two together."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

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
    # Since when the customer waits for an agent; at the front: an agent had taken it and went silent.
    Column("waiting_since", UtcDateTime),
    Column("at_front", Boolean, nullable=False, server_default=false()),
    # Until when the agent's last sign of life holds.
    Column("held_until", UtcDateTime),
    # What the agent is shown at the claim, in JSON (`jieda.brief`); the latest hand-off's.
    Column("brief", Text),
    # 1 to 5 and a word; awaited: the customer's next text is that word.
    Column("satisfaction", Integer),
    Column("satisfaction_word", Text),
    Column("satisfaction_asked_at", UtcDateTime),
    Column("word_awaited", Boolean, nullable=False, server_default=false()),
    Column("erased_at", UtcDateTime),
    Index("ix_conversations_owner_agent", "owner", "agent"),
    Index("ix_conversations_updated_at_id", "updated_at", "id"),
    Index("ix_conversations_created_at_id", "created_at", "id"),
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
    # What Rasa took a customer's message for.
    Column("intent", String(64)),
    Column("confidence", Float),
    Index("ix_conversation_events_type_at", "type", "at"),
    Index("ix_conversation_events_intent_at", "intent", "at"),
    Index("ix_conversation_events_agent", "agent", "conversation_id"),
    Index("ix_conversation_events_intent_conversation_id", "intent", "conversation_id"),
    UniqueConstraint("conversation_id", "author", "client_message_id"),
)

# The words that a message is searched by (`jieda.search_words`), the newest with the highest id. What finds them is
# message_words_index, which migration 0004 alone knows how to make: FTS5 kept by triggers on SQLite, GIN on PostgreSQL.
message_words = Table(
    "message_words",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("seq", Integer, nullable=False),
    Column("words", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
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
    # The brief of the hand-off that the bot asked for in this turn; carried out together with its replies.
    Column("hand_off", Text),
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
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", String(64)),
    # When supervisors were told that nobody acknowledged it in time.
    Column("paged_at", UtcDateTime),
    Index("ix_cases_status_severity_opened_at", "status", "severity", "opened_at"),
    Index("ix_cases_opened_at_number", "opened_at", "number"),
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

agents = Table(
    "agents",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("on_duty", Boolean, nullable=False, server_default=false()),
    Column("seen_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("failed_sign_ins", Integer, nullable=False, server_default="0"),
    Column("locked_until", UtcDateTime),
)

# Who is signed in at the desk; the id is the SHA-256 of the cookie's token, which is kept nowhere.
desk_sessions = Table(
    "desk_sessions",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("agent", ForeignKey("agents.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

# What was done at the desk, and what was refused; never changed.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(128)),
    Column("detail", Text),
    Column("address", String(64)),
)

# Agents' private notes on a conversation.
notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("agent", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

labels = Table(
    "labels",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("label", String(64), primary_key=True),
    Column("agent", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_labels_label", "label"),
)

# What a reviewer said of a customer's message: its intent was right, wrong, or should be another.
reviews = Table(
    "reviews",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("verdict", String(16), nullable=False),
    Column("intent", String(64)),
    Column("agent", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("exported_at", UtcDateTime),
    Index("ix_reviews_exported_at", "exported_at"),
)
