"""A customer is forgotten: nothing of what they said or who they are is left in the database; on either database."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import Engine

from jieda.brief import Brief
from jieda.cases import CaseRequest, NoteAuthor
from jieda.conversations import Button, Channel, ConversationUnknown, MessageEvent, Owner, Reply
from jieda.policy import Category, Language
from jieda.reviews import Verdict
from jieda.store.attachments import AttachmentBook
from jieda.store.cases import CaseBook
from jieda.store.erasure import Erasure
from jieda.store.ledger import Ledger
from jieda.store.notes import NoteBook
from jieda.store.reviews import ReviewBook
from jieda.store.tables import metadata
from jieda.store.transcripts import Filters, Transcripts
from jieda.store.wechat import Trigger, WeChatBook
from jieda.store.wechat_rows import Cursor
from jieda.store.wechat_rows import Path as Way

START = datetime(2026, 11, 20, 2, 0, tzinfo=timezone.utc)
SECRETS = ("李雷", "13800138000", "lilei@", "示例", "秘密", "secret")


@pytest.fixture
def trackers(tmp_path: Path) -> Engine:
    """Rasa's tracker store."""
    engine = create_engine(f"sqlite:///{tmp_path / 'tracker.db'}", future=True)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id VARCHAR(255), data TEXT)"))
    return engine


@pytest.fixture
def erasure(engine: Engine, trackers: Engine, tmp_path: Path) -> Erasure:
    return Erasure(engine, trackers, tmp_path)


@pytest.fixture
def known(engine: Engine, trackers: Engine, ledger: Ledger, case_book: CaseBook) -> str:
    """A customer who told everything everywhere."""
    conversation_id = ledger.begin(Channel.WEB, START, page="https://example.com/?user=secret")
    ledger.accept(conversation_id, "m1", START, text="我叫李雷，电话 138-0013-8000，秘密")
    turn = ledger.next_turn(conversation_id, START)
    assert turn is not None
    brief = Brief(
        Language.ZH, category="billing", details={"contact_name": "李雷", "contact_email": "lilei@example.com"}
    )
    ledger.hand_off(conversation_id, 1, brief)
    ledger.understood(conversation_id, 1, "answer_details", 0.9)
    ledger.answer(turn, [Reply("李雷您好", (Button("秘密按钮", "/secret"),))], START)
    ledger.move(conversation_id, 1, Owner.ASSIGNED, actor="王芳", reason="李雷的事", at=START, agent="王芳")
    ledger.write_as_agent(conversation_id, "王芳", "a1", "李雷，请稍等", START)
    NoteBook(engine).add(conversation_id, "王芳", "李雷很急", at=START)
    NoteBook(engine).label(conversation_id, "李雷", "王芳", at=START)
    ReviewBook(engine).say(conversation_id, 1, Verdict.RIGHT, "王芳", at=START)
    request = CaseRequest(
        conversation_id,
        Language.ZH,
        Category.BILLING,
        "秘密的发票",
        "李雷",
        "示例公司",
        contact_phone="+8613800138000",
        contact_email="lilei@example.com",
    )
    case = case_book.open(request, key="k", opened_at=START, due_at=START)
    case_book.add_note(case.number, NoteAuthor.CUSTOMER, "秘密补充", key="n", at=START)
    wechat = WeChatBook(engine)
    wechat.adopt("official:main", "secret-openid", conversation_id, START)
    wechat.take_in("official:main", "secret-openid", "m:1", conversation_id, START, START, Trigger.MESSAGE)
    wechat.claim("official:main", "m:1", conversation_id, Cursor(0), Cursor(2), "<xml>李雷您好</xml>", START)
    with trackers.begin() as connection:
        for sender in (conversation_id, "other"):
            connection.execute(text("INSERT INTO events (sender_id, data) VALUES (:s, '李雷')"), {"s": sender})
    return conversation_id


def everything(engine: Engine) -> str:
    """All that the tables hold."""
    with engine.connect() as connection:
        return "\n".join(str(row) for table in metadata.sorted_tables for row in connection.execute(select(table)))


