"""Wording stands in `domain.yml`, facts in `data/support.yml`, neither anywhere else."""

from __future__ import annotations

import re
import string
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
import yaml

from jieda.hours import support_hours
from jieda.intake.subject import ANYONE_WORKING, PEOPLE_AFFECTED, WORK_AROUND
from jieda.policy import Category, Language, Severity, policy
from jieda.reach import reach
from jieda.wording import DOMAIN_FILE, Wording, WordingError, facts, linked, moment, wording

PROJECT = Path(__file__).resolve().parent.parent
DOMAIN: dict[str, Any] = yaml.safe_load(DOMAIN_FILE.read_text(encoding="utf-8"))
RESPONSES: dict[str, list[dict[str, Any]]] = DOMAIN["responses"]
HAN = re.compile(r"[\u3400-\u9fff]")

PRODUCTS = [app.name.removeprefix("Dynamics 365 ") for app in policy().apps]
LONGEST = {Language.ZH: 60, Language.EN: 45}
"""Of a reply: Chinese characters, words and numbers; an address, a link or a telephone number counts once or not."""
LONGER = {
    "utter_premier_benefits": "three benefits in the policy's words",
    "utter_info_capabilities_billing": "six kinds of request in the policy's words",
}
"""Replies whose facts need more, and what for."""

FACT_FREE = ("README.md", "docs", "evaluation", "tests", "data/nlu", "data/support.yml", "benchmarks", "deploy")
"""Where facts may be written out: what is told of the project, tried on it, or understood by it."""
TOLD_IN_CODE = {
    "http://www.w3.org/2000/svg": "the name of a format",
    "https://docs.astral.sh/uv/": "where uv comes from",
    "https://api.weixin.qq.com": "WeChat's API, unless a setting names another",
    "https://support.example.com": "an example of one's own",
    "https://qyapi.weixin.qq.com": "that of its customer service",
    "http://localhost": "this machine",
    "http://127.0.0.1": "this machine",
}


def variations() -> list[Any]:
    return [
        pytest.param(name, variation, id=f"{name}-{variation['condition'][0]['value']}")
        for name, found in RESPONSES.items()
        for variation in found
    ]


def given_by_actions(language: Language) -> dict[str, str]:
    """The placeholders that are not facts, with what an action may fill in on a Saturday evening."""
    zh = language is Language.ZH
    now = datetime(2026, 3, 14, 12, 0, tzinfo=timezone.utc)
    link = policy().link("privacy")
    return {
        **reach(language, Category.TECHNICAL, now, support_hours()),
        "agent": "王芳" if zh else "Grace",
        "about": wording().say("utter_category_technical", language),
        "app": "Dynamics 365 Sales",
        "case_number": "SR20260314-7K2M",
        "company_name": "上海示例科技有限公司" if zh else "Example Trading Ltd",
        "critical_worked": wording().say("utter_worked_continuously", language),
        "due": moment(now, language),
        "email": "lilei@example.com",
        "first": wording().say("utter_wish_billing_licenses", language),
        "make_up_workdays": wording().say("utter_make_up_workdays_open", language),
        "name": "李雷" if zh else "Grace Hall",
        "next_opening": moment(now, language),
        "non_critical_counted": wording().say("utter_counts_support_hours", language),
        "phone": "+86 138 0013 8000",
        "portal": linked(policy().link("technical_portal"), language),
        "reachable": wording().say("utter_contact_phone", language),
        "response_hours": "8",
        "second": wording().say("utter_wish_technical_sign_in", language),
        "severity_name": policy().severities.critical.name.in_(language),
        "summary": "报表一直打不开，从今天早上开始" if zh else "reports have not opened since this morning",
        "topic": linked(link, language),
        "topic_title": link.title.in_(language),
    }


