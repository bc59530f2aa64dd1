"""What every answer has in common: headers, who may ask from elsewhere, and how errors look."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from jieda.store.database import connect
from tests.gateway.conftest import MakeGateway
from tests.gateway.harness import Customer, Gateway, assert_error, new_id

SHOP, STRANGER = "https://shop.example.com", "https://evil.example.com"


@contextmanager
def broken(gateway: Gateway) -> Iterator[None]:
    """The gateway meets an error that nobody foresaw: its table of events is gone."""
    engine = connect(gateway.settings.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE conversation_events RENAME TO gone")
    yield
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO conversation_events")


ASKED = {
    "page": ("GET", "/", 200),
    "english page": ("GET", "/en", 200),
    "file": ("GET", "/static/page.css", 200),
    "health": ("GET", "/healthz", 200),
    "metrics": ("GET", "/metrics", 200),
    "api": ("POST", "/api/conversations", 201),
    "events": ("GET", "/api/conversations/{id}/events", 200),
    "no token": ("GET", "/api/conversations/x/events", 401),
    "unknown path": ("GET", "/no/such/path", 404),
    "unknown file": ("GET", "/static/no-such-file", 404),
    "unknown method": ("DELETE", "/api/conversations", 405),
    "bad body": ("POST", "/api/conversations/{id}/messages", 422),
}


class TestSecurityHeaders:
    @staticmethod
    def assert_secure(answer: httpx.Response) -> None:
        headers = answer.headers
        csp = {
            name: sources.split()
            for name, _, sources in (
                part.strip().partition(" ") for part in headers["content-security-policy"].split(";")
            )
        }
        assert csp["default-src"] == ["'none'"]
        assert csp["script-src"] == csp["connect-src"] == ["'self'"]
        assert csp["frame-ancestors"] == csp["base-uri"] == ["'none'"]
        assert not any("unsafe" in source or source == "*" for sources in csp.values() for source in sources)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] in ("strict-origin-when-cross-origin", "no-referrer", "same-origin")
        assert "camera=()" in headers["permissions-policy"]
        assert headers["cross-origin-opener-policy"] == "same-origin"

    @pytest.mark.parametrize(("method", "path", "status"), ASKED.values(), ids=ASKED.keys())
    def test_every_answer_bears_them(
        self, common: Gateway, visitor: Customer, method: str, path: str, status: int
    ) -> None:
        headers = {"Accept": "application/json", **({} if "/x/" in path else visitor.headers)}
        body = {} if method == "POST" else None
        answer = common.http.request(method, path.format(id=visitor.id), headers=headers, json=body)
        assert answer.status_code == status
        self.assert_secure(answer)

    def test_so_does_a_stream(self, visitor: Customer) -> None:
        visitor.ask("hello")
        with visitor.stream() as stream:
            self.assert_secure(stream.opened())

    def test_so_does_a_refusal_for_too_many_requests(self, make_gateway: MakeGateway) -> None:
        gateway = make_gateway(conversations_per_minute=1).start()
        gateway.begin()
        answer = gateway.http.post("/api/conversations", json={})
        assert answer.status_code == 429
        self.assert_secure(answer)

    def test_so_does_an_error_that_nobody_foresaw(self, gateway: Gateway, customer: Customer) -> None:
        with broken(gateway):
            answer = customer.write("hello")
        assert answer.status_code == 500
        self.assert_secure(answer)

    def test_the_server_does_not_boast(self, common: Gateway) -> None:
        headers = common.http.get("/healthz").headers
        assert "server" not in headers
        assert "x-powered-by" not in headers


class TestOtherSites:
    @pytest.fixture(scope="class")
    def embedded(self) -> dict[str, Any]:
        return {"allowed_origins": (SHOP, "https://other.example.com")}

    @pytest.fixture
    def gateway(self, make_gateway: MakeGateway, embedded: dict[str, Any]) -> Gateway:
        return make_gateway(**embedded).start()

    @staticmethod
    def preflight(gateway: Gateway, origin: str, method: str = "POST", headers: str = "") -> httpx.Response:
        return gateway.http.options(
            "/api/conversations",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": method,
                **({"Access-Control-Request-Headers": headers} if headers else {}),
            },
        )

    def test_a_site_that_is_allowed_may_ask(self, gateway: Gateway) -> None:
        answer = self.preflight(gateway, SHOP, headers="authorization, content-type, last-event-id")
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert {"GET", "POST"} <= set(answer.headers["access-control-allow-methods"].split(", "))
        allowed = answer.headers["access-control-allow-headers"].lower()
        assert all(name in allowed for name in ("authorization", "content-type", "last-event-id"))

    def test_and_gets_answers_it_can_read(self, gateway: Gateway) -> None:
        http, origin = gateway.http, {"Origin": SHOP}
        begun = http.post("/api/conversations", json={}, headers=origin)
        made = begun.json()
        path = f"/api/conversations/{made['conversation_id']}"
        token = {"Authorization": f"Bearer {made['token']}"}
        message = {"client_message_id": new_id(), "text": "hello"}
        for answer in (
            begun,
            http.post(f"{path}/messages", json=message, headers={**origin, **token}),
            http.post(f"{path}/messages", json={}, headers={**origin, **token}),
            http.get(f"{path}/events", headers={**origin, **token, "Accept": "application/json"}),
            http.get(f"{path}/events", headers=origin),
            http.get("/static/widget/jieda.js", headers=origin),
        ):
            assert answer.headers["access-control-allow-origin"] == SHOP
            assert "origin" in answer.headers["vary"].lower()
            assert "access-control-allow-credentials" not in answer.headers
        customer = Customer(gateway, made["conversation_id"], made["token"])
        with customer.stream(Origin=SHOP) as stream:
            assert stream.opened().headers["access-control-allow-origin"] == SHOP

    def test_it_learns_when_to_try_again(self, make_gateway: MakeGateway, embedded: dict[str, Any]) -> None:
        gateway = make_gateway(**embedded, conversations_per_minute=1).start()
        gateway.begin()
        refused = gateway.http.post("/api/conversations", json={}, headers={"Origin": SHOP})
        assert refused.status_code == 429
        assert refused.headers["access-control-allow-origin"] == SHOP
        assert "retry-after" in refused.headers["access-control-expose-headers"].lower()

    def test_it_can_read_an_error_that_nobody_foresaw(self, gateway: Gateway) -> None:
        customer = gateway.begin()
        with broken(gateway):
            answer = gateway.http.get(
                f"{customer.path}/events",
                headers={**customer.headers, "Accept": "application/json", "Origin": SHOP},
            )
        assert answer.status_code == 500
        assert answer.headers.get("access-control-allow-origin") == SHOP

    @pytest.mark.parametrize("origin", [STRANGER, f"{SHOP}.evil.example.com", "http://shop.example.com", "null"])
    def test_another_site_may_not(self, gateway: Gateway, origin: str) -> None:
        refused = self.preflight(gateway, origin)
        assert refused.status_code == 400
        assert "access-control-allow-origin" not in refused.headers
        answer = gateway.http.post("/api/conversations", json={}, headers={"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
    def test_nor_may_any_do_more_than_the_api_does(self, gateway: Gateway, method: str) -> None:
        assert self.preflight(gateway, SHOP, method).status_code == 400

    def test_none_is_allowed_unless_named(self, common: Gateway) -> None:
        assert "access-control-allow-origin" not in self.preflight(common, SHOP).headers
        answer = common.http.get("/healthz", headers={"Origin": SHOP})
        assert "access-control-allow-origin" not in answer.headers


class TestErrors:
    @pytest.mark.parametrize(
        "path",
        [
            "/nothing",
            "/index.html",
            "/zh/nothing",
            "/EN",
            "/api",
            "/api/",
            "/api/nothing",
            "/api/conversations/x",
            "/api/conversations/x/messages/1",
            "/api//conversations",
            "/static/nothing",
            "/static/",
            "/static/widget",
            "/static/../app.py",
            "/static/%2e%2e/app.py",
            "/static/..%2f..%2fsettings.py",
            "/static/%00",
            "/static/" + "x" * 300,
            "/%ff%fe",
            "/%ed%a0%80",
            "/" + "x" * 4000,
            "/.env",
            "/docs",
            "/openapi.json",
            # Rasa is not reachable through the gateway.
            "/model/parse",
            "/webhooks/rest/webhook",
            "/conversations/x/tracker",
            "/status",
            "/domain",
        ],
        ids=lambda path: path[:30],
    )
    def test_an_unknown_path(self, common: Gateway, path: str) -> None:
        for method in ("GET", "POST"):
            request = httpx.Request(method, common.url)
            request.url = request.url.copy_with(raw_path=path.encode())
            assert_error(common.http.send(request, follow_redirects=True), 404, 405)

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("GET", "/api/conversations", "POST"),
            ("PUT", "/api/conversations", "POST"),
            ("DELETE", "/api/conversations/x/messages", "POST"),
            ("GET", "/api/conversations/x/messages", "POST"),
            ("POST", "/api/conversations/x/events", "GET"),
            ("POST", "/", "GET"),
            ("POST", "/healthz", "GET"),
            ("PUT", "/metrics", "GET"),
            ("OPTIONS", "/api/conversations", "POST"),
            ("PROPFIND", "/api/conversations", "POST"),
        ],
    )
    def test_an_unknown_method(self, common: Gateway, method: str, path: str, allowed: str) -> None:
        answer = common.http.request(method, path)
        assert_error(answer, 405, code="method_not_allowed")
        assert allowed in answer.headers["allow"]

    def test_a_file_cannot_be_written(self, common: Gateway) -> None:
        assert_error(common.http.post("/static/page.css", content=b"x"), 405)

    def test_one_that_nobody_foresaw_tells_nothing(self, gateway: Gateway, customer: Customer) -> None:
        with broken(gateway):
            for answer in (customer.write("hello"), customer.list()):
                assert_error(answer, 500, code="internal")
                assert "conversation_events" not in answer.text
        assert customer.ask("hello again") == "Re: hello again"

    def test_nor_does_the_log_what_a_customer_wrote(
        self, gateway: Gateway, customer: Customer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        with connect(gateway.settings.database_url).begin() as connection:
            refuse = "CREATE TRIGGER refuse BEFORE INSERT ON conversation_events BEGIN SELECT RAISE(ABORT, 'no'); END"
            connection.exec_driver_sql(refuse)
        with caplog.at_level(logging.DEBUG, "uvicorn"):
            assert customer.write("my telephone is 13800138000").status_code == 500
        printed = capfd.readouterr()
        told = caplog.text + printed.out + printed.err
        assert "request_failed" in told
        assert "13800138000" not in told
