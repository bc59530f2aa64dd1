"""A message as it was understood: what it is about, what its cues divide, what a button stands for."""

from __future__ import annotations

import pytest

from jieda.intake import Cue, Known, Mention, Message, meant, tells_enough


def with_cue(text: str, words: str, cue: Cue, *mentions: Mention) -> Message:
    start = text.index(words)
    return Message(text, "billing_general", (*mentions, Mention("cue", cue.value, None, start, start + len(words))))


class TestBeforeACue:
    def test_a_sentence_of_its_own_is_kept(self) -> None:
        said = with_cue("点保存就报错。还有一个问题，发票没收到", "还有一个问题", Cue.ANOTHER)
        assert said.before(Cue.ANOTHER) == Message("点保存就报错。", "answer_details")

    @pytest.mark.parametrize("lead", ["另外", "对了，", "By the way, there is ", "。", ""])
    def test_a_lead_in_is_no_sentence(self, lead: str) -> None:
        assert with_cue(f"{lead}another problem", "another problem", Cue.ANOTHER).before(Cue.ANOTHER).text == ""

    def test_what_is_named_before_it_is_kept_and_what_is_named_behind_it_is_not(self) -> None:
        first = Mention("affected_app", "sales", None, 0, 4)
        behind = Mention("severity", "critical", None, 13, 17)
        said = with_cue("销售应用，另外有个问题，业务停了", "另外有个", Cue.ANOTHER, first, behind)
        assert said.before(Cue.ANOTHER).mentions == (first,)


class TestSeverity:
    AS_A_RULE = Mention("severity_when_asked", "non_critical", None, 0, 2)

    def test_a_word_that_tells_it_only_when_asked_tells_none_otherwise(self) -> None:
        guess = Mention("severity", "non_critical", None, 0, 2)
        assert Message("一般多久能回复？", "info_response_time", (self.AS_A_RULE, guess)).value("severity") is None

    def test_other_words_beside_it_do(self) -> None:
        told = Mention("severity", "critical", None, 3, 7)
        assert Message("一般，全都停了", "answer_details", (self.AS_A_RULE, told)).value("severity") == "critical"


class TestMatter:
    @pytest.mark.parametrize(
        ("intent", "likely", "matter"),
        [
            ("billing_renew", None, "billing"),
            ("billing_renew", "technical_problem", "billing"),
            ("nlu_fallback", "technical_problem", "technical"),
            ("info_hours", None, None),
        ],
    )
    def test_by_its_intent_else_by_what_it_is_most_likely_about(
        self, intent: str, likely: str | None, matter: str | None
    ) -> None:
        assert Message("…", intent, likely_matter=likely).matter == matter


class TestMeant:
    ASKED_ABOUT = Message("the seats at login", "nlu_fallback", between=("billing_licenses", "technical_sign_in"))

    def test_a_button_of_a_question_between_two_stands_for_what_was_written(self) -> None:
        chosen = Message("/technical_sign_in", "technical_sign_in", pressed=True)
        understood = meant(chosen, Known(earlier=(self.ASKED_ABOUT,)))
        assert (understood.text, understood.intent) == ("the seats at login", "technical_sign_in")

    @pytest.mark.parametrize(
        "said",
        [
            Message("/human_request", "human_request", pressed=True),
            Message("I can't sign in", "technical_sign_in"),
        ],
    )
    def test_anything_else_stands_for_itself(self, said: Message) -> None:
        assert meant(said, Known(earlier=(self.ASKED_ABOUT,))) == said

    def test_a_button_clicked_late_stands_for_itself(self) -> None:
        chosen = Message("/technical_sign_in", "technical_sign_in", pressed=True)
        assert meant(chosen, Known(earlier=(self.ASKED_ABOUT, Message("hi", "social_greeting")))) == chosen


@pytest.mark.parametrize(
    ("text", "enough"),
    [
        ("登录不了", False),
        ("现场服务的计划板一片空白", True),
        ("it is broken", False),
        ("the board has been empty since", True),
    ],
)
def test_words_enough_to_describe_a_matter(text: str, enough: bool) -> None:
    assert tells_enough(text) is enough
