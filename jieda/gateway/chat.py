"""The chat API: a customer's browser begins a conversation, writes, and follows what is said."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import partial
from http import HTTPStatus
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jieda import notices
from jieda.conversations import MESSAGE_MAX, Author, Channel
from jieda.gateway.accepted import accepted_by
from jieda.gateway.events import EventFeed
from jieda.gateway.metrics import CONVERSATIONS, MESSAGES
from jieda.gateway.requests import count, invalid, json_object, seconds, text_field, wants_list
from jieda.gateway.services import services
from jieda.gateway.wakeups import DESK
from jieda.policy import Language

_ID_MAX, _PAGE_MAX = 128, 2_048
_WAIT_MAX = 25.0


async def begin(request: Request) -> Response:
    """`POST /api/conversations`"""
    at_work = services(request)
    at_work.new_conversations.spend(request)
    body = await json_object(request)
    language = _language(body)
    page = text_field(body, "page", _PAGE_MAX) if body.get("page") is not None else None
    conversation_id = await to_thread.run_sync(
        partial(at_work.ledger.begin, Channel.WEB, _now(), language=language, page=page)
    )
    CONVERSATIONS.labels(Channel.WEB.value).inc()
    made = {"conversation_id": conversation_id, "token": at_work.tokens.issue(conversation_id)}
    return JSONResponse(made, HTTPStatus.CREATED, {"Cache-Control": "no-store"})


async def write(request: Request) -> Response:
    """`POST /api/conversations/{id}/messages`"""
    at_work, conversation_id = services(request), _own_conversation(request)
    at_work.new_messages.spend(request)
    body = await json_object(request)
    message_id = text_field(body, "client_message_id", _ID_MAX)
    if (body.get("text") is None) == (body.get("choice") is None):
        raise invalid("One of text and choice is wanted.")
    said: dict[str, Any] = (
        {"text": text_field(body, "text", MESSAGE_MAX)}
        if body.get("text") is not None
        else {"choice": text_field(body, "choice", _ID_MAX)}
    )
    accepted = await to_thread.run_sync(partial(at_work.ledger.accept, conversation_id, message_id, _now(), **said))
    if accepted.fresh:
        MESSAGES.labels(Channel.WEB.value).inc()
        await accepted_by(at_work.ledger, at_work.wakeups, conversation_id, accepted, _now())
    if accepted.for_bot:
        at_work.turns.take_up(conversation_id)
    return JSONResponse({"seq": accepted.seq}, HTTPStatus.ACCEPTED)


async def follow(request: Request) -> Response:
    """`GET /api/conversations/{id}/events`"""
    at_work, conversation_id = services(request), _own_conversation(request)
    query = request.query_params
    after = count(query.get("after"), "after")
    wait = seconds(query.get("wait"), "wait", _WAIT_MAX)
    if resumed := request.headers.get("last-event-id"):
        after = count(resumed, "Last-Event-ID")
    await to_thread.run_sync(at_work.ledger.conversation, conversation_id)
    feed = EventFeed(at_work.ledger, at_work.wakeups, conversation_id, after)
    if wants_list(request):
        return JSONResponse(await feed.listed(wait), headers={"Cache-Control": "no-store"})
    return feed.stream()


async def typing(request: Request) -> Response:
    """`POST /api/conversations/{id}/typing` `{"on": bool}`: the agent who is there sees it."""
    at_work, conversation_id = services(request), _own_conversation(request)
    at_work.new_messages.spend(request)
    on = (await json_object(request)).get("on")
    if not isinstance(on, bool):
        raise invalid("on wants true or false.")
    typed = {"type": "typing", "author": Author.CUSTOMER.value, "on": on}
    await at_work.wakeups.wake(conversation_id, typed)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def place(request: Request) -> Response:
    """`GET /api/conversations/{id}/queue`: `{"position": int|null}`, the customer's place in the queue from 1."""
    conversation_id = _own_conversation(request)
    position = await to_thread.run_sync(services(request).ownership.position, conversation_id)
    return JSONResponse({"position": position}, headers={"Cache-Control": "no-store"})


async def back_to_bot(request: Request) -> Response:
    """`POST /api/conversations/{id}/bot`: the customer wants no person any more."""
    at_work, conversation_id = services(request), _own_conversation(request)
    at_work.new_messages.spend(request)
    move = partial(at_work.ownership.back_to_bot, conversation_id, at=_now(), say=notices.bot_wished)
    moved = await to_thread.run_sync(move)
    await at_work.wakeups.wake(conversation_id)
    await at_work.wakeups.wake(DESK)
    return JSONResponse({"owner": moved.owner.value})


ROUTES = [
    Route("/conversations", begin, methods=["POST"]),
    Route("/conversations/{id}/messages", write, methods=["POST"]),
    Route("/conversations/{id}/events", follow, methods=["GET"]),
    Route("/conversations/{id}/typing", typing, methods=["POST"]),
    Route("/conversations/{id}/queue", place, methods=["GET"]),
    Route("/conversations/{id}/bot", back_to_bot, methods=["POST"]),
]


def _own_conversation(request: Request) -> str:
    conversation_id = str(request.path_params["id"])
    services(request).tokens.check(request.headers.get("authorization"), conversation_id)
    return conversation_id


def _language(body: dict[str, Any]) -> Language | None:
    value = body.get("language")
    if value is None:
        return None
    try:
        return Language(value)
    except ValueError as error:
        raise invalid("language wants zh or en.") from error


def _now() -> datetime:
    return datetime.now(timezone.utc)
