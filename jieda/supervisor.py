"""Runs the three processes together: gateway, Rasa, actions. One dies, all end; Ctrl-C ends all."""

from __future__ import annotations

import contextlib
import shlex
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import httpx
import yaml
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from sqlalchemy.engine import make_url

from jieda.model import rasa_environment
from jieda.settings import PROJECT, Settings

READY_SECONDS = 180


class CannotStart(RuntimeError):
    """Something stands in the way of starting; `str()` says what, in one line."""

    code = "cannot_start"


def check_ports(settings: Settings) -> None:
    """Raises CannotStart when a port is in use."""
    ports = (
        (settings.port, settings.host, "JIEDA_PORT"),
        (settings.rasa_port, "127.0.0.1", "JIEDA_RASA_PORT"),
        (settings.actions_port, "127.0.0.1", "JIEDA_ACTIONS_PORT"),
    )
    for port, host, name in ports:
        with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CannotStart(f"port {port} is in use; stop what uses it, or choose another with {name}") from error


class _LogFiles:
    """Where honcho's children print to: a file each. Remembers which child ended first."""

    width = 0

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._files: dict[str, TextIO] = {}
        self.first_ended: str | None = None

    def path(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def write(self, message: Any) -> None:
        if message.name == SYSTEM_PRINTER_NAME:
            name, _, rest = message.data.partition(" ")
            if rest.startswith("stopped") and self.first_ended is None:
                self.first_ended = name
            return
        if message.name not in self._files:
            self._files[message.name] = self.path(message.name).open("a", encoding="utf-8")
        data = message.data
        self._files[message.name].write(data.decode("utf-8", "replace") if isinstance(data, bytes) else data)
        self._files[message.name].flush()


class Supervisor:
    """Starts, watches and ends the processes of one machine."""

    def __init__(self, settings: Settings, model: Path) -> None:
        self._settings = settings
        self._model = model
        self._logs = _LogFiles(settings.home / "log")
        self._manager = Manager(printer=self._logs)

    def run(self) -> int:
        """Runs until stopped; the exit code is 0 when that was asked for."""
        started = time.monotonic()
        for name, command, environment in self._processes():
            self._manager.add_process(name, command, env=environment, cwd=str(PROJECT))
        threading.Thread(target=self._announce, args=(started,), daemon=True).start()
        self._manager.loop()
        code = self._manager.returncode
        if code in (130, 143):
            print("Jieda has stopped.", flush=True)
            return 0
        name = self._logs.first_ended or "a process"
        print(f"jieda: {name} ended with exit code {code}; see {self._logs.path(name)}", file=sys.stderr, flush=True)
        return 1

    def _processes(self) -> Iterator[tuple[str, str, dict[str, str]]]:
        settings, python = self._settings, shlex.quote(sys.executable)
        actions_url = f"http://127.0.0.1:{settings.actions_port}/webhook"
        environment = {
            **rasa_environment(),
            "JIEDA_HOME": str(settings.home),
            "DATABASE_URL": settings.database_url,
            "JIEDA_ACTIONS_URL": actions_url,
            "JIEDA_TRACKER_URL": settings.tracker_url,
            "JIEDA_TRACKER_DIALECT": make_url(settings.tracker_url).get_backend_name(),
            "SANIC_HOST": "127.0.0.1",
        }
        yield "gateway", f"exec {python} -m jieda.gateway", environment
        yield "actions", f"exec {python} -m rasa_sdk --actions actions --port {settings.actions_port}", environment
        rasa = [python, "-m", "rasa", "run", "--enable-api", "--interface", "127.0.0.1"]
        rasa += ["--port", str(settings.rasa_port), "--model", shlex.quote(str(self._model))]
        rasa += ["--endpoints", shlex.quote(str(self._endpoints())), "--credentials", "credentials.yml"]
        if settings.rasa_token:
            # The shell puts it in, so that it stands in no file.
            rasa += ["--auth-token", '"$JIEDA_RASA_TOKEN"']
        yield "rasa", "exec " + " ".join(rasa), environment

    def _endpoints(self) -> Path:
        """endpoints.yml, and with Redis its lock store besides."""
        base = PROJECT / "endpoints.yml"
        if not self._settings.redis_url:
            return base
        url = httpx.URL(self._settings.redis_url)
        endpoints = yaml.safe_load(base.read_text(encoding="utf-8"))
        endpoints["lock_store"] = {
            "type": "redis",
            "url": url.host,
            "port": url.port or 6379,
            "db": int(url.path.strip("/") or 0),
            **({"password": url.password} if url.password else {}),
        }
        made = self._settings.home / "endpoints.yml"
        made.touch(mode=0o600)
        made.write_text(yaml.safe_dump(endpoints), encoding="utf-8")
        return made

    def _announce(self, started: float) -> None:
        """Says where the page is, once it answers."""
        address = f"http://127.0.0.1:{self._settings.port}"
        while time.monotonic() - started < READY_SECONDS:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{address}/readyz", timeout=5, trust_env=False).status_code == 200:
                    seconds = time.monotonic() - started
                    print(
                        f"Jieda is ready at http://localhost:{self._settings.port} ({seconds:.0f} s). Ctrl-C stops it.",
                        flush=True,
                    )
                    return
            time.sleep(0.25)
        print(f"jieda: not ready after {READY_SECONDS} s; see {self._logs.path('rasa')}", file=sys.stderr, flush=True)
