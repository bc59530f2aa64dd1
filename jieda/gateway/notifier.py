"""Tells supervisors, by e-mail and in a WeCom group, of a critical case that nobody has seen.

`JIEDA_NOTIFY` names a YAML file: `smtp: {host, port, from, to: [..], username?, password?, starttls?}` and
`wecom: {webhook}`; a value `env:NAME` is read from the environment. Whoever is told gets the case's number, severity,
category and due time, never personal data.
"""

from __future__ import annotations

import asyncio
import os
import smtplib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import structlog
import yaml
from anyio import to_thread

from jieda.cases import Case
from jieda.clock import CHINA
from jieda.policy import Language
from jieda.settings import SettingError
from jieda.wording import moment

log = structlog.get_logger(__name__)

SETTING = "JIEDA_NOTIFY"
TRIES = 5
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds between tries; each pause is twice the one before."""
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Smtp:
    """A mail server and whom to write to."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    username: str = ""
    password: str = ""
    starttls: bool = False


@dataclass(frozen=True)
class WeCom:
    """A group robot of WeCom."""

    webhook: str


class Notifier:
    """Sends in the background, each way by itself; what fails is tried again with pauses, then logged and given up."""

    def __init__(
        self,
        smtp: Smtp | None = None,
        wecom: WeCom | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._smtp = smtp
        self._wecom = wecom
        self._sleep = sleep
        self._running: set[asyncio.Task[None]] = set()

    @classmethod
    def from_file(cls, file: Path | None) -> Notifier:
        """One that tells nobody without a file. Raises SettingError."""
        if file is None:
            return cls()
        try:
            told = yaml.safe_load(file.read_text(encoding="utf-8"))
            return cls(_smtp(told.get("smtp")), _wecom(told.get("wecom")))
        except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
            wants = f"a YAML file with smtp and wecom ({type(error).__name__}: {error})"
            raise SettingError(SETTING, str(file), wants) from error

    def tell(self, case: Case) -> None:
        """Returns at once."""
        ways: list[tuple[str, Callable[[Case], Awaitable[None]]]] = []
        if self._smtp is not None:
            ways.append(("smtp", self._mail))
        if self._wecom is not None:
            ways.append(("wecom", self._post))
        if not ways:
            log.warning("nobody_to_notify", case=case.number, setting=SETTING)
        for name, way in ways:
            task = asyncio.create_task(self._persist(name, way, case))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _persist(self, name: str, way: Callable[[Case], Awaitable[None]], case: Case) -> None:
        pause = FIRST_PAUSE
        for attempt in range(1, TRIES + 1):
            try:
                await way(case)
            except (OSError, smtplib.SMTPException, httpx.HTTPError, ValueError) as error:
                log.error("not_notified", way=name, case=case.number, attempt=attempt, error=type(error).__name__)
            else:
                log.info("notified", way=name, case=case.number, attempt=attempt)
                return
            if attempt < TRIES:
                await self._sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _mail(self, case: Case) -> None:
        assert self._smtp is not None
        await to_thread.run_sync(_send, self._smtp, _letter(self._smtp, case))

    async def _post(self, case: Case) -> None:
        assert self._wecom is not None
        body = {"msgtype": "text", "text": {"content": "\n".join(_lines(case))}}
        async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE_SECONDS) as http:
            answer = await http.post(self._wecom.webhook, json=body)
        answer.raise_for_status()
        # WeCom answers 200 to what it refuses, too.
        if answer.json().get("errcode") != 0:
            raise ValueError(f"errcode {answer.json().get('errcode')}")


def _send(smtp: Smtp, letter: EmailMessage) -> None:
    with smtplib.SMTP(smtp.host, smtp.port, timeout=_PATIENCE_SECONDS) as server:
        if smtp.starttls:
            server.starttls(context=ssl.create_default_context())
        if smtp.username:
            server.login(smtp.username, smtp.password)
        server.send_message(letter)


def _letter(smtp: Smtp, case: Case) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"] = smtp.sender, ", ".join(smtp.to)
    letter["Subject"] = _lines(case)[0]
    letter.set_content("\n".join(_lines(case)[1:]) + "\n")
    return letter


def _lines(case: Case) -> list[str]:
    zh, en = moment(case.due_at, Language.ZH), moment(case.due_at, Language.EN)
    opened = case.opened_at.astimezone(CHINA)
    return [
        f"Jieda: {case.number}",
        f"严重业务影响的服务请求 15 分钟无人受理：{case.number}，首次响应截止 {zh}。",
        f"Critical service request unacknowledged for 15 minutes: {case.number}, first response due {en}.",
        f"{case.request.category.value}, {opened:%Y-%m-%d %H:%M} CST",
    ]


def _smtp(told: Any) -> Smtp | None:
    if told is None:
        return None
    to = told["to"]
    return Smtp(
        host=_value(told["host"]),
        port=int(told["port"]),
        sender=_value(told["from"]),
        to=tuple(map(_value, [to] if isinstance(to, str) else to)),
        username=_value(told.get("username") or ""),
        password=_value(told.get("password") or ""),
        starttls=bool(told.get("starttls")),
    )


def _wecom(told: Any) -> WeCom | None:
    return None if told is None else WeCom(_value(told["webhook"]))


def _value(given: str) -> str:
    if not isinstance(given, str):
        raise TypeError(f"{given!r} is no text")
    if given.startswith("env:"):
        return os.environ[given.removeprefix("env:")]
    return given
