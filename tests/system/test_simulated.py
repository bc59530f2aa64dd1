"""Three hundred conversations of simulated customers with the running system, held to what must hold in each."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain

import httpx
import phonenumbers
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jieda.cases import Case, NoteAuthor
from jieda.clock import Clock
from jieda.hours import support_hours
from jieda.intake import PERSONAL
from jieda.policy import Category, Language, Severity, policy
from jieda.store.cases import CaseBook
from jieda.store.database import connect
from jieda.wording import example_phone, moment
from tests.conftest import SATURDAY_EVENING
from tests.simulation.afterwards import FollowUp
from tests.simulation.profile import DETAILS, Afterwards, Impact, Kind, Opening, Profile, Twist
from tests.simulation.questions import Question
from tests.simulation.rest import RestCustomer
from tests.simulation.sentences import INVALID
from tests.simulation.talk import Line, Talk
from tests.simulator import SimulatedCustomer
from tests.system.running import CASE_NUMBER, RunningJieda

CONVERSATIONS, OVER_THE_CHAT_API, AT_ONCE = 300, 15, 5

_CLOSED = (Question.CATEGORY, Question.APP, Question.SEVERITY, Question.CONSENT, Question.CONFIRM)
_FORM = tuple(question for question in Question if question is not Question.NEXT_ISSUE)
_LATER = (*(Question.APP, Question.SEVERITY, Question.SUMMARY), *_FORM[_FORM.index(Question.CONSENT) :])
_WHERE: dict[Kind, tuple[Question, ...]] = {
    Kind.DIGRESS: _FORM,
    Kind.THANK: _FORM,
    Kind.GREET: _FORM,
    Kind.ASK_WHY: (Question.CONSENT, Question.PHONE),
    Kind.SWITCH_LANGUAGE: _FORM,
    Kind.INVALID: tuple(map(Question, INVALID)),
    Kind.EMAIL_FOR_A_NAME: (Question.NAME, Question.COMPANY),
    Kind.TOGETHER: (Question.NAME, Question.PHONE),
    Kind.ALL_AT_ONCE: (Question.NAME,),
    Kind.EARLY: (Question.APP, Question.SEVERITY, Question.CONSENT),
    Kind.CORRECT: (Question.COMPANY, Question.PHONE, Question.EMAIL, Question.CONFIRM),
    Kind.REJECT: (Question.CONFIRM,),
    Kind.CHANGE_CATEGORY: (Question.APP, Question.SEVERITY, *map(Question, PERSONAL), Question.CONFIRM),
    Kind.SECOND_PROBLEM: _LATER,
    Kind.CANCEL_AND_RESUME: _FORM,
    Kind.PRESS_OLD: _LATER,
    Kind.PRESS_TWICE: _CLOSED,
}
_ENDS = (Kind.GIVE_UP, Kind.WANT_PERSON)


def twists() -> st.SearchStrategy[Twist]:
    usual = st.sampled_from(list(_WHERE)).flatmap(
        lambda kind: st.builds(Twist, st.just(kind), st.sampled_from(_WHERE[kind]), st.integers(0, 11))
    )
    last = st.builds(Twist, st.sampled_from(_ENDS), st.sampled_from(_FORM), st.integers(0, 11))
    return st.integers(0, 11).flatmap(lambda drawn: last if drawn == 11 else usual)


PROFILES = st.builds(
    Profile,
    language=st.sampled_from(Language),
    category=st.sampled_from(Category),
    opening=st.sampled_from(Opening),
    impact=st.sampled_from(Impact),
    app=st.sampled_from([None, *(app.key for app in policy().apps)]),
    details=st.tuples(*(st.sampled_from(DETAILS[slot]) for slot in PERSONAL)),
    refused=st.sampled_from([None, "contact_phone", "contact_email"]),
    consents=st.integers(0, 19).map(lambda drawn: drawn != 19),
    relents=st.integers(0, 11).map(lambda drawn: drawn == 11),
    presses=st.booleans(),
    choice=st.integers(0, 11),
    afterwards=st.sampled_from(Afterwards),
)
CUSTOMERS = st.tuples(PROFILES, st.lists(twists(), max_size=4))


@pytest.fixture(scope="module")
def book(jieda: RunningJieda) -> CaseBook:
    return CaseBook(connect(f"sqlite:///{jieda.home / 'jieda.db'}"))


def held_to(conversations: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """So many conversations, the same ones each time."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        rules = settings(
            max_examples=conversations // AT_ONCE,
            deadline=None,
            derandomize=True,
            database=None,
            # A transcript says enough; shrinking it takes minutes.
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        )
        return rules(given(customers=st.lists(CUSTOMERS, min_size=AT_ONCE, max_size=AT_ONCE))(test))

    return decorate


