"""Conversations are found by filters and words, newest first, and read whole; on either database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.engine import Engine

from jieda.brief import Brief
from jieda.conversations import Channel, ConversationUnknown, MessageEvent, Owner, OwnerEvent, Reply
from jieda.policy import Language
from jieda.store.cursors import CursorInvalid
from jieda.store.ledger import Ledger
from jieda.store.notes import NoteBook
from jieda.store.tables import conversations
from jieda.store.transcripts import Filters, Transcripts

START = datetime(2026, 11, 20, 2, 0, tzinfo=timezone.utc)


@pytest.fixture
def transcripts(engine: Engine) -> Transcripts:
    return Transcripts(engine)


@pytest.fixture
def made(engine: Engine, ledger: Ledger) -> Callable[..., str]:
    """Makes a conversation in which the customer says that, some days after the first."""

    def make(*said: str, days: int = 0, intent: str = "billing_invoice", agent: str = "", **known: Any) -> str:
        at = START + timedelta(days=days)
        conversation_id = ledger.begin(Channel.WEB, at)
        for number, text in enumerate(said):
            seq = ledger.accept(conversation_id, f"m{number}", at, text=text).seq
            ledger.understood(conversation_id, seq, intent, 0.9)
        if agent:
            ledger.move(conversation_id, 0, Owner.ASSIGNED, actor=agent, reason="claim", at=at, agent=agent)
            ledger.write_as_agent(conversation_id, agent, "a1", "我来看看", at)
            ledger.move(conversation_id, 1, Owner.BOT, actor=agent, reason="return", at=at)
        with engine.begin() as connection:
            this = conversations.c.id == conversation_id
            connection.execute(update(conversations).where(this).values(updated_at=at, **known))
        return conversation_id

    return make


def ids(transcripts: Transcripts, **filters: Any) -> list[str]:
    return [each.conversation.id for each in transcripts.page(Filters(**filters)).summaries]


class TestFilters:
    def test_without_any_all_come_newest_first(self, transcripts: Transcripts, made: Callable[..., str]) -> None:
        old, new = made("发票"), made("发票", days=1)
        assert ids(transcripts) == [new, old]

    @pytest.mark.parametrize(
        ("filters", "wanted"),
        [
            ({"category": "billing"}, "ac"),
            ({"category": "billing", "language": "en"}, "c"),
            ({"severity": "critical"}, "b"),
            ({"channel": "web"}, "cba"),
            ({"agent": "王芳"}, "b"),
            ({"agent": "李明"}, ""),
            ({"fallback": True}, "b"),
            ({"fallback": False}, "ca"),
            ({"satisfaction": frozenset({1, 2})}, "b"),
            ({"satisfaction": frozenset({5})}, "a"),
            ({"since": START + timedelta(days=1)}, "cb"),
            ({"until": START + timedelta(days=1)}, "a"),
            ({"since": START + timedelta(days=1), "until": START + timedelta(days=2)}, "b"),
            ({"label": "升级"}, "c"),
            ({"words": "发票"}, "ca"),
            ({"words": "发票", "language": "zh"}, "a"),
            ({"words": "我来"}, "b"),
        ],
    )
    def test_each_narrows_the_list(
        self, engine: Engine, transcripts: Transcripts, made: Callable[..., str], filters: dict[str, Any], wanted: str
    ) -> None:
        names = {
            made("发票开错了", category="billing", language="zh", satisfaction=5): "a",
            made("登录不了", days=1, intent="nlu_fallback", agent="王芳", severity="critical", satisfaction=2): "b",
            made("invoice 发票", days=2, category="billing", language="en"): "c",
        }
        NoteBook(engine).label(next(each for each in names if names[each] == "c"), "升级", "王芳", at=START)
        found = [names[each] for each in ids(transcripts, **filters)]
        assert sorted(found) == sorted(wanted)
        if "words" not in filters:
            assert found == sorted(wanted, reverse=True)

    def test_with_words_the_message_that_has_them_is_shown(self, transcripts: Transcripts, made: Any) -> None:
        made("你好", "发票开错了", "谢谢")
        (summary,) = transcripts.page(Filters(words="发票")).summaries
        assert summary.excerpt == "发票开错了"

    def test_pages_follow_each_other_without_gap_or_repetition(
        self, transcripts: Transcripts, made: Callable[..., str]
    ) -> None:
        # Two began at each moment.
        wanted = {made("发票", days=number // 2) for number in range(7)}
        got: list[str] = []
        after = None
        while True:
            page = transcripts.page(Filters(), after, limit=2)
            got += [each.conversation.id for each in page.summaries]
            if (after := page.after) is None:
                break
        assert len(got) == len(wanted)
        assert set(got) == wanted

    @pytest.mark.parametrize("after", ["x", "WzFd", "WyIyMDI2LTExLTIwIiwgImEiXQ"])
    def test_a_cursor_that_no_page_gave_is_refused(self, transcripts: Transcripts, after: str) -> None:
        with pytest.raises(CursorInvalid):
            transcripts.page(Filters(), after)


class TestWhole:
    def test_a_summary_counts_and_names(self, engine: Engine, transcripts: Transcripts, made: Any) -> None:
        brief = Brief(Language.ZH, details={"contact_name": "李雷"}).to_json()
        conversation_id = made("发票", "嗯", intent="nlu_fallback", agent="王芳", brief=brief)
        NoteBook(engine).label(conversation_id, "升级", "王芳", at=START)
        summary = transcripts.of(conversation_id).summary
        assert (summary.messages, summary.not_understood, summary.excerpt) == (3, 2, "发票")
        assert (summary.names, summary.labels, summary.agents) == (("李雷",), ("升级",), ("王芳",))

    def test_events_are_whole_and_in_order(self, ledger: Ledger, transcripts: Transcripts, made: Any) -> None:
        conversation_id = made("发票", agent="王芳")
        ledger.write_as_system(conversation_id, Reply("谢谢"), START)
        events = transcripts.of(conversation_id).events
        assert [each.seq for each in events] == [1, 2, 3, 4, 5]
        kinds = [each.author.value if isinstance(each, MessageEvent) else each.owner.value for each in events]
        assert kinds == ["customer", "assigned", "agent", "bot", "system"]
        assert isinstance(events[1], OwnerEvent)

    def test_all_of_a_selection_is_read_step_by_step(self, transcripts: Transcripts, made: Any) -> None:
        wanted = [made("发票", days=number) for number in range(5)]
        got = [each.summary.conversation.id for each in transcripts.all(Filters(), step=2)]
        assert got == wanted[::-1]

    def test_one_that_is_not_there_is_unknown(self, transcripts: Transcripts) -> None:
        with pytest.raises(ConversationUnknown):
            transcripts.of("none")

    def test_agents_are_those_who_ever_talked(self, transcripts: Transcripts, made: Any) -> None:
        made("a", agent="王芳")
        made("b", agent="Tom")
        made("c", agent="王芳")
        assert transcripts.agents() == ["Tom", "王芳"]
