"""Who somebody is and where they work, told in one answer."""

from __future__ import annotations

import pytest

from jieda.intake.introductions import introduced


@pytest.mark.parametrize(
    ("text", "name", "company"),
    [
        ("Tom Baker from Contoso", "Tom Baker", "Contoso"),
        ("Tom Baker from Contoso ,   ", "Tom Baker", "Contoso"),
        ("I'm Tom Baker at Contoso", "Tom Baker", "Contoso"),
        ("Tom Baker (Contoso)", "Tom Baker", "Contoso"),
        ("Tom Baker, Example Trading Ltd", "Tom Baker", "Example Trading Ltd"),
        ("Example Trading Ltd, Tom Baker", "Tom Baker", "Example Trading Ltd"),
        ("王小明 上海蓝天贸易有限公司", "王小明", "上海蓝天贸易有限公司"),
        ("王小明，上海蓝天贸易有限公司，", "王小明", "上海蓝天贸易有限公司"),
        ("王小明\n上海蓝天贸易有限公司", "王小明", "上海蓝天贸易有限公司"),
        ("我是上海蓝天贸易有限公司的王小明", "王小明", "上海蓝天贸易有限公司"),
        ("上海蓝天贸易有限公司 王小明", "王小明", "上海蓝天贸易有限公司"),
        ("我叫王小明，上海蓝天贸易有限公司", "王小明", "上海蓝天贸易有限公司"),
    ],
)
def test_both_are_told(text: str, name: str, company: str) -> None:
    assert introduced(text) == {"contact_name": name, "company": company}


@pytest.mark.parametrize(
    "text",
    [
        "", "王小明", "Tom Baker", "Example Trading Ltd", "Example Trading Ltd (Shanghai)", "Contoso, Shanghai",
        "No, is 上海样例科技", "Sorry, Example Trading Ltd", "公司，上海蓝天贸易有限公司", "您好，上海蓝天贸易有限公司",
        "上海蓝天贸易有限公司", "没问题，提交", "Yes, please", "王小明，销售部", "我们公司的系统打不开了", "长" * 5000,
    ],
)  # fmt: skip
def test_where_it_is_not_sure_nothing_is(text: str) -> None:
    assert introduced(text) == {}


def test_where_the_name_comes_first_it_needs_no_sign() -> None:
    both = {"contact_name": "Grace Hall", "company": "Sample Foods Inc"}
    assert introduced("Grace Hall Sample Foods Inc", name_first=True) == both
    assert introduced("Shanghai Blue Sky Ltd") == {}, "a company by itself"
