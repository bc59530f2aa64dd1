"""Reading labelled messages, and choosing some of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.messages import (
    Message,
    Span,
    UnreadableMessages,
    at_most,
    digest,
    group_of,
    parse,
    read,
    share,
    write,
)

FILE = """\
version: "3.1"

nlu:
  - intent: case_status
    examples: |
      - [SR20260312-7K2M](case_number) 有消息吗
      - 查一下进度: "那个单子"

  - intent: out_of_scope
    examples: |
      - 今天天气怎么样
"""


def folder_with(tmp_path: Path, content: str, language: str = "zh") -> Path:
    (tmp_path / language).mkdir()
    (tmp_path / language / "case.yml").write_text(content, encoding="utf-8")
    return tmp_path


class TestParse:
    def test_without_annotations(self) -> None:
        assert parse("en", "info_hours", "open now?") == Message("en", "info_hours", "open now?", (), "open now?")

    def test_spans_are_those_of_the_text_without_annotations(self) -> None:
        message = parse("zh", "answer_details", "我叫[李雷](contact_name)，电话[13800138000](contact_phone)")
        assert message.text == "我叫李雷，电话13800138000"
        assert [(each.entity, message.text[each.start : each.end]) for each in message.entities] == [
            ("contact_name", "李雷"),
            ("contact_phone", "13800138000"),
        ]

    def test_a_value_is_told_only_where_it_is_annotated(self) -> None:
        message = parse("zh", "technical_sign_in", "[CRM](affected_app)[全员无法登录](severity:critical)")
        assert message.entities == (Span("affected_app", 0, 3), Span("severity", 3, 9, "critical"))

    def test_the_long_form(self) -> None:
        message = parse("en", "technical_problem", 'our [PSA]{"entity": "affected_app", "value": "psa"} fails')
        assert (message.text, message.entities) == ("our PSA fails", (Span("affected_app", 4, 7, "psa"),))


@pytest.mark.parametrize(
    ("intent", "group"),
    [("billing_renew", "billing"), ("out_of_scope", "out_of_scope"), ("nlu_fallback", "nlu_fallback")],
)
def test_group(intent: str, group: str) -> None:
    assert group_of(intent) == group


class TestRead:
    def test_each_message_with_its_language_and_intent(self, tmp_path: Path) -> None:
        messages = read(folder_with(tmp_path, FILE))
        assert [(each.language, each.intent, each.in_scope, each.text) for each in messages] == [
            ("zh", "case_status", True, "SR20260312-7K2M 有消息吗"),
            ("zh", "case_status", True, '查一下进度: "那个单子"'),
            ("zh", "out_of_scope", False, "今天天气怎么样"),
        ]

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("", "not a list"),
            ("nlu: 5", "not a list"),
            ("nlu:\n  - intent: a_b", "examples"),
            ("nlu: [", "case.yml"),
            ("nlu:\n  - intent: a_b\n    examples: |\n      hello", "does not begin with"),
            ("nlu:\n  - intent: a_b\n    examples: |\n      - [x]{nothing}", "annotation"),
        ],
    )
    def test_a_broken_file_is_named(self, tmp_path: Path, content: str, told: str) -> None:
        with pytest.raises(UnreadableMessages, match=told) as caught:
            read(folder_with(tmp_path, content))
        assert "case.yml" in str(caught.value)

    def test_a_folder_without_messages(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableMessages, match="no messages"):
            read(tmp_path)

    def test_what_is_written_is_read_again(self, tmp_path: Path) -> None:
        messages = read(folder_with(tmp_path, FILE))
        (tmp_path / "copy" / "zh").mkdir(parents=True)
        write(messages, tmp_path / "copy" / "zh" / "all.yml")
        assert read(tmp_path / "copy") == messages


class TestChoosing:
    MESSAGES = tuple(
        parse(language, intent, f"{intent} {number}")
        for language in ("zh", "en")
        for intent in ("a_b", "a_c")
        for number in range(8)
    )

    def test_at_most_so_many_of_each_intent_and_language(self) -> None:
        chosen = at_most(self.MESSAGES, 3)
        assert len(chosen) == 12
        assert sum(each.intent == "a_b" and each.language == "en" for each in chosen) == 3

    def test_a_larger_part_holds_a_smaller_one(self) -> None:
        quarter, half = share(self.MESSAGES, 0.25), share(self.MESSAGES, 0.5)
        assert (len(quarter), len(half)) == (8, 16)
        assert set(quarter) < set(half)

    def test_always_the_same_whatever_else_there_is(self) -> None:
        english = [each for each in self.MESSAGES if each.language == "en"]
        assert set(at_most(english, 3)) < set(at_most(self.MESSAGES, 3))

    def test_the_whole(self) -> None:
        assert set(share(self.MESSAGES, 1.0)) == set(self.MESSAGES)

    def test_a_digest_names_the_content_not_the_order(self) -> None:
        assert digest(self.MESSAGES) == digest(reversed(self.MESSAGES))
        assert digest(self.MESSAGES) != digest(self.MESSAGES[1:])
