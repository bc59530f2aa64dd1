"""Agents at the desk of a gateway, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

import jieda.store.agents
from jieda.agents import Role
from jieda.conversations import Owner
from jieda.store.agents import AgentBook
from jieda.store.audit import AuditEntry, AuditLog
from jieda.store.cases import CaseBook
from jieda.store.database import connect
from tests.gateway.harness import JSON, Customer, Gateway, hand_over, new_id, now

PASSWORD = "correct horse battery"

SignIn = Callable[..., "Desk"]


@dataclass
class Desk:
    """An agent's browser."""

    gateway: Gateway
    name: str
    http: httpx.Client
    csrf: str = ""

    def sign_in(self, password: str = PASSWORD) -> httpx.Response:
        answer = self.http.post("/desk/api/session", json={"name": self.name, "password": password})
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf"]
        return answer

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {} if body is None else {"json": body}
        return self.http.request(method, f"/desk/api/{path}", headers={"X-CSRF-Token": self.csrf, **headers}, **sent)

    def get(self, path: str) -> Any:
        answer = self.send("GET", path, **JSON)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def listed(self, view: str, **query: str) -> list[str]:
        asked = httpx.QueryParams({"view": view, **query})
        return [each["id"] for each in self.get(f"conversations?{asked}")["conversations"]]

    def version(self, conversation_id: str) -> int:
        return int(self.get(f"conversations/{conversation_id}")["version"])

    def move(self, kind: str, conversation_id: str, version: int | None = None, **body: Any) -> httpx.Response:
        version = self.version(conversation_id) if version is None else version
        return self.send("POST", f"conversations/{conversation_id}/{kind}", {"version": version, **body})

    def takes(self, conversation_id: str) -> None:
        answer = self.move("claim", conversation_id)
        assert answer.status_code == 200, answer.text

    def say(self, conversation_id: str, text: str, message_id: str | None = None) -> httpx.Response:
        body = {"client_message_id": message_id or new_id(), "text": text}
        return self.send("POST", f"conversations/{conversation_id}/messages", body)

    def events(self, conversation_id: str, after: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(f"conversations/{conversation_id}/events?after={after}")
        return found


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """A hash that costs what an attacker should pay would cost every test as much."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jieda.store.agents, "hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture
def accounts(gateway: Gateway) -> AgentBook:
    return AgentBook(connect(gateway.settings.database_url))


@pytest.fixture
def cases(gateway: Gateway) -> CaseBook:
    return CaseBook(connect(gateway.settings.database_url))


@pytest.fixture
def audited(gateway: Gateway) -> Callable[[], list[AuditEntry]]:
    """What the audit log holds, newest first."""
    log = AuditLog(connect(gateway.settings.database_url))
    return lambda: log.entries()


@pytest.fixture
def sign_in(gateway: Gateway, accounts: AgentBook) -> Any:
    """Makes an agent who is signed in."""
    made: list[Desk] = []

    def make(name: str, role: Role = Role.AGENT) -> Desk:
        accounts.add(name, role, PASSWORD, at=now())
        desk = Desk(gateway, name, httpx.Client(base_url=gateway.url, timeout=30, trust_env=False))
        assert desk.sign_in().status_code == 200
        made.append(desk)
        return desk

    yield make
    for desk in made:
        desk.http.close()


@pytest.fixture
def amy(sign_in: SignIn) -> Desk:
    return sign_in("amy")


@pytest.fixture
def bob(sign_in: SignIn) -> Desk:
    return sign_in("bob")


@pytest.fixture
def sue(sign_in: SignIn) -> Desk:
    return sign_in("sue", Role.SUPERVISOR)


@pytest.fixture
def waiting(gateway: Gateway, customer: Customer) -> Customer:
    """A customer who waits for an agent."""
    customer.ask("hello")
    hand_over(gateway.ledger, customer.id, Owner.QUEUED)
    return customer
