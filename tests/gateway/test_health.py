"""`/healthz`, `/readyz`, `/metrics`: whether the process lives, whether it can serve, and its figures."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prometheus_client.parser import text_string_to_metric_families

from jieda.store.database import connect
from tests.fakes.rasa import FakeRasa
from tests.gateway.conftest import MakeGateway
from tests.gateway.harness import Gateway, eventually


@contextmanager
def without_store(gateway: Gateway) -> Iterator[None]:
    """The database is there and its tables are not, as after a restore that went wrong."""
    engine = connect(gateway.settings.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE conversations RENAME TO gone")
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO conversations")


class TestLiving:
    def test_it_lives(self, common: Gateway) -> None:
        assert common.http.get("/healthz").status_code == 200

    def test_it_lives_without_rasa_and_without_store(self, make_gateway: MakeGateway) -> None:
        gateway = make_gateway().start()
        with without_store(gateway):
            assert gateway.http.get("/healthz").status_code == 200


class TestReady:
    def test_it_is_when_all_answer(self, gateway: Gateway) -> None:
        answer = gateway.http.get("/readyz")
        assert (answer.status_code, answer.json()) == (200, {"store": "ok", "rasa": "ok"})

    def test_it_is_not_while_rasa_is_away(self, gateway: Gateway, rasa: FakeRasa) -> None:
        rasa.stop()
        answer = gateway.http.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"store": "ok", "rasa": "unavailable"})
        rasa.start()
        assert gateway.http.get("/readyz").status_code == 200

    @pytest.mark.parametrize("status", [409, 500, 503, 401])
    def test_it_is_not_while_rasa_has_no_model(self, gateway: Gateway, rasa: FakeRasa, status: int) -> None:
        rasa.status = status
        assert gateway.http.get("/readyz").status_code == 503

    def test_a_rasa_that_hangs_does_not_hang_it(self, gateway: Gateway, rasa: FakeRasa) -> None:
        rasa.status_delay = 6
        started = time.monotonic()
        assert gateway.http.get("/readyz").status_code == 503
        assert time.monotonic() - started < 5

    def test_it_is_not_without_its_store(self, gateway: Gateway) -> None:
        with without_store(gateway):
            answer = gateway.http.get("/readyz")
            assert (answer.status_code, answer.json()) == (503, {"store": "unavailable", "rasa": "ok"})
        assert gateway.http.get("/readyz").status_code == 200


class TestMetrics:
    @staticmethod
    def figures(gateway: Gateway) -> dict[str, float]:
        """Each figure by its name and labels."""
        text = gateway.http.get("/metrics").text
        return {
            " ".join([sample.name, *sample.labels.values()]): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def test_they_are_text_for_prometheus(self, common: Gateway) -> None:
        answer = common.http.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=")
        assert "# TYPE jieda_turns_total counter" in answer.text

    def test_they_count_what_happens(self, gateway: Gateway, rasa: FakeRasa) -> None:
        before = self.figures(gateway)
        customer = gateway.begin()
        customer.say("hello", "id-1")
        customer.hear()
        customer.say("hello", "id-1")
        rasa.answers("bad", status=500)
        customer.say("bad")
        customer.hear(2)

        def risen() -> dict[str, float]:
            return {name: value - before.get(name, 0) for name, value in self.figures(gateway).items()}

        eventually(lambda: risen()["jieda_turn_seconds_count"] == 2, what=risen)
        found = risen()
        assert found["jieda_conversations_total web"] == 1
        assert found["jieda_messages_total web"] == 2
        assert found["jieda_turns_total answered"] == 1
        assert found["jieda_turns_total apologised"] == 1

    def test_they_tell_nothing_of_a_customer(self, gateway: Gateway) -> None:
        customer = gateway.begin(page="https://example.com/private")
        customer.ask("my password is 1234")
        text = gateway.http.get("/metrics").text
        assert not re.search(rf"{re.escape(customer.id)}|password|1234|example\.com|127\.0\.0", text)
