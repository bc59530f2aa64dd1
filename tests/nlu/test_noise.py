"""The slips that messages come with: what each does, what none of them touches, and that chance is the caller's."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from jieda.contact import find_emails, find_phones
from jieda.nlu import noise
from jieda.nlu.lexicon import LexiconError
from jieda.nlu.noise import PERTURBATIONS, Perturbation, common_characters, load_tables, perturbed, tables
from jieda.nlu.normaliser import is_han, normalise
from jieda.policy import Language, policy

BY_NAME = {each.name: each for each in PERTURBATIONS}
ZH, EN = Language.ZH, Language.EN

EMAIL = "Li.Lei@Example.com"
PHONES = ("13800138000", "+86 400-089-0365", "021-61234567")
CASE_NUMBER = "SR20260312-7K2MQ"
LINKS = ("https://partner.microsoftonline.cn/Help?id=Please", "www.21vbluecloud.com/Dynamics365/", "portal.azure.cn")
VERBATIM = (EMAIL, *PHONES, CASE_NUMBER, *LINKS)


def slip(name: str, text: str, seed: int = 0) -> str:
    return BY_NAME[name].apply(text, random.Random(seed))


def outcomes(name: str, text: str, draws: int = 100) -> set[str]:
    """All that a kind of slip makes of a text."""
    return {slip(name, text, seed) for seed in range(draws)}


def adding(mark: str) -> Callable[[str, random.Random], str]:
    return lambda text, rng: text + mark


def differences(text: str, other: str) -> list[tuple[str, str]]:
    assert len(text) == len(other)
    return [(before, after) for before, after in zip(text, other, strict=True) if before != after]


# Anything at all, and sentences of the pieces that the slips look for.
PIECES = (
    *VERBATIM,
    *("登录", "不", "怎么", "为什么", "没有", "知道", "客服模块", "现场服务", "請問", "吗？", "，", "。", "？", "谢谢"),
    *("Customer Service", "CRM", "I don't know", "I'm", "it is", "please", "can not", "you", "D365", "9:30", "365"),
    *(
        " ",
        "  ",
        "\n",
        "'",
        "’",
        ".",
        ", ",
        "@",
        "-",
        "\0",
        "\ud800",
        "ſ",
        "İ",
        "ß",
        "ａ１",
        "\uf900",
        "\u3400",
        "😀",
        "x",
    ),
)
TEXTS = st.text(st.characters() | st.sampled_from("登录不a b,。1@.\ud800")) | st.lists(
    st.sampled_from(PIECES), max_size=10
).map("".join)
SEEDS = st.integers(0, 2**32)

# Dictionaries are read at the first use, which says nothing about the text of that use.
whenever = settings(deadline=None, max_examples=50)


class TestEveryKind:
    def test_names_are_given_once(self) -> None:
        assert len(BY_NAME) == len(PERTURBATIONS)

    def test_what_there_is_in_which_language(self) -> None:
        both, zh, en = frozenset({ZH, EN}), frozenset({ZH}), frozenset({EN})
        assert {each.name: each.languages for each in PERTURBATIONS} == {
            "homophone": zh,
            "traditional": zh,
            "traditional_taiwan": zh,
            "full_width": both,
            "pinyin_word": zh,
            "drop_character": both,
            "double_character": both,
            "swap_adjacent": both,
            "keyboard_typo": en,
            "casing": both,
            "contraction": en,
            "no_punctuation": both,
            "particles": both,
            "product_name": both,
            "han_latin_space": zh,
            "abbreviation": both,
        }

    @pytest.mark.parametrize("name", BY_NAME)
    @whenever
    @given(text=TEXTS, seed=SEEDS)
    @example(text="ſubscription K I'M ’", seed=0)
    @example(text="", seed=0)
    @example(text="。。。", seed=0)
    def test_any_text_is_taken_and_none_becomes_blank(self, name: str, text: str, seed: int) -> None:
        result = slip(name, text, seed)
        assert bool(result.strip()) == bool(text.strip())

    @pytest.mark.parametrize("name", BY_NAME)
    @whenever
    @given(text=TEXTS, seed=SEEDS)
    def test_the_same_chance_makes_the_same_slip(self, name: str, text: str, seed: int) -> None:
        assert slip(name, text, seed) == slip(name, text, seed)

    @pytest.mark.parametrize("name", BY_NAME)
    @whenever
    @given(text=TEXTS, seed=SEEDS)
    def test_contact_details_found_before_are_found_after(self, name: str, text: str, seed: int) -> None:
        result = slip(name, text, seed)
        assert [each.value for each in find_emails(result)] == [each.value for each in find_emails(text)]
        assert [each.value for each in find_phones(result)] == [each.value for each in find_phones(text)]

    @pytest.mark.parametrize("name", BY_NAME)
    @pytest.mark.parametrize("verbatim", VERBATIM)
    @pytest.mark.parametrize(
        "around", ["请问怎么登录客服模块，写到{}，谢谢", "Please don't call {}, it is down, thanks", "是{}吗"]
    )
    def test_addresses_numbers_and_links_stay_as_written(self, name: str, verbatim: str, around: str) -> None:
        assert all(verbatim in outcome for outcome in outcomes(name, around.format(verbatim), draws=10))

    @pytest.mark.parametrize("text", ["我的订单13800138000", "号码13800138000是021-61234567", "order 13800138000"])
    def test_a_slip_beside_a_number_does_not_change_what_the_number_is(self, text: str) -> None:
        found = find_phones(text)
        for name in ("drop_character", "swap_adjacent", "keyboard_typo", "homophone", "pinyin_word", "full_width"):
            for outcome in outcomes(name, text, draws=50):
                assert [each.value for each in find_phones(outcome)] == [each.value for each in found]

    @pytest.mark.parametrize("name", BY_NAME)
    @pytest.mark.parametrize("verbatim", VERBATIM)
    def test_what_is_nothing_else_is_left_alone(self, name: str, verbatim: str) -> None:
        assert outcomes(name, verbatim, draws=10) == {verbatim}

    @pytest.mark.parametrize("name", BY_NAME)
    @pytest.mark.parametrize("text", ["", " ", "\n\t", "12", "😀"])
    def test_without_words_there_is_nothing_to_slip_on(self, name: str, text: str) -> None:
        assert normalise(slip(name, text)) == text

    @pytest.mark.parametrize("name", sorted(name for name in BY_NAME if BY_NAME[name].languages == {ZH}))
    def test_chinese_slips_leave_english_alone(self, name: str) -> None:
        text = "Please help, I can't open CRM since 9:30."
        assert outcomes(name, text, draws=30) == {text}

    @pytest.mark.parametrize("name", sorted(name for name in BY_NAME if BY_NAME[name].languages == {EN}))
    def test_english_slips_leave_chinese_alone(self, name: str) -> None:
        text = "系统打不开了，为什么没有人回复？"
        assert outcomes(name, text, draws=30) == {text}


class TestHomophone:
    @pytest.mark.parametrize(
        ("text", "slipped"),
        [
            ("登录失败", {"登陆失败"}),
            ("登陆失败", {"登录失败"}),
            ("换账号", {"换帐号", "换账好"}),
            ("CRM打不开", {"CRM大不开"}),
            ("导入", {"倒入"}),
        ],
    )
    def test_likely_slips_come_first(self, text: str, slipped: set[str]) -> None:
        assert outcomes("homophone", text) == slipped

    @pytest.mark.parametrize("text", ["续了", "催一催那边", "银行转给你们了吗", "這個服務我想停用"])
    def test_one_or_two_characters_by_common_ones_of_the_same_sound(self, text: str) -> None:
        sounds = lazy_pinyin(text)
        for outcome in outcomes("homophone", text, draws=50):
            changed = [place for place, character in enumerate(text) if outcome[place] != character]
            assert 1 <= len(changed) <= 2
            assert all(outcome[place] in common_characters()[sounds[place]] for place in changed)

    def test_a_character_is_one_that_an_input_method_shows_at_once(self) -> None:
        shown = set(common_characters()["xu"][:9])
        assert {outcome[0] for outcome in outcomes("homophone", "续")} == shown - {"续"}

    def test_a_word_slips_once(self) -> None:
        assert all("登陆" in outcome for outcome in outcomes("homophone", "明日还能登录吗"))

    def test_a_character_is_read_as_its_word_has_it(self) -> None:
        slipped = {after for outcome in outcomes("homophone", "银行") for _, after in differences("银行", outcome)}
        sounds = {sound for sound in common_characters() if slipped & set(common_characters()[sound])}
        assert sounds == {"yin", "hang"}

    @pytest.mark.parametrize(("text", "most"), [("不续了", 1), ("我想问一下这件事情", 2)])
    def test_a_short_text_gets_one(self, text: str, most: int) -> None:
        assert max(len(differences(text, outcome)) for outcome in outcomes("homophone", text)) == most

    def test_common_characters_are_the_first_level_of_gb_2312(self) -> None:
        characters = "".join(common_characters().values())
        assert len(characters) == len(set(characters)) == 3_755
        assert {"啊", "座", "登", "录"} <= set(characters)
        assert not {"亍", "齄", "錄"} & set(characters)

    def test_the_most_frequent_of_a_sound_come_first(self) -> None:
        assert [common_characters()[sound][0] for sound in ("de", "shi", "bu")] == ["的", "是", "不"]


class TestScript:
    @pytest.mark.parametrize(
        ("text", "traditional", "taiwan"),
        [
            ("订阅", "訂閱", "訂閱"),
            ("软件登录", "軟件登錄", "軟體登入"),
            ("CRM打不开，头发", "CRM打不開，頭髮", "CRM打不開，頭髮"),
            ("人工", "人工", "人工"),
        ],
    )
    def test_traditional(self, text: str, traditional: str, taiwan: str) -> None:
        assert outcomes("traditional", text) == {traditional}
        assert outcomes("traditional_taiwan", text) == {taiwan}

    @pytest.mark.parametrize(
        ("text", "wide"),
        [
            ("CRM打不开", "ＣＲＭ打不开"),
            ("D365, v9.2!", "Ｄ３６５, ｖ９.２!"),
            (f"mail {EMAIL} ok", f"ｍａｉｌ {EMAIL} ｏｋ"),
            ("打不开", "打不开"),
        ],
    )
    def test_full_width(self, text: str, wide: str) -> None:
        assert outcomes("full_width", text) == {wide}

    @whenever
    @given(TEXTS, SEEDS)
    def test_the_normaliser_undoes_full_width(self, text: str, seed: int) -> None:
        assume(text.isprintable())  # the normaliser takes no lone surrogates
        assert normalise(slip("full_width", text, seed)) == normalise(text)

    def test_casing(self) -> None:
        styles = {"MY CRM DOESN'T OPEN", "my crm doesn't open", "My Crm Doesn't Open"}
        found = outcomes("casing", "my CRM doesn't open")
        assert styles < found
        assert {outcome.lower() for outcome in found} == {"my crm doesn't open"}
        assert "my CRM doesn't open" not in found

    def test_casing_of_one_style_takes_another(self) -> None:
        assert outcomes("casing", "k") == {"K"}
        assert outcomes("casing", "打不开") == {"打不开"}


class TestPinyinWord:
    @pytest.mark.parametrize(
        ("text", "spelt"),
        [
            ("怎么登录", {"zenme登录", "zenme 登录", "怎么denglu", "怎么 denglu"}),
            ("续", {"xu"}),
            ("女", {"nv"}),
            ("\uf900续", {"\uf900xu", "\uf900 xu"}),
            ("登录CRM", {"denglu CRM"}),
            ("银行", {"yinhang"}),
            ("电话13800138000", {"dianhua 13800138000"}),
        ],
    )
    def test_one_word_and_never_stuck_to_latin(self, text: str, spelt: set[str]) -> None:
        assert outcomes("pinyin_word", text) == spelt

    def test_words_are_those_of_the_tokenizer(self) -> None:
        assert "xianchangfuwu" in outcomes("pinyin_word", "现场服务")


class TestFingers:
    @pytest.mark.parametrize(
        ("text", "dropped"),
        [
            ("打不开", {"不开", "打不"}),
            ("没反应", {"没应", "没反"}),
            ("退订", {"退订"}),
            ("login", {"lgin", "loin", "logn", "logi"}),
            ("CRM is", {"CRM is"}),
        ],
    )
    def test_drop_character_but_no_negation_and_not_from_the_shortest(self, text: str, dropped: set[str]) -> None:
        assert outcomes("drop_character", text) == dropped

    @pytest.mark.parametrize(
        ("text", "doubled"), [("退订", {"退退订", "退订订"}), ("not", {"noot", "nott"}), ("12 is", {"12 is"})]
    )
    def test_double_character(self, text: str, doubled: set[str]) -> None:
        assert outcomes("double_character", text) == doubled

    @pytest.mark.parametrize(
        ("text", "swapped"),
        [
            ("电话号", {"话电号", "电号话"}),
            ("打不开了", {"打不了开"}),
            ("谢谢", {"谢谢"}),
            ("open", {"oepn", "opne"}),
            ("你a好", {"你a好"}),
            ("not", {"not"}),
        ],
    )
    def test_swap_adjacent_but_no_negation_and_not_across_scripts(self, text: str, swapped: set[str]) -> None:
        assert outcomes("swap_adjacent", text) == swapped

    @pytest.mark.parametrize(
        ("text", "typed"),
        [
            ("aaqa", {"aawa", "aaaa", "aqqa", "awqa", "asqa", "azqa", "aaqq", "aaqw", "aaqs", "aaqz"}),
            ("HELP", {f"H{key}LP" for key in "WSDR"} | {f"HE{key}P" for key in "KOP"} | {f"HEL{key}" for key in "OL"}),
            ("the", {"the"}),
        ],
    )
    def test_keyboard_typo_hits_a_key_that_touches(self, text: str, typed: set[str]) -> None:
        assert outcomes("keyboard_typo", text, draws=600) == typed


class TestWordsSaidOtherwise:
    @pytest.mark.parametrize(
        ("text", "other"),
        [
            ("I don't know", "I do not know"),
            ("I do not know", "I don't know"),
            ("Can’t log in", "Cannot log in"),
            ("we cannot log in", "we can't log in"),
            ("we can not log in", "we can't log in"),
            ("I'm stuck", "I am stuck"),
            ("I AM STUCK", "I'M STUCK"),
            ("It's down", "It is down"),
            ("it's been down", "it has been down"),
            ("it is down and we are stuck", "it's down and we're stuck"),
            ("yes I am", "yes I am"),
            ("the customer's CRM", "the customer's CRM"),
            ("visit is", "visit is"),
        ],
    )
    def test_contraction(self, text: str, other: str) -> None:
        assert outcomes("contraction", text) == {other}

    def test_contraction_goes_one_way_at_a_time(self) -> None:
        assert outcomes("contraction", "I can't, it is down") == {"I cannot, it is down", "I can't, it's down"}

    @pytest.mark.parametrize(
        ("text", "short"),
        [
            ("Please help", {"Pls help", "Plz help"}),
            ("PLEASE", {"PLS", "PLZ"}),
            ("you broke it", {"u broke it"}),
            ("my subscription", {"my sub"}),
            ("the application broke", {"the app broke"}),
            ("because of it", {"bc of it", "cuz of it"}),
            ("thank you", {"thx", "ty", "thank u"}),
            ("I don’t see it", {"I dont see it"}),
            ("you're young", {"you're young"}),
            ("为什么慢", {"为啥慢", "咋慢"}),
            ("怎么续", {"咋续"}),
            ("没有用", {"木有用", "没用"}),
            ("什么时候", {"啥时候", "几时"}),
            ("谁知道", {"谁晓得"}),
            ("怎么取消subscription", {"咋取消subscription", "怎么取消sub", "咋取消sub"}),
        ],
    )
    def test_abbreviation(self, text: str, short: set[str]) -> None:
        assert outcomes("abbreviation", text) == short


class TestProductName:
    @pytest.mark.parametrize(
        ("text", "possible"),
        [
            ("客服模块打不开", ["Customer Service打不开", "Customer Service 打不开", "D365 Customer Service打不开"]),
            ("打开现场服务报错", ["打开Field Service报错", "打开 Field Service 报错"]),
            ("打开 Field Service 报错", ["打开现场服务报错"]),
            ("打开Field Service报错", ["打开现场服务报错"]),
            ("My Customer Service is down", ["My 客服模块 is down", "My客服模块is down"]),
            ("d365 sales 报错", ["销售模块报错"]),
            ("营销模块13800138000", ["Marketing 13800138000"]),
            ("PSA?", ["项目服务自动化?"]),
            ("CRM系统慢", ["客户关系管理系统慢"]),
        ],
    )
    def test_a_name_of_the_other_language(self, text: str, possible: list[str]) -> None:
        found = outcomes("product_name", text, draws=600)
        assert set(possible) <= found
        assert text not in found

    @pytest.mark.parametrize(
        "text", ["speak with customer service", "our sales team", "Sales please", "学市场营销", "PSALM", "scrm"]
    )
    def test_what_may_be_no_product_is_left_alone(self, text: str) -> None:
        assert outcomes("product_name", text, draws=30) == {text}

    def test_every_app_of_the_policy_is_known_by_its_name(self) -> None:
        for app in policy().apps:
            assert app.name in tables().product_names[app.key].en
            assert all(any(map(is_han, outcome)) for outcome in outcomes("product_name", app.name))


class TestParticles:
    def test_chinese(self) -> None:
        found = outcomes("particles", "怎么续费？", draws=600)
        assert {"请问怎么续费？", "麻烦怎么续费？", "你好，怎么续费？"} <= found
        assert {"怎么续费啊？", "怎么续费呢？", "怎么续费吧？", "怎么续费哈？"} <= found
        assert "怎么续费？" not in found

    def test_english(self) -> None:
        found = outcomes("particles", "how to renew?", draws=600)
        assert {"hi, how to renew?", "um, how to renew?", "how to renew? pls", "how to renew? thx"} <= found
        assert "how to renew?" not in found

    def test_a_mixed_message_is_chinese(self) -> None:
        assert "请问怎么renew" in outcomes("particles", "怎么renew")
        assert not any(outcome.startswith("hi") for outcome in outcomes("particles", "怎么renew"))

    def test_politeness_is_not_said_twice(self) -> None:
        assert outcomes("particles", "Hi, it is down, thanks!") == {"Hi, it is down, thanks!"}
        assert outcomes("particles", "请问怎么续费，谢谢") == {"请问怎么续费，谢谢"}

    def test_no_mood_behind_a_mood(self) -> None:
        endings = {outcome.removeprefix("能续吗") for outcome in outcomes("particles", "能续吗？")}
        assert not {"啊？", "呢？", "吧？", "哈？", "哦？"} & endings
        assert "，谢谢？" in endings


class TestMarksAndBlanks:
    @pytest.mark.parametrize(
        ("text", "bare"),
        [
            ("你好，CRM打不开！怎么办？", "你好CRM打不开怎么办"),
            ("Hi, I can't log in. Why?", "Hi I can't log in Why"),
            ("down,please help", "down please help"),
            ("“订阅”（年付）", "订阅年付"),
            ("since 9:30, 3.5 hours, 1,000 users", "since 9:30 3.5 hours 1,000 users"),
            (f"{EMAIL},13800138000。", f"{EMAIL} 13800138000"),
            ("a\n\nb.\nc", "a\n\nb\nc"),
            ("？？？", "？？？"),
            ("没有标点", "没有标点"),
        ],
    )
    def test_no_punctuation(self, text: str, bare: str) -> None:
        assert outcomes("no_punctuation", text, draws=20) == {bare}

    @pytest.mark.parametrize(
        ("text", "other"),
        [
            ("打开CRM报错", {"打开 CRM 报错"}),
            ("打开 CRM 报错", {"打开CRM报错"}),
            ("打开 CRM报错", {"打开CRM报错", "打开 CRM 报错"}),
            ("共3个", {"共 3 个"}),
            (f"写到{EMAIL}吧", {f"写到 {EMAIL} 吧"}),
            (f"写到 {EMAIL} 吧", {f"写到{EMAIL}吧"}),
            ("打开，CRM", {"打开，CRM"}),
            ("my CRM", {"my CRM"}),
        ],
    )
    def test_han_latin_space(self, text: str, other: set[str]) -> None:
        assert outcomes("han_latin_space", text) == other


class TestPerturbed:
    TEXT = "请问怎么登录 Customer Service？我的账号不能用了，please help"

    @whenever
    @given(TEXTS, SEEDS, st.integers(-1, 20))
    def test_any_text_is_taken(self, text: str, seed: int, how_many: int) -> None:
        result = perturbed(text, random.Random(seed), how_many)
        assert result == perturbed(text, random.Random(seed), how_many)
        assert bool(result.strip()) == bool(text.strip())
        assert [each.value for each in find_phones(result)] == [each.value for each in find_phones(text)]

    @pytest.mark.parametrize("how_many", [-1, 0])
    def test_none_wanted_none_made(self, how_many: int) -> None:
        assert perturbed(self.TEXT, random.Random(0), how_many) == self.TEXT

    @pytest.mark.parametrize(("how_many", "made"), [(1, 1), (2, 2), (3, 3), (9, 3)])
    def test_as_many_kinds_as_wanted_each_once(self, monkeypatch: pytest.MonkeyPatch, how_many: int, made: int) -> None:
        """Kinds of the other language and kinds that change nothing do not count."""
        kinds = [Perturbation(mark, frozenset({ZH}), adding(mark)) for mark in ("甲", "乙", "丙", "")]
        kinds.append(Perturbation("other", frozenset({EN}), adding("x")))
        monkeypatch.setattr(noise, "PERTURBATIONS", tuple(kinds))
        for seed in range(30):
            added = perturbed("字", random.Random(seed), how_many).removeprefix("字")
            assert set(added) <= set("甲乙丙")
            assert len(added) == len(set(added)) == made

    def test_every_kind_has_its_turn(self) -> None:
        text = "i don't know 怎么登录客服模块，please help"
        made = {perturbed(text, random.Random(seed)) for seed in range(600)}
        assert [name for name in BY_NAME if not made & outcomes(name, text)] == []

    def test_kinds_that_can_do_nothing_are_passed_over(self) -> None:
        assert all(perturbed("续了", random.Random(seed)) != "续了" for seed in range(100))

    @pytest.mark.parametrize("text", [EMAIL, "13800138000", CASE_NUMBER, "😀", "12", "", "  "])
    def test_a_text_without_a_language_stays(self, text: str) -> None:
        assert perturbed(text, random.Random(0), 5) == text

    def test_a_fixed_seed_makes_a_fixed_row(self) -> None:
        """One source of chance for many texts: as the training data is widened."""
        texts = [self.TEXT, "how do I renew", "不续了"] * 5
        first, second = random.Random(7), random.Random(7)
        assert [perturbed(text, first, 2) for text in texts] == [perturbed(text, second, 2) for text in texts]


class TestTables:
    def test_homophones_sound_alike(self) -> None:
        for word, others in tables().likely_homophones.items():
            for other in others:
                assert lazy_pinyin(word) == lazy_pinyin(other), (word, other)
                assert word != other

    def test_nothing_is_empty_or_its_own_replacement(self) -> None:
        for table in (tables().likely_homophones, tables().abbreviations):
            assert all(others and word not in others for word, others in table.items())
        assert set(tables().particles) == {ZH, EN}
        assert all(each.start and each.end for each in tables().particles.values())
        assert all(each.zh and each.en for each in tables().product_names.values())

    def test_latin_keys_are_found_by_their_lower_case(self) -> None:
        assert all(key == key.lower() and "’" not in key for key in (*tables().contractions, *tables().abbreviations))

    def test_each_full_form_has_one_short_form(self) -> None:
        assert len(set(tables().contractions.values())) == len(tables().contractions)

    def test_no_name_is_of_two_products(self) -> None:
        names = [name for each in tables().product_names.values() for name in (*each.zh, *each.en)]
        assert len(names) == len(set(names))

    @pytest.mark.parametrize("content", [None, "", "abbreviations: {on: [x]}", "likely_homophones: ["])
    def test_a_broken_file_is_named(self, tmp_path: Path, content: str | None) -> None:
        file = tmp_path / "noise.yml"
        if content is not None:
            file.write_text(content, encoding="utf-8")
        with pytest.raises(LexiconError, match=r"noise\.yml"):
            load_tables(file)
