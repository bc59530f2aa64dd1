"""The desk's lists: in which order, and what a row tells."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy.engine import Engine

from jieda.agents import Agent, Role
from jieda.conversations import Channel, Owner, Reply
from jieda.hours import support_hours
from jieda.policy import Language
from jieda.store.ledger import Ledger
from jieda.store.ownership import Ownership
from jieda.store.queue import SNIPPET, CursorInvalid, Queue, View

MORNING = datetime(2026, 3, 16, 2, 0, tzinfo=timezone.utc)
AMY = Agent("amy", Role.AGENT, Language.EN)


@pytest.fixture
def queue(engine: Engine) -> Queue:
    return Queue(engine, support_hours())


def begun(ledger: Ledger, minute: int, text: str = "hello", severity: str | None = None) -> str:
    """A conversation that waits since that minute."""
    at = MORNING + timedelta(minutes=minute)
    conversation = ledger.begin(Channel.WEB, at)
    ledger.accept(conversation, "1", at, text=text)
    ledger.describe(conversation, severity=severity)
    ledger.move(conversation, 0, Owner.QUEUED, actor="bot", reason="asked", at=at)
    return conversation


def claim(engine: Engine, conversation: str, minute: int) -> None:
    Ownership(engine).claim(
        conversation, 1, AMY, at=MORNING + timedelta(minutes=minute), reason="claim", say=lambda _: [Reply("joined")]
    )


def test_the_queue_goes_by_severity_then_by_time_left(ledger: Ledger, queue: Queue) -> None:
    calm, later = begun(ledger, 0), begun(ledger, 1)
    grave = begun(ledger, 2, severity="critical")
    listed = queue.listed(View.WAITING, "amy").listed
    assert [each.conversation.id for each in listed] == [grave, calm, later]
    assert listed[0].due_at == MORNING + timedelta(hours=1, minutes=2)
    assert queue.counts("amy").critical == (grave,)


def test_a_row_tells_what_the_customer_said_last_and_whether_an_answer_is_awaited(
    engine: Engine, ledger: Ledger, queue: Queue
) -> None:
    conversation = begun(ledger, 0, "first")
    claim(engine, conversation, 1)
    assert not queue.listed(View.MINE, "amy").listed[0].customer_last
    assert queue.counts("amy").awaiting == ()
    ledger.accept(conversation, "2", MORNING + timedelta(minutes=2), text="second " + "x" * 200)
    row = queue.listed(View.MINE, "amy").listed[0]
    assert row.snippet.startswith("second x")
    assert len(row.snippet) >= SNIPPET, "masked first and cut then (gateway/desk/shown.py)"
    assert row.customer_last
    assert queue.counts("amy").awaiting == (conversation,)
    assert queue.counts("bob").awaiting == ()
    ledger.write_as_agent(conversation, "amy", "a", "answer", MORNING + timedelta(minutes=3))
    assert queue.counts("amy").awaiting == ()


@pytest.mark.parametrize("view", [View.WAITING, View.ALL])
def test_a_long_list_comes_in_pages_each_row_once(ledger: Ledger, queue: Queue, view: View) -> None:
    made = {begun(ledger, minute) for minute in range(7)}
    found: list[str] = []
    after = None
    while True:
        page = queue.listed(view, "amy", after=after, limit=3)
        found += [each.conversation.id for each in page.listed]
        if (after := page.after) is None:
            break
    assert len(found) == len(made) == 7
    assert set(found) == made


@pytest.mark.parametrize("after", ["nonsense", "e30", "WyJ4Il0"])
def test_a_cursor_that_was_not_given_out_is_refused(queue: Queue, after: str) -> None:
    for view in (View.WAITING, View.ALL):
        with pytest.raises(CursorInvalid):
            queue.listed(view, "amy", after=after)
