"""The support policy: every fact of `data/support.yml`, checked at load and frozen.

Nothing here knows a screen, a wire or a sentence. The comments of the file name the policy's sections.
"""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from datetime import date, time
from enum import Enum
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import AnyHttpUrl, Extra, StrictBool, StrictInt, ValidationError, parse_obj_as, validator
from pydantic.dataclasses import dataclass
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

POLICY_FILE = Path(__file__).resolve().parent.parent / "data" / "support.yml"


class Language(str, Enum):
    """A language that customers are served in."""

    ZH = "zh"
    EN = "en"


class Category(str, Enum):
    """What a customer's matter is about; it decides the line that serves it."""

    PRESALES = "presales"
    BILLING = "billing"
    TECHNICAL = "technical"
    PREMIER = "premier"


class Severity(str, Enum):
    """Impact on the customer's business (policy, Assisted technical support)."""

    CRITICAL = "critical"
    NON_CRITICAL = "non_critical"


class PolicyError(ValueError):
    """The policy file cannot be used. `str()` names the file, the key and what is wrong."""

    code = "policy_invalid"

    def __init__(self, file: Path, key: str, problem: str) -> None:
        super().__init__(f"{file}: {key}: {problem}" if key else f"{file}: {problem}")
        self.file = file
        self.key = key
        self.problem = problem


class _Strict:
    extra = Extra.forbid
    anystr_strip_whitespace = True
    min_anystr_length = 1


_fact = dataclass(frozen=True, config=_Strict)


