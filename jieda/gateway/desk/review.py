"""Review of what the bot took customers' messages for, and the worklist of it."""

from __future__ import annotations

import functools
from functools import partial
from http import HTTPStatus
from itertools import groupby
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jieda.agents import Session
from jieda.conversations import MessageEvent
from jieda.gateway.desk import access
from jieda.gateway.desk.forms import form_fields
from jieda.gateway.desk.guard import for_agents
from jieda.gateway.desk.rendering import intent_title, page, part
from jieda.gateway.errors import ApiError
from jieda.gateway.services import services
from jieda.intents import group, known_intents
from jieda.policy import Language
from jieda.reviews import Review, ReviewedMessage, ReviewNotAllowed, Verdict
from jieda.store.cursors import CursorInvalid
from jieda.store.reviews import Worklist
from jieda.store.transcripts import Summary

_CURSOR_MAX = 200
_SEQ_MAX = 2**31 - 1
_WITHDRAWN = "none"


@for_agents
async def worklist_page(request: Request, session: Session) -> Response:
    """`GET /desk/review?list=unseen|wrong|ready|exported`"""
    return page(request, session, "desk/review.html", **await _worklist(request, session))


@for_agents
async def worklist_part(request: Request, session: Session) -> Response:
    """`GET /desk/parts/review?list=&after=`: further rows."""
    return part(request, session, "desk/review_rows.html", **await _worklist(request, session))


@for_agents
async def say(request: Request, session: Session) -> Response:
    """`POST /desk/parts/transcripts/{id}/reviews/{seq}` with `verdict`, or with the right `intent`."""
    await access.changing(request)
    fields = await form_fields(request)
    conversation_id, seq = str(request.path_params["id"]), min(int(request.path_params["seq"]), _SEQ_MAX)
    chosen = fields.get("intent") or None
    verdict = fields.get("verdict") or (Verdict.CORRECTED.value if chosen else "")
    book = services(request).reviews
    if chosen is not None and chosen not in known_intents():
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "intent wants one of the domain.")
    try:
        if verdict == _WITHDRAWN:
            message = await to_thread.run_sync(book.withdraw, conversation_id, seq)
        else:
            saying = partial(book.say, conversation_id, seq, Verdict(verdict), session.agent.name, at=access.now())
            message = await to_thread.run_sync(partial(saying, intent=chosen))
    except ReviewNotAllowed as error:
        raise ApiError(HTTPStatus.CONFLICT, error.code, (error.__doc__ or "").strip()) from error
    except ValueError as error:
        raise ApiError(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "verdict wants right, wrong or corrected."
        ) from error
    shown = {"message": message, "intents": intents_by_group(session.agent.language), "fresh": True}
    return part(request, session, "desk/review_form.html", **shown)


ROUTES: list[BaseRoute] = [
    Route("/desk/review", worklist_page, name="desk_review"),
    Route("/desk/parts/review", worklist_part),
    Route("/desk/parts/transcripts/{id}/reviews/{seq:int}", say, methods=["POST"]),
]


@functools.cache
def intents_by_group(language: Language) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Groups with the intents of each and what they mean."""
    return tuple(
        (name, tuple((intent, intent_title(intent, language.value)) for intent in of_group))
        for name, of_group in groupby(known_intents(), key=group)
    )


def message_of(summary: Summary, event: MessageEvent, review: Review | None) -> ReviewedMessage:
    """A message of a transcript as it is reviewed."""
    return ReviewedMessage(
        conversation_id=summary.conversation.id,
        seq=event.seq,
        text=event.text,
        at=event.at,
        understood=event.intent,
        confidence=event.confidence,
        names=summary.names,
        review=review,
    )


async def _worklist(request: Request, session: Session) -> dict[str, Any]:
    wanted = request.query_params.get("list")
    worklist = Worklist(wanted) if wanted in {each.value for each in Worklist} else Worklist.UNSEEN
    after = request.query_params.get("after") or None
    try:
        found, more = await to_thread.run_sync(
            services(request).reviews.listed, worklist, after and after[:_CURSOR_MAX]
        )
    except CursorInvalid as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, error.code, "after is none that a list gave.") from error
    return {
        "messages": found,
        "next": more,
        "worklist": worklist.value,
        "worklists": [each.value for each in Worklist],
        "intents": intents_by_group(session.agent.language),
    }
