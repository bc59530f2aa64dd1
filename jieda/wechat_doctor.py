"""What `jieda wechat doctor` looks at: settings, callback, clock, permissions and quota of each account."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import httpx
from sqlalchemy.engine import Engine

from jieda.doctor import Finding
from jieda.gateway.wechat.api import Api, WeChatError
from jieda.gateway.wechat.client import KfClient, OfficialClient
from jieda.gateway.wechat.crypto import Envelope, decoded_key, signature
from jieda.store.wechat_tokens import TokenBook
from jieda.wechat_settings import Account, Handoff, KfAccount, Mode, OfficialAccount, ReplyBy

_SKEW_SECONDS = 60
_SECONDS = 8.0
_ADVICE = {
    40001: "the secret is wrong, or was reset; copy it anew",
    40013: "the appid or corp id is wrong",
    40125: "the secret is wrong, or was reset; copy it anew",
    40164: "this server's address is not on the account's IP allow-list (IP白名单); add it",
    40243: "the secret is frozen; unfreeze it in the console",
    48001: "the account may not use this API; verify the account (微信认证), or set reply: passive",
    45009: "the day's calls are used up; they come back at midnight",
    None: "no answer; does a firewall stop outgoing HTTPS?",
}


def console(account: Account, url: str, reveal: bool) -> list[tuple[str, str]]:
    """What to enter in WeChat's console, by the names there. Secrets are shown only when that is asked for."""

    def secret(value: str) -> str:
        return value if reveal else f"{value[:3]}… ({len(value)} characters; --reveal shows it)"

    entries = [
        ("URL（服务器地址）", f"{url.rstrip('/')}{account.path}"),
        ("Token（令牌）", secret(account.token)),
        ("EncodingAESKey（消息加解密密钥）", secret(account.encoding_aes_key)),
    ]
    if isinstance(account, OfficialAccount):
        modes = {Mode.SAFE: "安全模式", Mode.COMPATIBLE: "兼容模式", Mode.PLAIN: "明文模式"}
        entries += [("消息加解密方式", modes[account.mode]), ("数据格式", "XML")]
    return entries


async def examine(account: Account, engine: Engine, gateway: str, public: str | None) -> AsyncIterator[Finding]:
    """Everything worth knowing of an account, the local gateway first."""
    if isinstance(account, OfficialAccount) and account.mode is not Mode.SAFE:
        yield Finding("mode", f"{account.mode.value}: bodies are not protected; choose safe", fine=False)
    yield Finding("token and key", f"token of {len(account.token)}, key of {len(account.encoding_aes_key)} characters")
    async with httpx.AsyncClient(trust_env=False, timeout=_SECONDS) as http:
        yield await _callback(account, http, "callback here", gateway)
        if public is not None:
            if not public.startswith("https://"):
                yield Finding("public address", f"{public}: use https", fine=False)
            yield await _callback(account, http, "callback from outside", public)
        yield await _clock(account, http)
        book = TokenBook(engine)
        client: Api
        if isinstance(account, KfAccount):
            client = KfClient(account, http, book, _now)
        else:
            client = OfficialClient(account, http, book, _now)
        try:
            await client.check_secret()
        except WeChatError as error:
            yield Finding("access token", _told(error), fine=False)
            return
        yield Finding("access token", "given")
        async for finding in _permissions(client):
            yield finding


async def _callback(account: Account, http: httpx.AsyncClient, subject: str, base: str) -> Finding:
    """Asks as WeChat's console does when the address is entered."""
    echo, timestamp, nonce = secrets.token_hex(8), str(int(time.time())), secrets.token_hex(4)
    query = {"timestamp": timestamp, "nonce": nonce}
    if isinstance(account, KfAccount):
        key = decoded_key(account.encoding_aes_key)
        sealed = Envelope(account.token, account.corp_id, (key,)).seal(echo.encode(), timestamp, nonce, key)
        query |= {"echostr": sealed.encrypted, "msg_signature": sealed.msg_signature}
    else:
        query |= {"echostr": echo, "signature": signature(account.token, timestamp, nonce)}
    url = f"{base.rstrip('/')}{account.path}"
    try:
        answer = await http.get(url, params=query)
    except httpx.HTTPError as error:
        return Finding(subject, f"{url}: {type(error).__name__}; is the gateway running?", fine=False)
    if answer.status_code == httpx.codes.OK and answer.text == echo:
        return Finding(subject, f"{url}: verified")
    advice = {
        404: "the gateway does not know the account; start it with the same JIEDA_WECHAT",
        403: "the gateway has another token or key; restart it",
    }.get(answer.status_code, "something else answers there")
    return Finding(subject, f"{url}: HTTP {answer.status_code}; {advice}", fine=False)


async def _clock(account: Account, http: httpx.AsyncClient) -> Finding:
    try:
        told = (await http.get(f"{account.api_base}/")).headers.get("date")
    except httpx.HTTPError as error:
        return Finding("clock", f"{account.api_base}: {type(error).__name__}", fine=False)
    try:
        skew = (_now() - parsedate_to_datetime(told)).total_seconds()
    except (TypeError, ValueError):
        return Finding("clock", "WeChat told no time")
    found = f"{abs(skew):.0f} s from WeChat's"
    return Finding(
        "clock", found if abs(skew) <= _SKEW_SECONDS else f"{found}; set it by NTP", abs(skew) <= _SKEW_SECONDS
    )


async def _permissions(client: Api) -> AsyncIterator[Finding]:
    if isinstance(client, OfficialClient):
        if client.account.reply is ReplyBy.API:
            try:
                quota = await client.quota()
                left = int(quota.get("remain") or 0)
                yield Finding("messages today", f"{left} of {quota.get('daily_limit')} left", left > 0)
            except WeChatError as error:
                yield Finding("messages today", _told(error), fine=False)
        if client.account.handoff is Handoff.NATIVE:
            try:
                online = await client.online_agents()
                yield Finding("agents online", ", ".join(online) or "nobody; customers are told the hotline")
            except WeChatError as error:
                yield Finding("agents online", _told(error), fine=False)
    elif isinstance(client, KfClient) and client.account.handoff is Handoff.NATIVE:
        people = await client.servicers()
        yield Finding("on duty", ", ".join(people) or "nobody; customers are told the hotline")


def _told(error: WeChatError) -> str:
    return f"{error}: {_ADVICE.get(error.errcode, 'see the table of return codes in WeChat’s documentation')}"


def _now() -> datetime:
    return datetime.now(timezone.utc)
