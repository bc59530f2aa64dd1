"""What WeChat pushes and what is replied, as XML (mp: receiving messages, passive replies).

Bodies are parsed without a tree, so that neither depth nor size of what comes costs anything; declarations of types and
entities are refused.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, XMLParser

from jieda.gateway.wechat.crypto import Sealed

BODY_MAX = 64 * 1024
"""Bytes of a push; WeChat's texts have 2048 at most."""
_DEPTH_MAX, _ELEMENTS_MAX = 8, 400
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:[xX]0*([0-9a-fA-F]{1,8})|0*([0-9]{1,9}));")
_ID_MAX = 64
_NAME = re.compile(r"[A-Za-z0-9_@.\-]{1,128}")


class PushUnreadable(ValueError):
    """A body that is no push of WeChat's. `str()` says why, without quoting it."""

    code = "push_unreadable"


@dataclass(frozen=True)
class Push:
    """A message or event of a user. `created` is WeChat's time, in seconds since 1970."""

    to: str
    sender: str
    created: int
    kind: str
    message_id: str | None = None
    text: str = ""
    event: str = ""
    event_key: str = ""
    media_id: str = ""
    menu_id: str | None = None
    """Of the menu item that was clicked, when WeChat gave one."""
    fields: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_event(self) -> bool:
        return self.kind == "event"

    @property
    def key(self) -> str:
        """The same for each repetition of a push, and for nothing else."""
        if self.message_id is not None:
            return f"m:{self.message_id}"
        parts = (self.sender, str(self.created), self.event or self.kind, self.event_key)
        return "e:" + hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class _Flat:
    """Collects the text of each element below the root, by its name; nested ones by their path."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []
        self._text: list[str] = []
        self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        self._path.append(tag)
        self._text = []
        if len(self._path) > _DEPTH_MAX or self._count > _ELEMENTS_MAX:
            raise PushUnreadable("too deep, or too many elements")

    def data(self, data: str) -> None:
        self._text.append(data)

    def end(self, tag: str) -> None:
        name = "/".join(self._path[1:])
        if name:
            if name in self.fields and "/" not in name:
                raise PushUnreadable("an element stands twice")
            self.fields[name] = "".join(self._text).strip()
        self._path.pop()
        self._text = []

    def close(self) -> dict[str, str]:
        return self.fields


def fields_of(body: bytes) -> dict[str, str]:
    """The elements of a push. Control characters, which WeChat is known to send, are dropped. Raises PushUnreadable."""
    if len(body) > BODY_MAX:
        raise PushUnreadable("too large")
    text = _REFERENCE.sub(_fitting, _UNFIT.sub("", body.decode("utf-8", "replace").removeprefix("\ufeff"))).strip()
    if not text.startswith("<"):
        raise PushUnreadable("no XML")
    parser = XMLParser(target=_Flat(), forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(text)
        found: dict[str, str] = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise error if isinstance(error, PushUnreadable) else PushUnreadable("no well-formed XML") from error
    return found


def _fitting(reference: re.Match[str]) -> str:
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    return "" if number > 0x10FFFF or _UNFIT.match(chr(number)) else reference[0]


def push_of(found: dict[str, str]) -> Push:
    """A push from its elements. Raises PushUnreadable."""
    sender, to, kind = found.get("FromUserName", ""), found.get("ToUserName", ""), found.get("MsgType", "").lower()
    if not _NAME.fullmatch(sender) or not _NAME.fullmatch(to):
        raise PushUnreadable("FromUserName or ToUserName is missing or no name")
    if not re.fullmatch(r"[a-z_]{1,32}", kind):
        raise PushUnreadable("MsgType is missing or no type")
    created = found.get("CreateTime", "")
    if not re.fullmatch(r"[0-9]{1,12}", created):
        raise PushUnreadable("CreateTime is missing or no time")
    message_id = found.get("MsgId") or None
    if kind != "event" and (message_id is None or not re.fullmatch(r"[0-9A-Za-z_\-]{1,64}", message_id)):
        raise PushUnreadable("MsgId is missing or no id")
    recognised = found.get("Recognition", "") if kind == "voice" else found.get("Content", "")
    return Push(
        to=to,
        sender=sender,
        created=int(created),
        kind=kind,
        message_id=None if kind == "event" else message_id,
        text=recognised,
        event=found.get("Event", ""),
        event_key=found.get("EventKey", "")[:_ID_MAX],
        media_id=found.get("MediaId", "")[:256],
        menu_id=found.get("bizmsgmenuid"),
        fields=found,
    )


# --- replies


def cdata(text: str) -> str:
    """Text as character data; the characters that would end it are parted."""
    return "<![CDATA[" + _UNFIT.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


def text_reply(push: Push, text: str, at: int) -> str:
    """A passive reply in words."""
    return _reply(push, at, "text", f"<Content>{cdata(text)}</Content>")


def transfer_reply(push: Push, at: int, kf_account: str | None = None) -> str:
    """Hands the message, and the session with it, to WeChat's own customer service."""
    if push.is_event:
        raise ValueError("events are never transferred")
    to = "" if kf_account is None else f"<TransInfo><KfAccount>{cdata(kf_account)}</KfAccount></TransInfo>"
    return _reply(push, at, "transfer_customer_service", to)


def _reply(push: Push, at: int, kind: str, rest: str) -> str:
    return (
        f"<xml><ToUserName>{cdata(push.sender)}</ToUserName><FromUserName>{cdata(push.to)}</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType>{cdata(kind)}</MsgType>{rest}</xml>"
    )


def sealed_reply(sealed: Sealed) -> str:
    """An encrypted reply in its envelope."""
    return (
        f"<xml><Encrypt>{cdata(sealed.encrypted)}</Encrypt><MsgSignature>{cdata(sealed.msg_signature)}</MsgSignature>"
        f"<TimeStamp>{sealed.timestamp}</TimeStamp><Nonce>{cdata(sealed.nonce)}</Nonce></xml>"
    )


def menu(head: str, items: list[tuple[str, str]], tail: str = "") -> dict[str, Any]:
    """A msgmenu for the official account's API: items are ids and titles."""
    return {
        "msgtype": "msgmenu",
        "msgmenu": {
            "head_content": head,
            "list": [{"id": identity, "content": title} for identity, title in items],
            "tail_content": tail,
        },
    }


def kf_menu(head: str, items: list[tuple[str, str]], tail: str = "") -> dict[str, Any]:
    """A msgmenu for customer service."""
    return {
        "msgtype": "msgmenu",
        "msgmenu": {
            "head_content": head,
            "list": [{"type": "click", "click": {"id": identity, "content": title}} for identity, title in items],
            "tail_content": tail,
        },
    }


def words(text: str) -> dict[str, Any]:
    """A text message for either API."""
    return {"msgtype": "text", "text": {"content": text}}
