"""Ownership as agents, customers and clocks change it, on either database: one legal state, whatever comes at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from jieda.agents import Agent, Role
from jieda.brief import Brief
from jieda.conversations import (
    RATING,
    RATING_WORD,
    Button,
    Channel,
    Conversation,
    HeldInWeChat,
    MessageEvent,
    MoveConflict,
    MoveNotAllowed,
    Owner,
    OwnerEvent,
    Reply,
)
from jieda.hours import support_hours
from jieda.policy import Language
from jieda.store.ledger import Ledger
from jieda.store.ownership import Ownership
from jieda.store.queue import CursorInvalid, Queue, View
from jieda.store.rows import HOLD
from jieda.store.wechat import WeChatBook

NOW = datetime(2026, 3, 12, 2, 0, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
AMY, BOB = (Agent(name, Role.AGENT, Language.ZH) for name in ("amy", "bob"))
SUE = Agent("sue", Role.SUPERVISOR, Language.ZH)
QUESTION = Reply("how was it?", (Button("5", f"{RATING}5"), Button("a word", RATING_WORD)))

AtOnce = Callable[..., list[Any]]


def says(text: str) -> Callable[[Conversation], list[Reply]]:
    return lambda conversation: [Reply(f"{text} {conversation.agent or ''}".strip())]


@pytest.fixture
def ownership(engine: Engine) -> Ownership:
    return Ownership(engine)


@pytest.fixture
def queue(engine: Engine) -> Queue:
    return Queue(engine, support_hours())


@pytest.fixture
def queued(ledger: Ledger) -> str:
    return enqueue(ledger)


def enqueue(ledger: Ledger, at: datetime = NOW, **known: str) -> str:
    conversation_id = ledger.begin(Channel.WEB, at)
    if known:
        ledger.describe(conversation_id, **known)
    ledger.move(conversation_id, 0, Owner.QUEUED, actor="bot", reason="asked", at=at)
    return conversation_id


def claim(ownership: Ownership, conversation_id: str, agent: Agent, version: int = 1) -> Conversation:
    return ownership.claim(conversation_id, version, agent, at=NOW, reason="claim", say=says("hello from"))


class TestRaces:
    def test_of_many_who_claim_one_wins(
        self, ledger: Ledger, ownership: Ownership, queued: str, at_once: AtOnce
    ) -> None:
        found = at_once(*(partial(claim, ownership, queued, agent) for agent in (AMY, BOB, SUE)))
        won = [each for each in found if isinstance(each, Conversation)]
        assert len(won) == 1
        assert sum(isinstance(each, MoveConflict) for each in found) == 2
        assert ledger.conversation(queued).agent == won[0].agent

    def test_claim_return_and_close_at_once(
        self, ledger: Ledger, ownership: Ownership, queued: str, at_once: AtOnce
    ) -> None:
        claim(ownership, queued, AMY)
        found = at_once(
            partial(ownership.give_back, queued, 2, AMY, at=NOW, reason="r", say=says("bot")),
            partial(ownership.close, queued, 2, SUE, at=NOW, reason="r", question=lambda _: QUESTION),
            partial(ownership.transfer, queued, 2, AMY, BOB, at=NOW, reason="r", say=says("now")),
        )
        (won,) = [each for each in found if isinstance(each, Conversation)]
        assert ledger.conversation(queued) == won
        moves = [event for event in ledger.events(queued) if isinstance(event, OwnerEvent)]
        assert [each.owner for each in moves] == [Owner.QUEUED, Owner.ASSIGNED, won.owner]

    def test_the_timeout_and_a_claim_at_once(
        self, ledger: Ledger, ownership: Ownership, queued: str, at_once: AtOnce
    ) -> None:
        (waiting,) = ownership.waited_since(NOW)
        found = at_once(
            partial(claim, ownership, queued, AMY),
            partial(ownership.give_up_waiting, waiting, at=NOW, say=says("sorry")),
        )
        assert sum(isinstance(each, Conversation) for each in found) == 1
        assert len(ledger.events(queued)) == 3, "one move, and what was told of it"

    def test_a_message_and_a_return_at_once(
        self, ledger: Ledger, ownership: Ownership, queued: str, at_once: AtOnce
    ) -> None:
        claim(ownership, queued, AMY)
        wrote, _ = at_once(
            partial(ledger.write_as_agent, queued, "amy", "m1", "hi", NOW),
            partial(ownership.give_back, queued, 2, AMY, at=NOW, reason="r", say=says("bot")),
        )
        texts = [event.text for event in ledger.events(queued) if isinstance(event, MessageEvent)]
        assert isinstance(wrote, MoveNotAllowed) == ("hi" not in texts)


class TestWeChatsOwnTools:
    """While people in WeChat's own tools have a customer, an agent of ours moves nothing: nobody would hear them."""

    @pytest.fixture
    def in_session(self, engine: Engine, ledger: Ledger, queued: str) -> str:
        book = WeChatBook(engine)
        book.adopt("kf:shop", "oLiLei", queued, NOW)
        book.native(queued, NOW)
        return queued

    def test_waiting_there_it_is_not_to_be_claimed(self, ledger: Ledger, ownership: Ownership, in_session: str) -> None:
        with pytest.raises(HeldInWeChat):
            claim(ownership, in_session, AMY)
        assert ledger.conversation(in_session).owner is Owner.QUEUED

    def test_no_supervisor_moves_it(self, ledger: Ledger, ownership: Ownership, in_session: str) -> None:
        ledger.move(in_session, 1, Owner.ASSIGNED, actor="wechat", reason="native_session", agent="li", at=NOW)
        for move in (
            partial(ownership.give_back, in_session, 2, SUE, say=says("bot")),
            partial(ownership.close, in_session, 2, SUE, question=lambda _: QUESTION),
            partial(ownership.transfer, in_session, 2, SUE, BOB, say=says("now")),
        ):
            with pytest.raises(HeldInWeChat):
                move(at=NOW, reason="r")
        assert ledger.conversation(in_session).version == 2

    def test_once_the_session_is_over_it_is(self, engine: Engine, ownership: Ownership, in_session: str) -> None:
        WeChatBook(engine).native(in_session, None)
        assert claim(ownership, in_session, AMY).agent == "amy"


