"""Names of persons and companies, where a customer says them plainly, in Chinese or English."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SURNAMES = (
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|"
    "[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺"
    "倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季"
    "麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪干解应宗丁宣邓单杭洪包诸左石崔吉龚程邢裴陆荣翁荀羊惠甄曲封"
    "储靳段焦巴牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶黎薄印宿白怀蒲从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双"
    "闻莘党翟谭贡劳姬申扶堵冉宰雍璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习艾容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄"
    "阙东殳沃利蔚越夔隆师巩聂晁勾敖融冷辛阚那简饶空曾沙养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖涂岳帅缑亢况有琴]"
)
_PERSON_ZH = rf"(?:{_SURNAMES})[\u4e00-\u9fff]{{1,2}}"
_PERSON_EN = r"[A-Z][a-z'’]+(?:[ \-][A-Z][a-zA-Z'’.]*){0,3}"
_PERSON_END = r"(?=$|[\s,，。.;；、!！?？）)（(:：\d+]|电话|手机|邮箱|联系|，|是|的电话|先生|女士|经理|老师|小姐)"
_COMPANY_TAIL_ZH = r"(?:公司|集团|厂|医院|学校|大学|事务所|银行|中心|科技|贸易)"
_COMPANY_ZH = rf"[\u4e00-\u9fffA-Za-z0-9（）()·&]{{2,30}}?{_COMPANY_TAIL_ZH}"
_COMPANY_WORD_EN = r"[A-Z0-9][\w&.'’\-]*"
_COMPANY_EN = rf"{_COMPANY_WORD_EN}(?: (?:of |and |& |the )?{_COMPANY_WORD_EN}){{0,5}}"

_COMPANY_TAIL_EN = r"(?:Ltd|Limited|Inc|LLC|GmbH|Corp|Corporation|Co|Company|Group|Trading|Technolog(?:y|ies)|Holdings)"

_PERSON_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:我叫|我的名字叫|我的名字是|名字是|姓名[是:：]?\s*|联系人[是:：叫]?\s*|联系人改成|名字改成|名字叫)\s*(?P<name>{_PERSON_ZH}){_PERSON_END}",
        rf"(?:我叫|名字是|姓名[是:：]?|联系人[是:：]?)\s*(?P<name>{_PERSON_EN})",
        rf"(?:公司|集团|中心|医院|厂|银行|大学)的(?P<name>{_PERSON_ZH}){_PERSON_END}",
        rf"(?:公司|集团|中心|医院|厂|银行|大学)的(?P<name>{_PERSON_EN})",
        rf"(?:^|[，,。\s])我是(?P<name>{_PERSON_ZH}){_PERSON_END}",
        rf"\b(?:[Mm]y name(?: is|'s)|[Nn]ame\s*[:：]|[Cc]ontact(?: name| person)?(?: is|\s*[:：]))\s*"
        rf"(?P<name>{_PERSON_EN})",
        rf"\b(?:[Tt]his is|[Ii]t(?: i|['’])s|I(?: a|['’])m)\s+"
        rf"(?P<name>{_PERSON_EN})(?=\s+(?:from|at|of|with|here)\b|,)",
    )
)
_COMPANY_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:我们?是|我在|来自|就职于|我们公司[是叫:：]*|公司名称[是:：]?|公司名[是:：]?|公司[是叫:：]+|单位[是:：]+)\s*(?P<name>{_COMPANY_ZH})(?=的|$|[\s,，。;；、!！]|这边)",
        r"(?:公司名称|公司名|公司|单位)(?:写错了|错了|不对)?[，,\s]*(?:应该|其实)?[是叫为:：]+\s*(?P<name>[^\s,，。;；、!！?？]{2,30})(?=$|[,，。;；、!！])",
        rf"\b(?:from|at|with|work for|working for|work at)\s+(?P<name>{_COMPANY_EN} {_COMPANY_TAIL_EN}\b\.?)",
        rf"\b(?:[Tt]his is|I'm|I’m|I am)\s+{_PERSON_EN}\s+(?:from|at|of|with)\s+(?P<name>{_COMPANY_EN})",
        rf"\b(?:[Cc]ompany(?: name)?(?: is|'s|\s*[:：])|[Ww]e are|[Oo]ur company is)\s*(?P<name>{_COMPANY_EN})",
    )
)
_NOT_COMPANIES = re.compile(r"^(?:我们?|你们?|贵|本|[一这那哪每]家|别的|其他|什么|Dynamics|Microsoft|Monday|China)")
_NOT_PERSONS = re.compile(r"^(?:Dynamics|Microsoft|Sales|Customer|Field|Marketing|Project|Not|The|Just|Only)\b")
_TITLES = re.compile(r"(?:经理|先生|女士|小姐|老师|工程师|总监)$")


@dataclass(frozen=True)
class Name:
    value: str
    start: int
    end: int


def find_person(text: str) -> Name | None:
    """The customer's name, where the message gives it plainly ("我叫…", "…公司的…", "this is … from …")."""
    return _first(text, _PERSON_PATTERNS, _NOT_PERSONS)


def find_company(text: str) -> Name | None:
    """The customer's company, where the message gives it plainly."""
    return _first(text, _COMPANY_PATTERNS, _NOT_COMPANIES)


def _first(text: str, patterns: tuple[re.Pattern[str], ...], refused: re.Pattern[str]) -> Name | None:
    for pattern in patterns:
        match = pattern.search(text)
        if match is None:
            continue
        value = _TITLES.sub("", match["name"].strip(" .，,"))
        if value and not refused.match(value):
            return Name(value, match.start("name"), match.start("name") + len(value))
    return None
