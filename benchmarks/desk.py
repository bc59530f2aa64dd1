"""How fast the desk is with a year's conversations, and how live: `python -m benchmarks.desk [COUNT]`.

A real gateway, on SQLite and on PostgreSQL (JIEDA_BENCH_POSTGRES names a server; one on the loopback otherwise), with
100,000 conversations and a million messages (`benchmarks.desk_data`), kept in var/bench for the next time. Each kind of
request is made `ROUNDS` times over HTTP; then 50 conversations are talked in at once, each way timed from sending to
its showing in the other's stream. Prints p50 and p95 in milliseconds beside what is promised; exits 1 beyond it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import httpx
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from benchmarks.desk_data import COUNT, fill
from jieda.agents import AgentExists, Role
from jieda.conversations import Owner
from jieda.settings import PROJECT
from jieda.store.agents import AgentBook
from jieda.store.database import connect, migrate
from jieda.store.ledger import Ledger
from jieda.store.tables import conversations, events

FOLDER = PROJECT / "var" / "bench"
SERVER = os.environ.get("JIEDA_BENCH_POSTGRES") or "postgresql://postgres@127.0.0.1:5432/postgres"
ROUNDS = 60
LIVE, LIVE_SECONDS = 50, 20.0
PROMISED_MS, PROMISED_LIVE_MS = 150.0, 300.0
PASSWORD = "a password of the benchmark"
AGENT = "bench"

Figures = dict[str, tuple[float, float, float]]
"""p50, p95 and what is promised, in milliseconds."""


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    FOLDER.mkdir(parents=True, exist_ok=True)
    kept: dict[str, dict[str, Any]] = {}
    for name, url in (("SQLite", sqlite(count)), ("PostgreSQL", postgres(count))):
        if url is None:
            print(f"{name}: no server answers, left out")
            continue
        filled(url, count)
        with gateway(url) as address:
            figures = {**requested(address, url), **asyncio.run(talked(address, url))}
        print(f"{name}, {counted(url)}", flush=True)
        for what, (half, most, promised) in figures.items():
            print(f"  {what:<44} p50 {half:7.1f} ms   p95 {most:7.1f} ms   promised {promised:g} ms", flush=True)
        kept[name] = {what: {"p50": each[0], "p95": each[1], "promised": each[2]} for what, each in figures.items()}
    (FOLDER / "desk.json").write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return int(any(each["p95"] > each["promised"] for found in kept.values() for each in found.values()))


# --- databases


def sqlite(count: int) -> str:
    return f"sqlite:///{FOLDER / f'desk-{count}.db'}"


def postgres(count: int) -> str | None:
    """A database of the benchmark's own on the server; None when no server answers."""
    server, name = make_url(SERVER), f"jieda_bench_{count}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT", future=True, connect_args={"connect_timeout": 5})
    try:
        with admin.connect() as connection:
            there = connection.execute(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}).scalar()
            if not there:
                connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        return None
    finally:
        admin.dispose()
    return str(server.set(database=name).render_as_string(hide_password=False))


def filled(url: str, count: int) -> None:
    migrate(url)
    with connect(url).connect() as connection:
        there = connection.execute(select(func.count()).select_from(conversations)).scalar_one()
    if there < count:
        started = time.monotonic()
        fill(url, count)
        print(f"filled in {time.monotonic() - started:.0f} s")
    with contextlib.suppress(AgentExists):
        AgentBook(connect(url)).add(AGENT, Role.SUPERVISOR, PASSWORD, at=now())


def counted(url: str) -> str:
    with connect(url).connect() as connection:
        whole = connection.execute(select(func.count()).select_from(conversations)).scalar_one()
        said = connection.execute(select(func.count()).select_from(events).where(events.c.type == "message"))
        return f"{whole:,} conversations, {said.scalar_one():,} messages"


# --- requests


@contextlib.contextmanager
def gateway(url: str) -> Iterator[str]:
    """A gateway of its own on that database; nobody answers for Rasa."""
    with tempfile.TemporaryDirectory() as home:
        port = 8731
        environment = {
            **os.environ,
            "JIEDA_HOME": home,
            "JIEDA_PORT": str(port),
            "DATABASE_URL": url,
            "REDIS_URL": "",
            "JIEDA_QUEUE_MINUTES": "100000000",
            "JIEDA_MESSAGES_PER_MINUTE": "1000000",
            "JIEDA_CONVERSATIONS_PER_MINUTE": "1000000",
            "JIEDA_LOG_LEVEL": "error",
        }
        process = subprocess.Popen([sys.executable, "-m", "jieda.gateway"], cwd=PROJECT, env=environment)
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(address)
            yield address
        finally:
            process.terminate()
            process.wait()


def wait_for(address: str) -> None:
    deadline = time.monotonic() + 180
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{address}/healthz", trust_env=False).status_code == 200:
                return
        assert time.monotonic() < deadline, "the gateway did not start"
        time.sleep(0.1)


def signed_in(http: httpx.Client | httpx.AsyncClient, answer: httpx.Response) -> None:
    assert answer.status_code == 200, answer.text
    http.headers["X-CSRF-Token"] = answer.json()["csrf"]