def length(said: str) -> int:
    """In Chinese characters and in words of other scripts; numbers as people read them, without addresses of pages."""
    said = re.sub(r"\+\d[\d -]+\d", "0", re.sub(r"https?://[\w.-]+[\w/.-]*", "", said))
    word = r"[^\W\u3400-\u9fff]+"
    return len(re.findall(rf"[\u3400-\u9fff]|{word}(?:[-–'’.:@]{word})*", said))


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


class TestResponses:
    @pytest.mark.parametrize("name", RESPONSES)
    def test_each_is_worded_in_both_languages(self, name: str) -> None:
        assert [each["condition"][0]["value"] for each in RESPONSES[name]] == ["zh", "en"]

    @pytest.mark.parametrize(("name", "variation"), variations())
    def test_each_is_wholly_in_its_language(self, name: str, variation: dict[str, Any]) -> None:
        language = Language(variation["condition"][0]["value"])
        for text in (variation["text"], *(button["title"] for button in variation.get("buttons", ()))):
            given = dict.fromkeys(placeholders(text), "") | dict(facts(policy(), language))
            said = text.format(**given)
            for product in PRODUCTS:
                said = said.replace(product, "")
            if language is Language.EN:
                assert not HAN.search(said)
            else:
                assert HAN.search(said) or not re.search(r"[^\W\d_]", said)

    @pytest.mark.parametrize(("name", "variation"), variations())
    def test_every_placeholder_is_a_fact_or_given_by_an_action(self, name: str, variation: dict[str, Any]) -> None:
        language = Language(variation["condition"][0]["value"])
        known = {*facts(policy(), language), *given_by_actions(language)}
        assert placeholders(variation["text"]) <= known

    def test_they_are_short(self) -> None:
        lengths = {
            (name, language.value): length(
                each["text"].format(**facts(policy(), language), **given_by_actions(language))
            )
            for name, found in RESPONSES.items()
            for each in found
            for language in [Language(each["condition"][0]["value"])]
        }
        longer = {key: count for key, count in lengths.items() if count > LONGEST[Language(key[1])]}
        assert {key: count for key, count in longer.items() if key[0] not in LONGER} == {}
        assert {name for name, _ in longer} == LONGER.keys(), "an exception that needs to be none"

    def test_one_question_at_a_time(self) -> None:
        asked = {
            name: len(re.findall(r"[?？]", each["text"]))
            for name, found in RESPONSES.items()
            for each in found
            if re.search(r"[?？].*[?？]", each["text"], re.DOTALL)
        }
        assert asked == {}

    @pytest.mark.parametrize("name", RESPONSES)
    def test_both_languages_tell_the_same_facts(self, name: str) -> None:
        zh, en = (placeholders(each["text"]) for each in RESPONSES[name])
        assert zh - {"zone", "days", "opens", "closes"} == en - {"zone", "days", "opens", "closes"} or (
            name == "utter_case_opened_non_critical"
        )

    def test_what_rules_say_themselves_names_no_fact(self) -> None:
        said = {
            step["action"]
            for file in (PROJECT / "data" / "rules").glob("*.yml")
            for rule in yaml.safe_load(file.read_text(encoding="utf-8"))["rules"]
            for step in rule["steps"]
            if str(step.get("action", "")).startswith("utter_")
        }
        said |= {name for name in RESPONSES if name.startswith("utter_ask_")}
        assert said <= RESPONSES.keys()
        assert {name: placeholders(each["text"]) for name in said for each in RESPONSES[name]} == {
            name: set() for name in said
        }

    def test_none_is_left_unused(self) -> None:
        used = " ".join(
            file.read_text(encoding="utf-8")
            for pattern in ("actions/*.py", "jieda/**/*.py", "data/rules/*.yml")
            for file in PROJECT.glob(pattern)
        )
        intents = {f"utter_{intent}" for intent in DOMAIN["intents"]}
        made = {
            f"utter_{said}_{slot}"
            for form, wanted in DOMAIN["forms"].items()
            for slot in wanted["required_slots"]
            for said in ("explain", f"ask_{form}")
        }
        made |= {f"utter_case_opened_{severity.value}" for severity in Severity}
        made |= {f"utter_wish_{intent}" for intent in DOMAIN["intents"]}
        made |= {f"utter_category_{category.value}" for category in Category}
        made |= {f"utter_question_{asked}" for asked in ("severity", ANYONE_WORKING, PEOPLE_AFFECTED, WORK_AROUND)}
        prefixes = (
            "utter_invalid_", "utter_info_hotline_", "utter_info_response_time_", "utter_info_capabilities_",
            "utter_case_status_", "utter_make_up_workdays_", "utter_counts_", "utter_canned_",
        )  # fmt: skip
        made |= {f"{name}_{kind}" for name in intents for kind in ("again", "in_form", "in_form_again")}
        made |= {f"{name}_again" for name in re.findall(r'say_anew\([^)]*"(utter_\w+)"', used)}
        made |= {f"{name}_again" for name in ("utter_no_problem", "utter_anything_else")}
        left = {
            name
            for name in RESPONSES
            if name not in used and name not in intents and name not in made and not name.startswith(prefixes)
        }
        assert left == set()


