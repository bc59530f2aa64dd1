"""Several gateways on one database: a turn is answered once, whichever of them takes it up."""

from __future__ import annotations

import time
from datetime import timedelta
from functools import partial

import pytest

from jieda.conversations import Channel
from jieda.gateway import turns
from tests.fakes.rasa import FakeRasa
from tests.gateway.conftest import MakeGateway
from tests.gateway.harness import SECONDS, Customer, Gateway, accept, at_once, eventually, now, written

Pair = tuple[Gateway, Gateway]


@pytest.fixture
def pair(make_gateway: MakeGateway, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """Two gateways that share home and database and look often for what the other has left."""
    monkeypatch.setattr(turns, "SWEEP_SECONDS", 0.2)
    one = make_gateway(rasa_timeout=20.0)
    shared = {"home": one.settings.home, "database_url": one.settings.database_url}
    other = make_gateway(**shared, rasa_timeout=20.0)
    return one.start(), other.start()


class TestTogether:
    def test_each_message_is_answered_once_and_in_order(self, pair: Pair, rasa: FakeRasa) -> None:
        customers = [pair[0].begin() for _ in range(6)]
        texts = [f"message {number}" for number in range(4)]
        rasa.answers_everything("answered", delay=0.02)

        def talk(customer: Customer) -> None:
            for number, text in enumerate(texts):
                customer.at(pair[number % 2]).say(text)

        at_once(*[partial(talk, customer) for customer in customers])
        for customer in customers:
            customer.hear(len(texts), seconds=2 * SECONDS)
            assert rasa.heard(customer.id) == texts
            assert written(pair[1].ledger, customer.id, "customer") == texts
            assert customer.said() == ["answered"] * len(texts)
        assert rasa.overlaps == []

    def test_one_message_sent_to_both_is_one(self, pair: Pair, rasa: FakeRasa) -> None:
        customer = pair[0].begin()
        sent = [partial(customer.at(gateway).say, "once", "same") for gateway in pair * 3]
        assert set(at_once(*sent)) == {1}
        customer.hear()
        assert customer.at(pair[1]).ask("and then") == "Re: and then"
        assert rasa.heard() == ["once", "and then"]

    def test_a_turn_at_work_is_left_to_the_one_that_has_it(self, pair: Pair, rasa: FakeRasa) -> None:
        one, other = pair
        customer = one.begin()
        slow = rasa.holds("slow")
        customer.say("slow")
        eventually(lambda: slow.waiting)
        # The other takes up the next message, and has to wait for the first.
        customer.at(other).say("next")
        assert other.begin().ask("meanwhile") == "Re: meanwhile"
        assert rasa.heard(customer.id) == ["slow"]
        slow.release()
        assert [each["text"] for each in customer.hear(2)] == ["Re: slow", "Re: next"]
        assert rasa.heard(customer.id) == ["slow", "next"]

    def test_what_one_says_the_other_shows(self, pair: Pair) -> None:
        customer = pair[0].begin()
        customer.ask("hello")
        there = customer.at(pair[1])
        assert there.events() == customer.events()
        with there.stream() as stream:
            assert [each["text"] for each in stream.until_seq(2)] == ["hello", "Re: hello"]


class TestOneDies:
    @pytest.fixture(autouse=True)
    def _short_lease(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(turns, "LEASE", timedelta(seconds=1))

    def test_the_other_takes_up_its_turns(self, pair: Pair, rasa: FakeRasa) -> None:
        one, other = pair
        customer = one.begin()
        slow = rasa.holds("slow")
        customer.say("slow")
        customer.say("next")
        eventually(lambda: slow.waiting)
        one.stop()
        slow.release()
        assert [each["text"] for each in customer.at(other).hear(2)] == ["Re: slow", "Re: next"]
        assert rasa.turns_kept(customer.id) == ["slow", "next"]

    def test_a_dead_ones_lease_runs_out(self, pair: Pair, rasa: FakeRasa) -> None:
        ledger = pair[0].ledger
        conversation_id = ledger.begin(Channel.WEB, now())
        assert ledger.lease(conversation_id, "the dead", now(), timedelta(seconds=1))
        accept(ledger, conversation_id, "hello?")
        eventually(lambda: written(ledger, conversation_id, "bot"))
        eventually(lambda: conversation_id not in ledger.unanswered())
        assert rasa.heard() == ["hello?"]

    def test_a_turn_that_outlasts_the_lease_is_not_sent_twice(self, pair: Pair, rasa: FakeRasa) -> None:
        # As when a gateway waits for Rasa to come up: it does so for longer (RECOVERY_SECONDS) than a lease lasts.
        customer = pair[0].begin()
        slow = rasa.holds("slow")
        customer.say("slow")
        eventually(lambda: slow.waiting)
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            pair[1].begin().ask("meanwhile")
        assert rasa.heard(customer.id) == ["slow"]
        slow.release()
        assert [each["text"] for each in customer.hear()] == ["Re: slow"]
        assert rasa.overlaps == []
