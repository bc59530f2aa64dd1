"""Conversations over the desk's API: lists, moves, messages, and what the customer hears of them."""

from __future__ import annotations

from typing import Any

import pytest

from jieda.conversations import Owner
from jieda.policy import Language
from tests.fakes.rasa import FakeRasa
from tests.gateway.desk.conftest import Desk
from tests.gateway.harness import Customer, Gateway, Stream, assert_error, at_once, eventually, hand_over, new_id

FIELDS = {"id", "channel", "language", "owner", "agent", "category", "severity", "version", "waiting_since"}


class TestLists:
    def test_each_conversation_bears_the_contracts_fields(self, amy: Desk, waiting: Customer) -> None:
        page = amy.get("conversations?view=waiting")
        assert page["next"] is None
        (row,) = page["conversations"]
        assert set(row) >= FIELDS
        assert (row["id"], row["owner"], row["agent"], row["channel"]) == (waiting.id, "queued", None, "web")

    def test_who_waits_who_is_mine_what_is_open_and_all(
        self, amy: Desk, bob: Desk, gateway: Gateway, waiting: Customer
    ) -> None:
        other = gateway.begin()
        other.ask("hello")
        amy.takes(waiting.id)
        assert amy.listed("waiting") == []
        assert amy.listed("mine") == amy.listed("open") == bob.listed("open") == [waiting.id]
        assert bob.listed("mine") == []
        assert set(amy.listed("all")) == {waiting.id, other.id}

    def test_critical_ones_come_first_and_whom_an_agent_left_before_them(self, amy: Desk, gateway: Gateway) -> None:
        plain, critical, left = (gateway.begin() for _ in range(3))
        gateway.ledger.describe(critical.id, severity="critical")
        for customer in (plain, critical, left):
            hand_over(gateway.ledger, customer.id)
        assert amy.listed("waiting")[0] == critical.id
        assert amy.listed("waiting")[1:] == [plain.id, left.id]

    def test_messages_are_searched(self, amy: Desk, gateway: Gateway) -> None:
        first, second = gateway.begin(), gateway.begin()
        first.ask("the dashboard is 100% empty")
        second.ask("报表打不开")
        assert amy.listed("all", q="dashboard") == [first.id]
        assert amy.listed("all", q="报表") == [second.id]
        assert amy.listed("all", q="nowhere said") == []

    def test_a_long_list_comes_in_pages_without_gap_or_repeat(self, amy: Desk, gateway: Gateway) -> None:
        made = {gateway.begin().id for _ in range(70)}
        seen: list[str] = []
        after: str | None = ""
        while after is not None:
            page = amy.get(f"conversations?view=all&after={after}")
            seen += [each["id"] for each in page["conversations"]]
            after = page["next"]
        assert len(seen) == 70
        assert set(seen) == made

    @pytest.mark.parametrize("query", ["view=nothing", "view=all&after=x", "view=waiting&after=WyJhIl0"])
    def test_what_no_list_gave_is_refused(self, amy: Desk, query: str) -> None:
        assert_error(amy.send("GET", f"conversations?{query}"), 400, 422)


