"""Entities found, against what is annotated."""

from __future__ import annotations

from dataclasses import replace

from evaluation.messages import Span, parse
from evaluation.metrics import F1
from evaluation.predictions import Judged, Prediction
from evaluation.spans import EntityScore, entity_scores

SOMETHING = Prediction("x_y", (("x_y", 0.9),), 0.9, 0.9)


def found(intent: str, annotated: str, *spans: Span) -> Judged:
    return Judged(parse("en", intent, annotated), replace(SOMETHING, entities=spans))


def test_exact_overlap_and_value_are_told_apart() -> None:
    scores = entity_scores(
        [
            found("technical_problem", "[CRM](affected_app) fails", Span("affected_app", 0, 3, "any")),
            found("technical_problem", "[Sales Hub](affected_app) fails", Span("affected_app", 0, 5, "sales")),
            found("technical_problem", "[all down](severity:critical)", Span("severity", 0, 8, "non_critical")),
            found("technical_problem", "it fails", Span("affected_app", 0, 2, "any")),
        ]
    )
    assert scores == {
        "affected_app": EntityScore(exact=F1(1, 3, 2), overlap=F1(2, 3, 2), value=F1(2, 3, 2)),
        "severity": EntityScore(exact=F1(1, 1, 1), overlap=F1(1, 1, 1), value=F1(0, 1, 1)),
    }


def test_kinds_that_are_never_annotated_are_left_aside() -> None:
    assert entity_scores([found("technical_problem", "it fails", Span("language", 0, 8, "en"))]) == {}


def test_what_is_found_once_counts_once() -> None:
    both = found("case_open", "[CRM](affected_app) [CE](affected_app)", Span("affected_app", 0, 6, "any"))
    assert entity_scores([both])["affected_app"].overlap == F1(1, 1, 2)


def test_the_same_span_as_another_kind_is_wrong() -> None:
    scores = entity_scores([found("answer_details", "[Contoso](company)", Span("contact_name", 0, 7, "Contoso"))])
    assert scores["company"].overlap == F1(0, 0, 1)


class TestNamesThatCountWhenAskedFor:
    ASKED = Span("affected_app_when_asked", 0, 5, "sales")

    def test_they_count_in_an_answer(self) -> None:
        scores = entity_scores([found("answer_details", "[sales](affected_app)", self.ASKED)])
        assert scores["affected_app"].exact == F1(1, 1, 1)

    def test_they_do_not_count_elsewhere(self) -> None:
        scores = entity_scores([found("presales_overview", "[sales](affected_app)", self.ASKED)])
        assert scores["affected_app"].exact == F1(0, 0, 1)

    def test_they_do_not_count_twice(self) -> None:
        both = found("answer_details", "[sales hub](affected_app)", self.ASKED, Span("affected_app", 0, 9, "sales"))
        assert entity_scores([both])["affected_app"].exact == F1(1, 1, 1)
