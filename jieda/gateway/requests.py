"""What is read from a request: JSON bodies and numbers of the query, checked."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from jieda.gateway.errors import ApiError

BODY_MAX = 64 * 1024
"""Bytes of a request's body."""
_INTEGER_MAX = 2**31 - 1


def invalid(message: str) -> ApiError:
    return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", message)


async def json_object(request: Request) -> dict[str, Any]:
    """The body, a JSON object in UTF-8 without lone surrogates. Raises ApiError."""
    try:
        found = json.loads((await _body(request)).decode("utf-8"))
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, "bad_json", "The body is not JSON in UTF-8.") from error
    if not isinstance(found, dict):
        raise ApiError(HTTPStatus.BAD_REQUEST, "bad_json", "The body wants a JSON object.")
    return found


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            raise ApiError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", f"The body is larger than {BODY_MAX} bytes."
            )
    return body


def text_field(body: dict[str, Any], name: str, longest: int) -> str:
    """A string of the body with something in it. Raises ApiError."""
    value = body.get(name)
    if not isinstance(value, str):
        raise invalid(f"{name} wants a string.")
    if not value.strip():
        raise invalid(f"{name} is empty.")
    if len(value) > longest:
        raise invalid(f"{name} is longer than {longest} characters.")
    return value


def count(value: str | None, name: str) -> int:
    """A whole number from 0; 0 when it is not given. Raises ApiError."""
    if value is None or value == "":
        return 0
    if not (value.isascii() and value.isdigit()) or len(value) > 10 or int(value) > _INTEGER_MAX:
        raise ApiError(HTTPStatus.BAD_REQUEST, "invalid", f"{name} wants a whole number from 0 to {_INTEGER_MAX}.")
    return int(value)


def seconds(value: str | None, name: str, longest: float) -> float:
    """A number of seconds from 0, cut to the longest; 0 when it is not given. Raises ApiError."""
    if value is None or value == "":
        return 0.0
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ApiError(HTTPStatus.BAD_REQUEST, "invalid", f"{name} wants a number of seconds from 0.")
    return min(number, longest)


def wants_list(request: Request) -> bool:
    """Whether events are wanted as a list rather than a stream."""
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/event-stream" not in accept
