"""Messages of the ledger as WeChat shows them: plain text in pieces of so many bytes, choices as menus or numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from jieda.conversations import Author, Choice, MessageEvent
from jieda.store.wechat_rows import Cursor

BYTES_MAX = 2048
"""UTF-8 bytes of one message (measured, not documented)."""
_ROOM_LEAST = 128

_URL = r"https?://[^\s<>\"'，。；：、！？（）【】《》“”]+"
_WHOLE = re.compile(
    rf"<a\b[^>]*>.*?</a>|{_URL}|\+?\d(?:[ -]?\d){{4,}}|SR\d{{8}}-[0-9A-Z]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.S
)
_LINK = re.compile(rf"\[([^\]\n]+)\]\(({_URL}?)\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.S)
_CODE = re.compile(r"```[a-zA-Z]*\n?|`")
_HEADING = re.compile(r"^#{1,6}[ \t]+", re.M)
_BULLET = re.compile(r"^([ \t]*)[*+-][ \t]+", re.M)
_MANY_LINES = re.compile(r"\n{3,}")
_SENTENCE_END = re.compile(r"\n\n|\n|[。！？；…]+[”’」』）)]*|[.!?;](?=\s)")
_PHRASE_END = re.compile(r"[，、,：:]|\s")
_OWN_NUMBER = re.compile(r"(\d{1,2})(?=[ .、])")
_JOINERS = "\u200d\ufe0f\ufe0e\u20e3"


def plain(text: str) -> str:
    """Without Markdown, which WeChat would show as it stands; links as plain links."""
    text = _LINK.sub(lambda found: found[1] if found[1] == found[2] else f"{found[1]} {found[2]}", text)
    text = _CODE.sub("", _STRONG.sub(r"\2", text))
    text = _BULLET.sub(r"\1· ", _HEADING.sub("", text))
    text = "".join(each for each in text if each in "\n\t" or unicodedata.category(each) != "Cc")
    return _MANY_LINES.sub("\n\n", text).strip()


def size(text: str) -> int:
    """UTF-8 bytes."""
    return len(text.encode("utf-8", "surrogatepass"))


def cut(text: str, limit: int) -> int:
    """Where to part a text that is too long: characters of the first piece, of `limit` bytes at most.

    At the end of a sentence if there is one in the second half, else of a phrase; never within a link, an address, a
    telephone or case number or a character made of several, unless that alone is too long.
    """
    longest, used = 0, 0
    for character in text:
        used += size(character)
        if used > limit:
            break
        longest += 1
    if longest == len(text):
        return longest
    whole = [found.span() for found in _WHOLE.finditer(text)]

    def allowed(at: int) -> bool:
        return not _joined(text, at) and not any(start < at < end for start, end in whole)

    for pattern in (_SENTENCE_END, _PHRASE_END):
        ends = [found.end() for found in pattern.finditer(text, 0, longest + 1) if found.end() <= longest]
        for end in reversed(ends):
            if end < longest // 2:
                break
            if allowed(end):
                return end
    for end in range(longest, 0, -1):
        if allowed(end):
            return end
    return max(longest, 1)


def _joined(text: str, at: int) -> bool:
    """Whether the characters on both sides of a place are shown as one."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if after in _JOINERS or before == "\u200d" or unicodedata.category(after) in ("Mn", "Me", "Mc"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if _regional(before) and _regional(after):
        start = at - 1
        while start > 0 and _regional(text[start - 1]):
            start -= 1
        return (at - start) % 2 == 1
    return False


def _regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


@dataclass(frozen=True)
class Piece:
    """One message to WeChat: its text, the choices under it, and where the ledger is delivered to with it."""

    text: str
    after: Cursor
    choices: tuple[Choice, ...] = ()
    author: Author = Author.BOT


def pieces(
    messages: Sequence[MessageEvent],
    before: Cursor,
    *,
    merged: bool,
    choices_as_text: str | None = None,
    limit: int = BYTES_MAX,
) -> list[Piece]:
    """What is to be delivered, in order; messages of one author share a piece while there is room.

    `merged`: those of all authors do, when every message counts. `choices_as_text`: choices become a numbered list with
    that line under it. Only the latest choices are offered; earlier ones were passed over.
    """
    made: list[Piece] = []
    offering = max((each.seq for each in messages if each.choices), default=0)
    offset = before.offset
    for message in messages:
        whole, choices = plain(message.text), message.choices if message.seq == offering else ()
        if choices and choices_as_text is not None:
            whole, choices = "\n".join([whole, *_lines(choices), choices_as_text]), ()
        text = whole[offset:].lstrip() or "…"
        start, offset = len(whole) - len(text), 0
        room = max(limit - _menu_size(choices), _ROOM_LEAST)
        last = made[-1] if made else None
        joins = last is not None and not last.choices and (merged or last.author is message.author)
        if joins and last is not None and size(last.text) + 2 + size(text) <= room:
            made[-1] = Piece(f"{last.text}\n\n{text}", Cursor(message.seq), choices, message.author)
            continue
        while size(text) > room:
            parted = cut(text, room)
            head, rest = text[:parted].rstrip(), text[parted:].lstrip()
            start += len(text) - len(rest)
            made.append(Piece(head, Cursor(message.seq - 1, start), (), message.author))
            text = rest
        made.append(Piece(text, Cursor(message.seq), choices, message.author))
    return made


def numbered(choices: Sequence[Choice]) -> dict[int, Choice]:
    """The numbers that customers choose by: those that the titles begin with if all do (5 is a rating), else 1, 2, …"""
    own = [_OWN_NUMBER.match(choice.title) for choice in choices]
    found = {int(each[1]): choice for each, choice in zip(own, choices, strict=True) if each}
    return found if len(found) == len(choices) else dict(enumerate(choices, 1))


def _lines(choices: Sequence[Choice]) -> list[str]:
    return [
        choice.title if _OWN_NUMBER.match(choice.title) else f"{number}. {choice.title}"
        for number, choice in numbered(choices).items()
    ]


def _menu_size(choices: Sequence[Choice]) -> int:
    return sum(size(choice.title) + 1 for choice in choices)
