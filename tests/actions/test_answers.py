"""What is said when a message is not understood: a question between two, another try, then a person."""

from __future__ import annotations

import itertools

import pytest

from actions.answers import ActionAnswer, ActionManners, ActionMisunderstood, ActionNoted, ActionShortReply
from tests.actions.talk import Event, answered, done, said

MISSED = done("action_misunderstood")
UNCLEAR = said("hm the thing with the thing", "nlu_fallback")
BETWEEN = said("the seats at login", "nlu_fallback", between=["billing_licenses", "technical_sign_in"])


def responses(*events: Event) -> list[str]:
    return [each["response"] for each in answered(ActionMisunderstood(), *events)]


class TestMisunderstood:
    def test_at_first_to_put_it_another_way(self) -> None:
        assert responses(UNCLEAR) == ["utter_rephrase"]

    def test_at_first_what_is_ours_if_it_was_not(self) -> None:
        assert responses(said("write me a poem", "out_of_scope")) == ["utter_out_of_scope"]

    @pytest.mark.parametrize(("share", "told"), [(0.3, "utter_info_hotline_presales"), (0.2, "utter_rephrase")])
    def test_surely_about_one_line_that_line_is_told(self, share: float, told: str) -> None:
        intents = ("presales_overview", "presales_pricing", "presales_trial_or_purchase", "info_hotline")
        ranking = [{"name": each, "confidence": share} for each in intents]
        assert responses(
            said("want to buy, ask the price first, call whom", "nlu_fallback", intent_ranking=ranking)
        ) == [told]

    def test_the_second_time_running_a_person_is_offered(self) -> None:
        assert responses(UNCLEAR, MISSED, UNCLEAR) == ["utter_misunderstood_again"]

    def test_never_the_same_sentence_twice_running(self) -> None:
        events: list[Event] = []
        spoken: list[str] = []
        for _ in range(6):
            events.append(UNCLEAR)
            spoken += responses(*events)
            events.append(MISSED)
        assert all(one != other for one, other in itertools.pairwise(spoken))

    def test_understood_in_between_it_begins_anew(self) -> None:
        assert responses(UNCLEAR, MISSED, said("hi", "social_greeting"), done("utter_greet"), UNCLEAR) == [
            "utter_rephrase"
        ]


class TestBetweenTwo:
    def test_both_are_named_and_offered_and_neither_too(self) -> None:
        (question,) = answered(ActionMisunderstood(), BETWEEN)
        assert question["response"] == "utter_between_two"
        assert (question["first"], question["second"]) == ("add or remove licences", "solve a sign-in problem")
        assert [(each["title"], each["payload"]) for each in question["buttons"]] == [
            ("Add or remove licences", "/billing_licenses"),
            ("Solve a sign-in problem", "/technical_sign_in"),
            ("Neither", '/nlu_fallback{"question": "between", "of": "billing_licenses technical_sign_in"}'),
        ]

    def test_in_the_language_of_the_conversation(self) -> None:
        (question,) = answered(ActionMisunderstood(), BETWEEN, slots={"language": "zh"})
        assert (question["first"], question["second"]) == ("增减许可证", "解决登录问题")

    def test_neither_is_asked_to_put_it_another_way_not_yet_sent_to_a_person(self) -> None:
        assert responses(BETWEEN, MISSED, UNCLEAR) == ["utter_rephrase"]
        assert responses(BETWEEN, MISSED, UNCLEAR, MISSED, UNCLEAR) == ["utter_misunderstood_again"]

    def test_between_a_category_and_its_hotline_the_hotline_answers_both(self) -> None:
        message = said("which number for prices", "nlu_fallback", between=["info_hotline", "presales_pricing"])
        assert responses(message) == ["utter_info_hotline_presales"]

    def test_a_line_that_is_named_is_told_of_whatever_of_its_matters_is_likely(self) -> None:
        mentions = [{"entity": "support_category", "value": "billing"}, {"entity": "aspect", "value": "helps_with"}]
        message = said("What does the billing line help with?", "nlu_fallback", entities=mentions)
        assert responses(message) == ["utter_info_capabilities_billing"]
        assert responses(UNCLEAR, MISSED, message) == ["utter_info_capabilities_billing"]

    def test_it_is_asked_once(self) -> None:
        assert responses(BETWEEN, MISSED, BETWEEN) == ["utter_rephrase"]

    @pytest.mark.parametrize("chosen", ["info_legal", "info_related_services"])
    def test_the_choice_is_about_what_was_written(self, chosen: str) -> None:
        written = said(
            "privacy or so",
            "nlu_fallback",
            between=[chosen, "billing_general"],
            entities=[{"entity": "topic", "value": "privacy", "start": 0, "end": 7}],
        )
        (reply,) = answered(ActionAnswer(), written, MISSED, said(f"/{chosen}", chosen))
        assert reply["response"] == "utter_info_topic"


def bot(response: str) -> Event:
    return {"event": "bot", "text": "…", "metadata": {"utter_action": response}, "data": {}}


HI, YES = said("hi", "social_greeting"), said("ok", "answer_yes")


class TestNothingTwiceRunning:
    def test_in_other_words_where_there_are_some(self) -> None:
        again = answered(ActionManners(), HI, bot("utter_social_greeting"), HI)
        assert [each["response"] for each in again] == ["utter_social_greeting_again"]
        again = answered(ActionShortReply(), YES, bot("utter_anything_else"), YES)
        assert [each["response"] for each in again] == ["utter_anything_else_again"]
        ask = said("how do I renew?", "billing_renew")
        again = answered(ActionAnswer(), HI, bot("utter_offer"), ask)
        assert [each["response"] for each in again] == ["utter_billing_renew", "utter_offer_again"]

    def test_the_third_time_in_the_first_words_again(self) -> None:
        third = answered(ActionManners(), HI, bot("utter_social_greeting_again"), HI)
        assert [each["response"] for each in third] == ["utter_social_greeting"]

    def test_facts_as_a_repetition(self) -> None:
        ask = said("when do you close?", "info_hours")
        again = answered(ActionAnswer(), ask, bot("utter_info_hours"), ask)
        assert [each["response"] for each in again] == ["utter_as_said", "utter_info_hours"]


class TestCriticalMatter:
    def test_the_promise_is_told_at_once(self) -> None:
        down = said("nobody can log in", "technical_sign_in", entities=[{"entity": "severity", "value": "critical"}])
        answer, offer = answered(ActionAnswer(), down)
        assert offer["response"] == "utter_offer"
        assert answer["response"] == "utter_technical_critical"
        assert answer["critical_hours"] == "1"


class TestNumberOfACaseAlone:
    def test_asks_what_is_wished_about_that_case_and_keeps_the_number(self) -> None:
        number = {"entity": "case_number", "value": "SR20260312-7K2MA", "start": 0, "end": 16}
        (question,) = answered(ActionNoted(), said("SR20260312-7K2MA", "answer_details", entities=[number]))
        assert question["response"] == "utter_between_two"
        assert [each["payload"] for each in question["buttons"][:2]] == [
            '/case_status{"case_number": "SR20260312-7K2MA"}',
            '/case_update{"case_number": "SR20260312-7K2MA"}',
        ]

    def test_other_details_are_asked_about_in_general(self) -> None:
        (question,) = answered(ActionNoted(), said("13800138000", "answer_details"))
        assert question["response"] == "utter_noted"
