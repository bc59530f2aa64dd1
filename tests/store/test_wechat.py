"""What is kept of WeChat's users, on both databases: each push once, one way for each answer, one deliverer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from jieda.conversations import Author, Channel, Owner, Reply
from jieda.store.ledger import Ledger
from jieda.store.ownership import Ownership
from jieda.store.wechat import WeChatBook
from jieda.store.wechat_delivery import DeliveryBook
from jieda.store.wechat_quota import Trigger
from jieda.store.wechat_rows import Cursor, Link, Path
from jieda.store.wechat_standing import Scarcity, Standings
from jieda.store.wechat_tokens import KfCursors, StoredToken, TokenBook

NOW = datetime(2026, 3, 12, 2, 0, tzinfo=timezone.utc)
ACCOUNT, OPENID = "official:main", "oCustomer"
LEASE = timedelta(seconds=60)
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def book(engine: Engine) -> WeChatBook:
    return WeChatBook(engine)


@pytest.fixture
def deliveries(engine: Engine) -> DeliveryBook:
    return DeliveryBook(engine)


@pytest.fixture
def standings(engine: Engine) -> Standings:
    return Standings(engine)


@pytest.fixture
def conversation(ledger: Ledger, book: WeChatBook) -> str:
    return book.adopt(ACCOUNT, OPENID, ledger.begin(Channel.WECHAT, NOW), NOW)


def push(book: WeChatBook, conversation: str | None, key: str = "m:1", seconds: float = 4.5) -> Any:
    until = NOW + timedelta(seconds=seconds)
    return book.take_in(ACCOUNT, OPENID, key, conversation, NOW, until, Trigger.MESSAGE)


def answered(ledger: Ledger, conversation: str) -> None:
    ledger.accept(conversation, "m:1", NOW, text="你好")
    turn = ledger.next_turn(conversation, NOW)
    assert turn is not None
    assert ledger.answer(turn, [Reply("您好")], NOW)


class TestConversations:
    def test_one_open_one_for_each_user(self, book: WeChatBook, ledger: Ledger, conversation: str) -> None:
        other = ledger.begin(Channel.WECHAT, NOW)
        assert book.adopt(ACCOUNT, OPENID, other, NOW) == conversation == book.conversation_of(ACCOUNT, OPENID)
        ledger.move(conversation, 0, Owner.CLOSED, actor="a", reason="r", at=NOW)
        assert book.conversation_of(ACCOUNT, OPENID) is None
        fresh = ledger.begin(Channel.WECHAT, NOW)
        assert book.adopt(ACCOUNT, OPENID, fresh, NOW) == fresh

    def test_at_once_one_wins(self, book: WeChatBook, ledger: Ledger, at_once: AtOnce) -> None:
        made = [ledger.begin(Channel.WECHAT, NOW) for _ in range(3)]
        kept = at_once(*(lambda each=each: book.adopt(ACCOUNT, OPENID, each, NOW) for each in made))
        assert len(set(kept)) == 1

    def test_erased_there_is_nothing_left(self, book: WeChatBook, ledger: Ledger, conversation: str) -> None:
        push(book, conversation)
        answered(ledger, conversation)
        assert book.erase(ACCOUNT, OPENID) == [conversation]
        assert book.conversation_of(ACCOUNT, OPENID) is None
        assert book.pushed(ACCOUNT, "m:1") is None
        assert book.left(ACCOUNT, OPENID, NOW) == 0


class TestPushes:
    def test_each_once(self, book: WeChatBook, conversation: str, at_once: AtOnce) -> None:
        found = at_once(*([lambda: push(book, conversation)] * 4))
        assert [each.fresh for each in found].count(True) == 1

    def test_an_answer_goes_one_way(self, book: WeChatBook, ledger: Ledger, conversation: str, at_once: AtOnce) -> None:
        push(book, conversation)
        answered(ledger, conversation)

        def claim() -> bool:
            return book.claim(ACCOUNT, "m:1", conversation, Cursor(0), Cursor(2), "<xml/>", NOW)

        won = at_once(claim, claim, lambda: book.decide(ACCOUNT, "m:1", Path.API))
        assert won.count(True) == 1

    def test_what_is_being_delivered_is_not_claimed(
        self, book: WeChatBook, deliveries: DeliveryBook, ledger: Ledger, conversation: str
    ) -> None:
        push(book, conversation, seconds=0)
        answered(ledger, conversation)
        assert deliveries.lease(conversation, "a", NOW, LEASE) is not None
        assert not book.claim(ACCOUNT, "m:1", conversation, Cursor(0), Cursor(2), "<xml/>", NOW)
        found = book.pushed(ACCOUNT, "m:1")
        assert found is not None
        assert found.path is None, "nothing was settled by the way"
        deliveries.release(conversation, "a")
        assert book.claim(ACCOUNT, "m:1", conversation, Cursor(0), Cursor(2), "<xml/>", NOW)

    def test_nothing_is_claimed_twice(self, book: WeChatBook, ledger: Ledger, conversation: str) -> None:
        answered(ledger, conversation)
        for key in ("m:1", "m:2"):
            push(book, conversation, key)
        assert book.claim(ACCOUNT, "m:1", conversation, Cursor(0), Cursor(2), "<xml/>", NOW)
        assert not book.claim(ACCOUNT, "m:2", conversation, Cursor(0), Cursor(2), "<xml/>", NOW)


class TestDeliveries:
    def test_one_delivers_at_a_time(self, deliveries: DeliveryBook, conversation: str, at_once: AtOnce) -> None:
        found = at_once(*(lambda name=name: deliveries.lease(conversation, name, NOW, LEASE) for name in "abc"))
        assert len([each for each in found if each is not None]) == 1
        assert deliveries.lease(conversation, "d", NOW + LEASE * 2, LEASE) is not None

    def test_not_while_a_passive_reply_may_come(
        self, book: WeChatBook, deliveries: DeliveryBook, conversation: str
    ) -> None:
        push(book, conversation)
        assert deliveries.lease(conversation, "a", NOW, LEASE) is None
        assert deliveries.lease(conversation, "a", NOW + timedelta(seconds=5), LEASE) is not None

    def test_due_is_what_stands_undelivered(
        self, book: WeChatBook, deliveries: DeliveryBook, standings: Standings, ledger: Ledger, conversation: str
    ) -> None:
        since = NOW - timedelta(days=1)
        assert deliveries.due([ACCOUNT], NOW, since) == []
        answered(ledger, conversation)
        assert deliveries.due([ACCOUNT], NOW, since) == [conversation]
        assert deliveries.due(["official:other"], NOW, since) == []
        deliveries.park(conversation, "quota", NOW)
        assert deliveries.due([ACCOUNT], NOW, since) == []
        standing = standings.of(conversation, NOW)
        assert standing is not None
        assert (standing.parked, standing.parked_reason) == (1, "quota")
        push(book, conversation)
        assert deliveries.due([ACCOUNT], NOW, since) == [conversation]

    def test_what_an_agent_writes_long_after_the_customer_is_due_too(
        self, deliveries: DeliveryBook, ledger: Ledger, conversation: str
    ) -> None:
        later = NOW + timedelta(days=5)
        assert deliveries.due([ACCOUNT], later, later - timedelta(days=1)) == []
        ledger.write_as_system(conversation, Reply("已解决"), later, Author.AGENT)
        assert deliveries.due([ACCOUNT], later, later - timedelta(days=1)) == [conversation]

    def test_what_was_sent_is_counted(
        self, book: WeChatBook, deliveries: DeliveryBook, standings: Standings, conversation: str
    ) -> None:
        push(book, conversation, seconds=0)
        assert book.left(ACCOUNT, OPENID, NOW) == 5
        link = deliveries.lease(conversation, "a", NOW, LEASE)
        assert link is not None
        assert deliveries.sent(link, Cursor(1), "id1", NOW)
        assert book.left(ACCOUNT, OPENID, NOW) == 4
        assert deliveries.undelivered(ACCOUNT, "id1", 10) == conversation
        assert deliveries.undelivered("official:other", "id1", 10) is None
        standing = standings.of(conversation, NOW)
        assert standing is not None
        assert [each.code for each in standing.failed] == [10]
        assert standing.window_ends_at == NOW + timedelta(hours=48)
        assert book.left(ACCOUNT, OPENID, NOW + timedelta(hours=48)) == 0


class TestStanding:
    @pytest.fixture
    def link(self, book: WeChatBook, deliveries: DeliveryBook, conversation: str) -> Link:
        push(book, conversation, seconds=0)
        found = deliveries.lease(conversation, "a", NOW, LEASE)
        assert found is not None
        return found

    def failed(self, standings: Standings, conversation: str) -> list[tuple[int, int | None]]:
        found = standings.of(conversation, NOW)
        assert found is not None
        return [(each.seq, each.code) for each in found.failed]

    def test_what_came_at_another_try_did_not_fail(
        self, deliveries: DeliveryBook, standings: Standings, conversation: str, link: Link
    ) -> None:
        deliveries.failed(link, 1, -1, NOW)
        assert self.failed(standings, conversation) == [(1, -1)]
        deliveries.sent(link, Cursor(2), "id1", NOW)
        assert self.failed(standings, conversation) == []

    def test_what_was_given_up_stays_failed(
        self, deliveries: DeliveryBook, standings: Standings, conversation: str, link: Link
    ) -> None:
        deliveries.failed(link, 1, 45157, NOW, lost=True)
        deliveries.sent(link, Cursor(2), "id1", NOW)
        assert self.failed(standings, conversation) == [(1, 45157)]

    def test_a_part_belongs_to_its_message(
        self, deliveries: DeliveryBook, standings: Standings, conversation: str, link: Link
    ) -> None:
        deliveries.sent(link, Cursor(1, 700), "id1", NOW)
        deliveries.undelivered(ACCOUNT, "id1", 10)
        assert self.failed(standings, conversation) == [(2, 10)]

    @pytest.mark.parametrize(
        ("hours", "sent", "warning"),
        [
            (0, 0, None),
            (0, 4, Scarcity.LAST_ONE),
            (0, 5, Scarcity.NONE_LEFT),
            (47.5, 0, Scarcity.WINDOW_ENDING),
            (48, 0, Scarcity.WINDOW_CLOSED),
        ],
    )
    def test_an_agent_is_warned(
        self,
        book: WeChatBook,
        deliveries: DeliveryBook,
        standings: Standings,
        conversation: str,
        link: Link,
        hours: float,
        sent: int,
        warning: Scarcity | None,
    ) -> None:
        for number in range(sent):
            deliveries.sent(replace(link, cursor=Cursor(number)), Cursor(number + 1), None, NOW)
        found = standings.of(conversation, NOW + timedelta(hours=hours))
        assert found is not None
        assert (found.left, found.warning) == (5 - sent if hours < 48 else 0, warning)

    def test_people_in_wechats_own_tools_are_outside_the_desks_clocks(
        self, engine: Engine, book: WeChatBook, standings: Standings, ledger: Ledger, conversation: str
    ) -> None:
        ownership, later = Ownership(engine), NOW + timedelta(hours=1)
        ledger.move(conversation, 0, Owner.QUEUED, actor="bot", reason="asked", at=NOW)
        assert [each.id for each in ownership.waited_since(later)] == [conversation]
        book.native(conversation, NOW)
        assert ownership.waited_since(later) == []
        ledger.move(conversation, 1, Owner.ASSIGNED, actor="wechat", reason="native_session", at=NOW, agent="zhangsan")
        assert ownership.held_past(later) == []
        found = standings.of(conversation, NOW)
        assert found is not None
        assert found.warning is Scarcity.NATIVE


class TestShared:
    def test_one_refreshes_a_token(self, engine: Engine, at_once: AtOnce) -> None:
        book = TokenBook(engine)
        assert book.lease(ACCOUNT, "z", NOW, LEASE)
        book.release(ACCOUNT, "z")
        assert at_once(*(lambda name=name: book.lease(ACCOUNT, name, NOW, LEASE) for name in "abc")).count(True) == 1
        token = StoredToken("secret", NOW + timedelta(hours=2))
        assert "secret" not in repr(token)

    def test_a_call_is_not_forgotten(self, engine: Engine) -> None:
        cursors = KfCursors(engine)
        cursors.called("kf:a", "t1", NOW)
        cursors.called("kf:a", "t2", NOW)
        found = cursors.read("kf:a")
        assert (found.called, found.fetched, found.token, found.cursor) == (2, 0, "t2", "")
        cursors.save("kf:a", "c1")
        cursors.caught_up("kf:a", 2)
        assert cursors.read("kf:a").cursor == "c1"
