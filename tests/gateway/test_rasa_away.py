"""When Rasa cannot answer: the customer is told so in their language, with the number to call, and nothing is lost."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jieda.policy import policy
from tests.fakes.rasa import FakeRasa
from tests.gateway.conftest import RASA_TIMEOUT, MakeGateway, settings_for
from tests.gateway.harness import HAN, Customer, Gateway, written

PRESALES, TECHNICAL = policy().presales.phone, policy().technical.phone

TROUBLES: dict[str, Callable[[FakeRasa], Any]] = {
    "down": lambda rasa: rasa.stop(),
    "slow": lambda rasa: rasa.answers_everything("too late", delay=60),
    "an error": lambda rasa: rasa.answers_everything(status=500),
    "an error of a proxy": lambda rasa: rasa.answers_everything(status=502, body="<html>Bad Gateway</html>"),
    "not found": lambda rasa: rasa.answers_everything(status=404),
    "elsewhere": lambda rasa: rasa.answers_everything(status=302),
    "nothing to say": lambda rasa: rasa.answers_everything(),
    "empty texts": lambda rasa: rasa.answers_everything("", {"image": "x.png"}),
    "the connection drops": lambda rasa: rasa.answers_everything(drop=True),
    "no body": lambda rasa: rasa.answers_everything(body=""),
    "no json": lambda rasa: rasa.answers_everything(body="<html>"),
    "an object": lambda rasa: rasa.answers_everything(body='{"status": "failure"}'),
    "null": lambda rasa: rasa.answers_everything(body="null"),
    "a list of texts": lambda rasa: rasa.answers_everything(body='["hello"]'),
    "buttons without payload": lambda rasa: rasa.answers_everything({"text": "x", "buttons": [{"title": "t"}]}),
    "buttons that are none": lambda rasa: rasa.answers_everything({"text": "x", "buttons": ["t"]}),
}


@pytest.fixture(scope="module")
def pair(homes: Callable[[], Path], template: Path) -> Iterator[tuple[Gateway, FakeRasa]]:
    """One gateway with one Rasa for all of these tests: whatever befell it, it goes on."""
    fake = FakeRasa()
    gateway = Gateway(settings_for(homes(), template, fake)).start()
    yield gateway, fake
    gateway.close()
    fake.close()


@pytest.fixture
def rasa(pair: tuple[Gateway, FakeRasa]) -> FakeRasa:
    pair[1].forget()
    return pair[1]


@pytest.fixture
def gateway(pair: tuple[Gateway, FakeRasa], rasa: FakeRasa) -> Gateway:
    return pair[0]


def apology(customer: Customer, after: int) -> str:
    """The one thing that is said after a message that Rasa could not answer."""
    (said,) = customer.hear(after=after)
    assert said["choices"] == []
    return str(said["text"])


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
class TestTroubles:
    def test_the_customer_gets_an_apology_and_the_message_is_kept(
        self, gateway: Gateway, customer: Customer, rasa: FakeRasa, trouble: Callable[[FakeRasa], Any]
    ) -> None:
        trouble(rasa)
        text = apology(customer, customer.say("我的系统打不开"))
        assert HAN.search(text)
        assert TECHNICAL in text
        assert PRESALES not in text
        assert written(gateway.ledger, customer.id) == ["我的系统打不开", text]


class TestWording:
    @pytest.fixture(autouse=True)
    def _trouble(self, rasa: FakeRasa) -> None:
        rasa.answers_everything(status=500)

    @pytest.mark.parametrize(
        ("category", "number", "other"),
        [
            (None, TECHNICAL, PRESALES),
            ("technical", TECHNICAL, PRESALES),
            ("billing", policy().billing.phone, PRESALES),
            ("premier", TECHNICAL, PRESALES),
            ("presales", PRESALES, TECHNICAL),
        ],
    )
    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_it_names_the_number_that_fits_in_the_customers_language(
        self, gateway: Gateway, language: str, category: str | None, number: str, other: str
    ) -> None:
        customer = gateway.begin(language=language)
        gateway.ledger.describe(customer.id, category=category)
        text = apology(customer, customer.say("help"))
        assert number in text
        assert other not in text
        assert bool(HAN.search(text)) is (language == "zh")

    def test_it_follows_a_customer_who_changes_language(self, gateway: Gateway) -> None:
        customer = gateway.begin(language="zh")
        gateway.ledger.describe(customer.id, language="en")
        assert not HAN.search(apology(customer, customer.say("help")))

    @pytest.mark.parametrize(("category", "said"), [("presales", False), ("technical", True)])
    def test_clock_hours_are_given_only_where_the_policy_has_them(
        self, gateway: Gateway, category: str, said: bool
    ) -> None:
        customer = gateway.begin(language="en")
        gateway.ledger.describe(customer.id, category=category)
        text = apology(customer, customer.say("help"))
        assert policy().presales.days_name.en in text
        assert (f"{policy().hours.opens:%-H:%M}" in text) is said


class TestPatience:
    def test_the_customer_waits_no_longer_than_is_set(self, customer: Customer, rasa: FakeRasa) -> None:
        rasa.answers_everything("too late", delay=60)
        started = time.monotonic()
        apology(customer, customer.say("hello"))
        assert RASA_TIMEOUT <= time.monotonic() - started < RASA_TIMEOUT + 2

    def test_a_rasa_that_is_back_in_time_answers(self, make_gateway: MakeGateway, idle_rasa: FakeRasa) -> None:
        customer = make_gateway(rasa_timeout=8.0).start().begin()
        with idle_rasa.started_after(0.5):
            assert customer.ask("hello") == "Re: hello"
        assert idle_rasa.heard() == ["hello"]

    def test_the_message_is_acknowledged_at_once(self, make_gateway: MakeGateway, idle_rasa: FakeRasa) -> None:
        customer = make_gateway(rasa_timeout=30.0).start().begin()
        started = time.monotonic()
        customer.say("hello")
        assert time.monotonic() - started < 3

    def test_a_rasa_that_takes_the_call_and_keeps_silent(self, make_gateway: MakeGateway, silent: str) -> None:
        customer = make_gateway(rasa_url=silent).start().begin()
        assert TECHNICAL in apology(customer, customer.say("hello"))

    @pytest.fixture
    def silent(self) -> Iterator[str]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"


class TestAfterwards:
    def test_the_next_message_is_answered_as_ever(self, customer: Customer, rasa: FakeRasa) -> None:
        rasa.answers("first", status=500)
        apology(customer, customer.say("first"))
        assert customer.ask("second") == "Re: second"

    def test_what_was_apologised_for_is_not_sent_later(self, customer: Customer, rasa: FakeRasa) -> None:
        rasa.stop()
        apology(customer, customer.say("while away"))
        rasa.start()
        assert customer.ask("back again") == "Re: back again"
        assert rasa.heard() == ["back again"]

    def test_every_message_gets_its_own_answer(self, customer: Customer, rasa: FakeRasa) -> None:
        rasa.answers("bad", status=500)
        for text in ("bad", "good", "bad", "good"):
            customer.say(text)
        said = [each["text"] for each in customer.hear(4)]
        assert [text == "Re: good" for text in said] == [False, True, False, True]

    def test_one_customers_trouble_is_not_anothers(self, gateway: Gateway, rasa: FakeRasa) -> None:
        rasa.answers("bad", "too late", delay=60)
        unlucky, lucky = gateway.begin(), gateway.begin()
        seq = unlucky.say("bad")
        assert lucky.ask("good") == "Re: good"
        assert TECHNICAL in apology(unlucky, seq)

    def test_a_reply_without_text_makes_no_empty_message(self, customer: Customer, rasa: FakeRasa) -> None:
        rasa.answers("show me", "Here it is", {"image": "https://example.com/x.png"})
        customer.say("show me")
        customer.hear()
        customer.ask("thanks")
        assert customer.said() == ["Here it is", "Re: thanks"]
