"""`GET /api/conversations/{id}/events`: what was said, as a list or as a stream that loses and repeats nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from jieda.conversations import Owner
from jieda.gateway import chat
from jieda.store.database import connect
from jieda.store.tables import conversations, events
from tests.fakes.rasa import FakeRasa, buttons
from tests.gateway.harness import JSON, Customer, Gateway, assert_error, eventually, now

QUICK = 4.0
"""Seconds within which a wake-up has arrived for sure; without one a follower looks only after ten."""


def seqs(found: list[dict[str, Any]]) -> list[int]:
    return [each["seq"] for each in found]


@pytest.fixture
def talked(visitor: Customer) -> Customer:
    """A customer with six events behind them: three questions, three answers."""
    for text in ("one", "two", "three"):
        visitor.ask(text)
    return visitor


class TestEvents:
    def test_a_message_shows_who_said_what_when(self, common_rasa: FakeRasa, visitor: Customer) -> None:
        common_rasa.answers("with buttons", buttons("Which?", ("甲", "/a"), ("B", "/b")))
        before = now()
        visitor.say("with buttons")
        visitor.hear()
        question, answer = visitor.events()
        for event, author, text in ((question, "customer", "with buttons"), (answer, "bot", "Which?")):
            assert set(event) == {"seq", "type", "author", "text", "choices", "at"}
            assert (event["type"], event["author"], event["text"]) == ("message", author, text)
            at = datetime.fromisoformat(event["at"].replace("Z", "+00:00"))
            assert before - timedelta(seconds=1) <= at <= now() + timedelta(seconds=1)
        assert question["choices"] == []
        assert [each["title"] for each in answer["choices"]] == ["甲", "B"]

    def test_a_move_shows_who_owns_the_conversation(self, common: Gateway, visitor: Customer) -> None:
        common.ledger.move(visitor.id, 0, Owner.QUEUED, actor="x", reason="secret reason", at=now())
        common.ledger.move(visitor.id, 1, Owner.ASSIGNED, actor="x", reason="secret reason", at=now(), agent="小王")
        queued, assigned = visitor.events()
        for event in (queued, assigned):
            assert set(event) == {"seq", "type", "owner", "agent", "at"}
        assert (queued["seq"], queued["type"], queued["owner"], queued["agent"]) == (1, "owner", "queued", None)
        assert (assigned["seq"], assigned["owner"], assigned["agent"]) == (2, "assigned", "小王")

    def test_one_conversation_shows_nothing_of_another(self, talked: Customer) -> None:
        assert talked.gateway.begin().events() == []


class TestList:
    def test_a_new_conversation_has_none(self, visitor: Customer) -> None:
        answer = visitor.list()
        assert (answer.status_code, answer.json()) == (200, [])
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize(
        ("after", "expected"),
        [
            (None, [1, 2, 3, 4, 5, 6]),
            ("", [1, 2, 3, 4, 5, 6]),
            (0, [1, 2, 3, 4, 5, 6]),
            (4, [5, 6]),
            ("004", [5, 6]),
            (6, []),
            (7, []),
            (2**31 - 1, []),
        ],
    )
    def test_it_holds_what_came_after(self, talked: Customer, after: int | str | None, expected: list[int]) -> None:
        assert seqs(talked.list(after).json()) == expected

    def test_last_event_id_counts_as_after(self, talked: Customer) -> None:
        assert seqs(talked.list(**{"Last-Event-ID": "4"}).json()) == [5, 6]

    @pytest.mark.parametrize("wait", ["", "0", "0.0", "20", "1000"])
    def test_what_is_there_is_given_at_once(self, talked: Customer, wait: str) -> None:
        started = time.monotonic()
        assert seqs(talked.list(5, wait).json()) == [6]
        assert time.monotonic() - started < QUICK


class TestLongPoll:
    @pytest.mark.parametrize(
        "happens",
        [
            lambda customer: customer.say("here it is"),
            lambda customer: customer.say("here it is", "an id"),
        ],
    )
    def test_it_returns_as_soon_as_something_is_written(
        self, gateway: Gateway, customer: Customer, happens: Callable[[Customer], int]
    ) -> None:
        with ThreadPoolExecutor() as pool:
            started = time.monotonic()
            poll = pool.submit(customer.events, 0, 20)
            eventually(lambda: gateway.followers(customer.id))
            happens(customer)
            found = poll.result()
        assert time.monotonic() - started < QUICK
        assert found[0]["text"] == "here it is"

    def test_it_returns_as_soon_as_the_bot_answers(self, gateway: Gateway, customer: Customer, rasa: FakeRasa) -> None:
        slow = rasa.holds("slow")
        customer.say("slow")
        eventually(lambda: slow.waiting)
        with ThreadPoolExecutor() as pool:
            started = time.monotonic()
            poll = pool.submit(customer.events, 1, 20)
            eventually(lambda: gateway.followers(customer.id))
            slow.release()
            found = poll.result()
        assert time.monotonic() - started < QUICK
        assert [each["text"] for each in found] == ["Re: slow"]

    def test_a_bot_that_begins_to_type_does_not_end_it(
        self, gateway: Gateway, customer: Customer, rasa: FakeRasa
    ) -> None:
        slow = rasa.holds("slow")
        with ThreadPoolExecutor() as pool:
            poll = pool.submit(customer.events, 1, 20)
            eventually(lambda: gateway.followers(customer.id))
            customer.say("slow")
            eventually(lambda: slow.waiting)
            slow.release()
            assert [each["text"] for each in poll.result()] == ["Re: slow"]

    def test_many_may_wait_at_once(self, gateway: Gateway, customer: Customer) -> None:
        with ThreadPoolExecutor(12) as pool:
            polls = [pool.submit(customer.events, 0, 20) for _ in range(12)]
            eventually(lambda: gateway.followers(customer.id) == 12)
            customer.say("for all")
            assert [poll.result()[0]["text"] for poll in polls] == ["for all"] * 12
        assert gateway.followers(customer.id) == 0

    @pytest.mark.parametrize("after", [0, 6])
    def test_it_ends_empty_when_nothing_comes(self, visitor: Customer, after: int) -> None:
        started = time.monotonic()
        assert visitor.events(after, wait=0.4) == []
        assert 0.4 <= time.monotonic() - started < QUICK

    def test_it_waits_no_longer_than_the_contract_says(
        self, visitor: Customer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert chat._WAIT_MAX == 25
        monkeypatch.setattr(chat, "_WAIT_MAX", 0.2)
        started = time.monotonic()
        assert visitor.events(0, wait=3600) == []
        assert time.monotonic() - started < QUICK


class TestStream:
    def test_it_is_an_event_stream_that_nobody_holds_back(self, talked: Customer) -> None:
        with talked.stream(**{"Accept-Encoding": "gzip"}) as stream:
            headers = stream.opened().headers
        assert headers["content-type"].startswith("text/event-stream")
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in headers

    @pytest.mark.parametrize("encoding", ["gzip", "identity"])
    def test_it_opens_at_once_though_nothing_was_said(self, visitor: Customer, encoding: str) -> None:
        with visitor.stream(**{"Accept-Encoding": encoding}) as stream:
            stream.opened(QUICK)

    @pytest.mark.parametrize("accept", ["*/*", "text/event-stream", "text/event-stream, application/json"])
    def test_it_is_what_one_gets_who_asks_for_nothing_else(self, talked: Customer, accept: str) -> None:
        with talked.stream(Accept=accept) as stream:
            assert stream.opened().headers["content-type"].startswith("text/event-stream")

    def test_it_begins_with_all_that_was_said(self, talked: Customer) -> None:
        with talked.stream() as stream:
            found = stream.until_seq(6)
        assert [int(each.pop("id")) for each in found] == [1, 2, 3, 4, 5, 6]
        assert found == talked.events()

    @pytest.mark.parametrize(
        ("after", "headers", "expected"),
        [
            (4, {}, [5, 6]),
            (None, {"Last-Event-ID": "4"}, [5, 6]),
            (None, {"Last-Event-ID": "0"}, [1, 2, 3, 4, 5, 6]),
            # A browser that reconnects asks the same address again and says how far it has come since.
            (1, {"Last-Event-ID": "4"}, [5, 6]),
            (5, {"Last-Event-ID": "2"}, [3, 4, 5, 6]),
            # An empty one says nothing (HTML: it is not sent at all).
            (4, {"Last-Event-ID": ""}, [5, 6]),
        ],
    )
    def test_it_resumes(
        self, talked: Customer, after: int | None, headers: dict[str, str], expected: list[int]
    ) -> None:
        with talked.stream(after, **headers) as stream:
            assert seqs(stream.until_seq(6)) == expected

    def test_it_goes_on_live(self, gateway: Gateway, customer: Customer) -> None:
        with customer.stream() as stream:
            eventually(lambda: gateway.followers(customer.id))
            started = time.monotonic()
            customer.say("first")
            stream.until_bot(1)
            customer.say("second")
            assert [each["text"] for each in stream.until_bot(2)] == ["Re: first", "Re: second"]
            assert time.monotonic() - started < QUICK
            assert seqs(stream.until_seq(4)) == [1, 2, 3, 4]

    def test_the_bot_types_while_it_is_asked(self, gateway: Gateway, customer: Customer, rasa: FakeRasa) -> None:
        slow = rasa.holds("slow")
        with customer.stream() as stream:
            eventually(lambda: gateway.followers(customer.id))
            customer.say("slow")
            on = {"id": None, "type": "typing", "author": "bot", "on": True}
            stream.until(lambda events: on in events)
            assert stream.typing == [on]
            slow.release()
            stream.until(lambda events: {**on, "on": False} in events)
            stream.until_bot(1)
        assert stream.typing == [on, {**on, "on": False}]
        assert "typing" not in str(customer.events())

    def test_typing_ends_when_the_bot_has_to_apologise(
        self, gateway: Gateway, customer: Customer, rasa: FakeRasa
    ) -> None:
        rasa.answers("hello", status=500)
        with customer.stream() as stream:
            eventually(lambda: gateway.followers(customer.id))
            customer.say("hello")
            stream.until(lambda events: [each["on"] for each in events if each["type"] == "typing"] == [True, False])

    def test_every_window_sees_the_same(self, gateway: Gateway, customer: Customer) -> None:
        with customer.stream() as one, customer.stream() as other:
            eventually(lambda: gateway.followers(customer.id) == 2)
            customer.say("for both")
            assert one.until_seq(2) == other.until_seq(2)

    def test_nothing_is_lost_or_repeated_while_much_is_said(self, visitor: Customer) -> None:
        with ThreadPoolExecutor() as pool, visitor.stream() as stream:
            said = [pool.submit(visitor.say, f"message {number}") for number in range(15)]
            with visitor.stream(after=0) as later:
                for each in said:
                    each.result()
                assert seqs(later.until_seq(30)) == list(range(1, 31))
            assert seqs(stream.until_seq(30)) == list(range(1, 31))

    def test_nothing_is_lost_when_the_gateway_starts_anew(self, gateway: Gateway, customer: Customer) -> None:
        with customer.stream() as stream:
            customer.ask("before")
            last = stream.until_seq(2)[-1]["id"]
            gateway.stop()
            eventually(lambda: stream.ended)
        gateway.start()
        customer.say("after")
        with customer.stream(**{"Last-Event-ID": last}) as stream:
            assert [each["text"] for each in stream.until_seq(4)] == ["after", "Re: after"]

    def test_a_long_conversation_comes_without_a_pause(self, common: Gateway, visitor: Customer) -> None:
        many = 1_200
        with connect(common.settings.database_url).begin() as connection:
            row = {"conversation_id": visitor.id, "type": "message", "at": now(), "author": "bot", "text": "x"}
            connection.execute(insert(events), [{**row, "seq": seq} for seq in range(1, many + 1)])
            mine = conversations.c.id == visitor.id
            connection.execute(update(conversations).where(mine).values(next_seq=many + 1))
        with visitor.stream() as stream:
            assert seqs(stream.until_seq(many, QUICK)) == list(range(1, many + 1))

    def test_a_customer_who_leaves_is_forgotten(self, gateway: Gateway, customer: Customer) -> None:
        def open_streams() -> float:
            lines = gateway.http.get("/metrics").text.splitlines()
            return float(next(line.split()[1] for line in lines if line.startswith("jieda_event_streams ")))

        before = open_streams()
        with customer.stream():
            eventually(lambda: gateway.followers(customer.id))
            assert open_streams() == before + 1
        eventually(lambda: not gateway.followers(customer.id))
        eventually(lambda: open_streams() == before)


class TestBadQueries:
    @pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
    @pytest.mark.parametrize(
        "query",
        [
            "after=-1",
            "after=x",
            "after=1.5",
            "after=1e3",
            "after=%2B1",
            "after=0x1",
            "after=%EF%BC%91",
            "after=2147483648",
            "after=99999999999999999999999",
            "after=%00",
            "wait=x",
            "wait=-1",
            "wait=nan",
            "wait=inf",
            "wait=1e999",
        ],
    )
    def test_it_is_refused(self, common: Gateway, visitor: Customer, query: str, accept: str) -> None:
        path = f"{visitor.path}/events?{query}"
        assert_error(common.http.get(path, headers={**visitor.headers, "Accept": accept}), 400, code="invalid")

    @pytest.mark.parametrize("last", ["x", "-1", "1.5", "2147483648", "1,2"])
    def test_so_is_a_bad_last_event_id(self, common: Gateway, visitor: Customer, last: str) -> None:
        for accept in ("application/json", "text/event-stream"):
            headers = {**visitor.headers, "Accept": accept, "Last-Event-ID": last}
            assert_error(common.http.get(f"{visitor.path}/events", headers=headers), 400, code="invalid")

    def test_the_token_is_looked_at_first(self, common: Gateway, visitor: Customer) -> None:
        assert_error(common.http.get(f"{visitor.path}/events?after=x", headers=JSON), 401)
