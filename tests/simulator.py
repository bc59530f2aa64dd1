"""A simulated customer: answers what the bot asks from a profile, with twists, and minds what a person would mind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from typing import TypeVar

from jieda.cases import CaseRequest
from jieda.intake import PERSONAL, SERIOUS
from jieda.policy import Category, Language, Severity, policy
from tests.simulation.profile import DETAILS, Impact, Kind, Opening, Profile, Twist
from tests.simulation.questions import Question
from tests.simulation.sentences import INVALID, SENTENCES, Sentences
from tests.simulation.talk import Line, Talk

T = TypeVar("T")

MOST_TURNS = 45
SEVERAL_APPS = "Dynamics 365"
CONTACTS = ("contact_phone", "contact_email")

_BESIDE = {Question.NAME: ("company", "contact_phone"), Question.PHONE: ("contact_email",)}
"""The details that may be given together with the answer to a question."""
_OF_SEVERITY = {Question.SEVERITY, Question.ANYONE_WORKING, Question.PEOPLE_AFFECTED, Question.WORK_AROUND}


class Ending(Enum):
    """How a conversation came to its end."""

    CASE = "case"
    CONSENT_REFUSED = "consent_refused"
    GIVEN_UP = "given_up"
    HANDED_OFF = "handed_off"


class SimulatedCustomer:
    """One conversation. `expected` are the cases that must come of it, in order; `talk` is what was said."""

    def __init__(self, customer: Line, profile: Profile, twists: Sequence[Twist] = ()) -> None:
        self.talk = Talk(customer, profile.language)
        self.expected: list[CaseRequest] = []
        self.ending: Ending | None = None
        self._profile = profile
        self._own = dict(zip(PERSONAL, profile.details, strict=True))
        self._left = list(twists)
        self._given: dict[str, str] = {}
        """What the case holds, by slot."""
        self._second: tuple[Category, str] | None = None
        """The category and summary of the second problem."""
        self._takes_second = False

    def converse(self) -> Ending:
        """Talks until there is nothing left to say. Raises AssertionError with the transcript."""
        self._open()
        for _ in range(MOST_TURNS):
            if self.ending is not None:
                return self.ending
            asked = self.talk.asked
            self.talk.require(asked is not None, "the bot asks nothing, though the case is not done")
            assert asked is not None
            twist = next((each for each in self._left if each.at is asked and self._possible(each)), None)
            if twist is None:
                self._answer(asked)
            else:
                self._left.remove(twist)
                self._act(twist)
        raise AssertionError("\n".join([f"it does not end within {MOST_TURNS} turns", *self.talk.transcript]))

    # --- Answers

    def _open(self) -> None:
        profile, words = self._profile, self._words
        if profile.opening is Opening.WISH:
            self.talk.say(_pick(words.wishes, profile.choice))
            return
        matter = _pick(words.matters[profile.category], profile.choice)
        if profile.opening is Opening.BOTH:
            matter = words.with_wish.format(matter=matter)
        self._take(support_category=profile.category.value, issue_summary=matter)
        self.talk.say(matter)
        if self.talk.asked is None:
            # A case is offered after the answer; or it is asked whether one was meant.
            titles = {title.lower(): title for title in self.talk.choices}
            self.talk.require(words.open_case.lower() in titles, "no case is offered")
            self.talk.press(titles[words.open_case.lower()])

    def _answer(self, question: Question) -> None:
        profile, words = self._profile, self._words
        if question is Question.CATEGORY:
            self._take(support_category=profile.category.value)
            self._choose(words.categories[profile.category])
        elif question is Question.APP:
            app = policy().app(profile.app).name if profile.app else SEVERAL_APPS
            self._take(affected_app=app)
            self._choose(app.removeprefix("Dynamics 365 ") if profile.app else words.several_apps)
        elif question in _OF_SEVERITY:
            self._tell_severity(question)
        elif question is Question.SUMMARY:
            summary = _pick(words.summaries[Category(self._given["support_category"])], profile.choice)
            self._take(issue_summary=summary)
            self.talk.say(summary)
        elif question is Question.CONSENT:
            self._consent()
        elif question.value == profile.refused:
            self.talk.settled.add(question)
            self.talk.say(_pick(words.refusals[question.value], profile.choice))
        elif question.value in PERSONAL:
            self._take_own(question.value)
            self.talk.say(self._own[question.value].said)
        elif question is Question.CONFIRM:
            self._confirm()
        elif question is Question.CORRECTION:
            self._correct(question, profile.choice)
        elif question is Question.NEXT_ISSUE:
            self._decide_on_second()

    def _tell_severity(self, question: Question) -> None:
        impact, words = self._profile.impact, self._words
        answers = {
            Question.SEVERITY: {Impact.CRITICAL: words.critical, Impact.NON_CRITICAL: words.non_critical},
            Question.ANYONE_WORKING: {Impact.NOBODY_WORKS: words.nobody, Impact.UNKNOWN: words.unknown},
            Question.PEOPLE_AFFECTED: {Impact.MOST_AFFECTED: words.most, Impact.UNKNOWN: words.unknown},
            Question.WORK_AROUND: {Impact.NO_WAY_AROUND: words.no_way_around, Impact.UNKNOWN: words.unknown},
        }
        otherwise = {
            Question.SEVERITY: words.hard_to_say,
            Question.ANYONE_WORKING: words.some,
            Question.PEOPLE_AFFECTED: words.few,
            Question.WORK_AROUND: words.way_around,
        }
        self._given["severity"] = impact.severity.value
        self.talk.settled.add(question)
        self._choose(answers[question].get(impact, otherwise[question]))

    def _consent(self) -> None:
        if self._profile.consents and self._profile.relents:
            self._choose(self._words.disagree)
            self.talk.require(self.talk.asked is None, "it is asked on without consent")
            self.talk.settled.add(Question.CONSENT)
            self.talk.say(_pick(self._words.relents, self._profile.choice))
        elif self._profile.consents:
            self.talk.settled.add(Question.CONSENT)
            self._choose(self._words.agree)
        else:
            self.ending = Ending.CONSENT_REFUSED
            self._choose(self._words.disagree)

    def _confirm(self) -> None:
        category, given = Category(self._given["support_category"]), self._given
        self.expected.append(
            CaseRequest(
                conversation_id=self.talk.customer.id,
                language=self.talk.language,
                category=category,
                summary=given["issue_summary"],
                contact_name=given["contact_name"],
                company=given["company"],
                severity=Severity(given["severity"]) if category.value in SERIOUS else Severity.NON_CRITICAL,
                affected_app=given.get("affected_app"),
                contact_phone=given.get("contact_phone"),
                contact_email=given.get("contact_email"),
            )
        )
        self._choose(self._words.submit)
        if self._second is None:
            self.ending = Ending.CASE
            self.talk.require(self.talk.asked is None, "something is asked after the only case was opened")
        else:
            self.talk.require(self.talk.asked is Question.NEXT_ISSUE, "the second problem is forgotten")

    def _decide_on_second(self) -> None:
        assert self._second is not None
        if not self._takes_second:
            self.ending = Ending.CASE
            self._choose(self._words.no_thanks)
            return
        category, summary = self._second
        self._second = None
        self._begin_anew(category, summary)
        # Which way to be reached is asked for each case.
        self.talk.settled -= {Question(slot) for slot in CONTACTS if slot not in self._given}
        self.talk.press(self._words.open_case)

    # --- Twists

    def _possible(self, twist: Twist) -> bool:
        if twist.kind is Kind.CORRECT:
            return any(slot in self._given for slot in PERSONAL)
        if twist.kind is Kind.SECOND_PROBLEM:
            return self._second is None and not self.expected
        if twist.kind is Kind.PRESS_OLD:
            return any(True for _ in self._old_choices())
        if twist.kind is Kind.TOGETHER:
            both = {twist.at.value, _pick(_BESIDE[twist.at], twist.choice)}
            return both.isdisjoint({*self._given, self._profile.refused})
        if twist.kind is Kind.ALL_AT_ONCE:
            return {*PERSONAL}.isdisjoint({*self._given, self._profile.refused})
        if twist.kind is Kind.EARLY:
            return _pick(CONTACTS, twist.choice) not in {*self._given, self._profile.refused}
        if twist.kind is Kind.EMAIL_FOR_A_NAME:
            return "contact_email" not in self._given and self._profile.refused != "contact_email"
        return twist.kind is not Kind.CHANGE_CATEGORY or "support_category" in self._given

    def _act(self, twist: Twist) -> None:
        acts: dict[Kind, Callable[[Question, int], None]] = {
            Kind.SWITCH_LANGUAGE: self._switch_language,
            Kind.EMAIL_FOR_A_NAME: self._give_email_for_a_name,
            Kind.TOGETHER: self._give_together,
            Kind.ALL_AT_ONCE: self._give_all,
            Kind.EARLY: self._give_early,
            Kind.CORRECT: self._correct,
            Kind.REJECT: self._reject,
            Kind.CHANGE_CATEGORY: self._change_category,
            Kind.SECOND_PROBLEM: self._mention_second_problem,
            Kind.CANCEL_AND_RESUME: self._cancel_and_resume,
            Kind.PRESS_OLD: self._press_old,
            Kind.PRESS_TWICE: self._press_twice,
        }
        words = self._words
        asides = {
            Kind.DIGRESS: words.digressions,
            Kind.THANK: words.thanks,
            Kind.GREET: words.greetings,
            Kind.ASK_WHY: words.whys,
        }
        ends = {
            Kind.GIVE_UP: (Ending.GIVEN_UP, words.cancels),
            Kind.WANT_PERSON: (Ending.HANDED_OFF, words.person),
        }
        if twist.kind in acts:
            acts[twist.kind](twist.at, twist.choice)
        elif twist.kind in ends:
            self.ending, sentences = ends[twist.kind]
            self.talk.say(_pick(sentences, twist.choice))
            self.talk.require(self.talk.asked is None, "the form goes on though it was stopped")
        else:
            self.talk.say(_pick(asides.get(twist.kind) or INVALID[twist.at.value], twist.choice))
            self._goes_on_with(twist.at)

    def _switch_language(self, question: Question, choice: int) -> None:
        self.talk.language = Language.EN if self.talk.language is Language.ZH else Language.ZH
        self.talk.say(_pick(self._words.digressions, choice))
        self._goes_on_with(question)

    def _give_email_for_a_name(self, question: Question, choice: int) -> None:
        self._take_own("contact_email")
        self.talk.say(self._own["contact_email"].said)
        self._goes_on_with(question)

    def _give_together(self, question: Question, choice: int) -> None:
        both = (question.value, _pick(_BESIDE[question], choice))
        for slot in both:
            self._take_own(slot)
        sentence = _pick(self._words.together[frozenset(both)], choice)
        self.talk.say(sentence.format(**{slot: self._own[slot].said for slot in both}))

    def _give_all(self, question: Question, choice: int) -> None:
        for slot in PERSONAL:
            self._take_own(slot)
        said = {slot: self._own[slot].said for slot in PERSONAL}
        self.talk.say(_pick(self._words.all_at_once, choice).format(**said))

    def _give_early(self, question: Question, choice: int) -> None:
        slot = _pick(CONTACTS, choice)
        self._take_own(slot)
        self.talk.say(_pick(self._words.early[slot], choice).format(**{slot: self._own[slot].said}))
        self._goes_on_with(question)

    def _correct(self, question: Question, choice: int) -> None:
        slot = _pick([slot for slot in PERSONAL if slot in self._given], choice)
        self._own[slot] = _pick([each for each in DETAILS[slot] if each.kept != self._given[slot]], choice)
        self._take_own(slot)
        self.talk.say(_pick(self._words.corrections[slot], choice).format(**{slot: self._own[slot].said}))
        self._goes_on_with(question)

    def _reject(self, question: Question, choice: int) -> None:
        self._choose(self._words.wrong)
        self.talk.require(self.talk.asked is Question.CORRECTION, "it is not asked what is wrong")

    def _change_category(self, question: Question, choice: int) -> None:
        billing = self._given["support_category"] == Category.BILLING.value
        category = Category.TECHNICAL if billing else Category.BILLING
        change = _pick(self._words.changes[category], choice)
        self._begin_anew(category, change)
        self.talk.say(change)

    def _mention_second_problem(self, question: Question, choice: int) -> None:
        own = self._given.get("support_category", self._profile.category.value)
        category = Category.BILLING if own in SERIOUS else Category.TECHNICAL
        problem = _pick(self._words.second_matters[category], choice)
        self._second, self._takes_second = (category, problem), choice % 2 == 0
        self.talk.say(problem)
        self._goes_on_with(question)

    def _cancel_and_resume(self, question: Question, choice: int) -> None:
        self.talk.say(_pick(self._words.cancels, choice))
        self.talk.require(self.talk.asked is None, "the form goes on though it was stopped")
        self.talk.say(_pick(self._words.wishes, choice))
        self._goes_on_with(question)

    def _press_old(self, question: Question, choice: int) -> None:
        title, identity = _pick(list(self._old_choices()), choice)
        self.talk.press_again(title, identity)
        self._goes_on_with(question)

    def _press_twice(self, question: Question, choice: int) -> None:
        choices, said = self.talk.choices, len(self.talk.transcript)
        self._profile, before = replace(self._profile, presses=True), self._profile
        self._answer(question)
        self._profile = before
        title, asked = self.talk.transcript[said].removeprefix("> [").removesuffix("]"), self.talk.asked
        if title in choices and self.ending in (None, Ending.CASE):
            self.talk.press_again(title, choices[title])
            self._goes_on_with(asked)

    def _old_choices(self) -> Iterator[tuple[str, str]]:
        """Buttons of questions that are past: they ought to do nothing any more."""
        self_contained = {title for words in SENTENCES.values() for title in (words.to_a_person, words.stop)}
        return (each for each in self.talk.old_choices() if each[0] not in self_contained)

    # --- What is given and said

    @property
    def _words(self) -> Sentences:
        return SENTENCES[self.talk.language]

    def _take(self, **given: str) -> None:
        self._given.update(given)
        self.talk.settled.update(map(Question, given))
        self.talk.given.update(given.values())

    def _take_own(self, slot: str) -> None:
        self._take(**{slot: self._own[slot].kept})
        self.talk.given.add(self._own[slot].said)

    def _begin_anew(self, category: Category, summary: str) -> None:
        """It is about something else; who the customer is stays."""
        self._given = {slot: value for slot, value in self._given.items() if slot in PERSONAL}
        self.talk.settled -= {Question.APP, *_OF_SEVERITY}
        self._take(support_category=category.value, issue_summary=summary)

    def _choose(self, title: str) -> None:
        if self._profile.presses and title in self.talk.choices:
            self.talk.press(title)
        else:
            self.talk.say(title)

    def _goes_on_with(self, question: Question | None) -> None:
        # Between the question what is wrong and the answer to it, the summary may be shown again.
        awaited = {question, Question.CONFIRM} if question is Question.CORRECTION else {question}
        self.talk.require(self.talk.asked in awaited, f"it does not go on with {question}")


def _pick(items: Sequence[T], choice: int) -> T:
    return items[choice % len(items)]
