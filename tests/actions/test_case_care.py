"""Cases that are open already, as conversations about them go; the loop is Rasa's, played here without Rasa."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import text as sql

from actions import case_care, turn
from actions.answers import ActionAnswer
from actions.case_care import (
    ActionAskCaseNumber,
    ActionAskCloseConfirmed,
    ActionCaseStatus,
    ActionConcludeCaseCare,
    ActionForgetCaseCare,
    ActionGreetWithCase,
    ValidateCaseCareForm,
)
from actions.case_form import ActionExplainQuestion
from jieda.case_care import CHECKS
from jieda.cases import Case, CaseRequest, CaseStatus, NoteAuthor
from jieda.clock import Clock
from jieda.contact import find_emails, find_phones
from jieda.intake import read
from jieda.policy import Category, Language, policy
from jieda.store.cases import CaseBook
from jieda.store.database import connect, migrate

OPENED = datetime(2026, 3, 12, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
NUMBER = re.compile(r"SR\d{8}-\w+")
UNKNOWN = "SR20260312-ZZZZZ"
FORM = "case_care_form"


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CaseBook]:
    url = f"sqlite:///{tmp_path / 'jieda.db'}"
    migrate(url)
    found = CaseBook(connect(url))
    monkeypatch.setattr(case_care, "case_book", lambda: found)
    yield found
    connect(url).dispose()


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, OPENED)


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    standing = Clock(moment, monotonic=lambda: 0.0)
    monkeypatch.setattr(case_care, "clock", lambda: standing)


def opened(book: CaseBook, conversation: str = "mine", key: str = "k", after: int = 0) -> Case:
    request = CaseRequest(
        conversation_id=conversation,
        language=Language.EN,
        category=Category.BILLING,
        summary="The charge of March is higher than that of February",
        contact_name="Li Lei",
        company="Contoso",
        contact_phone="+8613800138000",
        contact_email="lilei@example.com",
    )
    at = OPENED + timedelta(minutes=after)
    return book.open(request, key=key, opened_at=at, due_at=at + timedelta(hours=8))


class Talk:
    """A conversation: each message is read, then the form runs until it has to ask."""

    def __init__(self, conversation: str = "mine", **slots: Any) -> None:
        self.conversation = conversation
        self.slots: dict[str, Any] = {"language": "en", "wants_case": False, **slots}
        self.events: list[dict[str, Any]] = []
        self.form: str | None = None
        self.said: list[dict[str, Any]] = []

    def says(self, text: str, intent: str = "answer_details", **mentions: str) -> list[str]:
        """The names of the responses, in order."""
        self.said = []
        self._hear(text, intent, mentions)
        before = dict(self.slots)
        for slot, value in read(turn.message_of(self._latest), turn.known(self._tracker()), policy()).items():
            self._set(slot, value)
        if self.form is None and intent.startswith("case_"):
            self.form = FORM
        elif before == self.slots:
            self.does(ActionAnswer() if intent.startswith("info_") else ActionExplainQuestion())
        self._go_on()
        return [each["response"] for each in self.said]

    def gives_up(self) -> None:
        self.form = None
        self._set("requested_slot", None)
        self.does(ActionForgetCaseCare())

    def does(self, action: Action) -> list[str]:
        dispatcher = CollectingDispatcher()
        events = asyncio.run(action.run(dispatcher, self._tracker(), {}))
        self.said += dispatcher.messages
        for event in events:
            self._set(event["name"], event["value"])
        return [each["response"] for each in dispatcher.messages]

    @property
    def buttons(self) -> list[dict[str, str]]:
        return [button for each in self.said for button in each["buttons"]]

    def _go_on(self) -> None:
        self.does(ValidateCaseCareForm())
        asked = self.slots["requested_slot"]
        asks = {"case_number": ActionAskCaseNumber(), "close_confirmed": ActionAskCloseConfirmed()}
        if asked is None:
            self.form = None
            self.does(ActionConcludeCaseCare())
        elif asked in asks:
            self.does(asks[asked])
        else:
            self.said.append({"response": f"utter_ask_{FORM}_{asked}", "buttons": []})

    def _hear(self, text: str, intent: str, mentions: dict[str, str]) -> None:
        found = [("case_number", each[0], each.start(), each.end()) for each in NUMBER.finditer(text)]
        found += [("contact_phone", each.value, each.start, each.end) for each in find_phones(text)]
        found += [("contact_email", each.value, each.start, each.end) for each in find_emails(text)]
        entities = [dict(zip(("entity", "value", "start", "end"), each, strict=True)) for each in found]
        entities += [{"entity": entity, "value": value} for entity, value in mentions.items()]
        parsed = {"text": text, "intent": {"name": intent}, "entities": entities}
        self._latest = {**parsed, "message_id": f"m{len(self.events)}"}
        self.events.append({"event": "user", "text": text, "parse_data": parsed})

    def _set(self, slot: str, value: Any) -> None:
        self.slots[slot] = value
        self.events.append({"event": "slot", "name": slot, "value": value})

    def _tracker(self) -> Tracker:
        loop = {"name": self.form} if self.form else {}
        return Tracker(
            self.conversation, dict(self.slots), self._latest, list(self.events), False, None, loop, "action_listen"
        )


ASKS_CONTACT = "utter_ask_case_care_form_case_contact"
ASKS_NOTE = "utter_ask_case_care_form_case_note"


class TestStatus:
    def test_of_the_latest_of_this_conversation(self, book: CaseBook) -> None:
        opened(book, key="a")
        latest = opened(book, key="b", after=5)
        opened(book, "other", key="c", after=9)
        talk = Talk()
        assert talk.says("any news on my case", "case_status") == ["utter_case_status_open", "utter_case_others"]
        assert talk.said[0]["case_number"] == latest.number
        assert talk.said[0]["due"] == "Thu 12 Mar, 18:05"

    def test_of_the_one_named(self, book: CaseBook) -> None:
        first, latest = opened(book, key="a"), opened(book, key="b", after=5)
        talk = Talk()
        talk.says(f"and {first.number}?", "case_status")
        assert talk.said[0]["case_number"] == first.number
        assert [each["title"] for each in talk.buttons] == [latest.number]
        assert talk.buttons[0]["payload"] == f'/case_status{{"case_number": "{latest.number}"}}'

    def test_the_case_told_of_stays_at_hand(self, book: CaseBook) -> None:
        case, talk = opened(book), Talk()
        talk.says("any news on my case", "case_status")
        assert talk.slots["case_number"] == case.number
        assert [talk.slots[slot] for slot in case_care._ONE_WISH] == [None] * 5

    def test_late_it_is_admitted_with_the_hotline(self, book: CaseBook, monkeypatch: pytest.MonkeyPatch) -> None:
        opened(book)
        at(monkeypatch, OPENED + timedelta(days=1))
        talk = Talk()
        assert talk.says("any news on my case", "case_status") == ["utter_case_status_overdue"]
        assert talk.said[0]["hotline"] == policy().billing.phone

    def test_without_a_number_it_is_asked_for(self, book: CaseBook) -> None:
        opened(book, "other")
        assert Talk().says("any news on my case", "case_status") == ["utter_ask_case_number"]


class TestNeverAnotherCustomersCase:
    def test_number_and_contact_open_it_for_this_conversation_and_no_other(self, book: CaseBook) -> None:
        case, talk = opened(book, "other"), Talk()
        assert talk.says(f"status of {case.number}", "case_status") == [ASKS_CONTACT]
        assert talk.says("LiLei@Example.com") == ["utter_case_status_open"]
        assert talk.says(f"status of {case.number}", "case_status") == ["utter_case_status_open"]
        assert Talk("third").says(f"status of {case.number}", "case_status") == [ASKS_CONTACT]

    def test_both_at_once(self, book: CaseBook) -> None:
        case = opened(book, "other")
        assert Talk().says(f"status of {case.number}, 138 0013 8000", "case_status") == ["utter_case_status_open"]

    def test_the_contact_of_the_check_is_not_kept(self, book: CaseBook) -> None:
        case, talk = opened(book, "other"), Talk(privacy_consent=True)
        talk.says(f"status of {case.number}", "case_status")
        talk.says("13800138000")
        assert talk.slots["case_contact"] is None
        assert "contact_phone" not in talk.slots
        talk.says("hello")
        assert all(each.value("contact_phone") is None for each in turn.known(talk._tracker()).earlier)

    def test_an_unknown_number_and_a_wrong_contact_cannot_be_told_apart(self, book: CaseBook) -> None:
        case = opened(book, "other")
        replies = []
        for number in (case.number, UNKNOWN):
            talk = Talk()
            heard = [talk.says(f"status of {number}", "case_status")]
            heard += [talk.says(each) for each in ("13900000000", "1390000", "nobody@example.com", "x@example.com")]
            replies.append((heard, [{**each, "case_number": None} for each in talk.said]))
        assert replies[0] == replies[1]

    def test_after_three_failures_there_is_the_hotline_and_no_further_try(self, book: CaseBook) -> None:
        case, talk = opened(book, "other"), Talk()
        talk.says(f"status of {case.number}", "case_status")
        for _ in range(CHECKS - 1):
            assert talk.says("13900000000") == ["utter_case_check_failed", ASKS_CONTACT]
        assert talk.says("13900000000") == ["utter_case_checks_over"]
        assert talk.form is None
        assert talk.slots["case_number"] is None
        assert talk.says(f"status of {case.number}, lilei@example.com", "case_status") == ["utter_case_checks_over"]

    def test_a_day_later_it_may_be_tried_again(self, book: CaseBook, monkeypatch: pytest.MonkeyPatch) -> None:
        case, talk = opened(book, "other"), Talk()
        talk.says(f"status of {case.number}", "case_status")
        for _ in range(CHECKS):
            talk.says("13900000000")
        at(monkeypatch, OPENED + timedelta(days=1))
        assert talk.says(f"status of {case.number}, lilei@example.com", "case_status") == ["utter_case_status_overdue"]

    def test_what_is_no_contact_is_explained_and_is_no_failed_check(self, book: CaseBook) -> None:
        case, talk = opened(book, "other"), Talk()
        talk.says(f"status of {case.number}", "case_status")
        assert talk.says("1380013") == ["utter_invalid_contact_phone_too_short", ASKS_CONTACT]
        assert talk.says("lilei@example") == [
            "utter_invalid_contact_email_bad_domain",
            "utter_explain_case_contact",
            ASKS_CONTACT,
        ]
        assert not talk.slots.get("failed_checks")

    def test_a_wrong_number_can_be_put_right(self, book: CaseBook) -> None:
        case, talk = opened(book, "other"), Talk()
        talk.says(f"status of {UNKNOWN}", "case_status")
        talk.says("13800138000")
        assert talk.says(case.number, "case_status") == [ASKS_CONTACT]
        assert talk.says("13800138000") == ["utter_case_status_open"]

    def test_who_has_neither_is_given_the_hotline(self, book: CaseBook) -> None:
        talk = Talk()
        talk.says("any news on my case", "case_status")
        assert talk.says("no idea", "answer_unsure") == ["utter_case_unidentified"]
        assert talk.form is None

    @pytest.mark.parametrize("wish", ["case_update", "case_close"])
    def test_nothing_is_changed_without_the_check(self, book: CaseBook, wish: str) -> None:
        case, talk = opened(book, "other"), Talk()
        talk.says(f"{case.number}: it happens in Firefox as well as in Edge", wish)
        talk.says("13900000000")
        talk.says("yes", "answer_yes")
        assert book.find(case.number) == case
        assert book.notes(case.number) == []


class TestAddition:
    def test_what_the_message_says_is_added_at_once(self, book: CaseBook) -> None:
        case, talk = opened(book), Talk()
        said = "please note on the case that it happens in Firefox as well"
        assert talk.says(said, "case_update") == ["utter_case_noted"]
        assert talk.said[0]["case_number"] == case.number
        (note,) = book.notes(case.number)
        assert (note.text, note.author) == (said, NoteAuthor.CUSTOMER)

    def test_else_it_is_asked_for(self, book: CaseBook) -> None:
        case, talk = opened(book), Talk()
        assert talk.says("I want to add something to my case", "case_update") == [ASKS_NOTE]
        assert talk.says("9.1") == ["utter_case_noted"]
        assert [note.text for note in book.notes(case.number)] == ["9.1"]

    def test_a_message_read_twice_is_one_note(self, book: CaseBook) -> None:
        case, talk = opened(book), Talk()
        talk.says("add to my case", "case_update")
        talk.says("it is worse now")
        talk.slots.update(case_wish="update", case_note="it is worse now")
        talk.does(ActionConcludeCaseCare())
        assert len(book.notes(case.number)) == 1

    def test_of_several_it_is_asked_which(self, book: CaseBook) -> None:
        first, second = opened(book, key="a"), opened(book, key="b", after=5)
        talk = Talk()
        assert talk.says("please note that it happens in Firefox as well", "case_update") == ["utter_which_case"]
        assert [each["title"] for each in talk.buttons] == [second.number, first.number]
        assert talk.buttons[1]["payload"] == f'/answer_details{{"case_number": "{first.number}"}}'
        assert talk.says(first.number) == ["utter_case_noted"]
        assert len(book.notes(first.number)) == 1

    def test_a_question_in_between_is_answered_and_the_form_goes_on(self, book: CaseBook) -> None:
        opened(book)
        talk = Talk()
        talk.says("add to my case", "case_update")
        assert talk.says("when are you open", "info_hours") == ["utter_info_hours", ASKS_NOTE]
        assert talk.says("ok", "answer_yes") == ["utter_not_an_answer", ASKS_NOTE]
        assert talk.says("ok", "answer_yes") == ["utter_explain_case_note", ASKS_NOTE]

    def test_that_it_is_critical_now_is_answered_with_the_hotline(self, book: CaseBook) -> None:
        opened(book)
        said = Talk().says("it is worse, nobody in the company can work", "case_update", severity="critical")
        assert said == ["utter_case_noted", "utter_case_pressing"]

    def test_to_a_resolved_one_a_new_one_is_offered(self, book: CaseBook) -> None:
        case, talk = opened(book), Talk()
        book.resolve(case.number, at=OPENED, by="agent")
        assert talk.says("it happens again and again since noon", "case_update") == ["utter_case_resolved_already"]
        assert book.notes(case.number) == []

    def test_a_second_matter_is_offered_afterwards(self, book: CaseBook) -> None:
        opened(book)
        kept = {"category": "billing", "summary": "invoice"}
        talk = Talk(next_issue=kept)
        assert talk.says("any news on my case", "case_status") == ["utter_case_status_open", "utter_next_issue"]


class TestClosing:
    def test_once_asked_and_then_done(self, book: CaseBook) -> None:
        case, talk = opened(book), Talk()
        assert talk.says("close my case", "case_close") == ["utter_confirm_close"]
        assert book.open_of("mine") == [case], "not before the customer has said yes"
        assert talk.says("yes", "answer_yes") == ["utter_case_closed"]
        resolved = book.find(case.number)
        assert resolved is not None
        assert (resolved.status, resolved.resolved_by) == (CaseStatus.RESOLVED, "customer")

    def test_no_leaves_it_as_it_is(self, book: CaseBook) -> None:
        case, talk = opened(book), Talk()
        talk.says("close my case", "case_close")
        assert talk.says("no", "answer_no") == ["utter_case_left"]
        assert book.find(case.number) == case

    def test_given_up_nothing_is_left_of_it(self, book: CaseBook) -> None:
        case, talk = opened(book), Talk()
        talk.says("close my case", "case_close")
        talk.gives_up()
        assert talk.slots["case_number"] == case.number
        assert talk.says("close my case", "case_close") == ["utter_confirm_close"]

    def test_a_yes_is_for_the_case_asked_about(self, book: CaseBook) -> None:
        first, second = opened(book, key="a"), opened(book, key="b", after=5)
        talk = Talk()
        talk.says(f"close {first.number}", "case_close")
        assert talk.says(f"sorry, close {second.number}", "case_close") == ["utter_confirm_close"]
        assert talk.said[0]["case_number"] == second.number
        talk.says("yes", "answer_yes")
        assert book.open_of("mine") == [first]


class TestGreeting:
    def test_with_each_open_case_its_state_and_its_due_time(self, book: CaseBook) -> None:
        case, done = opened(book, key="a"), opened(book, key="b", after=5)
        opened(book, "other", key="c")
        book.resolve(done.number, at=OPENED, by="agent")
        talk = Talk()
        talk._hear("hello", "social_greeting", {})
        said = talk.does(ActionGreetWithCase())
        assert said == ["utter_welcome_back", "utter_case_status_open", "utter_ask_what_now"]
        assert (talk.said[1]["case_number"], talk.said[1]["due"]) == (case.number, "Thu 12 Mar, 18:00")

    def test_as_any_other_when_none_is_open(self, book: CaseBook) -> None:
        talk = Talk()
        talk._hear("hello", "social_greeting", {})
        assert talk.does(ActionGreetWithCase()) == ["utter_social_greeting"]


class TestWhileACaseIsOpened:
    def test_the_state_of_one_at_hand_is_told(self, book: CaseBook) -> None:
        opened(book)
        talk = Talk()
        talk._hear("any news on my case", "case_status", {})
        assert talk.does(ActionCaseStatus()) == ["utter_case_status_open"]

    @pytest.mark.parametrize(
        ("text", "intent"), [(f"and {UNKNOWN}", "case_status"), ("close it", "case_close"), ("add", "case_update")]
    )
    def test_all_else_waits(self, book: CaseBook, text: str, intent: str) -> None:
        case, talk = opened(book), Talk()
        talk._hear(text, intent, {})
        assert talk.does(ActionCaseStatus()) == ["utter_case_after_form"]
        assert book.find(case.number) == case


class TestStoreAway:
    def test_it_is_said_with_the_hotline_and_the_form_ends(self, book: CaseBook) -> None:
        with book._engine.begin() as connection:
            connection.execute(sql("DROP TABLE case_notes"))
            connection.execute(sql("DROP TABLE cases"))
        talk = Talk()
        assert talk.says("any news on my case", "case_status") == ["utter_case_care_failed"]
        assert talk.form is None
