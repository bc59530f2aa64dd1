"""What a simulated customer does once a case is open: comes back, adds to it, closes it, or is somebody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from jieda.cases import Case
from jieda.wording import moment
from tests.simulation.profile import DETAILS, Afterwards, Profile
from tests.simulation.questions import Question
from tests.simulation.sentences import SENTENCES, Sentences
from tests.simulation.talk import Line, Talk

_CHECKS = 3


@dataclass
class FollowUp:
    """After the conversation that opened `case`, the newest of it. `notes` and `closed` are what must come of it;
    `elsewhere` is the customer's, or a stranger's, other conversation."""

    talk: Talk
    profile: Profile
    case: Case
    begin: Callable[[], Line]
    notes: list[str] = field(default_factory=list)
    closed: bool = False
    elsewhere: Talk | None = None

    def act(self) -> None:
        """Raises AssertionError with the transcript."""
        acts: dict[Afterwards, Callable[[], None]] = {
            Afterwards.NOTHING: lambda: None,
            Afterwards.PRESS_OLD_BUTTONS: self._press_old_buttons,
            Afterwards.COME_BACK: lambda: self._hear_of_it(self._pick(self._words.greetings)),
            Afterwards.ASK_STATUS: lambda: self._hear_of_it(self._pick(self._words.status)),
            Afterwards.ADD: self._add,
            Afterwards.CLOSE: self._close,
            Afterwards.THINK_BETTER: self._think_better,
            Afterwards.ASK_ELSEWHERE: self._ask_elsewhere,
            Afterwards.STRANGER: self._try_as_a_stranger,
        }
        acts[self.profile.afterwards]()

    def _press_old_buttons(self) -> None:
        words = self._words
        of_questions = {words.agree, words.submit, words.critical, words.non_critical, words.hard_to_say, words.wrong}
        for title, identity in [each for each in self.talk.old_choices() if each[0] in of_questions][-3:]:
            self.talk.press_again(title, identity)
            self.talk.require(self.talk.asked is None, "a button of a question that is past began something")

    def _hear_of_it(self, sentence: str) -> None:
        self.talk.say(sentence)
        self.talk.require(self.case.number in "\n".join(self._heard(self.talk)), "the open case is not told of")

    def _add(self) -> None:
        note = self._pick(self._words.notes)
        self.talk.say(self._pick(self._words.add))
        self._say_which()
        self.talk.require(self.talk.asked is Question.CASE_NOTE, "it is not asked what is to be added")
        self.notes.append(note)
        self._hear_of_it(note)

    def _close(self) -> None:
        self._ask_to_close()
        self.closed = True
        identity = self.talk.choices[self._words.close_it]
        self.talk.press(self._words.close_it)
        self.talk.press_again(self._words.close_it, identity)

    def _think_better(self) -> None:
        self._ask_to_close()
        self.talk.say(self._words.leave_it)
        self.talk.require(self.talk.asked is None, "it is asked on")

    def _ask_to_close(self) -> None:
        self.talk.say(self._pick(self._words.close))
        self._say_which()
        self.talk.require(self.talk.asked is Question.CLOSE, "a case is to be closed only after a question")

    def _say_which(self) -> None:
        if self.talk.asked is Question.CASE_NUMBER:
            self.talk.say(self.case.number)

    def _ask_elsewhere(self) -> None:
        talk = self._begin_elsewhere()
        talk.say(self._contact)
        told = "\n".join(self._heard(talk))
        talk.require(self.case.number in told and talk.asked is None, "number and contact fit, and it is not told")

    def _try_as_a_stranger(self) -> None:
        talk = self._begin_elsewhere()
        request = self.case.request
        kept = {request.contact_phone, request.contact_email}
        others = [
            each.said for slot in ("contact_phone", "contact_email") for each in DETAILS[slot] if each.kept not in kept
        ]
        for wrong in others[:_CHECKS]:
            talk.require(talk.asked is Question.CASE_CONTACT, "a wrong contact is not asked for again")
            talk.say(wrong)
        talk.require(talk.asked is None, "it may be guessed on and on")
        talk.say(self._contact)
        secrets = {request.summary, request.contact_name, request.company, moment(self.case.due_at, talk.language)}
        told = {each for each in secrets if each in "\n".join(talk.replies)}
        talk.require(not told, f"another customer's case is told of: {told}")

    def _begin_elsewhere(self) -> Talk:
        """Another conversation, in which a status is asked and the number given; a contact is asked for next."""
        self.elsewhere = talk = Talk(self.begin(), self.talk.language)
        # The bot may say what it was given.
        talk.given |= self.talk.given
        talk.say(self._pick(self._words.status))
        talk.require(talk.asked is Question.CASE_NUMBER, "it is not asked for the number")
        talk.say(self.case.number)
        talk.require(talk.asked is Question.CASE_CONTACT, "the number alone is enough, or is not")
        return talk

    @property
    def _contact(self) -> str:
        contact = self.case.request.contact_phone or self.case.request.contact_email
        assert contact is not None
        return contact

    @property
    def _words(self) -> Sentences:
        return SENTENCES[self.talk.language]

    def _heard(self, talk: Talk) -> list[str]:
        return [event["text"] for event in talk.customer.heard]

    def _pick(self, sentences: tuple[str, ...]) -> str:
        return sentences[self.profile.choice % len(sentences)]