class TestErasing:
    def test_nothing_personal_is_left_anywhere(
        self, engine: Engine, trackers: Engine, erasure: Erasure, known: str
    ) -> None:
        assert all(secret in everything(engine) for secret in ("李雷", "示例", "秘密", "secret"))
        assert erasure.erase([known], at=START, actor="command line", reason="asked for") == 1
        left = everything(engine)
        assert [secret for secret in SECRETS if secret in left] == []
        assert Transcripts(engine).page(Filters(words="李雷")).summaries == []
        with trackers.connect() as connection:
            assert connection.execute(text("SELECT sender_id FROM events")).scalars().all() == ["other"]

    def test_what_wechat_tells_of_once_more_is_known_still(self, engine: Engine, erasure: Erasure, known: str) -> None:
        erasure.erase([known], at=START, actor="command line", reason="asked for")
        book = WeChatBook(engine)
        pushed = book.pushed("official:main", "m:1")
        assert pushed is not None
        assert (pushed.path, pushed.reply) == (Way.PASSIVE, None)
        assert book.conversation_of("official:main", "secret-openid") is None

    def test_what_the_record_needs_stays(
        self, engine: Engine, ledger: Ledger, case_book: CaseBook, erasure: Erasure, known: str
    ) -> None:
        case = case_book.latest_of(known)
        assert case is not None
        before = ledger.events(known)
        erasure.erase([known], at=START, actor="command line", reason="asked for")
        after = ledger.events(known)
        assert [(each.seq, each.at) for each in after[: len(before)]] == [(each.seq, each.at) for each in before]
        first = after[0]
        assert isinstance(first, MessageEvent)
        assert (first.text, first.intent, first.confidence) == ("", "answer_details", 0.9)
        kept = case_book.find(case.number)
        assert kept is not None
        assert (kept.opened_at, kept.due_at, kept.request.category) == (case.opened_at, case.due_at, Category.BILLING)
        assert Transcripts(engine).of(known).summary.erased

    def test_an_open_conversation_is_closed_and_stays_silent(self, ledger: Ledger, erasure: Erasure) -> None:
        conversation_id = ledger.begin(Channel.WEB, START)
        ledger.accept(conversation_id, "m1", START, text="秘密")
        erasure.erase([conversation_id], at=START, actor="a", reason="asked for")
        assert ledger.conversation(conversation_id).owner is Owner.CLOSED
        assert ledger.unanswered() == []

    def test_again_changes_nothing(self, engine: Engine, erasure: Erasure, known: str) -> None:
        erasure.erase([known], at=START, actor="a", reason="asked for")
        before = everything(engine)
        assert erasure.erase([known], at=START + timedelta(days=1), actor="a", reason="asked for") == 0
        assert everything(engine) == before

    def test_one_that_is_not_there_is_unknown(self, erasure: Erasure) -> None:
        with pytest.raises(ConversationUnknown):
            erasure.erase(["none"], at=START, actor="a", reason="asked for")

    def test_files_that_were_sent_go_too(
        self, engine: Engine, ledger: Ledger, erasure: Erasure, known: str, tmp_path: Path
    ) -> None:
        book = AttachmentBook(engine, tmp_path)
        mine, others = (
            book.want(each, 1, "official:main", "m1", START) for each in (known, ledger.begin(Channel.WECHAT, START))
        )
        for each in (mine, others):
            book.keep(each, b"GIF89a")
        erasure.erase([known], at=START, actor="a", reason="asked for")
        assert (book.file(mine).exists(), book.file(others).exists()) == (False, True)
        assert (book.find(mine), book.of(known)) == (None, [])


class TestFinding:
    @pytest.mark.parametrize("said", ["打 138-0013-8000", "１３８ 0013 ８０００", "+86 13800138000", "138 001 380 00"])
    def test_by_a_number_however_it_was_written(self, ledger: Ledger, erasure: Erasure, said: str) -> None:
        wanted, other = ledger.begin(Channel.WEB, START), ledger.begin(Channel.WEB, START)
        ledger.accept(wanted, "m", START, text=said)
        ledger.accept(other, "m", START, text="打 13900139000")
        assert erasure.conversations_of(phone="+8613800138000") == [wanted]

    def test_by_an_address_in_any_case(self, ledger: Ledger, erasure: Erasure) -> None:
        wanted, other = ledger.begin(Channel.WEB, START), ledger.begin(Channel.WEB, START)
        ledger.accept(wanted, "m", START, text="写给 Li_Lei@Example.com 吧")
        ledger.accept(other, "m", START, text="liXlei@example.com, not_li_lei@example.com")
        assert erasure.conversations_of(email="li_lei@example.com") == [wanted]

    def test_by_what_a_case_has(self, ledger: Ledger, case_book: CaseBook, erasure: Erasure) -> None:
        wanted = ledger.begin(Channel.WEB, START)
        request = CaseRequest(
            wanted, Language.ZH, Category.BILLING, "x", "李雷", "示例", contact_phone="+8613800138000"
        )
        case_book.open(request, key="k", opened_at=START, due_at=START)
        assert erasure.conversations_of(phone="+8613800138000") == [wanted]
        assert erasure.conversations_of(phone="+8613900139000") == []


class TestAge:
    def test_old_ones_are_found_but_not_where_somebody_waits(
        self, ledger: Ledger, case_book: CaseBook, erasure: Erasure
    ) -> None:
        old, new, queued, with_case = (
            ledger.begin(Channel.WEB, START - timedelta(days=days)) for days in (40, 1, 40, 40)
        )
        ledger.move(queued, 0, Owner.QUEUED, actor="bot", reason="asked", at=START - timedelta(days=39))
        request = CaseRequest(with_case, Language.ZH, Category.BILLING, "x", "李雷", "示例", contact_email="a@b.cn")
        case = case_book.open(request, key="k", opened_at=START, due_at=START)
        before = START - timedelta(days=30)
        assert erasure.older_than(before) == [old]
        case_book.resolve(case.number, at=START, by="王芳")
        assert set(erasure.older_than(before)) == {old, with_case}
        erasure.erase(erasure.older_than(before), at=START, actor="retention", reason="older than 30 days")
        assert erasure.older_than(before) == []
        assert ledger.conversation(new).owner is Owner.BOT