class TestMoves:
    def test_a_claim_tells_the_customer_who_they_talk_to(self, amy: Desk, waiting: Customer) -> None:
        answer = amy.move("claim", waiting.id)
        assert answer.json() == {"owner": "assigned", "agent": "amy", "version": 2}
        owner, notice = waiting.events()[-2:]
        assert (owner["type"], owner["owner"], owner["agent"]) == ("owner", "assigned", "amy")
        assert (notice["author"], "amy" in notice["text"]) == ("system", True)

    def test_the_chat_api_shows_moves_in_the_contracts_form(self, amy: Desk, waiting: Customer) -> None:
        amy.takes(waiting.id)
        moves = [each for each in waiting.events() if each["type"] == "owner"]
        assert all(set(each) == {"seq", "type", "owner", "agent", "at"} for each in moves)

    def test_of_two_who_claim_one_wins_and_the_other_sees_who(self, amy: Desk, bob: Desk, waiting: Customer) -> None:
        answers = at_once(*(lambda desk=desk: desk.move("claim", waiting.id, 1) for desk in (amy, bob)))
        won = next(each for each in answers if each.status_code == 200)
        lost = next(each for each in answers if each.status_code == 409)
        assert_error(lost, 409, code="conflict")
        assert won.json()["agent"] in lost.json()["error"]["message"]

    def test_claim_return_and_close_at_once_end_in_one_legal_state(
        self, amy: Desk, bob: Desk, sue: Desk, waiting: Customer
    ) -> None:
        amy.takes(waiting.id)
        answers = at_once(
            lambda: bob.move("claim", waiting.id, 2),
            lambda: sue.move("return", waiting.id, 2),
            lambda: amy.move("close", waiting.id, 2),
        )
        done = [each.json() for each in answers if each.status_code == 200]
        assert len(done) == 1
        assert all(each.status_code in (200, 409) for each in answers)
        now = amy.get(f"conversations/{waiting.id}")
        assert {name: now[name] for name in ("owner", "agent", "version")} == done[0]

    def test_a_stale_version_changes_nothing(self, amy: Desk, waiting: Customer) -> None:
        assert_error(amy.move("claim", waiting.id, 0), 409, code="conflict")
        assert amy.get(f"conversations/{waiting.id}")["owner"] == "queued"

    @pytest.mark.parametrize("body", [{}, {"version": "1"}, {"version": True}, {"version": -1}, {"version": 1.5}])
    def test_a_version_is_wanted(self, amy: Desk, waiting: Customer, body: dict[str, Any]) -> None:
        assert_error(amy.send("POST", f"conversations/{waiting.id}/claim", body), 422)

    def test_a_transfer_gives_it_to_another_agent(self, amy: Desk, bob: Desk, waiting: Customer) -> None:
        amy.takes(waiting.id)
        answer = amy.move("transfer", waiting.id, to="bob", reason="knows billing")
        assert answer.json()["agent"] == "bob"
        assert bob.listed("mine") == [waiting.id]
        assert_error(amy.say(waiting.id, "hi"), 409, code="not_allowed")

    @pytest.mark.parametrize("to", ["nobody", "amy", "", 7])
    def test_not_to_nobody_nor_to_oneself(self, amy: Desk, waiting: Customer, to: Any) -> None:
        amy.takes(waiting.id)
        assert_error(amy.move("transfer", waiting.id, to=to), 409, 422)
        assert amy.listed("mine") == [waiting.id]

    def test_what_is_closed_stays_closed(self, amy: Desk, waiting: Customer) -> None:
        amy.takes(waiting.id)
        assert amy.move("close", waiting.id, reason="solved").json()["owner"] == "closed"
        for kind in ("claim", "return", "close"):
            assert_error(amy.move(kind, waiting.id), 409, code="not_allowed")
        assert_error(waiting.write("hello?"), 409, code="closed")

    def test_moves_are_kept_with_actor_and_reason(self, amy: Desk, waiting: Customer) -> None:
        amy.takes(waiting.id)
        amy.move("return", waiting.id, reason="solved")
        moves = [each for each in amy.events(waiting.id) if each["type"] == "owner"]
        assert [(each["owner"], each["actor"], each["reason"]) for each in moves][1:] == [
            ("assigned", "amy", "claim"),
            ("bot", "amy", "solved"),
        ]


class TestTalk:
    def test_both_see_what_the_other_writes_and_the_bot_is_silent(
        self, amy: Desk, waiting: Customer, rasa: FakeRasa
    ) -> None:
        amy.takes(waiting.id)
        assert amy.say(waiting.id, "How can I help?").status_code == 202
        waiting.say("my order is 42")
        said = [(each["author"], each["text"]) for each in waiting.events() if each["type"] == "message"][-2:]
        assert said == [("agent", "How can I help?"), ("customer", "my order is 42")]
        assert [each["text"] for each in amy.events(waiting.id) if each["type"] == "message"][-2:] == [
            "How can I help?",
            "my order is 42",
        ]
        assert rasa.heard(waiting.id) == ["hello"]

    def test_a_repeated_message_is_kept_once(self, amy: Desk, waiting: Customer) -> None:
        amy.takes(waiting.id)
        sent = [amy.say(waiting.id, "once", "the same") for _ in range(3)]
        assert len({each.json()["seq"] for each in sent}) == 1
        assert sum(each.get("text") == "once" for each in waiting.events()) == 1

    def test_customer_messages_bear_intent_and_confidence(
        self, amy: Desk, gateway: Gateway, customer: Customer
    ) -> None:
        seq = customer.say("hello")
        gateway.ledger.understood(customer.id, seq, "social_greeting", 0.9)
        (event,) = [each for each in amy.events(customer.id) if each.get("author") == "customer"]
        assert (event["intent"], event["confidence"]) == ("social_greeting", 0.9)

    @pytest.mark.parametrize(
        "text", ["<script>alert(1)</script>", "\u202eright to left", "zero\u200bwidth", "接" * 10_000, "a\x00b"]
    )
    def test_odd_texts_come_as_they_were_written(self, amy: Desk, waiting: Customer, text: str) -> None:
        amy.takes(waiting.id)
        waiting.say(text)
        assert amy.events(waiting.id)[-1]["text"] == text

    def test_a_text_too_long_is_refused(self, amy: Desk, waiting: Customer) -> None:
        amy.takes(waiting.id)
        assert_error(amy.say(waiting.id, "x" * 10_001), 422)


