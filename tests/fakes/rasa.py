"""A stand-in for Rasa: a real HTTP server that speaks as Rasa's REST channel and tracker do, and does what it is told.

It listens on a port of its own that stays the same when it is stopped and started again. While it is stopped, that
port refuses connections.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_TICK = 0.01


class _Server(uvicorn.Server):
    """Looks more often than uvicorn whether it is to end."""

    async def main_loop(self) -> None:
        ticks = itertools.cycle(range(864_000))
        while not await self.on_tick(next(ticks)):  # noqa: ASYNC110
            await asyncio.sleep(_TICK)


class ServerThread:
    """An ASGI application under uvicorn in a thread, on a port of the loopback."""

    def __init__(self, port: int = 0, **config: Any) -> None:
        self._config = config
        self._socket: socket.socket | None = _bound(port)
        self.port = int(self._socket.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._running: tuple[uvicorn.Server, threading.Thread] | None = None

    @property
    def server(self) -> uvicorn.Server:
        assert self._running is not None, "the server does not run"
        return self._running[0]

    def start(self, app: Any) -> None:
        assert self._running is None, "the server runs already"
        held = self._socket or _bound(self.port)
        self._socket = None
        server = _Server(
            uvicorn.Config(
                app, ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=1, **self._config
            )
        )
        thread = threading.Thread(target=self._run, args=(server, held), daemon=True)
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                held.close()
                raise RuntimeError("the server did not start")
            time.sleep(_TICK)
        self._running = server, thread

    @staticmethod
    def _run(server: uvicorn.Server, held: socket.socket) -> None:
        with contextlib.suppress(SystemExit):  # an application that does not start
            server.run(sockets=[held])

    @property
    def runs(self) -> bool:
        return self._running is not None

    def stop(self) -> None:
        if self._running is None:
            return
        (server, thread), self._running = self._running, None
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "the server did not stop"
        # Held, so that nobody else gets the port meanwhile.
        self._socket = _bound(self.port)

    def close(self) -> None:
        self.stop()
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _bound(port: int) -> socket.socket:
    """A socket that has a port and does not listen: whoever connects is refused."""
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    return held


@dataclass(frozen=True)
class Answer:
    """What the bot does with a turn."""

    replies: tuple[dict[str, Any], ...] = ()
    delay: float = 0.0
    status: int = 200
    body: str | None = None
    """Sent in place of the replies, whatever it is."""
    drop: bool = False
    """The connection ends without an answer."""


@dataclass(frozen=True)
class Sent:
    """A turn as it was sent."""

    sender: str
    message: str
    metadata: dict[str, Any]

    @property
    def is_command(self) -> bool:
        """Whether Rasa may take the message for the name of an intent (rasa.shared: INTENT_MESSAGE_PREFIX).

        Rasa strips blanks; what cannot be seen counts as blank here, for whoever strips or cleans more.
        """
        seen = (each for each in self.message if not each.isspace() and unicodedata.category(each)[0] != "C")
        return next(seen, "") == "/"


@dataclass
class Held:
    """Turns that wait in Rasa until they are let go."""

    _let_go: threading.Event = field(default_factory=threading.Event)
    waiting: int = 0

    @property
    def open(self) -> bool:
        return self._let_go.is_set()

    def release(self) -> None:
        self._let_go.set()


class FakeRasa:
    """Rasa with one conversation's answers as told; without orders it repeats what it was sent: `Re: …`."""

    def __init__(self, token: str = "") -> None:
        self._token = token
        self._thread = ServerThread(lifespan="off")
        self._answers: dict[str, list[Answer]] = {}
        self._otherwise: Answer | None = None
        self._held: dict[str, Held] = {}
        self._at_work: dict[str, list[Request]] = {}
        self._ticks = itertools.count(1)
        self.url = self._thread.url
        self.status = 200
        """What GET /status answers: 409 when there is no model."""
        self.status_delay = 0.0
        self.sent: list[Sent] = []
        """Every turn that came in, in order."""
        self.recalls: list[str] = []
        """The conversations whose tracker was asked for."""
        self.trackers: dict[str, list[dict[str, Any]]] = {}
        self.told: dict[str, list[dict[str, Any]]] = {}
        """The events that were added to trackers from outside."""
        self.overlaps: list[Sent] = []
        """Turns that came in while another of the same conversation was being worked on."""

    # --- running

    def start(self) -> None:
        self._thread.start(
            Starlette(
                routes=[
                    Route("/webhooks/rest/webhook", self._webhook, methods=["POST"]),
                    Route("/status", self._status),
                    Route("/conversations/{id:path}/tracker/events", self._told, methods=["POST"]),
                    Route("/conversations/{id:path}/tracker", self._tracker),
                ]
            )
        )

    def stop(self) -> None:
        self._thread.stop()

    def close(self) -> None:
        for held in self._held.values():
            held.release()
        self._thread.close()

    @contextlib.contextmanager
    def started_after(self, seconds: float) -> Iterator[None]:
        """Starts so much later, while the block runs on."""
        timer = threading.Timer(seconds, self.start)
        timer.start()
        try:
            yield
        finally:
            timer.join()

    # --- orders

    def answers(self, message: str, *replies: str | dict[str, Any], **how: Any) -> None:
        """What is answered to this message from now on. Told more than once, one time each; the last one stays."""
        self._answers.setdefault(message, []).append(_answer(replies, how))

    def answers_everything(self, *replies: str | dict[str, Any], **how: Any) -> None:
        """What is answered to every message that has no answer of its own."""
        self._otherwise = _answer(replies, how)

    def holds(self, message: str) -> Held:
        """Turns with this message wait until they are let go."""
        self._held[message] = Held()
        return self._held[message]

    def has_had(
        self, conversation_id: str, message_id: str, message: str, *replies: str | dict[str, Any], **data: Any
    ) -> None:
        """A turn that was worked on before, as the tracker keeps it."""
        self._remember(Sent(conversation_id, message, {"message_id": message_id, **data}), _answer(replies, {}).replies)

    def forget(self) -> None:
        """Starts afresh: no orders, nothing heard, nothing remembered; it runs."""
        for held in self._held.values():
            held.release()
        for kept in (self._answers, self._held, self.sent, self.recalls, self.trackers, self.told, self.overlaps):
            kept.clear()
        self._otherwise = None
        self.status, self.status_delay = 200, 0.0
        if not self._thread.runs:
            self.start()

    # --- what happened

    def heard(self, conversation_id: str | None = None) -> list[str]:
        """The messages that came in, of one conversation or of all."""
        return [each.message for each in self.sent if conversation_id in (None, each.sender)]

    def turns_kept(self, conversation_id: str) -> list[str]:
        """The customer's messages in a conversation's tracker."""
        return [each["text"] for each in self.trackers.get(conversation_id, ()) if each["event"] == "user"]

    # --- the wire

    async def _webhook(self, request: Request) -> Response:
        body = await request.json()
        turn = Sent(str(body["sender"]), str(body["message"]), dict(body.get("metadata") or {}))
        at_work = self._at_work.setdefault(turn.sender, [])
        for other in at_work:
            # A turn whose asker has gone is given up, as Sanic does.
            if not await other.is_disconnected():
                self.overlaps.append(turn)
        at_work.append(request)
        self.sent.append(turn)
        try:
            return await self._work(request, turn)
        finally:
            at_work.remove(request)

    async def _work(self, request: Request, turn: Sent) -> Response:
        answer = self._next_answer(turn.message)
        until = time.monotonic() + answer.delay
        held = self._held.get(turn.message)
        if held is not None:
            held.waiting += 1
        while time.monotonic() < until or (held is not None and not held.open):
            if await request.is_disconnected():
                return Response(status_code=499)
            await asyncio.sleep(_TICK)
        if answer.drop:
            self._drop(request)
            return Response(status_code=500)
        if answer.status != 200 or answer.body is not None:
            return Response(answer.body or "", answer.status, media_type="application/json")
        self._remember(turn, answer.replies)
        return JSONResponse([{"recipient_id": turn.sender, **reply} for reply in answer.replies])

    def _next_answer(self, message: str) -> Answer:
        told = self._answers.get(message)
        if told:
            return told.pop(0) if len(told) > 1 else told[0]
        return self._otherwise or Answer(replies=({"text": f"Re: {message}"},))

    def _drop(self, request: Request) -> None:
        client = (request.client.host, request.client.port) if request.client else None
        for connection in list(self._thread.server.server_state.connections):
            if connection.client == client:
                connection.transport.abort()

    def _remember(self, turn: Sent, replies: tuple[dict[str, Any], ...]) -> None:
        events = self.trackers.setdefault(
            turn.sender,
            [
                self._event("action", name="action_session_start", policy=None, confidence=1.0),
                self._event("session_started"),
                self._event("action", name="action_listen", policy=None, confidence=None),
            ],
        )
        metadata = {"model_id": "fake", "assistant_id": "jieda"}
        events.append(
            self._event(
                "user",
                text=turn.message,
                parse_data={"intent": {"name": "info_hours", "confidence": 1.0}, "entities": [], "text": turn.message},
                input_channel="rest",
                message_id="of-rasa",
                metadata={**turn.metadata, **metadata},
            )
        )
        events.append(self._event("slot", name="language", value="zh"))
        events.append(self._event("action", name="utter_something", policy="RulePolicy", confidence=1.0))
        for reply in replies:
            nothing = dict.fromkeys(("elements", "quick_replies", "buttons", "attachment", "image", "custom"))
            rest = {key: value for key, value in reply.items() if key != "text"}
            events.append(
                self._event("bot", text=reply.get("text"), data={**nothing, **rest}, metadata={"utter_action": "x"})
            )
        events.append(self._event("action", name="action_listen", policy="RulePolicy", confidence=1.0))

    def _event(self, kind: str, /, **rest: Any) -> dict[str, Any]:
        return {"event": kind, "timestamp": 1_700_000_000.0 + next(self._ticks), **rest}

    async def _status(self, request: Request) -> Response:
        await asyncio.sleep(self.status_delay)
        return JSONResponse({"model_file": "fake.tar.gz", "num_active_training_jobs": 0}, self.status)

    async def _told(self, request: Request) -> Response:
        self.told.setdefault(str(request.path_params["id"]), []).extend(await request.json())
        return JSONResponse({})

    async def _tracker(self, request: Request) -> Response:
        if self._token and request.query_params.get("token") != self._token:
            return JSONResponse({"status": "failure", "reason": "NotAuthenticated"}, 401)
        conversation_id = str(request.path_params["id"])
        self.recalls.append(conversation_id)
        events = self.trackers.get(conversation_id, [])
        if request.query_params.get("include_events") != "ALL":
            # Rasa tells by default what came after the last restart.
            restarts = [at for at, each in enumerate(events) if each["event"] == "restart"]
            events = events[restarts[-1] + 1 :] if restarts else events
        return JSONResponse({"sender_id": conversation_id, "slots": {}, "events": events})


def _answer(replies: tuple[str | dict[str, Any], ...], how: dict[str, Any]) -> Answer:
    return Answer(replies=tuple({"text": each} if isinstance(each, str) else each for each in replies), **how)


def buttons(text: str, *offered: tuple[str, str]) -> dict[str, Any]:
    """A reply with buttons, each a title and its payload."""
    return {"text": text, "buttons": [{"title": title, "payload": payload} for title, payload in offered]}
