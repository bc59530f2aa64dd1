"""Calls to WeChat's API: the token put in, answers read, errors told apart (reference: the table of errors)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any

import httpx
import structlog

from jieda.gateway.wechat.tokens import Tokens, TokenUnavailable
from jieda.store.attachments import SIZE_MAX
from jieda.store.wechat_tokens import TokenBook
from jieda.wechat_settings import KfAccount, OfficialAccount

log = structlog.get_logger(__name__)

TIMEOUT = httpx.Timeout(8.0, connect=3.0)
"""Seconds for one call."""
_MEDIA_TIMEOUT = httpx.Timeout(30.0, connect=3.0)


class Remedy(str, Enum):
    """What to do about an error."""

    TOKEN = "token"
    ALERT = "alert"
    WINDOW = "window"
    QUOTA = "quota"
    SPLIT = "split"
    BACK_OFF = "back_off"
    STATE = "state"
    GIVE_UP = "give_up"


REMEDIES = {
    40001: Remedy.TOKEN,
    40014: Remedy.TOKEN,
    42001: Remedy.TOKEN,
    40164: Remedy.ALERT,
    48001: Remedy.ALERT,
    40243: Remedy.ALERT,
    45015: Remedy.WINDOW,
    45047: Remedy.QUOTA,
    45002: Remedy.SPLIT,
    45009: Remedy.BACK_OFF,
    45011: Remedy.BACK_OFF,
    -1: Remedy.BACK_OFF,
    # Customer service: too many messages, too late, and a session that is not the API's to answer.
    95001: Remedy.QUOTA,
    95002: Remedy.WINDOW,
    95018: Remedy.STATE,
}


class WeChatError(Exception):
    """WeChat refused, or could not be reached (`errcode` None). `str()` bears no secret."""

    code = "wechat"

    def __init__(self, call: str, errcode: int | None, reason: str = "") -> None:
        super().__init__(f"{call}: {reason or errcode}")
        self.call = call
        self.errcode = errcode

    @property
    def remedy(self) -> Remedy:
        """What is not known is given up; what did not arrive is tried again."""
        return Remedy.BACK_OFF if self.errcode is None else REMEDIES.get(self.errcode, Remedy.GIVE_UP)


class Api:
    """The calls that both kinds of accounts share."""

    def __init__(
        self,
        account: OfficialAccount | KfAccount,
        http: httpx.AsyncClient,
        book: TokenBook,
        now: Callable[[], datetime],
    ) -> None:
        self.account = account
        self._http = http
        self.tokens = Tokens(account.key, book, self._fetch_token, now)

    async def check_secret(self) -> None:
        """Asks for a token, whatever is known already. Raises WeChatError."""
        await self._fetch_token(False)

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A call with the token; a refused token is replaced once. Raises WeChatError."""
        # WeChat shows \\uXXXX as it stands.
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        return await self._with_token(path, lambda token: self._send("POST", path, token, content))

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        return await self._with_token(path, lambda token: self._send("GET", path, token, None, **query))

    async def media(self, media_id: str) -> bytes:
        """The bytes of a picture that a customer sent, at most `SIZE_MAX` and one. Raises WeChatError."""
        path = "/cgi-bin/media/get"
        token = await self._token(path)
        data, error = await self._download(path, token, media_id)
        if error is not None and REMEDIES.get(error) is Remedy.TOKEN:
            data, error = await self._download(path, await self._token(path, token), media_id)
        if error is not None:
            raise WeChatError(path, error)
        return data

    async def _download(self, path: str, token: str, media_id: str) -> tuple[bytes, int | None]:
        query = {"access_token": token, "media_id": media_id}
        data = b""
        try:
            async with self._http.stream(
                "GET", f"{self.account.api_base}{path}", params=query, timeout=_MEDIA_TIMEOUT
            ) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise WeChatError(path, None, f"HTTP {answer.status_code}")
                async for chunk in answer.aiter_bytes():
                    data += chunk
                    if len(data) > SIZE_MAX:
                        break
                told = "json" in answer.headers.get("content-type", "") or data[:11] == b'{"errcode":'
        except httpx.HTTPError as error:
            raise WeChatError(path, None, type(error).__name__) from None
        return data, _errcode(path, _object(path, data)) if told else None

    async def _with_token(self, path: str, call: Callable[[str], Any]) -> dict[str, Any]:
        token = await self._token(path)
        answer: dict[str, Any] = await call(token)
        if REMEDIES.get(_errcode(path, answer)) is Remedy.TOKEN:
            answer = await call(await self._token(path, token))
        errcode = _errcode(path, answer)
        if errcode:
            error = WeChatError(path, errcode)
            if error.remedy in (Remedy.ALERT, Remedy.TOKEN):
                # For whoever runs this: nothing gets better by itself.
                log.error("wechat_configuration", account=self.account.key, call=path, errcode=errcode)
            raise error
        return answer

    async def _token(self, path: str, refused: str | None = None) -> str:
        try:
            return await (self.tokens.get() if refused is None else self.tokens.instead_of(refused))
        except TokenUnavailable as error:
            raise WeChatError(path, None, str(error)) from None

    async def _send(
        self, method: str, path: str, token: str | None, content: bytes | None, **query: str
    ) -> dict[str, Any]:
        if token is not None:
            query["access_token"] = token
        try:
            answer = await self._http.request(
                method,
                f"{self.account.api_base}{path}",
                params=query,
                content=content,
                headers={"Content-Type": "application/json; charset=utf-8"} if content is not None else None,
                timeout=TIMEOUT,
            )
        except httpx.HTTPError as error:
            # Its text bears the address, and that the token.
            raise WeChatError(path, None, type(error).__name__) from None
        if answer.status_code != httpx.codes.OK:
            raise WeChatError(path, None, f"HTTP {answer.status_code}")
        return _object(path, answer.content)

    async def _fetch_token(self, forced: bool) -> tuple[str, int]:
        path, answer = await self._ask_for_token(forced)
        if errcode := _errcode(path, answer):
            log.error("wechat_configuration", account=self.account.key, call=path, errcode=errcode)
            raise WeChatError(path, errcode)
        try:
            return str(answer["access_token"]), int(answer["expires_in"])
        except (KeyError, TypeError, ValueError):
            raise WeChatError(path, None, "no token in the answer") from None

    async def _ask_for_token(self, forced: bool) -> tuple[str, dict[str, Any]]:
        raise NotImplementedError


def _object(path: str, content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise WeChatError(path, None, "the answer is no JSON object")
    return found


def _errcode(path: str, answer: dict[str, Any]) -> int:
    try:
        return int(answer.get("errcode") or 0)
    except (TypeError, ValueError):
        raise WeChatError(path, None, "errcode is no number") from None
