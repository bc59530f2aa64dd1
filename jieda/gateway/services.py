"""What the gateway's routes work with, made once at start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import cast

import httpx
from anyio import to_thread
from starlette.requests import Request

from jieda.clock import clock
from jieda.conversations import Turn
from jieda.gateway.accepted import accepted_by
from jieda.gateway.limits import AddressLimit, Pace
from jieda.gateway.meanwhile import Meanwhile
from jieda.gateway.notifier import Notifier
from jieda.gateway.rasa import RasaClient
from jieda.gateway.retention import Retention
from jieda.gateway.tokens import ConversationTokens
from jieda.gateway.turns import TurnWorker
from jieda.gateway.wakeups import LocalWakeups, RedisWakeups, Wakeups
from jieda.gateway.watch import Watch
from jieda.gateway.wechat.service import WeChat
from jieda.hours import support_hours
from jieda.policy import Category, Language
from jieda.reach import reach
from jieda.settings import Settings
from jieda.store.agents import AgentBook
from jieda.store.audit import AuditLog
from jieda.store.cases import CaseBook
from jieda.store.database import connect
from jieda.store.dossiers import Dossiers
from jieda.store.erasure import Erasure
from jieda.store.insights import InsightBook
from jieda.store.ledger import Accepted, Ledger
from jieda.store.notes import NoteBook
from jieda.store.ownership import Ownership
from jieda.store.queue import Queue
from jieda.store.reviews import ReviewBook
from jieda.store.transcripts import Transcripts
from jieda.wechat_settings import wechat_settings
from jieda.wording import wording

STRANGERS_PER_MINUTE = 60
"""What is kept in the audit log of one address that is not signed in."""
THREADS = 12
"""That wait for databases. With anyio's 40, p95 from desk to customer was 157 ms; with 8 it was 68."""
SIGN_OF_LIFE_SECONDS = 15.0
"""How often it is written down that an agent is there."""


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
    agents: AgentBook
    audit: AuditLog
    cases: CaseBook
    sign_ins: AddressLimit
    strangers: AddressLimit
    signs_of_life: Pace
    queue: Queue
    notes: NoteBook
    dossiers: Dossiers
    ownership: Ownership
    watch: Watch
    transcripts: Transcripts
    reviews: ReviewBook
    retention: Retention
    wechat: WeChat
    insights: InsightBook

    @classmethod
    def from_settings(cls, settings: Settings) -> Services:
        engine = connect(settings.database_url)
        ledger = Ledger(engine)
        wakeups: Wakeups = RedisWakeups(settings.redis_url) if settings.redis_url else LocalWakeups()
        http = httpx.AsyncClient(limits=httpx.Limits(max_connections=200), trust_env=False)
        rasa = RasaClient(settings.rasa_url, settings.rasa_token, http)
        cases, ownership = CaseBook(engine), Ownership(engine)
        notifier = Notifier.from_file(settings.notify)
        meanwhile = Meanwhile(cases, ledger)
        turns = TurnWorker(
            ledger, rasa, wakeups, meanwhile, apology, timeout=settings.rasa_timeout, alone=settings.embedded
        )

        async def accepted(conversation_id: str, message: Accepted) -> None:
            await accepted_by(ledger, wakeups, conversation_id, message, datetime.now(timezone.utc))

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
            agents=AgentBook(engine),
            audit=AuditLog(engine),
            cases=cases,
            sign_ins=AddressLimit("sign_ins", settings.sign_ins_per_minute, settings.redis_url),
            strangers=AddressLimit("strangers", STRANGERS_PER_MINUTE, settings.redis_url),
            signs_of_life=Pace(SIGN_OF_LIFE_SECONDS),
            queue=Queue(engine, support_hours()),
            notes=NoteBook(engine),
            dossiers=Dossiers(engine),
            ownership=ownership,
            watch=Watch(ownership, cases, wakeups, notifier, settings.queue_minutes),
            transcripts=Transcripts(engine),
            reviews=ReviewBook(engine),
            retention=Retention(Erasure(engine, connect(settings.tracker_url), settings.home), settings.retention_days),
            wechat=WeChat(
                wechat_settings(),
                engine,
                connect(settings.tracker_url),
                settings.home,
                ledger=ledger,
                turns=turns,
                wakeups=wakeups,
                http=http,
                accepted=accepted,
            ),
            insights=InsightBook(engine),
        )

    async def start(self) -> None:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        await self.wakeups.start()
        await self.turns.start()
        self.watch.start()
        self.retention.start()
        await self.wechat.start()

    async def stop(self) -> None:
        await self.wechat.stop()
        await self.retention.stop()
        await self.watch.stop()
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
