"""Whole conversations in WeChat with the running system: from following, through a critical case, to a person and back.

The agent's moves are made in the ledger, as the desk makes them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from jieda.conversations import Author, Owner, Reply
from jieda.store.cases import CaseBook
from jieda.store.database import connect
from jieda.store.ledger import Ledger
from jieda.store.wechat import WeChatBook
from tests.fakes.wechat import FakeWeChat, KfPhone, Phone
from tests.system.running import CASE_NUMBER, RunningJieda

TECHNICAL = "+86 400-089-0365"
PROBLEM = "Dynamics 365 Sales 全公司都登录不上，业务完全停了，请帮我提交服务请求"
SECONDS = 40


def eventually(holds: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + SECONDS
    while not (found := holds()):
        assert time.monotonic() < deadline, "did not come about"
        time.sleep(0.05)
    return found


@dataclass
class Talk:
    """A telephone's side of a conversation, and its transcript."""

    phone: Phone | KfPhone
    lines: list[str] = field(default_factory=list)
    shown: int = 0

    def does(self, what: str, act: Callable[[], Any], after: int = 1) -> str:
        """The customer does something; returns what they see then, at least so many messages of it."""
        self.lines.append(f"客户：{what}")
        before = self.shown
        act()
        eventually(lambda: len(self.phone.heard) >= before + after)
        return self.see()

    def says(self, text: str, after: int = 1) -> str:
        return self.does(text, lambda: self.phone.say(text), after)

    def see(self) -> str:
        fresh = self.phone.heard[self.shown :]
        self.shown = len(self.phone.heard)
        self.lines += [f"公众号（{each.by}）：{each.shown}" for each in fresh]
        return "\n".join(each.shown for each in fresh)


@dataclass
class Desk:
    """Our own desk, by the ledger."""

    ledger: Ledger
    book: WeChatBook
    account: str
    openid: str
    talk: Talk

    @property
    def conversation_id(self) -> str:
        found = eventually(lambda: self.book.conversation_of(self.account, self.openid))
        return str(found)

    def move(self, owner: Owner, agent: str | None = None) -> None:
        version = self.ledger.conversation(self.conversation_id).version
        now = datetime.now(timezone.utc)
        self.ledger.move(self.conversation_id, version, owner, actor="wangfang", reason="test", at=now, agent=agent)
        self.talk.lines.append(f"—— {owner.value} {agent or ''}")

    def write(self, text: str) -> None:
        self.ledger.write_as_system(self.conversation_id, Reply(text), datetime.now(timezone.utc), Author.AGENT)
        eventually(lambda: text in self.talk.phone.texts)
        self.talk.see()


def desk_of(jieda: RunningJieda, account: str, openid: str, talk: Talk) -> Desk:
    engine = connect(f"sqlite:///{jieda.home / 'jieda.db'}")
    return Desk(Ledger(engine), WeChatBook(engine), account, openid, talk)


def case_is_opened(jieda: RunningJieda, talk: Talk, desk: Desk) -> None:
    """Tells of a critical problem, gives the details by numbers and words, and gets a case number."""
    assert "同意" in talk.says(PROBLEM)
    talk.says("1")
    talk.says("李雷")
    talk.says("上海示例科技有限公司")
    talk.says("１３８００１３８０００")
    summary = talk.says("lilei@example.com")
    for given in ("Dynamics 365 Sales", "李雷", "上海示例科技有限公司", "lilei@example.com"):
        assert given in summary
    opened = talk.says("1")
    number = CASE_NUMBER.search(opened)
    assert number is not None, opened
    assert TECHNICAL in opened
    assert "1 小时" in opened
    assert not re.search(r"\*\*|\]\(", opened), "no Markdown"
    case = CaseBook(connect(f"sqlite:///{jieda.home / 'jieda.db'}")).find(number[0])
    assert case is not None
    assert case.request.severity.value == "critical"
    assert case.request.conversation_id == desk.conversation_id


def a_person_talks(desk: Desk, talk: Talk) -> None:
    """An agent takes over, both talk, the bot is silent, and comes back."""
    desk.move(Owner.QUEUED)
    desk.move(Owner.ASSIGNED, "王芳")
    desk.write("您好，我是王芳，正在查看您的登录故障。")
    bot_said = [event for event in desk.ledger.events(desk.conversation_id) if getattr(event, "author", "") == "bot"]
    talk.lines.append("客户：现在所有人都看到 500 错误")
    talk.phone.say("现在所有人都看到 500 错误")
    desk.write("收到，故障已定位，正在恢复。")
    now_said = [event for event in desk.ledger.events(desk.conversation_id) if getattr(event, "author", "") == "bot"]
    assert now_said == bot_said, "the bot is silent"
    desk.move(Owner.BOT)
    assert TECHNICAL in talk.says("技术支持的热线是多少？")


def test_from_following_through_a_critical_case_to_a_person_and_back(jieda: RunningJieda, wechat: FakeWeChat) -> None:
    phone = wechat.official["main"].phone("oLiLei")
    talk = Talk(phone)
    desk = desk_of(jieda, "official:main", "oLiLei", talk)
    assert "您好，我是接答" in talk.does("（关注公众号）", phone.subscribe)
    case_is_opened(jieda, talk, desk)
    a_person_talks(desk, talk)
    assert phone.notices == []
    assert {outcome.deliveries for outcome in wechat.official["main"].pusher.outcomes} == {1}
    print("\n".join(["", "## 服务号，安全模式", *talk.lines]))


def test_the_same_in_customer_service(jieda: RunningJieda, wechat: FakeWeChat) -> None:
    phone = wechat.kf["service"].phone("wmLiLei")
    talk = Talk(phone)
    desk = desk_of(jieda, "kf:service", "wmLiLei", talk)
    assert "您好，我是接答" in talk.does("（进入会话）", phone.enter)
    case_is_opened(jieda, talk, desk)
    a_person_talks(desk, talk)
    assert max(phone.acknowledged) < 1
    print("\n".join(["", "## 微信客服", *talk.lines]))
