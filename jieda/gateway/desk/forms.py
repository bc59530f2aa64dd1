"""Fields of a form that htmx sends, checked."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request

from jieda.gateway.errors import ApiError
from jieda.gateway.requests import BODY_MAX, text_field


async def form_text(request: Request, name: str, longest: int) -> str:
    """A field with something in it, without blanks around it. Raises ApiError."""
    return text_field(await form_fields(request), name, longest).strip()


async def form_fields(request: Request) -> dict[str, str]:
    """All fields; of several of a name the last. Raises ApiError."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            told = f"The form is larger than {BODY_MAX} bytes."
            raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", told)
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict"))
    except ValueError as error:
        raise ApiError(HTTPStatus.BAD_REQUEST, "bad_form", "The body is not a form in UTF-8.") from error
