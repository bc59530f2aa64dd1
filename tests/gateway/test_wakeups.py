"""Wake-ups: who waits for a conversation learns of it at once, in this gateway and, over Redis, in its fellows."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import redis

from jieda.gateway import wakeups as module
from jieda.gateway.wakeups import Inbox, LocalWakeups, RedisWakeups, Wakeups
from tests.conftest import missing
from tests.fakes.rasa import FakeRasa
from tests.gateway.conftest import MakeGateway
from tests.gateway.harness import SECONDS, eventually, new_id

REDIS = os.environ.get("JIEDA_TEST_REDIS_URL") or "redis://127.0.0.1:6379"
TYPING = {"type": "typing", "author": "bot", "on": True}
QUICK = 4.0


@pytest.fixture(autouse=True)
def _channel_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others may use the same Redis, and channels know no databases."""
    monkeypatch.setattr(module, "_CHANNEL", f"jieda:test:{new_id()}")


@pytest.fixture(scope="session")
def redis_url() -> str:
    try:
        redis.Redis.from_url(REDIS, socket_connect_timeout=2, socket_timeout=2).ping()
    except redis.RedisError:
        missing(f"Redis at {REDIS}")
    return REDIS


@pytest.fixture
def nowhere() -> Iterator[str]:
    """The address of a Redis that is not there: its port refuses connections."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"redis://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a Redis that takes the call and says nothing, as behind a broken network."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}"


@contextlib.asynccontextmanager
async def started(*all_wakeups: Wakeups) -> AsyncIterator[None]:
    for wakeups in all_wakeups:
        await wakeups.start()
    try:
        yield
    finally:
        for wakeups in all_wakeups:
            await wakeups.stop()


async def next_of(inbox: Inbox, seconds: float = QUICK) -> dict[str, object]:
    return await asyncio.wait_for(inbox.get(), seconds)


async def joined(*all_wakeups: Wakeups) -> None:
    """Waits until each hears the others, and all is quiet again."""
    for sender in all_wakeups:
        for hearer in all_wakeups:
            probe = new_id()
            async with hearer.listen(probe) as inbox:
                deadline = time.monotonic() + SECONDS
                while inbox.empty():
                    assert time.monotonic() < deadline, "they do not hear one another"
                    await sender.wake(probe)
                    await asyncio.sleep(0.05)


class TestLocal:
    def test_who_listens_is_woken(self) -> None:
        async def scene() -> None:
            wakeups = LocalWakeups()
            async with wakeups.listen("a") as one, wakeups.listen("a") as other:
                await wakeups.wake("a")
                assert (await next_of(one), await next_of(other)) == ({}, {})

        asyncio.run(scene())

    def test_a_passing_event_is_handed_on_in_order(self) -> None:
        async def scene() -> None:
            wakeups = LocalWakeups()
            async with wakeups.listen("a") as inbox:
                await wakeups.wake("a", TYPING)
                await wakeups.wake("a", {**TYPING, "on": False})
                await wakeups.wake("a")
                assert [await next_of(inbox) for _ in range(3)] == [TYPING, {**TYPING, "on": False}, {}]

        asyncio.run(scene())

    def test_others_sleep_on(self) -> None:
        async def scene() -> None:
            wakeups = LocalWakeups()
            async with wakeups.listen("a") as inbox:
                await wakeups.wake("b")
                assert inbox.empty()

        asyncio.run(scene())

    def test_one_leaves_and_the_other_is_still_woken(self) -> None:
        async def scene() -> None:
            wakeups = LocalWakeups()
            async with wakeups.listen("a") as stays:
                async with wakeups.listen("a") as leaves:
                    pass
                await wakeups.wake("a")
                assert await next_of(stays) == {}
                assert leaves.empty()
            await wakeups.wake("a")
            assert stays.empty()

        asyncio.run(scene())


class TestRedis:
    def test_one_gateway_wakes_another(self, redis_url: str) -> None:
        async def scene() -> None:
            one, other = RedisWakeups(redis_url), RedisWakeups(redis_url)
            async with started(one, other):
                await joined(one, other)
                async with other.listen("a") as there, other.listen("b") as elsewhere:
                    await one.wake("a")
                    await one.wake("a", TYPING)
                    assert [await next_of(there), await next_of(there)] == [{}, TYPING]
                    assert elsewhere.empty()

        asyncio.run(scene())

    def test_its_own_listeners_are_woken_once(self, redis_url: str) -> None:
        async def scene() -> None:
            one, other = RedisWakeups(redis_url), RedisWakeups(redis_url)
            async with started(one, other):
                await joined(one, other)
                name = new_id()
                async with one.listen(name) as here, other.listen(name) as there:
                    await one.wake(name, TYPING)
                    await one.wake(name, {"last": True})
                    for inbox in (here, there):
                        assert [await next_of(inbox), await next_of(inbox)] == [TYPING, {"last": True}]
                        assert inbox.empty()

        asyncio.run(scene())

    def test_passing_events_arrive_in_their_order(self, redis_url: str) -> None:
        async def scene() -> None:
            one, other = RedisWakeups(redis_url), RedisWakeups(redis_url)
            async with started(one, other):
                await joined(one, other)
                async with one.listen("a") as here, other.listen("a") as there:
                    for number in range(400):
                        await one.wake("a", {"number": number})
                        await asyncio.sleep((number % 5) / 5_000)  # in bursts, as turns come
                    for inbox in (here, there):
                        assert [(await next_of(inbox))["number"] for _ in range(400)] == list(range(400))

        asyncio.run(scene())

    def test_its_own_listeners_are_woken_before_it_has_joined(self, redis_url: str) -> None:
        async def scene() -> None:
            wakeups = RedisWakeups(redis_url)
            async with started(wakeups), wakeups.listen("a") as inbox:
                await wakeups.wake("a")
                assert await next_of(inbox) == {}

        asyncio.run(scene())

    def test_what_strangers_publish_does_no_harm(self, redis_url: str) -> None:
        async def scene() -> None:
            one, other = RedisWakeups(redis_url), RedisWakeups(redis_url)
            async with started(one, other):
                await joined(one, other)
                with redis.Redis.from_url(redis_url) as stranger:
                    for nonsense in (b"", b"\xff", b"{}", b"[]", b"null"):
                        stranger.publish(module._CHANNEL, nonsense)
                await joined(one, other)

        asyncio.run(scene())


class TestRedisAway:
    def test_a_gateway_still_wakes_its_own(self, nowhere: str) -> None:
        async def scene() -> None:
            wakeups = RedisWakeups(nowhere)
            async with started(wakeups), wakeups.listen("a") as inbox:
                await wakeups.wake("a")
                await wakeups.wake("a", TYPING)
                assert [await next_of(inbox), await next_of(inbox)] == [{}, TYPING]

        asyncio.run(scene())

    def test_also_when_redis_only_keeps_silent(self, silent: str) -> None:
        async def scene() -> None:
            wakeups = RedisWakeups(silent)
            async with wakeups.listen("a") as inbox:
                waking = asyncio.create_task(wakeups.wake("a"))
                try:
                    assert await next_of(inbox) == {}
                    await asyncio.wait_for(waking, QUICK)
                finally:
                    waking.cancel()
                    await asyncio.gather(waking, return_exceptions=True)
                    await wakeups.stop()

        asyncio.run(scene())

    def test_they_hear_one_another_again_when_it_is_back(self, redis_url: str) -> None:
        async def scene() -> None:
            with Line(redis_url) as line:
                one, other = RedisWakeups(line.url), RedisWakeups(line.url)
                async with started(one, other):
                    await joined(one, other)
                    line.cut()
                    async with one.listen("a") as inbox:
                        await one.wake("a")
                        assert await next_of(inbox) == {}
                    line.mend()
                    await joined(one, other)

        asyncio.run(scene())

    def test_no_wake_up_of_its_own_is_lost_while_it_comes_back(self, redis_url: str) -> None:
        async def scene() -> None:
            with Line(redis_url) as line:
                wakeups = RedisWakeups(line.url)
                async with started(wakeups):
                    await joined(wakeups)
                    line.cut()
                    async with wakeups.listen("a") as inbox:
                        # The line is down, and then up again before the listener has noticed.
                        for number in range(2):
                            await wakeups.wake("a", {"number": number})
                            assert await next_of(inbox) == {"number": number}
                            line.mend()

        asyncio.run(scene())


class TestGateways:
    """Whole gateways with Redis between them; a follower would look by itself only after ten seconds."""

    def test_a_stream_at_one_shows_at_once_what_is_said_at_the_other(
        self, make_gateway: MakeGateway, rasa: FakeRasa, redis_url: str
    ) -> None:
        settings = {"redis_url": redis_url, "rasa_timeout": 10.0, "conversations_per_minute": secrets.randbits(30) + 1}
        one = make_gateway(**settings).start()
        other = make_gateway(**settings, home=one.settings.home, database_url=one.settings.database_url).start()
        customer = one.begin()
        with customer.at(other).stream() as stream:
            eventually(lambda: other.followers(customer.id))
            customer.ask("hello")
            stream.until_seq(2)
            slow = rasa.holds("slow")
            customer.say("slow")
            started_at = time.monotonic()
            stream.until(lambda events: events[-1]["type"] == "typing" and events[-1]["on"])
            slow.release()
            assert [each["text"] for each in stream.until_bot(2)] == ["Re: hello", "Re: slow"]
            assert time.monotonic() - started_at < QUICK

    def test_without_redis_they_serve_their_own_customers(
        self, make_gateway: MakeGateway, rasa: FakeRasa, nowhere: str
    ) -> None:
        gateway = make_gateway(redis_url=nowhere).start()
        customer = gateway.begin()
        with customer.stream() as stream:
            eventually(lambda: gateway.followers(customer.id))
            started_at = time.monotonic()
            customer.say("hello")
            assert [each["text"] for each in stream.until_bot()] == ["Re: hello"]
            assert time.monotonic() - started_at < QUICK

    def test_limits_count_for_all_of_them_together(self, make_gateway: MakeGateway, redis_url: str) -> None:
        settings = {"redis_url": redis_url, "conversations_per_minute": 3}
        gateways = make_gateway(**settings).start(), make_gateway(**settings).start()
        # An address whose count no other run has used up.
        address = ".".join(["127", *(str(secrets.randbelow(254) + 1) for _ in range(3))])
        with httpx.Client(transport=httpx.HTTPTransport(local_address=address)) as http:
            asked = [http.post(f"{gateway.url}/api/conversations", json={}) for gateway in gateways * 2]
        assert [each.status_code for each in asked] == [201, 201, 201, 429]


class Line:
    """A line to Redis that can be cut."""

    def __init__(self, url: str) -> None:
        found = redis.connection.parse_url(url)
        self._target = found.get("host", "127.0.0.1"), found.get("port", 6379)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._up = True
        self.url = f"redis://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> Line:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.close()
        self.cut()

    def cut(self) -> None:
        self._up = False
        for each in self._open:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._open.clear()

    def mend(self) -> None:
        self._up = True

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._server.accept()
                if not self._up:
                    near.close()
                    continue
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)
