"""The tagger learns from annotated messages what no rule says, and is kept in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from jieda.nlu.annotations import parse_annotations
from jieda.nlu.normaliser import MAX_LENGTH, normalise
from jieda.nlu.segments import segment
from jieda.nlu.tagger import EntityTagger, Example, NothingToLearn, Settings, Tagged

_ANNOTATED = """
联系人写[施磊](contact_name)吧
联系人改成[周蓓](contact_name)
请找[梁坤](contact_name)对接
ask for [Karen Hu](contact_name) at the desk
please put [Anders Lund](contact_name) as contact
let your engineer call [Priya Nair](contact_name)
we are [Skov Instruments](company) in the north
invoice goes to [Harbour Foods Trading](company)
the tenant of [Delta Print](company)
抬头写[青岛海润机械](company)
单子在[厦门鹭岛旅行社](company)名下
公司改名叫[合睿新材](company)了
a button is gone in [Sales](affected_app) since monday
[Sales](affected_app) does not open
which licence do I need for [Sales](affected_app)
the list in [CE](affected_app) is empty
[CE](affected_app)里的列表是空的
[销售](affected_app)里打不开商机
[forty dispatchers cannot work](severity:critical), hurry
[the whole night shift is stuck](severity:critical), please call
[all our stores cannot sell](severity:critical)
[整个夜班都停了](severity:critical)，快点
[三个车间都停工了](severity:critical)，请打电话
[所有门店都开不了单](severity:critical)
[whenever you have time](severity:non_critical) is fine
[next week is early enough](severity:non_critical)
[有空再看就行](severity:non_critical)
[下周处理也行](severity:non_critical)，谢谢
"""
_PLAIN = """
our sales team grows
the sales are down this quarter
how do I add a user
the invoice is wrong
销售额下降了
怎么添加用户
发票抬头错了
"""


def examples() -> list[Example]:
    annotated = [Example(*parse_annotations(line)) for line in _ANNOTATED.strip().split("\n")]
    return [*annotated, *(Example(line) for line in _PLAIN.strip().split("\n"))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tagger")
    EntityTagger.fit(examples(), Settings(copies=6), folder)
    return folder


@pytest.fixture(scope="module")
def tagger(folder: Path) -> EntityTagger:
    return EntityTagger.load(folder)


def found(tagged: tuple[Tagged, ...]) -> list[tuple[str, str]]:
    return [(each.entity.entity, each.entity.value) for each in tagged]


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        ("联系人写冯珊吧", ("contact_name", "冯珊")),
        ("ask for Ingrid Berg at the desk", ("contact_name", "Ingrid Berg")),
        ("抬头写苏州启明仪器", ("company", "苏州启明仪器")),
        ("the tenant of Norland Paper", ("company", "Norland Paper")),
    ],
)
def test_names_that_no_message_had_are_found(tagger: EntityTagger, text: str, entity: tuple[str, str]) -> None:
    assert found(tagger.find(text)) == [entity]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("forty stores cannot sell, hurry", "critical"),
        ("三个门店都停了，快点", "critical"),
        ("下周再看就行", "non_critical"),
    ],
)
def test_a_severity_is_found_in_other_words(tagger: EntityTagger, text: str, value: str) -> None:
    assert found(tagger.find(text)) == [("severity", value)]


@pytest.mark.parametrize(
    ("text", "app"),
    [("a list is gone in Sales since monday", "sales"), ("CE里的列表打不开", "any")],
)
def test_an_app_is_told_by_its_key(tagger: EntityTagger, text: str, app: str) -> None:
    assert found(tagger.find(text)) == [("affected_app", app)]


def test_a_word_that_is_an_app_elsewhere_is_left_alone(tagger: EntityTagger) -> None:
    assert tagger.find("the sales team grows") == ()


def test_offsets_are_those_of_the_text_as_written(tagger: EntityTagger) -> None:
    text = "  聯繫人寫　馮珊　吧"
    (name,) = tagger.find(text)
    assert (name.entity.value, text[name.entity.start : name.entity.end]) == ("馮珊", "馮珊")


def test_a_guess_is_never_as_sure_as_a_rule(tagger: EntityTagger) -> None:
    (sure,) = tagger.find("ask for Karen Hu at the desk")
    assert 0.5 < sure.confidence < 1


def test_words_known_already_change_nothing(tagger: EntityTagger) -> None:
    text = "联系人写冯珊吧"
    assert tagger.find(text, segment(normalise(text))) == tagger.find(text)


@pytest.mark.parametrize("text", ["", "   ", "\ud800", "\x00", "？！", "a" * (MAX_LENGTH + 10)])
def test_texts_without_words_have_none(tagger: EntityTagger, text: str) -> None:
    assert tagger.find(text) == ()


def test_the_same_messages_make_the_same_model(folder: Path, tmp_path: Path) -> None:
    EntityTagger.fit(examples(), Settings(copies=6), tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        file.name: file.read_bytes() for file in folder.iterdir()
    }


def test_without_annotations_there_is_nothing_to_learn(tmp_path: Path) -> None:
    with pytest.raises(NothingToLearn, match="affected_app or company"):
        EntityTagger.fit([Example("你好"), Example("hello")], Settings(), tmp_path)
    assert not EntityTagger.is_in(tmp_path)
