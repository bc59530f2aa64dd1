"""What a message deserves: an answer, a question between two, another try, or a refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from jieda.nlu.judgement import Judgement, Thresholds, ThresholdsError, Verdict, judge, two_best

THRESHOLDS = Thresholds(out_of_scope=0.4, fallback=0.3, ambiguity=0.2)


class TestJudge:
    def test_a_clear_one_is_answered(self) -> None:
        shares = {"billing_renew": 0.8, "technical_problem": 0.1, "out_of_scope": 0.1}
        assert judge(shares, THRESHOLDS) == Judgement(Verdict.ANSWER, ("billing_renew",))

    def test_one_likely_out_of_scope_is_refused_even_if_something_else_is_likelier(self) -> None:
        shares = {"billing_renew": 0.55, "out_of_scope": 0.4, "technical_problem": 0.05}
        assert judge(shares, THRESHOLDS) == Judgement(Verdict.REFUSE)

    def test_just_below_the_threshold_it_is_not(self) -> None:
        shares = {"billing_renew": 0.6, "out_of_scope": 0.39, "technical_problem": 0.01}
        assert judge(shares, THRESHOLDS).verdict is Verdict.ANSWER

    def test_one_of_which_nothing_is_sure_is_asked_again(self) -> None:
        shares = {"billing_renew": 0.29, "technical_problem": 0.01, "out_of_scope": 0.3}
        assert judge(shares, THRESHOLDS) == Judgement(Verdict.ASK_AGAIN)

    def test_between_two_groups_the_best_intent_of_each_is_asked(self) -> None:
        shares = {"technical_sign_in": 0.36, "billing_renew": 0.3, "billing_cancel": 0.2, "info_hours": 0.14}
        judgement = judge(shares, THRESHOLDS)
        assert judgement == Judgement(Verdict.ASK_BETWEEN_TWO, ("billing_renew", "technical_sign_in"))

    def test_within_one_group_nothing_is_asked(self) -> None:
        shares = {"billing_renew": 0.45, "billing_cancel": 0.45, "technical_problem": 0.1}
        assert judge(shares, THRESHOLDS).verdict is Verdict.ANSWER

    def test_without_probabilities_it_is_asked_again(self) -> None:
        assert judge({}, THRESHOLDS) == Judgement(Verdict.ASK_AGAIN)


class TestTwoBest:
    @pytest.mark.parametrize("first", ["social_thanks", "answer_yes"])
    def test_nobody_is_asked_whether_they_wanted_to_thank(self, first: str) -> None:
        assert two_best({first: 0.5, "case_close": 0.45}) is None

    def test_manners_are_passed_over_as_a_rival(self) -> None:
        close = two_best({"case_close": 0.4, "social_thanks": 0.35, "billing_cancel": 0.25})
        assert close is not None
        assert close.intents == ("case_close", "billing_cancel")
        assert close.lead == pytest.approx(0.15)

    def test_the_lead_is_that_of_whole_groups(self) -> None:
        close = two_best({"billing_renew": 0.3, "billing_cancel": 0.3, "case_status": 0.4})
        assert close is not None
        assert close.lead == pytest.approx(0.2)

    def test_out_of_scope_is_no_rival(self) -> None:
        assert two_best({"billing_renew": 0.5, "out_of_scope": 0.5}) is None


class TestThresholds:
    def test_those_of_the_project_can_be_read(self) -> None:
        found = Thresholds.load()
        assert 0 < found.out_of_scope < 1

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "- 0.4",
            "out_of_scope: 0.4",
            "{out_of_scope: 0.4, fallback: much, ambiguity: 0.1}",
            "{out_of_scope: 1.4, fallback: 0.2, ambiguity: 0.1}",
            "{out_of_scope: .nan, fallback: 0.2, ambiguity: 0.1}",
            "{",
        ],
    )
    def test_a_file_that_cannot_be_used_is_named(self, tmp_path: Path, content: str) -> None:
        file = tmp_path / "thresholds.yml"
        file.write_text(content, encoding="utf-8")
        with pytest.raises(ThresholdsError, match=r"thresholds\.yml"):
            Thresholds.load(file)

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(ThresholdsError, match=r"none\.yml"):
            Thresholds.load(tmp_path / "none.yml")
