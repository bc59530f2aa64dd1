"""The running system, and a customer who talks to it over HTTP, for tests."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

PROJECT = Path(__file__).resolve().parent.parent.parent
CASE_NUMBER = re.compile(r"SR\d{8}-[0-9A-Z]{4,}")
HAN = re.compile(r"[\u3400-\u9fff]")
START_SECONDS = 150


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class RunningJieda:
    """`jieda serve` on ports of its own."""

    home: Path
    environment: dict[str, str]
    ports: dict[str, int]
    process: subprocess.Popen[str]

    @classmethod
    @contextlib.contextmanager
    def started(cls, home: Path, ports: dict[str, int] | None = None, **environment: str) -> Iterator[RunningJieda]:
        running = cls.start(home, ports, **environment)
        try:
            running.wait_ready()
            yield running
        finally:
            running.stop()

    @classmethod
    def start(cls, home: Path, ports: dict[str, int] | None = None, **environment: str) -> RunningJieda:
        ports = ports or {"gateway": free_port(), "rasa": free_port(), "actions": free_port()}
        whole = {
            **{name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")},
            "JIEDA_HOME": str(home),
            "JIEDA_PORT": str(ports["gateway"]),
            "JIEDA_RASA_PORT": str(ports["rasa"]),
            "JIEDA_ACTIONS_PORT": str(ports["actions"]),
            "JIEDA_RASA_TOKEN": "test-token",
            "JIEDA_CONVERSATIONS_PER_MINUTE": "100000",
            "JIEDA_MESSAGES_PER_MINUTE": "100000",
            **environment,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "jieda.cli", "serve"],
            cwd=PROJECT,
            env=whole,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        return cls(home, whole, ports, process)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['gateway']}"

    @property
    def rasa_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['rasa']}"

    def wait_ready(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"jieda serve ended with {self.process.returncode}: {self.output()}{self.logs()}")
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            time.sleep(0.2)
        raise AssertionError(f"not ready in {START_SECONDS} s: {self.logs()}")

    def output(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.read()

    def logs(self) -> str:
        return "\n".join(f"--- {file.name}\n{file.read_text()[-3000:]}" for file in self.home.glob("log/*.log"))

    def pid_of(self, part: str) -> int:
        """The process that listens on a part's port."""
        found = subprocess.run(
            ["ss", "-ltnpH", f"sport = :{self.ports[part]}"], capture_output=True, text=True, check=True
        ).stdout
        match = re.search(r"pid=(\d+)", found)
        assert match, f"nothing listens for {part}: {found!r}"
        return int(match[1])

    def stop(self, sent: signal.Signals = signal.SIGINT, seconds: float = 30) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sent)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise

    def customer(self, language: str | None = None) -> Customer:
        return Customer.begin(self, language)


@dataclass
class Customer:
    """A customer's browser: one conversation over the chat API."""

    jieda: RunningJieda
    id: str
    token: str
    http: httpx.Client
    heard: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def begin(cls, jieda: RunningJieda, language: str | None = None) -> Customer:
        http = httpx.Client(base_url=jieda.url, timeout=40)
        made = http.post("/api/conversations", json={"language": language} if language else {})
        assert made.status_code == 201, made.text
        return cls(jieda, made.json()["conversation_id"], made.json()["token"], http)

    def post(self, message_id: str | None = None, **body: str) -> httpx.Response:
        return self.http.post(
            f"/api/conversations/{self.id}/messages",
            json={"client_message_id": message_id or uuid.uuid4().hex, **body},
            headers=self.headers,
        )

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def events(self, after: int = 0, wait: float = 0) -> list[dict[str, Any]]:
        answer = self.http.get(
            f"/api/conversations/{self.id}/events",
            params={"after": after, "wait": wait},
            headers={**self.headers, "Accept": "application/json"},
        )
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def say(self, text: str) -> str:
        """Writes, and returns what the bot answers."""
        return self._heard_after(self.post(text=text))

    def begin_billing_case(self, language: str) -> None:
        """Tells of a bill and accepts the offer of a case; the form asks for consent next."""
        chinese = language == "zh"
        self.say("这个月的扣款比上个月多，我看不懂账单" if chinese else "I don't understand the charges on my bill")
        self.press("提交服务请求" if chinese else "Open a service request")

    def press(self, title: str) -> str:
        """Presses a button of the latest replies."""
        choices = {choice["title"]: choice["id"] for event in self.heard for choice in event["choices"]}
        return self.press_again(choices[title])

    def press_again(self, identity: str) -> str:
        """Presses a button by its id, of whatever reply."""
        return self._heard_after(self.post(choice=identity))

    def _heard_after(self, accepted: httpx.Response) -> str:
        assert accepted.status_code == 202, accepted.text
        seq = accepted.json()["seq"]
        end = time.monotonic() + 30
        while time.monotonic() < end:
            # All replies to a turn are written at once.
            said = [event for event in self.events(seq, wait=5) if event["type"] == "message"]
            self.heard = [event for event in said if event["author"] != "customer"]
            if self.heard:
                return "\n".join(event["text"] for event in self.heard)
        raise AssertionError(f"no answer within 30 s: {self.jieda.logs()}")

    @property
    def slots(self) -> dict[str, Any]:
        tracker = httpx.get(
            f"{self.jieda.rasa_url}/conversations/{self.id}/tracker", params={"token": "test-token"}, timeout=30
        )
        assert tracker.status_code == 200, tracker.text
        return dict(tracker.json()["slots"])
