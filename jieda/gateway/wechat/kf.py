"""WeChat Customer Service (微信客服): callbacks say only that there is something; it is fetched in the background."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import structlog
from anyio import to_thread

from jieda.conversations import Author, Channel, Reply
from jieda.gateway.turns import TurnWorker
from jieda.gateway.wakeups import Wakeups
from jieda.gateway.wechat.api import WeChatError
from jieda.gateway.wechat.client import SERVICE_BOT, SERVICE_HUMAN, SERVICE_QUEUE, KfClient
from jieda.gateway.wechat.delivery import Delivery
from jieda.gateway.wechat.handoff import NativeHandoff
from jieda.gateway.wechat.messages import kf_menu, words
from jieda.gateway.wechat.reception import Incoming, Reception
from jieda.gateway.wechat.rendering import Piece
from jieda.store.ledger import Ledger
from jieda.store.wechat import WeChatBook
from jieda.store.wechat_delivery import DeliveryBook
from jieda.store.wechat_quota import Trigger
from jieda.store.wechat_rows import NATIVE_AGENT, Link, Path
from jieda.store.wechat_tokens import KfCursors
from jieda.wechat_settings import Handoff, KfAccount
from jieda.wording import wording

log = structlog.get_logger(__name__)

PAGE = 1000
TOKEN_HOLDS = timedelta(minutes=10)
_LEASE = timedelta(seconds=60)
_LOOK_SECONDS = 5.0
_DELAY_MAX = 60.0
_STALE = timedelta(minutes=10)
_WELCOME = timedelta(seconds=20)
_STATE_KNOWN_SECONDS = 600.0
_CUSTOMER, _AGENT = 3, 5
_NOT_ON_DUTY = 95014
_CONNECTED, _TRANSFERRED, _ENDED, _CONNECTED_AGAIN = 1, 2, 3, 4


class KfChannel:
    """One customer-service account. Also the outlet through which its conversations are delivered."""

    by_api = True

    def __init__(
        self,
        account: KfAccount,
        client: KfClient,
        *,
        ledger: Ledger,
        book: WeChatBook,
        deliveries: DeliveryBook,
        cursors: KfCursors,
        reception: Reception,
        delivery: Delivery,
        handoff: NativeHandoff,
        turns: TurnWorker,
        wakeups: Wakeups,
        now: Callable[[], datetime],
    ) -> None:
        self.account = account
        self.client = client
        self.key = account.key
        self._ledger = ledger
        self._book = book
        self._deliveries = deliveries
        self._cursors = cursors
        self._reception = reception
        self._delivery = delivery
        self._handoff = handoff
        self._turns = turns
        self._wakeups = wakeups
        self._now = now
        self._holder = secrets.token_hex(8)
        self._wanted = asyncio.Event()
        self._fetcher: asyncio.Task[None] | None = None
        self._with_bot: dict[str, float] = {}

    # --- the outlet

    async def send(self, openid: str, message: dict[str, Any], msgid: str) -> None:
        await self.client.send(openid, message, msgid)

    async def typing(self, openid: str) -> None:
        """Customer service has no such sign."""

    def menu(self, piece: Piece) -> dict[str, Any]:
        return kf_menu(piece.text, [(choice.id, choice.title) for choice in piece.choices])

    async def look(self, link: Link) -> None:
        """When all is said and the customer waits for a person, hands the session over."""
        if self.account.handoff is not Handoff.NATIVE or link.native_at is not None:
            return
        if await self._handoff.waiting(link.conversation_id):
            await self._hand_over(link)

    async def still_native(self, link: Link) -> bool:
        """Whether WeChat still has the session with people, or waiting for them."""
        try:
            return await self.client.state(link.openid) in (SERVICE_QUEUE, SERVICE_HUMAN)
        except WeChatError:
            return True

    # --- callbacks

    async def called(self, token: str | None) -> None:
        """WeChat has something new."""
        await to_thread.run_sync(self._cursors.called, self.key, token, self._now())
        self._wanted.set()

    async def start(self, alone: bool) -> None:
        if alone:
            # Left by a process that died while it fetched.
            await to_thread.run_sync(self._cursors.release, self.key)
        self._fetcher = asyncio.create_task(self._fetch_forever())

    async def stop(self) -> None:
        if self._fetcher is not None:
            self._fetcher.cancel()
            await asyncio.gather(self._fetcher, return_exceptions=True)

    async def _fetch_forever(self) -> None:
        failures = 0
        while True:
            try:
                await self._fetch_if_called()
                failures = 0
            except WeChatError as error:
                failures += 1
                log.error("wechat_sync_failed", account=self.key, errcode=error.errcode)
            except Exception as error:
                failures += 1
                log.error("wechat_sync_failed", account=self.key, error=type(error).__name__)
            if failures:
                await asyncio.sleep(min(0.5 * 2.0**failures, _DELAY_MAX))
                continue
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), _LOOK_SECONDS)
            self._wanted.clear()

    async def _fetch_if_called(self) -> None:
        state = await to_thread.run_sync(self._cursors.read, self.key)
        while state.called > state.fetched:
            if not await to_thread.run_sync(self._cursors.lease, self.key, self._holder, self._now(), _LEASE):
                return
            try:
                await self._fetch(state.called)
            finally:
                await to_thread.run_sync(self._cursors.release, self.key)
            state = await to_thread.run_sync(self._cursors.read, self.key)

    async def _fetch(self, called: int) -> None:
        """All there is; the cursor is kept only once what came before it stands in the ledger."""
        first = (await to_thread.run_sync(self._cursors.read, self.key)).cursor == ""
        while True:
            state = await to_thread.run_sync(self._cursors.read, self.key)
            holds = state.called_at is not None and self._now() - state.called_at < TOKEN_HOLDS
            page = await self.client.sync(state.cursor, state.token if holds else None, PAGE)
            for message in page.get("msg_list") or ():
                try:
                    await self._take(message, first)
                except (KeyError, TypeError, ValueError, AttributeError) as error:
                    log.error("wechat_message_unreadable", account=self.key, error=type(error).__name__)
            cursor = str(page.get("next_cursor") or "")
            if cursor:
                await to_thread.run_sync(self._cursors.save, self.key, cursor)
            if not page.get("has_more") or not cursor:
                break
            await to_thread.run_sync(self._cursors.lease, self.key, self._holder, self._now(), _LEASE)
        await to_thread.run_sync(self._cursors.caught_up, self.key, called)

    # --- what was fetched

    async def _take(self, message: dict[str, Any], first: bool) -> None:
        sent = datetime.fromtimestamp(int(message.get("send_time") or 0), timezone.utc)
        age = self._now() - sent
        if message.get("msgtype") == "event":
            await self._event(message["event"], age)
        elif message.get("origin") == _CUSTOMER:
            # Fetched for the first time ever, it is what customers wrote to somebody else in the last three days.
            await self._customer(message, stale=first and age > _STALE)
        elif message.get("origin") == _AGENT:
            await self._agent(message)

    async def _customer(self, message: dict[str, Any], stale: bool) -> None:
        kind, openid, key = str(message["msgtype"]), str(message["external_userid"]), f"m:{message['msgid']}"[:128]
        arrival = await to_thread.run_sync(self._book.arrival, self.key, openid, key)
        if arrival.pushed is not None and arrival.pushed.path is not None:
            return
        content = message.get(kind) if isinstance(message.get(kind), dict) else {}
        assert content is not None
        incoming = Incoming(
            account=self.key,
            channel=Channel.WECHAT_KF,
            openid=openid,
            key=key,
            kind=kind,
            text=str(content.get("content") or "") if kind == "text" else "",
            menu_id=str(content["menu_id"]) if content.get("menu_id") else None,
            media_id=str(content.get("media_id") or "")[:256],
            stale=stale,
        )
        conversation_id = await self._reception.place(arrival, incoming)
        if arrival.link is not None and arrival.link.native_at is not None:
            await self._native_or_not(arrival.link)
        said = await self._reception.understood(conversation_id, incoming)
        now = self._now()
        await to_thread.run_sync(self._book.take_in, self.key, openid, key, conversation_id, now, now, Trigger.MESSAGE)
        received = await self._reception.receive(conversation_id, incoming, said)
        await to_thread.run_sync(self._book.decide, self.key, key, Path.API)
        if not stale:
            await self._to_the_bot(openid)
        if received.for_bot:
            self._turns.take_up(received.conversation_id)
        self._delivery.follow(received.conversation_id)
        await self._wakeups.wake(received.conversation_id)

    async def _native_or_not(self, link: Link) -> None:
        if await self.still_native(link):
            await to_thread.run_sync(self._book.native, link.conversation_id, self._now())
        else:
            await self._handoff.ended(link.conversation_id)

    async def _to_the_bot(self, openid: str) -> None:
        """A new session is the bot's from here on (state 0 to 1)."""
        if time.monotonic() - self._with_bot.get(openid, -_STATE_KNOWN_SECONDS) < _STATE_KNOWN_SECONDS:
            return
        try:
            if await self.client.state(openid) == 0:
                await self.client.move(openid, SERVICE_BOT)
        except WeChatError as error:
            log.warning("wechat_session_not_moved", account=self.key, errcode=error.errcode)
            return
        self._with_bot[openid] = time.monotonic()

    async def _agent(self, message: dict[str, Any]) -> None:
        """What a person wrote in WeChat's own tools: for the transcript; the customer has it already."""
        openid, key = str(message["external_userid"]), f"m:{message['msgid']}"[:128]
        conversation_id = await to_thread.run_sync(self._book.conversation_of, self.key, openid)
        if conversation_id is None or await to_thread.run_sync(self._book.pushed, self.key, key) is not None:
            return
        now = self._now()
        kind = str(message.get("msgtype"))
        text = str((message.get("text") or {}).get("content") or f"[{kind}]")

        def write() -> None:
            seq = self._ledger.write_as_system(conversation_id, Reply(text), now, Author.AGENT)
            self._deliveries.heard_elsewhere(conversation_id, seq, now)
            self._book.take_in(self.key, openid, key, conversation_id, now, now, None)
            self._book.decide(self.key, key, Path.NATIVE)
            self._book.native(conversation_id, now)

        await to_thread.run_sync(write)
        await self._wakeups.wake(conversation_id)

    async def _event(self, event: dict[str, Any], age: timedelta) -> None:
        kind, openid = event.get("event_type"), str(event.get("external_userid") or "")
        if kind == "enter_session":
            if event.get("welcome_code") and age < _WELCOME:
                await self._say_on_event(str(event["welcome_code"]), "utter_wechat_welcome", openid)
        elif kind == "session_status_change":
            await self._session(event, openid)
        elif kind == "msg_send_fail":
            code = int(event.get("fail_type") or 0)
            msgid = str(event.get("fail_msgid") or "")
            failed = await to_thread.run_sync(self._deliveries.undelivered, self.key, msgid, code)
            log.warning("wechat_not_delivered", account=self.key, conversation=failed, fail_type=code)
            if failed is not None:
                await self._wakeups.wake(failed)

    async def _session(self, event: dict[str, Any], openid: str) -> None:
        self._with_bot.pop(openid, None)
        conversation_id = await to_thread.run_sync(self._book.conversation_of, self.key, openid)
        change = event.get("change_type")
        if change == _ENDED:
            if event.get("msg_code"):
                await self._say_on_event(str(event["msg_code"]), "utter_wechat_session_ended", openid)
            if conversation_id is not None:
                await self._handoff.ended(conversation_id)
        elif change in (_CONNECTED, _TRANSFERRED, _CONNECTED_AGAIN) and conversation_id is not None:
            await self._handoff.began(conversation_id, str(event.get("new_servicer_userid") or NATIVE_AGENT)[:64])

    async def _hand_over(self, link: Link) -> None:
        """To somebody on duty (state 3), or else into the pool (state 2); with nobody there, back to the bot."""
        try:
            people = await self.client.servicers()
            if not people:
                await self._handoff.nobody(link.conversation_id)
                return
            try:
                servicer = secrets.choice(people)
                code = await self.client.move(link.openid, SERVICE_HUMAN, servicer)
                await self._handoff.began(link.conversation_id, servicer)
            except WeChatError as error:
                if error.errcode != _NOT_ON_DUTY:
                    raise
                # Went off duty a moment ago.
                code = await self.client.move(link.openid, SERVICE_QUEUE)
                await to_thread.run_sync(self._book.native, link.conversation_id, self._now())
        except WeChatError as error:
            log.error("wechat_hand_off_failed", conversation=link.conversation_id, errcode=error.errcode)
            await self._handoff.nobody(link.conversation_id)
            return
        self._with_bot.pop(link.openid, None)
        if code is not None:
            await self._say_on_event(code, "utter_wechat_queued", link.openid)

    async def _say_on_event(self, code: str, response: str, openid: str) -> None:
        conversation_id = await to_thread.run_sync(self._book.conversation_of, self.key, openid)
        text = wording().say(response, await self._reception.language(conversation_id))
        try:
            await self.client.send_on_event(code, words(text), secrets.token_hex(16))
        except WeChatError as error:
            log.warning("wechat_event_not_answered", account=self.key, response=response, errcode=error.errcode)
