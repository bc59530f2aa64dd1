"""The policy file holds every fact of the support policy of 2020-09-03, and a broken file is refused by name."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
import yaml

from jieda.policy import POLICY_FILE, Category, Language, Policy, PolicyError, Severity, load_policy, policy

PRESALES_PHONE = "+86 400-886-6134"
TECHNICAL_PHONE = "+86 400-089-0365"

LINKS = {
    "documentation": "https://docs.microsoft.com/dynamics365/",
    "model_driven_apps": None,  # relative in the policy: about-microsoft-cloud-china.md
    "admin_center": "https://admin.microsoft.com",
    "technical_portal": "https://portal.partner.microsoftonline.cn/",
    "premier_online": "https://support.microsoft.com/premier",
    "finance_operations": (
        "https://docs.microsoft.com/dynamics365/unified-operations/dev-itpro/deployment/china-local-deployment"
    ),
    "support_site": "https://www.21vbluecloud.com/Dynamics365/",
    "privacy": "https://www.21vbluecloud.com/Dynamics365/d365-privacy/",
    "sla": "https://www.21vbluecloud.com/Dynamics365/d365-sla/",
    "legal": "https://www.21vbluecloud.com/Dynamics365/dynamics365-legal/",
    "lifecycle_terms": "https://www.21vbluecloud.com/dynamics365/d365-landing/",
    "ospt": "https://www.21vbluecloud.com/ostpt/",
    "azure_docs": "https://docs.azure.cn/zh-cn/",
    "azure_china": "https://docs.microsoft.com/azure/china/china-welcome",
}


@pytest.fixture(scope="module")
def facts() -> Policy:
    return load_policy()


class TestFacts:
    def test_source(self, facts: Policy) -> None:
        assert facts.source.title == "Support for customer engagement apps - operated by 21Vianet in China"
        assert facts.source.date == date(2020, 9, 3)
        assert (facts.operator.zh, facts.operator.en) == ("世纪互联", "21Vianet")

    def test_the_five_apps(self, facts: Policy) -> None:
        assert [app.name for app in facts.apps] == [
            "Dynamics 365 Sales",
            "Dynamics 365 Customer Service",
            "Dynamics 365 Field Service",
            "Dynamics 365 Marketing",
            "Dynamics 365 Project Service Automation",
        ]

    def test_hours_are_monday_to_friday_nine_to_six_china_standard_time(self, facts: Policy) -> None:
        hours = facts.hours
        assert hours.days == {1, 2, 3, 4, 5}
        assert (hours.opens, hours.closes) == (time(9), time(18))
        assert hours.time_zone == "Asia/Shanghai"
        assert (hours.time_zone_name.zh, hours.time_zone_name.en) == ("中国标准时间", "China Standard Time")
        assert (hours.days_name.zh, hours.days_name.en) == ("周一至周五", "Monday to Friday")

    def test_presales(self, facts: Policy) -> None:
        assert facts.presales.phone == PRESALES_PHONE
        assert facts.presales.also_on == "technical"
        assert facts.presales.days_name.en == "Monday to Friday"
        assert [point.en for point in facts.presales.helps_with] == [
            "subscription features and benefits",
            "plan comparisons",
            "pricing and licensing",
            "identifying the right solution for your business",
            "finding a partner",
            "purchasing or signing up for a trial",
        ]

    def test_presales_states_no_clock_hours(self, facts: Policy) -> None:
        assert not {"opens", "closes", "hours"} & set(vars(facts.presales))

    def test_billing(self, facts: Policy) -> None:
        assert facts.billing.phone == TECHNICAL_PHONE
        assert [point.key for point in facts.billing.requests] == [
            "trial_or_purchase",
            "convert_trial",
            "understand_bill",
            "renew",
            "licenses",
            "cancel",
        ]

    def test_technical(self, facts: Policy) -> None:
        assert facts.technical.phone == TECHNICAL_PHONE

    def test_critical_cases_are_answered_within_an_hour_and_worked_on_continuously(self, facts: Policy) -> None:
        terms = facts.severity(Severity.CRITICAL)
        assert terms.response_hours == 1
        assert terms.worked_continuously
        assert [point.key for point in terms.expected] == ["resources", "contact"]

    def test_non_critical_cases_are_answered_within_eight_hours(self, facts: Policy) -> None:
        terms = facts.severity(Severity.NON_CRITICAL)
        assert terms.response_hours == 8
        assert not terms.worked_continuously
        assert [point.key for point in terms.expected] == ["contact"]

    def test_premier(self, facts: Policy) -> None:
        assert [point.key for point in facts.premier.benefits] == ["advisory", "manager", "priority"]
        assert facts.premier.purchase_through.en == "your Microsoft Account team"
        assert facts.link(facts.premier.portal).title.en == "My Premier Online"

    def test_every_link(self, facts: Policy) -> None:
        assert {link.key: None if link.url is None else str(link.url) for link in facts.links} == LINKS

    def test_every_point_is_worded_in_both_languages(self, facts: Policy) -> None:
        points = (
            *facts.presales.helps_with,
            *facts.billing.requests,
            *facts.premier.benefits,
            *facts.severities.critical.expected,
            *facts.severities.non_critical.expected,
        )
        for point in points:
            assert point.in_(Language.ZH) != point.in_(Language.EN)
            assert not point.in_(Language.ZH).isascii()
            assert point.in_(Language.EN).isascii()


class TestQuestions:
    @pytest.mark.parametrize(
        ("category", "phone", "portal"),
        [
            (Category.PRESALES, PRESALES_PHONE, None),
            (Category.BILLING, TECHNICAL_PHONE, "admin_center"),
            (Category.TECHNICAL, TECHNICAL_PHONE, "technical_portal"),
            (Category.PREMIER, TECHNICAL_PHONE, "premier_online"),
            (None, TECHNICAL_PHONE, "technical_portal"),
        ],
    )
    def test_phone_and_portal_of_a_category(
        self, facts: Policy, category: Category | None, phone: str, portal: str | None
    ) -> None:
        assert facts.phone(category) == phone
        link = facts.portal(category)
        assert (link.key if link else None) == portal

    @pytest.mark.parametrize(
        ("topic", "keys"),
        [
            ("self_help", ["documentation", "model_driven_apps"]),
            ("portal", ["admin_center", "technical_portal", "premier_online"]),
            ("legal", ["privacy", "sla", "legal", "lifecycle_terms", "ospt"]),
            ("related_services", ["finance_operations", "support_site", "azure_docs", "azure_china"]),
            ("no_such_topic", []),
        ],
    )
    def test_links_on_a_topic(self, facts: Policy, topic: str, keys: list[str]) -> None:
        assert [link.key for link in facts.links_on(topic)] == keys

    def test_the_additional_resources_are_those_of_the_policy(self, facts: Policy) -> None:
        assert len(facts.links_on("additional")) == 10

    def test_app_by_key(self, facts: Policy) -> None:
        assert facts.app("field_service").name == "Dynamics 365 Field Service"

    def test_unknown_keys(self, facts: Policy) -> None:
        with pytest.raises(KeyError):
            facts.app("finance")
        with pytest.raises(KeyError):
            facts.link("nowhere")

    def test_facts_cannot_be_changed(self, facts: Policy) -> None:
        with pytest.raises(AttributeError):
            setattr(facts.technical, "phone", "+86 400-000-0000")  # noqa: B010

    def test_the_policy_in_force_is_read_once(self) -> None:
        assert policy() is policy()
        assert policy() == load_policy()


def broken(tmp_path: Path, path: str, value: object) -> Path:
    """The policy file with one value changed, or taken out where the value is None."""
    content: Any = yaml.safe_load(POLICY_FILE.read_text(encoding="utf-8"))
    *parents, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner = content
    for step in parents:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    file = tmp_path / "support.yml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return file


class TestErrors:
    @pytest.mark.parametrize(
        ("path", "value", "problem"),
        [
            ("hours.opens", "nine", "invalid time"),
            ("hours.closes", "08:00", "not after opening at 09:00"),
            ("hours.time_zone", "Asia/Peking", "'Asia/Peking' is no time zone"),
            ("hours.time_zone", "../../etc/passwd", "is no time zone"),
            ("hours.days", [0, 1], "wants ISO weekdays"),
            ("hours.days", [], "wants ISO weekdays"),
            ("hours.make_up_workdays", "maybe", "permitted: 'open', 'closed'"),
            ("hours.non_critical_due_counts", "days", "permitted: 'support_hours', 'clock_hours'"),
            ("presales.phone", "400-886-6134", "no international telephone number"),
            ("technical.phone", "the hotline", "no international telephone number"),
            ("billing.phone", "+86 123", "no valid telephone number"),
            ("severities.critical.response_hours", 0, "at least 1 hour"),
            ("severities.non_critical.response_hours", "soon", "not a valid integer"),
            ("source.date", "yesterday", "invalid date"),
            ("operator.zh", "", "at least 1 character"),
            ("links.3.url", "portal", "URL"),
        ],
    )
    def test_an_unusable_value_is_named_with_file_key_and_problem(
        self, tmp_path: Path, path: str, value: object, problem: str
    ) -> None:
        file = broken(tmp_path, path, value)
        with pytest.raises(PolicyError) as caught:
            load_policy(file)
        error = caught.value
        assert (error.code, error.file, error.key) == ("policy_invalid", file, path)
        assert problem in error.problem
        assert str(error) == f"{file}: {path}: {error.problem}"

    @pytest.mark.parametrize(
        "path", ["hours", "technical.phone", "severities.critical.name", "apps.0.name", "premier.benefits.1.en"]
    )
    def test_a_missing_value_is_named(self, tmp_path: Path, path: str) -> None:
        file = broken(tmp_path, path, None)
        with pytest.raises(PolicyError) as caught:
            load_policy(file)
        parent, _, last = path.rpartition(".")
        assert str(caught.value).startswith(f"{file}: {parent}")
        assert last in str(caught.value)

    @pytest.mark.parametrize("path", ["colour", "technical.fax", "links.0.note"])
    def test_an_unknown_key_is_named(self, tmp_path: Path, path: str) -> None:
        file = broken(tmp_path, path, "x")
        with pytest.raises(PolicyError) as caught:
            load_policy(file)
        parent, _, last = path.rpartition(".")
        assert str(caught.value).startswith(f"{file}: {parent}")
        assert last in str(caught.value)

    @pytest.mark.parametrize("part", ["billing", "technical", "premier"])
    def test_a_portal_that_is_no_link(self, tmp_path: Path, part: str) -> None:
        file = broken(tmp_path, f"{part}.portal", "nowhere")
        with pytest.raises(PolicyError, match=f"links: {part}.portal names 'nowhere', which is no link"):
            load_policy(file)

    def test_a_link_given_twice(self, tmp_path: Path) -> None:
        file = broken(tmp_path, "links.1.key", "documentation")
        with pytest.raises(PolicyError, match="links: keys given twice: documentation"):
            load_policy(file)

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"", "wants a mapping"),
            (b"- hours\n- links\n", "wants a mapping"),
            (b"hours: [1,", "is not YAML in UTF-8"),
            ("operator: 世纪互联".encode("gb18030"), "is not YAML in UTF-8"),
        ],
        ids=["empty", "list", "no YAML", "not UTF-8"],
    )
    def test_a_file_that_is_no_policy_at_all(self, tmp_path: Path, content: bytes, problem: str) -> None:
        file = tmp_path / "support.yml"
        file.write_bytes(content)
        with pytest.raises(PolicyError) as caught:
            load_policy(file)
        assert str(caught.value).startswith(f"{file}: {problem}")
        assert caught.value.key == ""

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(PolicyError, match=r"none\.yml: cannot be read \(No such file or directory\)"):
            load_policy(tmp_path / "none.yml")
