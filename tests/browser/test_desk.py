"""A customer and two agents, each in a browser of their own, at the whole running system; in Chinese and in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from jieda.policy import Language
from jieda.store.dossiers import Dossiers
from tests.browser.desk import Agent, Agents
from tests.browser.test_desk_pages import violations
from tests.gateway.harness import eventually
from tests.system.running import CASE_NUMBER, RunningJieda

ANSWER_MS = 30_000


@dataclass(frozen=True)
class Words:
    """What is said and what stands on the customer's page."""

    path: str
    start: str
    box: str
    trouble: str
    person: str
    hours: str
    bot_back: str
    satisfied: str


WORDS = {
    Language.ZH: Words(
        "/", "开始对话", "输入消息", "生产系统全停了，所有人都登录不了，业务中断", "转人工", "你们几点上班？",
        "接答机器人", "5 非常满意",
    ),
    Language.EN: Words(
        "/en", "Start a chat", "Message",
        "Our production system is completely down, nobody can work, business has stopped",
        "Talk to a person", "What are your support hours?", "the Jieda bot", "5 Very satisfied",
    ),
}  # fmt: skip


@dataclass
class Customer:
    """The customer's browser."""

    page: Page
    words: Words

    def messages(self, author: str) -> list[str]:
        return self.page.locator(f"[part=message][data-author={author}][data-seq] .bubble").all_inner_texts()

    def say(self, text: str) -> None:
        box = self.page.get_by_role("textbox", name=self.words.box)
        box.fill(text)
        box.press("Enter")

    def ask(self, text: str) -> None:
        """Says it and waits until the bot has answered."""
        before = len(self.messages("bot"))
        self.say(text)
        self.answered(before)

    def answered(self, before: int) -> None:
        bot = self.page.locator("[part=message][data-author=bot][data-seq]")
        expect(bot.nth(before)).to_be_visible(timeout=ANSWER_MS)

    def press(self, title: str) -> None:
        self.page.get_by_role("log").get_by_role("button", name=title, exact=True).last.click()

    def hears(self, author: str, text: str) -> None:
        said = self.page.locator(f"[part=message][data-author={author}]", has_text=text)
        expect(said.last).to_be_visible(timeout=ANSWER_MS)


@pytest.fixture
def agents(browser: Browser, jieda: RunningJieda) -> Iterator[Agents]:
    agents = Agents(browser, jieda.url, f"sqlite:///{Path(jieda.home) / 'jieda.db'}")
    yield agents
    agents.leave()


@pytest.fixture(params=list(WORDS), ids=[language.value for language in WORDS])
def customer(request: pytest.FixtureRequest, browser: Browser, jieda: RunningJieda) -> Iterator[Customer]:
    words = WORDS[request.param]
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(jieda.url + words.path)
    page.get_by_role("button", name=words.start).first.click()
    yield Customer(page, words)
    context.close()


def test_from_the_queue_to_the_customers_satisfaction(customer: Customer, agents: Agents) -> None:
    wang, tom = agents.agent("王芳", Language.ZH), agents.agent("Tom", Language.EN)
    for each in (wang, tom):
        each.go("/desk/")
    conversation = to_the_queue(customer, wang, tom)
    winner, loser = race_for(wang, tom)
    expect(loser.page.locator("[data-toasts]")).to_contain_text(winner.name)
    customer.hears("system", winner.name)

    # They talk, and the bot is silent.
    silent_at = len(customer.messages("bot"))
    winner.say("您好 hello, I am looking into it")
    customer.hears("agent", "I am looking into it")
    assert violations(customer.page) == []
    customer.say("谢谢 thank you, 你们几点上班?")
    expect(winner.transcript).to_contain_text("谢谢 thank you")
    winner.say("稍等 one moment")
    customer.hears("agent", "one moment")
    assert len(customer.messages("bot")) == silent_at

    transfer(winner, loser)
    customer.hears("system", loser.name)
    expect(loser.box).to_be_visible()
    expect(winner.box).to_be_hidden()
    loser.say("我来接着处理 I take over")
    customer.hears("agent", "I take over")

    move(loser, "b")
    customer.hears("system", customer.words.bot_back)
    expect(loser.box).to_be_hidden()
    customer.ask(customer.words.hours)

    # A person is wanted again; this time it ends with a case and for good.
    customer.ask(customer.words.person)
    expect(loser.page.locator("#head [data-owner=queued]")).to_be_visible()
    loser.page.keyboard.press("Escape")
    loser.claim()
    number = open_case(loser)
    move(loser, "x")
    customer.press(customer.words.satisfied)
    eventually(lambda: Dossiers(agents.engine).of(conversation).satisfaction == 5)

    page = loser.go(f"/desk/cases/{number}")
    main = page.locator("main")
    main.locator('[data-case-move="acknowledge"]').click()
    expect(main).to_contain_text(loser.name)
    main.locator('[data-case-move="resolve"]').click()
    expect(main.locator('[data-case-move="reopen"]')).to_be_visible()
    # The browser itself complains of the claim that lost.
    loser.troubles[:] = [each for each in loser.troubles if "409" not in each]


