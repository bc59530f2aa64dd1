"""What the gateway's routes work with, made once at start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import httpx
from starlette.requests import Request

from jieda.clock import clock
from jieda.conversations import Turn
from jieda.gateway.limits import AddressLimit
from jieda.gateway.rasa import RasaClient
from jieda.gateway.tokens import ConversationTokens
from jieda.gateway.turns import TurnWorker
from jieda.gateway.wakeups import LocalWakeups, RedisWakeups, Wakeups
from jieda.gateway.wechat.service import WeChat
from jieda.hours import support_hours
from jieda.policy import Category, Language
from jieda.reach import reach
from jieda.settings import Settings
from jieda.store.database import connect
from jieda.store.ledger import Ledger
from jieda.wechat_settings import wechat_settings
from jieda.wording import wording


@dataclass(frozen=True)
class Services:
    """One of each seam: store, wake-ups, Rasa, and what stands on them."""

    settings: Settings
    ledger: Ledger
    wakeups: Wakeups
    http: httpx.AsyncClient
    rasa: RasaClient
    turns: TurnWorker
    tokens: ConversationTokens
    new_conversations: AddressLimit
    new_messages: AddressLimit
    wechat: WeChat

    @classmethod
    def from_settings(cls, settings: Settings) -> Services:
        ledger = Ledger(connect(settings.database_url))
        wakeups: Wakeups = RedisWakeups(settings.redis_url) if settings.redis_url else LocalWakeups()
        http = httpx.AsyncClient(limits=httpx.Limits(max_connections=200), trust_env=False)
        rasa = RasaClient(settings.rasa_url, settings.rasa_token, http)
        turns = TurnWorker(ledger, rasa, wakeups, apology, timeout=settings.rasa_timeout, alone=settings.embedded)
        return cls(
            settings=settings,
            ledger=ledger,
            wakeups=wakeups,
            http=http,
            rasa=rasa,
            turns=turns,
            tokens=ConversationTokens(settings.secret(), settings.token_days),
            new_conversations=AddressLimit("conversations", settings.conversations_per_minute, settings.redis_url),
            new_messages=AddressLimit("messages", settings.messages_per_minute, settings.redis_url),
            wechat=WeChat(
                wechat_settings(),
                connect(settings.database_url),
                connect(settings.tracker_url),
                settings.home,
                ledger=ledger,
                turns=turns,
                wakeups=wakeups,
                http=http,
            ),
        )

    async def start(self) -> None:
        await self.wakeups.start()
        await self.turns.start()
        await self.wechat.start()

    async def stop(self) -> None:
        await self.wechat.stop()
        await self.turns.stop()
        await self.wakeups.stop()
        await self.http.aclose()


def apology(turn: Turn) -> str:
    """What is said when Rasa cannot answer: the hotline that fits, in the customer's language."""
    spoken = turn.language or Language.ZH
    category = None if turn.category is None else Category(turn.category)
    return wording().say("utter_apology", spoken, **reach(spoken, category, clock().now(), support_hours()))


def services(request: Request) -> Services:
    return cast(Services, request.app.state.services)
