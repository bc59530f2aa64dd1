"""Entities count where place, kind and value are right."""

from __future__ import annotations

import pytest

from evaluation.entities import entity_scores
from evaluation.predictions import Found
from jieda.nlu.annotations import parse_annotations
from tests.evaluation.samples import message, predicted


def score(annotated: str, kind: str, *found: Found) -> tuple[int, int, int]:
    """Of one message: annotated, found and right entities of a kind."""
    text, spans = parse_annotations(annotated)
    scores, _ = entity_scores([message("answer_details", text=text, entities=spans)], [predicted(*found, x=1.0)])
    return scores[kind].annotated, scores[kind].found, scores[kind].right


NAME = "I am [Wang Fang](contact_name), hello"


class TestRight:
    def test_the_very_span_and_its_text(self) -> None:
        assert score(NAME, "contact_name", Found("contact_name", "Wang Fang", 5, 14)) == (1, 1, 1)

    @pytest.mark.parametrize(
        "found",
        [
            Found("contact_name", "Wang", 5, 9),
            Found("contact_name", "Wei Fang", 5, 14),
            Found("company", "Wang Fang", 5, 14),
        ],
        ids=["half the span", "another value", "another kind"],
    )
    def test_nothing_else(self, found: Found) -> None:
        assert score(NAME, "contact_name", found)[2] == 0

    def test_a_value_that_is_given_is_what_counts(self) -> None:
        text = "[nobody can work](severity:critical) today"
        assert score(text, "severity", Found("severity", "critical", 0, 15))[2] == 1
        assert score(text, "severity", Found("severity", "non_critical", 0, 15))[2] == 0

    @pytest.mark.parametrize(
        ("written", "value"),
        [("139 0512 6648", "+8613905126648"), ("021-3366 0917", "+862133660917"), ("+852 5550 1234", "+85255501234")],
    )
    def test_a_telephone_number_in_its_canonical_form(self, written: str, value: str) -> None:
        text = f"call [{written}](contact_phone)"
        assert score(text, "contact_phone", Found("contact_phone", value, 5, 5 + len(written)))[2] == 1
        other = value[:-1] + str((int(value[-1]) + 1) % 10)
        assert score(text, "contact_phone", Found("contact_phone", other, 5, 5 + len(written)))[2] == 0


def test_what_is_found_beside_the_annotated_costs_precision() -> None:
    text, spans = parse_annotations(NAME)
    both = (Found("contact_name", "Wang Fang", 5, 14), Found("contact_name", "hello", 16, 21))
    scores, _ = entity_scores([message("answer_details", text=text, entities=spans)], [predicted(*both, x=1.0)])
    name = scores["contact_name"]
    assert (name.precision, name.recall) == (0.5, 1.0)
    assert name.f1 == pytest.approx(2 / 3)


def test_messages_without_annotation_are_left_out() -> None:
    text, spans = parse_annotations(NAME)
    messages = [message("answer_details", text=text, entities=spans), message("case_open", text="CRM is down")]
    predictions = [predicted(x=1.0), predicted(Found("contact_name", "CRM", 0, 3), x=1.0)]
    scores, annotated = entity_scores(messages, predictions)
    assert annotated == 1
    assert scores["contact_name"].found == 0
