"""The real gateway under a real server, and a customer who talks to it over HTTP."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, cast

import httpx
from starlette.applications import Starlette

from jieda.conversations import MessageEvent, Owner
from jieda.gateway.app import create_app
from jieda.settings import Settings
from jieda.store.database import connect
from jieda.store.ledger import Ledger
from tests.fakes.rasa import ServerThread

HAN = re.compile(r"[\u3400-\u9fff]")
JSON = {"Accept": "application/json"}
SECONDS = 8.0
"""How long a test waits for what must come. Well below what a gateway that slept through a wake-up takes (10 s)."""


def eventually(holds: Callable[[], Any], seconds: float = SECONDS, what: Callable[[], object] = lambda: "") -> Any:
    """Waits for a condition and returns what it gave; fails at the deadline, and says `what` there was."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"did not come about in {seconds:g} s; {what()}"
        time.sleep(0.01)
    return found


def now() -> datetime:
    return datetime.now(timezone.utc)


def new_id() -> str:
    return uuid.uuid4().hex


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """Runs the tasks in a thread each, all let off together; returns what they gave, or raises what they raised."""
    barrier = threading.Barrier(len(tasks))
    given: list[Any] = [None] * len(tasks)

    def run(place: int, task: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            given[place] = task()
        except BaseException as error:
            given[place] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in given:
        if isinstance(each, BaseException):
            raise each
    return given


def assert_error(answer: httpx.Response, *statuses: int, code: str | None = None) -> None:
    """The answer is an error in the contract's form, and tells nothing of the inside."""
    assert answer.status_code in statuses, f"{answer.status_code}: {answer.text[:300]}"
    assert answer.headers["content-type"] == "application/json"
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message"}
    assert all(isinstance(each, str) and each for each in body["error"].values())
    assert not re.search(r"Traceback|File \"|sqlalchemy|sqlite|SELECT|INSERT", answer.text)
    if code is not None:
        assert body["error"]["code"] == code


class Gateway:
    """One gateway, started and stopped at will; its port stays the same."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._thread = ServerThread(lifespan="on", server_header=False)
        self._app: Starlette | None = None
        self.url = self._thread.url
        # A connection for each request: one kept open may end at any time, and a test would see that, not an answer.
        unkept = httpx.Limits(max_keepalive_connections=0)
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False, verify=False, limits=unkept)
        self.ledger = Ledger(connect(settings.database_url))

    def start(self) -> Gateway:
        self._app = create_app(self.settings)
        self._thread.start(self._app)
        return self

    def stop(self) -> None:
        self._thread.stop()

    def free(self) -> None:
        """Gives the port of a gateway that does not run to somebody else."""
        self._thread.close()

    def close(self) -> None:
        self._thread.close()
        self.http.close()

    def begin(self, **body: str) -> Customer:
        answer = self.http.post("/api/conversations", json=body)
        assert answer.status_code == 201, answer.text
        return Customer(self, answer.json()["conversation_id"], answer.json()["token"])

    def followers(self, conversation_id: str) -> int:
        """How many requests wait for a conversation's events at this moment."""
        assert self._app is not None
        return len(self._app.state.services.wakeups._inboxes.get(conversation_id, ()))


@dataclass
class Customer:
    """A customer's browser: one conversation over the chat API."""

    gateway: Gateway
    id: str
    token: str

    @property
    def path(self) -> str:
        return f"/api/conversations/{self.id}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def at(self, gateway: Gateway) -> Customer:
        """The same customer, who reaches another gateway."""
        return Customer(gateway, self.id, self.token)

    def post(self, body: Any = None, *, raw: Any = None) -> httpx.Response:
        sent = {"json": body} if raw is None else {"content": raw}
        return self.gateway.http.post(f"{self.path}/messages", headers=self.headers, **sent)

    def write(self, text: str, message_id: str | None = None) -> httpx.Response:
        return self.post({"client_message_id": message_id or new_id(), "text": text})

    def say(self, text: str, message_id: str | None = None) -> int:
        """Writes a message that is taken in; returns its seq."""
        answer = self.write(text, message_id)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["seq"])

    def choose(self, choice: str, message_id: str | None = None) -> httpx.Response:
        return self.post({"client_message_id": message_id or new_id(), "choice": choice})

    def list(self, after: int | str | None = None, wait: float | str | None = None, **headers: str) -> httpx.Response:
        query = {name: value for name, value in (("after", after), ("wait", wait)) if value is not None}
        return self.gateway.http.get(
            f"{self.path}/events", params=query, headers={**self.headers, **JSON, **headers}, timeout=40
        )

    def events(self, after: int = 0, wait: float = 0) -> list[dict[str, Any]]:
        answer = self.list(after, wait)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert isinstance(found, list)
        return found

    def hear(self, count: int = 1, after: int = 0, seconds: float = SECONDS) -> list[dict[str, Any]]:
        """The bot's messages after a seq, as soon as there are so many."""
        deadline = time.monotonic() + seconds
        found: list[dict[str, Any]] = []
        while len(found) < count:
            assert time.monotonic() < deadline, f"the bot said {len(found)} of {count} in {seconds:g} s"
            fresh = self.events(after, wait=0.5)
            after = fresh[-1]["seq"] if fresh else after
            found += [each for each in fresh if each.get("author") == "bot"]
        return found

    def ask(self, text: str) -> str:
        """Says something and returns the bot's next message."""
        return str(self.hear(after=self.say(text))[0]["text"])

    def said(self) -> list[str]:
        """What the bot has said so far."""
        return [each["text"] for each in self.events() if each.get("author") == "bot"]

    @contextlib.contextmanager
    def stream(self, after: int | None = None, **headers: str) -> Iterator[Stream]:
        """Follows the conversation while the block runs."""
        stream = Stream(f"{self.gateway.url}{self.path}/events", after, {**self.headers, **headers})
        stream.begin()
        try:
            yield stream
        finally:
            stream.end()


