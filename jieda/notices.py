"""What customers are told about who answers them; the wording stands in `domain.yml`."""

from __future__ import annotations

from datetime import datetime

from jieda.conversations import Button, Conversation, Reply
from jieda.hours import SupportHours
from jieda.policy import Category, Language, Severity
from jieda.reach import reach
from jieda.wording import wording


def agent_joined(conversation: Conversation) -> list[Reply]:
    return [_notice("utter_agent_joined", conversation, agent=conversation.agent)]


def agent_changed(conversation: Conversation) -> list[Reply]:
    return [_notice("utter_agent_changed", conversation, agent=conversation.agent)]


def agent_silent(conversation: Conversation) -> list[Reply]:
    return [_notice("utter_agent_silent", conversation)]


def bot_back(conversation: Conversation) -> list[Reply]:
    return [_notice("utter_bot_back", conversation)]


def bot_wished(conversation: Conversation) -> list[Reply]:
    return [_notice("utter_bot_wished", conversation)]


def nobody_came(conversation: Conversation, now: datetime, hours: SupportHours) -> list[Reply]:
    """The queue's end: what there is instead of an agent."""
    category = Category(conversation.category) if conversation.category else None
    severity = Severity(conversation.severity) if conversation.severity else None
    line = reach(_language(conversation), category, now, hours, severity)
    return [_notice("utter_queue_timeout", conversation, **line), _notice("utter_hand_off_case", conversation)]


def satisfaction_question(conversation: Conversation) -> Reply:
    return _notice("utter_satisfaction", conversation)


def rating_thanked(conversation: Conversation, word_follows: bool) -> Reply:
    """Asks for a word; `word_follows` tells that the next text is taken for it."""
    return _notice("utter_rating_thanks_closed" if word_follows else "utter_rating_thanks", conversation)


def word_wished(conversation: Conversation) -> Reply:
    return _notice("utter_rating_word", conversation)


def word_thanked(conversation: Conversation) -> Reply:
    return _notice("utter_rating_noted", conversation)


def _notice(name: str, conversation: Conversation, **filled: object) -> Reply:
    language = _language(conversation)
    buttons = tuple(Button(title, payload) for title, payload in wording().buttons(name, language))
    return Reply(wording().say(name, language, **filled), buttons)


def _language(conversation: Conversation) -> Language:
    return conversation.language or Language.ZH
