"""Who owns a conversation, as agents, customers and clocks change it: each move a compare-and-set on the version.

The rules stand in `jieda.conversations`; who may ask for a move is decided here, with the row locked. What the customer
is told of a move is written with it: a `Notice` words it from the conversation as it stands after the move.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.engine import Connection, Engine

from jieda.agents import Agent
from jieda.conversations import Author, Conversation, ConversationClosed, HeldInWeChat, MoveNotAllowed, Owner, Reply
from jieda.store.database import reading
from jieda.store.rows import (
    HOLD,
    append_reply,
    change_owner,
    conversation_row,
    expect_version,
    to_conversation,
)
from jieda.store.satisfaction import append_question
from jieda.store.tables import conversations
from jieda.store.wechat_tables import wechat_conversations

Notice = Callable[[Conversation], Sequence[Reply]]

_in_wechats_tools = exists().where(
    wechat_conversations.c.conversation_id == conversations.c.id, wechat_conversations.c.native_at.is_not(None)
)
"""WeChat itself watches over a session in its own tools, where our agents' signs of life mean nothing."""
_CUSTOMER, _CLOCK = "customer", "clock"
_SWEPT = 200


class Ownership:
    """Moves conversations. Each method is one transaction; times are given by the caller and bear a zone.

    All raise ConversationUnknown; those that name a version raise MoveConflict when it is no longer the one read.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- agents

    def claim(
        self, conversation_id: str, version: int, agent: Agent, *, at: datetime, reason: str, say: Notice
    ) -> Conversation:
        """The agent takes a conversation that no agent has. Raises MoveNotAllowed."""
        with self._engine.begin() as connection:
            row = _at_desk(connection, conversation_id, version)
            if row["owner"] == Owner.ASSIGNED.value:
                raise MoveNotAllowed(f"{row['agent']} has {conversation_id}")
            change_owner(connection, row, Owner.ASSIGNED, at, actor=agent.name, reason=reason, agent=agent.name)
            return _told(connection, row, at, say)

    def give_back(
        self, conversation_id: str, version: int, agent: Agent, *, at: datetime, reason: str, say: Notice
    ) -> Conversation:
        """To the bot, by the agent who holds it or a supervisor. Raises MoveNotAllowed."""
        with self._engine.begin() as connection:
            row = _at_desk(connection, conversation_id, version)
            _check_holds(row, agent)
            change_owner(connection, row, Owner.BOT, at, actor=agent.name, reason=reason)
            return _told(connection, row, at, say)

    def close(
        self,
        conversation_id: str,
        version: int,
        agent: Agent,
        *,
        at: datetime,
        reason: str,
        question: Callable[[Conversation], Reply],
    ) -> Conversation:
        """For good, by the agent who holds it or a supervisor; the customer is asked how satisfied they are.

        Raises MoveNotAllowed.
        """
        with self._engine.begin() as connection:
            row = _at_desk(connection, conversation_id, version)
            _check_holds(row, agent)
            # Before the move: whoever follows the conversation may stop at its end.
            append_question(connection, row, question(to_conversation(row)), at)
            change_owner(connection, row, Owner.CLOSED, at, actor=agent.name, reason=reason)
            return to_conversation(row)

    def transfer(
        self, conversation_id: str, version: int, agent: Agent, to: Agent, *, at: datetime, reason: str, say: Notice
    ) -> Conversation:
        """To another agent, by the one who holds it or a supervisor. Raises MoveNotAllowed."""
        with self._engine.begin() as connection:
            row = _at_desk(connection, conversation_id, version)
            if row["owner"] != Owner.ASSIGNED.value or row["agent"] == to.name:
                raise MoveNotAllowed(f"{conversation_id} is not {to.name}'s to get")
            _check_holds(row, agent)
            change_owner(connection, row, Owner.ASSIGNED, at, actor=agent.name, reason=reason, agent=to.name)
            return _told(connection, row, at, say)

    def heartbeat(self, agent: str, *, at: datetime) -> None:
        """The agent is there: everything they hold stays theirs a while longer."""
        held = and_(conversations.c.owner == Owner.ASSIGNED.value, conversations.c.agent == agent)
        with self._engine.begin() as connection:
            connection.execute(update(conversations).where(held).values(held_until=at + HOLD))

    # --- the customer

    def back_to_bot(self, conversation_id: str, *, at: datetime, say: Notice) -> Conversation:
        """The customer wants no person any more. Nothing changes while the bot has it. Raises ConversationClosed."""
        with self._engine.begin() as connection:
            row = conversation_row(connection, conversation_id, lock=True)
            if row["owner"] == Owner.CLOSED.value:
                raise ConversationClosed(conversation_id)
            if row["owner"] == Owner.BOT.value:
                return to_conversation(row)
            change_owner(connection, row, Owner.BOT, at, actor=_CUSTOMER, reason="customer_left")
            return _told(connection, row, at, say)

    def position(self, conversation_id: str) -> int | None:
        """The customer's place in the queue, from 1, by waiting time within their severity; None: not in it."""
        with reading(self._engine) as connection:
            row = conversation_row(connection, conversation_id)
            if row["owner"] != Owner.QUEUED.value:
                return None
            earlier = [conversations.c.waiting_since < row["waiting_since"]]
            before: Any = or_(conversations.c.at_front.is_(True), *earlier)
            if row["at_front"]:
                before = and_(conversations.c.at_front.is_(True), *earlier)
            elif row["severity"] == "critical":
                critical = conversations.c.severity == "critical"
                before = or_(conversations.c.at_front.is_(True), and_(critical, *earlier))
            else:
                before = or_(before, conversations.c.severity == "critical")
            others = and_(conversations.c.owner == Owner.QUEUED.value, conversations.c.id != conversation_id)
            found = connection.execute(select(func.count()).select_from(conversations).where(others, before))
            return int(found.scalar_one()) + 1

    # --- the clock

    def waited_since(self, before: datetime) -> list[Conversation]:
        """Those that wait in the queue since before that time, longest first."""
        waits = and_(
            conversations.c.owner == Owner.QUEUED.value, conversations.c.waiting_since <= before, ~_in_wechats_tools
        )
        return self._some(waits, conversations.c.waiting_since)

    def held_past(self, now: datetime) -> list[Conversation]:
        """Those whose agent gave no sign of life in time."""
        silent = and_(
            conversations.c.owner == Owner.ASSIGNED.value, conversations.c.held_until <= now, ~_in_wechats_tools
        )
        return self._some(silent, conversations.c.held_until)

    def give_up_waiting(self, waiting: Conversation, *, at: datetime, say: Notice) -> Conversation:
        """Nobody came: the bot has the conversation again."""
        with self._engine.begin() as connection:
            row = _expected(connection, waiting.id, waiting.version)
            change_owner(connection, row, Owner.BOT, at, actor=_CLOCK, reason="queue_timeout")
            return _told(connection, row, at, say)

    def queue_again(self, held: Conversation, *, at: datetime, say: Notice) -> Conversation:
        """The agent went silent: at the front of the queue; unless a sign of life came after all."""
        with self._engine.begin() as connection:
            row = _expected(connection, held.id, held.version)
            if row["held_until"] is None or row["held_until"] > at:
                return to_conversation(row)
            change_owner(connection, row, Owner.QUEUED, at, actor=_CLOCK, reason="agent_silent", at_front=True)
            return _told(connection, row, at, say)

    def _some(self, where: Any, order: Any) -> list[Conversation]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(conversations).where(where).order_by(order).limit(_SWEPT)).mappings()
            return [to_conversation(row) for row in rows]