def requested(address: str, url: str) -> Figures:
    """What an agent asks for, one request after another."""
    draw = random.Random(7)
    with connect(url).connect() as connection:
        some = list(connection.execute(select(conversations.c.id).order_by(conversations.c.id).limit(2_000)).scalars())
    kinds: dict[str, Callable[[], str]] = {
        "queue": lambda: "/desk/api/conversations?view=waiting",
        "all open": lambda: "/desk/api/conversations?view=open",
        "all, newest first": lambda: "/desk/api/conversations?view=all",
        "a conversation": lambda: f"/desk/api/conversations/{draw.choice(some)}",
        "a conversation's events": lambda: f"/desk/api/conversations/{draw.choice(some)}/events",
        "filtered transcripts": lambda: "/desk/transcripts?language=zh&category=technical&severity=critical",
        "two words of Chinese, desk": lambda: "/desk/api/conversations?view=all&q=登录 报错",
        "two words of Chinese, transcripts": lambda: "/desk/transcripts?q=登录 报错",
        "cases": lambda: "/desk/api/cases?status=resolved",
    }
    found: Figures = {}
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as http:
        signed_in(http, http.post("/desk/api/session", json={"name": AGENT, "password": PASSWORD}))
        for what, path in kinds.items():
            taken = []
            for _ in range(ROUNDS):
                asked = path()
                started = time.perf_counter()
                answer = http.get(
                    asked,
                    headers={"Accept": "application/json, text/html"}
                    if "events" not in asked
                    else {"Accept": "application/json"},
                )
                taken.append(time.perf_counter() - started)
                assert answer.status_code == 200, f"{asked}: {answer.status_code}"
            found[what] = figures_of(taken, PROMISED_MS)
    return found


# --- live


async def talked(address: str, url: str) -> Figures:
    """Customers and an agent write in `LIVE` conversations; how long until the other side's stream shows it."""
    ledger = Ledger(connect(url))
    to_desk: list[float] = []
    to_customer: list[float] = []
    limits = httpx.Limits(max_connections=4 * LIVE + 20, max_keepalive_connections=4 * LIVE + 20)
    async with (
        httpx.AsyncClient(base_url=address, timeout=60, trust_env=False, limits=limits) as desk,
        httpx.AsyncClient(base_url=address, timeout=60, trust_env=False, limits=limits) as page,
    ):
        signed_in(desk, await desk.post("/desk/api/session", json={"name": AGENT, "password": PASSWORD}))
        talks = []
        for _ in range(LIVE):
            made = (await page.post("/api/conversations", json={"language": "zh"})).json()
            ledger.move(made["conversation_id"], 0, Owner.QUEUED, actor="bot", reason="asked", at=now())
            path = f"/desk/api/conversations/{made['conversation_id']}"
            assert (await desk.post(f"{path}/claim", json={"version": 1})).status_code == 200
            talks.append(talk(page, desk, made, path, to_desk, to_customer))
        await asyncio.gather(*talks)
    return {
        f"customer to desk, {LIVE} live": figures_of(to_desk, PROMISED_LIVE_MS),
        f"desk to customer, {LIVE} live": figures_of(to_customer, PROMISED_LIVE_MS),
    }


async def talk(
    page: httpx.AsyncClient, desk: httpx.AsyncClient, made: dict[str, str], path: str, to_desk: list[float],
    to_customer: list[float],
) -> None:  # fmt: skip
    own = {"Authorization": f"Bearer {made['token']}"}
    sent: dict[str, float] = {}
    followed = [
        asyncio.create_task(follow(desk, f"{path}/events", {}, "customer", sent, to_desk)),
        asyncio.create_task(
            follow(page, f"/api/conversations/{made['conversation_id']}/events", own, "agent", sent, to_customer)
        ),
    ]
    until = time.monotonic() + LIVE_SECONDS
    await asyncio.sleep(random.uniform(1, 2))
    while time.monotonic() < until:
        for http, where, headers in (
            (page, f"/api/conversations/{made['conversation_id']}/messages", own),
            (desk, f"{path}/messages", {}),
        ):
            said = uuid.uuid4().hex
            sent[said] = time.perf_counter()
            answer = await http.post(where, json={"client_message_id": said, "text": said}, headers=headers)
            assert answer.status_code == 202, answer.text
            await asyncio.sleep(random.uniform(0.5, 1.5))
    await asyncio.sleep(1)
    for task in followed:
        task.cancel()
    await asyncio.gather(*followed, return_exceptions=True)


async def follow(
    http: httpx.AsyncClient, path: str, headers: dict[str, str], author: str, sent: dict[str, float], taken: list[float]
) -> None:
    async with http.stream("GET", path, headers={**headers, "Accept": "text/event-stream"}) as stream:
        async for event in events_of(stream):
            if event.get("author") == author and event.get("text") in sent:
                taken.append(time.perf_counter() - sent[event["text"]])


async def events_of(stream: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in stream.aiter_lines():
        if line.startswith("data:"):
            yield json.loads(line.removeprefix("data:"))


def figures_of(seconds: list[float], promised: float) -> tuple[float, float, float]:
    ordered = sorted(each * 1_000 for each in seconds)
    return statistics.median(ordered), ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)], promised


def now() -> datetime:
    return datetime.now(timezone.utc)


if __name__ == "__main__":
    sys.exit(main())
