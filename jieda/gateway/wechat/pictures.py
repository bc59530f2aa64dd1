"""Fetches the pictures that customers sent, in the background, and shows them to agents safely."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus

import structlog
from anyio import to_thread
from starlette.responses import FileResponse, Response

from jieda.gateway.errors import error_response
from jieda.gateway.wakeups import Wakeups
from jieda.gateway.wechat.api import Api, WeChatError
from jieda.store.attachments import Attachment, AttachmentBook, AttachmentState

log = structlog.get_logger(__name__)

_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp"}


class Pictures:
    """What is wanted is fetched once; what cannot be had any more is given up."""

    def __init__(
        self, book: AttachmentBook, clients: Mapping[str, Api], wakeups: Wakeups, now: Callable[[], datetime]
    ) -> None:
        self._book = book
        self._clients = clients
        self._wakeups = wakeups
        self._now = now
        self._busy = asyncio.Lock()

    async def fetch_wanted(self) -> None:
        """Called at each sweep; one fetch at a time."""
        if self._busy.locked():
            return
        async with self._busy:
            for attachment in await to_thread.run_sync(self._book.wanted):
                await self._fetch(attachment)

    async def _fetch(self, attachment: Attachment) -> None:
        client = self._clients.get(attachment.account)
        if client is None:
            return
        try:
            data = await client.media(attachment.media_id)
        except WeChatError as error:
            log.warning("wechat_picture_not_fetched", conversation=attachment.conversation_id, errcode=error.errcode)
            await to_thread.run_sync(self._book.tried, attachment)
            return
        state = await to_thread.run_sync(self._book.keep, attachment.id, data)
        log.info("wechat_picture", conversation=attachment.conversation_id, state=state.value, size=len(data))
        await self._wakeups.wake(attachment.conversation_id)


def attachment_response(book: AttachmentBook, attachment_id: str, *, download: bool = False) -> Response:
    """An attachment for an agent's browser, who is authenticated already; for the desk to mount.

    The type is the one that was found in the bytes, never one that was told; nothing in it can run.
    """
    found = book.find(attachment_id)
    if found is None or found.state in (AttachmentState.REFUSED, AttachmentState.GONE):
        return error_response(HTTPStatus.NOT_FOUND, "not_found", "There is no such attachment.")
    file = book.file(found.id)
    if found.state is AttachmentState.WANTED or found.media_type is None or not file.is_file():
        return error_response(HTTPStatus.NOT_FOUND, "not_yet", "The attachment has not been fetched yet.")
    name = f"{found.id}.{_SUFFIXES[found.media_type]}"
    kind = "attachment" if download else "inline"
    return FileResponse(
        file,
        media_type=found.media_type,
        headers={**_HEADERS, "Content-Disposition": f'{kind}; filename="{name}"'},
    )
