"""Transcripts at the desk: search and filters, one conversation to read and review, and exports; all masked.

What was said is shown in full only on request, which is audited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from jieda.agents import Session
from jieda.clock import CHINA, clock
from jieda.conversations import RATINGS, Author, Channel, ConversationUnknown, MessageEvent
from jieda.gateway.desk import access
from jieda.gateway.desk.guard import for_agents
from jieda.gateway.desk.rendering import page, part
from jieda.gateway.desk.review import intents_by_group, message_of
from jieda.gateway.errors import ApiError
from jieda.gateway.services import services
from jieda.policy import Category, Language, Severity
from jieda.store.cursors import CursorInvalid
from jieda.store.transcripts import Filters, Page, Transcript
from jieda.transcript_export import as_csv, as_dict, as_json_lines

_QUERY_MAX, _CURSOR_MAX, _VALUE_MAX = 200, 200, 64
_LOW = frozenset({1, 2})
Writer = Callable[[Iterable[Transcript]], Iterator[str]]


@for_agents
async def transcripts_page(request: Request, session: Session) -> Response:
    """`GET /desk/transcripts`; its query has the fields of the form."""
    at_work = services(request)
    choices: dict[str, Any] = {
        "channels": [each.value for each in Channel],
        "categories": [each.value for each in Category],
        "languages": [each.value for each in Language],
        "severities": [each.value for each in Severity],
        "agents": await to_thread.run_sync(at_work.transcripts.agents),
        "known_labels": await to_thread.run_sync(at_work.notes.labels_in_use),
        "ratings": [str(each) for each in RATINGS],
    }
    return page(request, session, "desk/transcripts.html", **await _listed(request), **choices)


@for_agents
async def transcripts_part(request: Request, session: Session) -> Response:
    """`GET /desk/parts/transcripts`: the table, or with `after` further rows of it."""
    context = await _listed(request)
    template = "desk/transcript_rows.html" if context["after"] else "desk/transcript_table.html"
    return part(request, session, template, **context)


@for_agents
async def transcript_page(request: Request, session: Session) -> Response:
    """`GET /desk/transcripts/{id}`"""
    return page(request, session, "desk/transcript.html", **await _one(request, session), revealed=False)


@for_agents
async def revealed_part(request: Request, session: Session) -> Response:
    """`POST /desk/parts/transcripts/{id}/reveal`: what was said, in full."""
    await access.changing(request)
    context = await _one(request, session)
    await access.audit(request, session, "transcript_revealed", _id(request))
    return part(request, session, "desk/transcript_events.html", **context, revealed=True)


@for_agents
async def print_page(request: Request, session: Session) -> Response:
    """`GET /desk/transcripts/{id}/print`"""
    context = await _one(request, session)
    await access.audit(request, session, "transcript_exported", _id(request), "print")
    return page(request, session, "desk/transcript_print.html", **context, revealed=False)


@for_agents
async def json_export(request: Request, session: Session) -> Response:
    """`GET /desk/transcripts/{id}/export.json`"""
    transcript = (await _one(request, session))["transcript"]
    await access.audit(request, session, "transcript_exported", _id(request), "json")
    return JSONResponse(as_dict(transcript), headers=_attached(f"{_id(request)}.json"))


@for_agents
async def csv_export(request: Request, session: Session) -> Response:
    """`GET /desk/transcripts/export.csv`, with the filters of the list"""
    return await _selection(request, session, "csv", as_csv, "text/csv; charset=utf-8")


@for_agents
async def jsonl_export(request: Request, session: Session) -> Response:
    """`GET /desk/transcripts/export.jsonl`, with the filters of the list"""
    return await _selection(request, session, "jsonl", as_json_lines, "application/jsonl; charset=utf-8")


ROUTES: list[BaseRoute] = [
    Route("/desk/transcripts", transcripts_page, name="desk_transcripts"),
    Route("/desk/transcripts/export.csv", csv_export),
    Route("/desk/transcripts/export.jsonl", jsonl_export),
    Route("/desk/transcripts/{id}", transcript_page, name="desk_transcript"),
    Route("/desk/transcripts/{id}/print", print_page),
    Route("/desk/transcripts/{id}/export.json", json_export),
    Route("/desk/parts/transcripts", transcripts_part),
    Route("/desk/parts/transcripts/{id}/reveal", revealed_part, methods=["POST"]),
]


def day_start(value: str | None) -> datetime | None:
    """The beginning of a day (2026-11-27) in China; None for anything else."""
    try:
        day = date.fromisoformat(value or "")
        return datetime(day.year, day.month, day.day, tzinfo=CHINA)
    except (ValueError, OverflowError):
        return None


def day_end(value: str | None) -> datetime | None:
    """The end of a day in China; None for anything else."""
    start = day_start(value)
    return start + timedelta(days=1) if start is not None and start.year < date.max.year else None


def _id(request: Request) -> str:
    return str(request.path_params["id"])


def _filters(request: Request) -> tuple[Filters, dict[str, str]]:
    """What is filtered by, and the fields of the form as they were understood."""
    query = request.query_params
    since, until = day_start(query.get("since")), day_end(query.get("until"))
    rating = query.get("rating", "")
    ratings = _LOW if rating == "low" else frozenset({int(rating)} if rating in map(str, RATINGS) else ())
    filters = Filters(
        words=query.get("q", "").strip()[:_QUERY_MAX],
        since=since,
        until=until,
        channel=_one_of(query.get("channel"), Channel),
        category=_one_of(query.get("category"), Category),
        language=_one_of(query.get("language"), Language),
        severity=_one_of(query.get("severity"), Severity),
        agent=(query.get("agent") or "")[:_VALUE_MAX].replace("\0", "") or None,
        label=(query.get("label") or "")[:_VALUE_MAX].replace("\0", "") or None,
        fallback={"yes": True, "no": False}.get(query.get("fallback", "")),
        satisfaction=ratings,
    )
    named = {name: getattr(filters, name) or "" for name in ("channel", "category", "language", "severity", "agent")}
    fields = {
        "q": filters.words,
        "since": f"{since:%Y-%m-%d}" if since else "",
        "until": query["until"] if until else "",
        **named,
        "label": filters.label or "",
        "fallback": {True: "yes", False: "no", None: ""}[filters.fallback],
        "rating": rating if ratings else "",
    }
    return filters, fields


def _one_of(value: str | None, kind: type[Any]) -> str | None:
    return value if value in {each.value for each in kind} else None


async def _listed(request: Request) -> dict[str, Any]:
    filters, fields = _filters(request)
    after = request.query_params.get("after") or None

    def read() -> Page:
        return services(request).transcripts.page(filters, after and after[:_CURSOR_MAX])

    try:
        found = await to_thread.run_sync(read)
    except CursorInvalid as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, error.code, "after is none that a list gave.") from error
    chosen = {name: value for name, value in fields.items() if value}
    return {"summaries": found.summaries, "next": found.after, "after": after, "filters": fields, "chosen": chosen}


async def _one(request: Request, session: Session) -> dict[str, Any]:
    at_work, conversation_id = services(request), _id(request)
    try:
        transcript = await to_thread.run_sync(at_work.transcripts.of, conversation_id)
    except ConversationUnknown:
        await access.audit(request, session, "conversation_unknown", conversation_id)
        raise
    reviews = await to_thread.run_sync(at_work.reviews.of, conversation_id)
    return {
        "transcript": transcript,
        "pictures": await to_thread.run_sync(at_work.wechat.attachments.of, conversation_id),
        "reviewed": {
            each.seq: message_of(transcript.summary, each, reviews.get(each.seq))
            for each in transcript.events
            if isinstance(each, MessageEvent) and each.author is Author.CUSTOMER and not transcript.summary.erased
        },
        "intents": intents_by_group(session.agent.language),
    }


async def _selection(request: Request, session: Session, kind: str, write: Writer, media_type: str) -> Response:
    filters, fields = _filters(request)
    # Which fields were filled in, not with what: words that were searched for may be personal.
    await access.audit(
        request, session, "transcripts_exported", kind, ", ".join(name for name, value in fields.items() if value)
    )
    # Written from a thread, step by step, as it is sent.
    lines = write(services(request).transcripts.all(filters))
    name = f"transcripts-{clock().now():%Y%m%d-%H%M}.{kind}"
    return StreamingResponse(_bunched(lines), media_type=media_type, headers=_attached(name))


def _bunched(lines: Iterator[str], size: int = 64 * 1024) -> Iterator[str]:
    """The lines in pieces worth sending."""
    gathered, length = [], 0
    for line in lines:
        gathered.append(line)
        length += len(line)
        if length >= size:
            yield "".join(gathered)
            gathered, length = [], 0
    yield "".join(gathered)


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
