"""One word in the other language: names of the apps, and words that the lexicon of concepts holds in both."""

from __future__ import annotations

import collections
import functools
import itertools
import random
import re

from jieda.nlu.features import concept_phrases
from jieda.nlu.lexicon import Lexicon, Mention, entity_lexicon
from jieda.nlu.noise.places import one_of, put, words, written
from jieda.nlu.noise.tables import app_names, table
from jieda.nlu.normaliser import is_han, normalise

_SPACED = 0.6
_RUN_TOGETHER = 0.2
_IN_ADDRESS = tuple("./@-")
# Behind "Dynamics" or "Dynamics 365" they make another product, or a part of an address.
_NAME_GOES_ON = re.compile(
    r"\.[a-z]|[ -]?(?:finance|supply|commerce|business|human|hr|operations|f&o|online|ax|nav|gp|mobile|on-prem)",
    re.IGNORECASE,
)


def product_names(text: str, rng: random.Random) -> str:
    """An app by another of its names, in either language, with blanks and without."""

    def change(mention: Mention) -> str | None:
        model = text[mention.start : mention.end]
        others = [name for name in app_names()[mention.value] if name != normalise(model)]
        in_address = text[mention.start - 1 : mention.start] in _IN_ADDRESS
        if in_address or not others or _NAME_GOES_ON.match(text, mention.end):
            return None
        name = written(rng.choice(others))
        if not model.islower():
            name = _titled(name)
        if rng.random() < _RUN_TOGETHER:
            name = _run_together().sub(lambda part: part[0].replace(" ", ""), name)
        return put(text, mention.start, mention.end, name, spaced=rng.random() < _SPACED)

    return one_of((each for each in entity_lexicon().find(text) if each.entity == "affected_app"), rng, change) or text


def word_switch(text: str, rng: random.Random) -> str:
    """One word in the other language: 想取消订阅 → 想 cancel 订阅."""

    def change(mention: Mention) -> str | None:
        model = text[mention.start : mention.end]
        others = _switches().get(normalise(model))
        if others is None or (is_han(model[0]) and not _is_whole_words(text, mention)):
            return None
        word = written(rng.choice(others))
        if word in text:
            return None
        return put(text, mention.start, mention.end, word, spaced=rng.random() < _SPACED)

    return one_of(_switched_lexicon().find(text), rng, change) or text


def _is_whole_words(text: str, mention: Mention) -> bool:
    cuts = words(text)
    return any(word.start == mention.start for word in cuts) and any(word.end == mention.end for word in cuts)


@functools.cache
def _switched_lexicon() -> Lexicon:
    """All forms of all concepts, so that nothing within a longer expression is switched, and the words added."""
    more = {f"more_switches.{han}": [han, latin] for han, latin in table("more_switches").items()}
    return Lexicon({"switch": {**concept_phrases(), **more}})


@functools.cache
def _switches() -> dict[str, tuple[str, ...]]:
    """For a word of either language those of the other that people say for it.

    Of a concept only its first form in each language is meant, and the inflected forms of the English one: what
    comes behind them is of the same topic, but stands for something else.
    """
    switches: dict[str, list[str]] = collections.defaultdict(list)
    for concept, forms in concept_phrases().items():
        # Behind the first Chinese form come pinyin, slips of the pen and afterthoughts.
        latin = list(itertools.takewhile(str.isascii, forms))
        han = [form for form in forms if all(map(is_han, form)) and len(form) > 1]
        if latin and han and concept not in table("not_switched"):
            switches[han[0]].append(latin[0])
            for form in latin:
                if " " not in form.removeprefix(latin[0]) and form.startswith(latin[0][:-1]):
                    switches[form].append(han[0])
    for han_form, latin_form in table("more_switches").items():
        switches[han_form].append(latin_form)
        switches[normalise(latin_form)].append(han_form)
    return {form: tuple(dict.fromkeys(others)) for form, others in switches.items() if form not in table("not_read")}


@functools.cache
def _run_together() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, table("run_together"))), re.IGNORECASE)


def _titled(name: str) -> str:
    """A name as it is printed on the product, what kind of thing it is excepted."""
    kinds = ("app", "module", "hub")
    return re.sub(r"[a-z]+", lambda word: word[0] if word[0] in kinds else word[0].capitalize(), name)
