"""Reviewed messages become a diff against the training data that `git apply` takes and the corpus check accepts."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest

from jieda.nlu.corpus import read_messages
from jieda.nlu.review_patch import ReviewPatch, review_patch
from jieda.reviews import Review, ReviewedMessage, Verdict

AT = datetime(2026, 11, 20, tzinfo=timezone.utc)
DOMAIN = """\
version: "3.1"
intents: [billing_renew, billing_cancel, technical_problem]
entities: [affected_app, contact_phone, contact_email, contact_name, company, case_number]
"""
ONE = 'version: "3.1"\nnlu:\n  - intent: {}\n    examples: |\n      - {}\n'
FILES = {
    "data/nlu/zh/billing.yml": """\
version: "3.1"

nlu:
  - intent: billing_renew
    examples: |
      - 订阅快到期了怎么续
      - 续费要提前多久

  - intent: billing_cancel
    examples: |
      - 我们不用了想退订
""",
    "data/nlu/zh/technical.yml": ONE.format("technical_problem", "页面打不开"),
    "data/nlu/en/billing.yml": ONE.format("billing_renew", "how to renew"),
    "data/nlu/mixed/billing.yml": ONE.format("billing_renew", "怎么 renew"),
    "evaluation/heldout/zh/billing.yml": """\
version: "3.1"
nlu:
  - intent: billing_renew
    examples: |
      - 明年还想接着用要办什么手续
""",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "domain.yml").write_text(DOMAIN, encoding="utf-8")
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def reviewed(
    text: str, intent: str | None = "billing_renew", names: tuple[str, ...] = (), seq: int = 1
) -> ReviewedMessage:
    verdict = Verdict.CORRECTED if intent else Verdict.WRONG
    review = Review("c", seq, verdict, intent, "王芳", AT)
    return ReviewedMessage("c", seq, text, AT, "nlu_fallback", 0.2, names, review)


def applied(patch: ReviewPatch, project: Path) -> dict[str, str]:
    """The training messages after `git apply`, by text."""
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    subprocess.run(["git", "apply", "-"], cwd=project, input=patch.diff.encode(), check=True)
    messages, problems = read_messages(project / "data" / "nlu")
    assert problems == []
    return {each.text: f"{each.file.relative_to(project / 'data/nlu')}:{each.intent}" for each in messages}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
class TestApplied:
    def test_each_goes_to_the_end_of_its_intent_in_the_file_of_its_language(self, project: Path) -> None:
        patch = review_patch(
            [
                reviewed("下一年度的费用怎么交"),
                reviewed("我要停掉全部席位", "billing_cancel"),
                reviewed("please extend our plan for another year"),
                reviewed("please extend plan 一年"),
            ],
            project,
        )
        assert len(patch.taken) == 4
        after = applied(patch, project)
        assert after["下一年度的费用怎么交"] == "zh/billing.yml:billing_renew"
        assert after["我要停掉全部席位"] == "zh/billing.yml:billing_cancel"
        assert after["please extend our plan for another year"] == "en/billing.yml:billing_renew"
        assert after["please extend plan 一年"] == "mixed/billing.yml:billing_renew"
        lines = (project / "data/nlu/zh/billing.yml").read_text(encoding="utf-8").splitlines()
        assert lines[lines.index("      - 续费要提前多久") + 1] == "      - 下一年度的费用怎么交"

    def test_an_intent_that_is_new_to_a_file_gets_a_place_in_it(self, project: Path) -> None:
        patch = review_patch([reviewed("stop charging us and drop the plan", "billing_cancel")], project)
        assert applied(patch, project)["stop charging us and drop the plan"] == "en/billing.yml:billing_cancel"

    def test_personal_data_becomes_made_up_and_annotated(self, project: Path) -> None:
        told = "我是张伟明，续费找伟明，电话13912345678，邮箱 zhang@corp.cn，请求SR20261120-QQ7PX，订单20261120001"
        patch = review_patch([reviewed(told, names=("张伟明",))], project)
        assert len(patch.taken) == 1, patch.refused
        for secret in ("张", "伟明", "13912345678", "zhang", "corp", "QQ7PX", "20261120001"):
            assert secret not in patch.diff
        for annotated in ("(contact_name)", "(contact_phone)", "(contact_email)", "(case_number)"):
            assert annotated in patch.diff
        applied(patch, project)

    def test_breaks_and_hidden_characters_make_no_second_line(self, project: Path) -> None:
        patch = review_patch([reviewed("下一年度\n      - 的费用\u202e怎么交")], project)
        assert "下一年度 - 的费用 怎么交" in applied(patch, project)


class TestRefused:
    @pytest.mark.parametrize(
        ("text", "intent", "why"),
        [
            ("明年还想接着用，要办什么手续？", "billing_renew", "Held out in evaluation/heldout/zh/billing.yml:5"),
            ("续费要提前多久！", "billing_renew", "The same as data/nlu/zh/billing.yml:7"),
            ("页面打不开", "billing_renew", "technical_problem in data/nlu/zh/technical.yml:5"),
            ("下一年度的费用怎么交", None, "its intent is not named"),
            ("？！", "billing_renew", "there are no words in it"),
            ("长" * 301, "billing_renew", "longer than 300"),
            ("看[这里](http://example.com)", "billing_renew", "brackets"),
            ("下一年度的费用怎么交", "billing_no_such", "has no intent"),
        ],
    )
    def test_what_the_corpus_check_would_refuse_is_left_out_and_told(
        self, project: Path, text: str, intent: str | None, why: str
    ) -> None:
        patch = review_patch([reviewed(text, intent)], project)
        assert (patch.diff, patch.taken) == ("", ())
        assert why in patch.refused[0].why

    def test_of_the_same_message_twice_one_is_taken(self, project: Path) -> None:
        patch = review_patch([reviewed("下一年度的费用怎么交"), reviewed("下一年度的费用，怎么交？", seq=2)], project)
        assert [each.seq for each in patch.taken] == [1]
        assert patch.refused[0].why == "the same as an earlier one of these"

    def test_nothing_makes_an_empty_diff(self, project: Path) -> None:
        assert review_patch([], project).diff == ""
