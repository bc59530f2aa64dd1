"""Following, leaving, menus, pictures and voices; accounts without the API; people in WeChat's own tools."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest

from jieda import notices
from jieda.agents import Agent, Role
from jieda.conversations import ConversationUnknown, Owner, Reply
from jieda.gateway.wechat.pictures import attachment_response
from jieda.policy import Language
from jieda.store.attachments import AttachmentState
from jieda.store.database import connect
from jieda.store.dossiers import Dossiers
from jieda.store.ownership import Ownership
from jieda.wechat_settings import Handoff, ReplyBy
from tests.fakes.rasa import buttons
from tests.fakes.wechat import Phone
from tests.gateway.harness import eventually, now
from tests.gateway.wechat.conftest import LATE, MakeWorld, World

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 64


class TestFollowing:
    @pytest.mark.parametrize("key", ["", "qrscene_123"])
    def test_who_follows_is_greeted(self, world: World, phone: Phone, key: str) -> None:
        assert phone.subscribe(key).kind == "reply"
        assert phone.texts[0].startswith("您好，我是接答")
        assert world.rasa.heard() == []

    def test_events_that_ask_for_nothing_are_acknowledged(self, world: World, phone: Phone) -> None:
        for name in ("VIEW", "LOCATION", "TEMPLATESENDJOBFINISH", "从没听说过", ""):
            assert phone.event(name, "key").kind == "accepted", name
        assert phone.heard == []

    def test_a_menu_key_that_is_no_intent_is_only_words(self, world: World, phone: Phone) -> None:
        phone.click("restart")
        assert not any(each.is_command for each in world.rasa.sent)

    def test_who_leaves_is_forgotten(self, world: World, phone: Phone) -> None:
        phone.say("你好")
        world.official.media["m1"] = PNG
        phone.picture("m1")
        conversation_id = world.conversation(phone.openid)
        eventually(lambda: world.wechat.attachments.of(conversation_id)[0].state is AttachmentState.KEPT)
        file = world.wechat.attachments.file(world.wechat.attachments.of(conversation_id)[0].id)
        assert file.exists()
        tracker = world.gateway.settings.home / "tracker.db"
        with sqlite3.connect(tracker) as rasa:
            rasa.execute("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)")
            rasa.execute("INSERT INTO events (sender_id, data) VALUES (?, '李雷'), ('another', 'x')", [conversation_id])
        assert phone.unsubscribe().kind == "accepted"
        with pytest.raises(ConversationUnknown):
            world.gateway.ledger.conversation(conversation_id)
        assert not file.exists()
        assert world.wechat.book.conversation_of(world.account.key, phone.openid) is None
        with sqlite3.connect(world.gateway.settings.home / "jieda.db") as database:
            left = "\n".join(database.iterdump())
        assert phone.openid not in left
        assert conversation_id not in left
        with sqlite3.connect(tracker) as rasa:
            assert rasa.execute("SELECT sender_id FROM events").fetchall() == [("another",)]
        phone.subscribe()
        phone.say("我又来了")
        assert phone.texts[-1] == "Re: 我又来了"


class TestOtherThanWords:
    def test_a_voice_that_was_recognised_is_text(self, world: World, phone: Phone) -> None:
        phone.speak("系统登录不上去")
        assert world.rasa.heard() == ["系统登录不上去"]

    def test_one_that_was_not_is_asked_to_be_typed(self, world: World, phone: Phone) -> None:
        phone.speak("")
        assert "用文字" in phone.texts[-1]
        assert world.messages(phone.openid)[0] == ("customer", "[语音]")
        assert world.rasa.heard() == []

    @pytest.mark.parametrize("kind", ["video", "shortvideo", "location", "link", "hologram"])
    def test_other_kinds_get_a_polite_answer(self, world: World, phone: Phone, kind: str) -> None:
        assert phone.send_kind(kind, "<Label>上海</Label>").kind == "reply"
        assert "用文字" in phone.texts[-1]

    def test_an_empty_text_too(self, world: World, phone: Phone) -> None:
        assert phone.say("").kind == "reply"
        assert world.rasa.heard() == []

    def test_to_a_person_it_is_only_shown(self, world: World, phone: Phone) -> None:
        phone.say("你好")
        world.move(phone.openid, Owner.ASSIGNED, "王芳")
        assert phone.speak("").kind == "accepted"
        assert world.messages(phone.openid)[-1] == ("customer", "[语音]")


class TestPictures:
    @pytest.mark.parametrize(("data", "media_type"), [(PNG, "image/png"), (JPEG, "image/jpeg")])
    def test_they_are_kept_for_the_agent(self, world: World, phone: Phone, data: bytes, media_type: str) -> None:
        world.official.media["m1"] = data
        phone.picture("m1")
        assert "图片收到了" in phone.texts[-1]
        book, conversation_id = world.wechat.attachments, world.conversation(phone.openid)
        eventually(lambda: book.of(conversation_id)[0].state is AttachmentState.KEPT)
        found = book.of(conversation_id)[0]
        assert (found.media_type, found.size, found.seq) == (media_type, len(data), 1)
        answer = attachment_response(book, found.id)
        assert answer.headers["content-type"] == media_type
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert book.file(found.id).stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize("data", [b"<svg onload=alert(1)>", b"<html><script>", b"MZ\x90", b"", b"GIF8"])
    def test_what_is_none_is_refused_whatever_it_is_called(self, world: World, phone: Phone, data: bytes) -> None:
        world.official.media["m1"] = data
        phone.picture("m1")
        book, conversation_id = world.wechat.attachments, world.conversation(phone.openid)
        eventually(lambda: book.of(conversation_id)[0].state is AttachmentState.REFUSED)
        assert attachment_response(book, book.of(conversation_id)[0].id).status_code == 404

    def test_one_that_is_too_large_is_refused(self, world: World, phone: Phone) -> None:
        world.official.media["m1"] = PNG + b"\0" * (10 * 1024 * 1024)
        phone.picture("m1")
        book, conversation_id = world.wechat.attachments, world.conversation(phone.openid)
        eventually(lambda: book.of(conversation_id)[0].state is AttachmentState.REFUSED)

    def test_one_that_wechat_has_no_more_is_given_up(self, world: World, phone: Phone) -> None:
        phone.picture("unknown")
        book, conversation_id = world.wechat.attachments, world.conversation(phone.openid)
        eventually(lambda: book.of(conversation_id)[0].tries > 1, seconds=10)
        assert attachment_response(book, "../jieda.db").status_code == 404


class TestWithoutTheApi:
    @pytest.fixture
    def world(self, make_world: MakeWorld) -> World:
        return make_world(hurried=True, reply=ReplyBy.PASSIVE)

    def test_a_slow_answer_comes_with_a_repeated_push(self, world: World, phone: Phone) -> None:
        world.rasa.answers("慢", "答", delay=LATE + 1)
        outcome = phone.say("慢")
        assert (outcome.kind, outcome.deliveries, phone.texts) == ("reply", 2, ["答"])
        assert world.rasa.heard() == ["慢"]
        assert world.official.called("send") == []

    def test_a_slower_one_with_the_next_message(self, world: World, phone: Phone) -> None:
        held = world.rasa.holds("很慢")
        outcome = phone.say("很慢")
        assert outcome.deliveries == 3
        assert "发任意一条消息" in phone.texts[0]
        assert phone.notices == []
        held.release()
        eventually(lambda: ("bot", "Re: 很慢") in world.messages(phone.openid))
        phone.say("好了吗")
        assert phone.texts[1] == "Re: 很慢\n\nRe: 好了吗"
        assert world.official.called("send") == []


class TestNativeSession:
    @pytest.fixture
    def world(self, make_world: MakeWorld) -> World:
        return make_world(handoff=Handoff.NATIVE)

    @pytest.fixture
    def queued(self, world: World, phone: Phone) -> Callable[[str], None]:
        """Says something while waiting for a person."""

        def say(text: str) -> None:
            phone.say("你好")
            world.move(phone.openid, Owner.QUEUED)
            phone.say(text)

        return say

    def test_people_take_over_and_give_back(self, world: World, phone: Phone, queued: Callable[[str], None]) -> None:
        world.official.online = ["fang@gh_1"]
        queued("转人工")
        assert phone.native == "fang@gh_1"
        assert world.owner(phone.openid) is Owner.ASSIGNED
        assert world.standing(phone.openid).native
        assert phone.say("打不开").kind == "native"
        world.official.close_native(phone.openid)
        assert world.owner(phone.openid) is Owner.BOT
        phone.say("谢谢")
        assert phone.texts[-1] == "Re: 谢谢"
        assert world.rasa.heard() == ["你好", "谢谢"]

    def test_with_nobody_online_the_customer_is_not_left_alone(
        self, world: World, phone: Phone, queued: Callable[[str], None]
    ) -> None:
        queued("转人工")
        assert phone.native is None
        assert "+86 400-" in phone.texts[-1]
        assert world.owner(phone.openid) is Owner.BOT

    def test_events_are_never_transferred(self, world: World, phone: Phone) -> None:
        world.official.online = ["fang@gh_1"]
        phone.say("你好")
        world.move(phone.openid, Owner.QUEUED)
        phone.click("human_request")
        assert phone.native is None

    def test_no_clock_of_our_desk_takes_them_back(
        self, world: World, phone: Phone, queued: Callable[[str], None]
    ) -> None:
        world.official.online = ["fang@gh_1"]
        queued("转人工")
        ownership = Ownership(connect(world.gateway.settings.database_url))
        assert ownership.held_past(now() + timedelta(hours=1)) == []

    def test_after_half_an_hour_of_silence_the_bot_is_back(
        self, world: World, phone: Phone, queued: Callable[[str], None]
    ) -> None:
        world.official.online = ["fang@gh_1"]
        queued("转人工")
        world.pass_by(minutes=31)
        eventually(lambda: world.owner(phone.openid) is Owner.BOT)
        phone.say("还在吗")
        assert phone.texts[-1] == "Re: 还在吗"


class TestClosed:
    def test_after_the_end_a_message_begins_another_conversation(self, world: World, phone: Phone) -> None:
        phone.say("你好")
        before = world.conversation(phone.openid)
        world.gateway.ledger.write_as_system(before, Reply("再见。"), now())
        world.move(phone.openid, Owner.CLOSED)
        eventually(lambda: "再见。" in phone.texts)
        phone.say("又有问题")
        assert world.conversation(phone.openid) != before
        assert phone.texts[-1] == "Re: 又有问题"

    def test_an_old_choice_begins_one_too(self, world: World, phone: Phone) -> None:
        world.rasa.answers("报错", buttons("要提交吗？", ("提交", "/case_open")))
        phone.say("报错")
        before = world.conversation(phone.openid)
        world.move(phone.openid, Owner.CLOSED)
        phone.say("提交")
        eventually(lambda: phone.texts[-1] == "Re: 提交", what=lambda: phone.texts)
        assert world.conversation(phone.openid) != before


class TestSatisfaction:
    """Asked when an agent has closed the conversation; what follows is another one."""

    @pytest.fixture
    def closed(self, world: World, phone: Phone) -> str:
        phone.say("你好")
        conversation_id = world.conversation(phone.openid)
        world.move(phone.openid, Owner.ASSIGNED, "amy")
        amy, ownership = Agent("amy", Role.AGENT, Language.ZH), Ownership(connect(world.gateway.settings.database_url))
        version = world.gateway.ledger.conversation(conversation_id).version
        ownership.close(
            conversation_id, version, amy, at=now(), reason="solved", question=notices.satisfaction_question
        )
        eventually(lambda: "满意" in phone.texts[-1], what=lambda: phone.texts)
        return conversation_id

    def rated(self, world: World, conversation_id: str) -> tuple[int | None, str | None]:
        dossier = Dossiers(connect(world.gateway.settings.database_url)).of(conversation_id)
        return dossier.satisfaction, dossier.satisfaction_word

    def test_a_number_is_the_rating_it_stands_for(self, world: World, phone: Phone, closed: str) -> None:
        phone.say("5")
        assert self.rated(world, closed) == (5, None)
        assert "谢谢您的评价" in phone.texts[-1]
        assert world.rasa.heard() == ["你好"]

    def test_so_is_a_tap(self, world: World, phone: Phone, closed: str) -> None:
        phone.tap("4 满意")
        assert self.rated(world, closed) == (4, None)
        assert "谢谢您的评价" in phone.texts[-1]

    def test_a_word_is_added_by_choice(self, world: World, phone: Phone, closed: str) -> None:
        phone.say("2")
        phone.say("补充一句")
        phone.say("等得太久了")
        assert self.rated(world, closed) == (2, "等得太久了")
        assert "谢谢您的意见" in phone.texts[-1]
        phone.say("还有个问题")
        assert world.rasa.heard() == ["你好", "还有个问题"]

    def test_whoever_asks_something_else_is_answered(self, world: World, phone: Phone, closed: str) -> None:
        phone.say("5")
        phone.say("又登录不上了")
        assert phone.texts[-1] == "Re: 又登录不上了"
        assert world.conversation(phone.openid) != closed
        assert self.rated(world, closed) == (5, None)
