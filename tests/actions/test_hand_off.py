"""The wish for a person: an agent where one can come, else the hotline; and what the agent is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

import actions.hand_off
from actions.hand_off import ActionHandOff, brief
from jieda.agents import Role
from jieda.brief import Reason
from jieda.cases import CaseRequest
from jieda.clock import Clock
from jieda.conversations import Channel, Owner, Reply
from jieda.policy import Category, Language, Severity
from jieda.store.agents import AgentBook
from jieda.store.cases import CaseBook
from jieda.store.database import connect, migrate
from jieda.store.ledger import Ledger
from jieda.store.wechat import WeChatBook
from jieda.wechat_settings import Handoff, WeChatSettings
from tests.actions.talk import Event, acted, answered, said, tracker_of
from tests.fakes.wechat import FakeWeChat

THURSDAY, SATURDAY = "2026-03-12T10:00:00+08:00", "2026-03-14T10:00:00+08:00"
ASKED = "a person please"


def responses(messages: list[dict[str, object]]) -> list[object]:
    return [each["response"] for each in messages]


class Store:
    """A gateway's database, with a conversation in which the bot owes an answer."""

    def __init__(self, url: str) -> None:
        migrate(url)
        self.ledger, self.agents = Ledger(connect(url)), AgentBook(connect(url))
        self.wechat, self.cases = WeChatBook(connect(url)), CaseBook(connect(url))
        self.conversation_id = self.ledger.begin(Channel.WEB, datetime.now(timezone.utc))
        self.seq = self.ledger.accept(self.conversation_id, "m1", datetime.now(timezone.utc), text=ASKED).seq
        self.turn = self.ledger.next_turn(self.conversation_id, datetime.now(timezone.utc))

    def on_duty(self) -> None:
        now = datetime.now(timezone.utc)
        self.agents.add("amy", Role.AGENT, "correct horse", at=now)
        self.agents.set_duty("amy", True, at=now)

    def asked(self, **more: object) -> Event:
        message_id = f"{self.conversation_id}:{self.seq}"
        return said(ASKED, "human_request", metadata={"message_id": message_id}, **more)

    def settled(self) -> Owner | None:
        assert self.turn is not None
        return self.ledger.answer(self.turn, [Reply("x")], datetime.now(timezone.utc))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    made = Store(f"sqlite:///{tmp_path / 'jieda.db'}")
    monkeypatch.setattr(actions.hand_off, "ledger", lambda: made.ledger)
    monkeypatch.setattr(actions.hand_off, "agent_book", lambda: made.agents)
    monkeypatch.setattr(actions.hand_off, "case_book", lambda: made.cases)
    yield made
    connect(f"sqlite:///{tmp_path / 'jieda.db'}").dispose()


def at(monkeypatch: pytest.MonkeyPatch, time: str) -> None:
    for module in (actions.hand_off, actions.turn):
        monkeypatch.setattr(module, "clock", lambda: Clock.from_setting(time))


def test_an_agent_on_duty_gets_the_conversation(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, THURSDAY)
    store.on_duty()
    messages, _ = acted(ActionHandOff(), store.asked(), sender=store.conversation_id)
    assert responses(messages) == ["utter_hand_off_queued"]
    assert store.settled() is Owner.QUEUED


@pytest.mark.parametrize(("time", "on_duty"), [(THURSDAY, False), (SATURDAY, True), (SATURDAY, False)])
def test_else_the_hotline_and_the_offer_of_a_case(
    store: Store, monkeypatch: pytest.MonkeyPatch, time: str, on_duty: bool
) -> None:
    at(monkeypatch, time)
    if on_duty:
        store.on_duty()
    messages, _ = acted(ActionHandOff(), store.asked(), sender=store.conversation_id)
    assert responses(messages) == ["utter_hand_off", "utter_hand_off_case"]
    assert store.settled() is Owner.BOT


def test_a_critical_matter_reaches_whoever_is_on_duty(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, SATURDAY)
    store.on_duty()
    acted(ActionHandOff(), store.asked(), sender=store.conversation_id, slots={"severity": "critical"})
    assert store.settled() is Owner.QUEUED


@pytest.mark.parametrize(("resolved", "owner"), [(False, Owner.QUEUED), (True, Owner.BOT)])
def test_so_does_one_that_is_a_case_already(
    store: Store, monkeypatch: pytest.MonkeyPatch, resolved: bool, owner: Owner
) -> None:
    at(monkeypatch, SATURDAY)
    store.on_duty()
    now = datetime.now(timezone.utc)
    request = CaseRequest(
        store.conversation_id, Language.EN, Category.TECHNICAL, "all is down", "Li Lei", "Example Ltd",
        Severity.CRITICAL, contact_email="lilei@example.com",
    )  # fmt: skip
    case = store.cases.open(request, key="k", opened_at=now, due_at=now)
    if resolved:
        store.cases.resolve(case.number, at=now, by="amy")
    acted(ActionHandOff(), store.asked(), sender=store.conversation_id)
    assert store.settled() is owner
    if not resolved:
        queued = store.ledger.conversation(store.conversation_id)
        assert (queued.category, queued.severity) == ("technical", "critical")


class TestWeChat:
    """An account whose customers are handed to people in WeChat's own tools, and one with our desk."""

    @pytest.fixture(autouse=True)
    def accounts(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        at(monkeypatch, SATURDAY)
        fake = FakeWeChat()
        native, ours = fake.official_account("native", handoff=Handoff.NATIVE), fake.official_account("ours")
        fake.close()
        settings = WeChatSettings(official={"native": native, "ours": ours})
        monkeypatch.setattr(actions.hand_off, "wechat_settings", lambda: settings)
        monkeypatch.setattr(actions.hand_off, "wechat_book", lambda: store.wechat)

    def test_who_is_there_in_wechats_own_tools_is_for_the_channel_to_ask(self, store: Store) -> None:
        store.wechat.adopt("official:native", "oLiLei", store.conversation_id, datetime.now(timezone.utc))
        messages, _ = acted(ActionHandOff(), store.asked(), sender=store.conversation_id)
        assert responses(messages) == ["utter_hand_off_queued"]
        assert store.settled() is Owner.QUEUED

    @pytest.mark.parametrize("account", ["official:ours", None])
    def test_at_our_desk_nobody_is(self, store: Store, account: str | None) -> None:
        if account:
            store.wechat.adopt(account, "oLiLei", store.conversation_id, datetime.now(timezone.utc))
        acted(ActionHandOff(), store.asked(), sender=store.conversation_id)
        assert store.settled() is Owner.BOT


def test_without_a_gateway_there_is_the_hotline(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, THURSDAY)
    store.on_duty()
    assert responses(answered(ActionHandOff(), said(ASKED, "human_request")))[0] == "utter_hand_off"


def test_the_brief_holds_what_is_known_and_what_failed() -> None:
    tracker = tracker_of(
        said("what", "nlu_fallback"),
        said("pizza", "out_of_scope"),
        said("this bot is useless", "social_bot_complaint"),
        slots={
            "support_category": "technical", "severity": "critical", "affected_app": "Dynamics 365 Sales",
            "contact_phone": "+8613800138000", "failed_answers": {"company": 2},
        },
    )  # fmt: skip
    found = brief(tracker)
    assert (found.reason, found.category, found.severity) == (Reason.COMPLAINT, "technical", "critical")
    assert (found.misunderstood, found.failed) == (2, {"company": 2})
    assert found.details == {"affected_app": "Dynamics 365 Sales", "contact_phone": "+8613800138000"}
