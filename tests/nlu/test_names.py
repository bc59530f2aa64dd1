"""Names of persons and companies: taken where they are plainly said, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieda.nlu.names import Name, find_company, find_person


def value(text: str, found: Name | None) -> str | None:
    """The name, seen to be what stands in the text at its place."""
    if found is None:
        return None
    assert text[found.start : found.end] == found.value
    return found.value


class TestPersons:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("我叫李雷", "李雷"),
            ("我叫张伟。", "张伟"),
            ("你好，我叫王小明，销售模块打不开", "王小明"),
            ("我的名字是欧阳娜娜", "欧阳娜娜"),
            ("我的名字叫司马相如", "司马相如"),
            ("姓名：李雷", "李雷"),
            ("姓名 李雷 电话13800138000", "李雷"),
            ("联系人：王芳，手机13900139000", "王芳"),
            ("联系人是李雷，电话是021-61234567转8001", "李雷"),
            ("联系人改成王芳", "王芳"),
            ("名字改成韩梅梅", "韩梅梅"),
            ("我是张三", "张三"),
            ("你好，我是王芳，销售模块报错", "王芳"),
            ("我是李雷 电话13800138000", "李雷"),
            ("我是王芳（采购）", "王芳"),
            ("我是北京接答科技有限公司的王小明", "王小明"),
            ("我是上海贸易公司的李雷，电话13800138000", "李雷"),
            ("我们是第一人民医院的，我叫赵敏", "赵敏"),
            # Latin letters in a Chinese sentence
            ("我叫Grace", "Grace"),
            ("我叫Grace Hall 邮箱grace@contoso.com", "Grace Hall"),
            ("联系人：Li Lei", "Li Lei"),
            ("我是Contoso公司的Grace，邮箱grace@contoso.com", "Grace"),
            # traditional
            ("聯絡人是誰？我叫李雷", "李雷"),
            ("我叫張偉", "張偉"),
            ("我的名字是李雷吧", "李雷"),
            ("我叫李雷啊", "李雷"),
            ("您好我是李雷", "李雷"),
            ("聯繫人：張偉，電話13800138000", "張偉"),
            ("我是上海醫院的張偉。", "張偉"),
            ("我叫李雷我的电话是13800138000", "李雷"),
            ("我叫高山", "高山"),  # a word too, but said to be a name
            ("我是王经理", "王经理"),  # a surname alone is no name
        ],
    )
    def test_in_chinese(self, text: str, name: str) -> None:
        assert value(text, find_person(text)) == name

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("My name is Grace Hall", "Grace Hall"),
            ("my name's Grace.", "Grace"),
            ("Hi, my name is Li Lei and I can't log in", "Li Lei"),
            ("Name: Grace Hall", "Grace Hall"),
            ("Contact: Grace", "Grace"),
            ("contact person is Li Lei and phone is 13800138000", "Li Lei"),
            ("Contact name: Jean-Luc Picard", "Jean-Luc Picard"),
            ("this is Grace Hall from Contoso", "Grace Hall"),
            ("This is Li Lei with Contoso China", "Li Lei"),
            ("Hi, this is Bob from Fabrikam Inc, our system is down", "Bob"),
            ("I'm Alice of Northwind Traders, reach me at alice@northwind.com", "Alice"),
            ("I’m Alice of Northwind Traders", "Alice"),
            ("I am Li Lei, from Beijing", "Li Lei"),
            ("It's Grace here", "Grace"),
            ("my name is Ronald McDonald", "Ronald McDonald"),
            ("My name is McDonald", "McDonald"),
            ("my name's O'Brien", "O'Brien"),
            ("my name is Prakash I can't log in", "Prakash"),
            ("This is Grace Hall, we can't log in", "Grace Hall"),
            ("This is Bob, I can't log in", "Bob"),
        ],
    )
    def test_in_english(self, text: str, name: str) -> None:
        assert value(text, find_person(text)) == name

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "你好",
            "李雷",  # perhaps, but not plainly said
            "Grace Hall",
            "我叫什么",
            "我是用户",
            "我是安全管理员",
            "我是新来的",
            "我是财务",
            "我是想问一下发票",
            "我是从官网买的",
            "我是在用Sales的",
            "我是上海贸易公司的",
            "公司的账号登录不上",
            "我们公司的系统挂了",
            "公司的管理员登录不上",
            "银行的转账，",
            "请联系李经理",
            "李雷说系统挂了",
            "This is not working",
            "This is the Sales app from Microsoft",
            "It's Dynamics from Microsoft",
            "I am an admin",
            "I'm not from Contoso",
            "I'm Just asking, from here",
            "my name is on the invoice",
            "the contact is wrong",
            "contact us",
            "name of the app",
            "我是管理员",
            "我是某公司的管理员",
            "我是高管",
            "我是后台，前台进不去",
            "大学的时候，",
            "银行的单子。",
            "我是项目经理，",
            "我是顾问，",
            "我是高山",
            "联系人是管理员",
            "我是从别的供应商转过来的",
            "如果我是张伟",
            "国外分公司的Premier待遇",
            "It's Monday, are you open?",
            "This is China, right?",
            "It's Urgent, please help",
            "This is Contoso, we can't log in",
        ],
    )
    def test_what_is_none(self, text: str) -> None:
        assert find_person(text) is None


class TestCompanies:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("我是上海贸易公司的", "上海贸易公司"),
            ("我是北京接答科技有限公司的王小明", "北京接答科技有限公司"),
            ("我们是上海第一人民医院，客服模块用不了", "上海第一人民医院"),
            ("我在上海贸易公司", "上海贸易公司"),
            ("来自上海ABC公司", "上海ABC公司"),
            ("我来自上海贸易公司，叫李雷", "上海贸易公司"),
            ("就职于北京大学", "北京大学"),
            ("公司名称：北京科技有限公司", "北京科技有限公司"),
            ("公司是腾讯", "腾讯"),
            ("公司：Contoso", "Contoso"),
            ("我叫李雷，公司是上海贸易公司", "上海贸易公司"),
            ("我叫李雷公司是上海贸易公司", "上海贸易公司"),
            ("我叫Grace，公司是Contoso", "Contoso"),
            ("单位：北京大学", "北京大学"),
            ("我是Contoso公司的Grace", "Contoso公司"),
            ("我是来自上海贸易公司的李雷", "上海贸易公司"),
            ("我是在上海贸易公司", "上海贸易公司"),
            ("我是李雷我们公司叫上海贸易公司", "上海贸易公司"),
            ("公司叫做腾讯", "腾讯"),
            ("公司是美的集团", "美的集团"),  # 的 within a word
            ("公司名宁波远帆有限公司 联系人胡晓东", "宁波远帆有限公司"),
            ("我們是上海醫院的", "上海醫院"),
        ],
    )
    def test_in_chinese(self, text: str, name: str) -> None:
        assert value(text, find_company(text)) == name

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("this is Grace Hall from Contoso", "Contoso"),
            ("This is Grace Hall from Contoso Ltd.", "Contoso Ltd"),
            ("Hi, this is Bob from Fabrikam Inc, our system is down", "Fabrikam Inc"),
            ("I'm Alice of Northwind Traders, reach me at alice@northwind.com", "Northwind Traders"),
            ("I work for Contoso Ltd and we need help", "Contoso Ltd"),
            ("I work at 21Vianet Technology Group", "21Vianet Technology Group"),
            ("calling from Bank of Shanghai Holdings", "Bank of Shanghai Holdings"),
            ("Company: Contoso", "Contoso"),
            ("company name is Contoso China", "Contoso China"),
            ("company is Contoso China Ltd., phone 021-61234567", "Contoso China Ltd"),
            ("our company is Contoso Trading, Shanghai", "Contoso Trading"),
            ("We are Contoso", "Contoso"),
            ("we are Johnson & Johnson", "Johnson & Johnson"),
            ("We are Contoso Ltd. and need help", "Contoso Ltd"),
        ],
    )
    def test_in_english(self, text: str, name: str) -> None:
        assert value(text, find_company(text)) == name

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "上海贸易公司",  # perhaps, but not plainly said
            "Contoso",
            "我们公司登录不上",
            "我们公司的系统挂了",
            "我在公司登录不上",
            "我是一家科技公司的",
            "我们是贵公司的客户",
            "全公司都登录不上",
            "公司的账号登录不上",
            "We are not able to log in",
            "we are down",
            "We are Dynamics users",
            "our company is small",
            "I can't log in from home",
            "This is not from Contoso",
            "I am Li Lei, from Beijing",
            "公司是不是有优惠",
            "公司是做外贸的",
            "We are 20 users",
            "We are IT admins",
            "we are 80 now, want 60",
            "we are Premier",
            "我是做集成的小公司",
            "我们是外企在苏州的分公司",
            "许可的最小购买单位是一个还是五个一包",
            "公司改名了，现在叫启明科技",
            "挂到公司名下合肥云帆科技",
        ],
    )
    def test_what_is_none(self, text: str) -> None:
        assert find_company(text) is None


plain = (
    st.text(alphabet="我叫是公司的李雷王芳张伟管理员贸易，。： \n")
    | st.text(alphabet="thisIamfromLGrace,.' &0")
    | st.text()
)


class TestProperties:
    @given(plain)
    def test_a_name_stands_at_its_place_and_is_not_blank(self, text: str) -> None:
        for find in (find_person, find_company):
            found = value(text, find(text))
            assert found is None or found.strip()

    @given(
        st.sampled_from(["李雷", "王小明", "欧阳娜娜", "Grace", "Li Lei"]),
        st.sampled_from(["", "你好，", "😀 ", "ﬁ\n"]),
    )
    def test_what_stands_before_does_not_matter(self, name: str, before: str) -> None:
        text = f"{before}我叫{name}，电话13800138000"
        assert value(text, find_person(text)) == name


@pytest.mark.parametrize(
    "piece", ["我是", "公司", "我是公司", "Aa ", "I'm Aa ", "from A ", "we are A of ", "公司名称是", "A" * 50, "(", "·"]
)
def test_hostile_text_is_searched_to_the_end(piece: str) -> None:
    text = piece * (2_000 // len(piece)) + "，我叫李雷，单位：北京大学"
    assert value(text, find_person(text)) is not None
    assert value(text, find_company(text)) is not None
