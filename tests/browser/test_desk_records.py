"""Transcripts, review, insights and the audit log in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from jieda.agents import Role
from jieda.policy import Language
from tests.browser.desk import Desk
from tests.browser.test_desk_pages import violations


@pytest.mark.parametrize(("language", "width", "scheme"), [(Language.ZH, 1280, "light"), (Language.EN, 360, "dark")])
def test_every_page_fits_and_is_accessible(desk: Desk, language: Language, width: int, scheme: str) -> None:
    agent = desk.agent(
        language=language,
        role=Role.SUPERVISOR,
        viewport={"width": width, "height": 740},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    told = desk.waiting("我叫李雷，电话 13800138000", "发票开错了", contact_name="李雷", intent="billing_renew")
    lost = desk.waiting("嗯……" * 400, intent="nlu_fallback", confidence=0.2)
    agent.open(told)
    agent.claim()
    agent.say("您好")
    pages = ("transcripts", f"transcripts/{told}", f"transcripts/{lost}/print", "review", "insights?days=90", "audit")
    for path in pages:
        page = agent.go(f"/desk/{path}")
        expect(page.locator("main")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert violations(page) == [], path
    page = agent.go("/desk/insights")
    page.locator("summary").click()
    assert violations(page) == [], "table of a plot"


class TestTranscripts:
    def test_words_and_filters_narrow_the_list_and_stay_in_the_address(self, desk: Desk) -> None:
        agent = desk.agent()
        wanted = desk.waiting("退订的违约金怎么算", category="billing")
        desk.waiting("打不开报表", category="technical")
        page = agent.go("/desk/transcripts")
        page.keyboard.press("/")
        page.keyboard.type("违约金")
        rows = page.locator("[data-row]")
        expect(rows).to_have_count(1)
        expect(page).to_have_url(re.compile("q=%E8%BF%9D"))
        page.get_by_label("类别").select_option("technical")
        expect(page.locator("main")).to_contain_text("没有符合条件的会话")
        page.get_by_label("类别").select_option("billing")
        expect(rows).to_have_attribute("href", f"/desk/transcripts/{wanted}")
        with page.expect_download() as download:
            page.get_by_role("link", name="导出 CSV").click()
        exported = download.value.path().read_text(encoding="utf-8-sig")
        assert "违约金" in exported
        assert "报表" not in exported

    def test_what_was_said_is_masked_until_it_is_revealed(self, desk: Desk) -> None:
        agent = desk.agent()
        told = desk.waiting("我叫李雷，电话 13800138000", contact_name="李雷")
        page = agent.go(f"/desk/transcripts/{told}")
        said = page.locator("#said")
        expect(said).to_contain_text("我叫李*，电话 +86138****8000")
        said.get_by_role("button", name="显示完整内容").click()
        expect(said).to_contain_text("我叫李雷，电话 13800138000")
        assert ("transcript_revealed", told) in desk.audited(agent.name)

    def test_hostile_text_is_text(self, desk: Desk) -> None:
        agent = desk.agent()
        markup = '<img src=x onerror="window.hit=1"><script>window.hit=1</script> {{ 7*7 }}\u202e'
        hostile = desk.waiting(markup, intent="nlu_fallback")
        for path in (f"transcripts/{hostile}", "review", "insights", "transcripts?q=onerror"):
            page = agent.go(f"/desk/{path}")
            expect(page.locator("main")).to_contain_text("<img src=x onerror=")
            assert page.evaluate("window.hit") is None
            assert page.locator("main img").count() == 0


class TestReview:
    def test_a_message_is_judged_and_its_intent_chosen(self, desk: Desk) -> None:
        agent = desk.agent()
        told = desk.waiting("订阅续到明年", intent="billing_cancel", confidence=0.6)
        page = agent.go(f"/desk/transcripts/{told}")
        form = page.locator("form.review").first
        form.get_by_role("button", name="正确").click()
        expect(form.get_by_role("status")).to_have_text(f"{agent.name} 认为正确")
        form.get_by_role("button", name="有误").click()
        expect(form.get_by_role("status")).to_have_text(f"{agent.name} 认为有误")
        expect(form.get_by_role("button", name="有误")).to_have_attribute("aria-pressed", "true")
        form.get_by_label("为消息 1 选择正确的意图").select_option("billing_renew")
        expect(form.get_by_role("status")).to_have_text(f"{agent.name} 改为 billing_renew")
        page = agent.go("/desk/review?list=ready")
        expect(page.locator("tr", has_text="订阅续到明年")).to_contain_text("billing_renew")

    def test_what_was_said_to_a_person_waits_to_be_picked(self, desk: Desk) -> None:
        agent = desk.agent()
        customer = desk.gateway.begin(language="zh")
        customer.ask("你好")
        agent.open(customer.id)
        agent.claim()
        customer.say("席位怎么加")
        expect(agent.transcript).to_contain_text("席位怎么加")
        page = agent.go(f"/desk/transcripts/{customer.id}")
        form = page.locator("li.message", has_text="席位怎么加").locator("form.review")
        expect(form.get_by_role("button")).to_have_count(0)
        expect(form.locator("option").first).to_have_text("用于训练（对人工说的话）")
        form.locator("select").select_option("billing_licenses")
        expect(form.get_by_role("status")).to_contain_text("billing_licenses")
