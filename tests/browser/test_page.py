"""A customer at the page, in a real browser: from the launcher to a case number, in Chinese and in English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.system.running import CASE_NUMBER, RunningJieda

WAIT_MS = 30_000


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    troubles: list[str] = []
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    context.close()
    assert troubles == []


def bot_messages(page: Page) -> int:
    return page.locator("[part=message][data-author=bot][data-seq]").count()


def say(page: Page, box: str, text: str) -> None:
    """Writes a message, sends it with Enter, and waits for the answer."""
    before = bot_messages(page)
    page.get_by_role("textbox", name=box).fill(text)
    page.get_by_role("textbox", name=box).press("Enter")
    expect(page.locator("[part=message][data-author=bot][data-seq]").nth(before)).to_be_visible(timeout=WAIT_MS)


def press(page: Page, title: str) -> None:
    """Presses the latest button of that title, and waits for the answer."""
    before = bot_messages(page)
    page.get_by_role("log").get_by_role("button", name=title, exact=True).last.click()
    expect(page.locator("[part=message][data-author=bot][data-seq]").nth(before)).to_be_visible(timeout=WAIT_MS)


def case_numbers(page: Page) -> set[str]:
    return set(CASE_NUMBER.findall(page.get_by_role("log").inner_text()))


def test_a_chinese_customer_gets_a_case_number(page: Page, jieda: RunningJieda) -> None:
    page.goto(f"{jieda.url}/")
    page.get_by_role("button", name="开始对话").first.click()
    box = "输入消息"
    say(page, box, "现场服务的计划板上看不到昨天的工单")
    press(page, "提交服务请求")
    press(page, "非严重")
    press(page, "同意")
    for answer in ("李雷", "上海示例科技有限公司", "13800138000", "lilei@example.com"):
        say(page, box, answer)
    press(page, "没问题，提交")
    expect(page.get_by_role("log")).to_contain_text(re.compile(CASE_NUMBER.pattern))
    assert len(case_numbers(page)) == 1


def test_an_english_customer_gets_a_case_number_and_a_reload_loses_nothing(page: Page, jieda: RunningJieda) -> None:
    page.goto(f"{jieda.url}/en")
    page.get_by_role("button", name="Start a chat").first.click()
    box = "Message"
    say(page, box, "There is a charge on our invoice that I don't understand")
    press(page, "Open a service request")
    press(page, "I agree")
    for answer in ("Grace Hall", "Example Trading Ltd", "+86 21 6123 4567", "grace.hall@example.com"):
        say(page, box, answer)
    press(page, "Correct, submit")
    expect(page.get_by_role("log")).to_contain_text(re.compile(CASE_NUMBER.pattern))
    before = page.locator("[part=message][data-seq]").all_inner_texts()
    page.reload()
    launcher = page.get_by_role("button", name=re.compile("Chat with us"))
    if launcher.is_visible():
        launcher.click()
    expect(page.locator("[part=message][data-seq]")).to_have_count(len(before))


def test_enter_that_ends_a_composition_sends_nothing(page: Page, jieda: RunningJieda) -> None:
    page.goto(f"{jieda.url}/")
    page.get_by_role("button", name="开始对话").first.click()
    box = page.get_by_role("textbox", name="输入消息")
    box.fill("nihao")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "composed": True})
    assert page.locator("[part=message][data-author=customer]").count() == 0
    expect(box).to_have_value("nihao")


def test_markup_is_shown_as_text(page: Page, jieda: RunningJieda) -> None:
    page.goto(f"{jieda.url}/en")
    page.get_by_role("button", name="Start a chat").first.click()
    markup = "<img src=x onerror=alert(1)><b>bold</b>"
    say(page, "Message", markup)
    expect(page.locator("[part=message][data-author=customer]").first).to_contain_text(markup)
    assert page.locator("[part=message] b, [part=message] img").count() == 0


@pytest.mark.parametrize("path", ["/", "/en"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_page_fits_and_is_accessible(browser: Browser, jieda: RunningJieda, path: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 780}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{jieda.url}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page).violations_count == 0
    page.get_by_role("button", name=re.compile("^(开始对话|Start a chat)$")).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    context.close()