@_fact
class Bilingual:
    """The same name in both languages."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        return self.zh if language is Language.ZH else self.en


@_fact
class Point(Bilingual):
    """One item of a list of the policy, with a key that tests and code can name it by."""

    key: str


@_fact
class Source:
    title: str
    date: date


@_fact
class App:
    """A customer engagement app that this support covers (policy, introduction)."""

    key: str
    name: str


@_fact
class Hours:
    """When the lines with clock hours are open; wall-clock times in `time_zone`."""

    time_zone: str
    time_zone_name: Bilingual
    opens: time
    closes: time
    days: frozenset[StrictInt]
    days_name: Bilingual
    make_up_workdays: Literal["open", "closed"]
    non_critical_due_counts: Literal["support_hours", "clock_hours"]

    @validator("time_zone")
    def _time_zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{value!r} is no time zone") from error
        return value

    @validator("days")
    def _days_are_weekdays(cls, value: frozenset[int]) -> frozenset[int]:
        if not value or not value <= set(range(1, 8)):
            raise ValueError("wants ISO weekdays, 1 (Monday) to 7 (Sunday)")
        return value

    @validator("closes")
    def _closes_after_opening(cls, value: time, values: dict[str, object]) -> time:
        opens = values.get("opens")
        if isinstance(opens, time) and value <= opens:
            raise ValueError(f"{value} is not after opening at {opens}")
        return value


def _checked_phone(value: str) -> str:
    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"{value!r} is no international telephone number") from error
    if not phonenumbers.is_valid_number(number):
        raise ValueError(f"{value!r} is no valid telephone number")
    return value


@_fact
class Presales:
    """Presales support: a number and weekdays; the policy states no clock hours for it."""

    phone: str
    days_name: Bilingual
    also_on: Literal["technical"]
    helps_with: tuple[Point, ...]

    _phone = validator("phone", allow_reuse=True)(_checked_phone)


@_fact
class Billing:
    """Billing and subscription management support."""

    phone: str
    portal: str
    requests: tuple[Point, ...]

    _phone = validator("phone", allow_reuse=True)(_checked_phone)


@_fact
class Technical:
    """Assisted technical support."""

    phone: str
    portal: str

    _phone = validator("phone", allow_reuse=True)(_checked_phone)


@_fact
class SeverityTerms:
    """What is promised for a severity (hours to the initial response) and what the customer is expected to do."""

    name: Bilingual
    response_hours: StrictInt
    worked_continuously: StrictBool
    expected: tuple[Point, ...]

    @validator("response_hours")
    def _promise_is_positive(cls, value: int) -> int:
        if value < 1:
            raise ValueError("wants at least 1 hour")
        return value


@_fact
class Severities:
    critical: SeverityTerms
    non_critical: SeverityTerms


@_fact
class Premier:
    """Premier support: benefits, whom to buy it from, where those who have it turn."""

    benefits: tuple[Point, ...]
    purchase_through: Bilingual
    portal: str


@_fact
class Link:
    """A page the policy links. `url` is None where the policy gives a title without an address."""

    key: str
    title: Bilingual
    topics: frozenset[str]
    url: AnyHttpUrl | None = None


@_fact
class Policy:
    """The whole policy."""

    source: Source
    operator: Bilingual
    apps: tuple[App, ...]
    hours: Hours
    presales: Presales
    billing: Billing
    technical: Technical
    severities: Severities
    premier: Premier
    links: tuple[Link, ...]

    @validator("apps", "links")
    def _keys_are_given_once(cls, items: tuple[App | Link, ...]) -> tuple[App | Link, ...]:
        keys = [item.key for item in items]
        if repeated := {key for key in keys if keys.count(key) > 1}:
            raise ValueError(f"keys given twice: {', '.join(sorted(repeated))}")
        return items

    @validator("links")
    def _portals_are_linked(cls, links: tuple[Link, ...], values: dict[str, object]) -> tuple[Link, ...]:
        addresses = {link.key: link.url for link in links}
        for part in ("billing", "technical", "premier"):
            portal = getattr(values.get(part), "portal", None)
            if portal is not None and addresses.get(portal) is None:
                raise ValueError(f"{part}.portal names {portal!r}, which is no link with an address")
        return links

    def link(self, key: str) -> Link:
        """The link of that key. Raises KeyError."""
        return _by_key(self.links, key)

    def links_on(self, topic: str) -> tuple[Link, ...]:
        return tuple(link for link in self.links if topic in link.topics)

    def app(self, key: str) -> App:
        """The app of that key. Raises KeyError."""
        return _by_key(self.apps, key)

    def severity(self, severity: Severity) -> SeverityTerms:
        return self.severities.critical if severity is Severity.CRITICAL else self.severities.non_critical

    def phone(self, category: Category | None) -> str:
        """The hotline for a category; without one the technical number, which serves every line."""
        if category is Category.PRESALES:
            return self.presales.phone
        if category is Category.BILLING:
            return self.billing.phone
        return self.technical.phone

    def portal(self, category: Category | None) -> Link | None:
        """The online portal for a category; presales has none."""
        if category is Category.PRESALES:
            return None
        if category is Category.BILLING:
            return self.link(self.billing.portal)
        if category is Category.PREMIER:
            return self.link(self.premier.portal)
        return self.link(self.technical.portal)


_Keyed = TypeVar("_Keyed", App, Link)


def _by_key(items: tuple[_Keyed, ...], key: str) -> _Keyed:
    for item in items:
        if item.key == key:
            return item
    raise KeyError(key)


def load_policy(file: Path = POLICY_FILE) -> Policy:
    """Reads and checks the file. Raises PolicyError."""
    try:
        raw = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise PolicyError(file, "", f"cannot be read ({error.strerror})") from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise PolicyError(file, "", f"is not YAML in UTF-8: {error}") from error
    _check_keys(file, Policy, raw, "")
    try:
        return parse_obj_as(Policy, raw)
    except ValidationError as error:
        first = error.errors()[0]
        path = ".".join(str(part) for part in first["loc"] if part not in ("__root__", "__init__"))
        raise PolicyError(file, path, first["msg"]) from error


def _check_keys(file: Path, wanted: Any, raw: object, path: str) -> None:
    """Raises PolicyError where the file's keys are not those of the dataclasses; types are pydantic's to check."""
    if typing.get_origin(wanted) is tuple and isinstance(raw, list):
        for index, item in enumerate(raw):
            _check_keys(file, typing.get_args(wanted)[0], item, f"{path}.{index}")
    if isinstance(wanted, types.GenericAlias) or not dataclasses.is_dataclass(wanted):
        return
    if not isinstance(raw, dict):
        raise PolicyError(file, path, "wants a mapping")
    hints = typing.get_type_hints(wanted)
    fields = {field.name: field for field in dataclasses.fields(wanted)}
    for key in raw.keys() - fields.keys():
        raise PolicyError(file, f"{path}.{key}".lstrip("."), f"is not known; known here: {', '.join(fields)}")
    for name, field in fields.items():
        inner = f"{path}.{name}".lstrip(".")
        if name in raw:
            _check_keys(file, hints[name], raw[name], inner)
        elif field.default is dataclasses.MISSING:
            raise PolicyError(file, inner, "is missing")


@functools.cache
def policy() -> Policy:
    """The policy in force: `data/support.yml`, read once in a process. Raises PolicyError."""
    return load_policy()
