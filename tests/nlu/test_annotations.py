"""Annotations within a message."""

from __future__ import annotations

import pytest

from jieda.nlu.annotations import AnnotatedSpan, AnnotationError, parse_annotations


@pytest.mark.parametrize(
    ("raw", "text", "spans"),
    [
        ("退订", "退订", ()),
        ("停掉[CRM](affected_app)吧", "停掉CRM吧", (AnnotatedSpan("affected_app", "CRM", 2, 5),)),
        ("[不急](severity:non_critical)", "不急", (AnnotatedSpan("severity", "non_critical", 0, 2),)),
        ('[PSA]{"entity": "affected_app", "value": "psa"}!', "PSA!", (AnnotatedSpan("affected_app", "psa", 0, 3),)),
        ('[PSA]{"entity": "affected_app"}', "PSA", (AnnotatedSpan("affected_app", "PSA", 0, 3),)),
        (
            "[Li Hua](contact_name), [Contoso](company)",
            "Li Hua, Contoso",
            (AnnotatedSpan("contact_name", "Li Hua", 0, 6), AnnotatedSpan("company", "Contoso", 8, 15)),
        ),
        ("it says [error 500] twice", "it says [error 500] twice", ()),
    ],
    ids=["none", "entity", "value", "JSON", "JSON without value", "two", "brackets of their own"],
)
def test_text_and_entities(raw: str, text: str, spans: tuple[AnnotatedSpan, ...]) -> None:
    assert parse_annotations(raw) == (text, spans)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("[CRM(affected_app) is slow", "Half an annotation"),
        ("CRM](affected_app) is slow", "Half an annotation"),
        ("[CRM](affected_app is slow", "Half an annotation"),
        ("[CRM] (affected_app)", "Half an annotation"),
        ("[CRM]（affected_app）", "Half an annotation"),
        ("CRM(affected_app)", "Half an annotation"),
        ("[](affected_app)", "Half an annotation"),
        ('[CRM][{"entity": "affected_app"}]', "Half an annotation"),
        ("[the [CRM](affected_app)](company)", "Nested"),
        ("[ ](affected_app)", "Blanks"),
        ("[CRM ](affected_app)", "Blanks"),
        ("[CRM]{entity: affected_app}", "No JSON"),
        ('[CRM]{"value": "crm"}', "No entity"),
        ('[CRM]{"entity": "affected_app", "value": 1}', "No entity"),
        ("see [the guide](https://docs.azure.cn)", "address alone"),
    ],
)
def test_what_cannot_be_read(raw: str, said: str) -> None:
    with pytest.raises(AnnotationError, match=said):
        parse_annotations(raw)
