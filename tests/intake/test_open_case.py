"""What a message says about a case that is open already."""

from __future__ import annotations

import re
from typing import Any

import pytest

from jieda.intake import ASKED, Known, Mention, Message, read
from jieda.intake.open_case import NOTE_MAX
from jieda.policy import policy

NUMBER = re.compile(r"SR\d{8}-\w+")
OWN = "SR20260312-7K2MA"


def message(text: str, intent: str = "answer_details", **mentions: str) -> Message:
    numbers = tuple(
        Mention("case_number", found[0], None, found.start(), found.end()) for found in NUMBER.finditer(text)
    )
    return Message(text, intent, numbers + tuple(Mention(*item) for item in mentions.items()), text.startswith("/"))


def taken(said: Message, asked: str | None = None, **slots: Any) -> dict[str, Any]:
    return read(said, Known({"language": "zh", "wants_case": False, **slots}, asked), policy())


class TestWish:
    @pytest.mark.parametrize("wish", ["status", "update", "close"])
    def test_it_is_what_the_intent_says(self, wish: str) -> None:
        assert taken(message(f"{OWN}", f"case_{wish}")) == {"case_wish": wish, "case_number": OWN}

    def test_anew_it_forgets_what_an_earlier_one_left(self) -> None:
        left: dict[str, Any] = {
            "case_number": OWN,
            "case_note": "x",
            "close_confirmed": True,
            "case_declined": True,
            "case_contact": [],
        }
        assert taken(message("关掉我的单", "case_close"), **left) == {"case_wish": "close", **dict.fromkeys(left)}

    def test_it_may_change_midway(self) -> None:
        assert taken(message("算了，直接关掉", "case_close"), "case_note", case_wish="update") == {"case_wish": "close"}
        assert taken(message("到哪一步了？", "case_status"), "close_confirmed", case_wish="close") == {
            "case_wish": "status"
        }

    def test_a_number_by_itself_changes_no_wish(self) -> None:
        assert taken(message(OWN, "case_status"), "case_number", case_wish="close") == {"case_number": OWN}

    def test_what_is_said_of_an_open_case_is_not_of_a_new_one(self) -> None:
        said = message(
            "单子改成紧急，电话换成18600007777", "case_update", severity="critical", contact_phone="+8618600007777"
        )
        assert taken(said, privacy_consent=True).keys() <= {"case_wish", "case_contact", "case_note"}

    def test_a_new_case_in_the_middle_is_told_as_ever(self) -> None:
        said = message("还是开个新工单吧，现场服务的计划板一直是空白的", "case_open", support_category="technical")
        assert taken(said, "case_note")["support_category"] == "technical"

    def test_in_the_middle_of_a_new_case_nothing_changes(self) -> None:
        assert taken(message(f"{OWN}到哪了", "case_status"), "contact_phone", privacy_consent=True) == {}


class TestNote:
    @pytest.mark.parametrize(
        "text",
        [
            "补充：问题只在Outlook插件里出现",
            f"{OWN}加一条信息：重启后还是一样",
            "工单里我留的电话不对，请改成18600007777",
            "跟他们说一声，除了上海，现在苏州也出现了，写到单子里",
            "能把优先级往上调吗，客户已经在投诉我们了",
            f"Please add to {OWN}: rebooting did not help",
            "please note on the case that it happens in Firefox as well",
            "Number of affected users on our ticket went from 5 to 80",
        ],
    )
    def test_a_message_that_says_enough_is_the_note_whole(self, text: str) -> None:
        assert taken(message(text, "case_update"))["case_note"] == text

    @pytest.mark.parametrize(
        "text",
        [
            "我要给工单补充一张截图",
            "我想在原来的单上追加说明",
            f"往{OWN}里加个附件",
            "错误日志怎么加到已经开的工单里",
            "对已有请求做个补充",
            "I want to add a screenshot to my ticket",
            "how can I attach a log file to an existing ticket",
            "add a note to my case please",
            "need to edit my request",
            f"adding more info to {OWN}",
        ],
    )
    def test_one_that_only_asks_to_add_is_none(self, text: str) -> None:
        assert "case_note" not in taken(message(text, "case_update"))

    @pytest.mark.parametrize(
        ("text", "intent"),
        [
            ("9.1", "answer_details"),
            ("还是不行，换了三台电脑都打不开", "answer_no"),
            ("销售应用打不开", "technical_problem"),
            ("重启后还是一样", "case_status"),
            ("加一句：周六可以配合", "case_update"),
        ],
    )
    def test_asked_for_any_words_are_one(self, text: str, intent: str) -> None:
        assert taken(message(text, intent), "case_note") == {"case_note": text}

    @pytest.mark.parametrize(
        ("text", "intent"),
        [
            ("几点下班", "info_hours"),
            ("转人工", "human_request"),
            ("你好", "social_greeting"),
            ("算了", "answer_cancel"),
            ("👍", "answer_details"),
            ("好的", "answer_yes"),
            ("我要补充工单", "case_update"),
            ("/answer_details", "answer_details"),
        ],
    )
    def test_what_is_no_addition_is_none_even_then(self, text: str, intent: str) -> None:
        assert "case_note" not in taken(message(text, intent), "case_note", case_wish="update")

    def test_an_endless_one_is_cut(self) -> None:
        assert len(taken(message("长" * 5_000), "case_note")["case_note"]) == NOTE_MAX