def _at_desk(connection: Connection, conversation_id: str, version: int) -> dict[str, Any]:
    """The conversation, for an agent of ours to move. Raises HeldInWeChat."""
    row = _expected(connection, conversation_id, version)
    if connection.execute(select(_in_wechats_tools).where(conversations.c.id == conversation_id)).scalar():
        raise HeldInWeChat(f"a session in WeChat's own tools is open in {conversation_id}")
    return row


def _expected(connection: Connection, conversation_id: str, version: int) -> dict[str, Any]:
    row = conversation_row(connection, conversation_id, lock=True)
    expect_version(row, version)
    return row


def _check_holds(row: dict[str, Any], agent: Agent) -> None:
    """Raises MoveNotAllowed."""
    holds = row["owner"] == Owner.ASSIGNED.value and row["agent"] == agent.name
    watches = agent.is_supervisor and row["owner"] in (Owner.ASSIGNED.value, Owner.QUEUED.value)
    if not (holds or watches):
        raise MoveNotAllowed(f"{agent.name} does not hold {row['id']}")


def _told(connection: Connection, row: dict[str, Any], at: datetime, say: Notice) -> Conversation:
    moved = to_conversation(row)
    for reply in say(moved):
        append_reply(connection, row, at, Author.SYSTEM, reply)
    return moved
