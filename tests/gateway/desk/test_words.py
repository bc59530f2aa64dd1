"""The desk's own words: each in both languages, each once, none missing where a page or a script names it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from jieda.gateway.desk import rendering
from jieda.gateway.desk.rendering import words
from jieda.policy import Language

GATEWAY = Path(rendering.__file__).resolve().parents[1]
FILES = sorted((GATEWAY / "desk" / "strings").glob("*.yml"))
TEMPLATES = sorted((GATEWAY / "templates" / "desk").rglob("*.html"))
SCRIPTS = sorted((GATEWAY / "static" / "desk").glob("*.js"))
HAN = re.compile(r"[\u3400-\u9fff]")
SAME_IN_BOTH = {"other_language", "language_name"}
"""Names of a language, which are said in that language."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
class TestFile:
    def test_each_word_is_in_both_languages_with_the_same_placeholders(self, file: Path) -> None:
        for key, texts in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            assert set(texts) == {"zh", "en"}, key
            named = [sorted(re.findall(r"\{(\w+)\}", str(text))) for text in texts.values()]
            assert named[0] == named[1], key

    def test_english_holds_no_chinese(self, file: Path) -> None:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
        assert [key for key, texts in found.items() if HAN.search(str(texts["en"])) and key not in SAME_IN_BOTH] == []


def test_each_key_stands_once() -> None:
    keys = Counter(key for file in FILES for key in re.findall(r"^(\w+):", file.read_text(encoding="utf-8"), re.M))
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_a_template_names_no_word_that_is_missing(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    named = set(re.findall(r"(?<![\w.])t\.(\w+)", text)) | set(re.findall(r'(?<![\w.])t\["(\w+)"\]', text))
    assert named - words(Language.ZH).keys() == set()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_a_script_names_no_word_that_is_missing(script: Path) -> None:
    named = {f"js_{key}" for key in re.findall(r'(?<![\w.])t\("(\w+)"', script.read_text(encoding="utf-8"))}
    assert named - words(Language.ZH).keys() == set()
