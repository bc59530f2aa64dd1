"""What is said on both sides of one conversation, and what holds of every reply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

from jieda.policy import Language, policy
from tests.simulation.questions import Question, question_in
from tests.system.running import CASE_NUMBER, HAN

_WORD = re.compile(r"[^\W\d_]")
_PROPER_NAMES = tuple(app.name.removeprefix("Dynamics 365 ") for app in policy().apps)
_SHOWN = 200
_CUT = (16, 200)
"""After so many characters the bot cuts what the customer gave, in a list of cases and in the summary."""


class Line(Protocol):
    """A customer's way to the bot; `heard` are the replies to what was said last."""

    id: str
    heard: list[dict[str, Any]]

    def say(self, text: str) -> str: ...
    def press(self, title: str) -> str: ...
    def press_again(self, identity: str) -> str: ...


@dataclass
class Talk:
    """A customer's side of a conversation. Whatever is said raises AssertionError when the reply is not as it must be:
    wholly in `language`, no question of those `settled`, one question at a time, nothing said twice running."""

    customer: Line
    language: Language
    asked: Question | None = None
    settled: set[Question] = field(default_factory=set)
    """Questions that have been answered, and must not come again."""
    given: set[str] = field(default_factory=set)
    """All that the customer gave, as it was written and as it is kept; the bot may say it in any language."""
    replies: list[str] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)
    _seen: list[tuple[str, str]] = field(default_factory=list)
    _latest: tuple[str, ...] = ()

    def say(self, text: str) -> None:
        self.transcript.append(f"> {text if len(text) <= _SHOWN else f'{text[:20]}… ({len(text)} characters)'}")
        self.customer.say(text)
        self._hear()

    def press(self, title: str) -> None:
        """Presses a button of the latest replies."""
        self.transcript.append(f"> [{title}]")
        self.customer.press(title)
        self._hear()

    def press_again(self, title: str, identity: str) -> None:
        """Presses a button of earlier replies."""
        self.transcript.append(f"> [{title}] (of earlier)")
        self.customer.press_again(identity)
        self._hear()

    @property
    def choices(self) -> dict[str, str]:
        """The ids of the buttons of the latest replies, by title."""
        return {each["title"]: each["id"] for event in self.customer.heard for each in event["choices"]}

    def old_choices(self) -> Iterator[tuple[str, str]]:
        """Title and id of buttons of earlier replies that the latest do not show."""
        now = set(self.choices.values())
        return ((title, identity) for title, identity in self._seen if identity not in now)

    def require(self, holds: bool, fault: str) -> None:
        """Raises AssertionError with the transcript."""
        if not holds:
            raise AssertionError("\n".join([fault, *self.transcript]))

    def _hear(self) -> None:
        said = [event["text"] for event in self.customer.heard]
        titles = self.choices
        self.replies += said
        self.transcript += [*said, *([" ".join(f"[{title}]" for title in titles)] if titles else [])]
        self._seen += titles.items()
        questions = list(filter(None, map(question_in, said)))
        self.asked = questions[-1] if questions else None
        self.require(len(questions) < 2, f"two questions at a time: {questions}")
        self.require(all(one != other for one, other in pairwise(said)), "the same sentence twice running")
        self.require(self._latest != tuple(said), "the same reply twice running")
        self._latest = tuple(said)
        for each in (*said, *titles):
            self.require(self._in_language(each), f"not in {self.language.value}: {each}")
        self.require(self.asked not in self.settled, f"asked again after a valid answer: {self.asked}")

    def _in_language(self, said: str) -> bool:
        cut = (f"{given[:length]}…" for given in self.given for length in _CUT)
        for quoted in (*self.given, *cut, *_PROPER_NAMES):
            said = said.replace(quoted, "")
        # A button may say nothing but which case it is about, which is in no language.
        said = CASE_NUMBER.sub("", said)
        chinese = HAN.search(re.sub("“.*”", "", said)) is not None
        return not chinese if self.language is Language.EN else chinese or not _WORD.search(said)
