"""The same thing said otherwise: contractions, chat spelling and the little words that carry no meaning."""

from __future__ import annotations

import functools
import random
import re

from jieda.nlu.noise.places import cased_like, words
from jieda.nlu.noise.tables import table
from jieda.nlu.normaliser import is_han

_EACH = 0.6
_TYPOGRAPHIC = 0.2
_LONG_ENOUGH = 4
"""English words of a message that bears a filler or "please" at its end."""
_SHORT_HAN = 4
_END = re.compile(r"[\s。．.!！?？~～…]*$")
_CLAUSE = re.compile(r"[,，]\s*(?=\w)")


def contractions(text: str, rng: random.Random) -> str:
    """can't, cannot and cant for one another, I'm and I am; now and then with the apostrophe of a telephone."""
    changed = _exchanged(text, "contractions", rng)
    if changed != text and "'" in changed and rng.random() < _TYPOGRAPHIC:
        return changed.replace("'", "’")
    return changed


def chat_spelling(text: str, rng: random.Random) -> str:
    """Words as they are written in chats, and the other way round: pls, thx, acct; 咋, 啥, 木有."""
    if any(map(is_han, text)):
        return _exchanged(text, "chat_spelling_zh", rng)
    return _exchanged(text, "chat_spelling_en", rng)


def particles(text: str, rng: random.Random) -> str:
    """A greeting, a filler or a particle more, which changes nothing in what is meant."""
    return _chinese(text, rng) if any(map(is_han, text)) else _english(text, rng)


def _chinese(text: str, rng: random.Random) -> str:
    listed: dict[str, list[str]] = table("particles_zh")
    body = text[: _END.search(text).start()]  # type: ignore[union-attr]  # the pattern matches at the end of any text
    han = sum(map(is_han, body))
    question = any(mark in text for mark in listed["question_marks"])
    variants: list[str] = []
    if body and is_han(body[-1]) and body[-1] not in listed["closed"]:
        short = len(body) == han <= _SHORT_HAN
        endings = "question_endings" if question else "short_endings" if short else "endings"
        variants.append(body + rng.choice(listed[endings]) + text[len(body) :])
    if han > _SHORT_HAN:
        variants.append(rng.choice(listed["openers"]) + text)
        clauses = [clause.end() for clause in _CLAUSE.finditer(text) if is_han(text[clause.end()])]
        if clauses:
            place = rng.choice(clauses)
            variants.append(text[:place] + rng.choice(listed["fillers"]) + text[place:])
    if question and han > _SHORT_HAN and "请问" not in text:
        variants.append(rng.choice(listed["question_openers"]) + text)
    return rng.choice(variants) if variants else text


def _english(text: str, rng: random.Random) -> str:
    listed: dict[str, list[str]] = table("particles_en")
    body = text[: _END.search(text).start()]  # type: ignore[union-attr]  # as above
    spoken = re.findall(r"[a-z]+(?:['’][a-z]+)?", body.lower())
    if len(spoken) < 2:
        return text
    variants = [rng.choice(listed["openers"]) + _in_the_middle(text)] * 2
    polite = any(word in listed["polite"] for word in spoken)
    if not polite and spoken[0] in listed["orders"]:
        variants.append(cased_like("please ", text) + _in_the_middle(text))
    if not polite and len(spoken) >= _LONG_ENOUGH and re.search(r"[A-Za-z0-9]$", body):
        asks = text[len(body) :].startswith("?") or spoken[0] in listed["orders"]
        variants.append(text + rng.choice(listed["polite_endings"]) if asks else body + rng.choice(listed["endings"]))
    clauses = [clause.end() for clause in _CLAUSE.finditer(text)]
    if clauses:
        place = rng.choice(clauses)
        variants.append(text[:place] + rng.choice(listed["fillers"]) + text[place:])
    return rng.choice(variants)


def _in_the_middle(text: str) -> str:
    """A sentence as it goes on after a greeting: without its capital, unless its first word keeps it."""
    return text[0].lower() + text[1:] if re.match(r"[A-Z][a-z]+ [a-z]|A [a-z]", text) else text


def _exchanged(text: str, name: str, rng: random.Random) -> str:
    pattern, others = _forms(name)
    found = [match for match in pattern.finditer(text) if not _ends_a_sentence(text, match, others)]
    if found and is_han(found[0][0][0]):
        whole = {(word.start, word.end) for word in words(text)}
        found = [match for match in found if match.span() in whole]
    if not found:
        return text
    certain = rng.randrange(len(found))
    pieces, position = [], 0
    for i, match in enumerate(found):
        if i == certain or rng.random() < _EACH:
            other = rng.choice(others[_key(match[0])])
            pieces += [text[position : match.start()], cased_like(other, match[0])]
            position = match.end()
    return "".join([*pieces, text[position:]])


def _ends_a_sentence(text: str, match: re.Match[str], others: dict[str, tuple[str, ...]]) -> bool:
    """Whether it is a verb that keeps its stress: "tell me what it is." """
    contracts = " " in match[0] and any("'" in other for other in others[_key(match[0])])
    return contracts and not re.match(r" +[A-Za-z]", text[match.end() :])


@functools.cache
def _forms(name: str) -> tuple[re.Pattern[str], dict[str, tuple[str, ...]]]:
    """What finds the forms of a table, the longest first, and for each what may stand in its place."""
    others: dict[str, tuple[str, ...]] = {}
    for group in table(name):
        for form in group:
            if form not in table("written_only"):
                others[_key(form)] = tuple(other for other in group if other != form)
    longest_first = sorted(others, key=len, reverse=True)
    alternatives = "|".join(re.escape(form).replace("'", "['’]") for form in longest_first)
    whole = r"(?<![A-Za-z0-9'’@/.-])(?:{})(?![A-Za-z0-9'’@/-])"
    return re.compile(whole.format(alternatives), re.IGNORECASE | re.ASCII), others


def _key(form: str) -> str:
    return form.lower().replace("’", "'")
