"""Who may do what at the desk. What is refused to somebody who showed a cookie is audited."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta, timezone
from functools import partial
from http import HTTPStatus

import structlog
from anyio import to_thread
from starlette.requests import Request

from jieda.agents import Session
from jieda.gateway.errors import ApiError
from jieda.gateway.services import SIGN_OF_LIFE_SECONDS, Services, services

log = structlog.get_logger(__name__)

COOKIE = "jieda_desk"
CSRF_HEADER = "X-CSRF-Token"
NOBODY = "-"
"""The actor of an audit entry when it is not known who it was."""
_TOUCH_AFTER = timedelta(seconds=SIGN_OF_LIFE_SECONDS)
_LOOKED_UP = "desk_session"


async def session_of(request: Request) -> Session | None:
    """Who is signed in, looked up once a request; counts as a sign of life."""
    if hasattr(request.state, _LOOKED_UP):
        found: Session | None = getattr(request.state, _LOOKED_UP)
        return found
    token = request.cookies.get(COOKIE)
    session = None
    if token:
        session = await to_thread.run_sync(services(request).agents.session, token, now())
    if session is not None:
        await keep_alive(services(request), session)
    setattr(request.state, _LOOKED_UP, session)
    return session


async def signed_in(request: Request) -> Session:
    """The session of a request of the API. Raises ApiError."""
    session = await session_of(request)
    if session is None:
        if request.cookies.get(COOKIE):
            await audit(request, None, "session_refused")
        raise ApiError(HTTPStatus.UNAUTHORIZED, "unauthorized", "Sign in at the desk first.")
    return session


async def changing(request: Request) -> Session:
    """The session of a request that changes something: it bears the session's CSRF token. Raises ApiError."""
    session = await signed_in(request)
    await from_here(request)
    if not hmac.compare_digest(request.headers.get(CSRF_HEADER, "").encode(), session.csrf.encode()):
        await audit(request, session, "csrf_refused")
        raise ApiError(HTTPStatus.FORBIDDEN, "csrf", f"The session's token is wanted as {CSRF_HEADER}.")
    return session


async def supervising(request: Request, session: Session) -> Session:
    """Only a supervisor may go on. Raises ApiError."""
    if not session.agent.is_supervisor:
        await audit(request, session, "supervisor_only_refused")
        raise ApiError(HTTPStatus.FORBIDDEN, "forbidden", "Only supervisors may do that.")
    return session


async def from_here(request: Request) -> None:
    """No other site's page may send this, as far as the browser tells. Raises ApiError."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        await audit(request, None, "other_site_refused")
        raise ApiError(HTTPStatus.FORBIDDEN, "other_site", "The request comes from another site's page.")


async def audit(
    request: Request, session: Session | None, action: str, subject: str | None = None, detail: str | None = None
) -> None:
    """Keeps what was done or refused. Without a subject it is the path.

    Of what strangers try, only so much is kept of one address: the log is not theirs to fill.
    """
    if session is None and not services(request).strangers.allows(request):
        log.warning("refused", action=action, address=address(request))
        return
    await to_thread.run_sync(
        partial(
            services(request).audit.record,
            session.agent.name if session else NOBODY,
            action,
            at=now(),
            subject=subject or request.url.path,
            detail=detail,
            address=address(request),
        )
    )


async def keep_alive(at_work: Services, session: Session) -> None:
    """A sign of life of an agent, written down now and then: they are there, and what they hold stays theirs."""
    moment = now()
    if moment - session.seen_at < _TOUCH_AFTER or not at_work.signs_of_life.passes(session.id):
        return
    await to_thread.run_sync(partial(at_work.agents.touch, session, at=moment))
    await to_thread.run_sync(partial(at_work.ownership.heartbeat, session.agent.name, at=moment))


def address(request: Request) -> str | None:
    return request.client.host if request.client else None


def now() -> datetime:
    return datetime.now(timezone.utc)
