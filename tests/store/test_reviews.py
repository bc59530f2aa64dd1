"""Reviews of customers' messages; on either database."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.engine import Engine

from jieda.conversations import Channel, ConversationUnknown, Reply
from jieda.reviews import ReviewNotAllowed, Verdict
from jieda.store.cursors import CursorInvalid
from jieda.store.ledger import Ledger
from jieda.store.reviews import ReviewBook, Worklist

START = datetime(2026, 11, 20, 2, 0, tzinfo=timezone.utc)


@pytest.fixture
def book(engine: Engine) -> ReviewBook:
    return ReviewBook(engine)


@pytest.fixture
def conversation(ledger: Ledger) -> str:
    """1: an invoice, understood; 2: not understood; 3: said to a person; 4: from the system."""
    conversation_id = ledger.begin(Channel.WEB, START)
    for number, text in enumerate(("发票开错了", "嗯嗯", "价格多少"), 1):
        ledger.accept(conversation_id, f"m{number}", START + timedelta(minutes=number), text=text)
    ledger.understood(conversation_id, 1, "billing_invoice", 0.9)
    ledger.understood(conversation_id, 2, "nlu_fallback", 0.2)
    ledger.write_as_system(conversation_id, Reply("谢谢"), START)
    return conversation_id


def texts(book: ReviewBook, worklist: Worklist) -> list[str]:
    return [each.text for each in book.listed(worklist)[0]]


class TestSaying:
    def test_right_names_what_the_bot_took_it_for(self, book: ReviewBook, conversation: str) -> None:
        said = book.say(conversation, 1, Verdict.RIGHT, "王芳", at=START)
        assert (said.review and said.review.intent, said.understood) == ("billing_invoice", "billing_invoice")

    def test_wrong_names_none_until_the_right_one_is_chosen(self, book: ReviewBook, conversation: str) -> None:
        book.say(conversation, 1, Verdict.WRONG, "王芳", at=START)
        assert book.of(conversation)[1].intent is None
        book.say(conversation, 1, Verdict.CORRECTED, "李明", at=START, intent="billing_price")
        assert list(book.of(conversation)) == [1]
        assert (book.of(conversation)[1].intent, book.of(conversation)[1].agent) == ("billing_price", "李明")

    def test_what_was_said_to_a_person_only_by_naming_its_intent(self, book: ReviewBook, conversation: str) -> None:
        for verdict in (Verdict.RIGHT, Verdict.WRONG):
            with pytest.raises(ReviewNotAllowed):
                book.say(conversation, 3, verdict, "王芳", at=START)
        book.say(conversation, 3, Verdict.CORRECTED, "王芳", at=START, intent="presales_price")
        assert [each.text for each in book.ready()] == ["价格多少"]

    def test_not_understood_is_never_right(self, book: ReviewBook, conversation: str) -> None:
        with pytest.raises(ReviewNotAllowed):
            book.say(conversation, 2, Verdict.RIGHT, "王芳", at=START)

    @pytest.mark.parametrize("seq", [4, 5, 0])
    def test_only_customers_messages_are_reviewed(self, book: ReviewBook, conversation: str, seq: int) -> None:
        with pytest.raises(ReviewNotAllowed):
            book.say(conversation, seq, Verdict.CORRECTED, "王芳", at=START, intent="billing_price")

    def test_one_of_no_conversation_is_refused(self, book: ReviewBook) -> None:
        with pytest.raises(ConversationUnknown):
            book.say("none", 1, Verdict.WRONG, "王芳", at=START)

    def test_it_can_be_taken_back(self, book: ReviewBook, conversation: str) -> None:
        book.say(conversation, 1, Verdict.WRONG, "王芳", at=START)
        assert book.withdraw(conversation, 1).review is None
        assert book.of(conversation) == {}


class TestWorklists:
    def test_a_message_moves_from_list_to_list(self, book: ReviewBook, conversation: str) -> None:
        assert texts(book, Worklist.UNSEEN) == ["嗯嗯"]
        book.say(conversation, 2, Verdict.WRONG, "王芳", at=START)
        assert (texts(book, Worklist.UNSEEN), texts(book, Worklist.WRONG)) == ([], ["嗯嗯"])
        book.say(conversation, 2, Verdict.CORRECTED, "王芳", at=START, intent="answer_yes")
        assert (texts(book, Worklist.WRONG), texts(book, Worklist.READY)) == ([], ["嗯嗯"])
        book.mark_exported(book.ready(), at=START)
        assert (texts(book, Worklist.READY), texts(book, Worklist.EXPORTED)) == ([], ["嗯嗯"])
        assert book.ready() == []
        assert [each.text for each in book.ready(again=True)] == ["嗯嗯"]

    def test_what_is_said_anew_is_exported_anew(self, book: ReviewBook, conversation: str) -> None:
        book.say(conversation, 1, Verdict.RIGHT, "王芳", at=START)
        book.mark_exported(book.ready(), at=START)
        book.say(conversation, 1, Verdict.CORRECTED, "王芳", at=START, intent="billing_price")
        assert [each.review and each.review.intent for each in book.ready()] == ["billing_price"]

    def test_pages_follow_each_other(self, ledger: Ledger, book: ReviewBook) -> None:
        conversation_id = ledger.begin(Channel.WEB, START)
        for number in range(5):
            seq = ledger.accept(conversation_id, f"m{number}", START, text=f"嗯{number}").seq
            ledger.understood(conversation_id, seq, "nlu_fallback", 0.1)
        got: list[str] = []
        after = None
        while True:
            page, after = book.listed(Worklist.UNSEEN, after, limit=2)
            got += [each.text for each in page]
            if after is None:
                break
        assert got == ["嗯4", "嗯3", "嗯2", "嗯1", "嗯0"]
        with pytest.raises(CursorInvalid):
            book.listed(Worklist.UNSEEN, "x")
