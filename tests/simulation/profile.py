"""Who a simulated customer is, what they want, and what comes in between."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from jieda.policy import Category, Language, Severity
from tests.simulation.questions import Question


class Impact(Enum):
    """How much the customer's business is affected, and how they come to say so."""

    CRITICAL = "critical"
    NON_CRITICAL = "non_critical"
    NOBODY_WORKS = "nobody_works"
    """This and what follows: unsure at first, and clear by the plain questions."""
    MOST_AFFECTED = "most_affected"
    NO_WAY_AROUND = "no_way_around"
    WAY_AROUND = "way_around"
    UNKNOWN = "unknown"
    """Unsure to the end."""

    @property
    def severity(self) -> Severity:
        critical = self in (Impact.CRITICAL, Impact.NOBODY_WORKS, Impact.MOST_AFFECTED, Impact.NO_WAY_AROUND)
        return Severity.CRITICAL if critical else Severity.NON_CRITICAL


class Afterwards(Enum):
    """What the customer does once a case is open."""

    NOTHING = "nothing"
    PRESS_OLD_BUTTONS = "press_old_buttons"
    COME_BACK = "come_back"
    ASK_STATUS = "ask_status"
    ADD = "add"
    CLOSE = "close"
    THINK_BETTER = "think_better"
    """Wants it closed, and then not."""
    ASK_ELSEWHERE = "ask_elsewhere"
    """Asks in another conversation, by number and contact."""
    STRANGER = "stranger"
    """Somebody else has the number, and another contact."""


class Opening(Enum):
    """How the customer comes to a service request."""

    WISH = "wish"
    MATTER = "matter"
    """Tells the matter, and accepts the offer of a case."""
    BOTH = "both"


@dataclass(frozen=True)
class Given:
    """A detail as the customer writes it, and as a case is to hold it."""

    said: str
    kept: str


DETAILS: dict[str, tuple[Given, ...]] = {
    "contact_name": tuple(Given(name, name) for name in ("李雷", "韩梅梅", "Grace Hall", "John Smith")),
    "company": tuple(
        Given(name, name)
        for name in ("上海示例科技有限公司", "北京样例贸易有限公司", "Example Trading Ltd", "Sample Foods Inc")
    ),
    "contact_phone": (
        Given("13800138000", "+8613800138000"),
        Given("139 0013 9000", "+8613900139000"),
        Given("+86 21 6123 4567", "+862161234567"),
        Given("137-0013-7000", "+8613700137000"),
    ),
    "contact_email": tuple(
        Given(address, address)
        for address in ("lilei@example.com", "hmm@example.cn", "grace.hall@example.com", "j_smith@mail.example.org")
    ),
}


@dataclass(frozen=True)
class Profile:
    """Who the customer is and what they want. `choice` picks among wordings that mean the same."""

    language: Language
    category: Category
    opening: Opening
    impact: Impact
    app: str | None
    """The key of an app of the policy; None: several."""
    details: tuple[Given, Given, Given, Given]
    """In the order of `PERSONAL`."""
    refused: str | None = None
    """The contact detail that is not given."""
    consents: bool = True
    relents: bool = False
    """Refuses consent, and gives it after all."""
    presses: bool = True
    """Answers closed questions by pressing buttons, else by writing what they say."""
    choice: int = 0
    afterwards: Afterwards = Afterwards.NOTHING


class Kind(Enum):
    """What happens before a question is answered."""

    DIGRESS = "digress"
    THANK = "thank"
    GREET = "greet"
    ASK_WHY = "ask_why"
    """Asks what personal data is wanted for."""
    SWITCH_LANGUAGE = "switch_language"
    INVALID = "invalid"
    EMAIL_FOR_A_NAME = "email_for_a_name"
    TOGETHER = "together"
    """Answers, and gives another detail in the same message."""
    ALL_AT_ONCE = "all_at_once"
    EARLY = "early"
    """Gives a way to be reached before it is asked for, and before agreeing to its being kept."""
    CORRECT = "correct"
    REJECT = "reject"
    """Says that the summary is wrong."""
    CHANGE_CATEGORY = "change_category"
    SECOND_PROBLEM = "second_problem"
    CANCEL_AND_RESUME = "cancel_and_resume"
    PRESS_OLD = "press_old"
    PRESS_TWICE = "press_twice"
    GIVE_UP = "give_up"
    WANT_PERSON = "want_person"


@dataclass(frozen=True)
class Twist:
    kind: Kind
    at: Question
    choice: int = 0
