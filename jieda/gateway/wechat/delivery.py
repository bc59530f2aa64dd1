"""Delivers from the ledger over WeChat's API what no passive reply has taken: in order, by one gateway at a time."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import structlog
from anyio import to_thread

from jieda.conversations import Author, ConversationUnknown, Event, MessageEvent
from jieda.gateway.wakeups import Inbox, Passing, Wakeups
from jieda.gateway.wechat.api import Remedy, WeChatError
from jieda.gateway.wechat.messages import words
from jieda.gateway.wechat.rendering import BYTES_MAX, Piece, pieces
from jieda.store.ledger import Ledger
from jieda.store.wechat import WeChatBook
from jieda.store.wechat_delivery import DeliveryBook
from jieda.store.wechat_rows import Cursor, Link

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
SWEEP_SECONDS = 2.0
"""How often what is due is looked for though nobody woke anybody, in one query for all conversations."""
_LOOK_SECONDS = 30.0
FOLLOW_SECONDS = 900.0
_ACTIVE = timedelta(hours=72)
_FAILURES_MAX = 8
_HELD = frozenset({Remedy.WINDOW, Remedy.QUOTA, Remedy.STATE, Remedy.ALERT, Remedy.TOKEN, Remedy.BACK_OFF})
"""What is refused for one of these comes later."""
_DELAYS = {45009: 600.0, 45011: 60.0}
_DELAY_MAX = 300.0
_LIMIT_LEAST = 256
_TYPING_SECONDS = 10.0


class Outlet(Protocol):
    """An account, as far as delivery goes."""

    key: str
    by_api: bool
    """Whether anything can be sent besides passive replies."""

    async def send(self, openid: str, message: dict[str, Any], msgid: str) -> None: ...

    async def typing(self, openid: str) -> None: ...

    def menu(self, piece: Piece) -> dict[str, Any]: ...

    async def look(self, link: Link) -> None:
        """Called when everything is delivered, for what must be done then."""

    async def still_native(self, link: Link) -> bool:
        """Whether a session in WeChat's own tools that nobody was heard of for long is still open."""


def deliverable(events: Sequence[Event]) -> list[MessageEvent]:
    """The messages that are for the customer."""
    return [each for each in events if isinstance(each, MessageEvent) and each.author is not Author.CUSTOMER]


