"""`POST /api/conversations`: a customer begins a conversation."""

from __future__ import annotations

import gc
import time
from types import SimpleNamespace
from typing import Any

import httpx
import limits.storage.memory
import pytest
from sqlalchemy import func, select

from jieda.conversations import Channel, Owner
from jieda.policy import Language
from jieda.store.database import connect, reading
from jieda.store.tables import conversations
from tests.gateway.conftest import MakeGateway
from tests.gateway.harness import Gateway, assert_error


def begun(gateway: Gateway) -> int:
    """How many conversations stand in the ledger."""
    with reading(connect(gateway.settings.database_url)) as connection:
        return int(connection.execute(select(func.count()).select_from(conversations)).scalar())


def page_of(gateway: Gateway, conversation_id: str) -> str | None:
    with reading(connect(gateway.settings.database_url)) as connection:
        query = select(conversations.c.page).where(conversations.c.id == conversation_id)
        return connection.execute(query).scalar()


class TestBeginning:
    def test_it_gives_a_conversation_and_a_token_that_opens_it(self, common: Gateway) -> None:
        answer = common.http.post("/api/conversations", json={})
        assert answer.status_code == 201
        assert set(answer.json()) == {"conversation_id", "token"}
        made = answer.json()
        opened = common.http.get(
            f"/api/conversations/{made['conversation_id']}/events",
            headers={"Authorization": f"Bearer {made['token']}", "Accept": "application/json"},
        )
        assert (opened.status_code, opened.json()) == (200, [])

    def test_nobody_keeps_a_copy_of_the_token(self, common: Gateway) -> None:
        assert common.http.post("/api/conversations", json={}).headers["cache-control"] == "no-store"

    def test_the_bot_owns_it(self, common: Gateway) -> None:
        kept = common.ledger.conversation(common.begin().id)
        assert (kept.owner, kept.channel, kept.version) == (Owner.BOT, Channel.WEB, 0)

    def test_each_has_an_id_of_its_own_that_cannot_be_guessed(self, common: Gateway) -> None:
        ids = [common.begin().id for _ in range(20)]
        assert len(set(ids)) == 20
        assert min(map(len, ids)) >= 20

    @pytest.mark.parametrize(
        ("body", "language"),
        [
            ({"language": "zh"}, Language.ZH),
            ({"language": "en"}, Language.EN),
            ({}, None),
            ({"language": None}, None),
            ({"language": "en", "something": ["else"]}, Language.EN),
        ],
    )
    def test_the_language_asked_for_is_kept(
        self, common: Gateway, body: dict[str, Any], language: Language | None
    ) -> None:
        made = common.http.post("/api/conversations", json=body).json()
        assert common.ledger.conversation(made["conversation_id"]).language is language

    @pytest.mark.parametrize(
        "page",
        [None, "https://shop.example.com/产品?x=1", "https://example.com/" + "p" * (2048 - 20)],
        ids=["none", "short", "long"],
    )
    def test_the_page_it_began_on_is_kept(self, common: Gateway, page: str | None) -> None:
        made = common.http.post("/api/conversations", json={"page": page}).json()
        assert page_of(common, made["conversation_id"]) == page


class TestBadBodies:
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b" ",
            b"{",
            b"[]",
            b'"zh"',
            b"null",
            b"1",
            b"language=zh",
            b"\xff\xfe",
            b"\xef\xbb\xbf{}",
            b'{"language": "\\ud800"}',
            b'{"language": "zh",}',
            b'{"n": ' + b"1" * 5000 + b"}",
        ],
        ids=lambda raw: repr(raw[:20]),
    )
    def test_what_is_no_json_object_is_refused(self, common: Gateway, raw: bytes) -> None:
        before = begun(common)
        assert_error(common.http.post("/api/conversations", content=raw), 400, code="bad_json")
        assert begun(common) == before

    @pytest.mark.parametrize("language", ["fr", "ZH", "zh-CN", "", " zh", 1, 0, False, True, [], ["zh"], {}, {"zh": 1}])
    def test_a_language_that_is_not_spoken_is_refused(self, common: Gateway, language: Any) -> None:
        assert_error(common.http.post("/api/conversations", json={"language": language}), 422, code="invalid")

    @pytest.mark.parametrize("page", ["", " ", 1, [], {}, True, "p" * 2049], ids=lambda page: repr(page)[:9])
    def test_a_page_that_is_none_is_refused(self, common: Gateway, page: Any) -> None:
        assert_error(common.http.post("/api/conversations", json={"page": page}), 422, code="invalid")

    def test_a_body_too_large_is_refused(self, common: Gateway) -> None:
        assert_error(common.http.post("/api/conversations", json={"page": "p" * 70_000}), 413, code="too_large")


class TestLimits:
    def test_they_are_there_as_long_as_the_gateway(self, make_gateway: MakeGateway) -> None:
        gateway = make_gateway(conversations_per_minute=2, messages_per_minute=2).start()
        gateway.begin().say("one")
        gc.collect()  # what nothing holds is gone by now
        gateway.begin().say("two")
        assert gateway.http.post("/api/conversations", json={}).status_code == 429

    def test_one_address_may_begin_so_many_in_a_minute(self, make_gateway: MakeGateway) -> None:
        gateway = make_gateway(conversations_per_minute=3).start()
        for _ in range(3):
            gateway.begin()
        refused = gateway.http.post("/api/conversations", json={})
        assert_error(refused, 429, code="too_many_requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert begun(gateway) == 3

    def test_bad_requests_count_too(self, make_gateway: MakeGateway) -> None:
        gateway = make_gateway(conversations_per_minute=2).start()
        assert [gateway.http.post("/api/conversations", content=b"{").status_code for _ in range(4)] == [
            400,
            400,
            429,
            429,
        ]

    def test_another_address_is_not_held_up(self, make_gateway: MakeGateway) -> None:
        gateway = make_gateway(conversations_per_minute=1).start()
        gateway.begin()
        assert gateway.http.post("/api/conversations", json={}).status_code == 429
        elsewhere = httpx.HTTPTransport(local_address="127.0.0.2")
        with httpx.Client(base_url=gateway.url, transport=elsewhere) as http:
            assert http.post("/api/conversations", json={}).status_code == 201

    def test_a_minute_later_it_may_again(self, make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
        gateway = make_gateway(conversations_per_minute=1).start()
        gateway.begin()
        assert gateway.http.post("/api/conversations", json={}).status_code == 429
        later = SimpleNamespace(time=lambda: time.time() + 61)
        monkeypatch.setattr(limits.storage.memory, "time", later)
        assert gateway.http.post("/api/conversations", json={}).status_code == 201

    def test_messages_have_a_limit_of_their_own(self, make_gateway: MakeGateway) -> None:
        gateway = make_gateway(conversations_per_minute=1, messages_per_minute=2).start()
        customer = gateway.begin()
        customer.say("one")
        customer.say("two")
        refused = customer.write("three")
        assert_error(refused, 429, code="too_many_requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert [each["text"] for each in customer.events() if each["author"] == "customer"] == ["one", "two"]

    def test_who_has_no_token_does_not_use_up_the_customers_messages(self, make_gateway: MakeGateway) -> None:
        gateway = make_gateway(messages_per_minute=1).start()
        customer = gateway.begin()
        for _ in range(3):
            assert gateway.http.post(f"{customer.path}/messages", json={}).status_code == 401
        customer.say("one")
