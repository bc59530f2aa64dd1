"""Takes what a WeChat user sent into the ledger: one open conversation for each user of an account."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from anyio import to_thread

from jieda.conversations import (
    MESSAGE_MAX,
    Channel,
    ChoiceUnknown,
    ConversationClosed,
    ConversationUnknown,
    Owner,
    Reply,
)
from jieda.gateway.metrics import CONVERSATIONS, MESSAGES
from jieda.gateway.wechat.rendering import numbered
from jieda.policy import Language
from jieda.store.attachments import AttachmentBook
from jieda.store.ledger import Accepted, Ledger
from jieda.store.wechat import Arrival, WeChatBook
from jieda.wording import WordingError, wording

CHOICES_EXPIRE = timedelta(hours=48)
"""After that a menu means no more than the words on it."""
_PLACEHOLDERS = {
    "empty": "utter_wechat_empty",
    "image": "utter_wechat_image",
    "voice": "utter_wechat_voice",
    "video": "utter_wechat_video",
    "shortvideo": "utter_wechat_video",
    "location": "utter_wechat_location",
    "link": "utter_wechat_link",
    "file": "utter_wechat_file",
}
_ANSWERS = {"image": "utter_wechat_image_kept", "voice": "utter_wechat_please_type"}


OnAccepted = Callable[[str, Accepted], Awaitable[None]]
"""What else is done about a message that has been taken in, as for one of the web page."""


@dataclass(frozen=True)
class Incoming:
    """What a user of an account sent, whatever kind of account it is. `intent` is that of a menu of the account's."""

    account: str
    channel: Channel
    openid: str
    key: str
    kind: str
    text: str = ""
    menu_id: str | None = None
    media_id: str = ""
    intent: str = ""
    stale: bool = False
    """Too old to be answered; kept for people to read."""


@dataclass(frozen=True)
class Said:
    """What it says: words, the id of a choice, or what a trusted menu means to Rasa."""

    text: str | None = None
    choice: str | None = None
    payload: str | None = None
    clicked: bool = False
    """Whether WeChat counts it as a click, not as a message."""


@dataclass(frozen=True)
class Received:
    """It stands in the ledger under `seq`."""

    conversation_id: str
    seq: int
    for_bot: bool


class Reception:
    """Shared by the channels of all accounts."""

    def __init__(
        self,
        ledger: Ledger,
        book: WeChatBook,
        attachments: AttachmentBook,
        accepted: OnAccepted,
        now: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._book = book
        self._attachments = attachments
        self._accepted = accepted
        self._now = now

    async def conversation(self, account: str, channel: Channel, openid: str) -> str:
        """The user's open conversation, or a new one."""
        found = await to_thread.run_sync(self._book.conversation_of, account, openid)
        if found is not None:
            return found
        made = await to_thread.run_sync(self._ledger.begin, channel, self._now())
        kept = await to_thread.run_sync(self._book.adopt, account, openid, made, self._now())
        if kept == made:
            CONVERSATIONS.labels(channel.value).inc()
        return kept

    async def place(self, arrival: Arrival, incoming: Incoming) -> str:
        """The conversation that something belongs to: the open one; a closed one for what is chosen of its last
        question, such as how satisfied the customer is, and for the word they wished to add; else a new one."""
        if arrival.link is not None:
            return arrival.link.conversation_id
        if arrival.last is not None and arrival.word_awaited:
            return arrival.last.conversation_id
        if arrival.last is not None:
            said = await self.understood(arrival.last.conversation_id, incoming)
            if said is not None and said.choice is not None:
                return arrival.last.conversation_id
        return await self.conversation(incoming.account, incoming.channel, incoming.openid)

    async def language(self, conversation_id: str | None) -> Language:
        """The customer's, as far as it is known."""
        if conversation_id is None:
            return Language.ZH
        try:
            found = await to_thread.run_sync(self._ledger.conversation, conversation_id)
        except ConversationUnknown:
            return Language.ZH
        return found.language or Language.ZH

    async def understood(self, conversation_id: str, incoming: Incoming) -> Said | None:
        """What was said; None for what cannot be read as words (a picture, a voice without recognition)."""
        if incoming.intent:
            try:
                wish = wording().say(f"utter_wish_{incoming.intent}", await self.language(conversation_id))
            except WordingError:
                return Said(text=incoming.text or incoming.intent, clicked=True)
            return Said(text=wish, payload=f"/{incoming.intent}", clicked=True)
        text = incoming.text.strip()[:MESSAGE_MAX]
        if incoming.kind not in ("text", "voice") or not text:
            return None
        offers = await to_thread.run_sync(self._book.offers, conversation_id, self._now() - CHOICES_EXPIRE)
        if incoming.menu_id in offers.ids:
            return Said(choice=incoming.menu_id, clicked=True)
        for choice in offers.latest:
            if choice.title.strip() == text:
                return Said(choice=choice.id, clicked=True)
        meant = numbered(offers.latest).get(int(text)) if text.isdecimal() and len(text) <= 2 else None
        if meant is not None and not offers.said_since:
            return Said(choice=meant.id, clicked=incoming.menu_id is not None)
        return Said(text=text, clicked=incoming.menu_id is not None)

    async def receive(self, conversation_id: str, incoming: Incoming, said: Said | None) -> Received:
        """Takes it in, once for each key; what cannot be read as words is answered politely while the bot owns."""
        try:
            return await self._receive(conversation_id, incoming, said)
        except (ConversationClosed, ConversationUnknown):
            # Closed, or erased, a moment ago.
            anew = await self.conversation(incoming.account, incoming.channel, incoming.openid)
            return await self._receive(anew, incoming, said and Said(said.text or incoming.text, payload=said.payload))

    async def _receive(self, conversation_id: str, incoming: Incoming, said: Said | None) -> Received:
        if said is None:
            language = await self.language(conversation_id)
            kind = "empty" if incoming.kind == "text" else incoming.kind
            placeholder = wording().say(_PLACEHOLDERS.get(kind, "utter_wechat_other"), language)
            written: dict[str, Any] = {"text": placeholder, "owed": False}
        else:
            owed = not incoming.stale
            written = {"text": said.text, "choice": said.choice, "payload": said.payload, "owed": owed}
        try:
            accepted = await to_thread.run_sync(self._accept, conversation_id, incoming.key, written)
        except ChoiceUnknown:
            written = {"text": incoming.text, "owed": not incoming.stale}
            accepted = await to_thread.run_sync(self._accept, conversation_id, incoming.key, written)
        if accepted.fresh:
            MESSAGES.labels(incoming.channel.value).inc()
            await self._accepted(conversation_id, accepted)
        if incoming.kind == "image" and incoming.media_id:
            await to_thread.run_sync(
                self._attachments.want, conversation_id, accepted.seq, incoming.account, incoming.media_id, self._now()
            )
        if said is None and accepted.fresh and not incoming.stale:
            conversation = await to_thread.run_sync(self._ledger.conversation, conversation_id)
            if conversation.owner is Owner.BOT:
                spoken = conversation.language or Language.ZH
                answer = wording().say(_ANSWERS.get(incoming.kind, "utter_wechat_please_type"), spoken)
                await to_thread.run_sync(self._ledger.write_as_system, conversation_id, Reply(answer), self._now())
        return Received(conversation_id, accepted.seq, accepted.for_bot)

    def _accept(self, conversation_id: str, key: str, written: dict[str, Any]) -> Accepted:
        return self._ledger.accept(conversation_id, key, self._now(), **written)
