"""`POST /api/conversations/{id}/messages`: what a customer writes is kept, once, and answered in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jieda.conversations import Owner
from jieda.gateway.rasa import as_text
from tests.fakes.rasa import FakeRasa, Sent, buttons
from tests.gateway.conftest import MakeGateway
from tests.gateway.harness import (
    Customer,
    Gateway,
    assert_error,
    at_once,
    eventually,
    hand_over,
    new_id,
    written,
)


class TestAccepted:
    def test_a_message_is_numbered_kept_and_answered(self, common: Gateway, visitor: Customer) -> None:
        answer = visitor.write("你好")
        assert (answer.status_code, answer.json()) == (202, {"seq": 1})
        assert visitor.hear()[0]["text"] == "Re: 你好"
        assert written(common.ledger, visitor.id) == ["你好", "Re: 你好"]

    def test_it_is_kept_before_it_is_answered(self, gateway: Gateway, customer: Customer, rasa: FakeRasa) -> None:
        rasa.holds("slow")
        customer.say("slow")
        assert written(gateway.ledger, customer.id) == ["slow"]

    def test_rasa_learns_who_wrote_what_and_in_which_language(self, common: Gateway, common_rasa: FakeRasa) -> None:
        customer = common.begin(language="en")
        seq = customer.say("hello")
        customer.hear()
        assert [each for each in common_rasa.sent if each.sender == customer.id] == [
            Sent(customer.id, "hello", {"message_id": f"{customer.id}:{seq}", "language": "en"})
        ]

    def test_several_replies_follow_one_another(self, customer: Customer, rasa: FakeRasa) -> None:
        rasa.answers("tell me all", "first", "second", "third")
        customer.say("tell me all")
        assert [each["text"] for each in customer.hear(3)] == ["first", "second", "third"]
        assert [each["seq"] for each in customer.events()] == [1, 2, 3, 4]


class TestRepeats:
    def test_the_same_id_again_gives_the_same_seq_and_no_second_turn(
        self, common: Gateway, visitor: Customer, common_rasa: FakeRasa
    ) -> None:
        first = visitor.say("once", "id-1")
        visitor.hear()
        assert visitor.say("once", "id-1") == first
        assert visitor.say("something else", "id-1") == first
        visitor.ask("and then")
        assert common_rasa.heard(visitor.id) == ["once", "and then"]
        assert written(common.ledger, visitor.id, "customer") == ["once", "and then"]

    def test_six_at_once_are_one(self, common: Gateway, visitor: Customer, common_rasa: FakeRasa) -> None:
        assert set(at_once(*[partial(visitor.say, "six times", "same")] * 6)) == {1}
        visitor.hear()
        visitor.ask("and then")
        assert common_rasa.heard(visitor.id) == ["six times", "and then"]
        assert written(common.ledger, visitor.id, "customer") == ["six times", "and then"]

    def test_six_different_ones_at_once_are_six(self, visitor: Customer) -> None:
        texts = [f"number {number}" for number in range(6)]
        seqs = at_once(*[partial(visitor.say, text) for text in texts])
        assert len(set(seqs)) == 6
        visitor.hear(6)
        kept = {each["seq"]: each["text"] for each in visitor.events() if each["author"] == "customer"}
        assert kept == dict(zip(seqs, texts, strict=True))

    def test_another_conversation_has_ids_of_its_own(self, common: Gateway, common_rasa: FakeRasa) -> None:
        one, other = common.begin(), common.begin()
        one.say("one", "same")
        other.say("other", "same")
        assert (one.hear()[0]["text"], other.hear()[0]["text"]) == ("Re: one", "Re: other")


class TestOrder:
    def test_quick_messages_are_answered_one_at_a_time_in_order(
        self, gateway: Gateway, customer: Customer, rasa: FakeRasa
    ) -> None:
        texts = [f"message {number}" for number in range(6)]
        for text in texts:
            rasa.answers(text, f"{text}, part 1", f"{text}, part 2", delay=0.05)
        for text in texts:
            customer.say(text)
        said = [each["text"] for each in customer.hear(12)]
        assert said == [f"{text}, part {part}" for text in texts for part in (1, 2)]
        assert rasa.heard() == texts
        assert rasa.overlaps == []
        assert written(gateway.ledger, customer.id, "customer") == texts

    def test_the_second_waits_while_the_first_is_answered(self, customer: Customer, rasa: FakeRasa) -> None:
        first = rasa.holds("first")
        customer.say("first")
        eventually(lambda: first.waiting)
        assert customer.say("second") == 2
        # A whole turn of another conversation goes by, and the second has still not been sent.
        customer.gateway.begin().ask("meanwhile")
        assert rasa.heard(customer.id) == ["first"]
        first.release()
        assert [each["text"] for each in customer.hear(2)] == ["Re: first", "Re: second"]

    def test_seqs_rise_without_gap(self, visitor: Customer) -> None:
        for text in "abc":
            visitor.ask(text)
        assert [each["seq"] for each in visitor.events()] == [1, 2, 3, 4, 5, 6]


class TestManyConversations:
    def test_a_slow_one_holds_up_no_other(self, make_gateway: MakeGateway, rasa: FakeRasa) -> None:
        gateway = make_gateway(rasa_timeout=20).start()
        slow = rasa.holds("slow")
        held = [gateway.begin() for _ in range(15)]
        for customer in held:
            customer.say("slow")
        eventually(lambda: slow.waiting == 15)
        assert gateway.begin().ask("quick") == "Re: quick"
        assert all(customer.said() == [] for customer in held)
        slow.release()
        assert [customer.hear()[0]["text"] for customer in held] == ["Re: slow"] * 15

    def test_twenty_customers_at_once_get_their_own_answers(self, common: Gateway) -> None:
        customers = [common.begin() for _ in range(20)]
        asked = [partial(customer.ask, f"from {customer.id}") for customer in customers]
        assert at_once(*asked) == [f"Re: from {customer.id}" for customer in customers]


COMMANDS = [
    "/restart",
    "/session_start",
    '/case_open{"case_number": "SR20200101-AAAA"}',
    "//restart",
    "/",
    " /restart",
    "\n\t /restart",
    "\u3000/restart",
    "\u00a0/restart",
    "\u2028/restart",
    "\x85/restart",
    "\u200b/restart",
    "\ufeff/restart",
    "\u2060\u200b \u200d/restart",
    "\u202e/restart",
    "\x00/restart",
    "\x1b /restart",
    "\x1f/restart",
    "\x7f/restart",
    "\u00ad/restart",
    "\U000e0001/restart",
    "\ue000/restart",
    " \x00 \u200b \n/restart",
]


class TestTextIsNeverAnIntent:
    @pytest.mark.parametrize("text", COMMANDS, ids=ascii)
    def test_a_slash_at_the_start_does_not_reach_rasa(
        self, common: Gateway, visitor: Customer, common_rasa: FakeRasa, text: str
    ) -> None:
        visitor.say(text)
        visitor.hear()
        (sent,) = (each for each in common_rasa.sent if each.sender == visitor.id)
        assert not sent.is_command
        assert "restart" not in text or "restart" in sent.message
        assert written(common.ledger, visitor.id, "customer") == [text]

    @pytest.mark.parametrize(
        "text", ["and/or", "https://example.com/x", "a /restart", "第一行\n/第二行", "C:\\temp/x", "1/2"]
    )
    def test_other_text_reaches_rasa_as_it_is(self, visitor: Customer, text: str) -> None:
        assert visitor.ask(text) == f"Re: {text}"

    @pytest.mark.parametrize("text", ["\u200b", "\x00", "\u202e\u202c", "\ue000"], ids=ascii)
    def test_text_of_nothing_visible_is_answered(
        self, common: Gateway, visitor: Customer, common_rasa: FakeRasa, text: str
    ) -> None:
        visitor.say(text)
        visitor.hear()
        (sent,) = (each for each in common_rasa.sent if each.sender == visitor.id)
        assert sent.message.strip()
        assert written(common.ledger, visitor.id, "customer") == [text]

    @given(st.text() | st.text(alphabet="/／ \t\n\r\x00\x0b\x1c\x85\u00a0\u200b\u200f\u2028\u3000\ufeffax"))
    def test_whatever_is_written(self, text: str) -> None:
        sent = as_text(text)
        assert sent.strip()
        assert not Sent("x", sent, {}).is_command

    @given(st.text(alphabet=st.characters(exclude_categories=("C",))))
    def test_plain_text_keeps_its_words(self, text: str) -> None:
        assume(text.strip() and not text.strip().startswith("/"))
        assert as_text(text) == text.strip()


class TestChoices:
    @pytest.fixture
    def asked(self, visitor: Customer, common_rasa: FakeRasa) -> Iterator[Customer]:
        """A customer to whom two buttons are offered."""
        offered = buttons(
            "Is that right?", ("Yes, it is", "/answer_yes"), ("不是", '/answer_no{"severity": "critical"}')
        )
        common_rasa.answers("offer", offered)
        visitor.say("offer")
        visitor.hear()
        return visitor

    @staticmethod
    def offered(customer: Customer) -> list[dict[str, str]]:
        return list(customer.hear()[0]["choices"])

    def test_a_button_has_an_opaque_id_and_a_title(self, asked: Customer) -> None:
        choices = self.offered(asked)
        assert [set(each) for each in choices] == [{"id", "title"}] * 2
        assert [each["title"] for each in choices] == ["Yes, it is", "不是"]
        assert len({each["id"] for each in choices}) == 2
        assert "answer_" not in json.dumps(asked.events())
        assert not any("/" in each["id"] for each in choices)

    def test_a_choice_says_its_title_and_means_its_payload(
        self, common: Gateway, asked: Customer, common_rasa: FakeRasa
    ) -> None:
        answer = asked.choose(self.offered(asked)[1]["id"])
        assert (answer.status_code, answer.json()) == (202, {"seq": 3})
        asked.hear(2)
        assert common_rasa.heard(asked.id) == ["offer", '/answer_no{"severity": "critical"}']
        assert written(common.ledger, asked.id, "customer") == ["offer", "不是"]

    def test_pressed_six_times_at_once_it_counts_once(self, asked: Customer, common_rasa: FakeRasa) -> None:
        choice = self.offered(asked)[0]["id"]
        answers = at_once(*[partial(asked.choose, choice, "pressed")] * 6)
        assert [(each.status_code, each.json()) for each in answers] == [(202, {"seq": 3})] * 6
        asked.hear(2)
        asked.ask("and then")
        assert common_rasa.heard(asked.id) == ["offer", "/answer_yes", "and then"]

    @pytest.mark.parametrize("choice", ["no-such-choice", "/answer_yes", "Yes, it is", "1", "0", "\x00", "x" * 128])
    def test_an_unknown_choice_is_refused(self, common: Gateway, asked: Customer, choice: str) -> None:
        assert_error(asked.choose(choice), 404, code="choice_unknown")
        assert written(common.ledger, asked.id, "customer") == ["offer"]

    def test_a_choice_of_another_conversation_is_unknown(self, common: Gateway, asked: Customer) -> None:
        other = common.begin()
        assert_error(other.choose(self.offered(asked)[0]["id"]), 404, code="choice_unknown")
        assert written(common.ledger, other.id) == []

    def test_text_that_looks_like_a_choice_is_text(self, asked: Customer) -> None:
        choice = self.offered(asked)[0]["id"]
        seq = asked.say(choice)
        assert asked.hear(after=seq)[0]["text"] == f"Re: {choice}"

    @pytest.mark.parametrize("choice", ["", " ", 1, [], {}, True, "x" * 129], ids=lambda choice: repr(choice)[:9])
    def test_what_can_be_no_choice_is_refused(self, visitor: Customer, choice: Any) -> None:
        assert_error(visitor.post({"client_message_id": new_id(), "choice": choice}), 422, code="invalid")


class TestOwners:
    @pytest.mark.parametrize("owner", [Owner.QUEUED, Owner.ASSIGNED])
    def test_what_is_meant_for_a_person_does_not_reach_rasa(
        self, common: Gateway, visitor: Customer, common_rasa: FakeRasa, owner: Owner
    ) -> None:
        hand_over(common.ledger, visitor.id, owner)
        assert visitor.say("for your eyes only") == 2
        hand_over(common.ledger, visitor.id, Owner.BOT)
        visitor.say("for the bot")
        visitor.hear()
        assert common_rasa.heard(visitor.id) == ["for the bot"]
        assert written(common.ledger, visitor.id, "customer") == ["for your eyes only", "for the bot"]

    def test_a_closed_conversation_takes_nothing_in(self, common: Gateway, visitor: Customer) -> None:
        seq = visitor.say("before", "id-before")
        visitor.hear()
        hand_over(common.ledger, visitor.id, Owner.CLOSED)
        assert_error(visitor.write("after"), 409, code="closed")
        assert visitor.say("before", "id-before") == seq
        assert written(common.ledger, visitor.id, "customer") == ["before"]


BAD = {
    "nothing": b"",
    "blank": b"  ",
    "broken": b"{",
    "cut": b'{"client_message_id": "a", "text": "x',
    "a list": b"[]",
    "a list of a message": b'[{"client_message_id": "a", "text": "x"}]',
    "a string": b'"x"',
    "null": b"null",
    "a number": b"1",
    "true": b"true",
    "a form": b"client_message_id=a&text=x",
    "no utf-8": b"\xff\xfe",
    "utf-16": '{"client_message_id": "a", "text": "x"}'.encode("utf-16"),
    "latin-1": '{"client_message_id": "a", "text": "é"}'.encode("latin-1"),
    "a surrogate in utf-8": b'{"client_message_id": "a", "text": "\xed\xa0\x80"}',
    "a lone surrogate": b'{"client_message_id": "a", "text": "\\ud800"}',
    "a lone low surrogate": b'{"client_message_id": "a", "text": "x\\udc00y"}',
    "surrogates the wrong way round": b'{"client_message_id": "a", "text": "\\ude00\\ud83d"}',
    "a lone surrogate in the id": b'{"client_message_id": "\\ud800", "text": "x"}',
    "a lone surrogate in a name": b'{"client_message_id": "a", "text": "x", "\\ud800": 1}',
    "a raw control character": b'{"client_message_id": "a", "text": "x\x01"}',
    "a number without end": b'{"client_message_id": "a", "text": "x", "n": ' + b"9" * 20_000 + b"}",
    "nested deep": b'{"client_message_id": "a", "text": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "nested deep and open": b"[" * 60_000,
    "objects nested deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "twice": b'{"client_message_id": "a", "text": "x"}{}',
    "no text": b'{"client_message_id": "a"}',
    "text null": b'{"client_message_id": "a", "text": null}',
    "text and choice null": b'{"client_message_id": "a", "text": null, "choice": null}',
    "text and choice": b'{"client_message_id": "a", "text": "x", "choice": "y"}',
    "text a number": b'{"client_message_id": "a", "text": 1}',
    "text not a number": b'{"client_message_id": "a", "text": NaN}',
    "text a list": b'{"client_message_id": "a", "text": ["x"]}',
    "text an object": b'{"client_message_id": "a", "text": {"x": 1}}',
    "text false": b'{"client_message_id": "a", "text": false}',
    "text empty": b'{"client_message_id": "a", "text": ""}',
    "text blank": '{"client_message_id": "a", "text": " \\n\\t\u3000"}'.encode(),
    "no id": b'{"text": "x"}',
    "id null": b'{"client_message_id": null, "text": "x"}',
    "id a number": b'{"client_message_id": 1, "text": "x"}',
    "id a list": b'{"client_message_id": ["a"], "text": "x"}',
    "id empty": b'{"client_message_id": "", "text": "x"}',
    "id blank": b'{"client_message_id": " ", "text": "x"}',
    "id too long": b'{"client_message_id": "' + b"a" * 129 + b'", "text": "x"}',
    "text too long": b'{"client_message_id": "a", "text": "' + b"x" * 10_001 + b'"}',
}


class TestBadBodies:
    @pytest.mark.parametrize("raw", BAD.values(), ids=BAD.keys())
    def test_it_is_refused_and_nothing_is_kept(self, common: Gateway, visitor: Customer, raw: bytes) -> None:
        assert_error(visitor.post(raw=raw), 400, 422)
        assert written(common.ledger, visitor.id) == []

    def test_the_conversation_goes_on_after_it(self, visitor: Customer) -> None:
        visitor.post(raw=b"{")
        assert visitor.ask("now right") == "Re: now right"

    @settings(max_examples=50, deadline=None)
    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=8,
        )
        | st.fixed_dictionaries(
            {},
            optional={name: st.text() | st.integers() | st.none() for name in ("client_message_id", "text", "choice")},
        )
    )
    def test_any_json_is_accepted_or_refused(self, common: Gateway, value: Any) -> None:
        customer = common.begin()
        answer = customer.post(raw=json.dumps(value).encode())
        if answer.status_code == 202:
            assert written(common.ledger, customer.id, "customer") == [value["text"]]
        else:
            assert_error(answer, 400, 404, 422)


class TestSize:
    @staticmethod
    def of_size(size: int) -> bytes:
        """A good message whose body has so many bytes."""
        body = {"client_message_id": new_id(), "text": "x", "filling": ""}
        body["filling"] = "f" * (size - len(json.dumps(body)))
        return json.dumps(body).encode()

    @staticmethod
    def in_chunks(body: bytes) -> Iterator[bytes]:
        for start in range(0, len(body), 1000):
            yield body[start : start + 1000]

    @pytest.mark.parametrize("chunked", [False, True], ids=["with its length", "in chunks"])
    @pytest.mark.parametrize(("size", "status"), [(64 * 1024, 202), (64 * 1024 + 1, 413), (1_000_000, 413)])
    def test_a_body_has_at_most_64_kib(self, visitor: Customer, size: int, status: int, chunked: bool) -> None:
        body = self.of_size(size)
        assert len(body) == size
        answer = visitor.post(raw=self.in_chunks(body) if chunked else body)
        assert ("content-length" in answer.request.headers) is not chunked
        assert answer.status_code == status
        if status == 413:
            assert_error(answer, 413, code="too_large")
            assert visitor.events() == []

    def test_json_nested_100_000_deep(self, visitor: Customer) -> None:
        assert_error(visitor.post(raw=b"[" * 100_000 + b"]" * 100_000), 400, 413)
        assert visitor.ask("still there?") == "Re: still there?"

    @pytest.mark.parametrize("character", ["x", "接", "😀"])
    def test_a_message_has_at_most_10_000_characters(self, common: Gateway, visitor: Customer, character: str) -> None:
        text = character * 10_000
        raw = json.dumps({"client_message_id": "long", "text": text}, ensure_ascii=False).encode()
        assert visitor.post(raw=raw).status_code == 202
        assert visitor.hear()[0]["text"] == f"Re: {text}"
        raw = json.dumps({"client_message_id": "longer", "text": text + character}, ensure_ascii=False).encode()
        assert_error(visitor.post(raw=raw), 422, code="invalid")
        assert written(common.ledger, visitor.id, "customer") == [text]

    def test_an_id_has_at_most_128(self, visitor: Customer) -> None:
        assert visitor.write("x", "i" * 128).status_code == 202


WRITTEN = {
    "emoji": "😀👨‍👩‍👧‍👦🇨🇳👍🏽",
    "nul": "before\x00after",
    "control characters": "\x07\x1b[2J\x7f\x85",
    "right-to-left marks": "\u202eright\u202c to \u200fleft\u2067",
    "zero width": "a\u200bb\ufeffc",
    "line ends": "one\r\ntwo\nthree\rfour\u2028five\u2029six",
    "blanks around": "  \t around \n",
    "combining": "e\u0301 \u0338/",
    "rare han": "𠮷野家 㐂",
    "html": "<script>alert(1)</script>&amp;",
    "templates": "{{7*7}} {hotline} %s ${x}",
    "sql": "'; DROP TABLE events; --",
    "json": '{"text": "x"}\\u0000',
    "server-sent events": "data: x\n\nid: 99\n\nevent: y",
    "external": "EXTERNAL: answer_yes",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN.keys())
def test_what_is_said_is_kept_and_shown_as_it_is(
    common: Gateway, visitor: Customer, common_rasa: FakeRasa, text: str
) -> None:
    common_rasa.answers(as_text(text), text)
    visitor.say(text)
    visitor.hear()
    assert written(common.ledger, visitor.id) == [text, text]
    assert [each["text"] for each in visitor.events()] == [text, text]
    with visitor.stream() as stream:
        assert [each["text"] for each in stream.until_seq(2)] == [text, text]
