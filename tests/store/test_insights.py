"""Figures of a span of time are those of what happened in it; on either database."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.engine import Engine

from jieda.cases import CaseRequest
from jieda.clock import CHINA
from jieda.conversations import Channel, Owner
from jieda.policy import Category, Language
from jieda.reviews import Verdict
from jieda.store.cases import CaseBook
from jieda.store.insights import Day, FirstResponses, InsightBook, quantile
from jieda.store.ledger import Ledger
from jieda.store.reviews import ReviewBook
from jieda.store.tables import conversations

FIRST, LAST = date(2026, 11, 18), date(2026, 11, 20)
NOON = datetime(2026, 11, 19, 12, 0, tzinfo=CHINA)


@pytest.fixture
def book(engine: Engine) -> InsightBook:
    return InsightBook(engine)


@pytest.fixture
def begun(engine: Engine, ledger: Ledger) -> Any:
    """A conversation that began then, in which the customer said something."""

    def make(at: datetime = NOON, said: str | None = "发票", intent: str = "billing_renew", **known: Any) -> str:
        conversation_id = ledger.begin(Channel.WEB, at)
        if said is not None:
            seq = ledger.accept(conversation_id, "m", at, text=said).seq
            ledger.understood(conversation_id, seq, intent, 0.9)
        if known:
            with engine.begin() as connection:
                connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(known))
        return conversation_id

    return make


def move(ledger: Ledger, conversation_id: str, *moves: tuple[Owner, int]) -> None:
    """Moves so many seconds after noon."""
    for owner, seconds in moves:
        version = ledger.conversation(conversation_id).version
        agent = "王芳" if owner is Owner.ASSIGNED else None
        at = NOON + timedelta(seconds=seconds)
        ledger.move(conversation_id, version, owner, actor="a", reason="r", at=at, agent=agent)


def case(book: CaseBook, conversation_id: str, opened_at: datetime = NOON) -> str:
    request = CaseRequest(conversation_id, Language.ZH, Category.BILLING, "x", "李雷", "示例", contact_email="a@b.cn")
    due_at = opened_at + timedelta(hours=8)
    return book.open(request, key=conversation_id + str(opened_at), opened_at=opened_at, due_at=due_at).number


class TestVolume:
    def test_days_are_those_of_china_and_none_is_left_out(self, book: InsightBook, ledger: Ledger, begun: Any) -> None:
        begun(datetime(2026, 11, 18, 23, 59, 59, tzinfo=CHINA))
        move(ledger, begun(datetime(2026, 11, 19, 0, 0, tzinfo=CHINA)), (Owner.QUEUED, 0))
        begun(datetime(2026, 11, 17, 23, 59, 59, tzinfo=CHINA))
        begun(datetime(2026, 11, 21, 0, 0, tzinfo=CHINA))
        days = book.over(FIRST, LAST, NOON).days
        assert days == (Day(FIRST, 1, 0), Day(date(2026, 11, 19), 1, 1), Day(LAST, 0, 0))

    def test_by_category_and_language_the_most_frequent_first(self, book: InsightBook, begun: Any) -> None:
        for category, language in (("billing", "zh"), ("billing", "en"), (None, "zh")):
            begun(category=category, language=language)
        found = book.over(FIRST, LAST, NOON)
        assert found.categories == (("billing", 2), ("", 1))
        assert dict(found.languages) == {"zh": 2, "en": 1}
        assert found.channels == (("web", 3),)
        assert found.conversations == 3

    def test_solved_is_what_needed_no_person_and_no_case(
        self, book: InsightBook, ledger: Ledger, case_book: CaseBook, begun: Any
    ) -> None:
        begun()
        move(ledger, begun(), (Owner.QUEUED, 0), (Owner.BOT, 60))
        case(case_book, begun())
        begun(said=None)
        # As erasure closes it.
        move(ledger, begun(), (Owner.CLOSED, 60))
        found = book.over(FIRST, LAST, NOON)
        assert (found.talked, found.solved, found.solved_share) == (4, 2, 0.5)

    def test_of_nothing_there_are_no_shares(self, book: InsightBook) -> None:
        found = book.over(FIRST, LAST, NOON)
        assert (found.solved_share, found.satisfaction, found.waiting.median) == (None, None, None)
        assert found.first_responses.share is None


class TestWaiting:
    def test_it_is_counted_from_the_wish_to_the_agent(self, book: InsightBook, ledger: Ledger, begun: Any) -> None:
        move(ledger, begun(), (Owner.QUEUED, 0), (Owner.ASSIGNED, 30), (Owner.ASSIGNED, 500))
        move(
            ledger,
            begun(),
            (Owner.QUEUED, 0),
            (Owner.ASSIGNED, 90),
            (Owner.BOT, 95),
            (Owner.QUEUED, 100),
            (Owner.ASSIGNED, 110),
        )
        move(ledger, begun(), (Owner.QUEUED, 0), (Owner.BOT, 180))
        move(ledger, begun(), (Owner.QUEUED, 0))
        waiting = book.over(FIRST, LAST, NOON).waiting
        assert sorted(waiting.seconds) == [10, 30, 90]
        assert (waiting.median, waiting.gave_up) == (30, 1)

    def test_whom_an_agent_left_waits_anew(self, book: InsightBook, ledger: Ledger, begun: Any) -> None:
        move(ledger, begun(), (Owner.QUEUED, 0), (Owner.ASSIGNED, 30), (Owner.QUEUED, 300), (Owner.ASSIGNED, 320))
        assert sorted(book.over(FIRST, LAST, NOON).waiting.seconds) == [20, 30]

    def test_quantiles_lie_between_values_in_proportion(self) -> None:
        assert quantile([], 0.5) is None
        assert quantile([7], 0.9) == 7
        assert quantile([4, 1, 3, 2], 0.5) == 2.5
        assert quantile(range(11), 0.9) == 9


class TestService:
    def test_first_responses_in_time_late_overdue_and_to_come(
        self, book: InsightBook, case_book: CaseBook, begun: Any
    ) -> None:
        kept, late, overdue, to_come = (
            case(case_book, begun(), NOON + timedelta(minutes=minutes)) for minutes in (0, 1, -600, 3)
        )
        case_book.acknowledge(kept, at=NOON + timedelta(hours=8), by="王芳")
        case_book.acknowledge(late, at=NOON + timedelta(hours=8, minutes=2), by="王芳")
        assert overdue != to_come
        found = book.over(FIRST, LAST, NOON).first_responses
        assert found == FirstResponses(kept=1, missed=2, running=1)
        assert found.share == pytest.approx(1 / 3)

    def test_satisfaction_is_the_mean_of_the_ratings(self, book: InsightBook, begun: Any) -> None:
        for rating in (5, 5, 2, None):
            begun(satisfaction=rating)
        found = book.over(FIRST, LAST, NOON)
        assert found.ratings == ((5, 2), (4, 0), (3, 0), (2, 1), (1, 0))
        assert found.satisfaction == 4


class TestUnderstanding:
    def test_what_was_not_understood_most_comes_first_and_is_masked(self, book: InsightBook, begun: Any) -> None:
        for said in ("嗯？", "嗯？", "打 13800138000"):
            begun(said=said, intent="nlu_fallback")
        begun(said="发票")
        assert book.over(FIRST, LAST, NOON).misunderstood == (("嗯？", 2), ("打 +86138****8000", 1))

    def test_what_reviewers_corrected(self, engine: Engine, book: InsightBook, begun: Any) -> None:
        reviews = ReviewBook(engine)
        for _ in range(2):
            reviews.say(begun(), 1, Verdict.CORRECTED, "王芳", at=NOON, intent="billing_cancel")
        reviews.say(begun(), 1, Verdict.WRONG, "王芳", at=NOON)
        assert book.over(FIRST, LAST, NOON).corrected == (("billing_renew", "billing_cancel", 2),)
