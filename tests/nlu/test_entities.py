"""What is found in a message: each thing with its value and its place in the text as written."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieda.cases import new_number
from jieda.nlu.entities import find_entities
from jieda.nlu.normaliser import MAX_LENGTH

MOBILE = "+8613800138000"
ZH, EN = ("language", "zh"), ("language", "en")


HOW_IT_IS_MEANT = {"detail", "cue"}
"""Kinds that many messages have by the way; `TestHowItIsMeant` is about them."""


def found(text: str) -> list[tuple[str, str]]:
    return [(each.entity, each.value) for each in find_entities(text) if each.entity not in HOW_IT_IS_MEANT]


def written(text: str, entity: str) -> list[str]:
    """The words that stand for such an entity."""
    return [text[each.start : each.end] for each in find_entities(text) if each.entity == entity]


class TestMessages:
    """All that is found in messages as customers write them."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", set()),
            ("OK", set()),
            ("你好", {ZH}),
            ("I need help", {EN}),
            (
                "我是北京接答科技有限公司的王小明，电话13800138000，邮箱wxm@example.com",
                {
                    ("contact_name", "王小明"),
                    ("company", "北京接答科技有限公司"),
                    ("contact_phone", MOBILE),
                    ("contact_email", "wxm@example.com"),
                    ZH,
                },
            ),
            (
                "Hi, this is Bob from Fabrikam Inc, our system is down. Call +1 (650) 253-0000 or bob@fabrikam.com",
                {
                    ("contact_name", "Bob"),
                    ("company", "Fabrikam Inc"),
                    ("severity", "critical"),
                    ("contact_phone", "+16502530000"),
                    ("contact_email", "bob@fabrikam.com"),
                    EN,
                },
            ),
            (
                "我是Contoso公司的Grace，Field Service的调度板打不开，不急",
                {
                    ("contact_name", "Grace"),
                    ("company", "Contoso公司"),
                    ("affected_app", "field_service"),
                    ("affected_app_when_asked", "field_service"),
                    ("affected_app_when_asked", "customer_service"),
                    ("severity", "non_critical"),
                    ZH,
                },
            ),
            (
                "全公司都登录不上Dynamics 365销售模块",
                {
                    ("severity", "critical"),
                    ("people_affected", "most"),
                    ("affected_app", "any"),
                    ("affected_app", "sales"),
                    ("affected_app_when_asked", "sales"),
                    ZH,
                },
            ),
            ("項目服務自動化報錯，很急", {
                ("affected_app", "project_service_automation"),
                ("affected_app_when_asked", "project_service_automation"),
                ("severity_when_asked", "critical"),
                ZH,
            }),
            ("ＰＳＡ打不开", {("affected_app", "project_service_automation"), ZH}),
            ("not critical", {("severity", "non_critical"), EN}),
            ("production is down, nobody can log in", {("severity", "critical"), EN}),
            ("帮我提个工单，发票开错了", {("case_request", "open"), ("support_category", "billing"), ZH}),
            ("please open a ticket: subscription", {("case_request", "open"), ("support_category", "billing"), EN}),
            ("工单SR20260312-7K2M怎么样了", {("case_number", "SR20260312-7K2M"), ZH}),
            ("隱私聲明在哪裡？", {("topic", "privacy"), ZH}),
            ("where is the privacy policy?", {("topic", "privacy"), EN}),
            ("换成英文吧", {("language_switch", "en"), ZH}),
            ("Speak Chinese please", {("language_switch", "zh"), EN}),
            ("转人工", {ZH}),
            ("我是管理员助理，想问订阅怎么续费", {("support_category", "billing"), ZH}),
            ("联系人：Li Lei，电话021-61234567转8001", {
                ("contact_name", "Li Lei"),
                ("contact_phone", "+862161234567;ext=8001"),
                ZH,
            }),
            ("我是管理员，系统登录不上", {ZH}),
            (
                "my email is billing@contoso.com",
                {("contact_email", "billing@contoso.com"), EN},
            ),
            (
                "看这里 https://contoso.crm.dynamics.cn/main.aspx 谢谢你",
                {ZH},
            ),
        ],
    )  # fmt: skip
    def test_example(self, text: str, expected: set[tuple[str, str]]) -> None:
        assert set(found(text)) == expected


class TestPlaces:
    @pytest.mark.parametrize(
        ("text", "entity", "words"),
        [
            ("邮箱：ｌｉｌｅｉ＠ｅｘａｍｐｌｅ．ｃｏｍ！", "contact_email", ["ｌｉｌｅｉ＠ｅｘａｍｐｌｅ．ｃｏｍ"]),
            ("电话：１３８００１３８０００", "contact_phone", ["１３８００１３８０００"]),
            ("ﬁ 我叫李雷，谢谢", "contact_name", ["李雷"]),
            ("😀 this is Grace Hall from Contoso Ltd.", "company", ["Contoso Ltd"]),
            ("我用項目服務和ＳＡＬＥＳ模块", "affected_app", ["項目服務", "ＳＡＬＥＳ模块"]),
            ("編號sr20260312-7k2m。", "case_number", ["sr20260312-7k2m"]),
            ("Field  Service is Completely Down", "severity", ["Completely Down"]),
        ],
    )
    def test_are_those_of_the_text_as_written(self, text: str, entity: str, words: list[str]) -> None:
        assert written(text, entity) == words

    def test_the_language_is_that_of_the_whole_message(self) -> None:
        text = "我的Sales打不开"
        assert written(text, "language") == [text]


