"""What is kept: conversations with their ledgers, cases, agents and their audit. One database, SQLite or PostgreSQL."""

from __future__ import annotations

import functools

from jieda.settings import settings
from jieda.store.agents import AgentBook
from jieda.store.audit import AuditLog
from jieda.store.cases import CaseBook
from jieda.store.database import connect
from jieda.store.erasure import Erasure
from jieda.store.ledger import Ledger
from jieda.store.reviews import ReviewBook
from jieda.store.wechat import WeChatBook


@functools.cache
def ledger() -> Ledger:
    """The ledger of this process."""
    return Ledger(connect(settings().database_url))


@functools.cache
def case_book() -> CaseBook:
    """The cases of this process."""
    return CaseBook(connect(settings().database_url))


@functools.cache
def agent_book() -> AgentBook:
    """The agents' accounts of this process."""
    return AgentBook(connect(settings().database_url))


@functools.cache
def audit_log() -> AuditLog:
    """The audit log of this process."""
    return AuditLog(connect(settings().database_url))


@functools.cache
def review_book() -> ReviewBook:
    """The reviews of this process."""
    return ReviewBook(connect(settings().database_url))


@functools.cache
def erasure() -> Erasure:
    """What forgets customers, in this process."""
    return Erasure(connect(settings().database_url), connect(settings().tracker_url), settings().home)


@functools.cache
def wechat_book() -> WeChatBook:
    """What is known of WeChat's users, of this process."""
    return WeChatBook(connect(settings().database_url))
