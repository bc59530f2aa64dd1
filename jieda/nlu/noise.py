"""The slips that customers' messages come with, as functions of a text and a source of chance.

They widen the training data and make the robustness table of the evaluation. A slip never touches e-mail addresses,
telephone numbers, case numbers and links, leaves the text alone where it has nothing to work on, and is the same for
the same `random.Random`. Words come from `data/nlu/lexicon/noise.yml`.
"""

from __future__ import annotations

import functools
import itertools
import random
import re
import string
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import jieba
import yaml
from opencc import OpenCC
from pydantic import Extra, ValidationError, parse_obj_as
from pydantic.dataclasses import dataclass as checked_dataclass
from pypinyin import lazy_pinyin

from jieda.contact import find_emails, find_phones
from jieda.nlu.lexicon import LexiconError
from jieda.nlu.normaliser import is_han
from jieda.nlu.segments import Segment, segment
from jieda.policy import Language

NOISE = Path(__file__).resolve().parent.parent.parent / "data" / "nlu" / "lexicon" / "noise.yml"

Slip = Callable[[str, random.Random], str]


@dataclass(frozen=True)
class Perturbation:
    """A kind of slip and the languages of the texts it happens in."""

    name: str
    languages: frozenset[Language]
    apply: Slip


# --- Words


class _Strict:
    extra = Extra.forbid
    min_anystr_length = 1


_table = checked_dataclass(frozen=True, config=_Strict)


@_table
class Particles:
    """What is put before and behind a message."""

    start: tuple[str, ...]
    end: tuple[str, ...]


