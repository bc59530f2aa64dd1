"""What a message tells of a case: taken in whatever message it stands, asked for or not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieda.intake import PERSONAL, Known, Mention, Message, needed, read, reads_like_name
from jieda.policy import Language, policy


def message(text: str, intent: str = "answer_details", matter: str | None = None, **mentions: str) -> Message:
    return Message(text, intent, tuple(Mention(*item) for item in mentions.items()), text.startswith("/"), matter)


def known(asked: str | None = None, **slots: Any) -> Known:
    return Known({"language": "zh", "wants_case": False, **slots}, asked)


def taken(said: Message, situation: Known) -> dict[str, Any]:
    return read(said, situation, policy())


class TestSubject:
    def test_a_matter_told_is_its_own_summary(self) -> None:
        said = message("现场服务的计划板从早上起一直是空白", "technical_problem", affected_app="field_service")
        assert taken(said, known()) == {
            "support_category": "technical",
            "affected_app": "Dynamics 365 Field Service",
            "issue_summary": "现场服务的计划板从早上起一直是空白",
        }

    def test_too_few_words_are_no_summary(self) -> None:
        assert "issue_summary" not in taken(message("技术问题", "technical_problem"), known())

    def test_a_button_is_no_summary(self) -> None:
        assert taken(message("/technical_problem", "technical_problem"), known()) == {"support_category": "technical"}

    def test_another_category_is_another_matter(self) -> None:
        before = known(support_category="technical", severity="critical", affected_app="x", issue_summary="y")
        changed = taken(message("账单", "billing_general"), before)
        assert changed == {
            "support_category": "billing",
            "severity": None,
            "affected_app": None,
            "issue_summary": None,
        }

    @pytest.mark.parametrize(
        ("mentions", "matter", "category"),
        [
            ({"support_category": "billing"}, None, "billing"),
            ({}, "technical_sign_in", "technical"),
            ({"support_category": "premier"}, "technical_sign_in", "premier"),
            ({}, None, None),
        ],
    )
    def test_a_wish_for_a_case_tells_its_category_by_the_way(
        self, mentions: dict[str, str], matter: str | None, category: str | None
    ) -> None:
        changed = taken(message("提个工单", "case_open", matter, **mentions), known())
        assert changed.get("support_category") == category

    @pytest.mark.parametrize(
        ("asked", "mentions", "app"),
        [
            (None, {"affected_app": "sales"}, "Dynamics 365 Sales"),
            (None, {"affected_app": "any"}, None),
            (None, {"affected_app_when_asked": "sales"}, None),
            ("affected_app", {"affected_app_when_asked": "sales"}, "Dynamics 365 Sales"),
            ("affected_app", {"affected_app": "any"}, "Dynamics 365"),
            ("affected_app", {"affected_app": "any", "affected_app_when_asked": "marketing"}, "Dynamics 365 Marketing"),
        ],
    )
    def test_common_words_name_an_app_only_when_it_was_asked_for(
        self, asked: str | None, mentions: dict[str, str], app: str | None
    ) -> None:
        assert taken(message("…", **mentions), known(asked)).get("affected_app") == app

    def test_who_cannot_tell_the_app_need_not(self) -> None:
        assert taken(message("不知道", "answer_unsure"), known("affected_app"))["affected_app"] == "Dynamics 365"

    @pytest.mark.parametrize(
        ("asked", "mentions", "severity"),
        [
            (None, {"severity": "critical"}, "critical"),
            (None, {"severity_when_asked": "critical"}, None),
            ("severity", {"severity_when_asked": "critical"}, "critical"),
            ("severity", {"severity_when_asked": "critical", "severity": "non_critical"}, "non_critical"),
        ],
    )
    def test_severity(self, asked: str | None, mentions: dict[str, str], severity: str | None) -> None:
        assert taken(message("…", **mentions), known(asked)).get("severity") == severity

    @pytest.mark.parametrize(
        ("intent", "summary"),
        [("technical_problem", True), ("out_of_scope", True), ("info_hours", False), ("answer_cancel", False)],
    )
    def test_any_text_answers_the_question_for_the_issue_unless_it_asks_something_else(
        self, intent: str, summary: bool
    ) -> None:
        changed = taken(message("从昨天开始", intent), known("issue_summary", support_category="technical"))
        assert (changed.get("issue_summary") == "从昨天开始") is summary


class TestWishNotUnderstood:
    def test_a_case_is_wished_for_in_so_many_words(self) -> None:
        said = Message(
            "开个工单，那个啥弹了", "nlu_fallback", (Mention("case_request", "open"),), False, "technical_problem"
        )
        changed = taken(said, known())
        assert (changed["wants_case"], changed["support_category"]) == (True, "technical")

    @pytest.mark.parametrize(
        ("between", "category"),
        [
            (("presales_pricing", "case_open"), "presales"),
            (("presales_pricing", "presales_partner"), "presales"),
            (("presales_pricing", "billing_licenses"), None),
        ],
    )
    def test_what_it_may_be_about_tells_the_category_if_it_is_one(
        self, between: tuple[str, ...], category: str | None
    ) -> None:
        wish = Message("买几个许可，提交服务请求", "nlu_fallback", (Mention("case_request", "open"),), between=between)
        assert taken(wish, known()).get("support_category") == category

    def test_amid_the_form_it_is_an_answer(self) -> None:
        said = Message("提交工单时报错", "nlu_fallback", (Mention("case_request", "open"),))
        assert taken(said, known("issue_summary"))["issue_summary"] == "提交工单时报错"


class TestPersonalData:
    SAID = message("我是…公司的李雷，电话…", contact_name="李雷", company="示例公司", contact_phone="+8613800138000")

    def test_nothing_is_taken_without_consent(self) -> None:
        assert not set(taken(self.SAID, known())) & set(PERSONAL)
        assert not set(taken(self.SAID, known(privacy_consent=False))) & set(PERSONAL)

    def test_what_was_said_before_is_read_again_once_there_is_consent(self) -> None:
        situation = Known({"language": "zh", "wants_case": False}, "privacy_consent", earlier=(self.SAID,))
        assert taken(message("同意", "answer_yes"), situation) == {
            "privacy_consent": True,
            "contact_name": "李雷",
            "company": "示例公司",
            "contact_phone": "+8613800138000",
        }

    def test_it_is_not_read_again_later_over_a_correction(self) -> None:
        situation = Known(
            {"language": "zh", "wants_case": False, "privacy_consent": True, "contact_name": "韩梅梅"},
            "company",
            earlier=(self.SAID,),
        )
        assert "contact_name" not in taken(message("示例集团"), situation)

    @pytest.mark.parametrize(
        ("intent", "consent"), [("answer_yes", True), ("answer_no", False), ("answer_refuse", False)]
    )
    def test_consent(self, intent: str, consent: bool) -> None:
        assert taken(message("…", intent), known("privacy_consent"))["privacy_consent"] is consent

    @pytest.mark.parametrize("intent", ["answer_no", "answer_refuse", "info_legal"])
    def test_who_asks_what_for_has_neither_agreed_nor_refused(self, intent: str) -> None:
        assert taken(message("你们要这些干什么", intent, aspect="purpose"), known("privacy_consent")) == {}

    def test_consent_that_was_refused_may_be_given_after_all(self) -> None:
        refused = Known({"language": "zh", "wants_case": False}, consent_refused=True, earlier=(self.SAID,))
        changed = taken(message("那好吧，同意", "answer_yes", cue="agreed"), refused)
        assert (changed["wants_case"], changed["privacy_consent"]) == (True, True)
        assert changed["contact_name"] == "李雷"

    @pytest.mark.parametrize(
        ("intent", "cue", "just_refused"),
        [("answer_yes", None, True), ("answer_no", "agreed", True), ("answer_yes", "agreed", False)],
    )
    def test_a_bare_yes_to_the_hotline_or_another_no_is_no_consent(
        self, intent: str, cue: str | None, just_refused: bool
    ) -> None:
        situation = Known({"language": "zh", "wants_case": False}, consent_refused=just_refused)
        said = message("好的", intent, cue=cue) if cue else message("好的", intent)
        assert taken(said, situation) == {}

    def test_a_detail_not_asked_for_is_taken_too(self) -> None:
        changed = taken(
            message("电话写错了", contact_phone="+8613900139000"), known("case_confirmed", privacy_consent=True)
        )
        assert changed == {"contact_phone": "+8613900139000"}

    @pytest.mark.parametrize(
        ("text", "intent", "name"),
        [
            ("李雷", "out_of_scope", "李雷"),
            ("Grace Hall", "social_greeting", "Grace Hall"),
            ("叫我小王", "answer_details", "小王"),
            ("我叫 Jack", "answer_details", "Jack"),
            ("my name is wang lei", "answer_details", "wang lei"),
            ("你们几点上班", "info_hours", None),
            ("What are your hours?", "info_hours", None),
            ("算了不弄了", "answer_cancel", None),
            ("不想说", "answer_refuse", None),
        ],
    )
    def test_a_bare_answer_to_the_question_for_the_name(self, text: str, intent: str, name: str | None) -> None:
        changed = taken(message(text, intent), known("contact_name", privacy_consent=True))
        assert changed.get("contact_name") == name

    @pytest.mark.parametrize(
        ("text", "intent", "phone"),
        [
            ("12345", "out_of_scope", "12345"),
            ("没有号码", "out_of_scope", "没有号码"),
            ("hotline?", "info_hotline", None),
            ("138 0013", "info_hotline", "138 0013"),
        ],
    )
    def test_what_fails_as_a_phone_number_is_for_the_form_to_say(
        self, text: str, intent: str, phone: str | None
    ) -> None:
        changed = taken(message(text, intent), known("contact_phone", privacy_consent=True))
        assert changed.get("contact_phone") == phone

    def test_refusing_one_way_to_be_reached_waives_it(self) -> None:
        changed = taken(message("电话不方便给", "answer_refuse"), known("contact_phone", privacy_consent=True))
        assert changed == {"waived_details": ["contact_phone"]}


class TestLanguage:
    def test_a_sentence_decides(self) -> None:
        said = Message("when are you open", "info_hours", (Mention("language", "en", "sentence"),))
        assert taken(said, known())["language"] == "en"

    def test_a_name_asked_for_does_not(self) -> None:
        said = Message("Grace Hall", "answer_details", (Mention("language", "en", "words"),))
        assert "language" not in taken(said, known("contact_name", privacy_consent=True))

    def test_a_language_asked_for_stays(self) -> None:
        wish = Message("please speak chinese", "social_language_switch", (Mention("language_switch", "zh"),))
        assert taken(wish, known(language="en")) == {"language": "zh", "language_locked": True}
        said = Message("when are you open", "info_hours", (Mention("language", "en", "sentence"),))
        assert "language" not in taken(said, known(language_locked=True))

    @pytest.mark.parametrize(("page", "language"), [(Language.EN, "en"), (Language.ZH, "zh"), (None, "zh")])
    def test_without_opinion_the_page_decides(self, page: Language | None, language: str) -> None:
        changed = taken(message("OK"), Known({"wants_case": False}, page_language=page))
        assert changed["language"] == language


class TestWish:
    @pytest.mark.parametrize(
        ("intent", "mentions", "offered", "wants"),
        [
            ("billing_general", {"case_request": "open"}, False, True),
            ("billing_general", {}, True, False),
            ("answer_yes", {}, True, True),
            ("answer_yes", {}, False, False),
        ],
    )
    def test_a_case_is_wanted_when_it_is_said_or_the_offer_is_accepted(
        self, intent: str, mentions: dict[str, str], offered: bool, wants: bool
    ) -> None:
        situation = Known({"language": "zh"}, case_offered=offered)
        assert taken(message("…", intent, **mentions), situation)["wants_case"] is wants


class TestNeeded:
    def test_billing_needs_neither_app_nor_severity(self) -> None:
        assert needed({"support_category": "billing"}) == [
            "support_category", "issue_summary", "privacy_consent", "contact_name", "company", "contact_phone",
            "contact_email", "case_confirmed",
        ]  # fmt: skip

    @pytest.mark.parametrize("category", ["technical", "premier"])
    def test_technical_and_premier_need_both(self, category: str) -> None:
        assert needed({"support_category": category})[1:3] == ["affected_app", "severity"]

    def test_one_way_to_be_reached_is_enough(self) -> None:
        assert "contact_phone" not in needed({"waived_details": ["contact_phone"]})
        assert needed({"waived_details": ["contact_email", "contact_phone"]}) == []

    def test_without_consent_nothing_more_is_asked(self) -> None:
        assert needed({"privacy_consent": False}) == []


@pytest.mark.parametrize(
    ("text", "may_be"),
    [
        ("李雷", True),
        ("Grace Hall", True),
        ("上海示例科技有限公司", True),
        ("你们几点上班", False),
        ("what is the number", False),
        ("a@b.cn", False),
        ("", False),
        ("。。", False),
        ("I would like to know when you are open on Sundays", False),
    ],
)
def test_reads_like_a_name(text: str, may_be: bool) -> None:
    assert reads_like_name(text) is may_be


ASKED = st.sampled_from([None, "support_category", "affected_app", "severity", "issue_summary", "privacy_consent",
                         "contact_name", "company", "contact_phone", "contact_email", "case_confirmed"])  # fmt: skip
INTENTS = st.sampled_from(
    ["technical_problem", "answer_yes", "answer_no", "answer_refuse", "info_hours", "nlu_fallback"]
)


@given(text=st.text(max_size=40), intent=INTENTS, asked=ASKED, consent=st.sampled_from([None, True, False]))
def test_the_same_message_read_twice_changes_nothing_more(
    text: str, intent: str, asked: str | None, consent: bool | None
) -> None:
    said = message(text, intent, contact_phone="+8613800138000", severity="critical")
    situation = known(asked, privacy_consent=consent)
    once = taken(said, situation)
    assert taken(said, Known({**situation.slots, **once}, asked)) == {}


class TestButtonOfAQuestionThatIsPast:
    @pytest.mark.parametrize("asked", [None, "privacy_consent", "case_confirmed", "severity", "contact_name"])
    def test_it_changes_nothing(self, asked: str | None) -> None:
        situation = Known({"language": "zh", "wants_case": False, "privacy_consent": True}, asked, case_offered=True)
        assert taken(message("/answer_late", "answer_late"), situation) == {}


class TestMatterKeptForAfterwards:
    def test_its_button_takes_it_up_even_after_a_digression(self) -> None:
        kept = {"category": "technical", "summary": "还有一个问题，报表打不开"}
        changed = taken(message("/case_open", "case_open"), known(next_issue=kept, support_category="billing"))
        assert changed["support_category"] == "technical"
        assert changed["issue_summary"] == kept["summary"]
        assert changed["next_issue"] is None


class TestNamesInAnotherLanguage:
    @pytest.mark.parametrize("asked", [*PERSONAL, "case_confirmed"])
    def test_they_turn_nothing(self, asked: str) -> None:
        name = Message("Grace Hall", "answer_details", (Mention("language", "en", "words"),))
        assert "language" not in taken(name, known(asked))

    def test_a_row_of_names_is_no_sentence(self) -> None:
        text = "Grace Hall，Example Trading Ltd，13800138000"
        mentions = (Mention("language", "en", "sentence"), Mention("contact_phone", "+8613800138000", None, 31, 42))
        assert "language" not in taken(Message(text, "answer_details", mentions), known("contact_name", language="zh"))

    def test_who_says_so_in_a_sentence_speaks_it(self) -> None:
        said = Message("I am Grace Hall from Contoso", "answer_details", (Mention("language", "en", "sentence"),))
        assert taken(said, known("contact_name", language="zh"))["language"] == "en"


class TestShortReplies:
    @pytest.mark.parametrize(
        ("text", "intent"),
        [("Yes", "answer_yes"), ("没问题，提交", "answer_yes"), ("不是的", "answer_no"), ("谢谢您", "social_thanks")],
    )
    @pytest.mark.parametrize("asked", ["issue_summary", "contact_name", "company"])
    def test_they_are_no_matter_and_no_name(self, asked: str, text: str, intent: str) -> None:
        assert asked not in taken(message(text, intent), known(asked, privacy_consent=True))


class TestQuestionInsteadOfAName:
    @pytest.mark.parametrize("text", ["What does the billing line help with?", "怎么我还要填这些东西啊真麻烦"])
    def test_it_is_none_even_where_it_is_not_understood(self, text: str) -> None:
        assert "contact_name" not in taken(message(text, "nlu_fallback"), known("contact_name", privacy_consent=True))


class TestEmoji:
    @pytest.mark.parametrize("asked", PERSONAL)
    def test_it_is_an_answer_for_the_form_to_refuse(self, asked: str) -> None:
        assert taken(message("😀", "social_greeting"), known(asked, privacy_consent=True))[asked] == "😀"


class TestHeldBackBeforeItIsAskedFor:
    @pytest.mark.parametrize("intent", ["answer_refuse", "answer_no"])
    def test_it_is_waived(self, intent: str) -> None:
        said = message("no phone sorry", intent, detail="contact_phone")
        changed = taken(said, known("contact_name", privacy_consent=True))
        assert changed["waived_details"] == ["contact_phone"]

    def test_a_bare_no_waives_nothing(self) -> None:
        assert "waived_details" not in taken(message("no", "answer_no"), known("contact_phone", privacy_consent=True))


class TestLanguageOfWordsThatNobodyUnderstands:
    @pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope"])
    def test_they_turn_nothing(self, intent: str) -> None:
        said = Message("asdfgh", intent, (Mention("language", "en", "words"),))
        assert "language" not in taken(said, known())
        assert taken(said, Known(page_language=Language.ZH))["language"] == "zh"
        assert taken(said, Known())["language"] == "en"


class TestQuestionWithoutASubject:
    def test_it_is_of_premier_after_premier(self) -> None:
        situation = Known({"language": "zh"}, earlier=(message("Premier有什么好处", "premier_benefits"),))
        assert taken(message("怎么买", "presales_trial_or_purchase"), situation)["support_category"] == "premier"

    def test_with_a_subject_it_is_of_that(self) -> None:
        situation = Known({"language": "zh"}, earlier=(message("Premier有什么好处", "premier_benefits"),))
        said = message("Sales怎么买", "presales_trial_or_purchase", affected_app="sales")
        assert taken(said, situation)["support_category"] == "presales"


class TestNameAndCompanyInOneAnswer:
    @pytest.mark.parametrize("asked", ["contact_name", "company", "contact_phone"])
    def test_whichever_is_asked_for(self, asked: str) -> None:
        phone = Mention("contact_phone", "+8613812345678", None, 15, 26)
        said = Message("王小明 上海蓝天贸易有限公司 13812345678", "answer_details", (phone,))
        changed = taken(said, known(asked, privacy_consent=True))
        assert changed == {
            "contact_name": "王小明",
            "company": "上海蓝天贸易有限公司",
            "contact_phone": "+8613812345678",
        }