def to_the_queue(customer: Customer, *agents: Agent) -> str:
    """The customer asks for a person, and every agent sees it come; returns the conversation's id."""
    before = {row.get_attribute("data-row") for row in agents[0].page.locator("[data-row]").all()}
    customer.ask(customer.words.trouble)
    bot = len(customer.messages("bot"))
    customer.press(customer.words.person)
    customer.answered(bot)
    for agent in agents:
        new = agent.page.locator("[data-row]", has=agent.page.locator(".badge.critical")).first
        expect(new).to_be_visible()
        expect(agent.page).to_have_title(re.compile(r"^\(\d+\)"))
        agent.page.keyboard.press("j")
        expect(new).to_be_focused()
        agent.page.keyboard.press("Enter")
        expect(agent.transcript).to_contain_text(customer.words.trouble)
    expect(agents[0].page.locator("[data-looking]")).to_contain_text(agents[1].name)
    conversation = str(agents[0].page.locator("[data-conversation]").get_attribute("data-conversation"))
    assert conversation not in before
    return conversation


def race_for(*agents: Agent) -> tuple[Agent, Agent]:
    """Both claim; their requests are let go together. Returns who got it, and who did not."""
    held: list[Route] = []
    for agent in agents:
        agent.page.route("**/claim", lambda route: held.append(route))
        agent.page.locator('[data-move="claim"]').click()
    eventually(lambda: agents[0].page.wait_for_timeout(20) or len(held) == len(agents))
    for route in held:
        route.continue_()
    for agent in agents:
        # Who has it sees the box; who has not, that it is another's.
        expect(agent.page.locator("#head [data-state]")).to_have_attribute("data-owner", "assigned")
    winners = [agent for agent in agents if agent.holds]
    assert len(winners) == 1
    for agent in agents:
        agent.page.unroute("**/claim")
    return winners[0], next(agent for agent in agents if agent not in winners)


def transfer(giver: Agent, taker: Agent) -> None:
    giver.page.keyboard.press("Escape")
    giver.page.keyboard.press("t")
    giver.page.locator("#transfer-to").select_option(taker.name)
    giver.page.locator("#transfer button[type=submit]").click()


def move(agent: Agent, key: str) -> None:
    """Presses the key of a move, and confirms it."""
    agent.page.keyboard.press("Escape")
    agent.page.keyboard.press(key)
    agent.page.get_by_role("dialog").locator("button[type=submit]").click()


def open_case(agent: Agent) -> str:
    """For the customer; returns its number."""
    agent.page.locator('[data-open-dialog="new-case"]').click()
    dialog = agent.page.get_by_role("dialog")
    for field, value in {"summary": "生产系统全停", "contact_name": "李雷", "company": "示例科技"}.items():
        dialog.locator(f"[name={field}]").fill(value)
    dialog.locator("[name=severity]").select_option("critical")
    dialog.locator("[name=contact_email]").fill("lilei@example.com")
    dialog.locator("button[type=submit]").click()
    cases = agent.page.locator("#side .case-list")
    expect(cases).to_contain_text(re.compile(CASE_NUMBER.pattern))
    found = CASE_NUMBER.search(cases.inner_text())
    assert found
    return found[0]
