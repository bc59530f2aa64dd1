"""The three panes and the pieces of them that htmx fetches: queue, conversation, details."""

from __future__ import annotations

import functools
from http import HTTPStatus
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jieda.agents import Session
from jieda.gateway.desk import access, canned
from jieda.gateway.desk.forms import form_text
from jieda.gateway.desk.guard import for_agents
from jieda.gateway.desk.rendering import page, part
from jieda.gateway.desk.shown import opened, queue_context
from jieda.gateway.errors import ApiError
from jieda.gateway.services import services
from jieda.policy import Language, policy
from jieda.store.notes import LABEL_MAX, NOTE_MAX
from jieda.store.queue import CursorInvalid, View
from jieda.wording import wording

_QUERY_MAX = 200
_CURSOR_MAX = 200


@for_agents
async def queue_page(request: Request, session: Session) -> Response:
    """`GET /desk/?view=&q=`"""
    return page(request, session, "desk/workspace.html", **await _workspace(request, session), opened=None)


@for_agents
async def conversation_page(request: Request, session: Session) -> Response:
    """`GET /desk/conversations/{id}`: the three panes with that conversation open."""
    context = await _workspace(request, session)
    return page(request, session, "desk/workspace.html", **context, **await _opened(request, session))


@for_agents
async def queue_part(request: Request, session: Session) -> Response:
    """`GET /desk/parts/queue?view=&q=&opened=`: the list, and the counts beside it."""
    context = await _queue(request, session)
    return part(request, session, "desk/queue_part.html", **context, swapped=True)


@for_agents
async def conversation_part(request: Request, session: Session) -> Response:
    """`GET /desk/parts/conversations/{id}`"""
    return part(request, session, "desk/opened.html", **await _opened(request, session))


@for_agents
async def head_part(request: Request, session: Session) -> Response:
    """`GET /desk/parts/conversations/{id}/head`: who has it, and which moves this agent may make."""
    return part(request, session, "desk/head.html", **await _opened(request, session))


@for_agents
async def details_part(request: Request, session: Session) -> Response:
    """`GET /desk/parts/conversations/{id}/details`"""
    return part(request, session, "desk/details.html", **await _opened(request, session))


@for_agents
async def wechat_part(request: Request, session: Session) -> Response:
    """`GET /desk/parts/conversations/{id}/wechat`"""
    return part(request, session, "desk/wechat.html", **await _opened(request, session))


@for_agents
async def add_note(request: Request, session: Session) -> Response:
    """`POST /desk/parts/conversations/{id}/notes` with `text`"""
    await access.changing(request)
    text = await form_text(request, "text", NOTE_MAX)
    add = functools.partial(services(request).notes.add, _id(request), session.agent.name, text, at=access.now())
    await to_thread.run_sync(add)
    return part(request, session, "desk/notes.html", **await _opened(request, session))


@for_agents
async def add_label(request: Request, session: Session) -> Response:
    """`POST /desk/parts/conversations/{id}/labels` with `label`"""
    await access.changing(request)
    label = await form_text(request, "label", LABEL_MAX)
    add = functools.partial(services(request).notes.label, _id(request), label, session.agent.name, at=access.now())
    await to_thread.run_sync(add)
    return part(request, session, "desk/labels.html", **await _opened(request, session))


@for_agents
async def remove_label(request: Request, session: Session) -> Response:
    """`DELETE /desk/parts/conversations/{id}/labels?label=`"""
    await access.changing(request)
    await to_thread.run_sync(services(request).notes.unlabel, _id(request), request.query_params.get("label", ""))
    return part(request, session, "desk/labels.html", **await _opened(request, session))


@for_agents
async def canned_part(request: Request, session: Session) -> Response:
    """`GET /desk/parts/conversations/{id}/canned`: the replies kept ready, in both languages."""
    found = (await _opened(request, session))["opened"]
    number = found.cases[0].case.number if found.cases else None
    replies = {each.value: canned.replies(each, session.agent.name, number) for each in Language}
    return part(request, session, "desk/canned.html", replies=replies)


@for_agents
async def colleagues_part(request: Request, session: Session) -> Response:
    """`GET /desk/parts/colleagues`: whom a conversation can be transferred to."""
    there = await to_thread.run_sync(services(request).agents.on_duty, access.now())
    others = [each for each in there if each.name != session.agent.name]
    return part(request, session, "desk/colleagues.html", colleagues=others)


ROUTES: list[BaseRoute] = [
    Route("/desk/", queue_page, name="desk_queue"),
    Route("/desk/conversations/{id}", conversation_page, name="desk_conversation"),
    Route("/desk/parts/queue", queue_part),
    Route("/desk/parts/colleagues", colleagues_part),
    Route("/desk/parts/conversations/{id}", conversation_part),
    Route("/desk/parts/conversations/{id}/head", head_part),
    Route("/desk/parts/conversations/{id}/details", details_part),
    Route("/desk/parts/conversations/{id}/wechat", wechat_part),
    Route("/desk/parts/conversations/{id}/canned", canned_part),
    Route("/desk/parts/conversations/{id}/notes", add_note, methods=["POST"]),
    Route("/desk/parts/conversations/{id}/labels", add_label, methods=["POST"]),
    Route("/desk/parts/conversations/{id}/labels", remove_label, methods=["DELETE"]),
]


def _id(request: Request) -> str:
    return str(request.path_params["id"])


async def _workspace(request: Request, session: Session) -> dict[str, Any]:
    apps = [app.name for app in policy().apps]
    return {**await _queue(request, session), "intents": intents(session.agent.language), "apps": apps}


async def _queue(request: Request, session: Session) -> dict[str, Any]:
    query = request.query_params
    view = query.get("view") or View.WAITING.value
    if view not in {each.value for each in View}:
        view = View.WAITING.value
    words, after = query.get("q", "")[:_QUERY_MAX], query.get("after") or None
    try:
        found = await to_thread.run_sync(
            queue_context, services(request), session.agent, View(view), words, after and after[:_CURSOR_MAX]
        )
    except CursorInvalid as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, error.code, "after is none that a list gave.") from error
    return {**found, "opened_id": request.path_params.get("id") or query.get("opened")}


async def _opened(request: Request, session: Session) -> dict[str, Any]:
    at_work = services(request)
    return {
        "opened": await to_thread.run_sync(opened, at_work, _id(request), session.agent.language),
        "known_labels": await to_thread.run_sync(at_work.notes.labels_in_use),
    }


@functools.cache
def intents(language: Language) -> dict[str, str]:
    """What each intent means, as the bot itself words it."""
    prefix = "utter_wish_"
    return {name.removeprefix(prefix): wording().say(name, language) for name in wording().names(prefix)}
