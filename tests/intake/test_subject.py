"""What a case is about: plain questions for severity, another category, a second matter kept for afterwards."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from jieda.intake import Cue, Known, Mention, Message, read
from jieda.policy import policy


def taken(said: Message, asked: str | None = None, *, offered: bool = False, **slots: Any) -> dict[str, Any]:
    changes = read(said, Known({"language": "zh", **slots}, asked, offered), policy())
    return {slot: value for slot, value in changes.items() if slot != "wants_case"}


def with_cue(text: str, words: str, cue: Cue, intent: str, *mentions: Mention) -> Message:
    start = text.index(words)
    return Message(text, intent, (*mentions, Mention("cue", cue.value, None, start, start + len(words))))


class TestPlainQuestions:
    @pytest.mark.parametrize(
        ("answers", "severity"),
        [
            (["unsure", "no"], "critical"),
            (["unsure", "yes", "most"], "critical"),
            (["unsure", "unsure", "most"], "critical"),
            (["unsure", "yes", "few", "no"], "critical"),
            (["unsure", "yes", "few", "yes"], "non_critical"),
            (["unsure", "unsure", "unsure", "no"], "critical"),
            (["unsure", "unsure", "unsure", "yes"], "non_critical"),
            (["unsure", "unsure", "unsure", "unsure"], "non_critical"),
            (["unsure", "yes", "few", "unsure"], "non_critical"),
        ],
    )
    def test_they_lead_to_one_of_the_two(self, answers: list[str], severity: str) -> None:
        slots: dict[str, Any] = {}
        for answer in answers:
            assert slots.get("severity") is None, "asked on although it was decided"
            people = (Mention("people_affected", answer),) if answer in ("most", "few") else ()
            intent = "nlu_fallback" if people else f"answer_{answer}"
            slots |= taken(Message("…", intent, people), "severity", **slots)
        assert (slots["severity"], slots["severity_question"]) == (severity, None)

    def test_a_bare_no_to_the_first_question_decides_nothing(self) -> None:
        assert taken(Message("没有", "answer_no"), "severity") == {}

    def test_named_outright_it_needs_no_further_question(self) -> None:
        said = Message("业务停了", "answer_details", (Mention("severity", "critical"),))
        assert taken(said, "severity", severity_question="work_around") == {
            "severity": "critical",
            "severity_question": None,
        }

    def test_so_many_are_not_all(self) -> None:
        assert taken(Message("20来个", "out_of_scope"), "severity", severity_question="people_affected") == {
            "severity_question": "work_around"
        }

    @pytest.mark.parametrize("intent", ["answer_yes", "answer_no", "out_of_scope"])
    def test_what_is_no_number_is_none(self, intent: str) -> None:
        assert taken(Message("嗯", intent), "severity", severity_question="people_affected") == {}

    def test_who_is_alone_with_it_is_not_asked_how_many(self) -> None:
        alone = Message("只有我登不上", "technical_sign_in", (Mention("people_affected", "one"),))
        known = Known({"language": "zh", "severity_question": "anyone_working"}, "severity", earlier=(alone,))
        changes = read(Message("有", "answer_yes"), known, policy())
        assert changes["severity_question"] == "work_around"

    @pytest.mark.parametrize("asked", ["affected_app", "issue_summary", "contact_phone"])
    def test_one_that_is_named_alone_is_no_question(self, asked: str) -> None:
        said = Message("Non-critical", "info_response_time", (Mention("severity", "non_critical", None, 0, 12),))
        assert taken(said, asked)["severity"] == "non_critical"

    def test_a_question_that_names_one_is(self) -> None:
        text = "How fast for non-critical?"
        said = Message(text, "info_response_time", (Mention("severity", "non_critical", None, 13, 25),))
        assert taken(said, "affected_app") == {}

    def test_what_fits_none_leaves_the_question(self) -> None:
        assert taken(Message("今天天气不错", "out_of_scope"), "severity", severity_question="work_around") == {}


class TestWorkThatHasStopped:
    SAID: ClassVar = "Sales 全公司都不行，帮我提个工单"

    @pytest.mark.parametrize(
        ("matter", "category"),
        [("presales_overview", "technical"), (None, "technical"), ("premier_contact", "premier")],
    )
    def test_it_is_about_the_product_in_use(self, matter: str | None, category: str) -> None:
        said = Message(self.SAID, "case_open", (Mention("severity", "critical"),), False, matter)
        assert taken(said)["support_category"] == category

    def test_a_category_that_is_named_stays(self) -> None:
        named = Mention("severity", "critical"), Mention("support_category", "billing")
        assert taken(Message(self.SAID, "case_open", named))["support_category"] == "billing"


class TestAnotherCategory:
    GIVEN: ClassVar[dict[str, Any]] = {
        "support_category": "billing",
        "issue_summary": "账单多收了两千块",
        "privacy_consent": True,
        "company": "x",
    }

    def test_it_is_changed_and_the_contact_details_stay(self) -> None:
        said = with_cue("其实是技术问题", "其实", Cue.CHANGE, "out_of_scope", Mention("support_category", "technical"))
        assert taken(said, "contact_phone", **self.GIVEN) == {"support_category": "technical", "issue_summary": None}

    def test_saying_so_is_no_description_of_the_matter(self) -> None:
        said = with_cue(
            "搞错了，其实是技术问题",
            "其实是",
            Cue.CHANGE,
            "answer_correction",
            Mention("support_category", "technical", None, 7, 11),
        )
        assert taken(said, "case_confirmed", **self.GIVEN)["issue_summary"] is None

    def test_a_description_besides_is(self) -> None:
        text = "其实是现场服务的计划板一片空白"
        said = with_cue(text, "其实是", Cue.CHANGE, "technical_problem")
        assert taken(said, "case_confirmed", **self.GIVEN) == {"support_category": "technical", "issue_summary": text}

    def test_a_question_about_another_one_changes_nothing(self) -> None:
        assert taken(Message("加许可证去哪里办？", "billing_licenses"), "severity", support_category="technical") == {}

    @pytest.mark.parametrize(
        ("text", "intent", "category"),
        [("技术支持电话是多少？", "info_hotline", None), ("技术问题", "info_hotline", "technical")],
    )
    def test_asked_for_it_a_question_that_names_one_is_no_answer(
        self, text: str, intent: str, category: str | None
    ) -> None:
        said = Message(text, intent, (Mention("support_category", "technical"),))
        assert taken(said, "support_category").get("support_category") == category


class TestASecondMatter:
    TEXT = "还有一个问题，发票没收到"
    ANOTHER = with_cue(TEXT, "还有一个问题", Cue.ANOTHER, "billing_general")
    LATER: ClassVar[dict[str, Any]] = {"next_issue": {"category": "billing", "summary": TEXT}}

    def test_in_the_middle_it_is_kept_for_afterwards(self) -> None:
        assert taken(self.ANOTHER, "severity", support_category="technical") == self.LATER

    @pytest.mark.parametrize("asked", [None, "support_category"])
    def test_at_the_beginning_it_is_the_first(self, asked: str | None) -> None:
        changes = taken(self.ANOTHER, asked)
        assert changes["support_category"] == "billing"
        assert "next_issue" not in changes

    def test_two_of_a_kind_are_described_as_one(self) -> None:
        assert taken(self.ANOTHER, "issue_summary", support_category="billing") == {"issue_summary": self.TEXT}

    def test_the_answer_before_it_is_taken(self) -> None:
        app = Mention("affected_app", "sales", None, 0, 4)
        said = with_cue("销售应用，还有一个问题，发票没收到", "还有一个问题", Cue.ANOTHER, "billing_general", app)
        changes = taken(said, "affected_app", support_category="technical")
        assert changes["affected_app"] == "Dynamics 365 Sales"
        assert changes["next_issue"]["category"] == "billing"

    def test_afterwards_yes_makes_it_the_matter_with_nothing_left_of_the_first(self) -> None:
        before = {"support_category": "technical", **self.LATER}
        assert taken(Message("好的", "answer_yes"), offered=True, **before) == {
            "support_category": "billing",
            "issue_summary": self.TEXT,
            "next_issue": None,
        }

    def test_afterwards_no_lets_it_go(self) -> None:
        assert taken(Message("不用了", "answer_no"), offered=True, **self.LATER) == {"next_issue": None}
