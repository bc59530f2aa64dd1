"""Which button a message stands for: a label that is typed, and a button whose question is past."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from jieda.buttons import as_pressed
from jieda.conversations import Button
from jieda.wording import DOMAIN_FILE

RESPONSES: dict[str, list[dict[str, Any]]] = yaml.safe_load(DOMAIN_FILE.read_text(encoding="utf-8"))["responses"]
YES, NO = '/answer_yes{"question": "anyone_working"}', '/answer_no{"question": "anyone_working"}'
SHOWN = [Button("有人能", YES), Button("没问题，提交", NO), Button("I don't know", "/answer_unsure")]


def buttons() -> Iterator[tuple[str, str, str]]:
    for name, variations in RESPONSES.items():
        for variation in variations:
            for each in variation.get("buttons", ()):
                yield name, each["title"], each["payload"].replace("{{", "{").replace("}}", "}")


def pressed(text: str, *shown: Button, form: bool = True) -> str:
    return as_pressed(text, shown, filling_form=form)


class TestLabelTyped:
    @pytest.mark.parametrize(
        ("typed", "payload"),
        [
            ("有人能", YES),
            (" 有人能。", YES),
            ("没问题 提交", NO),
            ("i don’t know", "/answer_unsure"),
            ("I DON'T KNOW!", "/answer_unsure"),
        ],
    )
    def test_it_is_the_button(self, typed: str, payload: str) -> None:
        assert pressed(typed, *SHOWN) == payload

    @pytest.mark.parametrize("typed", ["有人能工作", "能", "有人", "…", "?!"])
    def test_other_words_are_left_as_they_are(self, typed: str) -> None:
        assert pressed(typed, *SHOWN) == typed

    def test_only_while_the_button_is_shown(self) -> None:
        assert pressed("有人能") == "有人能"

    @pytest.mark.parametrize(("title", "payload"), [each[1:] for each in buttons()])
    def test_every_label_of_the_domain(self, title: str, payload: str) -> None:
        assert pressed(title, Button("…", "/else"), Button(title, payload)) == payload


class TestButtonOfAnEarlierQuestion:
    def test_while_its_question_is_asked_it_answers(self) -> None:
        assert pressed(YES, *SHOWN) == YES

    @pytest.mark.parametrize("form", [True, False])
    def test_afterwards_it_answers_nothing(self, form: bool) -> None:
        assert pressed(YES, Button("同意", '/answer_yes{"question": "privacy_consent"}'), form=form) == "/answer_late"
        assert pressed(YES, form=form) == "/answer_late"

    def test_neither_of_two_meanings_is_an_answer_too(self) -> None:
        assert pressed('/nlu_fallback{"question": "between"}') == "/answer_late"

    @pytest.mark.parametrize(
        "payload",
        ["/case_open", "/human_request", "/billing_general", '/case_status{"case_number": "SR20260314-7K2M"}'],
    )
    def test_what_says_all_by_itself_may_be_pressed_at_any_time(self, payload: str) -> None:
        assert pressed(payload, *SHOWN) == payload

    def test_stopping_is_meant_whatever_is_asked_by_now(self) -> None:
        stop = '/answer_cancel{"question": "case_confirmed", "of": "1"}'
        assert pressed(stop, *SHOWN) == stop
        assert pressed(stop, form=False) == "/answer_late"


class TestDomain:
    @pytest.mark.parametrize(("name", "title", "payload"), list(buttons()))
    def test_a_button_that_answers_names_its_question(self, name: str, title: str, payload: str) -> None:
        intent, _, given = payload.removeprefix("/").partition("{")
        named = json.loads(re.sub(r"\{(\w+)\}", r"\1", "{" + given)) if given else {}
        assert ("question" in named) == intent.startswith("answer_"), f"{name}: {title}"

    def test_no_two_questions_share_a_button(self) -> None:
        asked_by: dict[str, set[str]] = {}
        for name, _, payload in buttons():
            if payload.startswith("/answer_"):
                asked_by.setdefault(payload, set()).add(name)
        shared = {payload: names for payload, names in asked_by.items() if len(names) > 1}
        # The summary has two forms, and is told from another of its kind by `of`.
        assert all("{of}" in payload for payload in shared), shared