class TestLive:
    def desk_stream(self, desk: Desk, path: str) -> Stream:
        cookies = "; ".join(f"{name}={value}" for name, value in desk.http.cookies.items())
        return Stream(f"{desk.gateway.url}/desk/api/{path}", None, {"Cookie": cookies})

    def test_typing_passes_both_ways_and_not_back_to_who_types(self, amy: Desk, waiting: Customer) -> None:
        amy.takes(waiting.id)
        stream = self.desk_stream(amy, f"conversations/{waiting.id}/events")
        stream.begin()
        stream.opened()
        with waiting.stream() as customers:
            customers.opened()
            eventually(lambda: amy.gateway.followers(waiting.id) == 2)
            waiting.gateway.http.post(f"{waiting.path}/typing", json={"on": True}, headers=waiting.headers)
            amy.send("POST", f"conversations/{waiting.id}/typing", {"on": True})
            stream.until(lambda events: {"type", "author", "on"} <= {key for each in events for key in each})
            customers.until(lambda events: any(each["type"] == "typing" for each in events))
            assert [each["author"] for each in customers.typing] == ["agent"]
        stream.until(lambda events: any(each.get("author") == "customer" and each.get("on") for each in events))
        stream.end()

    def test_agents_see_who_else_looks_and_the_customer_does_not(self, amy: Desk, bob: Desk, waiting: Customer) -> None:
        stream = self.desk_stream(amy, f"conversations/{waiting.id}/events")
        stream.begin()
        stream.opened()
        with waiting.stream() as customers:
            customers.opened()
            eventually(lambda: amy.gateway.followers(waiting.id) == 2)
            bob.send("POST", f"conversations/{waiting.id}/looking", {"on": True})
            stream.until(lambda events: any(each["type"] == "looking" and each["agent"] == "bob" for each in events))
            waiting.say("still there?")
            customers.until(lambda events: any(each.get("text") == "still there?" for each in events))
            assert "looking" not in {each["type"] for each in customers.received}
        stream.end()

    def test_what_a_message_was_taken_for_follows_when_it_is_known(
        self, amy: Desk, gateway: Gateway, customer: Customer, rasa: FakeRasa
    ) -> None:
        held = rasa.holds("hello")
        stream = self.desk_stream(amy, f"conversations/{customer.id}/events")
        stream.begin()
        stream.opened()
        seq = customer.say("hello")
        stream.until_seq(seq)
        gateway.ledger.understood(customer.id, seq, "social_greeting", 0.9)
        held.release()
        told = stream.until(lambda events: [each for each in events if each["type"] == "understood"])
        assert [each["intent"] for each in told if each["type"] == "understood"] == ["social_greeting"]
        stream.end()

    def test_the_queue_is_told_of_at_once(self, amy: Desk, gateway: Gateway, customer: Customer) -> None:
        stream = self.desk_stream(amy, "live")
        stream.begin()
        stream.until(lambda events: [each["waiting"] for each in events] == [0])
        gateway.ledger.describe(customer.id, severity="critical")
        hand_over(gateway.ledger, customer.id)
        amy.move("claim", customer.id)
        amy.move("return", customer.id)
        stream.until(lambda events: len(events) > 1)
        stream.end()


