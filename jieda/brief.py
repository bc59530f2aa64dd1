"""The hand-off brief: what an agent is told at the claim. Pure, with wording of its own in `brief.yml`."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from jieda.policy import Language

DETAILS = (
    *("affected_app", "issue_summary", "case_number"),
    *("contact_name", "company", "contact_phone", "contact_email"),
)
"""The slots whose values an agent is shown, in that order."""
PERSONAL = ("contact_name", "contact_phone", "contact_email")
_WORDING = Path(__file__).with_name("brief.yml")


class Reason(str, Enum):
    """Why the bot hands a conversation off."""

    ASKED = "asked"
    """The customer wishes for a person."""
    COMPLAINT = "complaint"
    """The customer complained about the bot."""
    NOT_UNDERSTOOD = "not_understood"


@dataclass(frozen=True)
class Brief:
    """What the bot knows at a hand-off. `failed` counts, by slot, the answers that fitted no question."""

    language: Language
    reason: Reason = Reason.ASKED
    category: str | None = None
    severity: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    misunderstood: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Brief:
        found: dict[str, Any] = json.loads(text)
        return cls(**{**found, "language": Language(found["language"]), "reason": Reason(found["reason"])})


def summary(brief: Brief, language: Language) -> str:
    """The brief in a few sentences of fixed wording, in the agent's language. It bears no personal data."""
    words = _words()

    def say(key: str, **filled: object) -> str:
        return words[key][language.value].format(**filled)

    said = [say(f"reason_{brief.reason.value}", spoken=say(f"language_{brief.language.value}"))]
    if brief.category:
        said.append(say("about", category=say(f"category_{brief.category}")))
    if brief.severity:
        said.append(say("severity", severity=say(f"severity_{brief.severity}")))
    if app := brief.details.get("affected_app"):
        said.append(say("app", app=app))
    if issue := brief.details.get("issue_summary"):
        said.append(say("issue", issue=issue.strip().rstrip("。.")))
    if number := brief.details.get("case_number"):
        said.append(say("case", number=number))
    if brief.misunderstood:
        said.append(say("misunderstood", count=brief.misunderstood))
    if questions := [say(f"question_{slot}") for slot in brief.failed if f"question_{slot}" in words]:
        said.append(say("failed", questions=say("between").join(questions)))
    return say("space").join(said)


@functools.cache
def _words() -> dict[str, dict[str, str]]:
    return dict(yaml.safe_load(_WORDING.read_text(encoding="utf-8")))
