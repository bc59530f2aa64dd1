"""Messages once more with names that nobody wrote."""

from __future__ import annotations

import re

import pytest

from jieda.nlu.annotations import parse_annotations
from jieda.nlu.made_up_names import with_other_names


def names(annotated: str, how_many: int = 20) -> list[str]:
    """The names of copies of a message with one."""
    text, spans = parse_annotations(annotated)
    return [text[span.start : span.end] for text, (span,) in with_other_names(text, spans, how_many, 1)]


@pytest.mark.parametrize(
    ("annotated", "form"),
    [
        ("我叫[李建国](contact_name)", r"[\u4e00-\u9fff]{2,3}"),
        ("找[冯](contact_name)厂长", r"[\u4e00-\u9fff]"),
        ("叫我[小葛](contact_name)就好", r"小[\u4e00-\u9fff]"),
        ("[陈小姐](contact_name)收", r"[\u4e00-\u9fff]小姐"),
        ("contact is [Karen Hu](contact_name)", r"[^\W\d_a-z][\w'’]* [^\W\d_a-z][\w'’]*"),
        ("call [Mr. Fong](contact_name)", r"(?:M[a-z]+|Dr)\.? \S+"),
        ("联系人[Kevin 刘](contact_name)", r"\w+ [\u4e00-\u9fff]"),
        ("我们是[苏州蓝鲸物流有限公司](company)", r"[\u4e00-\u9fff]{3,}"),
        ("改成[天鑫](company)", r"[\u4e00-\u9fff]{2}"),
        ("[Contoso 南昌](company)", r"[A-Z]\w+ ?[\u4e00-\u9fff]+"),
        ("from [Skov Instruments](company)", r"[A-Z][^\u4e00-\u9fff]+ [^\u4e00-\u9fff]+"),
    ],
)
def test_another_name_has_the_form_of_the_first(annotated: str, form: str) -> None:
    made = names(annotated)
    assert [name for name in made if not re.fullmatch(form, name)] == []
    assert len(set(made)) > len(made) // 2


def test_everything_else_stays_and_is_annotated_where_it_stands() -> None:
    text, spans = parse_annotations(
        "[Sun](contact_name), [CRM](affected_app) is [down](severity:critical) at [Apex](company)"
    )
    for copy, moved in with_other_names(text, spans, 10, 1):
        written = [copy[span.start : span.end] for span in moved]
        assert (written[1], written[2], moved[2].value) == ("CRM", "down", "critical")
        assert copy == f"{written[0]}, CRM is down at {written[3]}"
        assert (moved[0].value, moved[3].value) == (written[0], written[3])


def test_a_message_that_names_nobody_is_not_repeated() -> None:
    assert list(with_other_names("CRM", parse_annotations("[CRM](affected_app)")[1], 3, 1)) == []


def test_the_same_seed_makes_the_same_names() -> None:
    assert names("我叫[李建国](contact_name)") == names("我叫[李建国](contact_name)")
