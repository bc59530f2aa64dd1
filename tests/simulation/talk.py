"""What is said on both sides of one conversation, and what holds of every reply."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from jieda.policy import Language, policy
from tests.simulation.questions import Question, question_in
from tests.system.running import HAN, Customer

_WORD = re.compile(r"[^\W\d_]")
_PROPER_NAMES = tuple(app.name.removeprefix("Dynamics 365 ") for app in policy().apps)
_SHOWN = 200


@dataclass
class Talk:
    """A customer's side of a conversation. Whatever is said raises AssertionError when the reply is not as it must be:
    wholly in `language`, and no question of those `settled`."""

    customer: Customer
    language: Language
    asked: Question | None = None
    settled: set[Question] = field(default_factory=set)
    """Questions that have been answered, and must not come again."""
    given: set[str] = field(default_factory=set)
    """All that the customer gave, as it was written and as it is kept; the bot may say it in any language."""
    replies: list[str] = field(default_factory=list)
    transcript: list[str] = field(default_factory=list)
    _seen: list[tuple[str, str]] = field(default_factory=list)

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
        """Title and id of buttons of earlier replies, where the latest have no such button."""
        now = self.choices
        return ((title, identity) for title, identity in self._seen if title not in now)

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
        self.asked = next(filter(None, map(question_in, reversed(said))), None)
        for each in (*said, *titles):
            self.require(self._in_language(each), f"not in {self.language.value}: {each}")
        self.require(self.asked not in self.settled, f"asked again after a valid answer: {self.asked}")

    def _in_language(self, said: str) -> bool:
        for quoted in (*self.given, *_PROPER_NAMES):
            said = said.replace(quoted, "")
        chinese = HAN.search(re.sub("“.*”", "", said)) is not None
        return not chinese if self.language is Language.EN else chinese or not _WORD.search(said)