class TestClocks:
    def test_who_waits_since_when(self, ledger: Ledger, ownership: Ownership, queued: str) -> None:
        later = enqueue(ledger, NOW + MINUTE)
        assert [each.id for each in ownership.waited_since(NOW - MINUTE)] == []
        assert [each.id for each in ownership.waited_since(NOW)] == [queued]
        assert [each.id for each in ownership.waited_since(NOW + MINUTE)] == [queued, later]

    def test_an_agents_sign_of_life_keeps_all_they_hold(
        self, ledger: Ledger, ownership: Ownership, queued: str
    ) -> None:
        claim(ownership, queued, AMY)
        (held,) = ownership.held_past(NOW + HOLD)
        ownership.heartbeat("amy", at=NOW + MINUTE)
        assert ownership.held_past(NOW + HOLD) == []
        assert ownership.queue_again(held, at=NOW + HOLD, say=says("gone")).owner is Owner.ASSIGNED
        assert ownership.queue_again(held, at=NOW + HOLD + MINUTE, say=says("gone")).owner is Owner.QUEUED


class TestPlace:
    def test_by_who_was_left_severity_and_time(self, ledger: Ledger, ownership: Ownership, queue: Queue) -> None:
        plain = enqueue(ledger, NOW)
        critical = enqueue(ledger, NOW + MINUTE, severity="critical")
        left = enqueue(ledger, NOW - MINUTE)
        held = claim(ownership, left, AMY)
        ownership.queue_again(held, at=NOW + HOLD, say=says("gone"))
        assert [ownership.position(each) for each in (left, critical, plain)] == [1, 2, 3]
        page = queue.listed(View.WAITING, "amy")
        assert [each.conversation.id for each in page.listed] == [left, critical, plain]
        assert queue.counts("amy").critical == (critical,)

    def test_none_outside_the_queue(self, ledger: Ledger, ownership: Ownership) -> None:
        assert ownership.position(ledger.begin(Channel.WEB, NOW)) is None


