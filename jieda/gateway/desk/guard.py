"""Who may open a page: an agent who is signed in; everybody else is led to the sign-in page."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from jieda.agents import Session
from jieda.cases import CaseUnknown
from jieda.conversations import ConversationUnknown
from jieda.gateway.desk import access
from jieda.gateway.desk.rendering import page
from jieda.gateway.errors import ApiError

PageRoute = Callable[[Request, Session], Awaitable[Response]]


def for_agents(route: PageRoute) -> Callable[[Request], Awaitable[Response]]:
    """A route for who is signed in; what is refused or not there is told on a page of the desk."""

    @functools.wraps(route)
    async def guarded(request: Request) -> Response:
        session = await access.session_of(request)
        if session is None:
            return _to_sign_in(request)
        try:
            return await route(request, session)
        except (ConversationUnknown, CaseUnknown):
            return trouble(request, session, HTTPStatus.NOT_FOUND)
        except ApiError as error:
            return trouble(request, session, error.status)

    return guarded


def for_supervisors(route: PageRoute) -> Callable[[Request], Awaitable[Response]]:
    """A route that agents are refused, which is audited."""

    @functools.wraps(route)
    async def only(request: Request, session: Session) -> Response:
        return await route(request, await access.supervising(request, session))

    return for_agents(only)


def trouble(request: Request, session: Session, status: int) -> Response:
    """The page that says what went wrong."""
    return page(request, session, "desk/error.html", status, status=int(status))


def _to_sign_in(request: Request) -> Response:
    if "hx-request" in request.headers:
        return Response(status_code=HTTPStatus.UNAUTHORIZED)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/desk/sign-in?next={quote(here, safe='')}", HTTPStatus.SEE_OTHER)
