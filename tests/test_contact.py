"""Contact details as customers write them, in Chinese and English: what is found, where, and what is wrong with it."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from jieda.contact import (
    ContactError,
    ContactProblem,
    Found,
    find_emails,
    find_phones,
    mask_email,
    mask_name,
    mask_phone,
    parse_email,
    parse_phone,
)

MOBILE = "+8613800138000"
LANDLINE = "+862161234567"
EXTENSION = "+862161234567;ext=8001"


def values(found: list[Found]) -> list[str]:
    return [each.value for each in found]


def spans(text: str, found: list[Found]) -> list[str]:
    return [text[each.start : each.end] for each in found]


class TestFindEmails:
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("lilei@example.com", "lilei@example.com"),
            ("我的邮箱是lilei@example.com，谢谢", "lilei@example.com"),
            ("邮箱：lilei@example.com。", "lilei@example.com"),
            ("请发到lilei@example.com谢谢", "lilei@example.com"),
            ("my e-mail is lilei@example.com.", "lilei@example.com"),
            ("mailto:lilei@example.com?subject=x", "lilei@example.com"),
            ("email=lilei@example.com", "lilei@example.com"),
            ("<lilei@example.com>", "lilei@example.com"),
            ("'lilei@example.com'", "lilei@example.com"),
            ("(lilei@example.com)", "lilei@example.com"),
            ("--lilei@example.com--", "lilei@example.com"),
            ("first.last+crm_1@mail.example.com.cn", "first.last+crm_1@mail.example.com.cn"),
            ("o'brien@example.com", "o'brien@example.com"),
            ("13800138000@qq.com", "13800138000@qq.com"),
        ],
    )
    def test_addresses_among_words(self, text: str, written: str) -> None:
        found = find_emails(text)
        assert values(found) == spans(text, found) == [written]

    def test_the_domain_is_given_in_lower_case_and_the_rest_as_written(self) -> None:
        assert values(find_emails("Li.Lei@Example.COM")) == ["Li.Lei@example.com"]

    def test_full_width_characters(self) -> None:
        text = "邮箱：ｌｉｌｅｉ＠ｅｘａｍｐｌｅ．ｃｏｍ！"
        found = find_emails(text)
        assert values(found) == ["lilei@example.com"]
        assert spans(text, found) == ["ｌｉｌｅｉ＠ｅｘａｍｐｌｅ．ｃｏｍ"]

    def test_several_in_order(self) -> None:
        text = "a@example.com,b@example.cn；抄送 c@163.com"
        assert values(find_emails(text)) == ["a@example.com", "b@example.cn", "c@163.com"]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "lilei",
            "@",
            "lilei@",
            "@example.com",
            "lilei@localhost",
            "li..lei@example.com",
            "lilei.@example.com",
            "lilei@example..com",
            "lilei@192.168.1.1",
            "lilei@example.123",
            "lilei@-example.com",
            "a@b@example.com",
            f"{'x' * 65}@example.com",
            f"lilei@{'x' * 64}.com",
            f"lilei@{'x.' * 130}com",
            "@张三 在吗",
        ],
    )
    def test_what_is_no_address(self, text: str) -> None:
        assert find_emails(text) == []


class TestParseEmail:
    @pytest.mark.parametrize(
        "text",
        [
            "lilei@example.com",
            "是 lilei@example.com 这个",
            "it's lilei@example.com, thanks",
            "lilei @ example.com",
            "lilei@ example.com",
            "lilei@example。com",
            "ｌｉｌｅｉ＠example.com",
            "lilei@example.com or hmm@example.com",
        ],
    )
    def test_answers(self, text: str) -> None:
        assert parse_email(text) == "lilei@example.com"

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("", ContactProblem.MISSING_AT),
            ("lilei.example.com", ContactProblem.MISSING_AT),
            ("我没有邮箱", ContactProblem.MISSING_AT),
            ("13800138000", ContactProblem.MISSING_AT),
            ("lilei@", ContactProblem.BAD_DOMAIN),
            ("lilei@example", ContactProblem.BAD_DOMAIN),
            ("lilei@example,com", ContactProblem.BAD_DOMAIN),
            ("lilei@公司.cn", ContactProblem.BAD_DOMAIN),
            ("lilei@example.123", ContactProblem.BAD_DOMAIN),
            ("@", ContactProblem.BAD_DOMAIN),
            ("@example.com", ContactProblem.BAD_LOCAL),
            ("li..lei@example.com", ContactProblem.BAD_LOCAL),
            ("李雷@example.com", ContactProblem.BAD_LOCAL),
            (f"{'x' * 65}@example.com", ContactProblem.BAD_LOCAL),
        ],
    )
    def test_what_is_wrong(self, text: str, problem: ContactProblem) -> None:
        with pytest.raises(ContactError) as caught:
            parse_email(text)
        assert caught.value.code is problem


class TestFindPhones:
    @pytest.mark.parametrize(
        ("written", "value"),
        [
            ("13800138000", MOBILE),
            ("138 0013 8000", MOBILE),
            ("138-0013-8000", MOBILE),
            ("138.0013.8000", MOBILE),
            ("1380013 8000", MOBILE),
            ("+8613800138000", MOBILE),
            ("+86 138 0013 8000", MOBILE),
            ("+86-138-0013-8000", MOBILE),
            ("(+86) 13800138000", MOBILE),
            ("008613800138000", MOBILE),
            ("0086-138-0013-8000", MOBILE),
            ("86 13800138000", MOBILE),
            ("8613800138000", MOBILE),
            ("013800138000", MOBILE),
            ("１３８００１３８０００", MOBILE),
            ("＋８６　１３８００１３８０００", MOBILE),
            ("（+86）138—0013—8000", MOBILE),
            ("١٣٨٠٠١٣٨٠٠٠", MOBILE),
            ("02161234567", LANDLINE),
            ("021-61234567", LANDLINE),
            ("021 6123 4567", LANDLINE),
            ("021.61234567", LANDLINE),
            ("(021) 6123 4567", LANDLINE),
            ("（021）61234567", LANDLINE),
            ("(021)-61234567", LANDLINE),
            ("+86 21 6123 4567", LANDLINE),
            ("+86 (0)21 6123 4567", LANDLINE),
            ("+86(021)61234567", LANDLINE),
            ("86-21-61234567", LANDLINE),
            ("0086 21 61234567", LANDLINE),
            ("0312-2012345", "+863122012345"),
            ("0755-86543210", "+8675586543210"),
            ("400-123-4567", "+864001234567"),
            ("4001234567", "+864001234567"),
            ("+86 400-123-4567", "+864001234567"),
            ("800-810-1234", "+868008101234"),
            ("+1 650-253-0000", "+16502530000"),
            ("+1 (650) 253-0000", "+16502530000"),
            ("001 650 253 0000", "+16502530000"),
            ("+852 2123 4567", "+85221234567"),
            ("+44 20 7946 0958", "+442079460958"),
            ("+33.1.23.45.67.89", "+33123456789"),
        ],
    )
    @pytest.mark.parametrize(
        "sentence", ["{}", "我的电话是{}，谢谢。", "电话：{}（李雷）", "call me at {}, thanks", "({})"]
    )
    def test_numbers_among_words(self, sentence: str, written: str, value: str) -> None:
        text = sentence.format(written)
        found = find_phones(text)
        assert values(found) == [value]
        assert spans(text, found) == [written]

    @pytest.mark.parametrize(
        "written",
        [
            "021-61234567转8001",
            "021-61234567 转 8001",
            "021-61234567转分机8001",
            "021-61234567分机8001",
            "021-61234567，分机号：8001",
            "021-61234567（分机8001）",
            "021-61234567轉8001",
            "021-61234567-8001",
            "021-61234567#8001",
            "021-61234567 x8001",
            "021-61234567 ext. 8001",
            "021-61234567 EXT 8001",
            "021-61234567, extension 8001",
            "(021) 6123 4567 ext 8001",
            "０２１－６１２３４５６７转８００１",
            "+862161234567;ext=8001",
        ],
    )
    @pytest.mark.parametrize("sentence", ["{}", "打{}找我", "(call {})"])
    def test_extensions(self, sentence: str, written: str) -> None:
        text = sentence.format(written)
        found = find_phones(text)
        assert values(found) == [EXTENSION]
        assert spans(text, found) == [written]

    def test_a_short_last_group_is_an_extension_not_an_eighth_digit(self) -> None:
        assert values(find_phones("0312-2012345-8")) == ["+863122012345;ext=8"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("13800138000、021-61234567", [MOBILE, LANDLINE]),
            ("13800138000/13900139000", [MOBILE, "+8613900139000"]),
            ("13800138000 13900139000", [MOBILE, "+8613900139000"]),
            ("1. 13800138000 2. 13900139000", [MOBILE, "+8613900139000"]),
            ("座机021-61234567-8001，手机13800138000", [EXTENSION, MOBILE]),
            ("13800138000 13800138000", [MOBILE, MOBILE]),
            ("Tel13800138000 tel.021-61234567", [MOBILE, LANDLINE]),
            ("2026-03-12 10:30 13800138000", [MOBILE]),
            ("I have 2 servers, 021 61234567 2 of them", [LANDLINE]),
            ("lilei@example.com 13800138000", [MOBILE]),
            ("\u202a+8613800138000\u202c", [MOBILE]),  # as copied from an address book
            ("138\u200b0013\u200b8000", [MOBILE]),
            ("+49 30 1234567 8 servers", ["+49301234567"]),
        ],
    )
    def test_several_numbers_and_figures_around(self, text: str, expected: list[str]) -> None:
        assert values(find_phones(text)) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "没有电话",
            # case numbers
            "SR20260312-7K2M",
            "case sr20260312-13800138000",
            "SR20260312-1380",
            # dates and times
            "2026-03-12",
            "2026年3月12日",
            "12/03/2026 10:30:00",
            "2026-03-12 18:00:00",
            # orders and other numbers with a name
            "订单号13800138000",
            "订单号：20260312001234",
            "工单编号是 13800138000",
            "发票号码：4001234567",
            "order number 13800138000",
            "PO 4500012345",
            "PO-13800138000",
            "我的PO 13800138000",
            "A13800138000",
            "110101199003078888",
            "6222021234567890123",
            "1710209999999",
            "2161234567",
            # prices and quantities
            "¥13800138000",
            "￥ 13800138000",
            "RMB 13800138000",
            "13800138000元",
            "13800138000 USD",
            "13,800,138,000",
            "1.3800138000",
            "13800138000.00",
            # addresses
            "192.168.1.100",
            "139.196.123.45",
            "13800138000@qq.com",
            "lilei.13800138000@qq.com",
            "https://x.example.com/13800138000",
            # versions, errors, identifiers
            "9.2.23034.00169",
            "18.0.12345.678",
            "0x80040216",
            "0x8004021680",
            "-2147220970",
            "错误代码：4001234567",
            "8f2d1c3a-1380-4138-a001-138001380000",
            # no numbers of anyone
            "10086",
            "1380013800",
            "138001380001",
            "12345678901",
            "+86 12345",
            "+999 12345678",
            "021-612345",
            "021\n61234567",
            "+1 650-253-0000-12",
        ],
    )
    def test_what_is_no_telephone_number(self, text: str) -> None:
        assert find_phones(text) == []
        assert find_phones(f"你好 {text} 谢谢") == []


class TestParsePhone:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("13800138000", MOBILE),
            ("我的电话是 138 0013 8000 哦", MOBILE),
            ("it's 13800138000", MOBILE),
            ("1 3 8 0 0 1 3 8 0 0 0", MOBILE),
            ("0 0 1 6 5 0 2 5 3 0 0 0 0", "+16502530000"),
            ("138,0013,8000", MOBILE),
            ("13800138000ok", MOBILE),
            ("21-61234567", LANDLINE),
            ("21 61234567 转 8001", EXTENSION),
            ("021-61234567转8001", EXTENSION),
            ("+86 21 6123 4567", LANDLINE),
            ("+1 650 253 0000", "+16502530000"),
            ("13800138000 or 13900139000", MOBILE),
        ],
    )
    def test_answers(self, text: str, value: str) -> None:
        assert parse_phone(text) == value

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("", ContactProblem.NOT_A_NUMBER),
            ("不方便透露", ContactProblem.NOT_A_NUMBER),
            ("lilei@example.com", ContactProblem.NOT_A_NUMBER),
            ("13800138000@qq.com", ContactProblem.NOT_A_NUMBER),
            ("SR20260312-7K2M", ContactProblem.NOT_A_NUMBER),
            ("2026-03-12", ContactProblem.NOT_A_NUMBER),
            ("0x80040216", ContactProblem.NOT_A_NUMBER),
            ("1", ContactProblem.TOO_SHORT),
            ("1380013800", ContactProblem.TOO_SHORT),
            ("+86 1380013800", ContactProblem.TOO_SHORT),
            ("61234567", ContactProblem.TOO_SHORT),
            ("021-6123456", ContactProblem.TOO_SHORT),
            ("+1 650 253", ContactProblem.TOO_SHORT),
            ("001 650 253", ContactProblem.TOO_SHORT),
            ("0", ContactProblem.TOO_SHORT),
            ("138001380001", ContactProblem.TOO_LONG),
            ("021-612345678901", ContactProblem.TOO_LONG),
            ("+86 138001380001", ContactProblem.TOO_LONG),
            ("+1 650 253 00000", ContactProblem.TOO_LONG),
            ("1" * 300, ContactProblem.TOO_LONG),
            ("12345678901", ContactProblem.INVALID),
            ("+999 12345678", ContactProblem.INVALID),
            ("+1 111 111 1111", ContactProblem.INVALID),
        ],
    )
    def test_what_is_wrong(self, text: str, problem: ContactProblem) -> None:
        with pytest.raises(ContactError) as caught:
            parse_phone(text)
        assert caught.value.code is problem

    def test_the_error_does_not_repeat_what_the_customer_wrote(self) -> None:
        with pytest.raises(ContactError) as caught:
            parse_phone("1380013800")
        assert "1380" not in str(caught.value)


class TestMasks:
    @pytest.mark.parametrize(
        ("value", "masked"),
        [
            (MOBILE, "+86138****8000"),
            (LANDLINE, "+8621****4567"),
            (EXTENSION, "+8621****4567;ext=****"),
            ("+85221234567", "+852****4567"),
            ("+16502530000", "+165****0000"),
            ("13800138000", "***"),
            ("", "***"),
        ],
    )
    def test_phone(self, value: str, masked: str) -> None:
        assert mask_phone(value) == masked

    @pytest.mark.parametrize(
        ("value", "masked"),
        [
            ("lilei@example.com", "l***@example.com"),
            ("l@example.com", "***@example.com"),
            ("lilei", "***"),
            ("", "***"),
        ],
    )
    def test_email(self, value: str, masked: str) -> None:
        assert mask_email(value) == masked

    @pytest.mark.parametrize(
        ("value", "masked"),
        [
            ("李雷", "李*"),
            ("欧阳娜娜", "欧***"),
            ("Grace Hall", "G**** H***"),
            ("李", "*"),
            ("", ""),
            (" 李 雷 ", "* *"),
        ],
    )
    def test_name(self, value: str, masked: str) -> None:
        assert mask_name(value) == masked


# Text rich in what the patterns look for, so that near misses come up.
pieces = [
    "13800138000",
    "021-61234567",
    "a@example.com",
    "转8001",
    "+86 ",
    "0086",
    "-",
    " ",
    "(",
    ")",
    "㏂",
    "ﬁ",
    "１",
    "@",
]
rich = (
    st.text()
    | st.text(alphabet="0123456789+-() .@/:#x转ａ１（）＠㈱ﬁ½aSRz。\u200b\n\0\ud800")
    | st.lists(st.sampled_from(pieces)).map("".join)
)


class TestProperties:
    @given(rich)
    def test_any_text_can_be_searched(self, text: str) -> None:
        for find, parse in ((find_emails, parse_email), (find_phones, parse_phone)):
            end = 0
            for found in find(text):
                assert end <= found.start < found.end <= len(text)
                end = found.end
                assert parse(found.value) == found.value
                assert values(find(text[found.start : found.end])) == [found.value]

    @given(rich)
    def test_any_answer_gives_a_value_or_a_problem(self, text: str) -> None:
        for parse in (parse_email, parse_phone):
            try:
                value = parse(text)
            except ContactError as error:
                assert isinstance(error.code, ContactProblem)  # noqa: PT017
            else:
                assert parse(value) == value

    @given(st.from_regex(r"1[3-9][0-9]{9}|0[1-9][0-9]{9,10}|400[0-9]{7}", fullmatch=True))
    def test_a_chinese_number_is_found_however_it_is_formatted(self, digits: str) -> None:
        number = phonenumbers.parse(digits, "CN")
        assume(phonenumbers.is_valid_number(number))
        assume(not str(number.national_number).startswith("950"))  # service numbers, which nobody is called back on
        value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        for style in (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL):
            written = phonenumbers.format_number(number, style)
            text = f"我的电话{written}，谢谢"
            found = find_phones(text)
            assert (values(found), spans(text, found)) == ([value], [written])

    @given(
        st.text(alphabet="ab1_.-+", min_size=1, max_size=20).filter(lambda local: local[0] in "ab1_"),
        st.from_regex(r"([a-z][a-z0-9]{0,9}\.){1,3}(com|cn|net)", fullmatch=True),
    )
    @example("a", "example.com")
    def test_an_address_is_found_among_words(self, local: str, domain: str) -> None:
        assume(not local.endswith(".") and ".." not in local)
        text = f"邮箱：{local}@{domain}，谢谢"
        assert values(find_emails(text)) == [f"{local}@{domain}"]


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_numbers_of_every_region_are_found_in_international_writing(region: str) -> None:
    number = phonenumbers.example_number(region)
    assert number is not None
    value = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    for style in (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL):
        text = f"请打{phonenumbers.format_number(number, style)}。"
        assert values(find_phones(text)) == [value]


@pytest.mark.parametrize(
    "piece",
    [
        "1-",
        "a@",
        "a",
        "1",
        " ",
        "(",
        "@",
        "+1",
        "0x",
        "138-0013-8000-",
        "001-",
        "86 ",
        "1.",
        "https://",
        "SR20260312-",
        "a.",
    ],
)
def test_hostile_text_is_searched_to_the_end(piece: str) -> None:
    text = piece * (10_000 // len(piece)) + " lilei@example.com，13800138000。"
    assert values(find_emails(text))[-1:] == ["lilei@example.com"]
    assert values(find_phones(text))[-1:] == [MOBILE]
