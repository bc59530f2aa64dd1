"""Whether a message is written as its folder says: Chinese, English, or both in one message.

Chinese may be written in pinyin, and names of products and the customer's own details belong to either language.
"""

from __future__ import annotations

import functools
import re

from pypinyin.contrib.tone_convert import to_normal
from pypinyin.pinyin_dict import pinyin_dict

from jieda.intents import OUT_OF_SCOPE
from jieda.nlu.corpus import LabelledMessage
from jieda.nlu.normaliser import is_han, normalise

_ADDRESS = re.compile(r"\w+(?:[@.]\w+)+", re.ASCII)
_WORD = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2,}(?![A-Za-z0-9])")
_NAME = re.compile(r"[A-Z]")  # as product names begin, and abbreviations


def wrong_language(message: LabelledMessage) -> str | None:
    """What speaks against a message being in its language, or None."""
    han = sum(map(is_han, message.text))
    if message.language == "en":
        return "Chinese characters in an English message; move it to mixed" if han else None
    if message.language == "mixed":
        both = han and re.search("[a-z]", normalise(message.text))
        return None if both else "A mixed message has both Chinese characters and Latin words; move it to zh or en"
    words = _words(message)
    # A single word out of scope may be mere noise on the keyboard.
    if message.intent == OUT_OF_SCOPE and not han and len(message.text.split()) == 1:
        return None
    # As many English words as Chinese characters is a mixed message, or an English one with a name in it.
    pinyin = sum(_is_pinyin(word) for word in words)
    if han + pinyin >= len(words) - pinyin:
        return None
    return "More English words than Chinese characters or pinyin; move it to mixed or en"


def _words(message: LabelledMessage) -> list[str]:
    """The Latin words that are no name, address or annotated detail."""
    characters = list(message.text)
    for span in message.entities:
        characters[span.start : span.end] = " " * (span.end - span.start)
    return [word for word in _WORD.findall(_ADDRESS.sub(" ", "".join(characters))) if not _NAME.match(word)]


def _is_pinyin(word: str) -> bool:
    return _syllables().fullmatch(word) is not None


@functools.cache
def _syllables() -> re.Pattern[str]:
    """One or more syllables of Mandarin without tones, written together."""
    sounds = {to_normal(sound) for sounds in pinyin_dict.values() for sound in sounds.split(",")}
    written = sorted((sound for sound in sounds if re.fullmatch("[a-z]*[aeiouv][a-z]*", sound)), reverse=True)
    return re.compile(f"(?:{'|'.join(written)})+")
