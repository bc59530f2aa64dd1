"""Reading labelled messages: what Rasa reads, with places, and what is wrong with a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

from jieda.nlu.corpus import (
    AnnotatedSpan,
    CorpusError,
    LabelledMessage,
    Problem,
    ProblemCode,
    read_labels,
    read_messages,
)

GOOD = """version: "3.1"

# money
nlu:
  - intent: billing_cancel
    examples: |
      - 退订
      - 停掉[CRM](affected_app): "马上"  # 吧

      - [不急](severity:non_critical)
  - intent: billing_renew
    examples: |
      - how to renew?
"""


def write(folder: Path, content: str | bytes, name: str = "zh/billing.yml") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def problem(folder: Path) -> Problem:
    (found,) = read_messages(folder)[1]
    return found


class TestMessages:
    def test_each_has_its_place_and_plain_text(self, tmp_path: Path) -> None:
        file = write(tmp_path, GOOD)
        app = AnnotatedSpan("affected_app", "CRM", 2, 5)
        severity = AnnotatedSpan("severity", "non_critical", 0, 2)
        assert read_messages(tmp_path) == (
            [
                LabelledMessage("退订", "billing_cancel", "zh", (), file, 7),
                LabelledMessage('停掉CRM: "马上"  # 吧', "billing_cancel", "zh", (app,), file, 8),
                LabelledMessage("不急", "billing_cancel", "zh", (severity,), file, 10),
                LabelledMessage("how to renew?", "billing_renew", "zh", (), file, 13),
            ],
            [],
        )

    def test_they_are_those_that_rasa_reads(self, tmp_path: Path) -> None:
        write(tmp_path, GOOD)
        rasa = RasaYAMLReader().reads(GOOD.replace("\n\n      -", "\n      -")).training_examples
        assert [(each.text, each.intent) for each in read_messages(tmp_path)[0]] == [
            (each.get("text"), each.get("intent")) for each in rasa
        ]

    def test_languages_come_in_their_order_and_other_files_are_told(self, tmp_path: Path) -> None:
        for name in ("mixed/a.yml", "en/a.yml", "zh/a.yml", "lexicon/words.yml", "fr/a.yml", "en/b.yaml"):
            write(tmp_path, GOOD, name)
        messages, problems = read_messages(tmp_path)
        assert list(dict.fromkeys(message.language for message in messages)) == ["zh", "en", "mixed"]
        assert [each.file.relative_to(tmp_path).as_posix() for each in problems] == ["en/b.yaml", "fr/a.yml"]
        assert {each.code for each in problems} == {ProblemCode.FILE_MISPLACED}

    def test_a_folder_without_any_is_told(self, tmp_path: Path) -> None:
        assert problem(tmp_path).code is ProblemCode.FILE_UNREADABLE


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("", 1, "empty"),
        ("# nothing\n", 1, "empty"),
        ("- a\n- b\n", 1, "must be a mapping"),
        ('version: "3.1"\nnlu: []\n', 2, "no list under `nlu:`"),
        ('version: "3.1"\n', 1, "no list under `nlu:`"),
        (GOOD + "rules: []\n", 14, "Unknown key 'rules'"),
        (GOOD + "nlu: []\n", 14, "stands twice"),
        (GOOD + "  - intents: x\n", 14, "Unknown key 'intents'"),
        (GOOD + "  - examples: |\n      - a\n", 14, "name the intent"),
        (GOOD + "  - intent: x\n", 14, "must be a literal block"),
        (GOOD + "  - intent: x\n    examples:\n      - a\n", 16, "must be a literal block"),
        (GOOD + "  - intent: x\n    examples: >\n      - a\n", 15, "must be a literal block"),
        (GOOD + "  - intent: x\n    examples: |\n", 15, "no messages"),
        (GOOD + '  - intent: "x\n', 15, "Not YAML"),
        (GOOD.encode() + "      - 退订\n".encode("gb18030"), 14, "save the file as UTF-8"),
        (GOOD + "      - a\x07b\n", 14, "#x0007"),
        (GOOD + "      renew\n", 14, "begin it with '- '"),
        (GOOD + "      -renew\n", 14, "begin it with '- '"),
        (GOOD + "        - renew\n", 14, "begin it with '- '"),
        (GOOD + "      -\n", 14, "empty"),
        (GOOD + "      - [CRM](affected_app\n", 14, "Half an annotation"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, content: str | bytes, line: int, said: str) -> None:
    file = write(tmp_path, content)
    found = problem(tmp_path)
    assert (found.file, found.line) == (file, line)
    assert said in found.message


def test_reading_goes_on_behind_what_is_wrong(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("- 退订", "退订").replace("intent: billing_renew", "intent: ''"))
    messages, problems = read_messages(tmp_path)
    assert [message.line for message in messages] == [8, 10]
    assert [each.line for each in problems] == [7, 11]


def test_a_problem_says_where_and_what() -> None:
    shown = str(Problem(Path("data/nlu/zh/billing.yml"), 17, ProblemCode.MESSAGE_EMPTY, "The message is empty"))
    assert shown == "data/nlu/zh/billing.yml:17: The message is empty"


class TestLabels:
    def test_intents_have_lines_and_may_have_settings(self, tmp_path: Path) -> None:
        content = "intents:\n  - a\n  - b: {use_entities: []}\nentities: [x, {y: {roles: [z]}}]\n"
        labels = read_labels(write(tmp_path, content, "domain.yml"))
        assert labels.intents == {"a": 2, "b": 3}
        assert labels.entities == {"x", "y"}

    @pytest.mark.parametrize("content", ["intents: a\nentities: []", "entities: []", "- a", ""])
    def test_a_domain_without_them(self, tmp_path: Path, content: str) -> None:
        with pytest.raises(CorpusError):
            read_labels(write(tmp_path, content, "domain.yml"))
