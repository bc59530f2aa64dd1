"""The sign-in page, the script that pages load from an installed package, and the page for what is not there."""

from __future__ import annotations

import functools
import importlib.util
from http import HTTPStatus
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from jieda.agents import Session
from jieda.gateway.desk import access
from jieda.gateway.desk.guard import for_agents, trouble
from jieda.gateway.desk.rendering import keep_language, page
from jieda.policy import Language

HOME = "/desk/"


async def sign_in(request: Request) -> Response:
    """`GET /desk/sign-in?next=&lang=`"""
    onward = _within_the_desk(request.query_params.get("next"))
    if await access.session_of(request) is not None:
        return RedirectResponse(onward, HTTPStatus.SEE_OTHER)
    wanted = request.query_params.get("lang")
    chosen = Language(wanted) if wanted in {each.value for each in Language} else None
    response = page(request, None, "desk/sign_in.html", spoken=chosen, next=onward)
    if chosen is not None:
        keep_language(response, chosen)
    return response


async def htmx(request: Request) -> Response:
    """`GET /desk/htmx.min.js`, from the folder of the package it is installed with."""
    return FileResponse(_htmx_file(), media_type="text/javascript", headers={"Cache-Control": "no-cache"})


async def home(request: Request) -> Response:
    """`GET /desk`"""
    return RedirectResponse(HOME, HTTPStatus.SEE_OTHER)


@for_agents
async def missing(request: Request, session: Session) -> Response:
    """Whatever else lies under `/desk/`."""
    return trouble(request, session, HTTPStatus.NOT_FOUND)


ROUTES: list[BaseRoute] = [
    Route("/desk", home),
    Route("/desk/sign-in", sign_in, name="desk_sign_in"),
    Route("/desk/htmx.min.js", htmx),
]
LAST: list[BaseRoute] = [Route("/desk/{path:path}", missing)]


@functools.cache
def _htmx_file() -> Path:
    # Found, not imported: the package is Django's in its form, and Django is not here.
    found = importlib.util.find_spec("js_lib_htmx")
    if found is None or found.origin is None:
        raise FileNotFoundError("django-js-lib-htmx is not installed: run make setup")
    return Path(found.origin).parent / "static" / "htmx" / "htmx.min.js"


def _within_the_desk(path: str | None) -> str:
    """Where to go after sign-in; nowhere but the desk, whatever a link asks for."""
    fine = path is not None and path.startswith("/desk/") and "\\" not in path and not path.startswith("/desk/sign-in")
    return path if fine and path is not None else HOME
