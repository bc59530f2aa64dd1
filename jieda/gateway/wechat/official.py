"""Official accounts: a push is taken in once, and answered in its reply if that is in time, else over the API."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from anyio import to_thread

from jieda.conversations import Channel
from jieda.gateway.turns import TurnWorker
from jieda.gateway.wakeups import Inbox, Wakeups
from jieda.gateway.wechat.client import OfficialClient
from jieda.gateway.wechat.delivery import Delivery, deliverable
from jieda.gateway.wechat.erasure import Erasure
from jieda.gateway.wechat.handoff import NativeHandoff
from jieda.gateway.wechat.messages import Push, menu, text_reply, transfer_reply
from jieda.gateway.wechat.reception import Incoming, Received, Reception, Said
from jieda.gateway.wechat.rendering import Piece, pieces
from jieda.policy import Language
from jieda.store.ledger import Ledger
from jieda.store.wechat import WeChatBook
from jieda.store.wechat_quota import Trigger
from jieda.store.wechat_rows import NATIVE_AGENT, Link, Path, Pushed
from jieda.wechat_settings import Handoff, OfficialAccount, ReplyBy
from jieda.wording import wording

log = structlog.get_logger(__name__)

PASSIVE_SECONDS = 4.3
"""From the arrival of a push until its reply must be on its way; WeChat cuts at 5."""
_APART_SECONDS = 0.012
_APART_MOST = 1.5
"""Pushes that wait together give up one after another: 30 at once were 0.2 s later (`benchmarks.wechat`)."""
_TYPING_AFTER = 1.2
_LOOK_SECONDS = 0.4
_CUT_SECONDS = 6.0
"""Held for so long, a push is repeated by WeChat: the only way to more time without the API."""
_DELIVERIES = 3
_REMEMBERED = 20_000
_GREETED = {"subscribe", "scan"}


@dataclass(frozen=True)
class Answer:
    """What a push is answered with: XML, or None for the bare acknowledgement."""

    xml: str | None = None


class OfficialChannel:
    """One official account. Also the outlet through which its conversations are delivered."""

    def __init__(
        self,
        account: OfficialAccount,
        client: OfficialClient,
        *,
        ledger: Ledger,
        book: WeChatBook,
        reception: Reception,
        delivery: Delivery,
        handoff: NativeHandoff,
        erasure: Erasure,
        turns: TurnWorker,
        wakeups: Wakeups,
        now: Callable[[], datetime],
    ) -> None:
        self.account = account
        self.client = client
        self.key = account.key
        self.by_api = account.reply is ReplyBy.API
        self._ledger = ledger
        self._book = book
        self._reception = reception
        self._delivery = delivery
        self._handoff = handoff
        self._erasure = erasure
        self._turns = turns
        self._wakeups = wakeups
        self._now = now
        self._at_work: dict[str, asyncio.Task[Answer]] = {}
        self._settled: OrderedDict[str, Answer] = OrderedDict()

    # --- the outlet

    async def send(self, openid: str, message: dict[str, Any], msgid: str) -> None:
        await self.client.send(openid, message)

    async def typing(self, openid: str) -> None:
        await self.client.typing(openid, True)

    def menu(self, piece: Piece) -> dict[str, Any]:
        return menu(piece.text, [(choice.id, choice.title) for choice in piece.choices])

    async def look(self, link: Link) -> None:
        """A transfer needs a message of the customer to answer; there is nothing to do without one."""

    async def still_native(self, link: Link) -> bool:
        """WeChat ends a silent session by itself and does not always tell."""
        return False

    # --- pushes

    async def answer(self, push: Push, arrived: float) -> Answer:
        """The answer to a verified push that arrived then (monotonic seconds). A repetition joins what is at work."""
        if (known := self._settled.get(push.key)) is not None:
            return known
        deadline = arrived + PASSIVE_SECONDS
        if not self.by_api and not push.is_event:
            # Each repetition is a chance of its own.
            return await self._work(push, deadline)
        task = self._at_work.get(push.key)
        if task is None:
            apart = min(len(self._at_work) * _APART_SECONDS, _APART_MOST)
            task = asyncio.create_task(self._work(push, deadline - apart))
            self._at_work[push.key] = task
            task.add_done_callback(lambda _: self._at_work.pop(push.key, None))
        # Never left before it is settled: a reply that was claimed and not given would be lost.
        return await asyncio.shield(task)

    async def _work(self, push: Push, deadline: float) -> Answer:
        if push.is_event:
            return await self._event(push, deadline)
        return await self._message(push, deadline)

    async def _event(self, push: Push, deadline: float) -> Answer:
        event = push.event.lower()
        if event == "unsubscribe":
            await self._erasure.erase(self.key, push.sender)
            return Answer()
        if event in _GREETED:
            return await self._greeting(push)
        if event == "click":
            return await self._message(push, deadline)
        if event in ("kf_create_session", "kf_switch_session", "kf_close_session"):
            await self._session(push, event)
        return Answer()

    async def _greeting(self, push: Push) -> Answer:
        known = await to_thread.run_sync(self._book.pushed, self.key, push.key)
        if known is not None:
            return self._settle(push, known)
        conversation_id = await to_thread.run_sync(self._book.conversation_of, self.key, push.sender)
        now = self._now()
        await to_thread.run_sync(
            self._book.take_in, self.key, push.sender, push.key, conversation_id, now, now, Trigger.TOUCH
        )
        welcome = wording().say("utter_wechat_welcome", await self._reception.language(conversation_id))
        xml = text_reply(push, welcome, self._seconds())
        await to_thread.run_sync(self._book.decide, self.key, push.key, Path.PASSIVE, xml)
        return await self._settled_answer(push)

    async def _session(self, push: Push, event: str) -> None:
        conversation_id = await to_thread.run_sync(self._book.conversation_of, self.key, push.sender)
        if conversation_id is None:
            return
        if event == "kf_close_session":
            await self._handoff.ended(conversation_id)
        else:
            agent = push.fields.get("ToKfAccount") or push.fields.get("KfAccount") or NATIVE_AGENT
            await self._handoff.began(conversation_id, agent[:64])

    async def _message(self, push: Push, deadline: float) -> Answer:
        arrival = await to_thread.run_sync(self._book.arrival, self.key, push.sender, push.key)
        known, link = arrival.pushed, arrival.link
        if known is not None and known.path is not None:
            return self._settle(push, known)
        incoming = Incoming(
            account=self.key,
            channel=Channel.WECHAT,
            openid=push.sender,
            key=push.key,
            kind="text" if push.is_event else push.kind,
            text=push.text,
            menu_id=push.menu_id,
            media_id=push.media_id,
            intent=push.event_key if push.is_event else "",
        )
        conversation_id = await self._reception.place(arrival, incoming)
        if link is not None and link.native_at is not None:
            # While such a session is open WeChat keeps the customer's messages to itself.
            await self._handoff.ended(conversation_id)
        async with self._wakeups.listen(conversation_id) as inbox:
            said = await self._reception.understood(conversation_id, incoming)
            deliveries = await self._taken_in(push, said, conversation_id, known, deadline)
            received = await self._reception.receive(conversation_id, incoming, said)
            if received.conversation_id != conversation_id:
                self._turns.take_up(received.conversation_id)
                return await self._leave_to_api(push, received)
            await self._wakeups.wake(conversation_id)
            while not inbox.empty():
                inbox.get_nowait()
            if received.for_bot:
                self._turns.take_up(conversation_id)
            return await self._in_time(push, received, deadline, inbox, deliveries)

    async def _taken_in(
        self, push: Push, said: Said | None, conversation_id: str, known: Pushed | None, deadline: float
    ) -> int:
        """Takes the push in; returns how often it was delivered by now."""
        until = self._now() + timedelta(seconds=deadline - time.monotonic())
        if known is None:
            trigger = Trigger.TOUCH if said is not None and said.clicked else Trigger.MESSAGE
            known = await to_thread.run_sync(
                self._book.take_in, self.key, push.sender, push.key, conversation_id, self._now(), until, trigger
            )
            if known.fresh:
                return 1
        return await to_thread.run_sync(self._book.again, self.key, push.key, until)

    async def _in_time(self, push: Push, received: Received, deadline: float, inbox: Inbox, deliveries: int) -> Answer:
        """Waits for the answer until the deadline, and gives it; else leaves it to the API."""
        typing_at = time.monotonic() + _TYPING_AFTER
        typing: asyncio.Task[None] | None = None
        while time.monotonic() < deadline:
            if not await to_thread.run_sync(self._book.owed, received.conversation_id, received.seq):
                answer = await self._claim(push, received)
                if answer is not None:
                    return answer
            if typing is None and time.monotonic() >= typing_at and self.by_api:
                typing = asyncio.create_task(self._delivery.typing(received.conversation_id))
            await _woken(inbox, min(deadline, time.monotonic() + _LOOK_SECONDS))
        if not self.by_api:
            return await self._out_of_time(push, deliveries, deadline)
        return await self._leave_to_api(push, received)

    async def _claim(self, push: Push, received: Received) -> Answer | None:
        """Tries to give what there is to say as the reply to this push; None while somebody is just delivering it."""
        conversation_id = received.conversation_id
        if self.account.handoff is Handoff.NATIVE and await self._handoff.waiting(conversation_id):
            transferred = await self._transfer(push, conversation_id)
            if transferred is not None:
                return transferred
        link = await to_thread.run_sync(self._book.link, conversation_id)
        if link is None:
            return Answer()
        events = await to_thread.run_sync(self._ledger.events, conversation_id, link.cursor.seq)
        messages = deliverable(events)
        if not messages:
            await to_thread.run_sync(self._book.decide, self.key, push.key, Path.API)
            self._delivery.follow(conversation_id)
            return await self._settled_answer(push)
        hint = ""
        if any(each.choices for each in messages):
            language = await self._reception.language(conversation_id)
            hint = wording().say("utter_wechat_choose_by_number", language)
        made = pieces(messages, link.cursor, merged=True, choices_as_text=hint)
        xml = text_reply(push, made[0].text, self._seconds())
        claimed = await to_thread.run_sync(
            self._book.claim, self.key, push.key, conversation_id, link.cursor, made[0].after, xml, self._now()
        )
        if claimed:
            await self._wakeups.wake(conversation_id, {"type": "delivery"})
            if len(made) > 1:
                await self._hand_on(conversation_id)
            return self._remember(push, Answer(xml))
        known = await to_thread.run_sync(self._book.pushed, self.key, push.key)
        return None if known is None or known.path is None else self._settle(push, known)

    async def _transfer(self, push: Push, conversation_id: str) -> Answer | None:
        if push.is_event:
            return None
        if not await self._handoff.online(self.client):
            await self._handoff.nobody(conversation_id)
            return None
        xml = transfer_reply(push, self._seconds())
        if not await to_thread.run_sync(self._book.decide, self.key, push.key, Path.PASSIVE, xml):
            return await self._settled_answer(push)
        await self._handoff.began(conversation_id)
        await self._hand_on(conversation_id)
        return self._remember(push, Answer(xml))

    async def _leave_to_api(self, push: Push, received: Received) -> Answer:
        if not await to_thread.run_sync(self._book.decide, self.key, push.key, Path.API):
            return await self._settled_answer(push)
        await self._hand_on(received.conversation_id)
        return self._remember(push, Answer())

    async def _out_of_time(self, push: Push, deliveries: int, deadline: float) -> Answer:
        """Without the API: lets WeChat repeat the push; after the last time the answer waits for the next message."""
        if deliveries < _DELIVERIES:
            await asyncio.sleep(deadline + _CUT_SECONDS - PASSIVE_SECONDS - time.monotonic())
            return Answer()
        text = wording().say("utter_wechat_ask_again", Language.ZH)
        xml = text_reply(push, text, self._seconds())
        await to_thread.run_sync(self._book.decide, self.key, push.key, Path.PASSIVE, xml)
        return await self._settled_answer(push)

    async def _hand_on(self, conversation_id: str) -> None:
        """What is left goes by the API."""
        self._delivery.follow(conversation_id)
        await self._wakeups.wake(conversation_id)

    async def _settled_answer(self, push: Push) -> Answer:
        known = await to_thread.run_sync(self._book.pushed, self.key, push.key)
        return Answer() if known is None else self._settle(push, known)

    def _settle(self, push: Push, known: Pushed) -> Answer:
        return self._remember(push, Answer(known.reply if known.path is Path.PASSIVE else None))

    def _remember(self, push: Push, answer: Answer) -> Answer:
        self._settled[push.key] = answer
        while len(self._settled) > _REMEMBERED:
            self._settled.popitem(last=False)
        return answer

    def _seconds(self) -> int:
        return int(self._now().timestamp())


async def _woken(inbox: Inbox, until: float) -> None:
    """Until the ledger may have something new; that somebody types is nothing new."""
    while (left := until - time.monotonic()) > 0:
        try:
            if not await asyncio.wait_for(inbox.get(), left):
                return
        except asyncio.TimeoutError:
            return
