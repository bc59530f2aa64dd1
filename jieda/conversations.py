"""Conversations: who owns one, what stands in its ledger, and which moves of ownership are allowed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from jieda.policy import Language

MESSAGE_MAX = 10_000
"""Characters of a message."""
RATING = "jieda:satisfaction:"
"""How the payload of a button begins that says how satisfied the customer is, 1 to 5 after it; Rasa never gets it."""
RATING_WORD = "jieda:satisfaction_word"
"""The payload of the button that adds a word to it."""
RATINGS = range(1, 6)
WORD_MAX = 500
"""Characters kept of that word."""


class Owner(str, Enum):
    """Who answers: the bot, nobody yet (waiting for an agent), an agent, nobody any more."""

    BOT = "bot"
    QUEUED = "queued"
    ASSIGNED = "assigned"
    CLOSED = "closed"


class Channel(str, Enum):
    """Where the customer writes."""

    WEB = "web"
    WECHAT = "wechat"
    WECHAT_KF = "wechat_kf"


class Author(str, Enum):
    """Who wrote a message."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


MOVES: dict[Owner, frozenset[Owner]] = {
    Owner.BOT: frozenset({Owner.QUEUED, Owner.ASSIGNED, Owner.CLOSED}),
    Owner.QUEUED: frozenset({Owner.ASSIGNED, Owner.BOT, Owner.CLOSED}),
    Owner.ASSIGNED: frozenset({Owner.ASSIGNED, Owner.QUEUED, Owner.BOT, Owner.CLOSED}),
    Owner.CLOSED: frozenset(),
}
"""Which owner may follow which; assigned to assigned is a transfer to another agent."""


class LedgerError(Exception):
    """Something the ledger refuses; `code` says what, for machines."""

    code = "ledger"


class ConversationUnknown(LedgerError):
    """There is no such conversation."""

    code = "not_found"


class MoveConflict(LedgerError):
    """Somebody else moved the conversation first: its version is no longer the one that was read."""

    code = "conflict"


class MoveNotAllowed(LedgerError):
    """The conversation's owner does not allow that move."""

    code = "not_allowed"


class HeldInWeChat(MoveNotAllowed):
    """People in WeChat's own tools have this conversation; it is theirs to end."""

    code = "held_in_wechat"


class ConversationClosed(LedgerError):
    """The conversation is closed; the customer may begin another."""

    code = "closed"


class ChoiceUnknown(LedgerError):
    """The conversation never offered that choice."""

    code = "choice_unknown"


@dataclass(frozen=True)
class Conversation:
    """A conversation as it stands. `version` counts its moves of ownership; `waiting_since` is set in the queue."""

    id: str
    channel: Channel
    owner: Owner
    version: int
    language: Language | None = None
    agent: str | None = None
    category: str | None = None
    severity: str | None = None
    waiting_since: datetime | None = None


@dataclass(frozen=True)
class Choice:
    """A button as the customer sees it: an opaque id and its title."""

    id: str
    title: str


@dataclass(frozen=True)
class Button:
    """A button as the bot offers it: its title and what pressing it means to Rasa."""

    title: str
    payload: str


@dataclass(frozen=True)
class Reply:
    """A message of the bot before it stands in the ledger."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class MessageEvent:
    """A message in the ledger; `seq` numbers the events of a conversation from 1.

    `agent` wrote it, where a person did; `intent` and `confidence` are what Rasa took a customer's message for.
    """

    seq: int
    author: Author
    text: str
    at: datetime
    choices: tuple[Choice, ...] = ()
    agent: str | None = None
    intent: str | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class OwnerEvent:
    """A move of ownership in the ledger; `actor` asked for it: bot, customer, clock, or an agent's name."""

    seq: int
    owner: Owner
    agent: str | None
    at: datetime
    actor: str | None = field(default=None, compare=False)
    reason: str | None = field(default=None, compare=False)


Event = MessageEvent | OwnerEvent


@dataclass(frozen=True)
class Turn:
    """A customer's message that the bot owes an answer to. `payload` is set for a pressed button.

    `after_person`: it is the first since a person gave the conversation back.
    """

    conversation_id: str
    seq: int
    text: str
    message_id: str
    attempts: int
    payload: str | None = None
    language: Language | None = None
    category: str | None = field(default=None, compare=False)
    after_person: bool = field(default=False, compare=False)


def check_move(before: Owner, after: Owner) -> None:
    """Raises MoveNotAllowed when the owner `after` may not follow `before`."""
    if after not in MOVES[before]:
        raise MoveNotAllowed(f"a conversation of {before.value} does not become {after.value}")


def word_may_follow(conversation: Conversation) -> bool:
    """Whether the next text after a rating is the word about it: on a page whose conversation is closed nothing else
    can be written. On WeChat customers may ask anything next, and choose to add a word first."""
    return conversation.owner is Owner.CLOSED and conversation.channel is Channel.WEB


def rating_in(payload: str | None) -> int | None:
    """The rating that a button's payload gives, if it is one."""
    if payload is None or not payload.startswith(RATING):
        return None
    return int(payload.removeprefix(RATING))
