"""Errors as the API gives them: `{"error": {"code", "message"}}` with a fitting status."""

from __future__ import annotations

from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, ExceptionHandler, Message, Receive, Scope, Send

from jieda.conversations import (
    ChoiceUnknown,
    ConversationClosed,
    ConversationUnknown,
    HeldInWeChat,
    LedgerError,
    MoveConflict,
    MoveNotAllowed,
)

log = structlog.get_logger(__name__)

_LEDGER_STATUS: dict[type[LedgerError], HTTPStatus] = {
    ConversationUnknown: HTTPStatus.NOT_FOUND,
    ChoiceUnknown: HTTPStatus.NOT_FOUND,
    ConversationClosed: HTTPStatus.CONFLICT,
    MoveConflict: HTTPStatus.CONFLICT,
    MoveNotAllowed: HTTPStatus.CONFLICT,
    HeldInWeChat: HTTPStatus.CONFLICT,
}


class ApiError(Exception):
    """A request that is refused, and why."""

    def __init__(self, status: HTTPStatus, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def error_response(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers)


async def _on_api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error_response(error.status, error.code, error.message, error.headers)


async def _on_ledger_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, LedgerError)
    return error_response(_LEDGER_STATUS[type(error)], error.code, (error.__doc__ or "").strip().splitlines()[0])


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers) if error.headers else None
    return error_response(status, status.name.lower(), f"{request.method} {request.url.path}: {status.phrase}", headers)


HANDLERS: dict[int | type[Exception], ExceptionHandler] = {
    ApiError: _on_api_error,
    **dict.fromkeys(_LEDGER_STATUS, _on_ledger_error),
    HTTPException: _on_http_error,
}


class Unforeseen:
    """ASGI middleware, the innermost: what nobody foresaw is logged and answered like any other error."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            if scope["type"] != "http" or begun:
                raise
            log.error("request_failed", method=scope["method"], path=scope["path"], error=type(error).__name__)
            told = "The request could not be served; try again."
            await error_response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", told)(scope, receive, send)
