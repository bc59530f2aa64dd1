"""What is said to customers: the responses of `domain.yml`, filled with the facts of the policy.

Rasa words most replies itself from the same file; this serves those who speak when Rasa cannot (the gateway's
apology) and fragments that stand inside a reply.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import phonenumbers
import yaml
from babel.dates import format_datetime

from jieda.clock import CHINA
from jieda.policy import Category, Language, Link, Policy, Severity

DOMAIN_FILE = Path(__file__).resolve().parent.parent / "domain.yml"

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_MOMENT = {Language.ZH: "M月d日（EEE）HH:mm", Language.EN: "EEE d MMM, HH:mm"}


class WordingError(LookupError):
    """`domain.yml` has no such response in that language."""

    code = "wording_missing"


class Wording:
    """The responses of a domain file. Raises WordingError for one that is not there."""

    def __init__(self, responses: Mapping[str, list[dict[str, Any]]]) -> None:
        self._texts = {
            (name, variation["condition"][0]["value"]): str(variation["text"]).strip()
            for name, variations in responses.items()
            for variation in variations
            if len(variation.get("condition") or []) == 1 and variation["condition"][0]["name"] == "language"
        }
        self._needed = {
            name: frozenset(_PLACEHOLDER.findall(str(variations))) for name, variations in responses.items()
        }
        self._buttons = {
            (name, variation["condition"][0]["value"]): [(str(b["title"]), str(b["payload"])) for b in offered]
            for name, variations in responses.items()
            for variation in variations
            if (offered := variation.get("buttons")) and variation.get("condition")
        }

    @classmethod
    def load(cls, file: Path = DOMAIN_FILE) -> Wording:
        return cls(yaml.safe_load(file.read_text(encoding="utf-8"))["responses"])

    def __contains__(self, name: str) -> bool:
        return name in self._needed

    def needed(self, name: str) -> frozenset[str]:
        """The placeholders of a response and its buttons, in whatever language."""
        return self._needed.get(name, frozenset())

    def say(self, name: str, language: Language, **facts: object) -> str:
        """The response in that language with its placeholders filled."""
        try:
            return self._texts[name, language.value].format(**facts)
        except KeyError as error:
            raise WordingError(f"{name} ({language.value}): {error}") from error

    def names(self, prefix: str) -> list[str]:
        """The responses whose names begin so, in the order of the file."""
        return list(dict.fromkeys(name for name, _ in self._texts if name.startswith(prefix)))

    def buttons(self, name: str, language: Language) -> list[tuple[str, str]]:
        """Title and payload of each button that the response offers in that language."""
        return list(self._buttons.get((name, language.value), ()))


@functools.cache
def wording() -> Wording:
    """The wording of `domain.yml`, read once in a process."""
    return Wording.load()


def moment(at: datetime, language: Language) -> str:
    """A point in time as a customer reads it, in China Standard Time."""
    return str(format_datetime(at.astimezone(CHINA), _MOMENT[language], locale=language.value))


def example_phone() -> str:
    """A mobile number of the form wanted, for explanations."""
    number = phonenumbers.example_number_for_type("CN", phonenumbers.PhoneNumberType.MOBILE)
    assert number is not None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL))


@functools.cache
def facts(policy: Policy, language: Language) -> Mapping[str, str]:
    """Every fact of the policy that wording may name, by the name of its placeholder."""
    hours = policy.hours
    found = {
        "operator": policy.operator.in_(language),
        "apps": listed([app.name for app in policy.apps], language),
        "days": hours.days_name.in_(language),
        "opens": f"{hours.opens:%-H:%M}",
        "closes": f"{hours.closes:%-H:%M}",
        "zone": hours.time_zone_name.in_(language),
        "presales_phone": policy.presales.phone,
        "presales_days": policy.presales.days_name.in_(language),
        "billing_phone": policy.billing.phone,
        "technical_phone": policy.technical.phone,
        "premier_purchase_through": policy.premier.purchase_through.in_(language),
        "example_phone": example_phone(),
    }
    for point in policy.presales.helps_with:
        found[f"presales_{point.key}"] = point.in_(language)
    for point in policy.billing.requests:
        found[f"billing_{point.key}"] = point.in_(language)
    for point in policy.premier.benefits:
        found[f"premier_{point.key}"] = point.in_(language)
    for severity in Severity:
        terms = policy.severity(severity)
        found[f"{severity.value}_name"] = terms.name.in_(language)
        found[f"{severity.value}_hours"] = str(terms.response_hours)
        for point in terms.expected:
            found[f"{severity.value}_{point.key}"] = point.in_(language)
    for link in policy.links:
        found[f"{link.key}_title"] = link.title.in_(language)
        found[f"{link.key}_link"] = linked(link, language)
    for category in Category:
        portal = policy.portal(category)
        if portal is not None:
            found[f"{category.value}_portal"] = linked(portal, language)
    return found


def linked(link: Link, language: Language) -> str:
    """A link's title and its address, as they stand in a sentence."""
    before, after = ("（", "）") if language is Language.ZH else (" (", ")")
    title = link.title.in_(language)
    return title if link.url is None else f"{title}{before}{link.url}{after}"


def listed(items: list[str], language: Language) -> str:
    """Things named one after another, as they stand in a sentence."""
    if language is Language.ZH:
        return "、".join(items)
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1])))
