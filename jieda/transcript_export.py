"""Transcripts written out: JSON, JSON Lines and CSV, with personal data masked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

from jieda.conversations import MessageEvent
from jieda.masking import mask_text
from jieda.store.transcripts import Transcript

COLUMNS = (
    *("conversation_id", "channel", "language", "category", "severity", "satisfaction", "labels"),
    *("seq", "at", "author", "agent", "text", "intent", "confidence"),
)
_FORMULA = tuple("=+-@＝＋－＠\t\r\n")
"""How a cell begins that a spreadsheet might reckon (OWASP, CSV injection), in full width as well."""


def as_dict(transcript: Transcript) -> dict[str, Any]:
    """A conversation with all that was said, and each move of ownership."""
    summary, conversation = transcript.summary, transcript.summary.conversation
    word = transcript.satisfaction_word
    return {
        "conversation_id": conversation.id,
        "channel": conversation.channel.value,
        "language": conversation.language and conversation.language.value,
        "category": conversation.category,
        "severity": conversation.severity,
        "owner": conversation.owner.value,
        "created_at": _iso(summary.created_at),
        "updated_at": _iso(summary.updated_at),
        "satisfaction": summary.satisfaction,
        "satisfaction_word": word and mask_text(word, summary.names),
        "labels": list(summary.labels),
        "events": [_event(each, summary.names) for each in transcript.events],
    }


def as_json_lines(transcripts: Iterable[Transcript]) -> Iterator[str]:
    """A conversation a line."""
    for each in transcripts:
        yield json.dumps(as_dict(each), ensure_ascii=False) + "\n"


def as_csv(transcripts: Iterable[Transcript]) -> Iterator[str]:
    """A message a row, with the columns of its conversation. No cell is taken for a formula."""
    # Excel takes a file for UTF-8 when it begins with the mark of it.
    yield "\ufeff" + _line(COLUMNS)
    for each in transcripts:
        whole = as_dict(each)
        of_conversation = {**whole, "labels": "; ".join(whole["labels"])}
        for event in whole["events"]:
            if event["type"] == "message":
                row = {**of_conversation, **event}
                yield _line([safe_cell(row.get(column)) for column in COLUMNS])


def safe_cell(value: object) -> str:
    """A cell that stands for itself in a spreadsheet: what might be a formula gets an apostrophe in front."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if text.lstrip(" \u00a0\u3000").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _event(event: Any, names: Iterable[str]) -> dict[str, Any]:
    known: dict[str, Any] = {"seq": event.seq, "at": _iso(event.at)}
    if not isinstance(event, MessageEvent):
        moved = {"owner": event.owner.value, "agent": event.agent, "actor": event.actor, "reason": event.reason}
        return {**known, "type": "owner", **moved}
    return {
        **known,
        "type": "message",
        "author": event.author.value,
        "agent": event.agent,
        "text": mask_text(event.text, names),
        "intent": event.intent,
        "confidence": event.confidence,
    }


def _line(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _iso(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
