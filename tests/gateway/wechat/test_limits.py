"""WeChat's limits and errors: each is provoked on the fake, and nothing is lost, doubled or called sent in vain."""

from __future__ import annotations

import pytest

from jieda.conversations import Owner
from tests.fakes.wechat import Phone
from tests.gateway.harness import eventually
from tests.gateway.wechat.conftest import LATE, World


@pytest.fixture
def phone(world: World) -> Phone:
    """A customer who talks to an agent: every message goes over the API."""
    made = world.phone()
    assert made.say("你好").kind == "reply"
    world.move(made.openid, Owner.ASSIGNED, "王芳")
    return made


def heard(phone: Phone, text: str) -> None:
    eventually(lambda: text in phone.texts, what=lambda: phone.texts)


class TestQuota:
    def test_five_messages_for_one_of_the_customers(self, world: World, phone: Phone) -> None:
        for number in range(5):
            eventually(lambda number=number: world.standing(phone.openid).left == 5 - number)
            world.agent_writes(phone.openid, f"第{number}条")
            heard(phone, f"第{number}条")
        world.agent_writes(phone.openid, "第五条")
        eventually(lambda: world.standing(phone.openid).parked == 1)
        assert world.standing(phone.openid).parked_reason == "quota"
        assert len(world.official.called("send")) == 5, "what would be refused is not tried"
        outcome = phone.say("还在吗")
        assert outcome.kind == "reply"
        assert phone.texts[-1] == "第五条", "what was parked comes at once, and costs nothing"
        assert world.standing(phone.openid).left == 5

    def test_the_last_one_is_kept_for_people(self, hurried: World) -> None:
        world = hurried
        phone = world.phone("oBot")
        for number in range(5):
            world.rasa.answers(f"慢{number}", f"答{number}", delay=LATE + 0.2)
        phone.say("慢0")
        heard(phone, "答0")
        world.rasa.answers("很多", *["长" * 600 for _ in range(6)], delay=LATE + 0.2)
        phone.say("很多")
        eventually(lambda: world.standing(phone.openid).parked)
        assert world.standing(phone.openid).left == 1
        world.move(phone.openid, Owner.ASSIGNED, "王芳")
        assert phone.say("人工").kind == "reply", "the rest, now that the customer wrote"

    def test_a_click_allows_three_in_a_minute(self, world: World) -> None:
        phone = world.phone("oClick")
        phone.click("technical_problem")
        assert world.standing(phone.openid).left == 3
        assert world.rasa.heard()[-1] == "/technical_problem"
        assert world.messages(phone.openid)[0][0] == "customer"
        world.move(phone.openid, Owner.ASSIGNED, "王芳")
        world.pass_by(minutes=2)
        world.agent_writes(phone.openid, "您好")
        eventually(lambda: world.standing(phone.openid).parked == 1)
        assert world.standing(phone.openid).parked_reason == "window"

    def test_after_48_hours_it_waits_for_the_customer(self, world: World, phone: Phone) -> None:
        world.pass_by(hours=49)
        world.agent_writes(phone.openid, "您的问题已解决。")
        eventually(lambda: world.standing(phone.openid).parked == 1)
        assert world.standing(phone.openid).window_ends_at is None
        phone.say("怎么样了")
        assert phone.texts[-1] == "您的问题已解决。"


