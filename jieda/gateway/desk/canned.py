"""Replies kept ready for agents: the responses `utter_canned_…` of domain.yml, in the order they stand there."""

from __future__ import annotations

from jieda.policy import Language, policy
from jieda.wording import WordingError, facts, wording

_PREFIX = "utter_canned_"


def replies(language: Language, agent: str, case_number: str | None) -> list[str]:
    """Filled with the facts of the policy; one that names a case is left out where there is none."""
    known: dict[str, object] = {**facts(policy(), language), "agent": agent}
    if case_number is not None:
        known["case_number"] = case_number
    found = []
    for name in wording().names(_PREFIX):
        try:
            found.append(wording().say(name, language, **known))
        except WordingError:
            continue
    return found
