"""Supervisors are told by e-mail and in a WeCom group; against a real SMTP server and a real HTTP server."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from jieda.cases import Case, CaseRequest, CaseStatus
from jieda.gateway.notifier import TRIES, Notifier, Smtp, WeCom
from jieda.policy import Category, Language, Severity
from jieda.settings import SettingError
from tests.system.running import free_port

OPENED = datetime(2026, 3, 12, 2, 0, tzinfo=timezone.utc)
CASE = Case(
    "SR20260312-7K2MA",
    CaseRequest(
        "c1", Language.ZH, Category.TECHNICAL, "全公司登录不上", "李雷", "示例", Severity.CRITICAL,
        contact_phone="+8613800138000", contact_email="lilei@example.com",
    ),
    CaseStatus.OPEN,
    OPENED,
    OPENED + timedelta(hours=1),
)  # fmt: skip
PERSONAL = ("李雷", "13800138000", "lilei@example.com", "全公司登录不上")


class Mailbox:
    """Takes letters in; refuses as many as it is told to first."""

    def __init__(self) -> None:
        self.letters: list[Message] = []
        self.refuses = 0

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if self.refuses:
            self.refuses -= 1
            return "451 try again"
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 kept"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def smtp(mailbox: Mailbox) -> Iterator[Smtp]:
    def authenticate(server: Any, session: Any, envelope: Any, mechanism: Any, given: Any) -> AuthResult:
        return AuthResult(success=given.login == b"desk" and given.password == b"secret", handled=False)

    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=authenticate,
        auth_require_tls=False,
        auth_required=True,
    )
    controller.start()
    yield Smtp(
        "127.0.0.1", controller.port, "jieda@example.com", ("sue@example.com", "max@example.com"), "desk", "secret"
    )
    controller.stop()


class Robot:
    """A WeCom group robot; answers as told, the last answer from then on."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = [(200, {"errcode": 0, "errmsg": "ok"})]
        robot = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                robot.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status, body = robot.answers.pop(0) if len(robot.answers) > 1 else robot.answers[0]
                self.send_response(status)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *args: Any) -> None:
                """Silent."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def way(self) -> WeCom:
        return WeCom(f"http://127.0.0.1:{self.server.server_port}/cgi-bin/webhook/send?key=k")


@pytest.fixture
def robot() -> Iterator[Robot]:
    made = Robot()
    yield made
    made.server.shutdown()
    made.server.server_close()


def tell(smtp: Smtp | None = None, wecom: WeCom | None = None) -> list[float]:
    """Tells of the case until it is done with; returns the pauses between tries."""
    pauses: list[float] = []

    async def run() -> None:
        async def pause(seconds: float) -> None:
            pauses.append(seconds)

        notifier = Notifier(smtp, wecom, pause)
        notifier.tell(CASE)
        await asyncio.gather(*notifier._running)

    asyncio.run(run())
    return pauses


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")  # TLS is another server's to try


def test_a_letter_goes_to_each_supervisor_without_personal_data(smtp: Smtp, mailbox: Mailbox) -> None:
    tell(smtp)
    (letter,) = mailbox.letters
    assert letter["To"] == "sue@example.com, max@example.com"
    assert CASE.number in letter["Subject"]
    text = letter.get_content()  # type: ignore[attr-defined]
    assert CASE.number in text
    assert "11:00" in text, "the due time, in China"
    assert not any(each in letter.as_string() or each in text for each in PERSONAL)


def test_a_group_hears_of_it_without_personal_data(robot: Robot) -> None:
    tell(wecom=robot.way)
    (heard,) = robot.heard
    assert heard["msgtype"] == "text"
    assert CASE.number in heard["text"]["content"]
    assert not any(each in heard["text"]["content"] for each in PERSONAL)


def test_what_is_refused_is_tried_again_with_longer_pauses(smtp: Smtp, mailbox: Mailbox) -> None:
    mailbox.refuses = 2
    assert tell(smtp) == [2.0, 4.0]
    assert len(mailbox.letters) == 1


def test_a_robot_that_refuses_with_200_is_refused(robot: Robot) -> None:
    robot.answers = [(200, {"errcode": 45009, "errmsg": "too often"}), (500, {}), (200, {"errcode": 0})]
    assert tell(wecom=robot.way) == [2.0, 4.0]
    assert len(robot.heard) == 3


def test_in_the_end_it_is_given_up(smtp: Smtp, mailbox: Mailbox) -> None:
    assert len(tell(replace(smtp, password="wrong"))) == TRIES - 1
    assert mailbox.letters == []


def test_one_way_that_fails_does_not_hold_up_the_other(smtp: Smtp, robot: Robot) -> None:
    tell(replace(smtp, password="wrong"), robot.way)
    assert len(robot.heard) == 1


class TestSetting:
    def test_values_may_come_from_the_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, robot: Robot
    ) -> None:
        monkeypatch.setenv("ROBOT", robot.way.webhook)
        file = tmp_path / "notify.yml"
        file.write_text("wecom: {webhook: 'env:ROBOT'}\n")
        assert Notifier.from_file(file)._wecom == robot.way

    @pytest.mark.parametrize("text", ["", "[]", "smtp: {host: x}", "wecom: {}", "wecom: {webhook: 'env:NOT_SET'}", "{"])
    def test_a_file_that_cannot_be_used_is_named(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "notify.yml"
        file.write_text(text)
        with pytest.raises(SettingError, match=r"JIEDA_NOTIFY.*notify\.yml"):
            Notifier.from_file(file)
