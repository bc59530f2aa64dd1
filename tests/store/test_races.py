"""What holds when several do the same at one moment: threads of a gateway, or gateways beside each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from jieda.conversations import Channel, Conversation, ConversationClosed, MessageEvent, MoveConflict, Owner, Reply
from jieda.store.ledger import Accepted, Ledger

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
THREADS = 8

AtOnce = Callable[..., list[Any]]


@pytest.fixture
def conversation(ledger: Ledger) -> str:
    return ledger.begin(Channel.WEB, NOW)


@pytest.fixture(params=range(3))
def chance(request: pytest.FixtureRequest) -> int:
    """SQLite holds nobody up at a chosen point (see `at_once`), so each race has several chances to go wrong."""
    return int(request.param)


@pytest.mark.usefixtures("chance")
class TestAccept:
    def test_one_message_sent_many_times_is_one_event_one_turn_one_number(
        self, ledger: Ledger, conversation: str, at_once: AtOnce
    ) -> None:
        found = at_once(*[partial(ledger.accept, conversation, "m1", NOW, text="x")] * THREADS)
        assert Counter(found) == {Accepted(1, True): 1, Accepted(1, False): THREADS - 1}
        assert [event.seq for event in ledger.events(conversation)] == [1]
        turn = ledger.next_turn(conversation, NOW)
        assert turn is not None
        assert ledger.answer(turn, [], NOW)
        assert ledger.next_turn(conversation, NOW) is None

    def test_many_messages_are_numbered_without_a_gap(self, ledger: Ledger, conversation: str, at_once: AtOnce) -> None:
        calls = [partial(ledger.accept, conversation, f"m{i}", NOW, text=f"text {i}") for i in range(THREADS)]
        found = at_once(*calls)
        assert sorted(accepted.seq for accepted in found) == list(range(1, THREADS + 1))
        assert all(accepted.fresh for accepted in found)
        assert {event.seq: event.text for event in ledger.events(conversation) if isinstance(event, MessageEvent)} == {
            accepted.seq: f"text {i}" for i, accepted in enumerate(found)
        }

    def test_conversations_do_not_disturb_each_other(self, ledger: Ledger, at_once: AtOnce) -> None:
        conversations = [ledger.begin(Channel.WEB, NOW) for _ in range(THREADS)]
        assert (
            at_once(*(partial(ledger.accept, each, "m1", NOW, text="x") for each in conversations))
            == [Accepted(1, True)] * THREADS
        )


@pytest.mark.usefixtures("chance")
class TestMove:
    def test_one_of_two_who_claim_a_conversation_gets_it(
        self, ledger: Ledger, conversation: str, at_once: AtOnce
    ) -> None:
        version = ledger.move(conversation, 0, Owner.QUEUED, actor="bot", reason="asked", at=NOW).version
        claim = partial(ledger.move, conversation, version, Owner.ASSIGNED, reason="claimed", at=NOW)
        found = at_once(*(partial(claim, actor=name, agent=name) for name in ("Grace", "Li Lei")))
        winners = [each for each in found if isinstance(each, Conversation)]
        assert len(winners) == 1
        assert [type(each) for each in found if each not in winners] == [MoveConflict]
        assert ledger.conversation(conversation) == winners[0]
        assert winners[0].agent == ("Grace", "Li Lei")[found.index(winners[0])]
        assert len(ledger.events(conversation)) == 2

    def test_a_message_and_the_end_of_its_conversation(
        self, ledger: Ledger, conversation: str, at_once: AtOnce
    ) -> None:
        accepted, closed = at_once(
            partial(ledger.accept, conversation, "m1", NOW, text="x"),
            partial(ledger.move, conversation, 0, Owner.CLOSED, actor="a", reason="r", at=NOW),
        )
        assert closed.owner is Owner.CLOSED
        events = ledger.events(conversation)
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        if isinstance(accepted, ConversationClosed):
            assert len(events) == 1
        else:
            assert accepted == Accepted(1, True)
            assert len(events) == 2


@pytest.mark.usefixtures("chance")
class TestAnswer:
    def test_of_two_answers_one_is_heard(self, ledger: Ledger, conversation: str, at_once: AtOnce) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        turn = ledger.next_turn(conversation, NOW)
        assert turn is not None
        owners = at_once(*(partial(ledger.answer, turn, [Reply(text), Reply(text)], NOW) for text in ("a", "b")))
        found = [owner is Owner.BOT for owner in owners]
        assert sorted(found) == [False, True]
        heard = "ab"[found.index(True)]
        assert [event.text for event in ledger.events(conversation) if isinstance(event, MessageEvent)] == [
            "x",
            heard,
            heard,
        ]

    def test_an_answer_and_a_person_taking_over(self, ledger: Ledger, conversation: str, at_once: AtOnce) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        turn = ledger.next_turn(conversation, NOW)
        assert turn is not None
        answered, moved = at_once(
            partial(ledger.answer, turn, [Reply("y")], NOW),
            partial(ledger.move, conversation, 0, Owner.ASSIGNED, actor="a", reason="r", at=NOW, agent="a"),
        )
        assert moved.owner is Owner.ASSIGNED
        order = [type(event).__name__ for event in ledger.events(conversation)]
        assert order == ["MessageEvent", *(["MessageEvent"] if answered else []), "OwnerEvent"]


@pytest.mark.usefixtures("chance")
def test_one_gateway_gets_the_lease(ledger: Ledger, conversation: str, at_once: AtOnce) -> None:
    calls = [partial(ledger.lease, conversation, f"gateway {i}", NOW, timedelta(minutes=1)) for i in range(THREADS)]
    assert sorted(at_once(*calls)) == [False] * (THREADS - 1) + [True]
