"""A gateway that is killed in the middle of a live talk: both sides go on, nothing is lost, nothing comes twice."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from jieda.agents import Role
from jieda.conversations import Owner
from jieda.store.agents import AgentBook
from jieda.store.database import connect, migrate
from jieda.store.ledger import Ledger
from tests.fakes.rasa import FakeRasa
from tests.system.running import PROJECT, free_port

PASSWORD = "correct horse battery"
MESSAGES = 40
KILLS = 2
PATIENCE_SECONDS = 240.0


class GatewayProcess:
    """`python -m jieda.gateway` on a port of its own."""

    def __init__(self, home: Path, rasa: FakeRasa) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = f"sqlite:///{home / 'jieda.db'}"
        inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
        self._environment = {
            **inherited,
            "JIEDA_HOME": str(home),
            "JIEDA_PORT": str(self.port),
            "JIEDA_RASA_URL": rasa.url,
            "JIEDA_MESSAGES_PER_MINUTE": "100000",
        }
        migrate(self.database)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jieda.gateway"],
            cwd=PROJECT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200:
                    return
            assert time.monotonic() < deadline, "the gateway did not start"
            time.sleep(0.1)

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Side:
    """One side of the talk: writes its messages one after another, again until each is taken in; and reads along."""

    def __init__(self, http: httpx.Client, path: str, name: str, headers: dict[str, str]) -> None:
        self.http, self.path, self.name, self.headers = http, path, name, headers
        self.heard: list[dict[str, Any]] = []
        self.over = threading.Event()
        self.written = 0

    def write(self) -> None:
        for number in range(MESSAGES):
            body = {"client_message_id": f"{self.name} {number}", "text": f"{self.name} {number}"}
            self._until(lambda body=body: self.http.post(f"{self.path}/messages", json=body, headers=self.headers), 202)
            self.written += 1

    def read(self) -> None:
        while not self.over.is_set():
            after = self.heard[-1]["seq"] if self.heard else 0
            asked = {"after": after, "wait": 0.5}
            headers = {**self.headers, "Accept": "application/json"}
            with contextlib.suppress(httpx.HTTPError):
                answer = self.http.get(f"{self.path}/events", params=asked, headers=headers)
                if answer.status_code == 200:
                    self.heard += answer.json()

    def _until(self, send: Callable[[], httpx.Response], status: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = send()
                assert answer.status_code == status, answer.text
                return
            assert time.monotonic() < deadline
            time.sleep(0.02)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[GatewayProcess]:
    rasa = FakeRasa()
    rasa.start()
    made = GatewayProcess(tmp_path, rasa)
    made.start()
    yield made
    made.kill()
    rasa.close()
    connect(made.database).dispose()


def test_nothing_is_lost_and_nothing_comes_twice(gateway: GatewayProcess) -> None:
    ledger = Ledger(connect(gateway.database))
    AgentBook(connect(gateway.database)).add("amy", Role.AGENT, PASSWORD, at=datetime.now(timezone.utc))
    with (
        httpx.Client(base_url=gateway.url, timeout=10, trust_env=False) as page,
        httpx.Client(base_url=gateway.url, timeout=10, trust_env=False) as desk,
    ):
        made = page.post("/api/conversations", json={"language": "en"}).json()
        conversation_id = made["conversation_id"]
        ledger.move(conversation_id, 0, Owner.QUEUED, actor="bot", reason="asked", at=datetime.now(timezone.utc))
        csrf = desk.post("/desk/api/session", json={"name": "amy", "password": PASSWORD}).json()["csrf"]
        path = f"/desk/api/conversations/{conversation_id}"
        assert desk.post(f"{path}/claim", json={"version": 1}, headers={"X-CSRF-Token": csrf}).status_code == 200
        customer = Side(
            page, f"/api/conversations/{conversation_id}", "customer", {"Authorization": f"Bearer {made['token']}"}
        )
        agent = Side(desk, path, "agent", {"X-CSRF-Token": csrf})
        threads = [threading.Thread(target=task) for side in (customer, agent) for task in (side.write, side.read)]
        for thread in threads:
            thread.start()
        for kill in range(1, KILLS + 1):
            while customer.written < kill * MESSAGES // (KILLS + 1):
                time.sleep(0.01)
            gateway.kill()
            gateway.start()
        for writer in threads[::2]:
            writer.join(PATIENCE_SECONDS)
        last = ledger.events(conversation_id)[-1].seq
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and any(side.heard[-1]["seq"] < last for side in (customer, agent)):
            time.sleep(0.05)
        for side in (customer, agent):
            side.over.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
    for side in (customer, agent):
        assert [each["seq"] for each in side.heard] == list(range(1, len(side.heard) + 1)), "no gap, no repeat"
        for author in ("customer", "agent"):
            said = [each["text"] for each in side.heard if each.get("author") == author]
            assert said == [f"{author} {number}" for number in range(MESSAGES)]
