"""Conversations over the desk's JSON API: lists, moves of ownership, messages, events, notes and labels."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jieda import notices
from jieda.agents import Agent, Session
from jieda.brief import PERSONAL, summary
from jieda.conversations import MESSAGE_MAX, Conversation, ConversationUnknown, MoveConflict, MoveNotAllowed, Owner
from jieda.gateway.desk import access
from jieda.gateway.desk.live import DeskFeed, Presence
from jieda.gateway.desk.shown import contact_of, masked_value
from jieda.gateway.desk.wechat import on_wechat
from jieda.gateway.errors import ApiError
from jieda.gateway.events import iso
from jieda.gateway.requests import count, invalid, json_object, seconds, text_field, wants_list
from jieda.gateway.services import services
from jieda.gateway.wakeups import DESK
from jieda.masking import mask_text
from jieda.store.notes import LABEL_MAX, NOTE_MAX, Note
from jieda.store.queue import SNIPPET, CursorInvalid, Listed, View

log = structlog.get_logger(__name__)

_ID_MAX, _NAME_MAX, _REASON_MAX, _QUERY_MAX, _CURSOR_MAX = 128, 64, 64, 200, 200
_WAIT_MAX = 25.0
_VERSION_MAX = 2**31 - 1
_UNSTORED = {"Cache-Control": "no-store"}


async def listed(request: Request) -> Response:
    """`GET /desk/api/conversations?view=&q=&after=`"""
    session = await access.signed_in(request)
    query = request.query_params
    try:
        view = View(query.get("view") or View.WAITING.value)
    except ValueError as error:
        raise invalid("view wants waiting, mine, open or all.") from error
    after = query.get("after") or None
    look_up = partial(
        services(request).queue.listed,
        view,
        session.agent.name,
        words=query.get("q", "")[:_QUERY_MAX],
        after=after and after[:_CURSOR_MAX],
    )
    try:
        page = await to_thread.run_sync(look_up)
    except CursorInvalid as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, error.code, "after is none that a list gave.") from error
    return JSONResponse({"conversations": [_row(each) for each in page.listed], "next": page.after}, headers=_UNSTORED)


async def detail(request: Request) -> Response:
    """`GET /desk/api/conversations/{id}`: the conversation, its brief (personal data masked), notes and labels."""
    session = await access.signed_in(request)
    at_work, conversation_id = services(request), await known_id(request, session)
    dossier = await to_thread.run_sync(at_work.dossiers.of, conversation_id)
    brief = dossier.brief
    shown: dict[str, Any] = {
        **_conversation(dossier.conversation),
        "created_at": iso(dossier.created_at),
        "page": dossier.page,
        "brief": None,
        "satisfaction": dossier.satisfaction,
        "satisfaction_word": dossier.satisfaction_word,
        "notes": [_note(each) for each in await to_thread.run_sync(at_work.notes.notes, conversation_id)],
        "labels": await to_thread.run_sync(at_work.notes.labels, conversation_id),
    }
    wechat = await to_thread.run_sync(on_wechat, at_work, conversation_id)
    if wechat is not None:
        shown["wechat"] = wechat.to_json()
    if brief is not None:
        details = {slot: masked_value(slot, value) for slot, value in brief.details.items()}
        shown["brief"] = {
            "summary": summary(brief, session.agent.language),
            "reason": brief.reason.value,
            "language": brief.language.value,
            "category": brief.category,
            "severity": brief.severity,
            "details": details,
            "misunderstood": brief.misunderstood,
            "failed": dict(brief.failed),
        }
    return JSONResponse(shown, headers=_UNSTORED)


async def reveal(request: Request) -> Response:
    """`POST /desk/api/conversations/{id}/reveal`: who the customer is and how to reach them, in full; audited."""
    session = await access.changing(request)
    at_work, conversation_id = services(request), await known_id(request, session)
    dossier = await to_thread.run_sync(at_work.dossiers.of, conversation_id)
    cases = await to_thread.run_sync(partial(at_work.cases.listed, conversation_id=conversation_id))
    await access.audit(request, session, "contact_revealed", conversation_id)
    contact = contact_of(dossier.brief, cases)
    return JSONResponse({name: contact.get(name) for name in ("company", *PERSONAL)}, headers=_UNSTORED)


# --- moves


async def claim(request: Request) -> Response:
    """`POST /desk/api/conversations/{id}/claim` `{"version", "reason"?}`"""
    return await _move(request, "claim", lambda at_work, *_: partial(at_work.claim, say=notices.agent_joined))


async def give_back(request: Request) -> Response:
    """`POST /desk/api/conversations/{id}/return` `{"version", "reason"?}`"""
    return await _move(request, "return", lambda at_work, *_: partial(at_work.give_back, say=notices.bot_back))


async def close(request: Request) -> Response:
    """`POST /desk/api/conversations/{id}/close` `{"version", "reason"?}`"""
    return await _move(
        request, "close", lambda at_work, *_: partial(at_work.close, question=notices.satisfaction_question)
    )


async def transfer(request: Request) -> Response:
    """`POST /desk/api/conversations/{id}/transfer` `{"version", "reason"?, "to"}`"""

    def moving(ownership: Any, to: Agent | None) -> Callable[..., Conversation]:
        if to is None:
            raise invalid("to wants the name of an agent.")
        return partial(ownership.transfer, to=to, say=notices.agent_changed)

    return await _move(request, "transfer", moving)


async def _move(
    request: Request, kind: str, moving: Callable[[Any, Agent | None], Callable[..., Conversation]]
) -> Response:
    session = await access.changing(request)
    at_work, conversation_id = services(request), await known_id(request, session)
    body = await json_object(request)
    version = body.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version <= _VERSION_MAX:
        raise invalid("version wants the number that was read.")
    reason = text_field(body, "reason", _REASON_MAX) if body.get("reason") is not None else kind
    to = await _colleague(request, body) if body.get("to") is not None else None
    move = partial(moving(at_work.ownership, to), conversation_id, version, session.agent)
    try:
        moved = await to_thread.run_sync(partial(move, at=access.now(), reason=reason))
    except (MoveConflict, MoveNotAllowed) as error:
        await access.audit(request, session, f"{kind}_{error.code}", conversation_id)
        raise await _refused(request, error, conversation_id) from error
    await access.audit(request, session, f"conversation_{kind}", conversation_id, to.name if to else None)
    log.info("conversation_moved", conversation=conversation_id, owner=moved.owner.value, by=session.agent.name)
    await at_work.wakeups.wake(conversation_id)
    await at_work.wakeups.wake(DESK)
    return JSONResponse({"owner": moved.owner.value, "agent": moved.agent, "version": moved.version})


async def _colleague(request: Request, body: dict[str, Any]) -> Agent:
    name = text_field(body, "to", _NAME_MAX)
    found = await to_thread.run_sync(services(request).agents.find, name)
    if found is None or found.disabled_at is not None:
        raise invalid("There is no such agent.")
    return found


async def _refused(request: Request, error: MoveConflict | MoveNotAllowed, conversation_id: str) -> ApiError:
    """The refusal, with who has the conversation now."""
    now = await to_thread.run_sync(services(request).ledger.conversation, conversation_id)
    has = f"{now.agent} has it" if now.owner is Owner.ASSIGNED else f"it is {now.owner.value}"
    told = (error.__doc__ or "").strip().splitlines()[0]
    return ApiError(HTTPStatus.CONFLICT, error.code, f"{told} Now {has}, in version {now.version}.")


# --- messages


async def write(request: Request) -> Response:
    """`POST /desk/api/conversations/{id}/messages`"""
    session = await access.changing(request)
    at_work, conversation_id = services(request), str(request.path_params["id"])
    body = await json_object(request)
    message_id = text_field(body, "client_message_id", _ID_MAX)
    text = text_field(body, "text", MESSAGE_MAX)
    writing = partial(
        at_work.ledger.write_as_agent, conversation_id, session.agent.name, message_id, text, access.now()
    )
    try:
        async with guessed_at(request, session, conversation_id):
            accepted = await to_thread.run_sync(writing)
    except MoveNotAllowed as error:
        await access.audit(request, session, "message_not_allowed", conversation_id)
        raise await _refused(request, error, conversation_id) from error
    if accepted.fresh:
        await at_work.wakeups.wake(conversation_id)
    return JSONResponse({"seq": accepted.seq}, HTTPStatus.ACCEPTED)


async def follow(request: Request) -> Response:
    """`GET /desk/api/conversations/{id}/events`, as in the chat API."""
    session = await access.signed_in(request)
    conversation = await known(request, session)
    query = request.query_params
    after = count(query.get("after"), "after")
    wait = seconds(query.get("wait"), "wait", _WAIT_MAX)
    if resumed := request.headers.get("last-event-id"):
        after = count(resumed, "Last-Event-ID")
    presence = Presence(services(request), request.cookies[access.COOKIE], session)
    feed = DeskFeed(services(request), conversation, after, presence)
    if wants_list(request):
        return JSONResponse(await feed.listed(wait), headers=_UNSTORED)
    return feed.stream()


# --- notes and labels


async def add_note(request: Request) -> Response:
    """`POST /desk/api/conversations/{id}/notes` `{"text"}`"""
    session = await access.changing(request)
    conversation_id = await known_id(request, session)
    text = text_field(await json_object(request), "text", NOTE_MAX)
    add = partial(services(request).notes.add, conversation_id, session.agent.name, text, at=access.now())
    return JSONResponse(_note(await to_thread.run_sync(add)), HTTPStatus.CREATED)


async def add_label(request: Request) -> Response:
    """`PUT /desk/api/conversations/{id}/labels/{label}`"""
    session = await access.changing(request)
    conversation_id, label = await known_id(request, session), str(request.path_params["label"]).strip()
    if not 0 < len(label) <= LABEL_MAX or not label.isprintable():
        raise invalid(f"A label has 1 to {LABEL_MAX} characters that can be seen.")
    add = partial(services(request).notes.label, conversation_id, label, session.agent.name, at=access.now())
    await to_thread.run_sync(add)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def remove_label(request: Request) -> Response:
    """`DELETE /desk/api/conversations/{id}/labels/{label}`"""
    session = await access.changing(request)
    conversation_id, label = await known_id(request, session), str(request.path_params["label"])
    await to_thread.run_sync(services(request).notes.unlabel, conversation_id, label)
    return Response(status_code=HTTPStatus.NO_CONTENT)


ROUTES = [
    Route("/conversations", listed, methods=["GET"]),
    Route("/conversations/{id}", detail, methods=["GET"]),
    Route("/conversations/{id}/reveal", reveal, methods=["POST"]),
    Route("/conversations/{id}/claim", claim, methods=["POST"]),
    Route("/conversations/{id}/return", give_back, methods=["POST"]),
    Route("/conversations/{id}/close", close, methods=["POST"]),
    Route("/conversations/{id}/transfer", transfer, methods=["POST"]),
    Route("/conversations/{id}/messages", write, methods=["POST"]),
    Route("/conversations/{id}/events", follow, methods=["GET"]),
    Route("/conversations/{id}/notes", add_note, methods=["POST"]),
    Route("/conversations/{id}/labels/{label}", add_label, methods=["PUT"]),
    Route("/conversations/{id}/labels/{label}", remove_label, methods=["DELETE"]),
]


async def known(request: Request, session: Session) -> Conversation:
    """The conversation of the path. Raises ConversationUnknown."""
    conversation_id = str(request.path_params["id"])
    async with guessed_at(request, session, conversation_id):
        return await to_thread.run_sync(services(request).ledger.conversation, conversation_id)


async def known_id(request: Request, session: Session) -> str:
    """The id of the path, of a conversation that there is. Raises ConversationUnknown."""
    return (await known(request, session)).id


@contextlib.asynccontextmanager
async def guessed_at(request: Request, session: Session, conversation_id: str) -> AsyncIterator[None]:
    """A conversation that is not there is audited: ids are not to be guessed at."""
    try:
        yield
    except ConversationUnknown:
        await access.audit(request, session, "conversation_unknown", conversation_id)
        raise


def _conversation(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "channel": conversation.channel.value,
        "language": conversation.language and conversation.language.value,
        "owner": conversation.owner.value,
        "agent": conversation.agent,
        "category": conversation.category,
        "severity": conversation.severity,
        "version": conversation.version,
        "waiting_since": conversation.waiting_since and iso(conversation.waiting_since),
    }


def _row(each: Listed) -> dict[str, Any]:
    return {
        **_conversation(each.conversation),
        "updated_at": iso(each.updated_at),
        "due_at": each.due_at and iso(each.due_at),
        "at_front": each.at_front,
        "snippet": mask_text(each.snippet, each.names)[:SNIPPET],
    }


def _note(note: Note) -> dict[str, Any]:
    return {"id": note.id, "agent": note.agent, "text": note.text, "at": iso(note.at)}