class TestIdentification:
    def test_number_and_contact_may_come_at_once(self) -> None:
        said = message(f"{OWN}，电话13800138000", contact_phone="+8613800138000")
        assert taken(said, "case_number") == {"case_number": OWN, "case_contact": ["+8613800138000"]}

    def test_one_of_each_kind_at_most(self) -> None:
        phones = tuple(Mention("contact_phone", f"+861380013800{i}") for i in range(5))
        said = Message("…", "answer_details", (*phones, Mention("contact_email", "a@example.com")))
        assert taken(said, "case_contact")["case_contact"] == ["+8613800138000", "a@example.com"]

    def test_a_contact_is_for_the_check_alone(self) -> None:
        said = message("13800138000", contact_phone="+8613800138000")
        assert taken(said, "case_contact", privacy_consent=True) == {"case_contact": ["+8613800138000"]}

    def test_what_looks_like_one_is_for_the_form_to_judge(self) -> None:
        assert taken(message("1380013"), "case_contact") == {"case_contact": ["1380013"]}
        assert taken(message("call me maybe"), "case_contact") == {}

    def test_another_number_is_no_telephone_number(self) -> None:
        assert taken(message(OWN, "case_status"), "case_contact") == {"case_number": OWN}

    @pytest.mark.parametrize("asked", ["case_number", "case_contact", "case_note"])
    @pytest.mark.parametrize("intent", ["answer_no", "answer_refuse", "answer_unsure"])
    def test_who_cannot_say_declines(self, asked: str, intent: str) -> None:
        assert taken(message("不知道", intent), asked) == {"case_declined": True}


class TestClosing:
    @pytest.mark.parametrize(
        ("intent", "confirmed"), [("answer_yes", True), ("case_close", True), ("answer_no", False)]
    )
    def test_yes_or_no(self, intent: str, confirmed: bool) -> None:
        assert taken(message("…", intent), "close_confirmed") == {"close_confirmed": confirmed}

    def test_another_number_is_no_yes(self) -> None:
        said = message("关SR20260401-Q8ZTA", "case_close")
        assert taken(said, "close_confirmed", case_number=OWN, case_wish="close") == {"case_number": "SR20260401-Q8ZTA"}

    @pytest.mark.parametrize("intent", ["answer_unsure", "answer_details", "nlu_fallback"])
    def test_nothing_else_is_an_answer(self, intent: str) -> None:
        assert taken(message("呃", intent), "close_confirmed") == {}


@pytest.mark.parametrize("asked", sorted(ASKED))
def test_a_second_matter_is_kept_for_afterwards(asked: str) -> None:
    said = Message("另外一个问题：账单也不对", "billing_understand_bill", (Mention("cue", "another"),))
    assert taken(said, asked) == {"next_issue": {"category": "billing", "summary": said.text}}


class TestWhoWantsAPersonOrStops:
    @pytest.mark.parametrize("intent", ["human_request", "answer_cancel", "social_bot_complaint"])
    @pytest.mark.parametrize("asked", ["case_number", "case_contact", "case_note", "close_confirmed"])
    def test_gives_nothing_to_check(self, intent: str, asked: str) -> None:
        said = message("转人工，我的电话是13800138000", intent, contact_phone="+8613800138000")
        assert taken(said, asked, case_wish="status", case_number=OWN) == {}


class TestButton:
    def test_the_wish_to_close_pressed_again_is_no_yes(self) -> None:
        assert taken(message("/case_close", "case_close"), "close_confirmed", case_wish="close") == {}
        assert taken(message("关掉吧", "case_close"), "close_confirmed", case_wish="close") == {"close_confirmed": True}
