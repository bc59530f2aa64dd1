"""Entities of a message: contact details, product, severity cues, what page is meant, and its language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jieda.contact import find_emails, find_phones
from jieda.nlu.language import LINK, detect
from jieda.nlu.lexicon import entity_lexicon
from jieda.nlu.names import find_company, find_person
from jieda.nlu.normaliser import MAX_LENGTH

_CASE_NUMBER = re.compile(r"(?<![0-9A-Za-z])SR\d{8}-[0-9A-Z]{4,12}(?![0-9A-Za-z])", re.IGNORECASE)
_LONGEST_DETAIL = 320
"""Characters: an e-mail address has 254 at most, a name or number fewer; looked at beyond MAX_LENGTH."""
_NOT_LANGUAGE = frozenset({"affected_app", "contact_email", "contact_phone", "contact_name", "company", "case_number"})


@dataclass(frozen=True)
class Entity:
    """What a span of the text stands for. Offsets are those of the text as written."""

    entity: str
    value: str
    start: int
    end: int
    details: dict[str, str] = field(default_factory=dict)


def find_entities(text: str) -> tuple[Entity, ...]:
    """Every entity of a message, in order of entity kind; the message's language last, over its whole length."""
    # A detail that goes on where the looking ends is left out rather than taken as cut.
    details = [each for each in _contact_details(text[: MAX_LENGTH + _LONGEST_DETAIL]) if each.end <= MAX_LENGTH]
    text = text[:MAX_LENGTH]
    addresses = [(each.start, each.end) for each in details if each.entity == "contact_email"]
    addresses += [match.span() for match in LINK.finditer(text)]
    found = [*details, *_mentions(text, addresses)]
    detected = detect(text, ((each.start, each.end) for each in found if each.entity in _NOT_LANGUAGE))
    if detected is not None:
        found.append(Entity("language", detected.language.value, 0, len(text), {"evidence": detected.evidence.value}))
    return tuple(found)


def _contact_details(text: str) -> Iterator[Entity]:
    for kind, details in (("contact_email", find_emails(text)), ("contact_phone", find_phones(text))):
        for each in details:
            yield Entity(kind, each.value, each.start, each.end)
    for kind, name in (("contact_name", find_person(text)), ("company", find_company(text))):
        if name is not None:
            yield Entity(kind, name.value, name.start, name.end)
    for match in _CASE_NUMBER.finditer(text):
        yield Entity("case_number", match.group().upper(), match.start(), match.end())


def _mentions(text: str, addresses: Iterable[tuple[int, int]]) -> Iterator[Entity]:
    """What is mentioned; words within an address mean nothing."""
    for mention in entity_lexicon().find(text):
        if not any(start < mention.end and mention.start < end for start, end in addresses):
            yield Entity(mention.entity, mention.value, mention.start, mention.end)
