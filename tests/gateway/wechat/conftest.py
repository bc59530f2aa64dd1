"""A gateway with WeChat accounts, the faithful fake of WeChat around it, and a Rasa that does what it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from jieda.conversations import Author, MessageEvent, Owner, Reply
from jieda.gateway import services
from jieda.gateway.wechat import callbacks, official
from jieda.store.wechat_standing import Standing
from jieda.wechat_settings import KfAccount, OfficialAccount, WeChatSettings
from tests.fakes.rasa import FakeRasa
from tests.fakes.wechat import FakeKf, FakeOfficial, FakeWeChat, KfPhone, Phone
from tests.gateway.conftest import MakeGateway
from tests.gateway.harness import Gateway, eventually, now

LATE = 1.5
"""Seconds that a hurried WeChat waits for a passive reply."""


@dataclass
class World:
    """One account of WeChat's and the gateway behind it."""

    fake: FakeWeChat
    gateway: Gateway
    rasa: FakeRasa
    account: OfficialAccount | KfAccount
    others: list[Gateway] = field(default_factory=list)

    @property
    def official(self) -> FakeOfficial:
        return self.fake.official[self.account.name]

    @property
    def kf(self) -> FakeKf:
        return self.fake.kf[self.account.name]

    def phone(self, openid: str = "oCustomer1") -> Phone:
        return self.official.phone(openid)

    def kf_phone(self, openid: str = "wmCustomer1") -> KfPhone:
        return self.kf.phone(openid)

    @property
    def wechat(self) -> Any:
        assert self.gateway._app is not None
        return self.gateway._app.state.services.wechat

    def pass_by(self, **span: float) -> None:
        """Lets time go by, for WeChat and for the gateway."""
        self.fake.clock.pass_by(**span)
        self.wechat.ahead = self.fake.clock.ahead

    def restart(self) -> None:
        self.gateway.stop()
        self.gateway.start()
        self.wechat.ahead = self.fake.clock.ahead

    # --- the ledger

    def conversation(self, openid: str) -> str:
        found = eventually(lambda: self.wechat.book.conversation_of(self.account.key, openid))
        assert isinstance(found, str)
        return found

    def owner(self, openid: str) -> Owner:
        return self.gateway.ledger.conversation(self.conversation(openid)).owner

    def messages(self, openid: str) -> list[tuple[str, str]]:
        events = self.gateway.ledger.events(self.conversation(openid))
        return [(each.author.value, each.text) for each in events if isinstance(each, MessageEvent)]

    def move(self, openid: str, owner: Owner, agent: str | None = None) -> None:
        """As the desk or an action would."""
        conversation_id = self.conversation(openid)
        version = self.gateway.ledger.conversation(conversation_id).version
        self.gateway.ledger.move(conversation_id, version, owner, actor="test", reason="test", at=now(), agent=agent)
        self.wake(conversation_id)

    def agent_writes(self, openid: str, text: str) -> None:
        """As the desk would."""
        conversation_id = self.conversation(openid)
        self.gateway.ledger.write_as_system(conversation_id, Reply(text), self.wechat.now(), Author.AGENT)
        self.wake(conversation_id)

    def wake(self, conversation_id: str) -> None:
        at_work = self.gateway._app.state.services  # type: ignore[union-attr]
        loop = at_work.wechat.delivery._sweeper.get_loop()
        asyncio.run_coroutine_threadsafe(at_work.wakeups.wake(conversation_id), loop).result(5)

    def standing(self, openid: str) -> Standing:
        found = self.wechat.standings.of(self.conversation(openid), self.wechat.now())
        assert isinstance(found, Standing)
        return found

    def attempts(self, openid: str) -> list[tuple[int, str, str, int | None]]:
        found = self.wechat.deliveries.attempts(self.conversation(openid))
        assert isinstance(found, list)
        return found


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(make_gateway: MakeGateway, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeWorld]:
    """Makes a world with an account of either kind, set as told."""
    fakes: list[FakeWeChat] = []

    def make(kind: str = "official", rasa_timeout: float = 20.0, hurried: bool = False, **how: Any) -> World:
        fake = FakeWeChat()
        fakes.append(fake)
        if hurried:
            # WeChat's 5 s, three times as fast.
            monkeypatch.setattr(official, "PASSIVE_SECONDS", LATE)
            monkeypatch.setattr(official, "_CUT_SECONDS", LATE + 0.5)
            monkeypatch.setattr(callbacks, "_CUT_SECONDS", LATE + 0.5)
        account = fake.official_account(**how) if kind == "official" else fake.kf_account(**how)
        accounts = (
            WeChatSettings(official={account.name: account})
            if isinstance(account, OfficialAccount)
            else WeChatSettings(kf={account.name: account})
        )
        monkeypatch.setattr(services, "wechat_settings", lambda: accounts)
        gateway = make_gateway(rasa_timeout=rasa_timeout)
        fake.serve(gateway.url, account)
        if hurried and kind == "official":
            fake.official[account.name].pusher.cut = LATE + 0.3
        gateway.start()
        return World(fake, gateway, rasa, account)

    yield make
    for fake in fakes:
        fake.close()


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """An official account in safe mode, with the customer-service API and our own desk."""
    return make_world()


@pytest.fixture
def phone(world: World) -> Phone:
    return world.phone()


@pytest.fixture
def hurried(make_world: MakeWorld) -> World:
    """The same, in a WeChat that cuts after half a second: for what must come over the API."""
    return make_world(hurried=True)


@pytest.fixture
def kf(make_world: MakeWorld) -> World:
    """A customer-service account with our own desk."""
    return make_world("kf")


@pytest.fixture
def vectors() -> dict[str, Any]:
    """The official worked examples."""
    file = Path(__file__).parent / "vectors.json"
    return dict(json.loads(file.read_text(encoding="utf-8")))
