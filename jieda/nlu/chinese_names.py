"""What a Chinese person's name looks like: a surname and one or two characters, and no ordinary word.

Surnames are those of the Hundred Family Surnames and the common ones beside it. All text here is normalised.
"""

from __future__ import annotations

import functools
import re

import jieba

_COMPOUND_SURNAMES = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯"
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺"
    "倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季"
    "麻强贾路娄危江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪干解应宗丁宣邓单杭洪包诸左石崔吉龚程邢裴陆荣翁荀羊惠甄曲封"
    "储靳段焦巴牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶黎薄印宿白怀蒲从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍双"
    "闻莘党翟谭贡劳姬申扶堵冉宰雍璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习艾容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广禄"
    "阙东殳沃利蔚越夔隆师巩聂晁勾敖融冷辛阚那简饶空曾沙养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖涂岳帅缑亢况有琴"
)
_PARTICLES = "吧啊呀呢哦哈啦嘛哟吗"
_GIVEN = rf"(?![{_PARTICLES}了的我你您是不没])[\u4e00-\u9fff]"
_SHAPE = rf"(?:{_COMPOUND_SURNAMES}|[{''.join(sorted(_SURNAMES))}])(?:{_GIVEN}){{1,2}}"
_NAME = re.compile(_SHAPE)
_NAME_AND_END = re.compile(
    rf"(?P<name>{_SHAPE})"
    rf"(?=$|[\s,，。.;；、!！?？）)（(:：\d+{_PARTICLES}我你您是]|的?电话|手机|邮箱|联系|公司|单位|先生|女士|经理|老师|小姐)"
)
_LONGEST_WITH_END = 8
_TITLE = re.compile(r"(?:经理|先生|女士|小姐|老师|工程师|总监)$")
# No given name ends so; roles do (管理员, 操作员, 高管, 主管).
_ROLE = re.compile(r"[员管]$")
_COMMON = 1_000
"""Occurrences in jieba's dictionary from which a word tagged as a name is no customer's (顾问, 师傅 are so tagged)."""


def is_surname(normalised: str) -> bool:
    """Whether one character is a surname."""
    return normalised in _SURNAMES


def is_person_name(normalised: str) -> bool:
    """Whether a text has the form of a person's name, and is nothing else."""
    return _NAME.fullmatch(normalised) is not None and not _is_other_word(normalised)


def person_name_at_start(normalised: str, *, plainly: bool) -> str | None:
    """The name that a text begins with, without a title behind a whole name.

    `plainly`: it was said that a name comes, so that one that is an ordinary word too (高山) is taken.
    """
    match = _NAME_AND_END.match(normalised[:_LONGEST_WITH_END])
    if match is None:
        return None
    untitled = _TITLE.sub("", match["name"])
    name = untitled if len(untitled) > 1 else match["name"]
    if _ROLE.search(name) or (not plainly and _is_other_word(name)):
        return None
    return name


def _is_other_word(name: str) -> bool:
    return _ROLE.search(name) is not None or name in _ordinary_words()


@functools.cache
def _ordinary_words() -> frozenset[str]:
    """The words of jieba's dictionary that begin like a name and are none."""
    words = set()
    with jieba.Tokenizer().get_dict_file() as lines:
        for line in lines:
            word, occurrences, tag = line.decode("utf-8").split()
            named = tag.startswith("nr") and int(occurrences) < _COMMON
            if 2 <= len(word) <= 3 and word[0] in _SURNAMES and not named:
                words.add(word)
    return frozenset(words)
