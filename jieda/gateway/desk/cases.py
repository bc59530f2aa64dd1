"""Cases over the desk's JSON API: list, one, acknowledge, resolve, reopen; and one opened by an agent."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar

import structlog
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from jieda.agents import Session
from jieda.cases import Case, CaseMoveNotAllowed, CaseNote, CaseRequest, CaseStatus, CaseUnknown
from jieda.clock import clock
from jieda.contact import ContactError, parse_email, parse_phone
from jieda.conversations import MoveNotAllowed, Owner
from jieda.gateway.desk import access
from jieda.gateway.desk.conversations import known_id
from jieda.gateway.desk.shown import CONTACT, masked_value
from jieda.gateway.errors import ApiError
from jieda.gateway.events import iso
from jieda.gateway.requests import count, invalid, json_object, text_field
from jieda.gateway.services import services
from jieda.gateway.wakeups import DESK
from jieda.hours import support_hours
from jieda.policy import Category, Language, Severity
from jieda.sla import first_response

log = structlog.get_logger(__name__)

_PAGE, _QUERY_MAX, _ID_MAX, _TEXT_MAX = 50, 200, 128, 1_000
_UNSTORED = {"Cache-Control": "no-store"}
_Known = TypeVar("_Known", bound=Enum)


async def listed(request: Request) -> Response:
    """`GET /desk/api/cases?status=&severity=&category=&q=&after=`"""
    await access.signed_in(request)
    query = request.query_params
    first = count(query.get("after"), "after")
    look_up = partial(
        services(request).cases.listed,
        status=_one_of(CaseStatus, query.get("status"), "status"),
        severity=_one_of(Severity, query.get("severity"), "severity"),
        category=_one_of(Category, query.get("category"), "category"),
        words=query.get("q", "")[:_QUERY_MAX],
        first=first,
        limit=_PAGE + 1,
    )
    found = await to_thread.run_sync(look_up)
    more = str(first + _PAGE) if len(found) > _PAGE else None
    return JSONResponse({"cases": [shown_case(case) for case in found[:_PAGE]], "next": more}, headers=_UNSTORED)


async def detail(request: Request) -> Response:
    """`GET /desk/api/cases/{number}`: with what was added to it; personal data masked."""
    session = await access.signed_in(request)
    case = await _known_case(request, session)
    added = await to_thread.run_sync(services(request).cases.notes, case.number)
    return JSONResponse({**shown_case(case), "notes": [_note(each) for each in added]}, headers=_UNSTORED)


async def reveal(request: Request) -> Response:
    """`POST /desk/api/cases/{number}/reveal`: the contact details in full; audited."""
    session = await access.changing(request)
    case = await _known_case(request, session)
    await access.audit(request, session, "contact_revealed", case.number)
    return JSONResponse({name: getattr(case.request, name) for name in CONTACT}, headers=_UNSTORED)


async def acknowledge(request: Request) -> Response:
    """`POST /desk/api/cases/{number}/acknowledge`"""
    return await _change(request, "acknowledged", lambda cases, agent: partial(cases.acknowledge, by=agent, at=_now()))


async def resolve(request: Request) -> Response:
    """`POST /desk/api/cases/{number}/resolve`"""
    return await _change(request, "resolved", lambda cases, agent: partial(cases.resolve, by=agent, at=_now()))


async def reopen(request: Request) -> Response:
    """`POST /desk/api/cases/{number}/reopen`"""
    return await _change(request, "reopened", lambda cases, agent: cases.reopen)


async def open_case(request: Request) -> Response:
    """`POST /desk/api/conversations/{id}/cases`: by the agent who talks to the customer; the bot knows of it later.

    `{"client_request_id", "category", "summary", "contact_name", "company", "severity"?, "affected_app"?,
    "contact_phone"?, "contact_email"?}`, one of telephone and e-mail.
    """
    session = await access.changing(request)
    at_work, conversation_id = services(request), await known_id(request, session)
    conversation = await to_thread.run_sync(at_work.ledger.conversation, conversation_id)
    if conversation.owner is not Owner.ASSIGNED or conversation.agent != session.agent.name:
        raise MoveNotAllowed(conversation_id)
    body = await json_object(request)
    key = text_field(body, "client_request_id", _ID_MAX)
    asked = CaseRequest(
        conversation_id=conversation_id,
        language=conversation.language or Language.ZH,
        category=_one_of(Category, text_field(body, "category", _ID_MAX), "category") or Category.TECHNICAL,
        severity=_one_of(Severity, body.get("severity"), "severity") or Severity.NON_CRITICAL,
        summary=text_field(body, "summary", _TEXT_MAX),
        contact_name=text_field(body, "contact_name", _ID_MAX),
        company=text_field(body, "company", _ID_MAX),
        affected_app=text_field(body, "affected_app", _ID_MAX) if body.get("affected_app") else None,
        contact_phone=_contact(body, "contact_phone", parse_phone),
        contact_email=_contact(body, "contact_email", parse_email),
    )
    if asked.contact_phone is None and asked.contact_email is None:
        raise invalid("One of contact_phone and contact_email is wanted.")
    now = clock().now()
    due = support_hours().due(asked.severity, now)
    opening = partial(at_work.cases.open, asked, key=f"{conversation_id}:desk:{key}", opened_at=now, due_at=due)
    case = await to_thread.run_sync(opening)
    await access.audit(request, session, "case_opened", case.number)
    await at_work.wakeups.wake(DESK)
    return JSONResponse(shown_case(case), HTTPStatus.CREATED)


ROUTES = [
    Route("/cases", listed, methods=["GET"]),
    Route("/cases/{number}", detail, methods=["GET"]),
    Route("/cases/{number}/reveal", reveal, methods=["POST"]),
    Route("/cases/{number}/acknowledge", acknowledge, methods=["POST"]),
    Route("/cases/{number}/resolve", resolve, methods=["POST"]),
    Route("/cases/{number}/reopen", reopen, methods=["POST"]),
    Route("/conversations/{id}/cases", open_case, methods=["POST"]),
]


def shown_case(case: Case) -> dict[str, Any]:
    """A case with its first-response clock; personal data masked."""
    asked = case.request
    response = first_response(case, clock().now(), support_hours())
    contact = {
        name: masked_value(name, value) if (value := getattr(asked, name)) is not None else None for name in CONTACT
    }
    return {
        "number": case.number,
        "conversation_id": asked.conversation_id,
        "status": case.status.value,
        "category": asked.category.value,
        "severity": asked.severity.value,
        "language": asked.language.value,
        "affected_app": asked.affected_app,
        "summary": asked.summary,
        **contact,
        "opened_at": iso(case.opened_at),
        "due_at": iso(case.due_at),
        "acknowledged_at": case.acknowledged_at and iso(case.acknowledged_at),
        "acknowledged_by": case.acknowledged_by,
        "resolved_at": case.resolved_at and iso(case.resolved_at),
        "resolved_by": case.resolved_by,
        "first_response": {
            "state": response.state.value,
            "share": round(response.share, 3),
            "seconds_left": int(response.left.total_seconds()),
        },
    }


async def _change(request: Request, done: str, changing: Callable[[Any, str], Callable[[str], Case]]) -> Response:
    session = await access.changing(request)
    case = await _known_case(request, session)
    change = changing(services(request).cases, session.agent.name)
    try:
        case = await to_thread.run_sync(change, case.number)
    except CaseMoveNotAllowed as error:
        told = f"A case that is {case.status.value} is not {done}."
        raise ApiError(HTTPStatus.CONFLICT, error.code, told) from error
    await access.audit(request, session, f"case_{done}", case.number)
    log.info(f"case_{done}", case=case.number, conversation=case.request.conversation_id, by=session.agent.name)
    await services(request).wakeups.wake(DESK)
    return JSONResponse(shown_case(case))


async def _known_case(request: Request, session: Session) -> Case:
    number = str(request.path_params["number"])
    case = await to_thread.run_sync(services(request).cases.find, number)
    if case is None:
        await access.audit(request, session, "case_unknown", number)
        raise ApiError(HTTPStatus.NOT_FOUND, CaseUnknown.code, "There is no such case.")
    return case


def _one_of(known: type[_Known], value: Any, name: str) -> _Known | None:
    if value is None or value == "":
        return None
    try:
        return known(value)
    except ValueError as error:
        raise invalid(f"{name} wants one of {', '.join(str(each.value) for each in known)}.") from error


def _contact(body: dict[str, Any], name: str, parse: Callable[[str], str]) -> str | None:
    if body.get(name) is None:
        return None
    try:
        return parse(text_field(body, name, _ID_MAX))
    except ContactError as error:
        raise invalid(f"{name}: {error.code.value}.") from error


def _note(note: CaseNote) -> dict[str, Any]:
    return {"author": note.author.value, "text": note.text, "at": iso(note.at)}


def _now() -> Any:
    return clock().now()
