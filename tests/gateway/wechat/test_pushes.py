"""What may come in: verified, once, whatever it is; nothing reaches Rasa that is not WeChat's."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from jieda.wechat_settings import Mode, OfficialAccount
from tests.fakes.rasa import buttons
from tests.fakes.wechat import Phone
from tests.fakes.wechat.push import sha1
from tests.fakes.wechat.server import aes_key
from tests.gateway.conftest import MakeGateway
from tests.gateway.harness import eventually
from tests.gateway.wechat.conftest import MakeWorld, World


def post(world: World, body: bytes, **query: str) -> httpx.Response:
    pusher = world.official.pusher
    started = time.monotonic()
    answer = pusher.http.post(pusher.address, params=query, content=body)
    assert time.monotonic() - started < 5
    assert answer.status_code < 500
    assert "Traceback" not in answer.text
    return answer


def signed(world: World, xml: str) -> httpx.Response:
    """A body that bears all signs of WeChat."""
    body, query = world.official.pusher.wrapped(xml)
    return post(world, body, **query)


class TestModes:
    @pytest.mark.parametrize("mode", list(Mode))
    def test_each_is_verified_read_and_answered(self, make_world: MakeWorld, mode: Mode) -> None:
        world = make_world(mode=mode)
        assert world.official.pusher.verify("4375120948345356249").text == "4375120948345356249"
        phone = world.phone()
        phone.say("你好 <b>&amp; ]]> 再见")
        assert phone.texts == ["Re: 你好 <b>&amp; ]]> 再见"]
        assert phone.notices == []

    def test_several_accounts_do_not_mix(self, world: World) -> None:
        other = replace(world.account, name="other")
        answer = httpx.get(f"{world.gateway.url}{other.path}", params=world.official.pusher.query(echostr="1"))
        assert answer.status_code == 404

    def test_while_the_key_is_changed_both_work(self, make_world: MakeWorld) -> None:
        old = aes_key()
        world = make_world(previous_aes_key=old)
        assert isinstance(world.account, OfficialAccount)
        phone = world.phone()
        phone.say("新")
        world.official.pusher.use_key(old)
        phone.say("旧")
        assert phone.texts == ["Re: 新", "Re: 旧"]


class TestRefused:
    @pytest.mark.parametrize("part", ["signature", "timestamp", "nonce", "echostr"])
    def test_a_get_without_a_part(self, world: World, part: str) -> None:
        query = world.official.pusher.query(echostr="1")
        del query[part]
        assert world.official.pusher.http.get(world.official.pusher.address, params=query).status_code == 403

    def test_a_get_with_a_wrong_signature(self, world: World) -> None:
        query = world.official.pusher.query(echostr="1", signature="0" * 40)
        answer = world.official.pusher.http.get(world.official.pusher.address, params=query)
        assert answer.status_code == 403
        assert "1" not in answer.json()["error"]["message"]

    def test_whatever_is_not_wechats(self, world: World, phone: Phone) -> None:
        pusher = world.official.pusher
        xml = phone.text_xml("攻击")
        encrypted = pusher.encrypted(xml)
        body, query = pusher.wrapped(xml)
        other = aes_key()
        forged = [
            (xml.encode(), {}),
            (xml.encode(), pusher.query()),
            (body, {}),
            (body, {**query, "msg_signature": "0" * 40}),
            (body, {**query, "nonce": "1"}),
            (body, {key: value for key, value in query.items() if key != "msg_signature"}),
            (body, {key: value for key, value in query.items() if key != "encrypt_type"}),
            # Signed, in a mode that encrypts, and not encrypted.
            (
                xml.encode(),
                {**pusher.query(), "encrypt_type": "aes", "msg_signature": sha1(pusher.token, "1", "2", "")},
            ),
            (f"<xml><Encrypt>{encrypted[:-4]}</Encrypt></xml>".encode(), pusher.query(encrypted[:-4])),
        ]
        for sent, told in forged:
            assert post(world, sent, **told).status_code == 403, told
        pusher.use_key(other)
        assert signed(world, xml).status_code == 403
        pusher.use_key(world.account.encoding_aes_key)
        pusher.appid = "wxAnotherAccount"
        assert signed(world, xml).status_code == 403
        assert world.rasa.heard() == []

    def test_a_push_for_another_account(self, world: World, phone: Phone) -> None:
        assert signed(world, phone.text_xml("x").replace(world.account.original_id, "gh_other")).status_code == 403

    def test_a_replay_from_another_day(self, world: World, phone: Phone) -> None:
        body, query = world.official.pusher.wrapped(phone.text_xml("旧"))
        world.pass_by(hours=25)
        assert post(world, body, **query).status_code == 403
        assert world.rasa.heard() == []

    @pytest.mark.parametrize(
        "xml",
        [
            '<!DOCTYPE xml [<!ENTITY a "b">]><xml><Content>&a;</Content></xml>',
            '<!DOCTYPE xml SYSTEM "http://127.0.0.1:9/x.dtd"><xml/>',
            '<!DOCTYPE lolz [<!ENTITY l "l"><!ENTITY m "&l;&l;&l;&l;">]><xml>&m;</xml>',
            "<a>" * 15_000,
            "<xml>" + "<a/>" * 10_000 + "</xml>",
            "",
            "not xml",
            "{}",
            "<xml></xml>",
            "<xml><ToUserName>x</ToUserName></xml>",
        ],
    )
    def test_what_is_no_push_though_it_is_signed(self, world: World, xml: str) -> None:
        assert signed(world, xml).status_code in (400, 403)
        assert world.rasa.heard() == []

    @pytest.mark.parametrize("name", ["ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId"])
    def test_a_field_that_is_missing_or_stands_twice(self, world: World, phone: Phone, name: str) -> None:
        xml = phone.text_xml("x")
        without = re.sub(f"<{name}>.*?</{name}>", "", xml)
        twice = re.sub(f"(<{name}>.*?</{name}>)", r"\1\1", xml)
        assert signed(world, without).status_code == 400
        assert signed(world, twice).status_code == 400
        assert world.rasa.heard() == []

    @pytest.mark.parametrize("size", [200_000 * 3, 20 * 1024 * 1024])
    def test_bodies_larger_than_any_push(self, world: World, size: int) -> None:
        assert post(world, b"<a>" * (size // 3), **world.official.pusher.query("x")).status_code == 413

    def test_other_methods(self, world: World) -> None:
        for method in ("PUT", "DELETE", "PATCH"):
            assert world.official.pusher.http.request(method, world.official.pusher.address).status_code == 405


class TestOnce:
    def test_retries_and_duplicates_are_one_turn_with_one_answer(self, world: World, phone: Phone) -> None:
        world.rasa.answers("慢", "答", delay=0.6)
        outcomes = phone.at_once("慢", copies=8)
        assert {each.reply.get("Content") for each in outcomes} == {"答"}
        assert world.rasa.heard() == ["慢"]

    def test_a_retry_after_the_answer_gets_the_same(self, world: World, phone: Phone) -> None:
        xml = phone.text_xml("你好", "777")
        first, again = (world.official.pusher.deliver(xml, phone.openid) for _ in range(2))
        assert first.reply["Content"] == again.reply["Content"] == "Re: 你好"
        assert world.rasa.heard() == ["你好"]

    def test_a_retry_after_a_restart_gets_the_same(self, world: World, phone: Phone) -> None:
        xml = phone.text_xml("你好", "778")
        first = world.official.pusher.deliver(xml, phone.openid)
        world.restart()
        again = world.official.pusher.deliver(xml, phone.openid)
        assert first.reply["Content"] == again.reply["Content"]
        assert world.rasa.heard() == ["你好"]

    def test_what_a_killed_gateway_had_taken_in_is_answered_by_the_next(self, world: World, phone: Phone) -> None:
        held = world.rasa.holds("慢")
        with ThreadPoolExecutor() as pool:
            pushed = pool.submit(world.official.pusher.deliver, phone.text_xml("慢", "779"), phone.openid)
            eventually(lambda: held.waiting)
            phone._allow("message")
            world.gateway.stop()
            pushed.result()
            held.release()
            world.restart()
        eventually(lambda: phone.texts, what=lambda: world.messages(phone.openid))
        assert phone.texts == ["Re: 慢"]

    def test_what_cannot_be_stored_is_pushed_again(self, hurried: World) -> None:
        phone = hurried.phone()
        database = hurried.gateway.settings.home / "jieda.db"

        def renamed(before: str, after: str) -> None:
            with sqlite3.connect(database, timeout=10) as connection:
                connection.execute(f"ALTER TABLE {before} RENAME TO {after}")

        renamed("wechat_inbound", "away")
        mended = threading.Timer(1.0, renamed, ("away", "wechat_inbound"))
        mended.start()
        outcome = phone.say("你好")
        mended.join()
        assert (outcome.kind, outcome.deliveries) == ("reply", 2)
        assert phone.texts == ["Re: 你好"]
        assert phone.notices == []

    def test_two_gateways_answer_it_once(self, world: World, phone: Phone, make_gateway: MakeGateway) -> None:
        settings = world.gateway.settings
        fellow = make_gateway(database_url=settings.database_url, rasa_timeout=settings.rasa_timeout).start()
        world.rasa.answers("慢", "答", delay=0.5)
        bodies = [world.official.pusher.wrapped(phone.text_xml("慢", "780")) for _ in range(4)]
        phone._allow("message")
        addresses = [f"{each.url}{world.account.path}" for each in (world.gateway, fellow)] * 2

        def push(address: str, sent: tuple[bytes, dict[str, str]]) -> str:
            answer = httpx.post(address, params=sent[1], content=sent[0], timeout=10)
            return str(world.official.pusher.judged(answer, phone.openid, 0.0).reply.get("Content"))

        with ThreadPoolExecutor() as pool:
            assert list(pool.map(push, addresses, bodies)) == ["答"] * 4
        assert world.rasa.heard() == ["慢"]

    def test_order_is_kept(self, world: World, phone: Phone) -> None:
        for number in range(6):
            phone.say(f"第{number}句")
        assert world.rasa.heard() == [f"第{number}句" for number in range(6)]
        assert phone.texts == [f"Re: 第{number}句" for number in range(6)]

    def test_two_first_messages_at_once_begin_one_conversation(self, world: World, phone: Phone) -> None:
        phone.at_once("一", "二")
        assert sorted(world.rasa.heard()) == ["一", "二"]
        assert len({each.sender for each in world.rasa.sent}) == 1


class TestWords:
    def test_a_command_is_text(self, world: World, phone: Phone) -> None:
        phone.say("/human_request")
        assert not any(each.is_command for each in world.rasa.sent)

    @pytest.mark.parametrize("raw", ["a\x01\x02b\x0bc", "<![CDATA[a\x1bbc]]>", "abc&#x1;", "a\ufffeb\uffffc"])
    def test_control_characters_are_dropped(self, world: World, phone: Phone, raw: str) -> None:
        phone.say_raw(raw)
        assert world.rasa.heard() == ["abc"]
        assert phone.notices == []

    def test_an_old_choice_is_only_words(self, world: World, phone: Phone) -> None:
        world.rasa.answers("报错", buttons("要提交吗？", ("提交", "/case_open")))
        phone.say("报错")
        world.pass_by(hours=49)
        phone.say("1")
        assert world.rasa.heard()[-1] == "1"

    def test_a_number_that_answers_something_else_is_a_number(self, world: World, phone: Phone) -> None:
        world.rasa.answers("报错", buttons("要提交吗？", ("提交", "/case_open")))
        phone.say("报错")
        phone.say("先等等")
        phone.say("1")
        assert world.rasa.heard()[-1] == "1"

    def test_an_unknown_menu_id_is_only_words(self, world: World, phone: Phone) -> None:
        rest = "<Content>转人工</Content><bizmsgmenuid>/human_request</bizmsgmenuid>"
        phone._message("text", rest, "转人工")
        assert not any(each.is_command for each in world.rasa.sent)
        assert world.rasa.heard()[-1] == "转人工"