class TestErrors:
    @pytest.mark.parametrize(("code", "reason"), [(45015, "window"), (45047, "quota")])
    def test_what_wechat_holds_is_parked_and_flushed(self, world: World, phone: Phone, code: int, reason: str) -> None:
        world.official.fail("send", code)
        world.agent_writes(phone.openid, "您好")
        eventually(lambda: world.standing(phone.openid).parked == 1)
        standing = world.standing(phone.openid)
        assert (standing.parked_reason, standing.left) == (reason, 0)
        assert world.attempts(phone.openid)[-1][2:] == ("failed", code)
        phone.say("在吗")
        assert phone.texts[-1] == "您好"

    @pytest.mark.parametrize("code", [40001, 40014, 42001])
    def test_a_refused_token_is_replaced_once(self, world: World, phone: Phone, code: int) -> None:
        world.official.fail("send", code)
        world.agent_writes(phone.openid, "您好")
        heard(phone, "您好")
        assert len(world.official.called("send")) == 2

    def test_a_token_that_wechat_ended_is_fetched_anew(self, world: World, phone: Phone) -> None:
        world.agent_writes(phone.openid, "一")
        heard(phone, "一")
        world.official.end_token()
        world.agent_writes(phone.openid, "二")
        heard(phone, "二")
        assert [each["force_refresh"] for each in world.official.called("stable_token")] == [False, False]

    def test_a_lasting_40001_is_not_asked_for_ever(self, world: World, phone: Phone) -> None:
        world.official.fail_always("send", 40001)
        world.agent_writes(phone.openid, "您好")
        eventually(lambda: world.standing(phone.openid).parked == 1)
        assert world.standing(phone.openid).parked_reason == "configuration"
        assert len(world.official.called("send")) == 2
        assert len(world.official.called("stable_token")) <= 3
        world.official.fail_always("send", None)
        phone.say("在吗")
        assert phone.texts[-1] == "您好"

    @pytest.mark.parametrize("code", [40164, 48001, 40243])
    def test_what_the_administrator_must_mend_is_not_retried(self, world: World, phone: Phone, code: int) -> None:
        world.official.fail("send", code)
        world.agent_writes(phone.openid, "您好")
        eventually(lambda: world.standing(phone.openid).parked_reason == "configuration")
        assert len(world.official.called("send")) == 1
        assert world.standing(phone.openid).failed[0].code == code

    def test_a_message_that_is_too_long_is_split_further(self, world: World, phone: Phone) -> None:
        world.official.fail("send", 45002)
        text = "。".join(f"第{number}步请检查登录设置" for number in range(40))
        world.agent_writes(phone.openid, text)
        eventually(lambda: len("".join(phone.texts[1:])) >= len(text) - 5)
        assert len(phone.texts) >= 3
        assert all(len(each.encode()) <= 1024 for each in phone.texts[1:])

    @pytest.mark.parametrize("code", [-1])
    def test_a_busy_wechat_is_tried_again(self, world: World, phone: Phone, code: int) -> None:
        world.official.fail("send", code, code)
        world.agent_writes(phone.openid, "您好")
        # Put off by one second, then by two, and taken up at the next sweep each time.
        eventually(lambda: "您好" in phone.texts, seconds=20)
        outcomes = [("failed", code), ("failed", code), ("sent", None)]
        eventually(lambda: [each[2:] for each in world.attempts(phone.openid)[1:]] == outcomes)

    @pytest.mark.parametrize(("code", "wait"), [(45009, 600), (45011, 60)])
    def test_a_rate_that_is_used_up_is_waited_for(self, world: World, phone: Phone, code: int, wait: int) -> None:
        world.official.fail("send", code)
        world.agent_writes(phone.openid, "您好")
        link = lambda: world.wechat.book.link(world.conversation(phone.openid))  # noqa: E731
        eventually(lambda: link().retry_at is not None)
        assert wait - 8 < (link().retry_at - world.wechat.now()).total_seconds() <= wait
        world.pass_by(seconds=wait + 1)
        heard(phone, "您好")

    def test_what_wechat_will_never_take_does_not_hold_up_the_rest(self, world: World, phone: Phone) -> None:
        world.official.fail("send", 45157)
        world.agent_writes(phone.openid, "一")
        heard_two = "二"
        eventually(lambda: world.attempts(phone.openid)[-1][2:] == ("lost", 45157))
        world.agent_writes(phone.openid, heard_two)
        heard(phone, heard_two)
        assert "一" not in phone.texts
        assert [each.code for each in world.standing(phone.openid).failed] == [45157]

    def test_an_api_that_is_away_loses_nothing(self, world: World, phone: Phone) -> None:
        world.fake.stop()
        world.agent_writes(phone.openid, "您好")
        eventually(lambda: world.attempts(phone.openid)[-1][2] == "failed")
        world.fake.serve(world.gateway.url)
        world.official.phones[phone.openid] = phone
        heard(phone, "您好")


class TestTokens:
    def test_many_need_one_refresh(self, world: World) -> None:
        phones = [world.phone(f"oMany{number}") for number in range(6)]
        for phone in phones:
            phone.say("你好")
            world.move(phone.openid, Owner.ASSIGNED, "王芳")
        world.official.slow("stable_token", 0.3)
        for phone in phones:
            world.agent_writes(phone.openid, "您好")
        for phone in phones:
            heard(phone, "您好")
        assert len(world.official.called("stable_token")) == 1

    def test_it_is_renewed_before_it_ends(self, world: World, phone: Phone) -> None:
        world.agent_writes(phone.openid, "一")
        heard(phone, "一")
        world.pass_by(seconds=7200 - 240)
        world.agent_writes(phone.openid, "二")
        heard(phone, "二")
        assert len(world.official.called("stable_token")) == 2
        assert len(world.official.called("send")) == 2, "neither was refused"

    def test_it_survives_a_restart(self, world: World, phone: Phone) -> None:
        world.agent_writes(phone.openid, "一")
        heard(phone, "一")
        world.restart()
        world.agent_writes(phone.openid, "二")
        heard(phone, "二")
        assert len(world.official.called("stable_token")) == 1
