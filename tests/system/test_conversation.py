"""Whole conversations with the running system: Rasa, the actions and the gateway as customers meet them."""

from __future__ import annotations

import re

import pytest

from tests.system.running import CASE_NUMBER, HAN, RunningJieda

PRESALES, TECHNICAL = "+86 400-886-6134", "+86 400-089-0365"


class TestAnswers:
    @pytest.mark.parametrize(
        ("language", "question", "facts"),
        [
            ("zh", "你们的产品一个用户每月多少钱？", [PRESALES]),
            ("en", "What does it cost per user per month before we buy?", [PRESALES]),
            ("zh", "这个月的扣款比上个月多，我看不懂账单", [TECHNICAL, "9:00–18:00", "https://admin.microsoft.com"]),
            (
                "en",
                "I don't understand the charges on my bill",
                [TECHNICAL, "9:00–18:00", "https://admin.microsoft.com"],
            ),
            ("zh", "系统登录不上去了，一直报错", [TECHNICAL, "https://portal.partner.microsoftonline.cn/"]),
            (
                "en",
                "Nobody on my team can sign in since this morning",
                [TECHNICAL, "https://portal.partner.microsoftonline.cn/"],
            ),
            ("zh", "Premier 支持有什么好处？", ["专属服务交付经理"]),
            ("en", "How do I buy Premier support?", ["your Microsoft Account team"]),
            ("zh", "隐私声明在哪里看", ["https://www.21vbluecloud.com/Dynamics365/d365-privacy/"]),
            ("en", "Where can I read the SLA?", ["https://www.21vbluecloud.com/Dynamics365/d365-sla/"]),
        ],
    )
    def test_a_question_is_answered_with_the_facts_of_the_policy(
        self, jieda: RunningJieda, language: str, question: str, facts: list[str]
    ) -> None:
        said = jieda.customer(language).say(question)
        assert all(fact in said for fact in facts), said
        assert bool(HAN.search(said)) == (language == "zh")

    def test_hours_name_the_next_opening_when_the_lines_are_closed(self, jieda: RunningJieda) -> None:
        said = jieda.customer("zh").say("你们周末上班吗？几点到几点？")
        assert "9:00–18:00" in said
        assert "3月16日（周一）09:00" in said

    def test_presales_is_never_given_clock_hours(self, jieda: RunningJieda) -> None:
        said = jieda.customer("en").say("Which plan is right for a small sales team, and what does it cost?")
        assert "local business hours" in said
        assert "9:00" not in said

    def test_after_a_category_a_case_or_a_person_is_offered(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("zh")
        customer.say("报表一直报错打不开")
        assert [choice["title"] for choice in customer.heard[-1]["choices"]] == ["提交服务请求", "转人工"]


class TestCase:
    def test_technical_critical_in_chinese_outside_support_hours(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("zh")
        customer.say("Dynamics 365 Sales 全公司都登录不上，业务完全停了，请帮我提交服务请求")
        assert customer.slots["requested_slot"] == "privacy_consent", "app, severity and summary were said already"
        assert customer.slots["severity"] == "critical"
        customer.press("同意")
        customer.say("李雷")
        customer.say("上海示例科技有限公司")
        customer.say("１３８００１３８０００")
        summary = customer.say("lilei@example.com")
        for given in ("Dynamics 365 Sales", "李雷", "上海示例科技有限公司", "+86 138 0013 8000", "lilei@example.com"):
            assert given in summary
        opened = customer.press("没问题，提交")
        assert len(set(CASE_NUMBER.findall(opened))) == 1
        assert "1 小时" in opened
        assert re.search(r"3月14日（周六）21:\d\d", opened), "due an hour after opening, though the desk is closed"
        assert TECHNICAL in opened
        assert "9:00–18:00" in opened
        assert "https://portal.partner.microsoftonline.cn/" in opened
        assert "周一）" not in opened, "a critical case is never told to wait for Monday"

    def test_billing_in_english_counts_support_hours(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("en")
        customer.say("There is a charge on our invoice that I don't understand. Please open a service request.")
        assert customer.slots["requested_slot"] == "privacy_consent", "billing needs neither app nor severity"
        for answer in ("I agree", "Grace Hall", "Example Trading Ltd", "+86 21 6123 4567 ext 12"):
            customer.say(answer)
        assert customer.slots["contact_phone"] == "+862161234567;ext=12"
        assert "+86 21 6123 4567 ext. 12" in customer.say("grace.hall@example.com")
        opened = customer.say("yes")
        assert len(set(CASE_NUMBER.findall(opened))) == 1
        assert "Mon 16 Mar, 17:00" in opened, "eight support hours from Monday's opening"
        assert "closed now and open again on Mon 16 Mar, 09:00" in opened
        assert not HAN.search(opened)

    def test_what_was_said_before_consent_is_taken_only_after_it(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("zh")
        customer.say("我是上海示例科技有限公司的李雷，电话13800138000，现场服务的计划板打不开")
        assert customer.slots["contact_phone"] is None
        customer.say("帮我提交服务请求")
        assert customer.slots["requested_slot"] == "severity"
        customer.say("非严重")
        customer.say("同意")
        slots = customer.slots
        assert (slots["contact_name"], slots["company"]) == ("李雷", "上海示例科技有限公司")
        assert slots["contact_phone"] == "+8613800138000"
        assert slots["requested_slot"] == "contact_email"

    def test_after_three_failed_answers_the_phone_may_be_skipped(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("en")
        customer.begin_billing_case("en")
        for answer in ("I agree", "Grace Hall", "Example Trading Ltd"):
            customer.say(answer)
        assert "too short" in customer.say("12345")
        assert "don't see a phone number" in customer.say("abc def")
        assert "skip it" in customer.say("999")
        assert "one way to reach you is enough" in customer.press("Skip")
        assert "not given" in customer.say("grace.hall@example.com")
        assert CASE_NUMBER.search(customer.say("yes"))

    def test_without_consent_nothing_is_kept_and_the_hotline_is_given(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("zh")
        customer.begin_billing_case("zh")
        said = customer.press("不同意")
        assert TECHNICAL in said
        assert not CASE_NUMBER.search(said)
        assert customer.slots["contact_name"] is None

    def test_a_correction_at_the_summary_is_taken(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("zh")
        customer.begin_billing_case("zh")
        for answer in ("同意", "韩梅梅", "北京示例有限公司", "13800138000", "hmm@example.com"):
            customer.say(answer)
        assert "+86 139 0013 9000" in customer.say("电话写错了，是13900139000")
        opened = customer.say("对")
        assert CASE_NUMBER.search(opened)

    def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("en")
        customer.begin_billing_case("en")
        customer.say("I agree")
        said = customer.say("By the way, what are your opening hours?")
        assert "9:00–18:00" in said
        assert "What is your name?" in said

    def test_a_second_yes_opens_no_second_case(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("en")
        customer.begin_billing_case("en")
        for answer in ("I agree", "Grace Hall", "Example Trading Ltd", "+86 21 6123 4567", "grace.hall@example.com"):
            customer.say(answer)
        number = CASE_NUMBER.search(customer.say("yes"))
        assert number
        assert not CASE_NUMBER.search(customer.say("yes"))
        assert number[0] in customer.say("What's the status of my ticket?")


class TestHandOff:
    def test_the_hotline_follows_the_category(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("zh")
        customer.say("想了解一下你们各个版本的区别")
        assert PRESALES in customer.say("转人工")

    def test_without_a_category_the_number_that_serves_all_is_given(self, jieda: RunningJieda) -> None:
        assert TECHNICAL in jieda.customer("en").say("Let me talk to a human being")

    def test_a_person_is_offered_after_two_misses(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("en")
        customer.say("What is the capital of France?")
        assert TECHNICAL in customer.say("And how tall is the Eiffel tower?")


class TestLanguage:
    def test_the_language_follows_the_customer(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("en")
        assert HAN.search(customer.say("你们的热线电话是多少？"))
        assert not HAN.search(customer.say("And when are you open?"))

    def test_a_language_asked_for_stays(self, jieda: RunningJieda) -> None:
        customer = jieda.customer("en")
        assert HAN.search(customer.say("请说中文"))
        assert HAN.search(customer.say("What is the hotline?"))

    @pytest.mark.parametrize("answer", ["Grace Hall", "OK", "12345", "grace.hall@example.com", "Dynamics 365 Sales"])
    def test_names_numbers_and_products_change_no_language(self, jieda: RunningJieda, answer: str) -> None:
        customer = jieda.customer("zh")
        customer.begin_billing_case("zh")
        customer.say("同意")
        assert HAN.search(customer.say(answer))
