"""The clocks of the desk: queue timeout, silent agents, critical cases nobody has seen; and hand-off by the bot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from jieda.agents import PRESENT
from jieda.brief import Brief, Reason
from jieda.cases import CaseRequest
from jieda.clock import clock
from jieda.gateway.notifier import Notifier
from jieda.gateway.wakeups import LocalWakeups
from jieda.gateway.watch import Watch
from jieda.policy import Category, Language, Severity
from jieda.store.cases import CaseBook
from jieda.store.database import connect
from jieda.store.ownership import Ownership
from tests.fakes.rasa import FakeRasa
from tests.gateway.conftest import MakeGateway
from tests.gateway.desk.conftest import Desk
from tests.gateway.harness import Customer, Gateway, eventually, hand_over, now

MINUTE = timedelta(minutes=1)


class Told(Notifier):
    """Remembers whom it would have told of."""

    def __init__(self) -> None:
        super().__init__()
        self.cases: list[str] = []

    def tell(self, case: Any) -> None:
        self.cases.append(case.number)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def look(gateway: Gateway, told: Told) -> Callable[[datetime], None]:
    """What the watch of another gateway does at that time."""
    engine = connect(gateway.settings.database_url)
    watch = Watch(Ownership(engine), CaseBook(engine), LocalWakeups(), told, 3)
    return lambda at: asyncio.run(watch.look(at))


def moves(customer: Customer) -> list[str]:
    return [each["owner"] for each in customer.events() if each["type"] == "owner"]


class TestQueueTimeout:
    def test_the_customer_is_told_offered_a_case_and_gets_the_bot_back(
        self, waiting: Customer, look: Callable[[datetime], None]
    ) -> None:
        look(now() + 3 * MINUTE)
        assert moves(waiting) == ["queued", "bot"]
        notice, offer = waiting.events()[-2:]
        assert notice["author"] == offer["author"] == "system"
        assert "400-" in notice["text"]
        assert len(offer["choices"]) == 1
        assert waiting.ask("still here") == "Re: still here"

    def test_the_offered_case_is_a_button_of_the_bots(
        self, waiting: Customer, look: Callable[[datetime], None], rasa: FakeRasa
    ) -> None:
        look(now() + 3 * MINUTE)
        waiting.choose(waiting.events()[-1]["choices"][0]["id"])
        eventually(lambda: "/case_open" in rasa.heard(waiting.id))

    def test_not_a_moment_earlier(self, waiting: Customer, look: Callable[[datetime], None]) -> None:
        look(now() + 3 * MINUTE - timedelta(seconds=5))
        assert moves(waiting) == ["queued"]

    def test_several_gateways_tell_it_once(self, waiting: Customer, look: Callable[[datetime], None]) -> None:
        for _ in range(3):
            look(now() + 3 * MINUTE)
        assert moves(waiting) == ["queued", "bot"]

    def test_a_running_gateway_sees_to_it(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway(queue_minutes=0.01).start()
        customer = gateway.begin()
        hand_over(gateway.ledger, customer.id)
        eventually(lambda: moves(customer) == ["queued", "bot"])


class TestSilentAgent:
    def test_the_customer_is_at_the_front_of_the_queue_again(
        self, amy: Desk, bob: Desk, gateway: Gateway, waiting: Customer, look: Callable[[datetime], None]
    ) -> None:
        critical = gateway.begin()
        gateway.ledger.describe(critical.id, severity="critical")
        amy.takes(waiting.id)
        hand_over(gateway.ledger, critical.id)
        look(now() + 5 * MINUTE + timedelta(seconds=1))
        assert moves(waiting) == ["queued", "assigned", "queued"]
        assert waiting.events()[-1]["author"] == "system"
        assert bob.listed("waiting")[0] == waiting.id

    def test_a_sign_of_life_keeps_it(
        self, amy: Desk, gateway: Gateway, waiting: Customer, look: Callable[[datetime], None]
    ) -> None:
        amy.takes(waiting.id)
        later = now() + 4 * MINUTE
        Ownership(connect(gateway.settings.database_url)).heartbeat("amy", at=later)
        look(later + 4 * MINUTE)
        assert moves(waiting) == ["queued", "assigned"]


class TestUnseenCriticalCases:
    def opened(self, cases: CaseBook, minutes_ago: float, severity: Severity = Severity.CRITICAL) -> str:
        at = clock().now() - timedelta(minutes=minutes_ago)
        request = CaseRequest(
            "c1", Language.ZH, Category.TECHNICAL, "down", "李雷", "示例", severity, contact_phone="+8613800138000"
        )
        return cases.open(request, key=f"{minutes_ago}{severity}", opened_at=at, due_at=at + timedelta(hours=1)).number

    def test_supervisors_are_told_after_15_minutes_once(
        self, cases: CaseBook, look: Callable[[datetime], None], told: Told
    ) -> None:
        late = self.opened(cases, 15)
        self.opened(cases, 14)
        self.opened(cases, 60, Severity.NON_CRITICAL)
        look(now())
        look(now())
        assert told.cases == [late]

    def test_not_of_one_that_somebody_has_seen(
        self, amy: Desk, cases: CaseBook, look: Callable[[datetime], None], told: Told
    ) -> None:
        seen = self.opened(cases, 20)
        assert amy.send("POST", f"cases/{seen}/acknowledge").status_code == 200
        look(now())
        assert told.cases == []


class TestHandOff:
    BRIEF = Brief(Language.EN, Reason.COMPLAINT, "technical", "critical", {"affected_app": "Dynamics 365 Sales"})

    def test_the_bots_last_words_and_the_move_come_together(
        self, amy: Desk, gateway: Gateway, customer: Customer, rasa: FakeRasa
    ) -> None:
        held = rasa.holds("a person please")
        rasa.answers("a person please", "One moment.")
        seq = customer.say("a person please")
        eventually(lambda: held.waiting)
        assert gateway.ledger.hand_off(customer.id, seq, self.BRIEF)
        held.release()
        customer.hear(after=seq)
        said, moved = customer.events(after=seq)
        assert (said["text"], moved["owner"]) == ("One moment.", "queued")
        (row,) = amy.get("conversations?view=waiting")["conversations"]
        assert (row["category"], row["severity"], row["language"]) == ("technical", "critical", "en")
        brief = amy.get(f"conversations/{customer.id}")["brief"]
        assert brief["reason"] == "complaint"
        assert "Dynamics 365 Sales" in brief["summary"]

    def test_one_that_was_asked_for_past_the_gateway_is_none(self, gateway: Gateway, customer: Customer) -> None:
        assert not gateway.ledger.hand_off(customer.id, 1, self.BRIEF)

    def test_nothing_moves_when_rasa_never_answers(self, gateway: Gateway, customer: Customer, rasa: FakeRasa) -> None:
        seq = customer.say("hello")
        customer.hear(after=seq)
        assert not gateway.ledger.hand_off(customer.id, seq, self.BRIEF)
        assert moves(customer) == []


class TestDuty:
    def test_only_who_is_on_duty_and_there_takes_conversations(self, amy: Desk, accounts: Any) -> None:
        at = datetime.now(timezone.utc)
        assert accounts.on_duty(at) == []
        assert amy.send("PUT", "duty", {"on": True}).json() == {"agent": "amy", "on": True}
        assert [each.name for each in accounts.on_duty(datetime.now(timezone.utc))] == ["amy"]
        assert accounts.on_duty(datetime.now(timezone.utc) + PRESENT) == []
        amy.send("PUT", "duty", {"on": False})
        assert accounts.on_duty(datetime.now(timezone.utc)) == []
