"""The conversation ledger: everything said in a conversation, numbered, and who owns it.

What a customer sends is here before it is acknowledged. Each method is one transaction; writes to a conversation
follow one another (a row lock on PostgreSQL, the write lock of SQLite).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Engine

from jieda.brief import Brief
from jieda.conversations import (
    Author,
    Channel,
    Choice,
    ChoiceUnknown,
    Conversation,
    ConversationClosed,
    Event,
    MoveNotAllowed,
    Owner,
    Reply,
    Turn,
)
from jieda.policy import Language
from jieda.store.database import reading
from jieda.store.rows import (
    append,
    append_reply,
    change_owner,
    conversation_row,
    expect_version,
    same,
    settle_unsaid,
    storable,
    to_conversation,
    to_event,
)
from jieda.store.satisfaction import Said, append_question, keep_rating
from jieda.store.tables import choices, conversations, events, turns

_OFFERS = {Author.BOT.value, Author.SYSTEM.value}
_EVENTS = (
    select(events)
    .where(events.c.conversation_id == bindparam("conversation_id"), events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("limit"))
)
_CHOICES = (
    select(choices)
    .where(choices.c.conversation_id == bindparam("conversation_id"), choices.c.seq > bindparam("after"))
    .order_by(choices.c.seq, choices.c.position)
)
_INTENTS = select(events.c.seq, events.c.intent, events.c.confidence).where(
    events.c.conversation_id == bindparam("conversation_id"),
    events.c.seq.in_(bindparam("seqs", expanding=True)),
    events.c.intent.isnot(None),
)
_HELD = conversations.c.leased_by == bindparam("holder")
_LEASE = (
    update(conversations)
    .where(
        conversations.c.id == bindparam("conversation_id"),
        or_(conversations.c.leased_by.is_(None), _HELD, conversations.c.leased_until < bindparam("now")),
    )
    .values(leased_by=bindparam("holder"), leased_until=bindparam("until"))
)
_RELEASE = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation_id"), _HELD)
    .values(leased_by=None, leased_until=None)
)
_WRITTEN = select(events.c.seq).where(
    events.c.conversation_id == bindparam("conversation_id"),
    events.c.author == bindparam("author"),
    events.c.client_message_id == bindparam("client_message_id"),
)


@dataclass(frozen=True)
class Accepted:
    """A message stands in the ledger under `seq`; `fresh` is false when it stood there already.

    `owner` had the conversation; `said` is set where neither bot nor agent is to answer.
    """

    seq: int
    fresh: bool
    said: Said | None = field(default=None, compare=False)
    owner: Owner | None = field(default=None, compare=False)

    @property
    def for_bot(self) -> bool:
        """Whether the bot may owe an answer: it does not to what is said to a person."""
        return self.owner in (None, Owner.BOT)


class Ledger:
    """Conversations and their events. Times are given by the caller and bear a zone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def check(self) -> None:
        """Raises SQLAlchemyError when the database does not answer."""
        with reading(self._engine) as connection:
            connection.execute(select(conversations.c.id).limit(1))

    # --- conversations

    def begin(self, channel: Channel, at: datetime, language: Language | None = None, page: str | None = None) -> str:
        """A new conversation, owned by the bot; returns its id, which cannot be guessed."""
        conversation_id = _new_id()
        with self._engine.begin() as connection:
            connection.execute(
                insert(conversations).values(
                    id=conversation_id,
                    channel=channel.value,
                    page=page,
                    language=language and language.value,
                    owner=Owner.BOT.value,
                    version=0,
                    next_seq=1,
                    created_at=at,
                    updated_at=at,
                )
            )
        return conversation_id

    def conversation(self, conversation_id: str) -> Conversation:
        """Raises ConversationUnknown."""
        with reading(self._engine) as connection:
            return to_conversation(conversation_row(connection, conversation_id))

    def describe(self, conversation_id: str, **known: str | None) -> None:
        """Keeps what is known of a conversation: `language`, `category`, `severity`."""
        with self._engine.begin() as connection:
            connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(known))

    def move(
        self,
        conversation_id: str,
        version: int,
        owner: Owner,
        *,
        actor: str,
        reason: str,
        at: datetime,
        agent: str | None = None,
    ) -> Conversation:
        """Gives a conversation to another owner, if its version is still the one read; the move is kept for good.

        What the bot has not begun to answer is for the new owner, whoever it comes back to: those turns are settled.
        Raises ConversationUnknown, MoveConflict, MoveNotAllowed.
        """
        with self._engine.begin() as connection:
            row = conversation_row(connection, conversation_id, lock=True)
            expect_version(row, version)
            change_owner(connection, row, owner, at, actor=actor, reason=reason, agent=agent)
            return to_conversation(row)

    # --- events

    def accept(
        self,
        conversation_id: str,
        client_message_id: str,
        at: datetime,
        *,
        text: str | None = None,
        choice: str | None = None,
        payload: str | None = None,
        owed: bool = True,
    ) -> Accepted:
        """Takes in a customer's message, or the choice of a button, once for each client message id.

        While the bot owns the conversation it owes an answer from then on, unless the channel answers by itself
        (`owed` is false). `payload` is what an event that the channel vouches for means to Rasa; `text` tells it to
        people. Raises ConversationUnknown, ConversationClosed, ChoiceUnknown.
        """
        with self._engine.begin() as connection:
            row = conversation_row(connection, conversation_id, lock=True)
            client_message_id = storable(connection, client_message_id)
            known = _written(connection, conversation_id, Author.CUSTOMER, client_message_id)
            if known is not None:
                return Accepted(known, fresh=False)
            if choice is not None:
                text, payload = _chosen(connection, row, choice)
            assert text is not None
            said = keep_rating(connection, row, text, payload)
            if row["owner"] == Owner.CLOSED.value and said is None:
                raise ConversationClosed(conversation_id)
            seq = append(
                connection,
                row,
                at,
                type="message",
                author=Author.CUSTOMER.value,
                text=storable(connection, text),
                client_message_id=client_message_id,
            )
            if owed and row["owner"] == Owner.BOT.value and said is None:
                owes = {"conversation_id": conversation_id, "seq": seq, "payload": payload, "attempts": 0}
                connection.execute(insert(turns), owes)
            return Accepted(seq, fresh=True, said=said, owner=Owner(row["owner"]))

    def write_as_agent(
        self, conversation_id: str, agent: str, client_message_id: str, text: str, at: datetime
    ) -> Accepted:
        """A message of the agent who holds the conversation, once for each client message id.

        Raises ConversationUnknown, MoveNotAllowed.
        """
        with self._engine.begin() as connection:
            row = conversation_row(connection, conversation_id, lock=True)
            client_message_id = storable(connection, client_message_id)
            known = _written(connection, conversation_id, Author.AGENT, client_message_id)
            if known is not None:
                return Accepted(known, fresh=False)
            if row["owner"] != Owner.ASSIGNED.value or row["agent"] != agent:
                raise MoveNotAllowed(f"{agent} does not hold {conversation_id}")
            seq = append(
                connection,
                row,
                at,
                type="message",
                author=Author.AGENT.value,
                agent=agent,
                text=storable(connection, text),
                client_message_id=client_message_id,
            )
            return Accepted(seq, fresh=True)

    def write_as_system(self, conversation_id: str, reply: Reply, at: datetime, author: Author = Author.SYSTEM) -> int:
        """A notice to the customer, whoever owns the conversation; or what an agent (`author`) wrote elsewhere.

        Raises ConversationUnknown.
        """
        with self._engine.begin() as connection:
            row = conversation_row(connection, conversation_id, lock=True)
            return append_reply(connection, row, at, author, reply)

    def understood(self, conversation_id: str, seq: int, intent: str, confidence: float, **known: str | None) -> None:
        """Keeps what a customer's message was taken for, and what is known of the conversation (as `describe`)."""
        said = and_(events.c.conversation_id == conversation_id, events.c.seq == seq)
        with self._engine.begin() as connection:
            connection.execute(update(events).where(said).values(intent=intent, confidence=confidence))
            if known:
                connection.execute(update(conversations).where(conversations.c.id == conversation_id).values(known))

    def intent_of(self, conversation_id: str, seq: int) -> str | None:
        """What a customer's message was taken for."""
        return self.intents_of(conversation_id, [seq]).get(seq, (None, 0.0))[0]

    def intents_of(self, conversation_id: str, seqs: Collection[int]) -> dict[int, tuple[str, float]]:
        """Intent and confidence by seq, of those messages that are understood by now."""
        wanted = {"conversation_id": conversation_id, "seqs": list(seqs)}
        with reading(self._engine) as connection:
            return {row[0]: (row[1], row[2]) for row in connection.execute(_INTENTS, wanted)}

    def events(self, conversation_id: str, after: int = 0, limit: int = 1_000) -> list[Event]:
        """The events after that seq, in order."""
        with reading(self._engine) as connection:
            wanted = {"conversation_id": conversation_id, "after": after}
            rows = connection.execute(_EVENTS, {**wanted, "limit": limit}).mappings().all()
            offered: dict[int, list[Choice]] = {}
            # Neither customers nor agents offer choices.
            if any(row["author"] in _OFFERS for row in rows):
                for each in connection.execute(_CHOICES, wanted).mappings():
                    offered.setdefault(each["seq"], []).append(Choice(each["id"], each["title"]))
        return [to_event(row, tuple(offered.get(row["seq"], ()))) for row in rows]

    # --- turns

    def unanswered(self) -> list[str]:
        """The conversations in which the bot owes an answer."""
        with reading(self._engine) as connection:
            found = connection.execute(select(turns.c.conversation_id).where(turns.c.answered_at.is_(None)).distinct())
            return [row[0] for row in found]

    def lease(self, conversation_id: str, holder: str, now: datetime, length: timedelta) -> bool:
        """Takes or renews the right to answer a conversation's turns; false while another gateway has it."""
        wanted = {"conversation_id": conversation_id, "holder": holder, "now": now, "until": now + length}
        with self._engine.begin() as connection:
            return bool(connection.execute(_LEASE, wanted).rowcount)

    def release(self, conversation_id: str, holder: str) -> None:
        """Gives the right to answer back."""
        with self._engine.begin() as connection:
            connection.execute(_RELEASE, {"conversation_id": conversation_id, "holder": holder})

    def release_all(self) -> None:
        """Ends every lease; for the start of a gateway that is the only one."""
        with self._engine.begin() as connection:
            connection.execute(update(conversations).values(leased_by=None, leased_until=None))

    def next_turn(self, conversation_id: str, at: datetime) -> Turn | None:
        """The earliest unanswered turn, its attempts counted up by one.

        What waits when somebody else owns the conversation is for them to answer: those turns are settled unsaid.
        """
        with self._engine.begin() as connection:
            if conversation_row(connection, conversation_id, lock=True)["owner"] != Owner.BOT.value:
                settle_unsaid(connection, conversation_id, at)
                return None
            row = connection.execute(_NEXT_TURN, {"conversation_id": conversation_id}).mappings().first()
            if row is None:
                return None
            connection.execute(_TRIED, {"of": conversation_id, "turn": row["seq"]})
        return Turn(
            conversation_id=conversation_id,
            seq=row["seq"],
            text=row["text"],
            message_id=f"{conversation_id}:{row['seq']}",
            attempts=row["attempts"] + 1,
            payload=row["payload"],
            language=None if row["language"] is None else Language(row["language"]),
            category=row["category"],
            after_person=row["after_person"],
        )

    def hand_off(self, conversation_id: str, seq: int, brief: Brief) -> bool:
        """The bot asks for a person in a turn that is not settled; `answer` carries it out. False: no such turn."""
        open_turn = and_(turns.c.conversation_id == conversation_id, turns.c.seq == seq, turns.c.answered_at.is_(None))
        with self._engine.begin() as connection:
            kept = update(turns).where(open_turn).values(hand_off=storable(connection, brief.to_json()))
            return bool(connection.execute(kept).rowcount)

    def answer(self, turn: Turn, replies: list[Reply], at: datetime, question: Reply | None = None) -> Owner | None:
        """Writes the bot's replies to a turn and settles it, with the hand-off it asked for, all or nothing.

        `question` asks how satisfied the customer is, unless that was asked before or a person is to come. Returns
        the owner after it. None, and nothing is said, when the turn was settled before or a person owns the
        conversation by now.
        """
        with self._engine.begin() as connection:
            row = conversation_row(connection, turn.conversation_id, lock=True)
            this = {"of": turn.conversation_id, "turn": turn.seq}
            settled = connection.execute(_SETTLE, {**this, "at": at}).rowcount
            if not settled or row["owner"] != Owner.BOT.value:
                return None
            for reply in replies:
                append_reply(connection, row, at, Author.BOT, reply)
            brief = connection.execute(_HAND_OFF, this).scalar()
            if brief is not None:
                described = {"brief": brief, **_described(Brief.from_json(brief))}
                connection.execute(update(conversations).where(conversations.c.id == row["id"]).values(described))
                reason = Brief.from_json(brief).reason.value
                change_owner(connection, row, Owner.QUEUED, at, actor=Author.BOT.value, reason=reason)
            elif question is not None:
                append_question(connection, row, question, at)
            return Owner(row["owner"])


