"""The ledger: what is said is numbered, kept once and answered once; a conversation has one owner at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from jieda.conversations import (
    MESSAGE_MAX,
    Author,
    Button,
    Channel,
    ChoiceUnknown,
    Conversation,
    ConversationClosed,
    ConversationUnknown,
    Event,
    MessageEvent,
    MoveConflict,
    MoveNotAllowed,
    Owner,
    OwnerEvent,
    Reply,
    Turn,
)
from jieda.policy import Language
from jieda.store import tables
from jieda.store.ledger import Accepted, Ledger

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
MINUTE = timedelta(minutes=1)
YES_OR_NO = Reply("要提交吗？", (Button("是", "/answer_yes"), Button("否", "/answer_no")))
PATH_TO: dict[Owner, tuple[Owner, ...]] = {
    Owner.BOT: (),
    Owner.QUEUED: (Owner.QUEUED,),
    Owner.ASSIGNED: (Owner.ASSIGNED,),
    Owner.CLOSED: (Owner.CLOSED,),
}


@pytest.fixture
def conversation(ledger: Ledger) -> str:
    return ledger.begin(Channel.WEB, NOW)


def move(ledger: Ledger, conversation_id: str, *owners: Owner, agent: str | None = None) -> Conversation:
    """Moves the conversation along these owners."""
    for owner in owners:
        version = ledger.conversation(conversation_id).version
        ledger.move(conversation_id, version, owner, actor="test", reason="test", at=NOW, agent=agent)
    return ledger.conversation(conversation_id)


def turn_of(ledger: Ledger, conversation_id: str) -> Turn:
    turn = ledger.next_turn(conversation_id, NOW)
    assert turn is not None
    return turn


def said(ledger: Ledger, conversation_id: str) -> list[tuple[int, str, str]]:
    """The messages: number, author, text."""
    return [
        (event.seq, event.author.value, event.text)
        for event in ledger.events(conversation_id)
        if isinstance(event, MessageEvent)
    ]


def offered(ledger: Ledger, conversation_id: str, titles: tuple[str, ...] = ("是", "否")) -> list[str]:
    """Has the bot answer with buttons; gives the ids that the customer sees."""
    ledger.accept(conversation_id, f"question {titles}", NOW, text="开个工单")
    buttons = tuple(Button(title, f"/{title}") for title in titles)
    assert ledger.answer(turn_of(ledger, conversation_id), [Reply("?", buttons)], NOW)
    last = ledger.events(conversation_id)[-1]
    assert isinstance(last, MessageEvent)
    return [choice.id for choice in last.choices]


class TestBegin:
    def test_the_bot_owns_a_new_conversation_and_nothing_was_said_in_it(self, ledger: Ledger) -> None:
        conversation_id = ledger.begin(Channel.WEB, NOW)
        assert ledger.conversation(conversation_id) == Conversation(conversation_id, Channel.WEB, Owner.BOT, version=0)
        assert ledger.events(conversation_id) == []
        assert ledger.unanswered() == []

    def test_no_id_begins_as_a_formula_or_an_option_does(self, ledger: Ledger) -> None:
        assert all(ledger.begin(Channel.WEB, NOW)[0].isalnum() for _ in range(300))

    def test_its_language_and_page_are_kept(self, ledger: Ledger, engine: Engine) -> None:
        page = "https://example.cn/支持?a=1"
        conversation_id = ledger.begin(Channel.WEB, NOW, language=Language.EN, page=page)
        assert ledger.conversation(conversation_id).language is Language.EN
        with engine.connect() as connection:
            assert connection.execute(select(tables.conversations.c.page)).scalar_one() == page

    def test_ids_differ_and_are_long_enough_not_to_be_guessed(self, ledger: Ledger) -> None:
        made = {ledger.begin(Channel.WEB, NOW) for _ in range(10)}
        assert len(made) == 10
        assert all(len(each) >= 22 for each in made)  # 128 bits in base64


class TestUnknownConversation:
    def test_it_is_refused(self, ledger: Ledger) -> None:
        turn = Turn("nobody", 1, "x", "nobody:1", 1)
        with pytest.raises(ConversationUnknown):
            ledger.conversation("nobody")
        with pytest.raises(ConversationUnknown):
            ledger.accept("nobody", "m1", NOW, text="x")
        with pytest.raises(ConversationUnknown):
            ledger.move("nobody", 0, Owner.QUEUED, actor="a", reason="r", at=NOW)
        with pytest.raises(ConversationUnknown):
            ledger.answer(turn, [Reply("x")], NOW)

    def test_there_is_nothing_in_it(self, ledger: Ledger) -> None:
        assert ledger.events("nobody") == []
        assert not ledger.lease("nobody", "gateway", NOW, MINUTE)


class TestDescribe:
    def test_what_is_known_is_kept_and_the_rest_stays(self, ledger: Ledger) -> None:
        conversation_id, other = (ledger.begin(Channel.WEB, NOW, language=Language.ZH) for _ in range(2))
        ledger.describe(conversation_id, category="technical", severity="critical")
        ledger.describe(conversation_id, language="en")
        assert ledger.conversation(conversation_id) == Conversation(
            conversation_id, Channel.WEB, Owner.BOT, 0, Language.EN, None, "technical", "critical"
        )
        assert ledger.conversation(other) == Conversation(other, Channel.WEB, Owner.BOT, 0, Language.ZH)

    def test_it_may_be_forgotten_again(self, ledger: Ledger, conversation: str) -> None:
        ledger.describe(conversation, severity="critical")
        ledger.describe(conversation, severity=None)
        assert ledger.conversation(conversation).severity is None

    def test_it_is_no_move(self, ledger: Ledger, conversation: str) -> None:
        ledger.describe(conversation, category="billing")
        assert ledger.conversation(conversation).version == 0
        assert ledger.events(conversation) == []


class TestAccept:
    def test_messages_are_numbered_from_one(self, ledger: Ledger, conversation: str) -> None:
        accepted = [ledger.accept(conversation, f"m{i}", NOW, text=f"text {i}") for i in (1, 2, 3)]
        assert accepted == [Accepted(1, True), Accepted(2, True), Accepted(3, True)]
        assert said(ledger, conversation) == [(i, "customer", f"text {i}") for i in (1, 2, 3)]

    @pytest.mark.parametrize(
        "text",
        [
            "发票怎么开？",
            "/answer_yes",
            "'; DROP TABLE turns; --",
            "👩‍💻 𠮷野家",
            " \n\ttwo\r\nlines ",
            "%s %(x)s :y",
            "汉" * MESSAGE_MAX,
        ],
        ids=["chinese", "intent", "sql", "astral", "blanks", "placeholders", "longest"],
    )
    def test_the_text_stands_as_it_was_written(self, ledger: Ledger, conversation: str, text: str) -> None:
        ledger.accept(conversation, "m1", NOW, text=text)
        assert said(ledger, conversation) == [(1, "customer", text)]
        turn = turn_of(ledger, conversation)
        assert (turn.text, turn.payload) == (text, None)

    def test_a_nul_stands_as_the_database_can_keep_it(self, backend: str, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="a\0b")
        kept = "a\0b" if backend == "sqlite" else "a\u2400b"
        assert said(ledger, conversation) == [(1, "customer", kept)]

    def test_a_nul_in_its_id_does_not_matter(self, ledger: Ledger, conversation: str) -> None:
        assert ledger.accept(conversation, "m\0", NOW, text="x") == Accepted(1, True)
        assert ledger.accept(conversation, "m\0", NOW, text="x") == Accepted(1, False)

    def test_the_time_is_the_one_given(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        (event,) = ledger.events(conversation)
        assert event.at == NOW
        assert event.at.utcoffset() is not None

    def test_the_same_client_message_id_is_the_same_message(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="one")
        ledger.accept(conversation, "m2", NOW, text="two")
        assert ledger.accept(conversation, "m1", NOW + MINUTE, text="another text") == Accepted(1, False)
        assert said(ledger, conversation) == [(1, "customer", "one"), (2, "customer", "two")]
        assert ledger.accept(conversation, "m3", NOW, text="three") == Accepted(3, True)

    def test_also_when_it_was_answered_meanwhile(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="one")
        ledger.answer(turn_of(ledger, conversation), [Reply("answer")], NOW)
        assert ledger.accept(conversation, "m1", NOW, text="one") == Accepted(1, False)
        assert ledger.next_turn(conversation, NOW) is None

    def test_in_another_conversation_it_is_another_message(self, ledger: Ledger, conversation: str) -> None:
        other = ledger.begin(Channel.WEB, NOW)
        ledger.accept(conversation, "m1", NOW, text="one")
        assert ledger.accept(other, "m1", NOW, text="other") == Accepted(1, True)
        assert said(ledger, conversation) == [(1, "customer", "one")]
        assert said(ledger, other) == [(1, "customer", "other")]


class TestChoices:
    def test_a_choice_says_its_title_and_means_its_payload(self, ledger: Ledger, conversation: str) -> None:
        yes, _ = offered(ledger, conversation)
        assert ledger.accept(conversation, "press", NOW, choice=yes) == Accepted(3, True)
        assert said(ledger, conversation)[-1] == (3, "customer", "是")
        assert turn_of(ledger, conversation).payload == "/是"

    def test_ids_are_opaque_and_never_the_same(self, ledger: Ledger, conversation: str) -> None:
        ids = offered(ledger, conversation, ("a", "b")) + offered(ledger, conversation, ("a", "c"))
        assert len(set(ids)) == 4
        assert all(len(each) >= 16 for each in ids)

    def test_a_message_shows_its_own_in_order(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        replies = [YES_OR_NO, Reply("plain"), Reply("2", tuple(Button(str(i), "/x") for i in range(12)))]
        ledger.answer(turn_of(ledger, conversation), replies, NOW)
        titles = [[c.title for c in e.choices] for e in ledger.events(conversation) if isinstance(e, MessageEvent)]
        assert titles == [[], ["是", "否"], [], [str(i) for i in range(12)]]

    @pytest.mark.parametrize("choice", ["", "nothing", "/answer_yes", "是"])
    def test_one_never_offered_is_refused_and_leaves_no_trace(
        self, ledger: Ledger, conversation: str, choice: str
    ) -> None:
        offered(ledger, conversation)
        before = ledger.events(conversation)
        with pytest.raises(ChoiceUnknown):
            ledger.accept(conversation, "press", NOW, choice=choice)
        assert ledger.events(conversation) == before
        assert ledger.unanswered() == []
        assert ledger.accept(conversation, "press", NOW, text="x") == Accepted(len(before) + 1, True)

    def test_one_offered_in_another_conversation_is_refused(self, ledger: Ledger, conversation: str) -> None:
        other = ledger.begin(Channel.WEB, NOW)
        yes, _ = offered(ledger, conversation)
        offered(ledger, other)
        with pytest.raises(ChoiceUnknown):
            ledger.accept(other, "press", NOW, choice=yes)
        assert ledger.unanswered() == []

    def test_the_same_press_twice_is_one(self, ledger: Ledger, conversation: str) -> None:
        yes, no = offered(ledger, conversation)
        ledger.accept(conversation, "press", NOW, choice=yes)
        assert ledger.accept(conversation, "press", NOW, choice=no) == Accepted(3, False)
        assert turn_of(ledger, conversation).payload == "/是"

    def test_text_that_looks_like_a_choice_is_text(self, ledger: Ledger, conversation: str) -> None:
        yes, _ = offered(ledger, conversation)
        ledger.accept(conversation, "typed", NOW, text=yes)
        turn = turn_of(ledger, conversation)
        assert (turn.text, turn.payload) == (yes, None)


class TestEvents:
    @pytest.fixture
    def mixed(self, ledger: Ledger, conversation: str) -> list[Event]:
        """Message, reply with buttons, two moves, message."""
        offered(ledger, conversation)
        move(ledger, conversation, Owner.QUEUED)
        move(ledger, conversation, Owner.ASSIGNED, agent="Grace")
        ledger.accept(conversation, "m2", NOW, text="thanks")
        return ledger.events(conversation)

    def test_messages_and_moves_share_one_numbering(self, mixed: list[Event]) -> None:
        assert [event.seq for event in mixed] == [1, 2, 3, 4, 5]
        assert [type(event) for event in mixed] == [MessageEvent, MessageEvent, OwnerEvent, OwnerEvent, MessageEvent]
        assert mixed[2:4] == [
            OwnerEvent(3, Owner.QUEUED, None, NOW),
            OwnerEvent(4, Owner.ASSIGNED, "Grace", NOW),
        ]
        assert all(event.at.utcoffset() is not None for event in mixed)

    @pytest.mark.parametrize("after", range(7))
    def test_those_after_a_number(self, ledger: Ledger, conversation: str, mixed: list[Event], after: int) -> None:
        assert ledger.events(conversation, after) == mixed[after:]

    def test_page_by_page(self, ledger: Ledger, conversation: str, mixed: list[Event]) -> None:
        pages: list[Event] = []
        while page := ledger.events(conversation, after=pages[-1].seq if pages else 0, limit=2):
            assert len(page) <= 2
            pages += page
        assert pages == mixed


class TestTurns:
    def test_each_message_is_owed_an_answer_in_order(self, ledger: Ledger, conversation: str) -> None:
        for text in ("one", "two"):
            ledger.accept(conversation, text, NOW, text=text)
        first = turn_of(ledger, conversation)
        assert (first.seq, first.text, first.conversation_id) == (1, "one", conversation)
        assert ledger.answer(first, [Reply("to one")], NOW)
        second = turn_of(ledger, conversation)
        assert (second.seq, second.text) == (2, "two")
        assert ledger.answer(second, [Reply("to two")], NOW)
        assert ledger.next_turn(conversation, NOW) is None
        assert [event.seq for event in ledger.events(conversation)] == [1, 2, 3, 4]

    def test_one_not_answered_comes_again_and_its_attempts_are_counted(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        again = [turn_of(ledger, conversation) for _ in range(3)]
        assert [turn.attempts for turn in again] == [1, 2, 3]
        assert len({turn.message_id for turn in again}) == 1

    def test_message_ids_differ_between_turns_and_conversations(self, ledger: Ledger) -> None:
        ids = set()
        for _ in range(2):
            conversation_id = ledger.begin(Channel.WEB, NOW)
            for i in range(2):
                ledger.accept(conversation_id, f"m{i}", NOW, text="x")
                turn = turn_of(ledger, conversation_id)
                ledger.answer(turn, [], NOW)
                ids.add(turn.message_id)
        assert len(ids) == 4

    def test_it_tells_what_is_known_of_the_conversation(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        before = turn_of(ledger, conversation)
        assert (before.language, before.category) == (None, None)
        ledger.describe(conversation, language="en", category="billing")
        after = turn_of(ledger, conversation)
        assert (after.language, after.category) == (Language.EN, "billing")

    def test_unanswered_are_the_conversations_with_something_owed_each_once(self, ledger: Ledger) -> None:
        twice, once, answered, silent = (ledger.begin(Channel.WEB, NOW) for _ in range(4))
        for conversation_id in (twice, once, answered):
            ledger.accept(conversation_id, "m1", NOW, text="x")
        ledger.accept(twice, "m2", NOW, text="y")
        ledger.answer(turn_of(ledger, answered), [Reply("z")], NOW)
        assert sorted(ledger.unanswered()) == sorted([twice, once])
        assert silent not in ledger.unanswered()

    @pytest.mark.parametrize("owner", [Owner.QUEUED, Owner.ASSIGNED])
    def test_none_is_made_while_a_person_owns_the_conversation(
        self, ledger: Ledger, conversation: str, owner: Owner
    ) -> None:
        move(ledger, conversation, owner)
        assert ledger.accept(conversation, "m1", NOW, text="secret") == Accepted(2, True)
        assert ledger.unanswered() == []
        assert ledger.next_turn(conversation, NOW) is None
        move(ledger, conversation, Owner.BOT)
        assert ledger.next_turn(conversation, NOW) is None, "what was meant for a person must never reach the bot"
        ledger.accept(conversation, "m2", NOW, text="for the bot")
        assert turn_of(ledger, conversation).text == "for the bot"

    @pytest.mark.parametrize("owner", [Owner.QUEUED, Owner.ASSIGNED, Owner.CLOSED])
    def test_what_the_bot_had_not_begun_when_it_lost_the_conversation_it_does_not_get(
        self, ledger: Ledger, conversation: str, owner: Owner
    ) -> None:
        ledger.accept(conversation, "m1", NOW, text="转人工")
        ledger.accept(conversation, "m2", NOW, text="我的密码是…")
        move(ledger, conversation, owner)
        assert ledger.unanswered() == [], "they are settled with the move itself"
        assert ledger.next_turn(conversation, NOW) is None

    @pytest.mark.parametrize("owner", [Owner.QUEUED, Owner.ASSIGNED])
    def test_nor_when_it_has_the_conversation_again(self, ledger: Ledger, conversation: str, owner: Owner) -> None:
        ledger.accept(conversation, "m1", NOW, text="我的密码是…")
        move(ledger, conversation, owner, Owner.BOT)
        assert ledger.next_turn(conversation, NOW) is None

    def test_one_it_had_begun_may_still_be_answered_by_then(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="begun")
        ledger.accept(conversation, "m2", NOW, text="not begun")
        begun = turn_of(ledger, conversation)
        move(ledger, conversation, Owner.QUEUED, Owner.BOT)
        assert ledger.answer(begun, [Reply("answer")], NOW)
        assert ledger.next_turn(conversation, NOW) is None

    def test_a_move_settles_no_other_conversation(self, ledger: Ledger, conversation: str) -> None:
        other = ledger.begin(Channel.WEB, NOW)
        ledger.accept(other, "m1", NOW, text="x")
        move(ledger, conversation, Owner.QUEUED)
        assert ledger.unanswered() == [other]


class TestAnswer:
    def test_replies_stand_in_order_behind_the_message(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        assert ledger.answer(turn_of(ledger, conversation), [Reply("one"), YES_OR_NO, Reply("three")], NOW + MINUTE)
        assert said(ledger, conversation) == [
            (1, "customer", "x"),
            (2, "bot", "one"),
            (3, "bot", "要提交吗？"),
            (4, "bot", "three"),
        ]
        assert [event.at for event in ledger.events(conversation)] == [NOW, *[NOW + MINUTE] * 3]

    def test_nothing_to_say_settles_the_turn_too(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        assert ledger.answer(turn_of(ledger, conversation), [], NOW)
        assert ledger.next_turn(conversation, NOW) is None
        assert said(ledger, conversation) == [(1, "customer", "x")]

    def test_a_second_answer_says_nothing(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        first, second = turn_of(ledger, conversation), turn_of(ledger, conversation)
        assert ledger.answer(first, [Reply("once")], NOW)
        assert not ledger.answer(second, [Reply("twice")], NOW)
        assert said(ledger, conversation) == [(1, "customer", "x"), (2, "bot", "once")]

    @pytest.mark.parametrize("owner", [Owner.QUEUED, Owner.ASSIGNED, Owner.CLOSED])
    def test_nothing_is_said_when_the_conversation_moved_meanwhile(
        self, ledger: Ledger, conversation: str, owner: Owner
    ) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        turn = turn_of(ledger, conversation)
        move(ledger, conversation, owner)
        assert not ledger.answer(turn, [Reply("too late")], NOW)
        assert said(ledger, conversation) == [(1, "customer", "x")]
        assert ledger.unanswered() == []

    def test_all_or_nothing(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        turn = turn_of(ledger, conversation)
        broken: Any = Button("title", None)  # type: ignore[arg-type]
        with pytest.raises(IntegrityError):
            ledger.answer(turn, [Reply("said"), Reply("and broken", (broken,))], NOW)
        assert said(ledger, conversation) == [(1, "customer", "x")]
        assert ledger.unanswered() == [conversation]
        assert ledger.answer(turn, [Reply("whole")], NOW)
        assert said(ledger, conversation)[1:] == [(2, "bot", "whole")]

    def test_a_turn_there_never_was_says_nothing(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        turn = turn_of(ledger, conversation)
        invented = Turn(conversation, 7, turn.text, turn.message_id, 1)
        assert not ledger.answer(invented, [Reply("?")], NOW)
        assert ledger.unanswered() == [conversation]


class TestMove:
    ALLOWED = frozenset(
        {
            (Owner.BOT, Owner.QUEUED),
            (Owner.BOT, Owner.ASSIGNED),
            (Owner.BOT, Owner.CLOSED),
            (Owner.QUEUED, Owner.ASSIGNED),
            (Owner.QUEUED, Owner.BOT),
            (Owner.QUEUED, Owner.CLOSED),
            (Owner.ASSIGNED, Owner.ASSIGNED),
            (Owner.ASSIGNED, Owner.QUEUED),
            (Owner.ASSIGNED, Owner.BOT),
            (Owner.ASSIGNED, Owner.CLOSED),
        }
    )

    @pytest.mark.parametrize(("before", "after"), [(before, after) for before in Owner for after in Owner])
    def test_from_each_owner_to_each(self, ledger: Ledger, conversation: str, before: Owner, after: Owner) -> None:
        standing = move(ledger, conversation, *PATH_TO[before])
        events = ledger.events(conversation)
        if (before, after) in self.ALLOWED:
            moved = ledger.move(conversation, standing.version, after, actor="Grace", reason="r", at=NOW, agent="Li")
            assert (moved.owner, moved.agent, moved.version) == (after, "Li", standing.version + 1)
            assert ledger.conversation(conversation) == moved
            assert ledger.events(conversation) == [*events, OwnerEvent(len(events) + 1, after, "Li", NOW)]
        else:
            with pytest.raises(MoveNotAllowed):
                ledger.move(conversation, standing.version, after, actor="Grace", reason="r", at=NOW)
            assert ledger.conversation(conversation) == standing
            assert ledger.events(conversation) == events

    def test_who_moved_it_and_why_is_kept(self, ledger: Ledger, conversation: str, engine: Engine) -> None:
        ledger.move(conversation, 0, Owner.QUEUED, actor="bot", reason="customer_asked", at=NOW)
        ledger.move(conversation, 1, Owner.CLOSED, actor="Grace", reason="solved", at=NOW)
        kept = select(tables.events.c.actor, tables.events.c.reason, tables.events.c.version).order_by("seq")
        with engine.connect() as connection:
            assert connection.execute(kept).all() == [("bot", "customer_asked", 1), ("Grace", "solved", 2)]

    @pytest.mark.parametrize("version", [-1, 0, 2])
    def test_another_version_than_the_one_that_stands_is_a_conflict(
        self, ledger: Ledger, conversation: str, version: int
    ) -> None:
        standing = move(ledger, conversation, Owner.QUEUED)
        with pytest.raises(MoveConflict):
            ledger.move(conversation, version, Owner.ASSIGNED, actor="a", reason="r", at=NOW, agent="Grace")
        assert ledger.conversation(conversation) == standing
        assert len(ledger.events(conversation)) == 1

    def test_a_conflict_is_told_before_a_move_that_is_not_allowed(self, ledger: Ledger, conversation: str) -> None:
        with pytest.raises(MoveConflict):
            ledger.move(conversation, 1, Owner.BOT, actor="a", reason="r", at=NOW)

    def test_messages_do_not_change_the_version(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        ledger.answer(turn_of(ledger, conversation), [Reply("y")], NOW)
        assert ledger.conversation(conversation).version == 0

    def test_the_agent_leaves_with_the_move_back(self, ledger: Ledger, conversation: str) -> None:
        move(ledger, conversation, Owner.ASSIGNED, agent="Grace")
        assert move(ledger, conversation, Owner.BOT).agent is None

    def test_other_conversations_stay_where_they_are(self, ledger: Ledger, conversation: str) -> None:
        other = ledger.begin(Channel.WEB, NOW)
        move(ledger, conversation, Owner.QUEUED)
        assert ledger.conversation(other).owner is Owner.BOT
        assert ledger.events(other) == []


class TestClosed:
    def test_a_new_message_is_refused_and_leaves_no_trace(self, ledger: Ledger, conversation: str) -> None:
        move(ledger, conversation, Owner.CLOSED)
        before = ledger.events(conversation)
        with pytest.raises(ConversationClosed):
            ledger.accept(conversation, "m1", NOW, text="x")
        assert ledger.events(conversation) == before
        assert ledger.unanswered() == []

    def test_a_known_message_gets_its_number_again(self, ledger: Ledger, conversation: str) -> None:
        ledger.accept(conversation, "m1", NOW, text="x")
        move(ledger, conversation, Owner.CLOSED)
        assert ledger.accept(conversation, "m1", NOW, text="x") == Accepted(1, False)

    def test_a_choice_is_refused(self, ledger: Ledger, conversation: str) -> None:
        yes, _ = offered(ledger, conversation)
        move(ledger, conversation, Owner.CLOSED)
        with pytest.raises(ConversationClosed):
            ledger.accept(conversation, "press", NOW, choice=yes)


class TestLease:
    LENGTH = timedelta(seconds=60)

    def test_one_holds_it_and_may_renew_it(self, ledger: Ledger, conversation: str) -> None:
        assert ledger.lease(conversation, "a", NOW, self.LENGTH)
        assert not ledger.lease(conversation, "b", NOW, self.LENGTH)
        assert ledger.lease(conversation, "a", NOW + self.LENGTH / 2, self.LENGTH)
        assert not ledger.lease(conversation, "b", NOW + self.LENGTH * 1.25, self.LENGTH)

    def test_it_expires(self, ledger: Ledger, conversation: str) -> None:
        ledger.lease(conversation, "a", NOW, self.LENGTH)
        assert not ledger.lease(conversation, "b", NOW + self.LENGTH - timedelta(seconds=1), self.LENGTH)
        assert ledger.lease(conversation, "b", NOW + self.LENGTH + timedelta(seconds=1), self.LENGTH)
        assert not ledger.lease(conversation, "a", NOW + self.LENGTH + timedelta(seconds=2), self.LENGTH)

    def test_it_is_of_one_conversation(self, ledger: Ledger, conversation: str) -> None:
        other = ledger.begin(Channel.WEB, NOW)
        assert ledger.lease(conversation, "a", NOW, self.LENGTH)
        assert ledger.lease(other, "b", NOW, self.LENGTH)

    def test_who_gives_it_back_frees_it(self, ledger: Ledger, conversation: str) -> None:
        ledger.lease(conversation, "a", NOW, self.LENGTH)
        ledger.release(conversation, "a")
        assert ledger.lease(conversation, "b", NOW, self.LENGTH)

    def test_nobody_gives_back_what_another_holds(self, ledger: Ledger, conversation: str) -> None:
        ledger.lease(conversation, "a", NOW, self.LENGTH)
        ledger.release(conversation, "b")
        assert not ledger.lease(conversation, "b", NOW, self.LENGTH)

    def test_all_end_at_once(self, ledger: Ledger, conversation: str) -> None:
        other = ledger.begin(Channel.WEB, NOW)
        for each in (conversation, other):
            ledger.lease(each, "a", NOW, self.LENGTH)
        ledger.release_all()
        assert all(ledger.lease(each, "b", NOW, self.LENGTH) for each in (conversation, other))


def test_a_second_ledger_on_the_same_database_sees_all(engine: Engine) -> None:
    """As another process does, or this one started again."""
    first = Ledger(engine)
    conversation_id = first.begin(Channel.WEB, NOW)
    first.accept(conversation_id, "m1", NOW, text="x")
    second = Ledger(engine)
    assert second.unanswered() == [conversation_id]
    assert second.accept(conversation_id, "m1", NOW, text="x") == Accepted(1, False)
    assert second.answer(turn_of(second, conversation_id), [Reply("y")], NOW)
    assert [event.author for event in first.events(conversation_id) if isinstance(event, MessageEvent)] == [
        Author.CUSTOMER,
        Author.BOT,
    ]
