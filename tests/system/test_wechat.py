"""Whole conversations in WeChat with the running system: from following, through a critical case, to an agent at the
desk and back, to the end and how satisfied the customer was.
"""

from __future__ import annotations

import contextlib
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import httpx

from jieda.agents import Role
from jieda.conversations import Owner
from jieda.store.agents import AgentBook
from jieda.store.cases import CaseBook
from jieda.store.database import connect
from jieda.store.ledger import Ledger
from tests.fakes.wechat import FakeWeChat, KfPhone, Phone
from tests.system.running import CASE_NUMBER, RunningJieda

TECHNICAL = "+86 400-089-0365"
PROBLEM = "Dynamics 365 Sales 全公司都登录不上，业务完全停了，请帮我提交服务请求"
SECONDS = 40
PASSWORD = "correct horse battery"


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
    """An agent's browser, signed in and on duty."""

    http: httpx.Client
    csrf: str
    talk: Talk
    name: str

    @classmethod
    @contextlib.contextmanager
    def on_duty(cls, jieda: RunningJieda, talk: Talk, name: str) -> Iterator[Desk]:
        book = AgentBook(connect(f"sqlite:///{jieda.home / 'jieda.db'}"))
        book.add(name, Role.AGENT, PASSWORD, at=datetime.now(timezone.utc))
        with httpx.Client(base_url=jieda.url, timeout=30, trust_env=False) as http:
            signed = http.post("/desk/api/session", json={"name": name, "password": PASSWORD})
            assert signed.status_code == 200, signed.text
            made = cls(http, signed.json()["csrf"], talk, name)
            made.send("PUT", "duty", {"on": True})
            yield made
            # Whatever comes next finds nobody here.
            made.send("PUT", "duty", {"on": False})

    def send(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"X-CSRF-Token": self.csrf, "Accept": "application/json"}
        answer = self.http.request(method, f"/desk/api/{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def waiting(self) -> list[str]:
        return [each["id"] for each in self.send("GET", "conversations?view=waiting")["conversations"]]

    def shown(self, conversation_id: str) -> dict[str, Any]:
        return dict(self.send("GET", f"conversations/{conversation_id}"))

    def move(self, conversation_id: str, kind: str, customer_hears: str) -> str:
        """Claims, returns or closes; returns what the customer is told of it."""
        self.talk.lines.append(f"—— {kind}")
        self.send(
            "POST", f"conversations/{conversation_id}/{kind}", {"version": self.shown(conversation_id)["version"]}
        )
        eventually(lambda: any(customer_hears in text for text in self.talk.phone.texts[self.talk.shown :]))
        return self.talk.see()

    def write(self, conversation_id: str, text: str) -> None:
        body = {"client_message_id": uuid.uuid4().hex, "text": text}
        self.send("POST", f"conversations/{conversation_id}/messages", body)
        eventually(lambda: text in self.talk.phone.texts)
        self.talk.see()

    def said(self, conversation_id: str, author: str) -> list[str]:
        events = self.send("GET", f"conversations/{conversation_id}/events?after=0")
        return [each["text"] for each in events if each.get("author") == author]


def case_is_opened(jieda: RunningJieda, talk: Talk) -> str:
    """Tells of a critical problem, gives the details by numbers and words, gets a case number; returns the
    conversation's id."""
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
    assert case.request.conversation_id is not None
    return case.request.conversation_id


def a_person_talks(desk: Desk, talk: Talk, conversation_id: str, channel: str, account: str) -> None:
    """The customer asks for a person, an agent takes over, both talk, the bot is silent, and comes back."""
    assert "转接人工客服" in talk.says("转人工")
    eventually(lambda: conversation_id in desk.waiting())
    desk.move(conversation_id, "claim", "真人为您服务")
    desk.write(conversation_id, f"您好，我是{desk.name}，正在查看您的登录故障。")
    bot_said = desk.said(conversation_id, "bot")
    talk.lines.append("客户：现在所有人都看到 500 错误")
    talk.phone.say("现在所有人都看到 500 错误")
    eventually(lambda: "现在所有人都看到 500 错误" in desk.said(conversation_id, "customer"))
    shown = desk.shown(conversation_id)
    assert (shown["channel"], shown["wechat"]["account"]) == (channel, account)
    # Five for the message; what a tap a moment ago allows comes on top.
    assert shown["wechat"]["left"] >= 5
    assert shown["wechat"]["warning"] is None
    assert shown["brief"]["severity"] == "critical"
    desk.write(conversation_id, "收到，故障已定位，正在恢复。")
    assert desk.said(conversation_id, "bot") == bot_said, "the bot is silent"
    desk.move(conversation_id, "return", "接答机器人")
    assert TECHNICAL in talk.says("技术支持的热线是多少？")


def it_ends(desk: Desk, talk: Talk, conversation_id: str) -> None:
    """The agent closes the conversation, and the customer says how satisfied they are."""
    talk.says("转人工")
    eventually(lambda: conversation_id in desk.waiting())
    desk.move(conversation_id, "claim", "真人为您服务")
    assert "5 非常满意" in desk.move(conversation_id, "close", "满意")
    assert "谢谢您的评价" in talk.says("5")
    assert desk.shown(conversation_id)["satisfaction"] == 5


def test_from_following_through_a_critical_case_to_a_person_and_back(jieda: RunningJieda, wechat: FakeWeChat) -> None:
    phone = wechat.official["main"].phone("oLiLei")
    talk = Talk(phone)
    assert "您好，我是接答" in talk.does("（关注公众号）", phone.subscribe)
    conversation_id = case_is_opened(jieda, talk)
    with Desk.on_duty(jieda, talk, "王芳") as desk:
        a_person_talks(desk, talk, conversation_id, "wechat", "official:main")
        it_ends(desk, talk, conversation_id)
    assert phone.notices == []
    assert {outcome.deliveries for outcome in wechat.official["main"].pusher.outcomes} == {1}
    print("\n".join(["", "## 服务号，安全模式", *talk.lines]))


def test_the_same_in_customer_service(jieda: RunningJieda, wechat: FakeWeChat) -> None:
    phone = wechat.kf["service"].phone("wmLiLei")
    talk = Talk(phone)
    assert "您好，我是接答" in talk.does("（进入会话）", phone.enter)
    conversation_id = case_is_opened(jieda, talk)
    with Desk.on_duty(jieda, talk, "王小芳") as desk:
        a_person_talks(desk, talk, conversation_id, "wechat_kf", "kf:service")
        it_ends(desk, talk, conversation_id)
    assert max(phone.acknowledged) < 1
    print("\n".join(["", "## 微信客服", *talk.lines]))


def owner(jieda: RunningJieda, conversation_id: str) -> Owner:
    return Ledger(connect(f"sqlite:///{jieda.home / 'jieda.db'}")).conversation(conversation_id).owner


def test_people_in_wechats_own_tools_take_over_and_the_bot_is_back_after_them(
    jieda: RunningJieda, wechat: FakeWeChat
) -> None:
    account = wechat.official["native"]
    account.online = ["fang@gh_1"]
    phone = account.phone("oHanMei")
    talk = Talk(phone)
    talk.does("（关注公众号）", phone.subscribe)
    conversation_id = case_is_opened(jieda, talk)
    phone.say("转人工")
    assert phone.native == "fang@gh_1"
    eventually(lambda: owner(jieda, conversation_id) is Owner.ASSIGNED)
    assert phone.say("现在所有人都看到 500 错误").kind == "native"
    account.close_native(phone.openid)
    eventually(lambda: owner(jieda, conversation_id) is Owner.BOT)
    assert TECHNICAL in talk.says("技术支持的热线是多少？")


def test_the_same_in_customer_service_s_own_tools(jieda: RunningJieda, wechat: FakeWeChat) -> None:
    account = wechat.kf["native"]
    account.on_duty = ["zhangsan"]
    phone = account.phone("wmHanMei")
    talk = Talk(phone)
    talk.does("（进入会话）", phone.enter)
    conversation_id = case_is_opened(jieda, talk)
    assert "转接人工客服" in talk.says("转人工")
    eventually(lambda: owner(jieda, conversation_id) is Owner.ASSIGNED)
    account.agent_says(phone.openid, "请稍等，我看一下。")
    account.end(phone.openid)
    eventually(lambda: owner(jieda, conversation_id) is Owner.BOT)
    eventually(lambda: any("本次人工服务已结束" in text for text in phone.texts))
    talk.see()
    assert TECHNICAL in talk.says("技术支持的热线是多少？")
