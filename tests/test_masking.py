"""Personal data is hidden in lists, logs and exports."""

from __future__ import annotations

import pytest

from jieda.masking import mask_text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话 13800138000，邮箱 lilei@example.com。", "电话 +86138****8000，邮箱 l***@example.com。"),
        ("call +86 21 6123 4567 or grace.hall@example.com", "call +8621****4567 or g***@example.com"),
        ("订单 2026 年有 120 个销售", "订单 2026 年有 120 个销售"),
        ("", ""),
    ],
)
def test_numbers_and_addresses_are_masked_and_the_rest_stays(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    ("text", "names", "masked"),
    [
        ("我叫李雷，李雷的雷", ["李雷"], "我叫李*，李*的雷"),
        ("我是王小明，叫我小明就行，王 小明", ["王小明"], "我是王**，叫我小*就行，* 小*"),
        ("Grace Hall here, please call GRACE", ["Grace Hall"], "G**** H*** here, please call G****"),
        ("graceful shallow hall", ["Grace Hall"], "graceful shallow h***"),
        ("我叫李雷", [], "我叫李雷"),
        ("李雷 13800138000 li.lei@example.com", ["李雷"], "李* +86138****8000 l***@example.com"),
        ("nothing of (this", ["(", "[x", " ", ""], "nothing of (this"),
    ],
)
def test_names_that_are_known_are_masked_wherever_they_stand(text: str, names: list[str], masked: str) -> None:
    assert mask_text(text, names) == masked


def test_numbers_of_cards_are_masked_and_case_numbers_stay() -> None:
    assert mask_text("身份证 11010519491231002X，卡号 6222020200112233445") == (
        "身份证 **************002X，卡号 ***************3445"
    )
    assert mask_text("SR20261127-AB3CD，订单 20261127001") == "SR20261127-AB3CD，订单 20261127001"
