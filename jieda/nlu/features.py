"""What the classifier sees of a text: characters, words, concepts and the sound of its Chinese.

A customer's own details are masked first: a name or a number says nothing of what they want.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path

import yaml
from pypinyin import lazy_pinyin

from jieda.nlu.entities import find_entities
from jieda.nlu.lexicon import Lexicon
from jieda.nlu.normaliser import MAX_LENGTH, is_han, normalise
from jieda.nlu.segments import segment

CONCEPTS = Path(__file__).resolve().parent.parent.parent / "data" / "nlu" / "lexicon" / "concepts.yml"

# Characters of the private use area, so that no customer writes them.
_MASKS = {
    "contact_email": "\ue001",
    "contact_phone": "\ue002",
    "contact_name": "\ue003",
    "company": "\ue004",
    "case_number": "\ue005",
}
# A mask and the words that say what is coming: they tell as little of what the customer wants.
_DETAIL = re.compile(
    r"(?:(?:我们?|联系)?(?:是|叫|在|来自|人)|(?:我的|联系)?(?:电话|手机|座机|邮箱|邮件|姓名|公司)|"
    r"\b(?:my|this|i am|i'm|we are|call|name|phone|mobile|tel|e-?mail|company|from|at|of|on)\b)?"
    r"(?:号码?|地址|名称?| number| address| me)?(?: is)?[ 是为:,.]*[\ue001-\ue005](?:的)?"
)


@dataclass(frozen=True)
class Text:
    """A text in the forms that features are made of; all but the first are words between blanks."""

    characters: str
    words: str
    concepts: str
    sounds: str


@functools.cache
def concept_lexicon() -> Lexicon:
    """The bilingual concepts of `data/nlu/lexicon/concepts.yml`. Raises LexiconError."""
    return Lexicon({"concept": yaml.safe_load(CONCEPTS.read_text(encoding="utf-8"))})


def read(text: str, masks: bool = True) -> Text:
    """The forms of a message as written; without `masks` nothing stands where the customer's own details were."""
    masked = _masked(text[:MAX_LENGTH])
    if not masks:
        masked = _DETAIL.sub(" ", masked)
    words = [word.text for word in segment(masked)]
    return Text(
        characters=masked,
        words=" ".join(words),
        concepts=" ".join(mention.value for mention in concept_lexicon().find(masked)),
        sounds=" ".join(lazy_pinyin("".join(filter(is_han, masked)))),
    )


def _masked(text: str) -> str:
    normalised = normalise(text)
    details = sorted((each for each in find_entities(text) if each.entity in _MASKS), key=lambda each: each.start)
    pieces, position = [], 0
    for each in details:
        if each.start >= position:
            pieces += [normalised[position : each.start], _MASKS[each.entity]]
            position = each.end
    return "".join([*pieces, normalised[position:]])