class Delivery:
    """The followers of conversations on WeChat."""

    def __init__(
        self,
        ledger: Ledger,
        book: WeChatBook,
        deliveries: DeliveryBook,
        wakeups: Wakeups,
        now: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._book = book
        self._deliveries = deliveries
        self._wakeups = wakeups
        self._now = now
        self._holder = secrets.token_hex(8)
        self._outlets: dict[str, Outlet] = {}
        self._following: dict[str, asyncio.Task[None]] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._duties: list[Callable[[], Awaitable[None]]] = []

    def add(self, outlets: Mapping[str, Outlet]) -> None:
        self._outlets.update(outlets)

    def besides(self, duty: Callable[[], Awaitable[None]]) -> None:
        """Something to do at each sweep."""
        self._duties.append(duty)

    async def start(self) -> None:
        """Takes up what was not delivered when a process died."""
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        tasks = [*self._following.values(), *([self._sweeper] if self._sweeper else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def follow(self, conversation_id: str) -> None:
        """Sees to it that what is said in a conversation is delivered, in the background."""
        if conversation_id not in self._following:
            task = asyncio.create_task(self._follow(conversation_id))
            self._following[conversation_id] = task
            task.add_done_callback(lambda _: self._following.pop(conversation_id, None))

    async def _sweep(self) -> None:
        while True:
            try:
                now, accounts = self._now(), [key for key, outlet in self._outlets.items() if outlet.by_api]
                for conversation_id in await to_thread.run_sync(self._deliveries.due, accounts, now, now - _ACTIVE):
                    self.follow(conversation_id)
                    await self._wakeups.wake(conversation_id)
                for duty in self._duties:
                    await duty()
            except Exception as error:
                log.error("wechat_sweep_failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _follow(self, conversation_id: str) -> None:
        until, typed = time.monotonic() + FOLLOW_SECONDS, 0.0
        async with self._wakeups.listen(conversation_id) as inbox:
            while time.monotonic() < until:
                try:
                    await self.deliver(conversation_id)
                except ConversationUnknown:
                    return
                except Exception as error:
                    log.error("wechat_delivery_failed", conversation=conversation_id, error=type(error).__name__)
                for passing in await _woken(inbox):
                    until = time.monotonic() + FOLLOW_SECONDS
                    if _agent_types(passing) and time.monotonic() - typed > _TYPING_SECONDS:
                        typed = time.monotonic()
                        await self.typing(conversation_id)

    async def typing(self, conversation_id: str) -> None:
        """Shows the customer that somebody writes; whether it works matters to nobody."""
        link = await to_thread.run_sync(self._book.link, conversation_id)
        outlet = None if link is None else self._outlets.get(link.account)
        if link is not None and outlet is not None and outlet.by_api:
            with contextlib.suppress(WeChatError):
                await outlet.typing(link.openid)

    async def deliver(self, conversation_id: str) -> None:
        """Delivers all there is, as far as WeChat and the customer allow."""
        # Followers look often; only those with something to do write.
        account = await to_thread.run_sync(self._deliveries.pending, conversation_id)
        outlet = None if account is None else self._outlets.get(account)
        if outlet is None or not outlet.by_api:
            return
        link = await to_thread.run_sync(self._deliveries.lease, conversation_id, self._holder, self._now(), LEASE)
        if link is None:
            return
        try:
            await self._deliver(link, outlet)
        finally:
            await to_thread.run_sync(self._deliveries.release, conversation_id, self._holder)

    async def _deliver(self, link: Link, outlet: Outlet) -> None:
        limit = BYTES_MAX
        while True:
            events = await to_thread.run_sync(self._ledger.events, link.conversation_id, link.cursor.seq)
            elsewhere = await to_thread.run_sync(self._deliveries.said_elsewhere, link.conversation_id)
            messages = [each for each in deliverable(events) if each.seq not in elsewhere]
            if not messages:
                if events:
                    await self._skip(link, Cursor(events[-1].seq))
                await outlet.look(link)
                return
            piece = await self._next_piece(link, messages, limit)
            if piece is None:
                return
            msgid = _msgid(link, piece)
            try:
                await outlet.send(link.openid, outlet.menu(piece) if piece.choices else words(piece.text), msgid)
            except WeChatError as error:
                if error.remedy is Remedy.SPLIT and limit > _LIMIT_LEAST:
                    limit //= 2
                    continue
                if not await self._refused(link, piece, error):
                    return
                link = replace(link, cursor=piece.after)
                continue
            if not await to_thread.run_sync(self._deliveries.sent, link, piece.after, msgid, self._now()):
                return
            link = replace(link, cursor=piece.after)
            await self._tell_desk(link)
            await to_thread.run_sync(self._deliveries.lease, link.conversation_id, self._holder, self._now(), LEASE)

    async def _next_piece(self, link: Link, messages: list[MessageEvent], limit: int) -> Piece | None:
        """The next message within what may be sent; None, and the rest is parked, when nothing may.

        The last one is kept for people: it goes to an agent's or the system's words, never to the bot's.
        """
        left = await to_thread.run_sync(self._book.left, link.account, link.openid, self._now())
        made = pieces(messages, link.cursor, merged=False, limit=limit)
        if len(made) > left - 1:
            made = pieces(messages, link.cursor, merged=True, limit=limit)
        if left > (1 if made[0].author is Author.BOT else 0):
            return made[0]
        ends_at = await to_thread.run_sync(self._book.window_ends_at, link, self._now())
        await self._park(link, "window" if ends_at is None else "quota")
        return None

    async def _refused(self, link: Link, piece: Piece, error: WeChatError) -> bool:
        """What to do about a message that WeChat did not take; whether to go on with the next."""
        log.warning(
            "wechat_send_failed", conversation=link.conversation_id, errcode=error.errcode, remedy=error.remedy.value
        )
        # What WeChat will never take is not tried again, and what comes after it must not wait for it.
        lost = error.remedy not in _HELD
        record = partial(self._deliveries.failed, link, piece.after.carried, error.errcode, self._now(), lost=lost)
        await to_thread.run_sync(record)
        await self._tell_desk(link)
        if lost:
            await self._skip(link, piece.after)
            return True
        if error.remedy in (Remedy.WINDOW, Remedy.QUOTA):
            await to_thread.run_sync(self._deliveries.spend_all, link)
            await self._park(link, error.remedy.value)
        elif error.remedy is Remedy.STATE:
            await self._park(link, "session")
        elif error.remedy in (Remedy.ALERT, Remedy.TOKEN):
            await self._park(link, "configuration")
        else:
            await self._back_off(link, error.errcode)
        return False

    async def _back_off(self, link: Link, errcode: int | None) -> None:
        fresh = await to_thread.run_sync(self._book.link, link.conversation_id)
        failures = 1 + (0 if fresh is None else fresh.failures)
        if failures > _FAILURES_MAX:
            await self._park(link, "unreachable")
            return
        delay = _DELAYS.get(errcode or 0) or min(2.0 ** (failures - 1), _DELAY_MAX)
        until = self._now() + timedelta(seconds=delay)
        await to_thread.run_sync(self._deliveries.put_off, link.conversation_id, until, failures)

    async def _park(self, link: Link, reason: str) -> None:
        log.info("wechat_parked", conversation=link.conversation_id, reason=reason)
        await to_thread.run_sync(self._deliveries.park, link.conversation_id, reason, self._now())
        await self._tell_desk(link)

    async def _tell_desk(self, link: Link) -> None:
        """Something has changed of what an agent is shown of the delivery."""
        await self._wakeups.wake(link.conversation_id, {"type": "delivery"})

    async def _skip(self, link: Link, after: Cursor) -> None:
        await to_thread.run_sync(self._deliveries.skip, link.conversation_id, link.cursor, after, self._now())


async def _woken(inbox: Inbox) -> list[Passing]:
    """What came in until there may be something new, or it is time to look anyway; only agents are seen to type."""
    until, passed = time.monotonic() + _LOOK_SECONDS, []
    while (left := until - time.monotonic()) > 0:
        with contextlib.suppress(asyncio.TimeoutError):
            passing = await asyncio.wait_for(inbox.get(), left)
            passed.append(passing)
            if not passing or _agent_types(passing):
                break
    while not inbox.empty():
        passed.append(inbox.get_nowait())
    return passed


def _msgid(link: Link, piece: Piece) -> str:
    """The same for the same message, so that one which WeChat took without our hearing it is not delivered twice."""
    named = f"{link.conversation_id}\0{link.cursor.seq}\0{link.cursor.offset}\0{piece.text}"
    return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:32]


def _agent_types(passing: dict[str, Any]) -> bool:
    return passing.get("type") == "typing" and passing.get("author") == Author.AGENT.value and bool(passing.get("on"))
