"""What the bot asks, read from what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Any

import yaml

from jieda.wording import DOMAIN_FILE


class Question(str, Enum):
    """What the bot asks; the value is the slot, or the name of a plainer question about it."""

    CATEGORY = "support_category"
    APP = "affected_app"
    SEVERITY = "severity"
    ANYONE_WORKING = "anyone_working"
    PEOPLE_AFFECTED = "people_affected"
    WORK_AROUND = "work_around"
    SUMMARY = "issue_summary"
    CONSENT = "privacy_consent"
    NAME = "contact_name"
    COMPANY = "company"
    PHONE = "contact_phone"
    EMAIL = "contact_email"
    CONFIRM = "case_confirmed"
    CORRECTION = "correction"
    """What is wrong with the summary."""
    NEXT_ISSUE = "next_issue"
    """Whether to open a case for the second problem too."""
    CASE_NUMBER = "case_number"
    CASE_CONTACT = "case_contact"
    CASE_NOTE = "case_note"
    CLOSE = "close_confirmed"


_RESPONSES: dict[Question, tuple[str, ...]] = {
    Question.SEVERITY: ("utter_question_severity",),
    Question.ANYONE_WORKING: ("utter_question_anyone_working",),
    Question.PEOPLE_AFFECTED: ("utter_question_people_affected",),
    Question.WORK_AROUND: ("utter_question_work_around",),
    Question.CONSENT: ("utter_privacy_consent",),
    Question.CONFIRM: ("utter_case_summary", "utter_case_summary_technical"),
    Question.CORRECTION: ("utter_ask_correction",),
    Question.NEXT_ISSUE: ("utter_next_issue",),
    Question.CASE_NUMBER: ("utter_ask_case_number", "utter_which_case"),
    Question.CASE_CONTACT: ("utter_ask_case_care_form_case_contact",),
    Question.CASE_NOTE: ("utter_ask_case_care_form_case_note",),
    Question.CLOSE: ("utter_confirm_close",),
}


def _patterns() -> Iterator[tuple[re.Pattern[str], Question]]:
    """What each question looks like, whatever its placeholders hold."""
    responses: dict[str, list[dict[str, Any]]] = yaml.safe_load(DOMAIN_FILE.read_text(encoding="utf-8"))["responses"]
    for question in Question:
        for name in _RESPONSES.get(question, (f"utter_ask_case_form_{question.value}",)):
            for variation in responses[name]:
                text = str(variation["text"]).strip().replace("{{", "{").replace("}}", "}")
                parts = [re.escape(part) for part in re.split(r"\{\w+\}", text)]
                yield re.compile(".*".join(parts), re.DOTALL), question


_PATTERNS = tuple(_patterns())


def question_in(text: str) -> Question | None:
    """The question that a reply asks, if it asks one."""
    return next((question for pattern, question in _PATTERNS if pattern.fullmatch(text)), None)