_earlier = turns.alias()
_latest_heard = (
    select(func.coalesce(func.max(_earlier.c.seq), 0))
    .where(_earlier.c.conversation_id == turns.c.conversation_id, _earlier.c.seq < turns.c.seq)
    .correlate(turns)
    .scalar_subquery()
)
_moves = events.alias()
_after_person = exists(
    select(_moves.c.seq)
    .where(
        _moves.c.conversation_id == turns.c.conversation_id,
        _moves.c.type == "owner",
        _moves.c.seq < turns.c.seq,
        _moves.c.seq > _latest_heard,
    )
    .correlate(turns)
)
"""Whether ownership moved between a turn and the one before it."""
_NEXT_TURN = (
    select(
        turns.c.seq,
        turns.c.payload,
        turns.c.attempts,
        events.c.text,
        conversations.c.language,
        conversations.c.category,
        _after_person.label("after_person"),
    )
    .select_from(turns.join(events, same(turns, events)).join(conversations))
    .where(turns.c.conversation_id == bindparam("conversation_id"), turns.c.answered_at.is_(None))
    .order_by(turns.c.seq)
    .limit(1)
)
_THIS_TURN = and_(turns.c.conversation_id == bindparam("of"), turns.c.seq == bindparam("turn"))
_TRIED = update(turns).where(_THIS_TURN).values(attempts=turns.c.attempts + 1)
_SETTLE = update(turns).where(_THIS_TURN, turns.c.answered_at.is_(None)).values(answered_at=bindparam("at"))
_HAND_OFF = select(turns.c.hand_off).where(_THIS_TURN)


def _new_id() -> str:
    """Begins with a letter or digit: what begins with "-" a spreadsheet takes for a formula, a shell for an option."""
    while not (made := secrets.token_urlsafe(16))[0].isalnum():
        pass
    return made


def _described(brief: Brief) -> dict[str, str]:
    """What the lists show of a brief."""
    known = {"language": brief.language.value, "category": brief.category, "severity": brief.severity}
    return {name: value for name, value in known.items() if value is not None}


def _written(connection: Connection, conversation_id: str, author: Author, client_message_id: str) -> int | None:
    """The seq of a message that was written before."""
    wanted = {"conversation_id": conversation_id, "author": author.value, "client_message_id": client_message_id}
    found: int | None = connection.execute(_WRITTEN, wanted).scalar()
    return found


def _chosen(connection: Connection, row: dict[str, Any], choice: str) -> tuple[str, str]:
    found = connection.execute(
        select(choices.c.title, choices.c.payload).where(choices.c.id == choice, choices.c.conversation_id == row["id"])
    ).first()
    if found is not None:
        return found[0], found[1]
    if row["owner"] == Owner.CLOSED.value:
        raise ConversationClosed(row["id"])
    raise ChoiceUnknown(choice)
