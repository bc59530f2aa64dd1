"""How a text looks: capitals, full-width characters, punctuation and blanks. Its words stay what they are."""

from __future__ import annotations

import random
import re
import unicodedata

from jieda.nlu.noise.places import latin_words
from jieda.nlu.normaliser import is_han

_HAN = "\u3400-\u9fff\uf900-\ufaff"
_BORDER = re.compile(f"(?<=[{_HAN}]) *(?=[A-Za-z0-9])|(?<=[A-Za-z0-9]) *(?=[{_HAN}])")
_IDEOGRAPHIC = {",": "，", "?": "？", "!": "！", ":": "：", ";": "；", "(": "（", ")": "）"}
_HALF_WIDTH = re.compile(r"[?!;()]|[,:](?![0-9/])")
_BLANK_BEHIND = re.compile(r"(?<=[，？！：；。）]) +")
_FULL_STOP = re.compile(r"\.(?=\s|$)")
_TO_FULL_WIDTH = 0xFEE0
# They say something of the word they stand at: F&O, C#, 50%, user_name, @manager.
_NO_PUNCTUATION = frozenset("&#%_@*")
_APOSTROPHES = frozenset("'’")


def full_width(text: str, rng: random.Random) -> str:
    """Letters, digits and punctuation, or only some of them, as an input method in full-width mode writes them."""

    def widened(is_meant: str) -> str:
        return "".join(chr(ord(each) + _TO_FULL_WIDTH) if _kind(each) in is_meant else each for each in text)

    ideographic = _FULL_STOP.sub("。", _HALF_WIDTH.sub(lambda sign: _IDEOGRAPHIC[sign[0]], text))
    close = _BLANK_BEHIND.sub("", ideographic)
    wide = widened("d"), widened("ld"), widened("ldp").replace(" ", "\u3000")
    return _one_other((ideographic, close, *wide), text, rng)


def casing(text: str, rng: random.Random) -> str:
    """All capitals, none, Each Word With One, or caps lock on for a while."""
    start, end = _stretch(text, rng)
    locked = text[:start] + text[start:end].swapcase() + text[end:]
    titled = re.sub(r"[A-Za-z]+(?:['’][A-Za-z]+)*", lambda word: word[0][0].upper() + word[0][1:], text)
    return _one_other((_cased(text, upper=True), _cased(text, upper=False), titled, locked), text, rng)


def no_punctuation(text: str, rng: random.Random) -> str:
    """No punctuation at all, as voice input gives it; between Chinese nothing or a blank is left in its place."""
    blank = " " if rng.random() < 0.4 else ""
    pieces: list[str] = []
    for i, character in enumerate(text):
        if not _is_punctuation(character) or _within_number(text, i):
            pieces.append(character)
        elif character not in _APOSTROPHES or not text[i - 1 : i].isalpha():
            beside_han = is_han(text[i - 1 : i] or "。") and is_han(text[i + 1 : i + 2] or "。")
            pieces.append(blank if beside_han else " ")
    bare = re.sub(" {2,}", " ", "".join(pieces)).strip(" ")
    return bare if bare.strip() and bare != text else text


def spaces_at_borders(text: str, rng: random.Random) -> str:
    """Blanks between Chinese and Latin letters or digits: put in, left out, or here and there."""
    some = _BORDER.sub(lambda _: rng.choice(("", " ")), text)
    return _one_other((_BORDER.sub("", text), _BORDER.sub(" ", text), some), text, rng)


def _one_other(variants: tuple[str, ...], text: str, rng: random.Random) -> str:
    others = [variant for variant in variants if variant != text]
    return rng.choice(others) if others else text


def _kind(character: str) -> str:
    """l: letter, d: digit, p: punctuation, each in ASCII; blank for the rest."""
    if not "!" <= character <= "~":
        return " "
    return "l" if character.isalpha() else "d" if character.isdigit() else "p"


def _cased(text: str, upper: bool) -> str:
    # Only ASCII: "ß" has two capitals, and a text of another script is not what this is about.
    return "".join((each.upper() if upper else each.lower()) if each.isascii() else each for each in text)


def _stretch(text: str, rng: random.Random) -> tuple[int, int]:
    """From the start of some word to the end of it or of a later one."""
    words = latin_words(text)
    if not words:
        return 0, 0
    first, last = sorted(rng.choices(range(len(words)), k=2))
    return words[first].start(), words[last].end()


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character).startswith("P") and character not in _NO_PUNCTUATION


def _within_number(text: str, place: int) -> bool:
    return text[place] in ".,:/-" and text[place - 1 : place].isdigit() and text[place + 1 : place + 2].isdigit()
