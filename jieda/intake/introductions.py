"""Who somebody is and where they work, in answer to a question for details: "Tom Baker from Contoso"."""

from __future__ import annotations

import re

_LATIN_NAME = r"[A-Z][\w'’-]*(?:\s+[A-Z][\w'’.-]*){0,3}"
_HAN_NAME = r"[\u3400-\u9fff·]{2,4}"
_NAME = rf"(?P<name>{_LATIN_NAME}|{_HAN_NAME})"
_PERSON = re.compile(_NAME)
_LEAD_IN = re.compile(
    r"^(?:你好|您好|hi|hello)?[\s,，。!！]*"
    r"(?:(?:我的|我|名字|姓名)\s*(?:叫|是)[:：]?|(?:(?:my )?(?:name )?is|i'?m|i am|this is|it'?s)\s)?\s*",
    re.IGNORECASE,
)
_OF_COMPANY = re.compile(
    r"^(?:公司|单位)?(?:名称?|名字)?\s*(?:是|叫|为|[:：]|(?:the |my |our )?(?:company )?(?:name )?is\s)\s*",
    re.IGNORECASE,
)
"""What leads in a company behind a name: "李雷，公司是Contoso"."""
_SURE_COMPANY = re.compile(
    r"公司|集团|集團|科技|贸易|貿易|银行|銀行|医院|醫院|大学|大學|学校|中心|厂$|廠$|事务所|"
    r"\b(?:Ltd|Limited|Inc|LLC|GmbH|Corp|Corporation|Co|Company|Group|Trading|Technolog(?:y|ies)|Holdings|Foods)\b",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?:no|yes|ok|okay|sorry|hi|hello|the|my|our|we|it|this|that|not|company|phone|mail|please|thanks)\b"
    r"|[我你您他她们]|公司|电话|邮箱|姓名|名字|不是|不对|没问题|同意|可以|谢谢|好的|是的|请",
    re.IGNORECASE,
)
_NAME_FIRST = re.compile(
    r"(?P<name>[A-Z][\w'’-]*\s+[A-Z][\w'’-]*)\s+"
    r"(?P<company>[A-Z][^,，。;；\n]*\s(?:Ltd|Limited|Inc|LLC|GmbH|Corp|Corporation|Company|Group)\.?)"
)
"""A first and a last name, then a company, with nothing between: sure only where both are told in a list."""
_BOTH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_NAME}\s+(?:from|at|of|with)\s+(?P<company>[^,，。;；\n]+)",
        rf"{_NAME}\s*[(（](?P<company>[^()（）]+)[)）]",
        rf"(?P<company>[^,，。;；\n的]{{2,30}})的(?P<name>{_HAN_NAME}|{_LATIN_NAME})",
        rf"(?P<company>[^,，。;；\n]+?)[\s,，;；、|/]+{_NAME}",
        rf"{_NAME}[\s,，;；、|/]+(?P<company>[^,，。;；\n]+)",
    )
)
_WORDED = 3
"""So many of the patterns say by a word or a sign which is the company; the others take a name that is surely one."""


def introduced(text: str, *, name_first: bool = False) -> dict[str, str]:
    """`contact_name` and `company` of a text that gives both and nothing else; nothing where it is not sure.

    `name_first`: the text begins with the name, so that it needs no sign where the company begins.
    """
    said = _LEAD_IN.sub("", " ".join(text.split()), count=1).strip(" ，,。.;；、|/")
    if name_first and (match := _NAME_FIRST.fullmatch(said)) and not _SURE_COMPANY.search(match["name"]):
        return {"contact_name": match["name"], "company": match["company"]}
    for number, pattern in enumerate(_BOTH):
        match = pattern.fullmatch(said)
        if match is None:
            continue
        name, company = match["name"].strip(), match["company"].strip(" ，,。;；、|/")
        company = _OF_COMPANY.sub("", company)
        if not _PERSON.fullmatch(name) or _SURE_COMPANY.search(name) or _NO_NAME.match(name):
            continue
        if _SURE_COMPANY.fullmatch(company.rstrip(".")):
            # The end of a company's name, of which the beginning reads like a person's.
            continue
        if _SURE_COMPANY.search(company) or (number < _WORDED and company[:1].isupper()):
            return {"contact_name": name, "company": company}
    return {}
