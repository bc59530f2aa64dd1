"""Buttons pressed late, twice or by typing their label, against the running system over the chat API."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jieda.policy import Language
from jieda.store.cases import CaseBook
from jieda.store.database import connect
from jieda.wording import wording
from tests.system.running import CASE_NUMBER, Customer, RunningJieda

SAY = {language: wording().say("utter_question_past", language) for language in Language}


@pytest.fixture(scope="module")
def book(jieda: RunningJieda) -> CaseBook:
    return CaseBook(connect(f"sqlite:///{jieda.home / 'jieda.db'}"))


def buttons(customer: Customer) -> dict[str, str]:
    return {choice["title"]: choice["id"] for event in customer.heard for choice in event["choices"]}


def at_the_summary(jieda: RunningJieda) -> tuple[Customer, dict[str, str]]:
    """A customer who has come to the summary, and every button seen on the way."""
    customer, seen = jieda.customer("en"), {}
    hear: list[Callable[[], str]] = [
        lambda: customer.say("I don't understand the charges on my bill"),
        lambda: customer.press("Open a service request"),
        lambda: customer.press("I agree"),
        lambda: customer.say("Grace Hall"),
        lambda: customer.say("Example Trading Ltd"),
        lambda: customer.say("13800138000"),
        lambda: customer.say("grace.hall@example.com"),
    ]
    for each in hear:
        said = each()
        seen.update(buttons(customer))
    assert said.endswith("Is that right?")
    return customer, seen


class TestOfAnEarlierQuestion:
    def test_consent_pressed_again_submits_nothing(self, jieda: RunningJieda, book: CaseBook) -> None:
        customer, seen = at_the_summary(jieda)
        said = customer.press_again(seen["I agree"])
        assert said.startswith(SAY[Language.EN])
        assert said.endswith("Is that right?")
        assert book.latest_of(customer.id) is None
        assert CASE_NUMBER.search(customer.press("Correct, submit"))

    def test_an_earlier_summary_confirms_no_later_one(self, jieda: RunningJieda, book: CaseBook) -> None:
        customer, seen = at_the_summary(jieda)
        assert "Other Trading Ltd" in customer.say("No, the company is Other Trading Ltd")
        customer.press_again(seen["Correct, submit"])
        assert book.latest_of(customer.id) is None
        customer.press("Correct, submit")
        case = book.latest_of(customer.id)
        assert case is not None
        assert case.request.company == "Other Trading Ltd"

    def test_pressed_twice_one_case_is_opened(self, jieda: RunningJieda, book: CaseBook) -> None:
        customer, seen = at_the_summary(jieda)
        assert CASE_NUMBER.search(customer.press("Correct, submit"))
        assert customer.press_again(seen["Correct, submit"]) == SAY[Language.EN]
        assert len(book.at_hand(customer.id, ())) == 1

    def test_an_answer_that_decides_nothing_any_more_changes_nothing(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("zh")
        customer.say("报表从今天早上开始一直报错打不开，请帮我提交服务请求")
        customer.press("不确定或多个应用")
        severity = buttons(customer)
        customer.press("非严重")
        customer.press_again(severity["严重"])
        assert customer.slots["severity"] == "non_critical"
        assert customer.slots["requested_slot"] == "privacy_consent"

    def test_the_offer_of_a_case_may_be_taken_later(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("zh")
        customer.say("账单里有一笔费用我看不明白")
        offer = buttons(customer)
        customer.say("你们几点下班？")
        customer.press_again(offer["提交服务请求"])
        assert customer.slots["requested_slot"] == "privacy_consent"
        assert wording().say("utter_case_underway", Language.ZH) in customer.press_again(offer["提交服务请求"])

    def test_closing_pressed_twice_still_asks(self, jieda: RunningJieda, book: CaseBook) -> None:
        customer, _ = at_the_summary(jieda)
        customer.press("Correct, submit")
        customer.say("hello")
        close = buttons(customer)["Close it"]
        customer.press_again(close)
        customer.press_again(close)
        case = book.latest_of(customer.id)
        assert case is not None
        assert not case.is_resolved


class TestLabelTyped:
    def test_the_plain_questions_about_severity(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("zh")
        customer.say("报表从今天早上开始一直报错打不开，请帮我提交服务请求")
        for typed in ("不确定或多个应用", "说不准", "有人能", "少数人", "不能，只能等"):
            customer.say(typed)
        assert customer.slots["severity"] == "critical"

    def test_nobody_can_work(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("en")
        customer.say("Saving a record fails with an unexpected error. Please open a service request for me")
        for typed in ("not sure, or several", "Hard to say", "nobody"):
            customer.say(typed)
        assert customer.slots["severity"] == "critical"

    def test_skip(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("en")
        customer.begin_billing_case("en")
        for said in ("I agree", "Grace Hall", "Example Trading Ltd", "12", "123", "1234"):
            customer.say(said)
        assert "Skip" in buttons(customer)
        customer.say("skip")
        assert customer.slots["requested_slot"] == "contact_email"
