"""The pages of cases: a list with filters, and one case with its clock, contact and history."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jieda.agents import Session
from jieda.cases import Case, CaseNote, CaseStatus, CaseUnknown
from jieda.clock import clock
from jieda.gateway.desk.guard import for_agents
from jieda.gateway.desk.rendering import page, part
from jieda.gateway.desk.shown import CONTACT, ShownCase, masked_value
from jieda.gateway.errors import ApiError
from jieda.gateway.services import Services, services
from jieda.hours import support_hours
from jieda.policy import Category, Severity
from jieda.sla import first_response

PAGE = 50
_QUERY_MAX = 100
_AFTER_MAX = 100_000
_Choice = TypeVar("_Choice", CaseStatus, Severity, Category)


@for_agents
async def cases_page(request: Request, session: Session) -> Response:
    """`GET /desk/cases?status=&severity=&category=&q=`; without a status those that nobody has acknowledged."""
    return page(request, session, "desk/cases.html", **await _list(request))


@for_agents
async def cases_part(request: Request, session: Session) -> Response:
    """`GET /desk/parts/cases`: the table, or with `after` further rows of it."""
    context = await _list(request)
    return part(request, session, "desk/case_rows.html" if context["first"] else "desk/case_table.html", **context)


@for_agents
async def case_page(request: Request, session: Session) -> Response:
    """`GET /desk/cases/{number}`"""
    return page(request, session, "desk/case.html", **await _one(request))


@for_agents
async def case_part(request: Request, session: Session) -> Response:
    """`GET /desk/parts/cases/{number}`"""
    return part(request, session, "desk/case_body.html", **await _one(request))


ROUTES: list[BaseRoute] = [
    Route("/desk/cases", cases_page, name="desk_cases"),
    Route("/desk/cases/{number}", case_page, name="desk_case"),
    Route("/desk/parts/cases", cases_part),
    Route("/desk/parts/cases/{number}", case_part),
]


async def _list(request: Request) -> dict[str, Any]:
    query = request.query_params
    status = _choice(CaseStatus, query.get("status", CaseStatus.OPEN.value))
    severity, category = _choice(Severity, query.get("severity")), _choice(Category, query.get("category"))
    after = query.get("after", "0")
    if not (after.isascii() and after.isdigit() and int(after) <= _AFTER_MAX):
        raise ApiError(HTTPStatus.BAD_REQUEST, "invalid", "after wants a whole number.")
    words = query.get("q", "")[:_QUERY_MAX]

    def read() -> list[Case]:
        book = services(request).cases
        fitting = partial(book.listed, status=status, severity=severity, category=category, words=words)
        return fitting(first=int(after), limit=PAGE + 1)

    found = await to_thread.run_sync(read)
    chosen = {"status": status, "severity": severity, "category": category}
    filters = {name: value.value if value else "" for name, value in chosen.items()}
    return {
        "cases": [_shown(each) for each in found[:PAGE]],
        "first": int(after),
        "next": int(after) + PAGE if len(found) > PAGE else None,
        "filters": {**filters, "q": words},
        "statuses": [each.value for each in CaseStatus],
        "severities": [each.value for each in Severity],
        "categories": [each.value for each in Category],
    }


async def _one(request: Request) -> dict[str, Any]:
    number = str(request.path_params["number"])
    case, notes = await to_thread.run_sync(_read, services(request), number)
    contact = {name: getattr(case.request, name) for name in CONTACT}
    return {
        "shown": _shown(case),
        "notes": notes,
        "contact": {name: masked_value(name, value) for name, value in contact.items() if value},
    }


def _read(at_work: Services, number: str) -> tuple[Case, list[CaseNote]]:
    """Raises CaseUnknown."""
    case = at_work.cases.find(number)
    if case is None:
        raise CaseUnknown(number)
    return case, at_work.cases.notes(number)


def _shown(case: Case) -> ShownCase:
    return ShownCase(case, first_response(case, clock().now(), support_hours()))


def _choice(kind: type[_Choice], value: str | None) -> _Choice | None:
    """None for "all" and for what there is none of."""
    return kind(value) if value in {each.value for each in kind} else None
