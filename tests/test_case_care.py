"""A wish about an open case: which case is meant, who may see it, and what comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jieda.case_care import (
    CHECKS,
    Ask,
    CaseCare,
    Outcome,
    Wish,
    case_meant,
    contact_detail,
    counting,
    is_overdue,
    next_step,
    opened_with,
)
from jieda.cases import Case, CaseRequest, CaseStatus
from jieda.contact import ContactError
from jieda.policy import Category, Language

NOW = datetime(2026, 3, 12, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
HOUR = timedelta(hours=1)


def case(number: str = "SR20260312-AAAAA", status: CaseStatus = CaseStatus.OPEN) -> Case:
    request = CaseRequest(
        conversation_id="c",
        language=Language.ZH,
        category=Category.BILLING,
        summary="账单",
        contact_name="李雷",
        company="北京科技",
        contact_phone="+8613800138000",
        contact_email="LiLei@example.com",
    )
    return Case(number, request, status, NOW - HOUR, NOW + HOUR)


OPEN, OTHER = case(), case("SR20260311-BBBBB")
DONE = case("SR20260310-CCCCC", CaseStatus.RESOLVED)
FOREIGN = "SR20260301-ZZZZZ"


class TestCaseMeant:
    @pytest.mark.parametrize("wish", Wish)
    def test_the_one_named_if_the_conversation_may_see_it(self, wish: Wish) -> None:
        assert case_meant(CaseCare(wish, OTHER.number), [OPEN, OTHER]) == OTHER
        assert case_meant(CaseCare(wish, FOREIGN), [OPEN, OTHER]) is None

    def test_the_state_is_asked_of_the_latest(self) -> None:
        assert case_meant(CaseCare(Wish.STATUS), [DONE, OPEN, OTHER]) == DONE

    @pytest.mark.parametrize("wish", [Wish.UPDATE, Wish.CLOSE])
    def test_what_changes_a_case_is_about_the_one_that_is_open(self, wish: Wish) -> None:
        assert case_meant(CaseCare(wish), [DONE, OPEN]) == OPEN
        assert case_meant(CaseCare(wish), [OPEN, OTHER]) is None, "two are open: it must be said which"
        assert case_meant(CaseCare(wish), [DONE]) == DONE

    @pytest.mark.parametrize("wish", Wish)
    def test_none_when_there_is_none(self, wish: Wish) -> None:
        assert case_meant(CaseCare(wish), []) is None


class TestToIdentify:
    def test_the_number_comes_first_then_a_contact(self) -> None:
        assert next_step(CaseCare(Wish.STATUS), []) is Ask.NUMBER
        assert next_step(CaseCare(Wish.STATUS, FOREIGN), []) is Ask.CONTACT
        assert next_step(CaseCare(Wish.CLOSE, FOREIGN), [OPEN]) is Ask.CONTACT

    def test_of_several_open_ones_which(self) -> None:
        assert next_step(CaseCare(Wish.CLOSE), [OPEN, OTHER]) is Ask.NUMBER

    def test_the_checks_come_to_an_end(self) -> None:
        assert next_step(CaseCare(Wish.STATUS, FOREIGN, failed=CHECKS - 1), []) is Ask.CONTACT
        assert next_step(CaseCare(Wish.STATUS, FOREIGN, failed=CHECKS), []) is Outcome.CHECKS_OVER
        assert next_step(CaseCare(Wish.STATUS, OPEN.number, failed=CHECKS), [OPEN]) is Outcome.TOLD

    def test_who_cannot_say_is_not_asked_again(self) -> None:
        assert next_step(CaseCare(Wish.STATUS, declined=True), []) is Outcome.UNIDENTIFIED
        assert next_step(CaseCare(Wish.STATUS, FOREIGN, declined=True), [OPEN]) is Outcome.UNIDENTIFIED
        assert next_step(CaseCare(Wish.CLOSE, declined=True), [OPEN, OTHER]) is Outcome.LEFT


class TestNextStep:
    @pytest.mark.parametrize(
        ("care", "step"),
        [
            (CaseCare(Wish.STATUS), Outcome.TOLD),
            (CaseCare(Wish.UPDATE), Ask.NOTE),
            (CaseCare(Wish.UPDATE, note="9.1"), Outcome.NOTED),
            (CaseCare(Wish.UPDATE, declined=True), Outcome.LEFT),
            (CaseCare(Wish.CLOSE), Ask.CLOSE),
            (CaseCare(Wish.CLOSE, confirmed=True), Outcome.CLOSED),
            (CaseCare(Wish.CLOSE, confirmed=False), Outcome.LEFT),
        ],
    )
    def test_of_an_open_case(self, care: CaseCare, step: Ask | Outcome) -> None:
        assert next_step(care, [OPEN]) is step

    @pytest.mark.parametrize(
        ("wish", "step"),
        [
            (Wish.STATUS, Outcome.TOLD),
            (Wish.UPDATE, Outcome.RESOLVED_ALREADY),
            (Wish.CLOSE, Outcome.RESOLVED_ALREADY),
        ],
    )
    def test_of_a_resolved_case(self, wish: Wish, step: Outcome) -> None:
        assert next_step(CaseCare(wish, note="x", confirmed=True), [DONE]) is step


class TestContact:
    @pytest.mark.parametrize(
        "given",
        [
            "138 0013 8000",
            "+86 13800138000",
            "手机：１３８００１３８０００",
            "lilei@EXAMPLE.com",
            "邮箱是LiLei@example.com",
        ],
    )
    def test_however_it_is_written(self, given: str) -> None:
        assert opened_with(OPEN, [contact_detail(given)])

    @pytest.mark.parametrize("given", ["13800138001", "lilei@example.org", "13800138000@example.com"])
    def test_another_does_not_fit(self, given: str) -> None:
        assert not opened_with(OPEN, [contact_detail(given)])

    def test_one_of_several_is_enough(self) -> None:
        assert opened_with(OPEN, ["+8613900000000", "lilei@example.com"])

    def test_what_was_never_given_fits_nothing(self) -> None:
        bare = replace(OPEN, request=replace(OPEN.request, contact_email=None))
        assert not opened_with(bare, ["lilei@example.com"])
        assert not opened_with(bare, [])
        assert not opened_with(None, ["+8613800138000"])

    def test_an_extension_belongs_to_the_number(self) -> None:
        desk = replace(OPEN, request=replace(OPEN.request, contact_phone="+862161234567;ext=8001"))
        assert opened_with(desk, [contact_detail("021-61234567 转 8001")])
        assert opened_with(desk, [contact_detail("+862161234567;ext=8001")])
        assert not opened_with(desk, [contact_detail("021-61234567")])

    def test_no_contact_is_an_error(self) -> None:
        with pytest.raises(ContactError):
            contact_detail("不知道")


def test_failed_checks_count_for_a_day() -> None:
    now = NOW.isoformat()
    assert counting([now], NOW + timedelta(hours=23)) == [now]
    assert counting([now], NOW + timedelta(hours=24)) == []


def test_overdue_is_what_nobody_has_looked_at_in_time() -> None:
    assert not is_overdue(OPEN, OPEN.due_at)
    assert is_overdue(OPEN, OPEN.due_at + timedelta(seconds=1))
    assert not is_overdue(replace(OPEN, status=CaseStatus.ACKNOWLEDGED), OPEN.due_at + HOUR)
    assert not is_overdue(DONE, OPEN.due_at + HOUR)
