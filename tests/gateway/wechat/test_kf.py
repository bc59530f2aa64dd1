"""Customer service (微信客服): acknowledged at once, fetched in the background, answered in sessions that are ours."""

from __future__ import annotations

from jieda.conversations import Owner
from jieda.wechat_settings import Handoff
from tests.fakes.rasa import buttons
from tests.gateway.harness import eventually
from tests.gateway.wechat.conftest import MakeWorld, World

WELCOME = "您好，我是接答"


def said(world: World, text: str) -> None:
    """The customer has read it, alone or with what was said at the same time."""
    eventually(lambda: text in heard(world), what=lambda: heard(world))


def heard(world: World) -> list[str]:
    return [part for text in world.kf_phone().texts for part in text.split("\n\n")]


class TestFetching:
    def test_the_console_may_check_the_address(self, kf: World) -> None:
        answer = kf.kf.verify("1288432023552776189")
        assert (answer.status_code, answer.text) == (200, "1288432023552776189")

    def test_a_callback_is_acknowledged_though_the_api_is_slow(self, kf: World) -> None:
        kf.kf.slow("sync_msg", 1.0)
        phone = kf.kf_phone()
        phone.say("你好")
        assert phone.acknowledged[0] < 0.5
        said(kf, "Re: 你好")
        assert phone.state == 1, "the session is the bot's"

    def test_empty_pages_do_not_end_it(self, kf: World) -> None:
        kf.kf.empty_pages, kf.kf.page_size = 3, 1
        phone = kf.kf_phone()
        phone.say("一", call=False)
        phone.say("二")
        said(kf, "Re: 二")
        assert kf.rasa.heard() == ["一", "二"]

    def test_after_a_restart_it_goes_on_where_it_was(self, kf: World) -> None:
        phone = kf.kf_phone()
        phone.say("一")
        said(kf, "Re: 一")
        kf.gateway.stop()
        phone.say("二", call=False)
        kf.restart()
        phone.say("三")
        said(kf, "Re: 三")
        assert kf.rasa.heard() == ["一", "二", "三"]
        assert heard(kf) == ["Re: 一", "Re: 二", "Re: 三"]
        assert [cursor for cursor, _ in kf.kf.synced][-1] != ""

    def test_a_cursor_that_was_lost_costs_no_second_turn(self, kf: World) -> None:
        phone = kf.kf_phone()
        phone.say("一")
        said(kf, "Re: 一")
        cursors = next(iter(kf.wechat.kf.values()))._cursors
        cursors.save(kf.account.key, "")
        phone.say("二")
        said(kf, "Re: 二")
        assert kf.rasa.heard() == ["一", "二"]

    def test_what_was_written_before_the_first_fetch_is_kept_and_not_answered(self, kf: World) -> None:
        phone = kf.kf_phone()
        phone.say("前天的问题", call=False)
        kf.pass_by(hours=20)
        phone.say("今天的问题")
        said(kf, "Re: 今天的问题")
        assert kf.rasa.heard() == ["今天的问题"]
        assert ("customer", "前天的问题") in kf.messages(phone.openid)

    def test_a_failing_api_is_asked_again(self, kf: World) -> None:
        kf.kf.fail("sync_msg", -1, 45009)
        kf.kf_phone().say("你好")
        said(kf, "Re: 你好")