@_table
class ProductNames:
    """What a product is called in each language."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


@_table
class NoiseTables:
    """The words of `noise.yml`; its comments say what each table is."""

    likely_homophones: Mapping[str, tuple[str, ...]]
    contractions: Mapping[str, str]
    abbreviations: Mapping[str, tuple[str, ...]]
    particles: Mapping[Language, Particles]
    product_names: Mapping[str, ProductNames]
    too_common: frozenset[str]


def load_tables(file: Path = NOISE) -> NoiseTables:
    """Reads and checks the file. Raises LexiconError."""
    try:
        return parse_obj_as(NoiseTables, yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise LexiconError(f"{file}: {error}") from error


@functools.cache
def tables() -> NoiseTables:
    """The tables of `data/nlu/lexicon/noise.yml`, read once in a process. Raises LexiconError."""
    return load_tables()


def _finder(phrases: Iterable[str], flags: int = re.ASCII | re.IGNORECASE) -> re.Pattern[str]:
    """Finds the longest of the phrases; Latin ones only as whole words."""
    return re.compile("|".join(map(_whole_word, sorted(phrases, key=len, reverse=True))), flags)


def _whole_word(phrase: str) -> str:
    before = r"(?<![A-Za-z0-9'’])" if phrase[0].isascii() else ""
    behind = r"(?![A-Za-z0-9'’])" if phrase[-1].isascii() else ""
    return before + re.escape(phrase).replace("'", "['’]") + behind


def _key(found: str) -> str:
    return found.lower().replace("’", "'")


def _cased_like(model: str, written: str) -> str:
    if len(model) > 1 and model.isupper():
        return written.upper()
    return written[0].upper() + written[1:] if model[0].isupper() else written


# --- What may be changed

_VERBATIM = re.compile(
    r"(?<![0-9a-z])SR ?[0-9]{8}(?:-[0-9a-z]*)?"  # case number
    r"|(?:https?://|www\.)[!-~]+"
    r"|(?<![0-9a-z.@-])(?:[0-9a-z-]+\.)+(?:com|cn|net|org)(?![0-9a-z])(?:/[!-~]*)?",  # link without its scheme
    re.ASCII | re.IGNORECASE,
)
_BLOT = "\0"
_SURROGATE = re.compile("[\ud800-\udfff]")
_HAN = "\u3400-\u9fff\uf900-\ufaff"


def _kept(text: str) -> list[tuple[int, int]]:
    """The spans that stay as they are written, in order."""
    details = ((each.start, each.end) for each in (*find_emails(text), *find_phones(text)))
    return sorted((*details, *(match.span() for match in _VERBATIM.finditer(text))))


def _open(text: str) -> str:
    """The text as far as it may be changed, the rest blotted out; every character in its place.

    Lone surrogates are blotted out as well: jieba, spaCy and OpenCC refuse them.
    """
    for start, end in _kept(text):
        text = text[:start] + _BLOT * (end - start) + text[end:]
    return _SURROGATE.sub(_BLOT, text)


def _careful(slip: Slip) -> Slip:
    """The slip, taken back where it would leave nothing or change what must stay."""

    @functools.wraps(slip)
    def apply(text: str, rng: random.Random) -> str:
        result = slip(text, rng)
        if not result.strip() or _kept_texts(result) != _kept_texts(text):
            return text
        return result

    return apply


def _kept_texts(text: str) -> list[str]:
    return [text[start:end] for start, end in _kept(text)]


def _languages(text: str) -> frozenset[Language]:
    """The languages whose letters are in what may be changed."""
    free = _open(text)
    found = {Language.ZH: any(map(is_han, free)), Language.EN: re.search("[A-Za-z]", free) is not None}
    return frozenset(language for language, there in found.items() if there)


@dataclass(frozen=True)
class _Edit:
    """`text[start:end]` is to be `written`."""

    start: int
    end: int
    written: str


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.written + text[edit.end :]
    return text


def _one_of(text: str, edits: Sequence[_Edit], rng: random.Random) -> str:
    return _edited(text, [rng.choice(edits)]) if edits else text


def _each(pattern: str | re.Pattern[str], text: str, write: Callable[[str], str]) -> list[_Edit]:
    """An edit for every match of the pattern in what may be changed."""
    return [_Edit(*match.span(), write(match[0])) for match in re.finditer(pattern, _open(text))]


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _joined(left: str, right: str, blank: str) -> str:
    """Two pieces of a text: one blank between Latin words, none between Han, `blank` between the one and the other."""
    near, far = left.rstrip(" ")[-1:], right.lstrip(" ")[:1]
    if not all(character and (is_han(character) or _is_latin(character)) for character in (near, far)):
        return left + right
    if is_han(near) == is_han(far):
        blank = "" if is_han(near) else " "
    return left.rstrip(" ") + blank + right.lstrip(" ")


# --- Chinese by its sound


@functools.cache
def common_characters() -> Mapping[str, str]:
    """The 3,755 common characters (GB 2312, level 1) by their pinyin without tone, the most frequent first."""
    frequencies = _frequencies()
    by_sound: dict[str, str] = {}
    for character in sorted(_level_1(), key=lambda each: -frequencies.get(each, 0)):
        sound = _pinyin(character)[0]
        by_sound[sound] = by_sound.get(sound, "") + character
    return by_sound


def _level_1() -> str:
    rows = (bytes((row, cell)) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    return b"".join(code for code in rows if code <= b"\xd7\xf9").decode("gb2312")


def _frequencies() -> Mapping[str, int]:
    """How often each character is a word by itself, by jieba's dictionary."""
    with jieba.dt.get_dict_file() as dictionary:
        entries = (line.decode("utf-8").split() for line in dictionary)
        return {word: int(frequency) for word, frequency, *_ in entries if len(word) == 1}


def _pinyin(word: str) -> list[str]:
    """The sound of each character in that word; without a sound for all of them the characters themselves."""
    sounds = list(lazy_pinyin(word))
    return sounds if len(sounds) == len(word) else list(word)


def _chinese_words(text: str) -> Iterator[Segment]:
    return (word for word in segment(_open(text)) if all(map(is_han, word.text)))


@functools.cache
def _likely_homophones() -> re.Pattern[str]:
    return _finder(tables().likely_homophones)


def _homophone(text: str, rng: random.Random) -> str:
    """One or two words or characters (one in a short text) that sound alike; likely slips before others."""
    wanted = rng.choice((1, 2)) if len(_han_at(_open(text))) > 5 else 1
    likely = _each(_likely_homophones(), text, lambda word: rng.choice(tables().likely_homophones[word]))
    edits = rng.sample(likely, min(wanted, len(likely)))
    taken = {place for edit in edits for place in range(edit.start, edit.end)}
    others = [edit for edit in _sounding_alike(text, rng) if edit.start not in taken]
    return _edited(text, edits + rng.sample(others, min(wanted - len(edits), len(others))))