class TestFacts:
    """No telephone number, address or opening hour stands outside `data/support.yml`."""

    @staticmethod
    def files() -> list[Path]:
        tracked = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=PROJECT, capture_output=True, text=True, check=True,
        ).stdout.splitlines()  # fmt: skip
        return [
            PROJECT / name
            for name in tracked
            if not name.startswith(FACT_FREE)
            and Path(name).suffix in {".py", ".yml", ".yaml", ".html", ".js", ".css", ".svg", ".toml", ""}
            and (PROJECT / name).is_file()
        ]

    def test_no_telephone_number(self) -> None:
        hotlines = {re.sub(r"\D", "", phone)[2:] for phone in (policy().presales.phone, policy().technical.phone)}
        for file in self.files():
            text = file.read_text(encoding="utf-8")
            assert not any(hotline in re.sub(r"[\s().-]", "", text) for hotline in hotlines), file
            found = [match.raw_string for match in phonenumbers.PhoneNumberMatcher(text, None)]
            assert found == [], f"{file}: {found}"

    def test_no_address(self) -> None:
        for file in self.files():
            text = file.read_text(encoding="utf-8")
            found = {
                url
                for url in re.findall(r"https?://[\w.-]+[\w/.-]*", text)
                if not url.startswith(tuple(TOLD_IN_CODE)) and "." in url
            }
            assert found == set(), f"{file}: {found}"

    def test_no_opening_hour(self) -> None:
        clock = re.compile(r"(?<![\d:])(?:0?9:00|18:00)(?!\d)|[九六]点|(?<!\d)(?:9|6)\s?[ap]m\b", re.IGNORECASE)
        for file in self.files():
            found = clock.findall(file.read_text(encoding="utf-8"))
            assert found == [], f"{file}: {found}"


class TestWording:
    def test_it_fills_placeholders(self) -> None:
        said = wording().say("utter_hours_clock", Language.EN, **facts(policy(), Language.EN))
        assert said == "Monday to Friday, 9:00–18:00 China Standard Time"

    @pytest.mark.parametrize("name", ["utter_nothing", "utter_hours_clock"])
    def test_what_is_missing_is_named(self, name: str) -> None:
        with pytest.raises(WordingError, match=name):
            wording().say(name, Language.ZH)

    def test_a_domain_without_responses_has_none(self) -> None:
        with pytest.raises(WordingError):
            Wording({}).say("utter_apology", Language.ZH)

    @pytest.mark.parametrize(
        ("language", "told"), [(Language.ZH, "3月16日（周一）09:00"), (Language.EN, "Mon 16 Mar, 09:00")]
    )
    def test_a_moment_is_told_in_china_standard_time(self, language: Language, told: str) -> None:
        assert moment(datetime(2026, 3, 16, 1, 0, tzinfo=timezone.utc), language) == told
