"""Hand-off to people in WeChat's own tools: the moves of ownership that mirror their sessions.

At our own desk nothing of this is needed: an agent's messages stand in the ledger and are delivered like the bot's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from anyio import to_thread

from jieda.clock import clock
from jieda.conversations import ConversationUnknown, MoveConflict, MoveNotAllowed, Owner, Reply
from jieda.gateway.wakeups import DESK, Wakeups
from jieda.gateway.wechat.api import WeChatError
from jieda.gateway.wechat.client import OfficialClient
from jieda.hours import support_hours
from jieda.policy import Category, Language
from jieda.reach import reach
from jieda.store.ledger import Ledger
from jieda.store.wechat import WeChatBook
from jieda.store.wechat_rows import NATIVE_AGENT, Link
from jieda.wording import wording

log = structlog.get_logger(__name__)

SILENCE = timedelta(minutes=30)
"""After so much silence WeChat ends a session of its own customer service (mp: transfer)."""
_ONLINE_SECONDS = 1.5
_ACTOR = "wechat"


class NativeHandoff:
    """Keeps the ledger's ownership in step with sessions in WeChat's own tools."""

    def __init__(self, ledger: Ledger, book: WeChatBook, wakeups: Wakeups, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._book = book
        self._wakeups = wakeups
        self._now = now

    async def waiting(self, conversation_id: str) -> bool:
        """Whether the customer waits for a person."""
        return await self._owner(conversation_id) is Owner.QUEUED

    async def online(self, client: OfficialClient) -> bool:
        """Whether anybody is there: naming nobody who is leaves the customer alone (mp: transfer)."""
        try:
            return bool(await asyncio.wait_for(client.online_agents(), _ONLINE_SECONDS))
        except (WeChatError, asyncio.TimeoutError) as error:
            log.warning("wechat_online_unknown", account=client.account.key, error=type(error).__name__)
            return False

    async def began(self, conversation_id: str, agent: str = NATIVE_AGENT) -> bool:
        """A session was opened."""
        await to_thread.run_sync(self._book.native, conversation_id, self._now())
        return await self._move(conversation_id, Owner.ASSIGNED, "native_session", agent)

    async def ended(self, conversation_id: str, reason: str = "native_session_ended") -> None:
        """The session is over; the bot is back."""
        await to_thread.run_sync(self._book.native, conversation_id, None)
        if await self._owner(conversation_id) in (Owner.ASSIGNED, Owner.QUEUED):
            await self._move(conversation_id, Owner.BOT, reason, None)

    async def nobody(self, conversation_id: str) -> None:
        """Nobody is there: the customer is told the hotline, and has the bot back."""
        if not await self._move(conversation_id, Owner.BOT, "no_agent_online", None):
            return
        found = await to_thread.run_sync(self._ledger.conversation, conversation_id)
        spoken = found.language or Language.ZH
        category = None if found.category is None else Category(found.category)
        line = reach(spoken, category, clock().now(), support_hours())
        await self.tell(conversation_id, wording().say("utter_wechat_nobody_online", spoken, **line))

    async def tell(self, conversation_id: str, text: str) -> None:
        await to_thread.run_sync(self._ledger.write_as_system, conversation_id, Reply(text), self._now())
        await self._wakeups.wake(conversation_id)

    async def end_silent(self, still_open: Callable[[Link], Awaitable[bool]]) -> None:
        """Sessions that nobody was heard of for half an hour have ended, unless WeChat knows better."""
        for conversation_id in await to_thread.run_sync(self._book.native_since, self._now() - SILENCE):
            link = await to_thread.run_sync(self._book.link, conversation_id)
            if link is not None and await still_open(link):
                await to_thread.run_sync(self._book.native, conversation_id, self._now())
            else:
                await self.ended(conversation_id, "native_session_silent")

    async def _owner(self, conversation_id: str) -> Owner | None:
        try:
            return (await to_thread.run_sync(self._ledger.conversation, conversation_id)).owner
        except ConversationUnknown:
            return None

    async def _move(self, conversation_id: str, owner: Owner, reason: str, agent: str | None) -> bool:
        def move() -> None:
            version = self._ledger.conversation(conversation_id).version
            self._ledger.move(conversation_id, version, owner, actor=_ACTOR, reason=reason, at=self._now(), agent=agent)

        try:
            await to_thread.run_sync(move)
        except (ConversationUnknown, MoveConflict, MoveNotAllowed) as error:
            log.info("wechat_not_moved", conversation=conversation_id, to=owner.value, reason=error.code)
            return False
        await self._wakeups.wake(conversation_id)
        await self._wakeups.wake(DESK)
        return True