class TestBackWithTheBot:
    def test_the_bot_answers_again_and_is_told_what_was_opened_meanwhile(
        self, amy: Desk, waiting: Customer, rasa: FakeRasa
    ) -> None:
        amy.takes(waiting.id)
        waiting.say("to the agent")
        case = amy.send(
            "POST",
            f"conversations/{waiting.id}/cases",
            {
                "client_request_id": new_id(), "category": "technical", "summary": "cannot sign in",
                "contact_name": "Grace Hall", "company": "Example", "contact_email": "grace@example.com",
            },
        )  # fmt: skip
        assert case.status_code == 201, case.text
        amy.move("return", waiting.id)
        assert waiting.ask("and now?") == "Re: and now?"
        assert rasa.heard(waiting.id) == ["hello", "and now?"]
        told = {each["name"]: each["value"] for each in rasa.told[waiting.id] if each["event"] == "slot"}
        assert told["case_number"] == case.json()["number"]
        assert told["case_opened"] is True

    def test_it_is_told_once(self, amy: Desk, waiting: Customer, rasa: FakeRasa) -> None:
        amy.takes(waiting.id)
        amy.move("return", waiting.id)
        waiting.ask("one")
        told = len(rasa.told[waiting.id])
        waiting.ask("two")
        assert len(rasa.told[waiting.id]) == told

    def test_the_customer_may_go_back_themselves(self, amy: Desk, waiting: Customer) -> None:
        amy.takes(waiting.id)
        answer = waiting.gateway.http.post(f"{waiting.path}/bot", json={}, headers=waiting.headers)
        assert answer.json() == {"owner": "bot"}
        assert waiting.ask("again") == "Re: again"
        assert_error(amy.say(waiting.id, "hi"), 409, code="not_allowed")

    def test_the_place_in_the_queue(self, gateway: Gateway, waiting: Customer) -> None:
        second = gateway.begin()
        hand_over(gateway.ledger, second.id)

        def place(customer: Customer) -> Any:
            answer = gateway.http.get(f"{customer.path}/queue", headers=customer.headers)
            return answer.json()["position"]

        assert (place(waiting), place(second)) == (1, 2)
        hand_over(gateway.ledger, waiting.id, Owner.BOT)
        assert (place(waiting), place(second)) == (None, 1)


class TestSatisfaction:
    @pytest.mark.parametrize(("language", "title"), [(Language.ZH, "5 非常满意"), (Language.EN, "5 Very satisfied")])
    def test_is_asked_once_at_the_end_in_the_customers_language(
        self, amy: Desk, gateway: Gateway, rasa: FakeRasa, language: Language, title: str
    ) -> None:
        customer = gateway.begin(language=language.value)
        customer.ask("hello")
        hand_over(gateway.ledger, customer.id)
        amy.takes(customer.id)
        amy.move("close", customer.id)
        (question,) = [each for each in customer.events() if each.get("choices")]
        assert question["choices"][0]["title"] == title
        assert len(question["choices"]) == 5
        assert customer.choose(question["choices"][0]["id"]).status_code == 202
        assert customer.say("prompt and kind") > 0
        found = amy.get(f"conversations/{customer.id}")
        assert (found["satisfaction"], found["satisfaction_word"]) == (5, "prompt and kind")
        assert_error(customer.write("and more"), 409, code="closed")
        assert rasa.heard(customer.id) == ["hello"]

    def test_the_bot_asks_at_good_bye(self, amy: Desk, gateway: Gateway, customer: Customer, rasa: FakeRasa) -> None:
        customer.ask("hello")
        held = rasa.holds("bye")
        seq = customer.say("bye")
        gateway.ledger.understood(customer.id, seq, "social_goodbye", 0.99)
        held.release()
        customer.hear(after=seq)
        (question,) = [each for each in customer.events() if each.get("choices")]
        assert customer.choose(question["choices"][-1]["id"]).status_code == 202
        assert amy.get(f"conversations/{customer.id}")["satisfaction"] == 1
        assert customer.ask("one more thing") == "Re: one more thing"
        assert rasa.heard(customer.id) == ["hello", "bye", "one more thing"]


class TestNotesAndLabels:
    def test_are_seen_by_agents_alone(self, amy: Desk, bob: Desk, waiting: Customer) -> None:
        assert amy.send("POST", f"conversations/{waiting.id}/notes", {"text": "VIP"}).status_code == 201
        assert amy.send("PUT", f"conversations/{waiting.id}/labels/退款").status_code == 204
        found = bob.get(f"conversations/{waiting.id}")
        assert [(each["agent"], each["text"]) for each in found["notes"]] == [("amy", "VIP")]
        assert found["labels"] == ["退款"]
        assert "VIP" not in str(waiting.events())
        assert bob.send("DELETE", f"conversations/{waiting.id}/labels/退款").status_code == 204
        assert bob.get(f"conversations/{waiting.id}")["labels"] == []