class TestSessions:
    def test_entering_is_welcomed_once(self, kf: World) -> None:
        phone = kf.kf_phone()
        phone.enter()
        eventually(lambda: phone.heard)
        assert phone.heard[0].by == "event"
        assert phone.texts[0].startswith(WELCOME)

    def test_a_menu_is_tapped(self, kf: World) -> None:
        kf.rasa.answers("报错", buttons("要提交吗？", ("提交", "/case_open"), ("转人工", "/human_request")))
        phone = kf.kf_phone()
        phone.say("报错")
        said(kf, "要提交吗？")
        phone.tap("转人工")
        said(kf, "Re: /human_request")

    def test_our_own_agent_answers_through_the_same_account(self, kf: World) -> None:
        phone = kf.kf_phone()
        phone.say("你好")
        said(kf, "Re: 你好")
        kf.move(phone.openid, Owner.QUEUED)
        kf.move(phone.openid, Owner.ASSIGNED, "王芳")
        phone.say("在吗")
        eventually(lambda: ("customer", "在吗") in kf.messages(phone.openid))
        kf.agent_writes(phone.openid, "您好，我是王芳。")
        said(kf, "您好，我是王芳。")
        assert kf.rasa.heard() == ["你好"]

    def test_a_native_session_goes_to_people_and_back(self, make_world: MakeWorld) -> None:
        kf = make_world("kf", handoff=Handoff.NATIVE)
        kf.kf.on_duty = ["zhangsan"]
        phone = kf.kf_phone()
        phone.say("转人工")
        said(kf, "Re: 转人工")
        kf.move(phone.openid, Owner.QUEUED)
        eventually(lambda: phone.state == 3)
        eventually(lambda: kf.owner(phone.openid) is Owner.ASSIGNED)
        said(kf, "已为您转接人工客服，请稍候。")
        phone.say("系统打不开")
        kf.kf.agent_says(phone.openid, "请稍等，我看一下。")
        eventually(lambda: ("agent", "请稍等，我看一下。") in kf.messages(phone.openid))
        kf.kf.end(phone.openid)
        eventually(lambda: kf.owner(phone.openid) is Owner.BOT)
        eventually(lambda: phone.texts[-1].startswith("本次人工服务已结束"))
        phone.say("谢谢")
        said(kf, "Re: 谢谢")
        assert kf.rasa.heard() == ["转人工", "谢谢"]
        assert phone.texts.count("请稍等，我看一下。") == 1, "the agent's words are not sent a second time"

    def test_one_who_went_off_duty_leaves_it_to_the_pool(self, make_world: MakeWorld) -> None:
        kf = make_world("kf", handoff=Handoff.NATIVE)
        kf.kf.on_duty = ["zhangsan"]
        kf.kf.fail("trans", 95014)
        phone = kf.kf_phone()
        phone.state = 1
        phone.say("转人工")
        said(kf, "Re: 转人工")
        kf.move(phone.openid, Owner.QUEUED)
        eventually(lambda: phone.state == 2)
        assert kf.owner(phone.openid) is Owner.QUEUED
        kf.kf.connect(phone.openid, "lisi")
        eventually(lambda: kf.owner(phone.openid) is Owner.ASSIGNED)

    def test_with_nobody_on_duty_the_customer_is_told_and_has_the_bot_back(self, make_world: MakeWorld) -> None:
        kf = make_world("kf", handoff=Handoff.NATIVE)
        phone = kf.kf_phone()
        phone.say("转人工")
        said(kf, "Re: 转人工")
        kf.move(phone.openid, Owner.QUEUED)
        eventually(lambda: kf.owner(phone.openid) is Owner.BOT)
        eventually(lambda: "+86 400-" in phone.texts[-1])

    def test_a_session_that_is_not_ours_holds_the_message(self, kf: World) -> None:
        phone = kf.kf_phone()
        phone.say("你好")
        said(kf, "Re: 你好")
        phone.state = 3
        kf.agent_writes(phone.openid, "还在吗？")
        eventually(lambda: kf.standing(phone.openid).parked_reason == "session")
        assert kf.standing(phone.openid).parked == 1


class TestDelivery:
    def test_a_message_that_was_taken_and_not_delivered_is_shown(self, kf: World) -> None:
        kf.kf.undeliverable = 1
        phone = kf.kf_phone()
        phone.say("你好")
        eventually(lambda: phone.openid in kf.kf.phones and kf.attempts(phone.openid))
        eventually(lambda: kf.standing(phone.openid).failed)
        assert kf.standing(phone.openid).failed[0].code == 10

    def test_five_messages_and_no_more(self, kf: World) -> None:
        phone = kf.kf_phone()
        phone.say("你好")
        said(kf, "Re: 你好")
        kf.move(phone.openid, Owner.ASSIGNED, "王芳")
        for number in range(4):
            kf.agent_writes(phone.openid, f"第{number}条")
            said(kf, f"第{number}条")
        kf.agent_writes(phone.openid, "第五条")
        eventually(lambda: kf.standing(phone.openid).parked == 1)
        assert kf.standing(phone.openid).scarce
        assert not [each for each in kf.attempts(phone.openid) if each[2] == "failed"], "it was not even tried"
        phone.say("好的")
        said(kf, "第五条")
