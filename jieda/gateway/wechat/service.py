"""The WeChat channels of one gateway, put together."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
from anyio import to_thread
from sqlalchemy.engine import Engine

from jieda.gateway.turns import TurnWorker
from jieda.gateway.wakeups import Wakeups
from jieda.gateway.wechat.api import Api
from jieda.gateway.wechat.client import KfClient, OfficialClient
from jieda.gateway.wechat.crypto import Envelope, decoded_key
from jieda.gateway.wechat.delivery import Delivery, Outlet
from jieda.gateway.wechat.erasure import Erasure
from jieda.gateway.wechat.handoff import NativeHandoff
from jieda.gateway.wechat.kf import KfChannel
from jieda.gateway.wechat.official import OfficialChannel
from jieda.gateway.wechat.pictures import Pictures
from jieda.gateway.wechat.reception import OnAccepted, Reception
from jieda.store.attachments import AttachmentBook
from jieda.store.ledger import Accepted, Ledger
from jieda.store.trackers import TrackerStore
from jieda.store.wechat import WeChatBook
from jieda.store.wechat_delivery import DeliveryBook
from jieda.store.wechat_rows import Link
from jieda.store.wechat_standing import Standings
from jieda.store.wechat_tokens import KfCursors, TokenBook
from jieda.wechat_settings import KfAccount, OfficialAccount, WeChatSettings

_REMEMBERED = timedelta(days=7)
_FORGET_EACH = timedelta(hours=1)


class WeChat:
    """All accounts. Without any, it does nothing and costs nothing.

    `ahead` shifts its clock, for tests of windows of hours and days.
    """

    def __init__(
        self,
        settings: WeChatSettings,
        engine: Engine,
        trackers: Engine,
        home: Path,
        *,
        ledger: Ledger,
        turns: TurnWorker,
        wakeups: Wakeups,
        http: httpx.AsyncClient,
        accepted: OnAccepted | None = None,
    ) -> None:
        self.ahead = timedelta(0)
        # On SQLite one gateway serves all.
        self._alone = engine.dialect.name == "sqlite"
        self.book = WeChatBook(engine)
        self.deliveries = DeliveryBook(engine)
        self.standings = Standings(engine)
        self.attachments = AttachmentBook(engine, home)
        self._tokens = TokenBook(engine)
        self._http = http
        self._envelopes = {key: _envelope(account) for key, account in settings.accounts.items()}
        self._forgotten_at: datetime | None = None
        self._fetching: set[asyncio.Task[None]] = set()
        self.delivery = Delivery(ledger, self.book, self.deliveries, wakeups, self.now)
        handoff = NativeHandoff(ledger, self.book, wakeups, self.now)
        reception = Reception(ledger, self.book, self.attachments, accepted or _nothing_else, self.now)
        erasure = Erasure(self.book, self.attachments, TrackerStore(trackers))
        self.official = {
            name: OfficialChannel(
                account,
                OfficialClient(account, http, self._tokens, self.now),
                ledger=ledger,
                book=self.book,
                reception=reception,
                delivery=self.delivery,
                handoff=handoff,
                erasure=erasure,
                turns=turns,
                wakeups=wakeups,
                now=self.now,
            )
            for name, account in settings.official.items()
        }
        self.kf = {
            name: KfChannel(
                account,
                KfClient(account, http, self._tokens, self.now),
                ledger=ledger,
                book=self.book,
                deliveries=self.deliveries,
                cursors=KfCursors(engine),
                reception=reception,
                delivery=self.delivery,
                handoff=handoff,
                turns=turns,
                wakeups=wakeups,
                now=self.now,
            )
            for name, account in settings.kf.items()
        }
        channels: list[OfficialChannel | KfChannel] = [*self.official.values(), *self.kf.values()]
        self._outlets: dict[str, Outlet] = {each.key: each for each in channels}
        self.delivery.add(self._outlets)
        clients: dict[str, Api] = {each.key: each.client for each in channels}
        self._pictures = Pictures(self.attachments, clients, wakeups, self.now)
        self._handoff = handoff

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self.ahead

    def envelope(self, key: str) -> Envelope:
        return self._envelopes[key]

    async def start(self) -> None:
        if not self._outlets:
            return
        for duty in (self._fetch_pictures, self._end_silent, self._forget):
            self.delivery.besides(duty)
        if self._alone:
            await to_thread.run_sync(self.deliveries.release_all)
        for channel in self.kf.values():
            await channel.start(self._alone)
        await self.delivery.start()

    async def stop(self) -> None:
        for channel in self.kf.values():
            await channel.stop()
        await self.delivery.stop()
        for task in self._fetching:
            task.cancel()

    async def _fetch_pictures(self) -> None:
        # Apart from the sweep, which no slow download may hold up.
        task = asyncio.create_task(self._pictures.fetch_wanted())
        self._fetching.add(task)
        task.add_done_callback(self._fetching.discard)

    async def _end_silent(self) -> None:
        await self._handoff.end_silent(self._still_native)

    async def _still_native(self, link: Link) -> bool:
        outlet = self._outlets.get(link.account)
        return outlet is not None and await outlet.still_native(link)

    async def _forget(self) -> None:
        now = self.now()
        if self._forgotten_at is None or now - self._forgotten_at > _FORGET_EACH:
            self._forgotten_at = now
            await to_thread.run_sync(self.book.forget_pushes, now - _REMEMBERED)


async def _nothing_else(conversation_id: str, accepted: Accepted) -> None:
    """There is no desk to tell."""


def _envelope(account: OfficialAccount | KfAccount) -> Envelope:
    if isinstance(account, KfAccount):
        return Envelope(account.token, account.corp_id, (decoded_key(account.encoding_aes_key),))
    keys = [account.encoding_aes_key, *([account.previous_aes_key] if account.previous_aes_key else [])]
    return Envelope(account.token, account.appid, tuple(decoded_key(key) for key in keys))