class TestSimulatedCustomers:
    @held_to(CONVERSATIONS)
    def test_every_conversation_holds_what_was_promised(
        self, jieda: RunningJieda, book: CaseBook, customers: list[tuple[Profile, list[Twist]]]
    ) -> None:
        with httpx.Client(timeout=40) as http:
            all_hold(book, customers, lambda language: RestCustomer(jieda, http, language))

    @held_to(OVER_THE_CHAT_API)
    def test_so_does_one_over_the_chat_api(
        self, jieda: RunningJieda, book: CaseBook, customers: list[tuple[Profile, list[Twist]]]
    ) -> None:
        all_hold(book, customers, jieda.customer)


def all_hold(book: CaseBook, customers: list[tuple[Profile, list[Twist]]], begin: Callable[[str], Line]) -> None:
    """Lets the customers talk, all at once, and raises what the first of them found."""
    with ThreadPoolExecutor(AT_ONCE) as at_once:
        talking = [
            at_once.submit(converse, partial(begin, profile.language.value), book, profile, twists)
            for profile, twists in customers
        ]
        faults = [fault for each in talking if (fault := each.exception()) is not None]
    if faults:
        raise faults[0]


def converse(begin: Callable[[], Line], book: CaseBook, profile: Profile, planned: list[Twist]) -> None:
    """One conversation, and the cases that came of it. Raises AssertionError with profile, twists and transcript."""
    customer = SimulatedCustomer(begin(), profile, planned)
    talk = customer.talk
    try:
        customer.converse()
        cases = book.at_hand(talk.customer.id, ())
        if cases:
            after = FollowUp(talk, profile, cases[0], begin)
            after.act()
            cases = book.at_hand(talk.customer.id, ())
            talk.require(cases[0].is_resolved == after.closed, "closed, or not, otherwise than wished")
            notes = [note.text for note in book.notes(cases[0].number) if note.author is NoteAuthor.CUSTOMER]
            talk.require(notes == after.notes, f"notes not as given: {notes}")
            if after.elsewhere is not None:
                strange = strange_facts(after.elsewhere, cases)
                after.elsewhere.require(not strange, f"facts that nobody gave: {strange}")
        requests = [case.request for case in reversed(cases)]
        talk.require(requests == customer.expected, f"cases not as given: {requests}, {customer.expected}")
        strange = strange_facts(talk, cases)
        talk.require(not strange, f"facts that nobody gave: {strange}")
    except AssertionError as fault:
        raise AssertionError(f"{fault}\n{profile}\n{planned}") from fault


def strange_facts(talk: Talk, cases: list[Case]) -> set[str]:
    """The numbers, addresses, times and promises in the replies that neither the policy nor the customer gave."""
    said = "\n".join(talk.replies)
    for number in CASE_NUMBER.findall(said):
        said = said.replace(number, "" if number in {case.number for case in cases} else "999:99")
    opening = support_hours().next_opening(Clock.from_setting(SATURDAY_EVENING).now())
    for at in (opening, *(case.due_at for case in cases)):
        for language in Language:
            said = said.replace(moment(at, language), "")
    known = policy()
    phones = {canonical(phone) for phone in (known.presales.phone, known.billing.phone, known.technical.phone)}
    phones |= {canonical(example_phone()), *talk.given}
    hours = {f"{at:%-H:%M}" for at in (known.hours.opens, known.hours.closes)}
    promises = {str(known.severity(severity).response_hours) for severity in Severity}
    addresses = {str(link.url) for link in known.links} | talk.given | {"name@example.com"}
    found = chain(
        (number for each in phonenumbers.PhoneNumberMatcher(said, "CN") if (number := canonical(each)) not in phones),
        (each for each in re.findall(r"https?://[^\s（）()，。；;]+", said) if each.rstrip(".,") not in addresses),
        (each for each in re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", said) if each not in addresses),
        (each for each in re.findall(r"\d+:\d\d", said) if each not in hours),
        (each for each in re.findall(r"(\d+) ?(?:小时|hours?\b)", said) if each not in promises),
    )
    return set(found)


def canonical(number: str | phonenumbers.PhoneNumberMatch) -> str:
    parsed = phonenumbers.parse(number, "CN") if isinstance(number, str) else number.number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
