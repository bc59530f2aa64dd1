"""A conversation is open to the bearer of its own token, and to nobody else."""

from __future__ import annotations

import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from jieda.settings import Settings
from tests.fakes.rasa import FakeRasa
from tests.gateway.conftest import MakeGateway
from tests.gateway.harness import JSON, Customer, Gateway, assert_error, at_once, new_id, written

DAY = 24 * 60 * 60
SALT = "jieda.conversation"

Forge = Callable[[Customer], dict[str, str]]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def swapped(token: str, at: int) -> str:
    """The token with one character changed."""
    return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]


def secret(gateway: Gateway) -> str:
    return (gateway.settings.home / "secret").read_text()


REFUSED: dict[str, Forge] = {
    "none": lambda customer: {},
    "empty": lambda customer: {"Authorization": ""},
    "no token": lambda customer: {"Authorization": "Bearer"},
    "no scheme": lambda customer: {"Authorization": customer.token},
    "another scheme": lambda customer: {"Authorization": f"Basic {customer.token}"},
    "not a token": lambda customer: bearer("x"),
    "the bare id": lambda customer: bearer(customer.id),
    "cut at the end": lambda customer: bearer(customer.token[:-2]),
    "cut at the start": lambda customer: bearer(customer.token[1:]),
    "without its signature": lambda customer: bearer(customer.token.rpartition(".")[0]),
    "drawn out": lambda customer: bearer(customer.token + "xx"),
    "first character changed": lambda customer: bearer(swapped(customer.token, 0)),
    "middle character changed": lambda customer: bearer(swapped(customer.token, len(customer.token) // 2)),
    "signature changed": lambda customer: bearer(swapped(customer.token, len(customer.token) - 5)),
    "signed by a stranger": lambda customer: bearer(URLSafeTimedSerializer("other", salt=SALT).dumps(customer.id)),
    "signed with an empty key": lambda customer: bearer(URLSafeTimedSerializer("", salt=SALT).dumps(customer.id)),
    "signed for another purpose": lambda customer: bearer(
        URLSafeTimedSerializer(secret(customer.gateway), salt="other").dumps(customer.id)
    ),
}


@pytest.mark.parametrize("forge", REFUSED.values(), ids=REFUSED.keys())
class TestRefused:
    def test_writing(self, common: Gateway, visitor: Customer, common_rasa: FakeRasa, forge: Forge) -> None:
        body = {"client_message_id": new_id(), "text": "let me in"}
        answer = common.http.post(f"{visitor.path}/messages", json=body, headers=forge(visitor))
        assert_error(answer, 401, code="unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert written(common.ledger, visitor.id) == []
        assert common_rasa.heard(visitor.id) == []

    @pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
    def test_reading(self, common: Gateway, visitor: Customer, forge: Forge, accept: str) -> None:
        answer = common.http.get(f"{visitor.path}/events", headers={"Accept": accept, **forge(visitor)})
        assert_error(answer, 401, code="unauthorized")


class TestOthersConversations:
    def test_a_token_opens_no_other_conversation(self, common: Gateway, visitor: Customer) -> None:
        other = common.begin()
        other.say("a secret of the other")
        body = {"client_message_id": new_id(), "text": "x"}
        assert_error(common.http.post(f"{other.path}/messages", json=body, headers=visitor.headers), 403)
        assert_error(common.http.get(f"{other.path}/events", headers={**visitor.headers, **JSON}), 403)
        assert written(common.ledger, other.id, "customer") == ["a secret of the other"]

    def test_nor_one_that_does_not_exist(self, common: Gateway, visitor: Customer) -> None:
        assert_error(common.http.get("/api/conversations/no-such/events", headers=visitor.headers), 403, 404)

    def test_a_token_in_the_address_is_not_looked_at(self, common: Gateway, visitor: Customer) -> None:
        for name in ("token", "access_token", "authorization"):
            answer = common.http.get(f"{visitor.path}/events", params={name: visitor.token}, headers=JSON)
            assert_error(answer, 401)

    def test_a_conversation_that_is_gone_cannot_be_written_to(self, common: Gateway) -> None:
        assert_error(gone(common).write("hello"), 404, code="not_found")

    def test_nor_followed(self, common: Gateway) -> None:
        # 404 tells the widget to begin another; an empty list would let it wait for ever.
        assert_error(gone(common).list(), 404, code="not_found")


def gone(gateway: Gateway) -> Customer:
    """A customer with a good token whose conversation is not in the ledger any more."""
    token = URLSafeTimedSerializer(secret(gateway), salt=SALT).dumps("gone")
    return Customer(gateway, "gone", token)


class TestAge:
    @pytest.mark.parametrize(("days", "status"), [(0, 200), (29.9, 200), (30.1, 401), (400, 401)])
    def test_a_token_is_good_for_thirty_days(
        self, visitor: Customer, monkeypatch: pytest.MonkeyPatch, days: float, status: int
    ) -> None:
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda signer: int(time.time() + days * DAY))
        assert visitor.list().status_code == status

    def test_or_as_many_as_are_set(self, make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
        customer = make_gateway(token_days=2).start().begin()
        assert customer.list().status_code == 200
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda signer: int(time.time() + 2.1 * DAY))
        assert_error(customer.list(), 401, code="unauthorized")

    def test_a_token_from_the_future_is_not_good(self, visitor: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda signer: int(time.time() - DAY))
        assert_error(visitor.list(), 401, code="unauthorized")


class TestKey:
    def test_tokens_outlive_the_process(self, gateway: Gateway) -> None:
        customer = gateway.begin()
        gateway.stop()
        gateway.start()
        assert customer.list().status_code == 200

    def test_the_key_is_its_owners_alone_and_long(self, gateway: Gateway) -> None:
        file = gateway.settings.home / "secret"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(file.read_text().strip()) >= 32

    def test_gateways_have_different_keys(self, gateway: Gateway, make_gateway: MakeGateway) -> None:
        customer = gateway.begin()
        other = make_gateway(database_url=gateway.settings.database_url).start()
        assert_error(customer.at(other).list(), 401)

    def test_unless_one_is_set_for_all(self, make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("JIEDA_SECRET", "one for all, and long enough to keep")
        one = make_gateway().start()
        other = make_gateway(database_url=one.settings.database_url).start()
        assert one.begin().at(other).list().status_code == 200

    def test_gateways_that_start_together_in_one_home_have_one_key(self, homes: Callable[[], Path]) -> None:
        for _ in range(20):
            settings = Settings(home=homes())
            keys = set(at_once(*[settings.secret] * 6))
            assert keys == {settings.secret()}

    def test_a_key_that_was_never_written_is_not_used(self, make_gateway: MakeGateway) -> None:
        # As a start leaves it that ended between making the file and filling it.
        gateway = make_gateway()
        Path(gateway.settings.home / "secret").touch(mode=0o600)
        try:
            gateway.start()
        except RuntimeError:
            return
        customer = gateway.begin()
        forged = URLSafeTimedSerializer("", salt=SALT).dumps(customer.id)
        assert_error(Customer(gateway, customer.id, forged).list(), 401)


def test_the_schemes_case_does_not_matter(common: Gateway, visitor: Customer) -> None:
    for scheme in ("bearer", "BEARER"):
        headers = {"Authorization": f"{scheme} {visitor.token}", **JSON}
        assert common.http.get(f"{visitor.path}/events", headers=headers).status_code == 200


@examples(max_examples=60, deadline=None)
@given(st.binary(max_size=60).map(lambda raw: bytes(each for each in raw if each >= 0x20 and each != 0x7F).strip()))
def test_any_header_is_refused_politely(common: Gateway, header: bytes) -> None:
    path = "/api/conversations/any/events"
    for value in (header, b"Bearer " + header, b"Bearer a." + header + b".c"):
        assert_error(common.http.get(path, headers={b"Authorization": value.strip()}), 401)
