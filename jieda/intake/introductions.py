"""Who somebody is and where they work, in answer to a question for details: "Tom Baker from Contoso"."""

from __future__ import annotations

import re

_LATIN_NAME = r"[A-Z][\w'’-]*(?:\s+[A-Z][\w'’.-]*){0,3}"
_HAN_NAME = r"[\u3400-\u9fff·]{2,4}"
_NAME = rf"(?P<name>{_LATIN_NAME}|{_HAN_NAME})"
_PERSON = re.compile(_NAME)
_LEAD_IN = re.compile(
    r"^(?:你好|您好|hi|hello)?[\s,，。!！]*"
    r"(?:(?:我|名字|姓名)(?:叫|是)[:：]?|(?:my name is|name is|i'?m|i am|this is|it'?s)\s)?\s*",
    re.IGNORECASE,
)
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
_TWO_WORDS = r"[A-Z][\w'’-]*\s+[A-Z][\w'’-]*"
_ENDS_LIKE_COMPANY = r"[A-Z][^,，。;；\n]*\s(?:Ltd|Limited|Inc|LLC|GmbH|Corp|Corporation|Company|Group)\.?"
_BOTH = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_NAME}\s+(?:from|at|of|with)\s+(?P<company>[^,，。;；\n]+)",
        rf"{_NAME}\s*[(（](?P<company>[^()（）]+)[)）]",
        rf"(?P<company>[^,，。;；\n的]{{2,30}})的(?P<name>{_HAN_NAME}|{_LATIN_NAME})",
        rf"(?P<name>{_TWO_WORDS})\s+(?P<company>{_ENDS_LIKE_COMPANY})",
        rf"(?P<company>[^,，。;；\n]+?)[\s,，;；、|/]+{_NAME}",
        rf"{_NAME}[\s,，;；、|/]+(?P<company>[^,，。;；\n]+)",
    )
)
_WORDED = 3
"""So many of the patterns say by a word or a sign which is the company; the others take a name that is surely one."""


def introduced(text: str) -> dict[str, str]:
    """`contact_name` and `company` of a text that gives both and nothing else; nothing where it is not sure."""
    said = _LEAD_IN.sub("", " ".join(text.split()), count=1).strip(" ，,。.;；、|/")
    for number, pattern in enumerate(_BOTH):
        match = pattern.fullmatch(said)
        if match is None:
            continue
        name, company = match["name"].strip(), match["company"].strip(" ，,。;；、|/")
        if not _PERSON.fullmatch(name) or _SURE_COMPANY.search(name) or _NO_NAME.match(name):
            continue
        if _SURE_COMPANY.search(company) or (number < _WORDED and company[:1].isupper()):
            return {"contact_name": name, "company": company}
    return {}