class TestLanguage:
    @staticmethod
    def language(text: str) -> tuple[str, str] | None:
        """The language and how sure it is."""
        each = find_entities(text)[-1:]
        return (each[0].value, each[0].details["evidence"]) if each and each[0].entity == "language" else None

    @pytest.mark.parametrize(
        "text",
        [
            "lilei@example.com",
            "13800138000",
            "lilei@example.com, +86 138 0013 8000",
            "Dynamics 365 Sales",
            "SR20260312-7K2M",
            "D365 PSA",
            "销售模块",
            "OK",
            "0x8004abcd",
        ],
    )
    def test_details_and_products_are_of_none(self, text: str) -> None:
        assert self.language(text) is None

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("邮箱lilei@example.com", ("zh", "words")),
            ("我的邮箱是lilei@example.com", ("zh", "sentence")),
            ("mail lilei@example.com please", ("en", "sentence")),
            ("李雷 13800138000", ("zh", "words")),
            ("Grace Hall, 13800138000", ("en", "words")),
            ("我叫Grace Hall", ("zh", "sentence")),
            ("My name is 李雷", ("en", "sentence")),
            ("发票", ("zh", "words")),
        ],
    )
    def test_it_is_that_of_the_rest(self, text: str, expected: tuple[str, str]) -> None:
        assert self.language(text) == expected


class TestCaseNumbers:
    @pytest.mark.parametrize(
        "text",
        ["SR20260312-7K2M", "sr20260312-7k2mqr", "（SR20260312-7K2M）", "编号SR20260312-7K2M的", "SR20260312-7K2M."],
    )
    def test_are_found_in_capitals(self, text: str) -> None:
        assert [value for entity, value in found(text) if entity == "case_number"] == [
            text.strip("（）编号的.").upper()
        ]

    @pytest.mark.parametrize(
        "text",
        [
            "SR2026-7K2M",
            "SR20260312",
            "SR20260312-7K2",
            "XSR20260312-7K2M",
            "SR20260312 7K2M",
            "SR20260312-7K2MQRSTUVWXYZ",
        ],
    )
    def test_what_is_none(self, text: str) -> None:
        assert "case_number" not in dict(found(text))

    def test_the_numbers_that_jieda_gives_are_found_and_taken_for_nothing_else(self) -> None:
        for _ in range(50):
            number = new_number(datetime(2026, 3, 12, tzinfo=timezone.utc))
            assert found(f"{number}怎么样了") == [("case_number", number), ZH]


class TestHowItIsMeant:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("电话写错了", {("detail", "contact_phone")}),
            ("the company is wrong", {("detail", "company")}),
            ("其实是账单的事", {("cue", "change")}),
            ("actually it's about the bill", {("cue", "change")}),
            ("还有一个问题，报表打不开", {("cue", "another")}),
            ("I have another problem too", {("cue", "another")}),
            ("不是这个号码，用另一个", {("cue", "other_one"), ("detail", "contact_phone")}),
            ("no, the other e-mail", {("cue", "other_one"), ("detail", "contact_email")}),
            ("报表打不开", set()),
        ],
    )
    def test_example(self, text: str, expected: set[tuple[str, str]]) -> None:
        assert {(each.entity, each.value) for each in find_entities(text) if each.entity in HOW_IT_IS_MEANT} == expected


class TestLongMessages:
    def test_what_comes_late_is_not_looked_at(self) -> None:
        text = "x" * (MAX_LENGTH - 1) + " 13800138000 我叫李雷"
        assert {"contact_phone", "contact_name"}.isdisjoint(dict(found(text)))
        assert dict(found(text))["language"] == "en"

    def test_what_comes_just_in_time_is(self) -> None:
        text = "x" * (MAX_LENGTH - 12) + " 13800138000" + "我" * 9_000
        assert ("contact_phone", MOBILE) in found(text)

    def test_what_is_cut_there_is_not_taken_for_whole(self) -> None:
        address = "lilei@example.com.cn"
        text = "x" * (MAX_LENGTH - len(address) + 2) + " " + address
        assert "contact_email" not in dict(found(text))

    @pytest.mark.parametrize(
        ("detail", "entity"), [("13800138000转8001", "contact_phone"), ("我叫欧阳娜娜", "contact_name")]
    )
    def test_nor_is_one_whose_beginning_would_do(self, detail: str, entity: str) -> None:
        text = " " * (MAX_LENGTH - len(detail) + 1) + detail
        assert entity not in dict(found(text))
        assert entity in dict(found(text[1:]))


texts = st.text() | st.lists(
    st.sampled_from(
        [
            "我叫",
            "李雷",
            "公司是",
            "ABC公司",
            "13800138000",
            "a@example.com",
            " ",
            "，",
            "PSA",
            "銷售模塊",
            "this is ",
            "Grace",
            " from ",
            "SR20260312-7K2M",
            "ﬁ",
            "１３８００１３８０００",
            "宕机",
            "𠮷",
        ]
    )
).map("".join)


@given(texts)
@settings(deadline=None)
def test_every_entity_of_any_text_stands_in_it_and_has_a_value(text: str) -> None:
    for each in find_entities(text):
        assert 0 <= each.start < each.end <= len(text)
        assert each.value
        assert isinstance(each.value, str)