_CANDIDATES = 9
"""Characters that an input method shows at once; one taken by mistake is one of them."""


def _sounding_alike(text: str, rng: random.Random) -> Iterator[_Edit]:
    for word in _chinese_words(text):
        for place, (character, sound) in enumerate(zip(word.text, _pinyin(word.text), strict=True), word.start):
            if others := common_characters().get(sound, "")[:_CANDIDATES].replace(character, ""):
                yield _Edit(place, place + 1, rng.choice(others))


def _pinyin_word(text: str, rng: random.Random) -> str:
    """One word in pinyin, as left by an input method that was off; a word of one character only for want of longer."""
    spelt = [(word, "".join(_pinyin(word.text))) for word in _chinese_words(text)]
    spelt = [(word, spelling) for word, spelling in spelt if spelling.isascii()]
    spelt = [(word, spelling) for word, spelling in spelt if len(word.text) > 1] or spelt
    if not spelt:
        return text
    word, spelling = rng.choice(spelt)
    return _in_place(text, word.start, word.end, spelling, rng)


def _in_place(text: str, start: int, end: int, written: str, rng: random.Random) -> str:
    """The text with that in place of `text[start:end]`, with or without blanks between Han and Latin."""
    blank = rng.choice(("", " "))
    return _joined(_joined(text[:start], written, blank), text[end:], blank)


# --- Script


@functools.cache
def _converter(configuration: str) -> OpenCC:
    return OpenCC(configuration)


def _converted(configuration: str) -> Slip:
    def traditional(text: str, rng: random.Random) -> str:
        """All of the text in traditional characters."""
        return _edited(text, _each(f"[^{_BLOT}]+", text, lambda run: str(_converter(configuration).convert(run))))

    return traditional


_FULL_WIDTH = {ord(character): ord(character) + 0xFEE0 for character in string.ascii_letters + string.digits}


def _full_width(text: str, rng: random.Random) -> str:
    """Every Latin letter and digit as wide as a Chinese character."""
    return _edited(text, _each("[A-Za-z0-9]+", text, lambda run: run.translate(_FULL_WIDTH)))


def _casing(text: str, rng: random.Random) -> str:
    """Upper case, lower case, Every Word Capitalised, or capitals at random."""
    styles: list[Callable[[str], str]] = [
        str.upper,
        str.lower,
        str.capitalize,
        lambda word: "".join(rng.choice((letter.lower(), letter.upper())) for letter in word),
    ]
    variants = [_edited(text, _each("[A-Za-z]+(?:['’][A-Za-z]+)?", text, style)) for style in styles]
    return _any([variant for variant in variants if variant != text], text, rng)


_Choice = TypeVar("_Choice")


def _any(choices: Sequence[_Choice], otherwise: _Choice, rng: random.Random) -> _Choice:
    return rng.choice(choices) if choices else otherwise


# --- Fingers

_NEGATIONS = frozenset("不没沒别別未无無非否勿")
_ROWS = (("qwertyuiop", 0.0), ("asdfghjkl", 0.25), ("zxcvbnm", 0.75))
"""The keyboard's letters and how far each row stands to the right, in keys."""


def _han_at(free: str) -> list[int]:
    return [place for place, character in enumerate(free) if is_han(character)]


def _inside_words(free: str, shortest: int) -> list[int]:
    """The letters but the first of Latin words of that length or more."""
    words = re.finditer(f"[A-Za-z]{{{shortest},}}", free)
    return [place for word in words for place in range(word.start() + 1, word.end())]


def _drop_character(text: str, rng: random.Random) -> str:
    """One character less. A negation stays, for without it the message says the opposite."""
    free = _open(text)
    han = [place for place in _han_at(free) if free[place] not in _NEGATIONS]
    places = (han if len(_han_at(free)) > 2 else []) + _inside_words(free, 4)
    return _one_of(text, [_Edit(place, place + 1, "") for place in places], rng)


def _double_character(text: str, rng: random.Random) -> str:
    """One character twice."""
    free = _open(text)
    places = _han_at(free) + _inside_words(free, 3)
    return _one_of(text, [_Edit(place, place + 1, free[place] * 2) for place in places], rng)


