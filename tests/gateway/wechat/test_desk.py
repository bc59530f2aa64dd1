"""What agents see at the desk of a customer on WeChat: the account, how often and how long they may reply, what waits,
what failed, and the pictures."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from jieda.agents import Role
from jieda.conversations import Owner
from jieda.store.agents import AgentBook
from jieda.store.attachments import AttachmentState
from jieda.store.audit import AuditLog
from jieda.store.database import connect
from tests.fakes.wechat import Phone
from tests.gateway.desk.conftest import PASSWORD, Desk
from tests.gateway.harness import Stream, eventually, now
from tests.gateway.wechat.conftest import MakeWorld, World

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
def desk(world: World) -> Desk:
    """An agent on duty."""
    return signed_in(world)


@pytest.fixture
def talk(desk: Desk, world: World, phone: Phone) -> str:
    """A customer's conversation that the agent has taken."""
    phone.say("你好")
    world.move(phone.openid, Owner.QUEUED)
    desk.takes(world.conversation(phone.openid))
    eventually(lambda: world.standing(phone.openid).left == 4, what=lambda: world.standing(phone.openid))
    return world.conversation(phone.openid)


def signed_in(world: World) -> Desk:
    AgentBook(connect(world.gateway.settings.database_url)).add("amy", Role.AGENT, PASSWORD, at=now())
    made = Desk(world.gateway, "amy", httpx.Client(base_url=world.gateway.url, timeout=30, trust_env=False))
    assert made.sign_in().status_code == 200
    return made


def shown(desk: Desk, conversation_id: str) -> dict[str, Any]:
    return dict(desk.get(f"conversations/{conversation_id}")["wechat"])


class TestShown:
    def test_the_account_the_48_hours_and_the_messages_left(self, world: World, desk: Desk, talk: str) -> None:
        seen = shown(desk, talk)
        assert (seen["account"], seen["left"], seen["warning"]) == ("official:main", 4, None)
        assert seen["window_ends_at"] is not None
        page = desk.http.get(f"/desk/conversations/{talk}").text
        assert "微信公众号" in page
        assert "4 条" in page

    def test_a_conversation_of_the_web_has_none(self, world: World, desk: Desk) -> None:
        elsewhere = world.gateway.begin().id
        assert "wechat" not in desk.get(f"conversations/{elsewhere}")
        assert 'id="wechat"' not in desk.http.get(f"/desk/conversations/{elsewhere}").text

    def test_a_warning_when_one_is_left_and_what_comes_after_it_is_parked(
        self, world: World, desk: Desk, talk: str, phone: Phone
    ) -> None:
        for number in range(3):
            assert desk.say(talk, f"第{number}条").status_code == 202
            eventually(lambda number=number: f"第{number}条" in phone.texts)
        eventually(lambda: shown(desk, talk)["warning"] == "last_one", what=lambda: shown(desk, talk))
        desk.say(talk, "最后一条")
        eventually(lambda: shown(desk, talk)["warning"] == "none_left")
        waits = desk.say(talk, "等您回复").json()["seq"]
        eventually(lambda: shown(desk, talk)["parked"] == [waits])
        assert shown(desk, talk)["parked_reason"] == "quota"
        assert "条数已用完" in desk.http.get(f"/desk/conversations/{talk}").text
        phone.say("在吗")
        assert "等您回复" in phone.texts
        assert (shown(desk, talk)["parked"], shown(desk, talk)["warning"]) == ([], None)

    def test_a_warning_in_the_last_hour_and_after_it(self, world: World, desk: Desk, talk: str) -> None:
        world.pass_by(hours=47, minutes=5)
        assert shown(desk, talk)["warning"] == "window_ending"
        world.pass_by(hours=1)
        assert (shown(desk, talk)["warning"], shown(desk, talk)["window_ends_at"]) == ("window_closed", None)

    def test_what_failed_stands_at_its_message(self, world: World, desk: Desk, talk: str) -> None:
        world.official.fail("send", 45157)
        refused = desk.say(talk, "一").json()["seq"]
        eventually(lambda: shown(desk, talk)["failed"] == [{"seq": refused, "code": 45157}])
        desk.say(talk, "二")
        eventually(lambda: world.official.called("send")[1:])
        assert shown(desk, talk)["failed"] == [{"seq": refused, "code": 45157}]

    def test_what_failed_at_first_and_came_then_did_not_fail(
        self, world: World, desk: Desk, talk: str, phone: Phone
    ) -> None:
        world.official.fail("send", -1)
        desk.say(talk, "一")
        eventually(lambda: "一" in phone.texts)
        eventually(lambda: shown(desk, talk)["failed"] == [])

    def test_a_message_that_customer_service_took_and_did_not_deliver(self, make_world: MakeWorld) -> None:
        kf = make_world("kf")
        desk, phone = signed_in(kf), kf.kf_phone()
        phone.say("你好")
        eventually(lambda: "Re: 你好" in phone.texts)
        talk = kf.conversation(phone.openid)
        kf.move(phone.openid, Owner.QUEUED)
        desk.takes(talk)
        eventually(lambda: phone.texts[1:])
        kf.kf.undeliverable = 1
        seq = desk.say(talk, "您好").json()["seq"]
        eventually(lambda: shown(desk, talk)["failed"] == [{"seq": seq, "code": 10}], what=lambda: shown(desk, talk))
        assert shown(desk, talk)["account"] == "kf:service"

    def test_it_changes_while_an_agent_looks_on(self, world: World, desk: Desk, talk: str, phone: Phone) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in desk.http.cookies.items())
        stream = Stream(f"{world.gateway.url}/desk/api/conversations/{talk}/events", 0, {"Cookie": cookies})
        stream.begin()

        def told() -> list[dict[str, Any]]:
            return [each for each in list(stream.received) if each["type"] == "wechat"]

        eventually(lambda: [each["left"] for each in told()] == [4])
        desk.say(talk, "您好")
        eventually(lambda: told()[-1]["left"] == 3, what=told)
        world.official.media["m1"] = PNG
        phone.picture("m1")
        eventually(lambda: [each["state"] for each in told()[-1]["pictures"]] == ["kept"], what=told)
        assert told()[-1]["left"] == 5
        stream.end()


class TestPictures:
    @pytest.fixture
    def picture(self, world: World, desk: Desk, talk: str, phone: Phone) -> str:
        world.official.media["m1"] = PNG
        phone.picture("m1")
        eventually(lambda: [each["state"] for each in shown(desk, talk)["pictures"]] == [AttachmentState.KEPT.value])
        return str(shown(desk, talk)["pictures"][0]["id"])

    def test_an_agent_opens_one_safely_and_it_is_audited(
        self, world: World, desk: Desk, talk: str, picture: str
    ) -> None:
        answer = desk.http.get(f"/desk/attachments/{picture}")
        assert (answer.status_code, answer.content) == (200, PNG)
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "no-store" in answer.headers["cache-control"]
        audited = AuditLog(connect(world.gateway.settings.database_url)).entries(limit=1)[0]
        assert (audited.actor, audited.action, audited.subject) == ("amy", "attachment_opened", talk)

    def test_nobody_else_does(self, world: World, picture: str) -> None:
        answer = world.gateway.http.get(f"/desk/attachments/{picture}", follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/desk/sign-in")

    @pytest.mark.parametrize("wanted", ["unknown", "..%2fjieda.db", "%00", "x" * 5000])
    def test_an_id_is_not_to_be_guessed(self, desk: Desk, wanted: str) -> None:
        assert desk.http.get(f"/desk/attachments/{wanted}").status_code == 404
