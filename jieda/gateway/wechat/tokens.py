"""Access tokens: one for all gateways, renewed before it ends, by one gateway at a time."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from anyio import to_thread

from jieda.store.wechat_tokens import StoredToken, TokenBook

log = structlog.get_logger(__name__)

EARLY = timedelta(minutes=5)
"""Before its end a token is renewed; WeChat keeps both valid for that long."""
FORCED_APART = timedelta(seconds=30)
"""WeChat forces a new token no more often (and 20 times a day)."""
_LEASE = timedelta(seconds=20)
_LOOK_SECONDS = 0.05
_PATIENCE_SECONDS = 20.0

Fetch = Callable[[bool], Awaitable[tuple[str, int]]]
"""Asks WeChat for a token, by force or not; gives it and the seconds it holds."""


class TokenUnavailable(Exception):
    """No token could be had. Never bears a secret."""

    code = "token_unavailable"


class Tokens:
    """The access token of one account."""

    def __init__(self, account: str, book: TokenBook, fetch: Fetch, now: Callable[[], datetime]) -> None:
        self._account = account
        self._book = book
        self._fetch = fetch
        self._now = now
        self._holder = secrets.token_hex(8)
        self._known: StoredToken | None = None
        self._alone = asyncio.Lock()

    async def get(self) -> str:
        """A token that holds for a while. Raises TokenUnavailable, and what fetching raises."""
        if self._known is None or not self._fresh(self._known):
            self._known = await to_thread.run_sync(self._book.read, self._account)
        if self._known is not None and self._fresh(self._known):
            return self._known.access_token
        return await self._renewed(refused=None)

    async def instead_of(self, refused: str) -> str:
        """Another token, WeChat having refused that one: what somebody else has fetched by now, or a new one."""
        self._known = None
        return await self._renewed(refused)

    async def _renewed(self, refused: str | None) -> str:
        async with self._alone:
            waited = 0.0
            while True:
                found = await to_thread.run_sync(self._book.read, self._account)
                if found is not None and found.access_token != refused and self._fresh(found):
                    self._known = found
                    return found.access_token
                if await to_thread.run_sync(self._book.lease, self._account, self._holder, self._now(), _LEASE):
                    return await self._refresh(found, refused)
                if waited >= _PATIENCE_SECONDS:
                    raise TokenUnavailable("another gateway is refreshing it and does not come to an end")
                await asyncio.sleep(_LOOK_SECONDS)
                waited += _LOOK_SECONDS

    async def _refresh(self, found: StoredToken | None, refused: str | None) -> str:
        try:
            now, forced_at = self._now(), None if found is None else found.forced_at
            token, seconds = await self._fetch(False)
            if token == refused:
                # WeChat still hands out what it refuses: only force helps, and that is rationed.
                if forced_at is not None and now - forced_at < FORCED_APART:
                    raise TokenUnavailable("WeChat refuses the token it gave, and it was forced a moment ago")
                forced_at = now
                token, seconds = await self._fetch(True)
            self._known = StoredToken(token, now + timedelta(seconds=seconds), forced_at)
        except BaseException:
            await to_thread.run_sync(self._book.release, self._account, self._holder)
            raise
        await to_thread.run_sync(self._book.write, self._account, self._holder, self._known)
        log.info("wechat_token_refreshed", account=self._account, forced=forced_at == now)
        return token

    def _fresh(self, token: StoredToken) -> bool:
        return self._now() < token.expires_at - EARLY