class TestLists:
    def test_pages_hold_each_once_though_times_are_the_same(self, ledger: Ledger, queue: Queue) -> None:
        made = {ledger.begin(Channel.WEB, NOW) for _ in range(7)}
        seen, after = [], None
        while True:
            page = queue.listed(View.ALL, "amy", after=after, limit=3)
            seen += [each.conversation.id for each in page.listed]
            if (after := page.after) is None:
                break
        assert len(seen) == 7
        assert set(seen) == made

    @pytest.mark.parametrize("after", ["x", "WyJhIl0", "WzFd", "WyIyMDI2LTAzLTEyIiwgImEiXQ", "bnVsbA"])
    def test_no_cursor(self, queue: Queue, after: str) -> None:
        with pytest.raises(CursorInvalid):
            queue.listed(View.ALL, "amy", after=after)


class TestHandOff:
    def test_replies_brief_and_move_are_one(self, ledger: Ledger) -> None:
        conversation_id = ledger.begin(Channel.WEB, NOW)
        seq = ledger.accept(conversation_id, "m1", NOW, text="a person\0").seq
        turn = ledger.next_turn(conversation_id, NOW)
        assert turn is not None
        brief = Brief(Language.EN, category="billing", details={"issue_summary": "a\0b"})
        assert ledger.hand_off(conversation_id, seq, brief)
        assert ledger.answer(turn, [Reply("one moment")], NOW, QUESTION) is Owner.QUEUED
        found = ledger.conversation(conversation_id)
        assert (found.owner, found.category, found.language, found.waiting_since) == (
            Owner.QUEUED, "billing", Language.EN, NOW,
        )  # fmt: skip
        assert [type(event) for event in ledger.events(conversation_id)] == [MessageEvent, MessageEvent, OwnerEvent]

    def test_not_for_a_turn_that_is_settled(self, ledger: Ledger) -> None:
        conversation_id = ledger.begin(Channel.WEB, NOW)
        seq = ledger.accept(conversation_id, "m1", NOW, text="x").seq
        turn = ledger.next_turn(conversation_id, NOW)
        assert turn is not None
        ledger.answer(turn, [], NOW)
        assert not ledger.hand_off(conversation_id, seq, Brief(Language.EN))

    def test_the_first_turn_after_a_person_says_so(self, ledger: Ledger, ownership: Ownership, queued: str) -> None:
        claim(ownership, queued, AMY)
        ledger.accept(queued, "m0", NOW, text="to amy")
        ownership.give_back(queued, 2, AMY, at=NOW, reason="r", say=says("bot"))
        for number, expected in ((1, True), (2, False)):
            ledger.accept(queued, f"m{number}", NOW, text="to the bot")
            turn = ledger.next_turn(queued, NOW)
            assert turn is not None
            assert turn.after_person is expected
            ledger.answer(turn, [Reply("x")], NOW)


class TestSatisfaction:
    def ask(self, ledger: Ledger, ownership: Ownership, queued: str) -> dict[str, str]:
        claim(ownership, queued, AMY)
        ownership.close(queued, 2, AMY, at=NOW, reason="r", question=lambda _: QUESTION)
        (asked,) = [event for event in ledger.events(queued) if isinstance(event, MessageEvent) and event.choices]
        return {choice.title: choice.id for choice in asked.choices}

    def test_a_rating_may_follow_the_end_and_one_word_may_follow_it(
        self, ledger: Ledger, ownership: Ownership, queued: str
    ) -> None:
        choices = self.ask(ledger, ownership, queued)
        assert ledger.accept(queued, "m1", NOW, choice=choices["5"]).said is not None
        assert ledger.accept(queued, "m2", NOW, text="kind").said is not None
        assert ledger.next_turn(queued, NOW) is None

    def test_it_is_asked_once(self, ledger: Ledger, ownership: Ownership, queued: str) -> None:
        claim(ownership, queued, AMY)
        ownership.give_back(queued, 2, AMY, at=NOW, reason="r", say=says("bot"))
        for number in (1, 2):
            ledger.accept(queued, f"m{number}", NOW, text="bye")
            turn = ledger.next_turn(queued, NOW)
            assert turn is not None
            ledger.answer(turn, [Reply("bye")], NOW, QUESTION)
        asked = [event for event in ledger.events(queued) if isinstance(event, MessageEvent) and event.choices]
        assert len(asked) == 1
