"""What the classifier sees of a text: characters, words, concepts, pairs of concepts and sounds.

A customer's own details are masked first: a name or a number says nothing of what they want. Chinese written in pinyin
becomes characters.
"""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from jieda.nlu.entities import find_entities
from jieda.nlu.lexicon import Lexicon, phrases_of_values
from jieda.nlu.normaliser import MAX_LENGTH, normalise
from jieda.nlu.pinyin import InputMethod, sound_of
from jieda.nlu.segments import segment, word_frequencies

CONCEPTS = Path(__file__).resolve().parent.parent.parent / "data" / "nlu" / "lexicon" / "concepts"
_PAIRED = 14
"""Concepts of a text that are paired with each other; a long story has no end of pairs."""

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
    """A text in the forms that features are made of; all but the first are words between blanks.

    `pairs` are concepts that stand in one text, wherever: "cannot" and "sign in" say more together.
    """

    characters: str
    words: str
    concepts: str
    pairs: str
    sounds: str
    vector: tuple[float, ...] = ()
    """A sentence embedding, where the pipeline makes one (docs/embeddings.md)."""


@functools.cache
def concept_phrases() -> dict[str, list[str]]:
    """The bilingual concepts of `data/nlu/lexicon/concepts/`, a file per theme. Raises LexiconError."""
    return phrases_of_values(sorted(CONCEPTS.glob("*.yml")))


@functools.cache
def concept_lexicon() -> Lexicon:
    """Finds concepts. Raises LexiconError."""
    return Lexicon({"concept": concept_phrases()})


@functools.cache
def input_method() -> InputMethod:
    """Makes characters of pinyin. Raises LexiconError."""
    return InputMethod(word_frequencies(), itertools.chain.from_iterable(concept_phrases().values()))


def read(text: str, masks: bool = True) -> Text:
    """The forms of a message as written; without `masks` nothing stands where the customer's own details were."""
    masked = _masked(text[:MAX_LENGTH])
    if not masks:
        masked = _DETAIL.sub(" ", masked)
    masked = input_method().restored(masked)
    words = [word.text for word in segment(masked)]
    concepts = [mention.value for mention in concept_lexicon().find(masked)]
    different = sorted(list(dict.fromkeys(concepts))[:_PAIRED])
    return Text(
        characters=masked,
        words=" ".join(words),
        concepts=" ".join(concepts),
        pairs=" ".join("+".join(pair) for pair in itertools.combinations(different, 2)),
        sounds=sound_of(masked),
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