def _swap_adjacent(text: str, rng: random.Random) -> str:
    """Two neighbours in the other order: any of Han but negations, of a Latin word all but the first letter."""
    free = _open(text)
    han = [place for place in _han_at(free) if free[place] not in _NEGATIONS]
    edits = [
        _Edit(place, place + 2, free[following] + free[place])
        for places in (han, _inside_words(free, 4))
        for place, following in itertools.pairwise(places)
        if following == place + 1 and free[place] != free[following]
    ]
    return _one_of(text, edits, rng)


@functools.cache
def _neighbours() -> Mapping[str, str]:
    """The keys that touch each letter's key."""
    rows = enumerate(_ROWS)
    keys = {letter: (at + offset, row) for row, (letters, offset) in rows for at, letter in enumerate(letters)}
    return {
        letter: "".join(other for other, (u, v) in keys.items() if 0 < (x - u) ** 2 + (y - v) ** 2 < 1.7)
        for letter, (x, y) in keys.items()
    }


def _keyboard_typo(text: str, rng: random.Random) -> str:
    """One letter of a Latin word by the key beside it."""
    edits = [
        _Edit(place, place + 1, _cased_like(text[place], rng.choice(_neighbours()[text[place].lower()])))
        for place in _inside_words(_open(text), 4)
    ]
    return _one_of(text, edits, rng)


# --- Words said otherwise


@functools.cache
def _full_forms() -> Mapping[str, str]:
    return {full: short for short, full in tables().contractions.items()} | {"can not": "can't"}


@functools.cache
def _contracted() -> re.Pattern[str]:
    return _finder(tables().contractions)


@functools.cache
def _full() -> re.Pattern[str]:
    # "Yes I am" has no short form: what does not end in "not" must go on.
    return re.compile(rf"(?:{_finder(_full_forms()).pattern})(?:(?<=not)|(?= [a-z]))", re.ASCII | re.IGNORECASE)


def _contraction(text: str, rng: random.Random) -> str:
    """Every short form in full, or every full form short."""
    lengthened = _each(_contracted(), text, lambda short: _cased_like(short, tables().contractions[_key(short)]))
    shortened = _each(_full(), text, lambda full: _cased_like(full, _full_forms()[_key(full)]))
    return _edited(text, _any([edits for edits in (lengthened, shortened) if edits], [], rng))


@functools.cache
def _abbreviated() -> re.Pattern[str]:
    return _finder(tables().abbreviations)


def _abbreviation(text: str, rng: random.Random) -> str:
    """Some of the words that have a short or careless form in that form."""

    def shorter(word: str) -> str:
        return _cased_like(word, rng.choice(tables().abbreviations[_key(word)]))

    edits = _each(_abbreviated(), text, shorter)
    return _edited(text, rng.sample(edits, rng.randint(1, len(edits)))) if edits else text


@functools.cache
def _products() -> Mapping[str, tuple[str, ...]]:
    """For each name, what the product is called in the other language."""
    products = tables().product_names.values()
    both = [(product.zh, product.en) for product in products] + [(product.en, product.zh) for product in products]
    return {name: others for names, others in both for name in names if name not in tables().too_common}


@functools.cache
def _product_finder() -> re.Pattern[str]:
    return _finder(_products(), re.ASCII)


def _product_name(text: str, rng: random.Random) -> str:
    """One product by a name it has in the other language."""
    found = list(_product_finder().finditer(_open(text)))
    if not found:
        return text
    name = rng.choice(found)
    return _in_place(text, *name.span(), rng.choice(_products()[name[0]]), rng)


_MOODS = tuple("吗嗎呢吧啊哦哈呀嘛啦")
_CLOSING = " \t\r\n，。！？；～…,.!?;~"


def _particles(text: str, rng: random.Random) -> str:
    """A word of politeness or hesitation before or behind the message, in the message's language."""
    languages = _languages(text)
    if not languages:
        return text
    language = Language.ZH if Language.ZH in languages else Language.EN
    particles = tables().particles[language]
    body = text.rstrip(_CLOSING)
    close = text[len(body) :]
    if language is Language.EN:
        body, close = text.rstrip(" ,"), ""
    starts = [] if _key(text.lstrip()).startswith(_bare(particles.start)) else [word + text for word in particles.start]
    return _any(starts + [body + word + close for word in _final(text.rstrip(_CLOSING), particles.end)], text, rng)


