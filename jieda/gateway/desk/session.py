"""Signing in and out, and being on duty."""

from __future__ import annotations

import math
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jieda.agents import SESSION_LENGTH, AccountLocked, Session, SignInRefused
from jieda.gateway.desk import access
from jieda.gateway.errors import ApiError
from jieda.gateway.requests import invalid, json_object, text_field
from jieda.gateway.services import services
from jieda.policy import Language

log = structlog.get_logger(__name__)

_NAME_MAX, _PASSWORD_MAX = 64, 1_024
_PATH = "/desk"
_UNSTORED = {"Cache-Control": "no-store"}


async def sign_in(request: Request) -> Response:
    """`POST /desk/api/session`: a new session, whatever cookie came with it; that one's session is ended."""
    at_work = services(request)
    at_work.sign_ins.spend(request)
    await access.from_here(request)
    body = await json_object(request)
    name, password = text_field(body, "name", _NAME_MAX), text_field(body, "password", _PASSWORD_MAX)
    now = access.now()
    try:
        token, session = await to_thread.run_sync(partial(at_work.agents.sign_in, name, password, at=now))
    except AccountLocked as error:
        await access.audit(request, None, "sign_in_locked", name)
        wait = max(math.ceil((error.until - now).total_seconds()), 1)
        told = "Too many failed sign-ins; try again later."
        raise ApiError(HTTPStatus.TOO_MANY_REQUESTS, error.code, told, {"Retry-After": str(wait)}) from error
    except SignInRefused as error:
        await access.audit(request, None, "sign_in_refused", name)
        raise ApiError(HTTPStatus.UNAUTHORIZED, error.code, "Name and password do not fit.") from error
    if old := request.cookies.get(access.COOKIE):
        await to_thread.run_sync(at_work.agents.sign_out, old)
    await access.audit(request, session, "signed_in", name)
    answer = JSONResponse(_shown(session), headers=_UNSTORED)
    answer.set_cookie(
        access.COOKIE,
        token,
        max_age=int(SESSION_LENGTH.total_seconds()),
        path=_PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer


async def who(request: Request) -> Response:
    """`GET /desk/api/session`: who is signed in, and the CSRF token."""
    session = await access.signed_in(request)
    return JSONResponse(_shown(session), headers=_UNSTORED)


async def sign_out(request: Request) -> Response:
    """`DELETE /desk/api/session`"""
    session = await access.changing(request)
    await to_thread.run_sync(services(request).agents.sign_out, request.cookies[access.COOKIE])
    await access.audit(request, session, "signed_out", session.agent.name)
    answer = Response(status_code=HTTPStatus.NO_CONTENT)
    answer.delete_cookie(access.COOKIE, path=_PATH, httponly=True, samesite="strict")
    return answer


async def duty(request: Request) -> Response:
    """`PUT /desk/api/duty`"""
    session = await access.changing(request)
    body = await json_object(request)
    if not isinstance(on := body.get("on"), bool):
        raise invalid("on wants true or false.")
    agent = session.agent.name
    await to_thread.run_sync(partial(services(request).agents.set_duty, agent, on, at=access.now()))
    await access.audit(request, session, "duty_on" if on else "duty_off", agent)
    return JSONResponse({"agent": agent, "on": on})


async def language(request: Request) -> Response:
    """`PUT /desk/api/language` `{"language": "zh"|"en"}`: the language of the desk for this agent."""
    session = await access.changing(request)
    body = await json_object(request)
    try:
        chosen = Language(str(body.get("language")))
    except ValueError as error:
        raise invalid("language wants zh or en.") from error
    await to_thread.run_sync(services(request).agents.set_language, session.agent.name, chosen)
    return JSONResponse({"language": chosen.value})


ROUTES = [
    Route("/session", sign_in, methods=["POST"]),
    Route("/session", who, methods=["GET"]),
    Route("/session", sign_out, methods=["DELETE"]),
    Route("/duty", duty, methods=["PUT"]),
    Route("/language", language, methods=["PUT"]),
]


def _shown(session: Session) -> dict[str, Any]:
    return {
        "agent": session.agent.name,
        "role": session.agent.role.value,
        "csrf": session.csrf,
        "language": session.agent.language.value,
        "on_duty": session.agent.on_duty,
    }
