"""The case book: a case is opened once for its key, found again as it was opened, added to and resolved."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import jieda.store.cases
from jieda.cases import Case, CaseNote, CaseRequest, CaseStatus, CaseUnknown, NoteAuthor
from jieda.policy import Category, Language, Severity
from jieda.store.cases import CaseBook

NOW = datetime(2026, 3, 12, 0, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
HOUR = timedelta(hours=1)
REQUEST = CaseRequest(
    conversation_id="conversation",
    language=Language.ZH,
    category=Category.TECHNICAL,
    severity=Severity.CRITICAL,
    affected_app="Dynamics 365 Sales",
    summary="销售模块登录不上 👩‍💻\n错误 0x80040216",
    contact_name="李雷",
    company="北京科技有限公司",
    contact_phone="+862161234567;ext=8001",
    contact_email="lilei@example.com",
)


def opened(book: CaseBook, key: str, request: CaseRequest = REQUEST, at: datetime = NOW) -> Case:
    return book.open(request, key=key, opened_at=at, due_at=at + HOUR)


def draws(monkeypatch: pytest.MonkeyPatch, *numbers: str) -> None:
    """Has these numbers drawn rather than random ones."""
    drawn = iter(numbers)
    monkeypatch.setattr(jieda.store.cases, "new_number", lambda opened_at: next(drawn))


class TestOpen:
    def test_a_case_stands_as_it_was_asked_for(self, case_book: CaseBook) -> None:
        case = opened(case_book, "k")
        assert case == Case(case.number, REQUEST, CaseStatus.OPEN, NOW, NOW + HOUR)
        assert case_book.all() == [case]

    def test_with_the_least_that_may_be_given(self, case_book: CaseBook) -> None:
        least = CaseRequest(
            "c", Language.EN, Category.BILLING, "invoice", "Grace", "Contoso", contact_phone="+8613800138000"
        )
        assert opened(case_book, "k", least).request == least
        assert case_book.all()[0].request == least

    @pytest.mark.parametrize("category", Category)
    @pytest.mark.parametrize("severity", Severity)
    def test_for_every_category_and_severity(self, case_book: CaseBook, category: Category, severity: Severity) -> None:
        request = replace(REQUEST, category=category, severity=severity)
        opened(case_book, "k", request)
        assert case_book.all()[0].request == request

    def test_its_number_is_one_a_customer_can_quote(self, case_book: CaseBook) -> None:
        number = opened(case_book, "k").number
        assert re.fullmatch(r"SR\d{8}-[0-9A-Z]{4,}", number)
        assert number.startswith("SR20260312-"), "the date where the support is, though it was the 11th in UTC"

    def test_times_come_back_with_a_zone(self, case_book: CaseBook) -> None:
        opened(case_book, "k", at=NOW.astimezone(timezone(timedelta(hours=-4))))
        (case,) = case_book.all()
        assert (case.opened_at, case.due_at) == (NOW, NOW + HOUR)
        assert case.opened_at.utcoffset() is not None
        assert case.due_at.utcoffset() is not None


class TestKey:
    def test_the_same_key_is_the_same_case_whatever_else_is_asked(self, case_book: CaseBook) -> None:
        first = opened(case_book, "k")
        second = opened(case_book, "k", replace(REQUEST, summary="other"), NOW + HOUR)
        assert second == first
        assert case_book.all() == [first]

    def test_another_key_is_another_case_though_all_else_is_the_same(self, case_book: CaseBook) -> None:
        assert opened(case_book, "a").number != opened(case_book, "b").number
        assert len(case_book.all()) == 2

    def test_the_same_key_at_one_moment_is_one_case(
        self, case_book: CaseBook, at_once: Callable[..., list[Any]]
    ) -> None:
        found = at_once(*(partial(opened, case_book, "k") for _ in range(6)))
        assert len({case.number for case in found}) == 1
        assert len(case_book.all()) == 1

    def test_other_keys_at_one_moment_are_cases_of_their_own(
        self, case_book: CaseBook, at_once: Callable[..., list[Any]]
    ) -> None:
        found = at_once(*(partial(opened, case_book, f"k{i}") for i in range(6)))
        assert {case.number for case in found} == {case.number for case in case_book.all()}
        assert len({case.number for case in found}) == 6


class TestNumberTaken:
    def test_another_is_drawn(self, case_book: CaseBook, monkeypatch: pytest.MonkeyPatch) -> None:
        draws(monkeypatch, "SR20260312-AAAAA", "SR20260312-AAAAA", "SR20260312-BBBBB")
        first, second = opened(case_book, "a"), opened(case_book, "b", replace(REQUEST, summary="second"))
        assert (first.number, second.number) == ("SR20260312-AAAAA", "SR20260312-BBBBB")
        assert {case.number: case.request.summary for case in case_book.all()} == {
            first.number: REQUEST.summary,
            second.number: "second",
        }

    def test_there_is_an_end_to_drawing_and_the_case_that_stands_stays(
        self, case_book: CaseBook, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        draws(monkeypatch, *["SR20260312-AAAAA"] * 100)
        first = opened(case_book, "a")
        with pytest.raises(RuntimeError, match="2026-03-12"):
            opened(case_book, "b", replace(REQUEST, summary="second"))
        assert case_book.all() == [first]


class TestFind:
    @pytest.mark.parametrize("latest", ["SR20260312-AAAAA", "SR20260312-MMMMM", "SR20260312-ZZZZZ"])
    def test_the_latest_of_a_conversation(
        self, case_book: CaseBook, monkeypatch: pytest.MonkeyPatch, latest: str
    ) -> None:
        draws(monkeypatch, "SR20260312-BBBBB", latest, "SR20260312-YYYYY", "SR20260312-CCCCC")
        opened(case_book, "a", at=NOW)
        expected = opened(case_book, "b", at=NOW + HOUR)
        opened(case_book, "c", at=NOW)
        opened(case_book, "d", replace(REQUEST, conversation_id="other"), at=NOW + 2 * HOUR)
        assert case_book.latest_of("conversation") == expected

    def test_there_may_be_none(self, case_book: CaseBook) -> None:
        opened(case_book, "a")
        assert case_book.latest_of("other") is None

    def test_all_newest_first(self, case_book: CaseBook) -> None:
        cases = [opened(case_book, f"k{i}", at=NOW + i * HOUR) for i in (1, 3, 0, 2)]
        newest_first = sorted(cases, key=lambda case: case.opened_at, reverse=True)
        assert case_book.all() == newest_first
        assert case_book.all(limit=2) == newest_first[:2]

    def test_by_number_whoever_opened_it(self, case_book: CaseBook) -> None:
        case = opened(case_book, "a")
        opened(case_book, "b", replace(REQUEST, conversation_id="other"))
        assert case_book.find(case.number) == case
        assert case_book.find("SR20260312-ZZZZZ9") is None
        assert case_book.find(case.number.lower()) is None

    def test_the_open_ones_of_a_conversation_newest_first(self, case_book: CaseBook) -> None:
        first, second, third = (opened(case_book, f"k{i}", at=NOW + i * HOUR) for i in range(3))
        opened(case_book, "other", replace(REQUEST, conversation_id="other"))
        case_book.resolve(second.number, at=NOW + 4 * HOUR, by="customer")
        assert case_book.open_of("conversation") == [third, first]

    def test_at_hand_are_those_of_the_conversation_and_those_verified(self, case_book: CaseBook) -> None:
        elsewhere = replace(REQUEST, conversation_id="other")
        own = opened(case_book, "own", at=NOW)
        verified = opened(case_book, "verified", elsewhere, at=NOW + HOUR)
        opened(case_book, "foreign", elsewhere, at=NOW + 2 * HOUR)
        assert case_book.at_hand("conversation", [verified.number]) == [verified, own]
        assert case_book.at_hand("conversation", []) == [own]


def noted(book: CaseBook, case: Case, key: str, text: str = "重启后还是一样 👩‍💻", at: datetime = NOW) -> CaseNote:
    return book.add_note(case.number, NoteAuthor.CUSTOMER, text, key=key, at=at)


class TestNotes:
    def test_they_stand_with_their_case_in_order(self, case_book: CaseBook) -> None:
        case, other = opened(case_book, "a"), opened(case_book, "b")
        late, early = noted(case_book, case, "1", "late", NOW + HOUR), noted(case_book, case, "2", "early")
        of_agent = case_book.add_note(other.number, NoteAuthor.AGENT, "seen", key="3", at=NOW)
        assert case_book.notes(case.number) == [early, late]
        assert case_book.notes(other.number) == [of_agent] == [CaseNote(other.number, NoteAuthor.AGENT, "seen", NOW)]

    def test_of_one_moment_in_the_order_they_came(self, case_book: CaseBook) -> None:
        case = opened(case_book, "a")
        notes = [noted(case_book, case, key, f"note {key}") for key in "cab"]
        assert case_book.notes(case.number) == notes

    def test_the_same_key_is_the_same_note_whatever_else_is_said(self, case_book: CaseBook) -> None:
        case, other = opened(case_book, "a"), opened(case_book, "b")
        first = noted(case_book, case, "k")
        assert noted(case_book, case, "k", "other", NOW + HOUR) == first
        assert noted(case_book, other, "k") == first
        assert case_book.notes(case.number) == [first]
        assert case_book.notes(other.number) == []

    def test_the_same_key_at_one_moment_is_one_note(
        self, case_book: CaseBook, at_once: Callable[..., list[Any]]
    ) -> None:
        case = opened(case_book, "a")
        found = at_once(*(partial(noted, case_book, case, "k", f"text {i}") for i in range(6)))
        assert len(set(found)) == 1
        assert case_book.notes(case.number) == found[:1]

    def test_there_is_no_note_without_a_case(self, case_book: CaseBook) -> None:
        with pytest.raises(CaseUnknown):
            case_book.add_note("SR20260312-ZZZZ9", NoteAuthor.CUSTOMER, "x", key="k", at=NOW)
        assert case_book.notes("SR20260312-ZZZZ9") == []


class TestResolve:
    def test_it_says_when_and_by_whom(self, case_book: CaseBook) -> None:
        case, other = opened(case_book, "a"), opened(case_book, "b")
        resolved = case_book.resolve(case.number, at=NOW + HOUR, by="customer")
        assert resolved == replace(case, status=CaseStatus.RESOLVED, resolved_at=NOW + HOUR, resolved_by="customer")
        assert case_book.find(case.number) == resolved
        assert case_book.find(other.number) == other

    def test_again_changes_nothing(self, case_book: CaseBook) -> None:
        case = opened(case_book, "a")
        first = case_book.resolve(case.number, at=NOW + HOUR, by="customer")
        assert case_book.resolve(case.number, at=NOW + 2 * HOUR, by="agent") == first

    def test_at_one_moment_one_of_them_did_it(self, case_book: CaseBook, at_once: Callable[..., list[Any]]) -> None:
        case = opened(case_book, "a")
        found = at_once(*(partial(case_book.resolve, case.number, at=NOW, by=f"agent {i}") for i in range(4)))
        assert len({each.resolved_by for each in found}) == 1

    def test_no_case_can_be_resolved_that_is_not_there(self, case_book: CaseBook) -> None:
        with pytest.raises(CaseUnknown):
            case_book.resolve("SR20260312-ZZZZ9", at=NOW, by="customer")
