"""How a push is answered: in its reply when that is in time, else over the API, and never both."""

from __future__ import annotations

import threading
import time

from jieda.conversations import Owner
from tests.fakes.rasa import buttons
from tests.fakes.wechat import Phone
from tests.gateway.harness import eventually
from tests.gateway.wechat.conftest import MakeWorld, World


class TestInTime:
    def test_a_quick_answer_is_the_passive_reply(self, world: World, phone: Phone) -> None:
        outcome = phone.say("你好")
        assert (outcome.kind, outcome.deliveries) == ("reply", 1)
        assert phone.texts == ["Re: 你好"]
        assert world.attempts(phone.openid) == [(2, "passive", "sent", None)]

    def test_several_messages_of_the_bot_are_merged(self, world: World, phone: Phone) -> None:
        world.rasa.answers("账单", "第一条。", "第二条。")
        phone.say("账单")
        assert phone.texts == ["第一条。\n\n第二条。"]

    def test_choices_are_a_numbered_list(self, world: World, phone: Phone) -> None:
        world.rasa.answers("报错", buttons("要提交吗？", ("提交服务请求", "/case_open"), ("转人工", "/human_request")))
        phone.say("报错")
        assert phone.texts == ["要提交吗？\n1. 提交服务请求\n2. 转人工\n回复数字即可选择。"]
        phone.say("2")
        assert world.rasa.heard()[-1] == "/human_request"
        assert world.messages(phone.openid)[-2] == ("customer", "转人工")


class TestLate:
    def test_the_api_delivers_what_comes_after_the_deadline(self, world: World, phone: Phone) -> None:
        held = world.rasa.holds("慢")
        outcome = phone.say("慢")
        assert (outcome.kind, outcome.deliveries) == ("accepted", 1)
        assert 4.0 < outcome.seconds <= 4.7
        assert phone.typing_seen >= 1
        held.release()
        eventually(lambda: phone.texts)
        assert [(each.by, each.text) for each in phone.heard] == [("api", "Re: 慢")]
        assert world.rasa.heard() == ["慢"]

    def test_choices_over_the_api_are_a_menu(self, world: World, phone: Phone) -> None:
        world.rasa.answers("慢", buttons("要提交吗？", ("提交", "/case_open"), ("转人工", "/human_request")), delay=4.8)
        phone.say("慢")
        eventually(lambda: phone.heard)
        assert [title for _, title in phone.heard[0].items] == ["提交", "转人工"]
        for with_id in ("right", "0", None):
            phone.tap("转人工", with_id)
            assert world.rasa.heard()[-1] == "/human_request", with_id
        assert all("human" not in identity for identity, _ in phone.heard[0].items), "ids are opaque"


class TestBothWaysAtOnce:
    def test_an_answer_near_the_deadline_goes_one_way(self, make_world: MakeWorld) -> None:
        world = make_world()
        phones = [world.phone(f"oEdge{number}") for number in range(6)]
        for number, _ in enumerate(phones):
            world.rasa.answers(f"边界{number}", f"答{number}", delay=4.35 + number * 0.06)
        started = time.monotonic()
        threads = [threading.Thread(target=phone.say, args=(f"边界{number}",)) for number, phone in enumerate(phones)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for number, phone in enumerate(phones):
            eventually(lambda phone=phone: phone.texts)
            assert phone.texts == [f"答{number}"]
        assert time.monotonic() - started < 15


class TestAPerson:
    def test_the_bot_is_silent_and_the_agent_is_heard(self, world: World, phone: Phone) -> None:
        phone.say("你好")
        world.move(phone.openid, Owner.QUEUED)
        world.move(phone.openid, Owner.ASSIGNED, "王芳")
        assert phone.say("在吗").kind == "accepted"
        world.agent_writes(phone.openid, "您好，我是王芳。")
        eventually(lambda: "您好，我是王芳。" in phone.texts)
        assert world.rasa.heard() == ["你好"]
        world.move(phone.openid, Owner.BOT)
        phone.say("谢谢")
        assert phone.texts[-1] == "Re: 谢谢"