def _final(body: str, words: tuple[str, ...]) -> list[str]:
    """The words that can stand behind that: none behind one of them, no mood behind a mood."""
    if body.endswith(_MOODS):
        words = tuple(word for word in words if word not in _MOODS)
    return [] if _key(body).endswith(_bare(words)) else list(words)


def _bare(particles: Iterable[str]) -> tuple[str, ...]:
    return tuple(particle.strip(" ,，") for particle in particles)


# --- Marks and blanks

_MARKS = re.compile(r"(?<! ) *[，。！？、；：“”‘’「」『』（）【】《》〈〉…—～·,.!?;:\"'()\[\]{}~]+ *")


def _no_punctuation(text: str, rng: random.Random) -> str:
    """No marks, as from voice input; those inside figures (9:30) and words (don't) stay."""
    free = _open(text)
    edits = [_Edit(*marks.span(), _unmarked(free, marks)) for marks in _MARKS.finditer(free)]
    return _edited(text, edits)


def _unmarked(text: str, marks: re.Match[str]) -> str:
    """What stands in place of the marks."""
    near, far = text[max(0, marks.start() - 1) : marks.start()], text[marks.end() : marks.end() + 1]
    in_figure = marks[0] in ".,:" and near.isdigit() and far.isdigit()
    in_word = marks[0] in "'’" and near.isalpha() and far.isalpha()
    if in_figure or in_word:
        return marks[0]
    if not near.strip() or not far.strip() or (is_han(near) and is_han(far)):
        return ""
    return " " if " " in marks[0] or not (is_han(near) or is_han(far)) else ""


# Blots count as Latin: they are addresses and figures.
_LATIN = f"[A-Za-z0-9{_BLOT}]"
_CLOSE_BORDER = f"(?<=[{_HAN}])(?={_LATIN})|(?<={_LATIN})(?=[{_HAN}])"
_WIDE_BORDER = f"(?<=[{_HAN}]) +(?={_LATIN})|(?<={_LATIN}) +(?=[{_HAN}])"


def _han_latin_space(text: str, rng: random.Random) -> str:
    """Blanks at every border of Han and Latin where there is none, or none where there are."""
    closed, opened = _each(_WIDE_BORDER, text, lambda _: ""), _each(_CLOSE_BORDER, text, lambda _: " ")
    return _edited(text, _any([edits for edits in (closed, opened) if edits], [], rng))


# --- All of them

_ZH = frozenset({Language.ZH})
_EN = frozenset({Language.EN})
_BOTH = _ZH | _EN

PERTURBATIONS: tuple[Perturbation, ...] = tuple(
    Perturbation(name, languages, _careful(slip))
    for name, languages, slip in (
        ("homophone", _ZH, _homophone),
        ("traditional", _ZH, _converted("s2t")),
        ("traditional_taiwan", _ZH, _converted("s2twp")),
        ("full_width", _BOTH, _full_width),
        ("pinyin_word", _ZH, _pinyin_word),
        ("drop_character", _BOTH, _drop_character),
        ("double_character", _BOTH, _double_character),
        ("swap_adjacent", _BOTH, _swap_adjacent),
        ("keyboard_typo", _EN, _keyboard_typo),
        ("casing", _BOTH, _casing),
        ("contraction", _EN, _contraction),
        ("no_punctuation", _BOTH, _no_punctuation),
        ("particles", _BOTH, _particles),
        ("product_name", _BOTH, _product_name),
        ("han_latin_space", _ZH, _han_latin_space),
        ("abbreviation", _BOTH, _abbreviation),
    )
)
"""Every kind of slip. Chinese messages have Latin words in them, so most kinds are of both languages."""


def perturbed(text: str, rng: random.Random, how_many: int = 1) -> str:
    """The text with that many different kinds of slip, fewer where there is not enough to work on."""
    languages = _languages(text)
    suitable = [each for each in PERTURBATIONS if each.languages & languages]
    for perturbation in rng.sample(suitable, len(suitable)):
        if how_many < 1:
            break
        result = perturbation.apply(text, rng)
        how_many -= result != text
        text = result
    return text
