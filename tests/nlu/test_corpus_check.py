"""The rules for messages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jieda.nlu.annotations import parse_annotations
from jieda.nlu.corpus import LabelledMessage, Labels, Problem, ProblemCode
from jieda.nlu.corpus_check import (
    LEAST_HELD_OUT,
    LEAST_HELD_OUT_OF_SCOPE,
    LEAST_OUT_OF_SCOPE,
    check_corpus,
    held_out_shortages,
    label_problems,
    leaks,
    near_repetitions,
    repetitions,
    shortages,
    writing_problems,
)
from jieda.settings import PROJECT

LABELS = Labels(
    {"billing_renew": 2, "human_request": 3, "out_of_scope": 4},
    frozenset({"severity", "contact_email", "contact_phone", "case_number", "affected_app"}),
)
TRAINING = Path("data/nlu/zh/billing.yml")
HELD_OUT = Path("evaluation/heldout/zh/billing.yml")


def message(
    raw: str, intent: str = "billing_renew", line: int = 1, file: Path = TRAINING, language: str = "zh"
) -> LabelledMessage:
    text, entities = parse_annotations(raw)
    return LabelledMessage(text, intent, language, entities, file, line)


def messages(*texts: str, intent: str = "billing_renew", file: Path = TRAINING) -> list[LabelledMessage]:
    return [message(text, intent, line, file) for line, text in enumerate(texts, 1)]


def many(number: int, intent: str, language: str) -> list[LabelledMessage]:
    file = Path(f"data/nlu/{language}/{intent.partition('_')[0]}.yml")
    return [message(f"{line}", intent, line + 6, file, language) for line in range(number)]


def told(problems: Iterator[Problem]) -> list[tuple[int, ProblemCode]]:
    return [(problem.line, problem.code) for problem in problems]


class TestLabels:
    @pytest.mark.parametrize(
        "raw",
        [
            "[全员停工](severity:critical)",
            "[不急](severity:non_critical)",
            "[li@example.com](contact_email)",
            "[021-61234567 转 8001](contact_phone)",
            "[sr20260301-a1bc](case_number)",
            "[CRM](affected_app)",
        ],
    )
    def test_right_ones(self, raw: str) -> None:
        assert list(label_problems(message(raw), LABELS)) == []

    @pytest.mark.parametrize(
        ("raw", "code"),
        [
            ("[张三](contact_nam)", ProblemCode.ENTITY_UNKNOWN),
            ("[不急](severity:low)", ProblemCode.VALUE_UNKNOWN),
            ("[不急](severity)", ProblemCode.VALUE_UNKNOWN),
            ("[li at example](contact_email)", ProblemCode.ENTITY_UNFIT),
            ("[邮箱li@example.com](contact_email)", ProblemCode.ENTITY_UNFIT),
            ("[1234567](contact_phone)", ProblemCode.ENTITY_UNFIT),
            ("[SR2026-A1BC](case_number)", ProblemCode.ENTITY_UNFIT),
            ("[SR20260301-A1](case_number)", ProblemCode.ENTITY_UNFIT),
        ],
    )
    def test_wrong_entities(self, raw: str, code: ProblemCode) -> None:
        assert told(label_problems(message(raw), LABELS)) == [(1, code)]

    def test_an_intent_that_the_domain_has_not(self) -> None:
        (problem,) = label_problems(message("退订", "billing_renewal"), LABELS)
        assert problem.code is ProblemCode.INTENT_UNKNOWN

    def test_an_intent_in_the_file_of_another_group(self) -> None:
        (problem,) = label_problems(message("转人工", "human_request"), LABELS)
        assert problem.code is ProblemCode.INTENT_MISPLACED
        assert "human.yml" in problem.message

    def test_out_of_scope_is_its_own_group(self) -> None:
        assert not list(label_problems(message("天气", "out_of_scope", file=Path("out_of_scope.yml")), LABELS))


def test_a_message_in_another_language_than_its_folders() -> None:
    assert told(writing_problems(message("how do I renew the contract"))) == [(1, ProblemCode.LANGUAGE_WRONG)]


class TestRepetitions:
    def test_blanks_punctuation_capitals_and_traditional_characters_make_no_difference(self) -> None:
        said_again = messages("對 CRM续费", "对crm，续费！", "对ＣＲＭ 续费?", "对CRM续约")
        assert told(repetitions(said_again)) == [(2, ProblemCode.DUPLICATE), (3, ProblemCode.DUPLICATE)]

    def test_across_languages_and_annotations(self) -> None:
        english = message("[CRM](affected_app) 88", file=Path("data/nlu/en/billing.yml"), language="en")
        assert told(repetitions([message("crm88", line=5), english])) == [(1, ProblemCode.DUPLICATE)]

    def test_under_two_intents_both_are_named(self) -> None:
        (problem,) = repetitions([message("续费", line=7), message("续费", "human_request", line=9)])
        assert "human_request here and billing_renew in data/nlu/zh/billing.yml:7" in problem.message

    def test_messages_of_punctuation_alone_are_compared_by_it(self) -> None:
        assert told(repetitions(messages("？", "！", "! "))) == [(3, ProblemCode.DUPLICATE)]

    def test_near_ones_are_told_once_at_the_later(self) -> None:
        near = messages("how can we renew the plan", "how can we renew the plans", "How can we renew the planet?!")
        assert told(near_repetitions(near)) == [(2, ProblemCode.NEAR_DUPLICATE), (3, ProblemCode.NEAR_DUPLICATE)]

    def test_the_same_is_not_told_again_as_near(self) -> None:
        assert told(near_repetitions(messages("how can we renew it", "How can we renew it?"))) == []


class TestLeaks:
    def test_a_training_message_that_is_held_out_is_told_where_it_is_trained(self) -> None:
        held_out = messages("续费", "how can we renew the contract", file=HELD_OUT)
        training = messages("退订", "续费。", "how can we renew the contracts")
        problems = list(leaks(training, held_out))
        assert told(iter(problems)) == [(2, ProblemCode.DUPLICATE), (3, ProblemCode.NEAR_DUPLICATE)]
        assert {problem.file for problem in problems} == {TRAINING}
        assert [str(HELD_OUT) in problem.message for problem in problems] == [True, True]

    def test_likeness_among_training_or_among_held_out_is_none(self) -> None:
        alike = ("how can we renew the contract", "how can we renew the contracts")
        assert not list(leaks(messages(*alike), messages("别的", file=HELD_OUT)))
        assert not list(leaks(messages("别的"), messages(*alike, file=HELD_OUT)))


class TestCounts:
    ENOUGH = (
        *many(200, "billing_renew", "zh"),
        *many(150, "billing_renew", "en"),
        *many(50, "billing_renew", "mixed"),
        *many(80, "human_request", "zh"),
        *many(60, "human_request", "en"),
        *many(15, "human_request", "mixed"),
        *many(LEAST_OUT_OF_SCOPE, "out_of_scope", "en"),
    )

    def test_enough(self) -> None:
        assert list(shortages(self.ENOUGH, LABELS)) == []

    @pytest.mark.parametrize("first", [0, 200, 350, 400, 480, 540, 555])
    def test_one_too_few(self, first: int) -> None:
        one_less = [*self.ENOUGH[:first], *self.ENOUGH[first + 1 :]]
        (problem,) = shortages(one_less, LABELS)
        assert problem.code is ProblemCode.TOO_FEW
        assert f"of {self.ENOUGH[first].intent}" in problem.message
        assert "add 1" in problem.message

    def test_an_intent_without_messages_is_told_at_its_line_of_the_domain(self) -> None:
        (problem,) = shortages([each for each in self.ENOUGH if each.intent != "human_request"], LABELS)
        assert (problem.file, problem.line, problem.code) == (Path("domain.yml"), 3, ProblemCode.INTENT_EMPTY)

    def test_held_out_sets(self) -> None:
        enough = [each for language, least in LEAST_HELD_OUT.items() for each in many(least, "billing_renew", language)]
        enough += many(LEAST_HELD_OUT_OF_SCOPE, "out_of_scope", "zh")
        assert list(held_out_shortages(enough)) == []
        assert [problem.file.name for problem in held_out_shortages(enough[1:-1])] == ["zh", "heldout"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "domain.yml").write_text("intents:\n  - billing_renew\nentities: [severity]\n", encoding="utf-8")
    for name, text in (("data/nlu/zh", "怎么续费"), ("evaluation/heldout/zh", "[怎么](severity:bad)续费")):
        (tmp_path / name).mkdir(parents=True)
        lines = f"nlu:\n- intent: billing_renew\n  examples: |\n    - {text}\n"
        (tmp_path / name / "billing.yml").write_text(lines, encoding="utf-8")
    return tmp_path


class TestProject:
    def test_all_rules_are_looked_at_and_files_named_as_from_the_project(self, project: Path) -> None:
        problems = [problem for problem in check_corpus(project) if problem.code is not ProblemCode.TOO_FEW]
        assert [(str(problem).split(" ")[0], problem.code) for problem in problems] == [
            ("data/nlu/zh/billing.yml:4:", ProblemCode.DUPLICATE),
            ("evaluation/heldout/zh/billing.yml:4:", ProblemCode.VALUE_UNKNOWN),
        ]

    def test_what_is_wrong_in_a_file_is_told_too(self, project: Path) -> None:
        (project / "data/nlu/zh/billing.yml").write_text("nlu: {", encoding="utf-8")
        codes = {problem.code for problem in check_corpus(project)}
        assert {ProblemCode.FILE_UNREADABLE, ProblemCode.INTENT_EMPTY} <= codes

    @pytest.mark.parametrize("domain", ["intents: [", None])
    def test_without_a_domain_nothing_else_is_looked_at(self, project: Path, domain: str | None) -> None:
        (project / "domain.yml").unlink() if domain is None else (project / "domain.yml").write_text(domain)
        (problem,) = check_corpus(project)
        assert problem.file == Path("domain.yml")


def test_the_command_prints_problems_and_ends_with_1_if_there_are_any() -> None:
    command = [sys.executable, "-m", "jieda.nlu.corpus_check"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == (1 if done.stdout else 0), done.stderr