@dataclass
class Stream:
    """Server-sent events as they come, read in a thread. Each is its JSON with the stream's `id` (None without)."""

    url: str
    after: int | None
    headers: dict[str, str]
    received: list[dict[str, Any]] = field(default_factory=list)
    answer: httpx.Response | None = None
    _socket: socket.socket | None = None
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def end(self) -> None:
        assert self._thread is not None
        while self._thread.is_alive():
            if self._socket is not None:
                with contextlib.suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)
            self._thread.join(0.05)

    @property
    def ended(self) -> bool:
        return self._thread is not None and not self._thread.is_alive()

    def opened(self, seconds: float = SECONDS) -> httpx.Response:
        """The answer's head, once it is there."""
        return cast(httpx.Response, eventually(lambda: self.answer, seconds))

    def until(self, holds: Callable[[list[dict[str, Any]]], Any], seconds: float = SECONDS) -> list[dict[str, Any]]:
        """What has come, once it meets the condition."""
        eventually(lambda: holds(list(self.received)), seconds, lambda: self.received[-5:])
        return list(self.received)

    def until_seq(self, seq: int, seconds: float = SECONDS) -> list[dict[str, Any]]:
        """The events that bear a seq, once one of that seq or a later one has come."""
        found = self.until(lambda events: any(each.get("seq", 0) >= seq for each in events), seconds)
        return [each for each in found if "seq" in each]

    def until_bot(self, count: int = 1, seconds: float = SECONDS) -> list[dict[str, Any]]:
        """The bot's messages, once there are so many."""

        def messages(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return [each for each in events if each["type"] == "message" and each["author"] == "bot"]

        return messages(self.until(lambda events: len(messages(events)) >= count, seconds))

    @property
    def typing(self) -> list[dict[str, Any]]:
        return [each for each in list(self.received) if each["type"] == "typing"]

    def _follow(self) -> None:
        rest = b""
        with contextlib.suppress(httpx.HTTPError), httpx.Client(trust_env=False, verify=False) as http:
            request = http.build_request(
                "GET",
                self.url,
                params={} if self.after is None else {"after": self.after},
                headers={"Accept": "text/event-stream", **self.headers},
                timeout=60,
                extensions={"trace": self._trace},
            )
            response = http.send(request, stream=True)
            assert response.status_code == 200, response.status_code
            self.answer = response
            for chunk in response.iter_raw():
                *blocks, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n\n")
                for block in blocks:
                    self._take(block.decode("utf-8"))

    def _trace(self, happened: str, details: dict[str, Any]) -> None:
        if happened == "connection.connect_tcp.complete":
            self._socket = details["return_value"].get_extra_info("socket")

    def _take(self, block: str) -> None:
        fields = [line.partition(":")[::2] for line in block.split("\n") if line and not line.startswith(":")]
        data = "\n".join(value.removeprefix(" ") for name, value in fields if name == "data")
        if data:
            ids = [value.removeprefix(" ") for name, value in fields if name == "id"]
            self.received.append({"id": ids[-1] if ids else None, **json.loads(data)})


def written(ledger: Ledger, conversation_id: str, author: str | None = None) -> list[str]:
    """The texts that stand in the ledger."""
    return [
        each.text
        for each in ledger.events(conversation_id)
        if isinstance(each, MessageEvent) and author in (None, each.author.value)
    ]


def hand_over(ledger: Ledger, conversation_id: str, owner: Owner = Owner.QUEUED) -> None:
    """Gives a conversation to another owner, as the desk or an action would."""
    version = ledger.conversation(conversation_id).version
    ledger.move(conversation_id, version, owner, actor="test", reason="test", at=now(), agent=None)


def accept(ledger: Ledger, conversation_id: str, text: str) -> int:
    """A message taken in by a gateway that died at once."""
    return ledger.accept(conversation_id, new_id(), now(), text=text).seq


def copied(template: Path, home: Path) -> str:
    """A database of its own, migrated already; returns its URL."""
    shutil.copy(template, home / "jieda.db")
    return f"sqlite:///{home / 'jieda.db'}"
