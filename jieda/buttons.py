"""Which button a message stands for, and whether a button that was pressed may still answer.

A button that answers a question names it in its payload (`question`, and `of` for what the question was about), so that
it is another button than one of any other question. It answers only while the bot's latest words show it: pressed
twice, or after the next question was asked, it is `answer_late`. All other buttons say what they do by themselves and
may be pressed at any time.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from jieda.conversations import Button
from jieda.intents import LATE, NOT_UNDERSTOOD, group

PRESS = "/"
"""What the text of a pressed button begins with (`rasa.shared`, INTENT_MESSAGE_PREFIX)."""

_STOP = "answer_cancel"


def as_pressed(text: str, shown: Sequence[Button], *, filling_form: bool) -> str:
    """The payload or text that a message is to be taken for. `shown` are the buttons of the bot's latest words."""
    if not text.startswith(PRESS):
        return next((each.payload for each in shown if _bare(each.title) == _bare(text)), text)
    intent = text.removeprefix(PRESS).partition("{")[0]
    if text in (each.payload for each in shown) or not _answers(intent):
        return text
    # Stopping loses nothing, and is meant whatever is asked by now.
    return text if intent == _STOP and filling_form else f"{PRESS}{LATE}"


def _answers(intent: str) -> bool:
    """Whether a button says something only in answer to its question."""
    return group(intent) == "answer" or intent == NOT_UNDERSTOOD


def _bare(text: str) -> str:
    """A label without what people leave out or add when they type it."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum()) or text
