"""What both kinds of accounts share: tokens with their rules, and faults on order."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fakes.wechat.clock import FakeClock

LIFE = timedelta(seconds=7200)
OVERLAP = timedelta(minutes=5)
FORCED_A_DAY = 20
FORCED_APART = timedelta(seconds=30)


def error(code: int, message: str = "") -> JSONResponse:
    """WeChat answers 200 whatever is wrong."""
    return JSONResponse({"errcode": code, "errmsg": message or f"error {code}"})


@dataclass
class Token:
    value: str
    ends: datetime


@dataclass
class Faults:
    """What goes wrong, by the end of the call's path: codes one after another, the last stays when told so."""

    codes: dict[str, deque[int]] = field(default_factory=dict)
    lasting: dict[str, int] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)

    def next(self, path: str) -> int | None:
        name = path.rsplit("/", 1)[-1]
        if self.codes.get(name):
            return self.codes[name].popleft()
        return self.lasting.get(name)


class FakeApi:
    """Tokens, faults, and a record of calls."""

    def __init__(self, clock: FakeClock, secret: str) -> None:
        self.clock = clock
        self.secret = secret
        self.faults = Faults()
        self.calls: list[tuple[str, Any]] = []
        self.current: Token | None = None
        self._overlapping: list[Token] = []
        self._forced: list[datetime] = []
        self.refuses_every_token = False

    # --- orders

    def fail(self, call: str, *codes: int) -> None:
        """The next calls fail with these codes, one after another."""
        self.faults.codes.setdefault(call, deque()).extend(codes)

    def fail_always(self, call: str, code: int | None) -> None:
        if code is None:
            self.faults.lasting.pop(call, None)
        else:
            self.faults.lasting[call] = code

    def slow(self, call: str, seconds: float) -> None:
        self.faults.slow[call] = seconds

    def end_token(self) -> None:
        """The token that is out no longer holds, before its time."""
        self.current = None
        self._overlapping.clear()

    def called(self, call: str) -> list[Any]:
        return [body for path, body in self.calls if path.rsplit("/", 1)[-1] == call]

    # --- tokens

    def valid(self, value: str | None) -> bool:
        now = self.clock.now()
        out = [*self._overlapping, *([self.current] if self.current else [])]
        return not self.refuses_every_token and any(each.value == value and now < each.ends for each in out)

    def stable(self, force: bool) -> Token | None:
        """The same token on repeated calls; renewed 5 min early with both valid; by force rationed. None: too often."""
        now = self.clock.now()
        if force:
            self._forced = [each for each in self._forced if now - each < timedelta(days=1)]
            if len(self._forced) >= FORCED_A_DAY or (self._forced and now - self._forced[-1] < FORCED_APART):
                return None
            self._forced.append(now)
            self._overlapping.clear()
            self.current = Token(secrets.token_hex(16), now + LIFE)
        elif self.current is None or now >= self.current.ends - OVERLAP:
            if self.current is not None:
                self._overlapping = [self.current]
            self.current = Token(secrets.token_hex(16), now + LIFE)
        return self.current

    def classic(self) -> Token:
        """The older call: each token ends its predecessor."""
        self._overlapping.clear()
        self.current = Token(secrets.token_hex(16), self.clock.now() + LIFE)
        return self.current

    def granted(self, token: Token) -> JSONResponse:
        left = (token.ends - self.clock.now()).total_seconds()
        return JSONResponse({"access_token": token.value, "expires_in": int(left)})

    async def checked(self, request: Request) -> Response | None:
        """The fault of a call: ordered, or its token's. None when it may go on."""
        name = request.url.path.rsplit("/", 1)[-1]
        if name in self.faults.slow:
            await asyncio.sleep(self.faults.slow[name])
        body = await request.body()
        self.calls.append((request.url.path, body))
        code = self.faults.next(request.url.path)
        if code is not None:
            return error(code)
        if not self.valid(request.query_params.get("access_token")):
            return error(40001, "invalid credential")
        return None
