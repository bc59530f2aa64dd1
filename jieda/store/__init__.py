"""What is kept: conversations with their ledgers, and cases. One database, SQLite or PostgreSQL."""

from __future__ import annotations

import functools

from jieda.settings import settings
from jieda.store.cases import CaseBook
from jieda.store.database import connect
from jieda.store.ledger import Ledger
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
def wechat_book() -> WeChatBook:
    """What is known of WeChat's users, of this process."""
    return WeChatBook(connect(settings().database_url))
