"""Whether the process lives, whether it can serve, and its figures."""

from __future__ import annotations

from http import HTTPStatus

import prometheus_client
from anyio import to_thread
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jieda.gateway.services import services


async def lives(request: Request) -> Response:
    """`GET /healthz`"""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """`GET /readyz`: store and Rasa answer."""
    at_work = services(request)
    found = {"store": await _store_answers(request), "rasa": await at_work.rasa.ready()}
    status = HTTPStatus.OK if all(found.values()) else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({part: "ok" if fine else "unavailable" for part, fine in found.items()}, status)


async def metrics(request: Request) -> Response:
    """`GET /metrics`"""
    return Response(prometheus_client.generate_latest(), media_type=prometheus_client.CONTENT_TYPE_LATEST)


async def _store_answers(request: Request) -> bool:
    try:
        await to_thread.run_sync(services(request).ledger.check)
    except SQLAlchemyError:
        return False
    return True


ROUTES = [Route("/healthz", lives), Route("/readyz", ready), Route("/metrics", metrics)]
