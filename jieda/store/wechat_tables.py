"""The tables of the WeChat channels, and of attachments."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from jieda.store.database import UtcDateTime
from jieda.store.tables import metadata

# A user of an account: an openid, or an external_userid of customer service. Accounts are named kind:name.
wechat_users = Table(
    "wechat_users",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("openid", String(128), primary_key=True),
    # The one that is open, or was last.
    Column("conversation_id", String(64), index=True),
    Column("created_at", UtcDateTime, nullable=False),
)

# How far a conversation has been delivered: all events up to a seq, and so many characters of the next message.
wechat_conversations = Table(
    "wechat_conversations",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("account", String(64), nullable=False),
    Column("openid", String(128), nullable=False),
    Column("delivered_seq", Integer, nullable=False),
    Column("delivered_offset", Integer, nullable=False),
    Column("active_at", UtcDateTime, nullable=False, index=True),
    # Which gateway delivers, and until when it may.
    Column("leased_by", String(64)),
    Column("leased_until", UtcDateTime),
    # Held until the customer writes again, and why.
    Column("parked_at", UtcDateTime),
    Column("parked_reason", String(32)),
    Column("retry_at", UtcDateTime),
    Column("failures", Integer, nullable=False),
    # When a session in WeChat's own customer-service tools was last known to be open.
    Column("native_at", UtcDateTime, index=True),
    Index("ix_wechat_conversations_user", "account", "openid"),
)

# What WeChat pushed, each once whatever it repeats, and which of the two ways its answer took.
wechat_inbound = Table(
    "wechat_inbound",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("openid", String(128), nullable=False),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), index=True),
    Column("received_at", UtcDateTime, nullable=False, index=True),
    # Until then its passive reply may still be given, and nothing goes by the API.
    Column("deadline", UtcDateTime, nullable=False),
    Column("deliveries", Integer, nullable=False),
    Column("path", String(16)),
    Column("reply", Text),
)

# How many messages a user's last act allows, by what it was.
wechat_quota = Table(
    "wechat_quota",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("openid", String(128), primary_key=True),
    Column("trigger", String(16), primary_key=True),
    Column("granted_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("allowed", Integer, nullable=False),
    Column("used", Integer, nullable=False),
)

# Each attempt to deliver, and what came of it.
wechat_sends = Table(
    "wechat_sends",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    # The last event that the message carried some of.
    Column("seq", Integer, nullable=False),
    Column("path", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("code", Integer),
    Column("msgid", String(64), index=True),
    Column("at", UtcDateTime, nullable=False),
)

# The access tokens that WeChat gave, shared by all gateways.
wechat_tokens = Table(
    "wechat_tokens",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("access_token", Text),
    Column("expires_at", UtcDateTime),
    Column("leased_by", String(64)),
    Column("leased_until", UtcDateTime),
    Column("forced_at", UtcDateTime),
)

# How far the messages of a customer-service account have been fetched.
wechat_kf_cursors = Table(
    "wechat_kf_cursors",
    metadata,
    Column("account", String(64), primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("token", Text),
    Column("called_at", UtcDateTime),
    # Callbacks counted, and how many of them have been fetched for.
    Column("called", Integer, nullable=False),
    Column("fetched", Integer, nullable=False),
    Column("leased_by", String(64)),
    Column("leased_until", UtcDateTime),
)

# Files that customers sent; the file itself lies under JIEDA_HOME, named by the id.
attachments = Table(
    "attachments",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("account", String(64), nullable=False),
    Column("media_id", String(256), nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("reason", String(32)),
    Column("tries", Integer, nullable=False),
    Column("media_type", String(64)),
    Column("size", Integer),
    Column("sha256", String(64)),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_attachments_conversation_id_seq", "conversation_id", "seq"),
)
