"""What customers sent besides text: fetched once, kept as files named by their ids, listed for agents."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Engine

from jieda.store.database import reading
from jieda.store.wechat_tables import attachments

SIZE_MAX = 10 * 1024 * 1024
"""Bytes of an attachment."""
TRIES_MAX = 5


class AttachmentState(str, Enum):
    """Where an attachment stands: to be fetched, kept, refused for what it is, or not to be had any more."""

    WANTED = "wanted"
    KEPT = "kept"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True)
class Attachment:
    """A file of a conversation. `seq` is the message it came with; size in bytes."""

    id: str
    conversation_id: str
    seq: int
    account: str
    media_id: str
    state: AttachmentState
    tries: int = 0
    media_type: str | None = None
    size: int | None = None
    sha256: str | None = None


_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def sniffed(data: bytes) -> str | None:
    """The media type of an image, by its first bytes; None for anything else, whatever it is said to be."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for begins, media_type in _SIGNATURES if data.startswith(begins)), None)


class AttachmentBook:
    """The attachments; their files lie in a folder of `home`."""

    def __init__(self, engine: Engine, home: Path) -> None:
        self._engine = engine
        self._folder = home / "attachments"

    def want(self, conversation_id: str, seq: int, account: str, media_id: str, at: datetime) -> str:
        """Notes what is to be fetched; the same message again gives the id that stands."""
        here = (attachments.c.conversation_id == conversation_id, attachments.c.seq == seq)
        with self._engine.begin() as connection:
            known = connection.execute(select(attachments.c.id).where(*here)).scalar()
            if known is not None:
                return str(known)
            made = secrets.token_urlsafe(16)
            connection.execute(
                insert(attachments).values(
                    id=made,
                    conversation_id=conversation_id,
                    seq=seq,
                    account=account,
                    media_id=media_id,
                    state=AttachmentState.WANTED.value,
                    tries=0,
                    created_at=at,
                )
            )
        return made

    def wanted(self) -> list[Attachment]:
        return self._some(attachments.c.state == AttachmentState.WANTED.value)

    def of(self, conversation_id: str) -> list[Attachment]:
        """A conversation's attachments, in order."""
        return self._some(attachments.c.conversation_id == conversation_id)

    def find(self, attachment_id: str) -> Attachment | None:
        return next(iter(self._some(attachments.c.id == attachment_id)), None)

    def keep(self, attachment_id: str, data: bytes) -> AttachmentState:
        """Keeps an image; refuses what is none, or too large."""
        media_type = sniffed(data)
        if media_type is None or len(data) > SIZE_MAX:
            self.settle(attachment_id, AttachmentState.REFUSED, "type" if media_type is None else "size")
            return AttachmentState.REFUSED
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, made = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(made).replace(self.file(attachment_id))
        digest = hashlib.sha256(data).hexdigest()
        self._update(
            attachment_id,
            state=AttachmentState.KEPT.value,
            media_type=media_type,
            size=len(data),
            sha256=digest,
        )
        return AttachmentState.KEPT

    def settle(self, attachment_id: str, state: AttachmentState, reason: str) -> None:
        self._update(attachment_id, state=state.value, reason=reason)

    def tried(self, attachment: Attachment) -> None:
        """Counts a failed try; after the last one the attachment is gone."""
        self._update(attachment.id, tries=attachment.tries + 1)
        if attachment.tries + 1 >= TRIES_MAX:
            self.settle(attachment.id, AttachmentState.GONE, "tries")

    def file(self, attachment_id: str) -> Path:
        return self._folder / attachment_id

    def erase_files(self, attachment_ids: Iterable[str]) -> None:
        for each in attachment_ids:
            self.file(each).unlink(missing_ok=True)

    def _update(self, attachment_id: str, **values: Any) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(attachments).where(attachments.c.id == attachment_id).values(values))

    def _some(self, *where: Any) -> list[Attachment]:
        query = select(attachments).where(*where).order_by(attachments.c.conversation_id, attachments.c.seq)
        with reading(self._engine) as connection:
            return [
                Attachment(
                    id=row["id"],
                    conversation_id=row["conversation_id"],
                    seq=row["seq"],
                    account=row["account"],
                    media_id=row["media_id"],
                    state=AttachmentState(row["state"]),
                    tries=row["tries"],
                    media_type=row["media_type"],
                    size=row["size"],
                    sha256=row["sha256"],
                )
                for row in connection.execute(query).mappings()
            ]
