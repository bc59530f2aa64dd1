"""Forgets a user who unsubscribed: WeChat wants all of that user's information deleted (mp: unsubscribe)."""

from __future__ import annotations

import structlog
from anyio import to_thread

from jieda.store.attachments import AttachmentBook
from jieda.store.trackers import TrackerStore
from jieda.store.wechat import WeChatBook

log = structlog.get_logger(__name__)


class Erasure:
    """Deletes conversations, what Rasa remembers of them, and files. Cases stay: they are the customer's requests,
    followed up by telephone and mail, and bear nothing that WeChat told.
    """

    def __init__(self, book: WeChatBook, attachments: AttachmentBook, trackers: TrackerStore) -> None:
        self._book = book
        self._attachments = attachments
        self._trackers = trackers

    async def erase(self, account: str, openid: str) -> None:
        await to_thread.run_sync(self._erase, account, openid)

    def _erase(self, account: str, openid: str) -> None:
        files = [
            each.id
            for conversation_id in self._book.conversations_of(account, openid)
            for each in self._attachments.of(conversation_id)
        ]
        conversation_ids = self._book.erase(account, openid)
        self._attachments.erase_files(files)
        self._trackers.erase(conversation_ids)
        log.info("wechat_user_erased", account=account, conversations=len(conversation_ids))
