"""A customer on WeChat at the desk: hours and messages left, what is parked or did not arrive, and a picture."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from jieda.conversations import Channel, Owner
from jieda.policy import Language
from jieda.store.attachments import AttachmentBook
from jieda.store.wechat import Trigger, WeChatBook
from jieda.store.wechat_delivery import DeliveryBook
from jieda.store.wechat_rows import Cursor
from tests.browser.desk import Desk
from tests.browser.test_desk_pages import violations
from tests.gateway.harness import new_id, now

ACCOUNT, OPENID = "official:main", "oLiLei"


def png(side: int = 24) -> bytes:
    """A grey square."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x99" * side) * side)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@dataclass
class OnWeChat:
    """A conversation as the WeChat channels leave it in the store."""

    desk: Desk
    openid: str
    id: str

    @classmethod
    def waiting(cls, desk: Desk) -> OnWeChat:
        """A customer who wrote, sent a picture, and waits for a person."""
        ledger, openid = desk.gateway.ledger, OPENID + new_id()
        made = cls(desk, openid, ledger.begin(Channel.WECHAT, now(), language=Language.ZH))
        made.book.adopt(ACCOUNT, openid, made.id, now())
        made.writes("登录不上，报错如图")
        seq = ledger.accept(made.id, new_id(), now(), text="[图片]", owed=False).seq
        pictures = AttachmentBook(desk.engine, desk.gateway.settings.home)
        pictures.keep(pictures.want(made.id, seq, ACCOUNT, "m1", now()), png())
        version = ledger.conversation(made.id).version
        ledger.move(made.id, version, Owner.QUEUED, actor="bot", reason="asked", at=now())
        made.delivered()
        return made

    @property
    def book(self) -> WeChatBook:
        return WeChatBook(self.desk.engine)

    @property
    def deliveries(self) -> DeliveryBook:
        return DeliveryBook(self.desk.engine)

    def writes(self, text: str) -> None:
        """Allows five more messages."""
        key, at = new_id(), now()
        self.desk.gateway.ledger.accept(self.id, key, at, text=text)
        self.book.take_in(ACCOUNT, self.openid, key, self.id, at, at, Trigger.MESSAGE)

    def delivered(self, spends: bool = False) -> None:
        """All there is has come; `spends`: at the cost of one message."""
        link = self.book.link(self.id)
        assert link is not None
        after = Cursor(self.desk.gateway.ledger.events(self.id)[-1].seq)
        if spends:
            assert self.deliveries.sent(link, after, None, now())
        else:
            assert self.deliveries.skip(self.id, link.cursor, after, now())

    def refused(self) -> None:
        """What was said last is never taken by WeChat."""
        link, last = self.book.link(self.id), self.desk.gateway.ledger.events(self.id)[-1].seq
        assert link is not None
        self.deliveries.failed(link, last, 45157, now(), lost=True)
        self.delivered()


@pytest.fixture
def customer(desk: Desk) -> OnWeChat:
    return OnWeChat.waiting(desk)


def test_an_agent_sees_what_wechat_allows_and_what_became_of_each_message(desk: Desk, customer: OnWeChat) -> None:
    agent = desk.agent()
    page = agent.open(customer.id)
    side, warning = page.locator("#wechat"), page.locator("[data-scarce]")
    expect(side).to_contain_text("微信公众号 main")
    expect(side.locator("[data-left]")).to_have_text("5 条")
    expect(warning).to_be_hidden()
    agent.claim()
    for text in ("您好", "请稍等", "我看到了", "正在处理"):
        agent.say(text)
        customer.delivered(spends=True)
    agent.say("马上就好")
    expect(warning).to_contain_text("还能发 1 条")
    customer.refused()
    agent.say("已恢复，请重试")
    customer.deliveries.park(customer.id, "quota", now())
    page.reload()
    marks = page.locator("[data-transcript] .delivery")
    expect(marks).to_have_text(["未送达（微信错误码 45157）", "待发送：客户再发消息时自动送出"])
    expect(side.locator("[data-parked]")).to_have_text("1 条（条数已用完）")
    expect(side.locator("[data-failed]")).to_have_text("1 条")
    assert violations(page) == []
    customer.writes("好了吗")
    customer.delivered()
    agent.say("请刷新页面")
    expect(page.locator('.delivery[data-state="parked"]')).to_have_count(0)
    expect(side.locator("[data-left]")).to_have_text("5 条")
    expect(warning).to_be_hidden()


def test_the_end_of_the_48_hours_is_told_in_the_agents_language(desk: Desk, customer: OnWeChat) -> None:
    before = now() - timedelta(hours=47, minutes=30)
    customer.book.take_in(ACCOUNT, customer.openid, new_id(), customer.id, before, before, Trigger.MESSAGE)
    page = desk.agent("Amy", Language.EN).open(customer.id)
    expect(page.locator("[data-scarce]")).to_contain_text("Less than an hour is left")
    expect(page.locator("#wechat")).to_contain_text("WeChat account main")
    assert violations(page) == []


def test_a_picture_opens_in_a_page_of_its_own(desk: Desk, customer: OnWeChat) -> None:
    agent = desk.agent()
    page = agent.open(customer.id)
    with agent.context.expect_page() as opened:
        page.get_by_role("link", name="打开图片").click()
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("document.images[0].naturalWidth") == 24
    assert ("attachment_opened", customer.id) in desk.audited(agent.name)


def test_a_picture_is_in_the_transcript_too(desk: Desk, customer: OnWeChat) -> None:
    page = desk.agent().go(f"/desk/transcripts/{customer.id}")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="打开图片").click()
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("document.images[0].naturalWidth") == 24


def test_lists_know_the_channels(desk: Desk, customer: OnWeChat) -> None:
    page = desk.agent().go("/desk/")
    expect(page.locator(f"#row-{customer.id}")).to_contain_text("微信公众号")
    page.goto(f"{desk.url}/desk/transcripts")
    page.get_by_label("渠道").select_option(label="微信公众号")
    expect(page.locator("[data-row]").first).to_have_attribute("href", f"/desk/transcripts/{customer.id}")
    assert page.get_by_label("渠道").locator("option").all_inner_texts() == ["全部", "网页", "微信公众号", "微信客服"]
