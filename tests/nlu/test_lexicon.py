"""The lexicon: phrases found however they are written, the longest first, and files that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from opencc import OpenCC

from jieda.nlu.lexicon import ENTITIES, Lexicon, LexiconError, Mention, entity_lexicon
from jieda.nlu.normaliser import normalise

SHIPPED = [
    (entity, value, form)
    for entity, values in yaml.safe_load(ENTITIES.read_text(encoding="utf-8")).items()
    for value, forms in values.items()
    for form in forms
]

WRITINGS: dict[str, Callable[[str], str]] = {
    "as it stands": str,
    "capitals": str.upper,
    "full width": lambda form: "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in form),
    "traditional": OpenCC("s2t").convert,
    "Hong Kong": OpenCC("s2hk").convert,
}


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(
        {
            "app": {
                "sales": ["sales", "sales app", "销售", "销售模块"],
                "psa": ["psa", "项目服务"],
                "finance": ["f&o", "finance and operations"],
            },
            "topic": {"selling": ["销售模块", "售"], "service": ["服务"]},
        }
    )


def found(lexicon: Lexicon, text: str) -> list[tuple[str, str, str]]:
    """Entity, value and the words as written."""
    return [(each.entity, each.value, text[each.start : each.end]) for each in lexicon.find(text)]


class TestFind:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", []),
            ("nothing of ours", []),
            ("psa", [("app", "psa", "psa")]),
            ("我的psa打不开", [("app", "psa", "psa")]),
            ("psa, sales; f&o", [("app", "psa", "psa"), ("app", "sales", "sales"), ("app", "finance", "f&o")]),
            ("sales sales", [("app", "sales", "sales")] * 2),
            ("finance  and\noperations", [("app", "finance", "finance  and\noperations")]),
            ("f & o", [("app", "finance", "f & o")]),
        ],
    )
    def test_in_order_of_the_text(self, lexicon: Lexicon, text: str, expected: list[tuple[str, str, str]]) -> None:
        assert found(lexicon, text) == expected

    @pytest.mark.parametrize(
        "text", ["PSA", "Psa", "ＰＳＡ", "ｐｓａ", "项目服务", "項目服務", "用項目服務的", "(psa)", "psa.", "psa："]
    )
    def test_capitals_full_width_and_traditional_are_the_same(self, lexicon: Lexicon, text: str) -> None:
        assert ("app", "psa") in [(entity, value) for entity, value, _ in found(lexicon, text)]

    def test_of_one_entity_the_longest_stays(self, lexicon: Lexicon) -> None:
        assert found(lexicon, "the sales app") == [("app", "sales", "sales app")]
        assert ("app", "sales", "销售") not in found(lexicon, "销售模块")

    def test_where_two_entities_claim_the_same_words_both_are_told(self, lexicon: Lexicon) -> None:
        assert set(found(lexicon, "销售模块")) == {("app", "sales", "销售模块"), ("topic", "selling", "销售模块")}
        assert set(found(lexicon, "项目服务")) == {("app", "psa", "项目服务"), ("topic", "service", "服务")}

    @pytest.mark.parametrize("text", ["upsale", "psalm", "wholesales", "salesforce", "psa2", "2psa", "salesapp"])
    def test_nothing_is_found_inside_a_latin_word(self, lexicon: Lexicon, text: str) -> None:
        assert found(lexicon, text) == []

    def test_offsets_are_those_of_the_text_as_written(self, lexicon: Lexicon) -> None:
        text = "ﬁ 𠮷 ＰＳＡ、項目服務"
        assert [(each.start, each.end) for each in lexicon.find(text) if each.entity == "app"] == [(4, 7), (8, 12)]


class TestProperties:
    @example("销 售, Sales\nAPP")
    @given(st.text(alphabet="psale 销售模块项目服務&’'ＰＳＡ,\n"))
    def test_mentions_of_one_entity_do_not_overlap_and_are_phrases_of_it(self, text: str) -> None:
        own = Lexicon({"app": {"a": ["psa", "销售"], "b": ["销售模块", "项目服务", "sales app"]}})
        position = 0
        for mention in own.find(text):
            assert position <= mention.start < mention.end
            position = mention.end
            written = "".join(normalise(text[mention.start : mention.end]).split())
            assert written in {"a": ["psa", "销售"], "b": ["销售模块", "项目服务", "salesapp"]}[mention.value]

    @given(st.text(alphabet="abcdz0189", max_size=4), st.text(alphabet="abcdz0189", max_size=4))
    def test_letters_or_digits_beside_it_make_another_word(self, before: str, behind: str) -> None:
        own = Lexicon({"app": {"psa": ["psa"]}})
        assert bool(own.find(f"{before}psa{behind}")) == (not before and not behind)


class TestShipped:
    @pytest.mark.parametrize("sentence", ["{}", "我的{}啊", "the {} please"])
    @pytest.mark.parametrize("written", WRITINGS.values(), ids=WRITINGS)
    def test_every_phrase_is_found_however_it_is_written(self, written: Callable[[str], str], sentence: str) -> None:
        lexicon = entity_lexicon()
        missed = []
        for entity, value, form in SHIPPED:
            text = sentence.format(written(form))
            start = sentence.index("{")
            if Mention(entity, value, start, start + len(form)) not in lexicon.find(text):
                missed.append(text)
        assert missed == []

    def test_one_phrase_of_an_entity_has_one_meaning(self) -> None:
        meanings: dict[tuple[str, str], str] = {}
        for entity, value, form in SHIPPED:
            assert meanings.setdefault((entity, normalise(form)), value) == value, form

    def test_values_are_names_that_code_can_use(self) -> None:
        assert all(each.isidentifier() and each.islower() for entity, value, _ in SHIPPED for each in (entity, value))

    def test_it_is_read_once(self) -> None:
        assert entity_lexicon() is entity_lexicon()


class TestBadFiles:
    @staticmethod
    def loading(tmp_path: Path, content: bytes) -> str:
        """What is said of such a file."""
        file = tmp_path / "entities.yml"
        file.write_bytes(content)
        with pytest.raises(LexiconError) as caught:
            Lexicon.load(file)
        assert str(file) in str(caught.value)
        return str(caught.value)

    def test_one_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(LexiconError, match=r"nowhere\.yml"):
            Lexicon.load(tmp_path / "nowhere.yml")

    def test_one_that_is_no_yaml(self, tmp_path: Path) -> None:
        self.loading(tmp_path, b"app: [")

    @pytest.mark.parametrize(
        "content",
        [
            "app: {sales: 销售}",
            "app: {sales: }",
            "app: {sales: 7}",
            "app: {sales: {a: b}}",
            "app: {sales: [yes]}",
            "app: {sales: [good, 7]}",
            "app: {sales: [good, '']}",
            "app: {sales: ['  ']}",
            "app: {sales: [null]}",
        ],
    )
    def test_a_value_without_phrases_is_named(self, tmp_path: Path, content: str) -> None:
        assert "app.sales" in self.loading(tmp_path, content.encode())

    @pytest.mark.parametrize(
        ("content", "named"),
        [
            (b"", ""),
            (b"- app\n", ""),
            (b"just words", ""),
            (b"app: [sales]", "app"),
            (b"app: sales", "app"),
            (b"app:", "app"),
            (b"\xff\xfe", ""),
        ],
    )
    def test_one_of_another_shape(self, tmp_path: Path, content: bytes, named: str) -> None:
        assert named in self.loading(tmp_path, content)

    @pytest.mark.parametrize("content", ["app: {yes: [a]}", "app: {365: [a]}", "no: {sales: [a]}"])
    def test_a_key_that_is_no_text(self, tmp_path: Path, content: str) -> None:
        self.loading(tmp_path, content.encode())

    def test_a_good_one_is_read(self, tmp_path: Path) -> None:
        file = tmp_path / "entities.yml"
        file.write_text("app:\n  sales: [销售]\n", encoding="utf-8")
        assert Lexicon.load(file).find("銷售") == (Mention("app", "sales", 0, 2),)
