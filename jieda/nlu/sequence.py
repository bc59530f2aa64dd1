"""What the tagger sees of a text: units (a Chinese character, a Latin word, a number, a sign) and their features."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jieda.nlu.chinese_names import is_person_name, is_surname
from jieda.nlu.entities import find_entities
from jieda.nlu.features import concept_lexicon
from jieda.nlu.lexicon import Lexicon, phrases_of_values
from jieda.nlu.normaliser import MAX_LENGTH, is_han, normalise
from jieda.nlu.segments import Segment, segment

_LATIN = "a-z0-9\u00df-\u024f"
_UNIT = re.compile(rf"[{_LATIN}]+(?:['’][a-z]+)?|[^\s{_LATIN}\ud800-\udfff]")
_INITIAL = "(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?"
_FINAL = "(?:[iu]ang|i?ong|[aei]ng|ian|iao|uai|[uv]?an|[eiu]n|[aeu]i|[ao]u|ao|i[aeu]|u[aoe]|er|[aoeiuv])"
_PINYIN = re.compile(rf"(?:{_INITIAL}{_FINAL}){{1,3}}")
_TAIL_ZH = re.compile(r"公司|集团|中心|医院|学校|大学|银行|科技|贸易|[厂院社局店所]")
_IN_COMPANY = re.compile(r"[^\W的在是]")
_LONGEST_COMPANY = 12
_SEEN = (0, 2, 10, 50)
"""Bounds between hardly ever and often."""
_CLAUSE_ENDS = frozenset(",.;!?，。；！？、:：")
_PAIRED = 4
"""Cues of a clause that are paired with each other."""
_DETAILS = frozenset({"contact_email", "contact_phone", "contact_name", "company", "case_number"})


CUES = Path(__file__).resolve().parent.parent.parent / "data" / "nlu" / "lexicon" / "severity_cues.yml"


@functools.cache
def cue_lexicon() -> Lexicon:
    """What makes a matter severe or not. Raises LexiconError."""
    return Lexicon({"cue": phrases_of_values([CUES])})


@dataclass(frozen=True)
class Unit:
    """A piece of a text. Offsets are those of the text as written."""

    text: str
    start: int
    end: int


def units_of(text: str) -> tuple[Unit, ...]:
    """The units of a text, in order; what stands beyond MAX_LENGTH is none."""
    return tuple(Unit(match[0], *match.span()) for match in _UNIT.finditer(normalise(text[:MAX_LENGTH])))


def features_of(
    text: str, units: Sequence[Unit], seen: Mapping[str, int], words: Sequence[Segment] | None = None
) -> list[list[str]]:
    """The features of each unit: its own and those of its neighbours.

    `seen`: how often words stand outside names. `words`: those of the normalised text, where they are known already.
    """
    own = _own(text[:MAX_LENGTH], units, seen, words)
    rows = []
    last = len(units) - 1
    for i in range(len(units)):
        row = ["bias", *own[i].all]
        for distance in (-3, -2, -1, 1, 2, 3):
            j = i + distance
            if 0 <= j <= last:
                near = own[j].all if abs(distance) == 1 else own[j].near
                row += [f"{distance}{feature}" for feature in near]
            elif j in (-1, last + 1):
                row.append(f"{distance}edge")
        for a, b in ((-2, -1), (-1, 0), (0, 1), (1, 2)):
            if i + a >= 0 and i + b <= last:
                row.append(f"{a}{b}w={units[i + a].text}|{units[i + b].text}")
        if last < 8:
            row.append(f"short={last + 1}")
        rows.append(row)
    return rows


@dataclass
class _Own:
    """The features of one unit: all of them, and those that units two or three away see of it too."""

    all: list[str]
    near: list[str]


def _own(text: str, units: Sequence[Unit], seen: Mapping[str, int], words: Sequence[Segment] | None) -> list[_Own]:
    rows = [_basic(text, unit, seen) for unit in units]
    at = {unit.start: i for i, unit in enumerate(units)}
    normalised = normalise(text)
    _add_words(segment(normalised) if words is None else words, units, at, rows)
    _add_mentions(text, units, at, rows)
    _add_cues(text, units, at, rows)
    _add_tails(normalised, units, at, rows)
    return rows


def _within(units: Sequence[Unit], at: Mapping[int, int], start: int, end: int) -> list[int]:
    """The units of a span that begins where one of them does."""
    first = last = at.get(start, len(units))
    while last < len(units) and units[last].end <= end:
        last += 1
    return list(range(first, last))


def _add_words(words: Sequence[Segment], units: Sequence[Unit], at: Mapping[int, int], rows: list[_Own]) -> None:
    """How Chinese is cut into words, and which of them look like names."""
    for word in words:
        inside = _within(units, at, word.start, word.end)
        if not inside or not is_han(word.text[0]):
            continue
        name = is_person_name(word.text)
        for place, i in enumerate(inside):
            where = "S" if len(inside) == 1 else "B" if place == 0 else "E" if place == len(inside) - 1 else "M"
            rows[i].all += [f"cut={where}", f"word={word.text}"]
            rows[i].near.append(f"word={word.text}")
            if name:
                rows[i].all.append("namelike")


def _add_mentions(text: str, units: Sequence[Unit], at: Mapping[int, int], rows: list[_Own]) -> None:
    """What rules and lexicons find."""
    found = [
        (each.entity if each.entity in _DETAILS else f"{each.entity}.{each.value}", each.start, each.end)
        for each in find_entities(text)
        if each.entity != "language"
    ]
    found += [(f"concept.{each.value}", each.start, each.end) for each in concept_lexicon().find(text)]
    for label, start, end in found:
        for place, i in enumerate(_within(units, at, start, end)):
            rows[i].all.append(f"{'I' if place else 'B'}-{label}")
            rows[i].near.append(f"-{label}")


def _add_cues(text: str, units: Sequence[Unit], at: Mapping[int, int], rows: list[_Own]) -> None:
    """The cues at each unit, and all those of the clause that it stands in."""
    clause_of = list(itertools.accumulate(unit.text in _CLAUSE_ENDS for unit in units))
    cues_of: dict[int, set[str]] = {}
    for mention in cue_lexicon().find(text):
        for place, i in enumerate(_within(units, at, mention.start, mention.end)):
            rows[i].all.append(f"{'I' if place else 'B'}-{mention.value}")
            rows[i].near.append(mention.value)
            cues_of.setdefault(clause_of[i], set()).add(mention.value)
    for row, clause in zip(rows, clause_of, strict=True):
        cues = sorted(cues_of.get(clause, ()))
        row.all += [f"clause={cue}" for cue in cues]
        row.all += [f"clause={'+'.join(pair)}" for pair in itertools.combinations(cues[:_PAIRED], 2)]


def _add_tails(normalised: str, units: Sequence[Unit], at: Mapping[int, int], rows: list[_Own]) -> None:
    """Where Chinese companies' names may end, and the characters before that."""
    for match in _TAIL_ZH.finditer(normalised):
        end = at.get(match.start())
        if end is None:
            continue
        rows[end].all.append("tail")
        rows[end].near.append("tail")
        for i in range(end - 1, max(-1, end - _LONGEST_COMPANY), -1):
            if not _IN_COMPANY.match(units[i].text):
                break
            rows[i].all.append("ahead")
            if i == 0 or not _IN_COMPANY.match(units[i - 1].text):
                rows[i].all.append("ahead0")


def _basic(text: str, unit: Unit, seen: Mapping[str, int]) -> _Own:
    word = unit.text
    all_, near = [f"w={word}"], [f"w={word}"]
    if is_han(word[0]):
        all_.append("han")
        near.append("han")
        if is_surname(word):
            all_.append("surname")
    elif word[0].isdigit():
        all_ += ["digit", f"digits={len(word)}"]
        near.append("digit")
    elif word[0].isalnum():
        shape = _shape(text[unit.start : unit.end])
        often = sum(seen.get(word, 0) > bound for bound in _SEEN)
        all_ += [shape, f"seen={often}", f"{shape}{often}", f"-3={word[-3:]}", f"3-={word[:3]}"]
        if _PINYIN.fullmatch(word):
            all_ += ["pinyin", f"pinyin{shape}{often}"]
        near += [shape, f"{shape}{often}"]
    else:
        all_.append("sign")
        near.append("sign")
    return _Own(all_, near)


def _shape(written: str) -> str:
    if written.islower():
        return "lower"
    if len(written) == 1:
        return "letter"
    if written.isupper():
        return "upper"
    return "capital" if written[0].isupper() else "mixed"
