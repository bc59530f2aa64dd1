"""The desk's pages, each thing an agent does with them; in a real browser, without Rasa."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from jieda.agents import Role
from jieda.policy import Language
from tests.browser.desk import PASSWORD, Desk
from tests.gateway.harness import hand_over

HEARD = """
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) { window.tones++; return start.apply(this, when); };
"""


def violations(page: Page) -> list[str]:
    found = Axe().run(page)
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found.response["violations"]]


class TestSigningIn:
    def test_a_wrong_password_is_told_and_the_right_one_leads_to_where_one_wanted_to_go(self, desk: Desk) -> None:
        agent = desk.agent()
        agent.context.clear_cookies()
        page = agent.go("/desk/cases")
        expect(page).to_have_url(re.compile(r"/desk/sign-in\?next=%2Fdesk%2Fcases$"))
        page.get_by_label("姓名").fill(agent.name)
        page.get_by_label("密码").fill("not this one")
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("alert")).to_have_text("姓名或密码不正确。")
        page.get_by_label("密码").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/desk/cases$"))
        page.wait_for_load_state()
        page.get_by_role("button", name="退出登录").click()
        expect(page).to_have_url(re.compile("/desk/sign-in$"))
        agent.go("/desk/")
        expect(page).to_have_url(re.compile("/desk/sign-in"))
        # The browser itself complains of the refused sign-in.
        assert [each for each in agent.troubles if "401" not in each] == []
        agent.troubles.clear()

    def test_nobody_is_led_away_from_the_desk(self, desk: Desk) -> None:
        page = desk.agent().go("/desk/sign-in?next=//example.com/desk/")
        expect(page).to_have_url(re.compile(re.escape(desk.gateway.url) + "/desk/$"))

    def test_a_session_that_ends_meanwhile_leads_to_sign_in_and_back(self, desk: Desk) -> None:
        agent = desk.agent()
        customer = desk.gateway.begin(language="zh")
        customer.ask("你好")
        hand_over(desk.gateway.ledger, customer.id)
        page = agent.open(customer.id)
        expect(agent.transcript).to_contain_text("你好")
        desk.book.set_password(agent.name, PASSWORD)
        customer.say("在吗")
        expect(page).to_have_url(re.compile(f"/desk/sign-in.next=.*{customer.id}"), timeout=20_000)
        agent.troubles.clear()


class TestLooks:
    @pytest.mark.parametrize(
        ("language", "width", "scheme"), [(Language.ZH, 1280, "light"), (Language.EN, 360, "dark")]
    )
    def test_every_page_fits_and_is_accessible(self, desk: Desk, language: Language, width: int, scheme: str) -> None:
        agent = desk.agent(
            language=language,
            role=Role.SUPERVISOR,
            viewport={"width": width, "height": 740},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        known = {"contact_name": "韩梅梅", "issue_summary": "登录不了"}
        waiting = desk.waiting("登录不了", "转人工", severity="critical", **known)
        case = desk.case(waiting)
        agent.open(waiting)
        agent.claim()
        for path in ("/desk/", f"/desk/conversations/{waiting}", "/desk/cases", f"/desk/cases/{case.number}"):
            page = agent.go(path)
            expect(page.locator("main")).to_be_visible()
            if "conversations" in path:
                expect(agent.transcript.locator("[data-seq]").first).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert violations(page) == [], path
        agent.open(waiting)
        expect(agent.transcript.locator("[data-seq]").first).to_be_visible()
        page.keyboard.press("i")
        expect(page.locator("[data-canned-filter]")).to_be_focused()
        assert violations(page) == [], "canned replies"
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        assert violations(page) == [], "help"
        page.keyboard.press("Escape")
        page.keyboard.press("x")
        expect(page.get_by_role("dialog")).to_be_visible()
        assert violations(page) == [], "closing"
        agent.context.clear_cookies()
        assert violations(agent.go("/desk/sign-in")) == [], "sign-in"

    def test_what_is_not_there_is_told_on_a_page(self, desk: Desk) -> None:
        agent = desk.agent(language=Language.EN)
        for path in ("/desk/conversations/none", "/desk/cases/SR20260101-NONE", "/desk/nothing"):
            page = agent.go(path)
            expect(page.get_by_role("heading", level=1)).to_have_text("This page does not open")
        assert violations(page) == []
        agent.troubles.clear()

    def test_language_and_theme_are_the_agents_choice(self, desk: Desk) -> None:
        agent = desk.agent()
        page = agent.go("/desk/")
        expect(page.locator("html")).to_have_attribute("data-theme", "light")
        page.get_by_role("button", name="切换深色或浅色").click()
        page.get_by_role("button", name="EN").click()
        expect(page.locator("[data-view=waiting][aria-current]")).to_contain_text("Waiting")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        agent.go("/desk/cases")
        expect(page.locator("html")).to_have_attribute("lang", "en")


class TestQueue:
    def test_keys_walk_open_and_claim_but_rest_while_one_types(self, desk: Desk) -> None:
        agent = desk.agent()
        calm = desk.waiting("计划板打不开", "转人工 b")
        grave = desk.waiting("系统全停了", "转人工 a", severity="critical")
        page = agent.go("/desk/")
        rows = page.locator("[data-row]")
        expect(rows.first).to_have_attribute("data-row", grave)
        page.keyboard.press("/")
        page.keyboard.type("cjkrx计划板")
        expect(page.locator("[data-search]")).to_have_value("cjkrx计划板")
        assert desk.gateway.ledger.conversation(grave).owner.value == "queued"
        page.locator("[data-search]").fill("计划板")
        expect(rows).to_have_count(1)
        expect(rows.first).to_have_attribute("data-row", calm)
        page.locator("[data-search]").fill("")
        expect(rows.first).to_have_attribute("data-row", grave)
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        expect(rows.first).to_be_focused()
        page.keyboard.press("j")
        page.keyboard.press("k")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"/desk/conversations/{grave}"))
        agent.claim()
        assert desk.gateway.ledger.conversation(grave).agent == agent.name
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.keyboard.press("m")
        expect(rows).to_have_count(1)
        expect(page.locator("[data-view=mine][aria-current=true]")).to_contain_text("1")

    def test_a_new_critical_one_is_seen_in_the_title_and_heard(self, desk: Desk) -> None:
        agent = desk.agent(language=Language.EN, init=HEARD)
        page = agent.go("/desk/cases")
        page.get_by_role("button", name="Sound for a new critical").click()
        before = page.evaluate("window.tones")
        assert before > 0
        customer = desk.gateway.begin(language="en")
        customer.ask("everything is down")
        desk.gateway.ledger.describe(customer.id, severity="critical")
        hand_over(desk.gateway.ledger, customer.id)
        customer.say("is anybody there?")
        expect(page).to_have_title(re.compile(r"^\(\d+\) Critical · Cases"))
        expect(page.locator("[data-toasts]")).to_contain_text("A new critical conversation is waiting")
        assert page.evaluate("window.tones") > before
        agent.open(customer.id)
        agent.claim()

    def test_lists_bear_no_contact_details(self, desk: Desk) -> None:
        agent = desk.agent()
        known = {"contact_name": "李雷", "contact_phone": "+8613800138000"}
        waiting = desk.waiting("我的电话 13800138000，邮箱 lilei@example.com", **known)
        page = agent.open(waiting)
        row = page.locator(f'[data-row="{waiting}"]')
        expect(row).to_be_visible()
        assert not re.search("13800138000|lilei@", row.inner_text())
        details = page.locator("#side")
        expect(details).to_contain_text("李*")
        assert "13800138000" not in details.inner_text()
        details.get_by_role("button", name="显示完整信息").click()
        expect(details).to_contain_text("+8613800138000")
        assert ("contact_revealed", waiting) in desk.audited(agent.name)

    def test_what_was_revealed_stays_until_another_customer_is_opened(self, desk: Desk) -> None:
        agent = desk.agent()
        known = {"contact_name": "李雷", "contact_phone": "+8613800138000"}
        one, other = desk.waiting("打不开", **known), desk.waiting("也打不开", **known)
        page = agent.open(one)
        details = page.locator("#side")
        details.get_by_role("button", name="显示完整信息").click()
        expect(details).to_contain_text("+8613800138000")
        agent.claim()
        expect(details).to_contain_text("+8613800138000")
        page.locator(f'[data-row="{other}"]').click()
        expect(details).to_contain_text("李*")
        expect(details).not_to_contain_text("+8613800138000")


class TestConversation:
    def test_both_hear_each_other_and_each_message_stands_once(self, desk: Desk) -> None:
        agent = desk.agent()
        customer = desk.gateway.begin(language="zh")
        customer.ask("你好")
        page = agent.open(customer.id)
        agent.claim()
        agent.say("您好，我是客服王芳。")
        customer.say("太好了")
        expect(agent.transcript).to_contain_text("太好了")
        expect(page).to_have_title(re.compile(r"^\(1\) 待回复 · 会话"))
        said = [each["text"] for each in customer.events() if each.get("author") == "agent"]
        assert said == ["您好，我是客服王芳。"]
        page.reload()
        expect(agent.transcript.locator('[data-author="agent"]')).to_have_count(1)
        kinds = {each.get_attribute("data-author") for each in agent.transcript.locator("[data-seq]").all()}
        assert kinds == {"customer", "bot", "agent", "system"}

    def test_typing_is_seen_on_both_sides(self, desk: Desk) -> None:
        agent = desk.agent()
        customer = desk.gateway.begin(language="zh")
        customer.ask("你好")
        page = agent.open(customer.id)
        agent.claim()
        with customer.stream() as stream:
            stream.opened()
            agent.box.press_sequentially("请稍")
            stream.until(lambda events: any(each["type"] == "typing" and each["on"] for each in events))
        posted = desk.gateway.http.post(f"{customer.path}/typing", json={"on": True}, headers=customer.headers)
        assert posted.is_success, posted.text
        expect(page.locator("[data-typing]")).to_have_text("客户正在输入…")

    def test_a_draft_survives_a_reload_and_an_input_method_sends_nothing(self, desk: Desk) -> None:
        agent = desk.agent()
        waiting = desk.waiting("转人工")
        page = agent.open(waiting)
        agent.claim()
        agent.box.fill("正在查看，请")
        agent.box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
        expect(agent.box).to_have_value("正在查看，请")
        page.reload()
        expect(agent.box).to_have_value("正在查看，请")
        assert agent.transcript.locator('[data-author="agent"]').count() == 0

    def test_a_message_that_was_not_delivered_is_sent_again_and_stands_once(self, desk: Desk) -> None:
        agent = desk.agent()
        waiting = desk.waiting("转人工")
        page = agent.open(waiting)
        agent.claim()
        lost = iter([True])

        def answer_is_lost(route: object) -> None:
            if next(lost, False):
                route.fetch()  # type: ignore[attr-defined]
                route.abort()  # type: ignore[attr-defined]
            else:
                route.continue_()  # type: ignore[attr-defined]

        page.route("**/messages", answer_is_lost)
        agent.say("只说一次")
        expect(page.locator(".pending .message")).to_have_count(0)
        expect(agent.transcript.locator('[data-author="agent"]')).to_have_count(1)
        agent.troubles.clear()

    def test_canned_replies_speak_the_customers_language_and_know_the_facts(self, desk: Desk) -> None:
        agent = desk.agent()
        waiting = desk.waiting("a person please", language=Language.EN)
        page = agent.open(waiting)
        agent.claim()
        agent.box.press("/")
        page.keyboard.type("looking after")
        expect(page.locator(".canned-list:not([hidden]) li:not([hidden])")).to_have_count(1)
        page.keyboard.press("Enter")
        expect(agent.box).to_have_value(f"Hello, this is {agent.name}. I'm looking after your question from here.")
        agent.box.fill("")
        page.get_by_role("button", name="快捷回复").click()
        expect(page.locator("[data-canned]")).not_to_contain_text("SR2")
        page.get_by_role("button", name="中文", exact=True).click()
        expect(page.locator(".canned-list:not([hidden])")).to_contain_text(f"您好，我是客服{agent.name}")

    def test_notes_and_labels_stay_among_agents(self, desk: Desk) -> None:
        agent = desk.agent()
        customer = desk.gateway.begin(language="zh")
        customer.ask("你好")
        page = agent.open(customer.id)
        expect(agent.transcript).to_contain_text("你好")
        page.keyboard.press("n")
        page.keyboard.type("已联系二线 <b>勿动</b>")
        page.get_by_role("button", name="保存备注").click()
        expect(page.locator(".note")).to_contain_text("已联系二线 <b>勿动</b>")
        page.keyboard.press("Escape")
        page.locator("[data-label-box]").fill("登录问题")
        page.keyboard.press("Enter")
        expect(page.locator(".chip")).to_have_text("登录问题")
        assert not re.search("二线|登录问题", str(customer.events()))
        page.get_by_role("button", name="移除标签 登录问题").click()
        expect(page.locator(".chip")).to_have_count(0)

    def test_who_else_looks_is_told(self, desk: Desk) -> None:
        first, second = desk.agent("王芳"), desk.agent("Tom", Language.EN)
        waiting = desk.waiting("转人工")
        first.open(waiting)
        second.open(waiting)
        expect(first.page.locator("[data-looking]")).to_have_text(f"{second.name} 也在查看此会话")
        expect(second.page.locator("[data-looking]")).to_have_text(f"Also looking at this: {first.name}")

    def test_intent_and_confidence_stand_beside_what_the_customer_said(self, desk: Desk) -> None:
        agent = desk.agent()
        waiting = desk.waiting("嗯……", intent="technical_sign_in", confidence=0.41)
        agent.open(waiting)
        understood = agent.transcript.locator('[data-author="customer"] .understood')
        expect(understood).to_contain_text("technical_sign_in")
        expect(understood).to_contain_text("41%")
        expect(understood).to_have_attribute("title", "解决登录问题")


class TestCases:
    def test_one_is_acknowledged_resolved_and_opened_again(self, desk: Desk) -> None:
        agent = desk.agent(language=Language.EN)
        case = desk.case(desk.waiting("转人工"))
        page = agent.go("/desk/cases")
        row = page.get_by_role("row").filter(has_text=case.number)
        expect(row.locator("[data-sla]")).to_contain_text("Due soon")
        row.get_by_role("button", name="Acknowledge").click()
        expect(row).to_have_count(0)
        page = agent.go(f"/desk/cases/{case.number}")
        expect(page.locator("main")).to_contain_text(f"Acknowledged by {agent.name}")
        expect(page.locator("main")).to_contain_text("Answered in time")
        page.get_by_role("button", name="Resolve").click()
        expect(page.locator("main")).to_contain_text(f"Resolved by {agent.name}")
        page.get_by_role("button", name="Reopen").click()
        expect(page.get_by_role("button", name="Resolve")).to_be_visible()
        page.get_by_role("button", name="Reveal").click()
        expect(page.locator("main")).to_contain_text("hanmeimei@example.com")
        with page.expect_response(lambda response: "/desk/parts/cases/" in response.url):
            # Something else at the desk has changed.
            page.evaluate("document.dispatchEvent(new Event('desk:queue'))")
        expect(page.locator("main")).to_contain_text("hanmeimei@example.com")
        expect(page.get_by_role("button", name="Reveal")).to_have_count(0)
        assert ("contact_revealed", case.number) in desk.audited(agent.name)

    def test_filters_and_words_narrow_the_list_and_stay_in_the_address(self, desk: Desk) -> None:
        agent = desk.agent()
        case, other = desk.case(desk.waiting("转人工")), desk.case(desk.waiting("转人工"), minutes_left=-5)
        page = agent.go("/desk/cases")
        expect(page.get_by_role("row").filter(has_text=other.number).locator("[data-sla]")).to_contain_text("已超时")
        page.get_by_label("编号、问题或公司").fill(case.number)
        expect(page.locator("[data-row]")).to_have_count(1)
        expect(page).to_have_url(re.compile(f"q={case.number}"))
        page.reload()
        expect(page.locator("[data-row]")).to_have_text(case.number)

    def test_an_agent_opens_one_for_the_customer(self, desk: Desk) -> None:
        agent = desk.agent()
        waiting = desk.waiting("转人工")
        page = agent.open(waiting)
        agent.claim()
        page.get_by_role("button", name="提交服务请求").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("问题描述").fill("计划板打不开")
        dialog.get_by_label("姓名").fill("李雷")
        dialog.get_by_label("公司").fill("上海示例科技有限公司")
        dialog.get_by_label("电话").fill("12345")
        dialog.get_by_role("button", name="提交服务请求").click()
        expect(dialog.get_by_role("alert")).to_contain_text("请检查")
        dialog.get_by_label("电话").fill("13800138000")
        dialog.get_by_role("button", name="提交服务请求").click()
        expect(page.locator("#side .case-list")).to_contain_text("SR")
        assert len(desk.cases.open_of(waiting)) == 1
        agent.troubles.clear()


class TestHostileText:
    MARKUP = '<img src=x onerror="window.hit=1"><script>window.hit=1</script><b>bold</b> {{ 7*7 }} ${7*7}'
    HIDDEN = "safe\u202etxt.exe\u202c zero\u200bwidth"
    LONG = "长" * 9_990

    @pytest.fixture
    def page(self, desk: Desk) -> Page:
        agent = desk.agent()
        waiting = desk.waiting(
            self.HIDDEN, self.LONG, self.MARKUP, contact_name=self.MARKUP[:40], issue_summary=self.MARKUP
        )
        page = agent.open(waiting)
        expect(agent.transcript.locator("[data-seq]")).to_have_count(6)
        return page

    def test_it_is_text_and_nothing_else(self, page: Page) -> None:
        expect(page.locator("[data-transcript]")).to_contain_text(self.MARKUP)
        expect(page.locator("#side")).to_contain_text(self.MARKUP)
        # The customer's name is masked there, and was this markup's beginning.
        expect(page.locator("#queue-list")).to_contain_text('onerror="window.hit=1"><script>')
        assert page.evaluate("window.hit") is None
        for place in ("[data-transcript]", "#side", "#queue-list", "#head", ".summary"):
            assert page.locator(f"{place} :is(img, script, b:not(.by b))").count() == 0, place

    def test_what_cannot_be_seen_is_marked_and_turns_nothing_around(self, page: Page) -> None:
        said = page.locator("[data-transcript] [data-seq='1'] .said")
        expect(said).to_have_text("safeU+202Etxt.exeU+202C zeroU+200Bwidth")
        assert said.locator(".unseen").all_inner_texts() == ["U+202E", "U+202C", "U+200B"]

    def test_a_long_one_is_folded_until_it_is_asked_for(self, page: Page) -> None:
        message = page.locator('[data-author="customer"]', has_text="长长")
        assert len(message.locator(".said").inner_text()) < 1_300
        message.get_by_role("button", name="展开全部（共 9990 字）").click()
        said = page.locator('[data-author="customer"] .said', has_text="长长")
        assert len(said.inner_text()) == 9_990
        page.get_by_role("button", name="收起").click()
