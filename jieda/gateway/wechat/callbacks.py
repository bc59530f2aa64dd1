"""The routes that WeChat calls: verified before anything else, answered whatever happens."""

from __future__ import annotations

import asyncio
import secrets
import time
from http import HTTPStatus
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from jieda.gateway.errors import ApiError
from jieda.gateway.wechat.crypto import CallbackRefused, Envelope, check_signature
from jieda.gateway.wechat.kf import KfChannel
from jieda.gateway.wechat.messages import BODY_MAX, PushUnreadable, fields_of, push_of, sealed_reply
from jieda.gateway.wechat.official import OfficialChannel
from jieda.gateway.wechat.service import WeChat
from jieda.wechat_settings import Mode

log = structlog.get_logger(__name__)

ACKNOWLEDGED = "success"
SKEW_SECONDS = 24 * 3600
"""A callback dated further off is a replay, or a clock is wrong; what was pushed is remembered for longer."""
_ECHO_MAX = 1024
_CUT_SECONDS = 6.0


async def official(request: Request) -> Response:
    """`GET|POST /wechat/official/{account}`"""
    arrived = time.monotonic()
    wechat = _wechat(request)
    channel = wechat.official.get(str(request.path_params["account"]))
    if channel is None:
        raise _unknown()
    try:
        if request.method == "GET":
            return _official_echo(request, channel)
        return await _official_push(request, wechat, channel, arrived)
    except CallbackRefused as error:
        raise _refused(channel.key, str(error)) from error
    except PushUnreadable as error:
        raise _unreadable(channel.key, str(error)) from error
    except ApiError:
        raise
    except Exception as error:
        return await _pushed_again(channel.key, arrived, error)


async def kf(request: Request) -> Response:
    """`GET|POST /wechat/kf/{account}`"""
    arrived = time.monotonic()
    wechat = _wechat(request)
    channel = wechat.kf.get(str(request.path_params["account"]))
    if channel is None:
        raise _unknown()
    try:
        envelope = wechat.envelope(channel.key)
        if request.method == "GET":
            echo = _query(request, "echostr", _ECHO_MAX)
            return PlainTextResponse(_opened(request, wechat, envelope, echo).decode("utf-8", "replace"))
        return await _kf_call(request, wechat, channel, envelope)
    except CallbackRefused as error:
        raise _refused(channel.key, str(error)) from error
    except PushUnreadable as error:
        raise _unreadable(channel.key, str(error)) from error
    except ApiError:
        raise
    except Exception as error:
        return await _pushed_again(channel.key, arrived, error)


ROUTES = [
    Route("/wechat/official/{account}", official, methods=["GET", "POST"]),
    Route("/wechat/kf/{account}", kf, methods=["GET", "POST"]),
]


def _official_echo(request: Request, channel: OfficialChannel) -> Response:
    _check_plain_signature(request, channel)
    return PlainTextResponse(_query(request, "echostr", _ECHO_MAX))


async def _official_push(request: Request, wechat: WeChat, channel: OfficialChannel, arrived: float) -> Response:
    key: bytes | None = None
    if channel.account.mode is Mode.PLAIN:
        _check_plain_signature(request, channel)
        _check_date(request, wechat)
        found = fields_of(await _body(request))
    else:
        if request.query_params.get("encrypt_type") != "aes" or not request.query_params.get("msg_signature"):
            raise CallbackRefused("not encrypted, in a mode that encrypts")
        outer = fields_of(await _body(request))
        envelope = wechat.envelope(channel.key)
        opened = envelope.open(outer.get("Encrypt", ""), *_signed(request))
        _check_date(request, wechat)
        found, key = fields_of(opened.message), opened.key
    push = push_of(found)
    if push.to != channel.account.original_id:
        raise CallbackRefused("the push is for another account")
    answer = await channel.answer(push, arrived)
    if answer.xml is None:
        return PlainTextResponse(ACKNOWLEDGED)
    if key is None:
        return Response(answer.xml, media_type="application/xml")
    timestamp, nonce = str(int(wechat.now().timestamp())), str(secrets.randbelow(10**10))
    sealed = wechat.envelope(channel.key).seal(answer.xml.encode("utf-8", "replace"), timestamp, nonce, key)
    return Response(sealed_reply(sealed), media_type="application/xml")


async def _kf_call(request: Request, wechat: WeChat, channel: KfChannel, envelope: Envelope) -> Response:
    outer = fields_of(await _body(request))
    found = fields_of(_opened(request, wechat, envelope, outer.get("Encrypt", "")))
    ours = found.get("OpenKfId") in (None, "", channel.account.open_kfid)
    if found.get("Event") == "kf_msg_or_event" and ours:
        await channel.called(found.get("Token", "")[:128] or None)
    return PlainTextResponse(ACKNOWLEDGED)


def _opened(request: Request, wechat: WeChat, envelope: Envelope, encrypted: str) -> bytes:
    opened = envelope.open(encrypted, *_signed(request))
    _check_date(request, wechat)
    return opened.message


def _signed(request: Request) -> tuple[str, str, str]:
    return (
        _query(request, "timestamp", 20),
        _query(request, "nonce", 128),
        _query(request, "msg_signature", 128),
    )


def _check_plain_signature(request: Request, channel: OfficialChannel) -> None:
    signed = _query(request, "timestamp", 20), _query(request, "nonce", 128)
    check_signature(_query(request, "signature", 128), channel.account.token, *signed)


def _check_date(request: Request, wechat: WeChat) -> None:
    timestamp = request.query_params.get("timestamp", "")
    if not timestamp.isascii() or not timestamp.isdigit():
        raise CallbackRefused("the timestamp is no time")
    if abs(wechat.now().timestamp() - int(timestamp)) > SKEW_SECONDS:
        raise CallbackRefused("the timestamp is more than a day off")


def _query(request: Request, name: str, longest: int) -> str:
    value = request.query_params.get(name, "")
    if not value or len(value) > longest:
        raise CallbackRefused(f"{name} is missing or too long")
    return str(value)


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            raise ApiError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "The body is larger than any push.")
    return body


def _wechat(request: Request) -> WeChat:
    found: Any = request.app.state.services.wechat
    assert isinstance(found, WeChat)
    return found


async def _pushed_again(account: str, arrived: float, error: Exception) -> Response:
    """What could not be stored must not be acknowledged, nor shown to the customer as an error: unanswered, WeChat
    pushes it again."""
    log.error("wechat_push_failed", account=account, error=type(error).__name__)
    await asyncio.sleep(max(arrived + _CUT_SECONDS - time.monotonic(), 0))
    return PlainTextResponse(ACKNOWLEDGED)


def _unknown() -> ApiError:
    return ApiError(HTTPStatus.NOT_FOUND, "not_found", "There is no such account.")


def _refused(account: str, reason: str) -> ApiError:
    log.warning("wechat_callback_refused", account=account, reason=reason)
    return ApiError(HTTPStatus.FORBIDDEN, "refused", "The callback is not WeChat's.")


def _unreadable(account: str, reason: str) -> ApiError:
    log.warning("wechat_push_unreadable", account=account, reason=reason)
    return ApiError(HTTPStatus.BAD_REQUEST, "unreadable", "The body is no push of WeChat's.")
