"""Agents at the desk in a real browser, and customers who wait for them."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from jieda.agents import Role
from jieda.brief import Brief
from jieda.cases import Case, CaseRequest
from jieda.conversations import Channel, Reply
from jieda.policy import Category, Language, Severity
from jieda.store.agents import AgentBook
from jieda.store.cases import CaseBook
from jieda.store.database import connect
from jieda.store.tables import audit
from tests.gateway.harness import Gateway, new_id, now

PASSWORD = "a long password"
LEFT_BEHIND = {"htmx:afterRequest", "htmx:sendAbort", "undefined"}
"""What htmx says of a request that was on its way as its page was left."""
WAIT_MS = 8_000
_numbers = itertools.count(1)

Talk = tuple[tuple[str, str, float | None], ...]


@dataclass
class Agent:
    """An agent's browser, signed in."""

    name: str
    page: Page
    context: BrowserContext
    url: str
    troubles: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def open(self, conversation_id: str) -> Page:
        return self.go(f"/desk/conversations/{conversation_id}")

    @property
    def box(self) -> Any:
        return self.page.locator("[data-composer] textarea")

    @property
    def transcript(self) -> Any:
        return self.page.locator("[data-transcript]")

    @property
    def holds(self) -> bool:
        """Whether the open conversation is this agent's."""
        return self.page.locator("#head [data-state]").get_attribute("data-holds") == "true"

    def claim(self) -> None:
        """Takes the open conversation with the key, and waits until it may be answered."""
        expect(self.page.locator('[data-move="claim"]')).to_be_visible()
        self.page.keyboard.press("c")
        expect(self.box).to_be_focused()

    def say(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")
        expect(self.transcript.locator("[data-seq]", has_text=text)).to_be_visible()


@dataclass
class Agents:
    """Agents of one system with their browsers. What a page complains of fails the test at its end."""

    browser: Browser
    url: str
    database_url: str
    present: list[Agent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = connect(self.database_url)
        self.book = AgentBook(self.engine)

    def leave(self) -> None:
        troubles = []
        for agent in self.present:
            agent.context.close()
            self.book.disable(agent.name, at=now())
            troubles += [each for each in agent.troubles if each not in LEFT_BEHIND]
        assert troubles == [], troubles

    def agent(
        self,
        name: str = "王芳",
        language: Language = Language.ZH,
        role: Role = Role.AGENT,
        init: str = "",
        **browsing: Any,
    ) -> Agent:
        """A new account, on duty and already signed in in a browser of its own."""
        name = f"{name} {next(_numbers)}"
        self.book.add(name, role, PASSWORD, at=now(), language=language)
        context = self.browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **browsing})
        context.set_default_timeout(WAIT_MS)
        signed = context.request.post(f"{self.url}/desk/api/session", data={"name": name, "password": PASSWORD})
        assert signed.status == 200, signed.text()
        self.book.set_duty(name, True, at=now())
        if init:
            context.add_init_script(init)
        agent = Agent(name, context.new_page(), context, self.url)
        agent.page.on("console", lambda said: agent.troubles.append(said.text) if said.type == "error" else None)
        agent.page.on("pageerror", lambda error: agent.troubles.append(str(error)))
        self.present.append(agent)
        return agent


class Desk(Agents):
    """The gateway's desk, with customers who wait."""

    def __init__(self, browser: Browser, gateway: Gateway) -> None:
        super().__init__(browser, gateway.url, gateway.settings.database_url)
        self.gateway = gateway
        self.cases = CaseBook(self.engine)

    def waiting(
        self,
        *said: str,
        language: Language = Language.ZH,
        severity: str | None = None,
        category: str | None = "technical",
        intent: str = "human_request",
        confidence: float = 0.97,
        **details: str,
    ) -> str:
        """A conversation that the bot has handed off; returns its id."""
        ledger, at = self.gateway.ledger, now() - timedelta(minutes=len(said))
        conversation_id = ledger.begin(Channel.WEB, at, language=language)
        for text in said:
            at += timedelta(seconds=20)
            seq = ledger.accept(conversation_id, new_id(), at, text=text).seq
            ledger.understood(conversation_id, seq, intent, confidence)
            turn = ledger.next_turn(conversation_id, at)
            assert turn is not None
            if text is said[-1]:
                brief = Brief(language, category=category, severity=severity, details=details)
                assert ledger.hand_off(conversation_id, seq, brief)
            ledger.answer(turn, [Reply(f"Re: {text[:40]}")], at)
        return conversation_id

    def case(self, conversation_id: str, severity: Severity = Severity.CRITICAL, minutes_left: int = 10) -> Case:
        """A case of that conversation whose first response is due so soon."""
        request = CaseRequest(
            conversation_id,
            Language.ZH,
            Category.TECHNICAL,
            f"登录后一直转圈 {secrets.token_hex(3)}",
            "韩梅梅",
            "苏州样例贸易有限公司",
            severity,
            contact_phone="+8613912345678",
            contact_email="hanmeimei@example.com",
        )
        due = now() + timedelta(minutes=minutes_left)
        return self.cases.open(request, key=new_id(), opened_at=due - timedelta(hours=1), due_at=due)

    def audited(self, agent: str) -> list[tuple[str, str]]:
        """What is kept of an agent's doings: action and subject."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(audit.c.action, audit.c.subject).where(audit.c.actor == agent))
            return [(row[0], row[1]) for row in rows]
