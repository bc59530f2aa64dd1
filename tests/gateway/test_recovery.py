"""A turn that was accepted and not answered when a process died is taken up again: answered, once, and in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from jieda.conversations import Channel, Reply, Turn
from jieda.gateway import turns
from jieda.policy import Language, policy
from jieda.settings import PROJECT
from jieda.store.ledger import Ledger
from tests.fakes.rasa import FakeRasa, buttons
from tests.gateway.conftest import MakeGateway
from tests.gateway.harness import SECONDS, Gateway, accept, eventually, now, written


def begun(ledger: Ledger, language: Language | None = None) -> str:
    return ledger.begin(Channel.WEB, now(), language=language)


def answered(gateway: Gateway, conversation_id: str, count: int = 1) -> list[str]:
    """What the bot has said, once it is so much."""
    said = eventually(
        lambda: (found := written(gateway.ledger, conversation_id, "bot")) and len(found) >= count and found,
        what=lambda: written(gateway.ledger, conversation_id),
    )
    eventually(lambda: conversation_id not in gateway.ledger.unanswered())
    return list(said)


def tried(ledger: Ledger, conversation_id: str) -> Turn:
    """A turn that was taken up by a gateway which died before it wrote the answer back."""
    assert ledger.lease(conversation_id, "the dead", now(), timedelta(seconds=60))
    turn = ledger.next_turn(conversation_id, now())
    assert turn is not None
    return turn


class TestAtStart:
    def test_an_accepted_message_is_answered(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway()
        conversation_id = begun(gateway.ledger)
        accept(gateway.ledger, conversation_id, "hello?")
        gateway.start()
        assert answered(gateway, conversation_id) == ["Re: hello?"]
        assert rasa.heard() == ["hello?"]

    def test_it_waits_for_a_rasa_that_starts_later(self, make_gateway: MakeGateway, idle_rasa: FakeRasa) -> None:
        gateway = make_gateway(rasa_timeout=1.0)
        conversation_id = begun(gateway.ledger)
        accept(gateway.ledger, conversation_id, "hello?")
        with idle_rasa.started_after(2.0):
            gateway.start()
        assert answered(gateway, conversation_id) == ["Re: hello?"]
        assert idle_rasa.heard() == ["hello?"]

    def test_it_serves_others_meanwhile(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway(rasa_timeout=SECONDS)
        conversation_id = begun(gateway.ledger)
        accept(gateway.ledger, conversation_id, "slow")
        slow = rasa.holds("slow")
        gateway.start()
        eventually(lambda: slow.waiting)
        assert gateway.begin().ask("quick") == "Re: quick"
        slow.release()
        assert answered(gateway, conversation_id) == ["Re: slow"]

    def test_many_are_answered_in_their_order(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway()
        texts = ["one", "two", "three"]
        left = [begun(gateway.ledger) for _ in range(5)]
        for text in texts:
            for conversation_id in left:
                accept(gateway.ledger, conversation_id, text)
        gateway.start()
        for conversation_id in left:
            assert answered(gateway, conversation_id, 3) == ["Re: one", "Re: two", "Re: three"]
            assert rasa.heard(conversation_id) == texts
        assert rasa.overlaps == []

    def test_a_new_message_waits_for_the_old_one(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway().start()
        customer = gateway.begin()
        gateway.stop()
        accept(gateway.ledger, customer.id, "old")
        gateway.start()
        customer.say("new")
        assert answered(gateway, customer.id, 2) == ["Re: old", "Re: new"]

    def test_what_was_answered_is_left_alone(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway().start()
        customer = gateway.begin()
        customer.ask("once")
        gateway.stop()
        gateway.start()
        assert customer.ask("twice") == "Re: twice"
        assert rasa.heard() == ["once", "twice"]

    def test_a_button_keeps_its_meaning(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        rasa.answers("offer", buttons("Sure?", ("Yes", "/answer_yes")))
        gateway = make_gateway().start()
        customer = gateway.begin()
        customer.say("offer")
        choice = customer.hear()[0]["choices"][0]["id"]
        gateway.stop()
        gateway.ledger.accept(customer.id, "pressed", now(), choice=choice)
        gateway.start()
        assert answered(gateway, customer.id, 2)[-1] == "Re: /answer_yes"


class TestWhatRasaHasHad:
    """The gateway died between Rasa's answer and writing it down."""

    def test_it_is_recalled_and_not_sent_again(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway()
        conversation_id = begun(gateway.ledger)
        accept(gateway.ledger, conversation_id, "open a case")
        turn = tried(gateway.ledger, conversation_id)
        rasa.has_had(conversation_id, turn.message_id, "open a case", "Your case is open.", "Anything else?")
        gateway.start()
        assert answered(gateway, conversation_id, 2) == ["Your case is open.", "Anything else?"]
        assert rasa.heard() == []

    def test_only_its_own_answer_is_recalled(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway()
        conversation_id = begun(gateway.ledger)
        accept(gateway.ledger, conversation_id, "yes")
        first = tried(gateway.ledger, conversation_id)
        gateway.ledger.answer(first, [Reply("answer 1")], now())
        accept(gateway.ledger, conversation_id, "yes")
        second = tried(gateway.ledger, conversation_id)
        accept(gateway.ledger, conversation_id, "yes")
        rasa.has_had(conversation_id, first.message_id, "yes", "answer 1")
        rasa.has_had(conversation_id, second.message_id, "yes", "answer 2")
        gateway.start()
        assert answered(gateway, conversation_id, 3) == ["answer 1", "answer 2", "Re: yes"]
        assert rasa.heard() == ["yes"]

    def test_what_came_after_it_is_not_part_of_it(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway()
        conversation_id = begun(gateway.ledger)
        accept(gateway.ledger, conversation_id, "first")
        turn = tried(gateway.ledger, conversation_id)
        rasa.has_had(conversation_id, turn.message_id, "first", "to the first")
        rasa.has_had(conversation_id, f"{conversation_id}:99", "later", "to a later one")
        gateway.start()
        assert answered(gateway, conversation_id) == ["to the first"]

    def test_its_buttons_are_recalled_too(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway().start()
        customer = gateway.begin()
        gateway.stop()
        accept(gateway.ledger, customer.id, "offer")
        turn = tried(gateway.ledger, customer.id)
        offer = buttons("Sure?", ("Yes", "/answer_yes"), ("No", "/answer_no"))
        rasa.has_had(customer.id, turn.message_id, "offer", offer)
        gateway.start()
        (said,) = customer.hear()
        assert [each["title"] for each in said["choices"]] == ["Yes", "No"]
        assert customer.choose(said["choices"][1]["id"]).status_code == 202
        assert customer.hear(2)[1]["text"] == "Re: /answer_no"

    def test_a_restart_of_the_dialogue_hides_nothing(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway()
        conversation_id = begun(gateway.ledger)
        accept(gateway.ledger, conversation_id, "start over")
        turn = tried(gateway.ledger, conversation_id)
        rasa.has_had(conversation_id, turn.message_id, "start over", "We start over.")
        rasa.trackers[conversation_id].append({"event": "restart", "timestamp": 1.0})
        gateway.start()
        assert answered(gateway, conversation_id) == ["We start over."]
        assert rasa.heard() == []

    def test_one_it_was_silent_about_is_not_sent_again(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway()
        conversation_id = begun(gateway.ledger)
        accept(gateway.ledger, conversation_id, "hm")
        turn = tried(gateway.ledger, conversation_id)
        rasa.has_had(conversation_id, turn.message_id, "hm")
        gateway.start()
        (said,) = answered(gateway, conversation_id)
        assert policy().technical.phone in said
        assert rasa.heard() == []

    def test_one_it_has_not_had_is_sent(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway()
        conversation_id = begun(gateway.ledger)
        accept(gateway.ledger, conversation_id, "hello?")
        tried(gateway.ledger, conversation_id)
        rasa.has_had(conversation_id, f"{conversation_id}:99", "hello?", "to another hello")
        gateway.start()
        assert answered(gateway, conversation_id) == ["Re: hello?"]
        assert rasa.heard() == ["hello?"]

    def test_the_question_bears_the_token(self, make_gateway: MakeGateway) -> None:
        rasa = FakeRasa(token="t/o+k=n")
        rasa.start()
        try:
            gateway = make_gateway(rasa_url=rasa.url, rasa_token="t/o+k=n")
            conversation_id = begun(gateway.ledger)
            accept(gateway.ledger, conversation_id, "hello?")
            turn = tried(gateway.ledger, conversation_id)
            rasa.has_had(conversation_id, turn.message_id, "hello?", "recalled")
            gateway.start()
            assert answered(gateway, conversation_id) == ["recalled"]
        finally:
            gateway.close()
            rasa.close()

    def test_when_writing_back_fails_it_is_recalled(
        self, gateway: Gateway, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(turns, "SWEEP_SECONDS", 0.2)
        gateway.stop()
        gateway.start()
        failures = ["database is locked"]
        answer = Ledger.answer

        def failing(ledger: Ledger, *given: Any) -> bool:
            if failures:
                raise OperationalError(failures.pop(), {}, Exception())
            return answer(ledger, *given)

        monkeypatch.setattr(Ledger, "answer", failing)
        customer = gateway.begin()
        customer.say("once")
        assert answered(gateway, customer.id) == ["Re: once"]
        assert rasa.heard() == ["once"]
        assert rasa.recalls == [customer.id]


class TestStopping:
    def test_a_turn_at_work_is_answered_after_the_next_start(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway(rasa_timeout=30.0).start()
        customer = gateway.begin()
        slow = rasa.holds("slow")
        customer.say("slow")
        eventually(lambda: slow.waiting)
        started = time.monotonic()
        gateway.stop()
        assert time.monotonic() - started < 4, "stopping waits for nobody's answer"
        slow.release()
        gateway.start()
        assert answered(gateway, customer.id) == ["Re: slow"]
        assert rasa.turns_kept(customer.id) == ["slow"]

    def test_a_turn_left_by_another_gateway_is_found(
        self, gateway: Gateway, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(turns, "SWEEP_SECONDS", 0.2)
        gateway.stop()
        gateway.start()
        conversation_id = begun(gateway.ledger)
        accept(gateway.ledger, conversation_id, "hello?")
        assert answered(gateway, conversation_id) == ["Re: hello?"]


@contextmanager
def process(gateway: Gateway, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m jieda.gateway` with the settings and the port of a gateway that is not started."""
    settings, port = gateway.settings, gateway.url.rpartition(":")[2]
    gateway.free()
    running = subprocess.Popen(
        [sys.executable, "-m", "jieda.gateway"],
        cwd=PROJECT,
        env={
            **os.environ,
            "JIEDA_HOME": str(settings.home),
            "JIEDA_PORT": port,
            "JIEDA_RASA_URL": settings.rasa_url,
            "JIEDA_RASA_TIMEOUT": "30",
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": "",
            **environment,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def up() -> bool:
        assert running.poll() is None, f"the gateway ended with {running.returncode}"
        try:
            return gateway.http.get("/healthz").status_code == 200
        except httpx.TransportError:
            return False

    try:
        eventually(up, 40)
        yield running
    finally:
        running.kill()
        running.wait()


def test_a_process_that_is_told_to_end_ends_and_owes_nobody_an_answer(
    make_gateway: MakeGateway, rasa: FakeRasa
) -> None:
    gateway = make_gateway()
    with process(gateway) as running:
        customer = gateway.begin()
        slow = rasa.holds("slow")
        with customer.stream() as stream:
            customer.say("slow")
            customer.say("and then")
            eventually(lambda: slow.waiting)
            running.terminate()
            assert running.wait(10) in (0, -signal.SIGTERM)
            eventually(lambda: stream.ended)
    slow.release()
    gateway.start()
    assert answered(gateway, customer.id, 2) == ["Re: slow", "Re: and then"]
    assert rasa.turns_kept(customer.id) == ["slow", "and then"]
