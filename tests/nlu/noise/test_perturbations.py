"""The noise that messages carry: what each kind does, what it never touches."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from jieda.contact import find_emails, find_phones
from jieda.nlu.noise import PERTURBATIONS, perturbed
from jieda.nlu.normaliser import normalise

KINDS = {each.name: each for each in PERTURBATIONS}
TIMES = 60

EMAIL, PHONE, CASE = "Li.Wei@Example.com", "021-61234567转8001", "SR20260301-A1BC"
pieces = [
    "登录不上",
    "please renew ",
    "，",
    EMAIL,
    PHONE,
    CASE,
    " I can't ",
    "Dynamics 365",
    "0x80040217",
    "?!",
    "发票",
    " ",
    "ﬁ…",
]
texts = st.text() | st.lists(st.sampled_from(pieces), max_size=8).map("".join)


def outcomes(name: str, text: str, times: int = TIMES) -> set[str]:
    """What becomes of the text, with so many seeds."""
    return {KINDS[name].apply(text, random.Random(seed)) for seed in range(times)}


def sounds(texts: Iterable[str]) -> set[str]:
    return {" ".join(lazy_pinyin(text)) for text in texts}


class TestChinese:
    def test_homophones_are_other_characters_of_the_same_sound(self) -> None:
        found = outcomes("homophone", "登录密码")
        assert "登录密码" not in found
        assert len(found) > 5
        assert sounds(found) == {"deng lu mi ma"}

    def test_a_whole_word_slips_to_another_word(self) -> None:
        assert "世纪" in "".join(outcomes("homophone", "事迹"))

    def test_similar_sounds_are_those_that_dialects_confuse(self) -> None:
        assert sounds(outcomes("similar_sound", "四")) == {"shi"}
        assert sounds(outcomes("similar_sound", "年")) == {"lian", "niang"}
        assert sounds(outcomes("similar_sound", "精")) == {"jin"}
        assert sounds(outcomes("similar_sound", "能")) <= {"leng", "nen"}

    def test_a_sound_that_nobody_confuses_stays(self) -> None:
        assert outcomes("similar_sound", "我") == {"我"}

    def test_traditional_in_the_words_of_the_mainland_and_of_taiwan(self) -> None:
        assert outcomes("traditional", "软件登录") == {"軟件登錄", "軟體登入"}

    def test_one_word_in_pinyin(self) -> None:
        assert outcomes("pinyin_word", "我要发票") >= {"我要fapiao", "我要 fapiao", "我要fa piao"}

    def test_pinyin_does_not_run_into_latin_words_beside_it(self) -> None:
        assert outcomes("pinyin_word", "CRM登录") <= {"CRM denglu", "CRM deng lu"}

    def test_a_short_message_wholly_in_pinyin(self) -> None:
        assert outcomes("pinyin_all", "发票多少钱") >= {
            "fapiao duoshao qian",
            "fa piao duo shao qian",
            "fapiaoduoshaoqian",
        }

    def test_a_long_message_is_not_typed_in_pinyin(self) -> None:
        text = "我们公司上个月的发票到现在还没有收到"
        assert outcomes("pinyin_all", text) == {text}


class TestKeystrokes:
    def test_two_neighbours_change_places(self) -> None:
        assert outcomes("adjacent_swap", "登录") == {"录登"}
        assert outcomes("adjacent_swap", "plans") == {"palns", "plnas", "plasn"}

    def test_a_character_is_left_out_but_not_the_first_letter(self) -> None:
        assert outcomes("dropped", "plan") == {"pan", "pln", "pla"}
        assert outcomes("dropped", "登不上") == {"不上", "登上", "登不"}

    def test_a_character_is_typed_twice(self) -> None:
        assert outcomes("doubled", "plan") == {"pllan", "plaan", "plann"}

    def test_a_neighbouring_key_is_hit(self) -> None:
        found = outcomes("keyboard_typo", "gggg", times=200)
        assert {text.replace("g", "", 3) for text in found} == set("fhtyvb")
        assert all(text.count("g") == 3 for text in found)

    def test_a_capital_stays_a_capital(self) -> None:
        assert all(text.isupper() for text in outcomes("keyboard_typo", "RENEW"))

    @pytest.mark.parametrize("name", ["adjacent_swap", "dropped", "doubled", "keyboard_typo"])
    def test_short_words_are_left_alone(self, name: str) -> None:
        assert outcomes(name, "can u go") == {"can u go"}


class TestAppearance:
    def test_capitals(self) -> None:
        found = outcomes("casing", "Cancel my Plan")
        assert {"CANCEL MY PLAN", "cancel my plan", "Cancel My Plan", "Cancel MY Plan"} <= found
        assert {text.lower() for text in found} == {"cancel my plan"}

    def test_full_width(self) -> None:
        found = outcomes("full_width", "D365, 2 users?")
        assert {
            "D365， 2 users？",
            "D365，2 users？",
            "D３６５, ２ users?",
            "Ｄ３６５，\u3000２\u3000ｕｓｅｒｓ？",
        } <= found

    def test_figures_keep_their_commas(self) -> None:
        assert outcomes("full_width", "1,200?") >= {"1,200？"}
        assert "1，200？" not in outcomes("full_width", "1,200?")

    def test_no_punctuation_is_left(self) -> None:
        assert outcomes("no_punctuation", "你好，发票呢？") == {"你好发票呢", "你好 发票呢"}
        assert outcomes("no_punctuation", "Hi, I can't pay (F&O)!") == {"Hi I cant pay F&O"}

    def test_figures_keep_their_points(self) -> None:
        assert outcomes("no_punctuation", "共 1,200.50 元。") == {"共 1,200.50 元"}

    def test_blanks_between_chinese_and_latin(self) -> None:
        assert outcomes("spaces_at_borders", "我的CRM 坏了") >= {"我的 CRM 坏了", "我的CRM坏了"}
        assert {text.replace(" ", "") for text in outcomes("spaces_at_borders", "我的CRM 坏了")} == {"我的CRM坏了"}


class TestWording:
    def test_contractions_both_ways(self) -> None:
        assert outcomes("contractions", "I can't") == {"I cannot", "I cant", "I can not"}
        assert outcomes("contractions", "we cannot pay") >= {"we can't pay", "we can’t pay", "we cant pay"}
        assert outcomes("contractions", "I’m here") == {"I am here", "Im here"}
        assert outcomes("contractions", "It is slow") >= {"It's slow", "Its slow"}

    def test_words_that_only_look_like_a_contraction_stay(self) -> None:
        assert outcomes("contractions", "its status") == {"its status"}
        assert outcomes("contractions", "tell me what it is.") == {"tell me what it is."}

    def test_a_verb_in_the_perfect_is_not_taken_for_is(self) -> None:
        assert outcomes("contractions", "it's been down") == {"it has been down", "its been down"}

    def test_chat_spelling_both_ways(self) -> None:
        assert outcomes("chat_spelling", "Please") == {"Pls", "Plz"}
        assert outcomes("chat_spelling", "pls") == {"please", "plz"}
        assert outcomes("chat_spelling", "怎么续费") == {"咋续费", "肿么续费"}

    def test_only_whole_words_are_spelt_otherwise(self) -> None:
        assert outcomes("chat_spelling", "accounting") == {"accounting"}

    def test_particles_stand_around_what_is_said(self) -> None:
        assert all("发票多少钱" in text for text in outcomes("particles", "发票多少钱？"))
        assert {"请问发票多少钱？", "发票多少钱呢？"} <= outcomes("particles", "发票多少钱？", times=400)
        found = outcomes("particles", "cancel our plan", times=400)
        assert {"hi, cancel our plan", "please cancel our plan", "um cancel our plan"} <= found

    def test_what_is_no_question_is_not_opened_as_one(self) -> None:
        assert not any("请问" in text for text in outcomes("particles", "我们不想续费了，谢谢", times=400))

    def test_no_second_please(self) -> None:
        assert all(text.lower().count("please") == 1 for text in outcomes("particles", "please open my case now"))


class TestMixing:
    def test_an_app_by_its_name_in_the_other_language(self) -> None:
        found = outcomes("product_names", "我们的Field Service坏了", times=200)
        assert {"我们的现场服务坏了", "我们的外勤模块坏了"} <= found
        assert any("FieldService" in text for text in found)
        assert "现场服务 is down" in outcomes("product_names", "field service is down", times=200)

    @pytest.mark.parametrize("text", ["Dynamics 365 Finance 坏了", "crm.dynamics.cn 打不开", "nothing is named here"])
    def test_another_product_an_address_or_nothing_is_left_alone(self, text: str) -> None:
        assert outcomes("product_names", text) == {text}

    def test_a_word_in_the_other_language(self) -> None:
        assert outcomes("word_switch", "合同呢") == {"contract呢", "contract 呢"}
        assert outcomes("word_switch", "my contracts") == {"my 合同"}
        assert outcomes("word_switch", "看不到 contract 内容") == {"看不到合同内容"}

    def test_part_of_a_longer_expression_is_not_switched(self) -> None:
        assert "my 密码 reset" not in outcomes("word_switch", "my password reset")


@pytest.mark.parametrize("name", KINDS)
class TestEveryKind:
    @given(text=texts, seed=st.integers(0, 99))
    @settings(max_examples=40, deadline=None)
    def test_details_stay_and_nothing_is_blanked(self, name: str, text: str, seed: int) -> None:
        noisy = KINDS[name].apply(text, random.Random(seed))
        assert bool(noisy.strip()) == bool(text.strip())
        assert [each.value for each in find_emails(noisy)] == [each.value for each in find_emails(text)]
        assert [each.value for each in find_phones(noisy)] == [each.value for each in find_phones(text)]
        assert noisy == KINDS[name].apply(text, random.Random(seed))

    def test_addresses_and_numbers_are_left_as_they_are_written(self, name: str) -> None:
        text = f"请问 I can't log in，发票 {CASE} 怎么开? mail to {EMAIL}, 电话{PHONE}。"
        for noisy in outcomes(name, text):
            assert all(detail in noisy for detail in (EMAIL, PHONE, CASE))

    @pytest.mark.parametrize("text", ["", " ", "\n", EMAIL, PHONE, CASE, "…", "👍", "\ue100"])
    def test_a_text_with_nothing_to_change_is_unchanged(self, name: str, text: str) -> None:
        assert outcomes(name, text, times=5) == {text}


class TestPerturbed:
    def test_only_what_suits_the_language(self) -> None:
        found = {perturbed("登录不上", "zh", random.Random(seed)) for seed in range(200)}
        assert {"登錄不上", "denglubushang"} & found
        english = {perturbed("cancel plan", "en", random.Random(seed)) for seed in range(200)}
        assert {"CANCEL PLAN", "please cancel plan"} <= english

    @pytest.mark.parametrize("language", ["zh", "en", "mixed"])
    def test_finds_something_to_change_in_any_sentence(self, language: str) -> None:
        text = {"zh": "我们想取消订阅", "en": "we want to cancel", "mixed": "我们想 cancel 订阅"}[language]
        assert all(perturbed(text, language, random.Random(seed)) != text for seed in range(50))

    def test_more_kinds_change_more(self) -> None:
        text = "we want to cancel the subscription, it is too slow"
        changed = {how_many: sum(_differences(text, how_many, seed) for seed in range(30)) for how_many in (0, 1, 3)}
        assert 0 == changed[0] < changed[1] < changed[3]

    def test_the_same_seed_gives_the_same_noise(self) -> None:
        first, second = (
            [perturbed("发票怎么开", "zh", rng, 2) for _ in range(20)] for rng in (random.Random(7), random.Random(7))
        )
        assert first == second

    def test_what_cannot_be_changed_comes_back(self) -> None:
        assert perturbed(EMAIL, "en", random.Random(1), how_many=5) == EMAIL


def _differences(text: str, how_many: int, seed: int) -> int:
    noisy = perturbed(text, "en", random.Random(seed), how_many)
    return len(set(normalise(noisy).split()) ^ set(normalise(text).split())) + (noisy != text)
