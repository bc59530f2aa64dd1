"""The audit log, for supervisors."""

from __future__ import annotations

from functools import partial
from typing import Any

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jieda.agents import Session
from jieda.gateway.desk.guard import for_supervisors
from jieda.gateway.desk.rendering import page, part
from jieda.gateway.desk.transcripts import day_end, day_start
from jieda.gateway.services import services

PAGE = 100
_VALUE_MAX = 64
_ID_MAX = 2**31 - 1


@for_supervisors
async def audit_page(request: Request, session: Session) -> Response:
    """`GET /desk/audit?actor=&action=&since=&until=`"""
    log = services(request).audit
    choices = {"actors": await to_thread.run_sync(log.actors), "actions": await to_thread.run_sync(log.actions)}
    return page(request, session, "desk/audit.html", **await _listed(request), choices=choices)


@for_supervisors
async def audit_part(request: Request, session: Session) -> Response:
    """`GET /desk/parts/audit`: the table, or with `before` further rows of it."""
    context = await _listed(request)
    return part(request, session, "desk/audit_rows.html" if context["before"] else "desk/audit_table.html", **context)


ROUTES: list[BaseRoute] = [
    Route("/desk/audit", audit_page, name="desk_audit"),
    Route("/desk/parts/audit", audit_part),
]


async def _listed(request: Request) -> dict[str, Any]:
    query = request.query_params
    since, until = day_start(query.get("since")), day_end(query.get("until"))
    actor, action = query.get("actor", "")[:_VALUE_MAX], query.get("action", "")[:_VALUE_MAX]
    given = query.get("before", "")
    before = min(int(given), _ID_MAX) if given.isascii() and given.isdigit() else None
    read = partial(
        services(request).audit.entries,
        before=before,
        limit=PAGE + 1,
        actor=actor.replace("\0", "") or None,
        action=action.replace("\0", "") or None,
        since=since,
        until=until,
    )
    found = await to_thread.run_sync(read)
    fields = {
        "actor": actor,
        "action": action,
        "since": f"{since:%Y-%m-%d}" if since else "",
        "until": query["until"] if until else "",
    }
    return {
        "entries": found[:PAGE],
        "next": found[PAGE - 1].id if len(found) > PAGE else None,
        "before": before,
        "filters": fields,
        "chosen": {name: value for name, value in fields.items() if value},
    }
