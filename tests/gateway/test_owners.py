"""Only while the bot owns a conversation does it hear and speak in it."""

from __future__ import annotations

from typing import Any

import pytest

from jieda.conversations import Channel, Owner
from tests.fakes.rasa import FakeRasa, Held
from tests.gateway.conftest import MakeGateway
from tests.gateway.harness import Customer, Gateway, accept, eventually, hand_over, now, written

PERSONS = pytest.mark.parametrize("owner", [Owner.QUEUED, Owner.ASSIGNED, Owner.CLOSED])


@pytest.fixture
def gateway(make_gateway: MakeGateway, rasa: FakeRasa) -> Gateway:
    return make_gateway(rasa_timeout=10.0).start()


@pytest.fixture
def slow(customer: Customer, rasa: FakeRasa) -> Held:
    """A turn of the customer that Rasa is at work on."""
    held = rasa.holds("slow")
    customer.say("slow")
    eventually(lambda: held.waiting)
    return held


def settled(gateway: Gateway, customer: Customer) -> bool:
    return customer.id not in gateway.ledger.unanswered()


class TestHandedOverInFlight:
    @PERSONS
    def test_the_answer_is_not_said(
        self, gateway: Gateway, customer: Customer, slow: Held, rasa: FakeRasa, owner: Owner
    ) -> None:
        hand_over(gateway.ledger, customer.id, owner)
        slow.release()
        eventually(lambda: rasa.turns_kept(customer.id))
        eventually(lambda: settled(gateway, customer))
        assert customer.said() == []
        assert [each["type"] for each in customer.events()] == ["message", "owner"]

    def test_nor_an_apology(self, gateway: Gateway, customer: Customer, slow: Held, rasa: FakeRasa) -> None:
        rasa.answers("slow", status=500)
        hand_over(gateway.ledger, customer.id)
        rasa.stop()
        eventually(lambda: settled(gateway, customer))
        assert customer.said() == []

    @PERSONS
    def test_what_waits_behind_it_is_not_sent(
        self, gateway: Gateway, customer: Customer, slow: Held, rasa: FakeRasa, owner: Owner
    ) -> None:
        customer.say("my password is 1234")
        hand_over(gateway.ledger, customer.id, owner)
        slow.release()
        eventually(lambda: settled(gateway, customer))
        assert rasa.heard(customer.id) == ["slow"]
        assert customer.said() == []
        assert written(gateway.ledger, customer.id, "customer") == ["slow", "my password is 1234"]

    def test_it_is_said_when_the_bot_has_it_again(self, gateway: Gateway, customer: Customer, slow: Held) -> None:
        hand_over(gateway.ledger, customer.id)
        hand_over(gateway.ledger, customer.id, Owner.BOT)
        slow.release()
        assert customer.hear()[0]["text"] == "Re: slow"


class TestAfterwards:
    def test_the_bot_answers_again_once_it_has_the_conversation_back(
        self, gateway: Gateway, customer: Customer, slow: Held, rasa: FakeRasa
    ) -> None:
        hand_over(gateway.ledger, customer.id)
        slow.release()
        eventually(lambda: settled(gateway, customer))
        customer.say("to the agent")
        hand_over(gateway.ledger, customer.id, Owner.BOT)
        assert customer.ask("to the bot") == "Re: to the bot"
        assert rasa.heard(customer.id) == ["slow", "to the bot"]

    @PERSONS
    def test_nothing_is_sent_at_the_next_start_either(
        self, make_gateway: MakeGateway, rasa: FakeRasa, owner: Owner
    ) -> None:
        gateway: Any = make_gateway()
        conversation_id = gateway.ledger.begin(Channel.WEB, now())
        accept(gateway.ledger, conversation_id, "left over")
        hand_over(gateway.ledger, conversation_id, owner)
        gateway.start()
        eventually(lambda: conversation_id not in gateway.ledger.unanswered())
        assert gateway.begin().ask("hello") == "Re: hello"
        assert rasa.heard(conversation_id) == []
        assert written(gateway.ledger, conversation_id, "bot") == []
