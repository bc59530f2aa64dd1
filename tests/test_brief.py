"""The hand-off brief: what an agent reads at the claim, in their own language."""

from __future__ import annotations

import re

import pytest

from jieda.brief import PERSONAL, Brief, Reason, summary
from jieda.policy import Category, Language, Severity

FULL = Brief(
    language=Language.ZH,
    reason=Reason.NOT_UNDERSTOOD,
    category="technical",
    severity="critical",
    details={
        "affected_app": "Dynamics 365 Sales",
        "issue_summary": "Nobody can sign in.",
        "case_number": "SR20260312-7K2MA",
        "contact_name": "Grace Hall",
        "contact_phone": "+8613800138000",
        "contact_email": "grace@example.com",
    },
    misunderstood=2,
    failed={"contact_phone": 3, "severity": 1},
)


@pytest.mark.parametrize("language", Language)
def test_all_that_is_known_is_said_but_nothing_personal(language: Language) -> None:
    said = summary(FULL, language)
    assert all(each in said for each in ("Dynamics 365 Sales", "Nobody can sign in", "SR20260312-7K2MA", "2"))
    assert not any(FULL.details[slot] in said for slot in PERSONAL)


def test_it_is_in_the_agents_language_whatever_the_customers() -> None:
    assert not re.search(r"[\u3400-\u9fff]", summary(FULL, Language.EN))
    assert "严重业务影响" in summary(FULL, Language.ZH)


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("category", Category)
@pytest.mark.parametrize("severity", Severity)
def test_there_is_wording_for_everything(
    reason: Reason, language: Language, category: Category, severity: Severity
) -> None:
    assert summary(Brief(language, reason, category.value, severity.value), language)


def test_it_is_kept_whole() -> None:
    assert Brief.from_json(FULL.to_json()) == FULL
