"""How fast WeChat is answered: the real gateway behind the faithful fake, with a Rasa that is quick, slow or away.

`python -m benchmarks.wechat [--seconds 60] [--rate 200]` prints figures and fails when one misses its mark:
a callback is answered in p99 <= 4.7 s whatever Rasa does and in p50 <= 60 ms when the answer is quick; retries and
duplicates at `rate` a second cost no second turn.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from jieda.settings import PROJECT
from jieda.store.database import migrate
from tests.fakes.rasa import FakeRasa
from tests.fakes.wechat import FakeWeChat, Phone
from tests.system.running import free_port

P99_SECONDS, P50_SECONDS = 4.7, 0.060
MESSAGES = 200
SLOW_AT_ONCE = 30


@dataclass
class Figures:
    """Seconds that callbacks took, and what was answered."""

    name: str
    seconds: list[float] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    cpu_seconds: float = 0.0
    """Of the gateway."""

    def at(self, share: float) -> float:
        return sorted(self.seconds)[min(int(len(self.seconds) * share), len(self.seconds) - 1)]

    def shown(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "callbacks": len(self.seconds),
            "p50_ms": round(statistics.median(self.seconds) * 1000, 1),
            "p99_ms": round(self.at(0.99) * 1000, 1),
            "max_ms": round(max(self.seconds) * 1000, 1),
            "gateway_cpu_ms": round(self.cpu_seconds / len(self.seconds) * 1000, 2),
            "answered": dict(self.kinds),
        }


class Bench:
    """A gateway in a process of its own, as it runs for customers."""

    def __init__(self, home: Path) -> None:
        self.rasa = FakeRasa()
        self.rasa.start()
        self.fake = FakeWeChat()
        account = self.fake.official_account("bench")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.fake.serve(self.url, account)
        self.official = self.fake.official["bench"]
        environment = {
            **os.environ,
            "JIEDA_HOME": str(home),
            "JIEDA_PORT": str(port),
            "JIEDA_RASA_URL": self.rasa.url,
            "JIEDA_WECHAT": str(self.fake.written(home / "wechat.yml", account)),
            "JIEDA_LOG_LEVEL": "error",
            "DATABASE_URL": os.environ.get("DATABASE_URL", f"sqlite:///{home / 'jieda.db'}"),
        }
        migrate(environment["DATABASE_URL"])
        self.process = subprocess.Popen([sys.executable, "-m", "jieda.gateway"], cwd=PROJECT, env=environment)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/readyz").status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
        raise TimeoutError("the gateway did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self.fake.close()
        self.rasa.close()

    def cpu_seconds(self) -> float:
        """Processor time of the gateway so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def phone(self) -> Phone:
        return self.official.phone("o" + secrets.token_hex(8))

    async def deliver(self, http: httpx.AsyncClient, phone: Phone, xml: str, figures: Figures) -> None:
        body, query = self.official.pusher.wrapped(xml)
        started = time.perf_counter()
        answer = await http.post(self.official.pusher.address, params=query, content=body, timeout=30)
        seconds = time.perf_counter() - started
        judged = self.official.pusher.judged(answer, phone.openid, seconds)
        figures.seconds.append(seconds)
        figures.kinds[judged.kind] += 1


async def quick(bench: Bench) -> Figures:
    """One message after another, answered at once."""
    figures = Figures("quick answers")
    async with httpx.AsyncClient(trust_env=False) as http:
        phones = [bench.phone() for _ in range(20)]
        for number in range(MESSAGES):
            phone = phones[number % len(phones)]
            phone._allow("message")
            await bench.deliver(http, phone, phone.text_xml(f"第{number}句"), figures)
    return figures


async def slow(bench: Bench, name: str) -> Figures:
    """Many at once whose answers take longer than WeChat waits, or never come."""
    figures = Figures(name)
    async with httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=None)) as http:
        phones = [bench.phone() for _ in range(SLOW_AT_ONCE)]
        for phone in phones:
            phone._allow("message")
        await asyncio.gather(*(bench.deliver(http, each, each.text_xml("慢"), figures) for each in phones))
    return figures


async def storm(bench: Bench, seconds: float, rate: int) -> tuple[Figures, int, int]:
    """Retries and duplicates: each message is pushed again and again, in any order; messages and turns there were."""
    figures = Figures(f"{rate} retries and duplicates a second")
    before, tasks = len(bench.rasa.sent), []
    known: list[tuple[Phone, str]] = []
    phones = [bench.phone() for _ in range(40)]
    async with httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=None)) as http:
        started = time.monotonic()
        for number in range(int(seconds * rate)):
            # One in fifty is new.
            back = secrets.randbelow(min(len(known), 10)) if known else 0
            if number % 50 == 0:
                phone = phones[len(known) % len(phones)]
                phone._allow("message")
                known.append((phone, phone.text_xml(f"第{number}句")))
                back = 0
            phone, xml = known[-1 - back]
            tasks.append(asyncio.create_task(bench.deliver(http, phone, xml, figures)))
            await asyncio.sleep(max(0.0, started + (number + 1) / rate - time.monotonic()))
        await asyncio.gather(*tasks)
    return figures, len(known), len(bench.rasa.sent) - before


async def measured(bench: Bench, seconds: float, rate: int) -> tuple[list[Figures], int, int]:
    before = bench.cpu_seconds()
    found = [await quick(bench)]
    found[0].cpu_seconds, before = bench.cpu_seconds() - before, bench.cpu_seconds()
    stormy, messages, turns = await storm(bench, seconds, rate)
    stormy.cpu_seconds = bench.cpu_seconds() - before
    found.append(stormy)
    bench.rasa.answers("慢", "答", delay=7.0)
    found.append(await slow(bench, "Rasa takes 7 s"))
    await asyncio.sleep(8.0)
    bench.rasa.stop()
    found.append(await slow(bench, "Rasa is away"))
    return found, messages, turns


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        bench = Bench(Path(home))
        try:
            found, messages, turns = asyncio.run(measured(bench, given.seconds, given.rate))
        finally:
            bench.stop()
    for figures in found:
        print(json.dumps(figures.shown(), ensure_ascii=False))
    print(json.dumps({"messages": messages, "turns": turns}))
    missed = [each.name for each in found if each.at(0.99) > P99_SECONDS or each.kinds["unavailable"]]
    if found[0].at(0.5) > P50_SECONDS:
        missed.append("p50 of quick answers")
    if turns != messages:
        missed.append("one turn for each message")
    print("missed: " + ", ".join(missed) if missed else "all marks met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
