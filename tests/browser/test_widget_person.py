"""The widget while a person answers: who it is, the place in the queue, typing, the way back, and the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from jieda import notices
from jieda.agents import Agent, Role
from jieda.conversations import Owner
from jieda.policy import Language
from jieda.store.database import connect
from jieda.store.dossiers import Dossiers
from jieda.store.ownership import Ownership
from tests.browser.desk import Desk
from tests.browser.test_desk_pages import violations
from tests.gateway.harness import eventually, hand_over, new_id, now

AMY = Agent("Amy", Role.AGENT, Language.EN)


class Visitor:
    """A customer with the widget open, whose conversation the test knows."""

    def __init__(self, page: Page, desk: Desk) -> None:
        self.page, self.desk = page, desk
        self.ledger = desk.gateway.ledger
        self.ownership = Ownership(connect(desk.gateway.settings.database_url))
        page.goto(f"{desk.gateway.url}/en")
        with page.expect_response(lambda answer: answer.url.endswith("/api/conversations")) as made:
            page.get_by_role("button", name="Start a chat").first.click()
        self.id = str(made.value.json()["conversation_id"])
        self.say("hello")
        expect(page.get_by_role("log")).to_contain_text("Re: hello")

    @property
    def bar(self) -> Any:
        return self.page.locator("[part=presence]")

    def say(self, text: str) -> None:
        box = self.page.get_by_role("textbox", name="Message")
        box.fill(text)
        box.press("Enter")

    def queued(self) -> None:
        hand_over(self.ledger, self.id, Owner.QUEUED)
        self.page.reload()  # moved past the gateway, which tells nobody
        self.open()

    def claimed(self) -> None:
        version = self.ledger.conversation(self.id).version
        self.ownership.claim(self.id, version, AMY, at=now(), reason="claim", say=notices.agent_joined)
        self.page.reload()
        self.open()

    def open(self) -> None:
        launcher = self.page.get_by_role("button", name=re.compile("Chat with us"))
        if launcher.is_visible():
            launcher.click()


@pytest.fixture
def visitor(browser: Browser, desk: Desk) -> Iterator[Visitor]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield Visitor(page, desk)
    context.close()
    assert troubles == []


def test_the_place_in_the_queue_then_the_agents_name_then_the_way_back(visitor: Visitor) -> None:
    expect(visitor.bar).to_be_hidden()
    visitor.queued()
    expect(visitor.bar).to_contain_text(re.compile(r"you are number \d+"))
    visitor.claimed()
    expect(visitor.bar).to_contain_text("You are talking to Amy, a person")
    expect(visitor.page.get_by_role("log").get_by_text("Amy has joined")).to_have_count(1)
    assert violations(visitor.page) == []
    visitor.page.get_by_role("button", name="Back to the bot").click()
    expect(visitor.bar).to_be_hidden()
    assert visitor.ledger.conversation(visitor.id).owner is Owner.BOT
    visitor.say("and now")
    expect(visitor.page.get_by_role("log")).to_contain_text("Re: and now")


def test_what_the_agent_writes_bears_their_name(visitor: Visitor) -> None:
    visitor.queued()
    visitor.claimed()
    visitor.ledger.write_as_agent(visitor.id, "Amy", new_id(), "How can I help?", now())
    visitor.page.reload()
    visitor.open()
    said = visitor.page.locator("[part=message][data-author=agent]")
    expect(said).to_contain_text("How can I help?")
    expect(said.locator(".who")).to_have_text("Amy")


def test_the_agent_sees_the_customer_write(visitor: Visitor) -> None:
    visitor.queued()
    visitor.claimed()
    expect(visitor.bar).to_contain_text("Amy")
    with visitor.page.expect_request(lambda sent: sent.url.endswith("/typing")) as told:
        visitor.page.get_by_role("textbox", name="Message").press_sequentially("my order")
    assert told.value.post_data_json == {"on": True}


def test_after_the_end_there_is_a_rating_and_room_for_a_word(visitor: Visitor) -> None:
    visitor.queued()
    visitor.claimed()
    version = visitor.ledger.conversation(visitor.id).version
    question = notices.satisfaction_question
    visitor.ownership.close(visitor.id, version, AMY, at=now(), reason="solved", question=question)
    visitor.page.reload()
    visitor.open()
    box = visitor.page.get_by_role("textbox", name="Message")
    expect(box).to_be_hidden()
    visitor.page.get_by_role("button", name="4 Satisfied").click()
    expect(box).to_be_visible()
    visitor.say("quick and kind")
    expect(box).to_be_hidden()
    dossier = eventually(lambda: rated(visitor))
    assert dossier == (4, "quick and kind")


def rated(visitor: Visitor) -> tuple[int, str] | None:
    found = Dossiers(connect(visitor.desk.gateway.settings.database_url)).of(visitor.id)
    return (found.satisfaction, found.satisfaction_word) if found.satisfaction and found.satisfaction_word else None
