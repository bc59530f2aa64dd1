"""The linear model: learns a small bilingual set, gives probabilities, and is the same when loaded again."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from jieda.nlu.linear import LinearModel, Shape, Text
from jieda.nlu.normaliser import normalise
from jieda.nlu.segments import segment

SET = {
    "billing": [
        "怎么开发票",
        "发票开错了怎么办",
        "账单金额不对",
        "订阅怎么续费",
        "多扣了一笔费用",
        "我要重开发票",
        "how do I get an invoice",
        "the bill is wrong",
        "renew my subscription",
        "I was charged twice",
        "invoice for 我们公司",
        "the charge on my bill",
    ],
    "technical": [
        "系统登录不上",
        "页面打不开",
        "销售模块报错",
        "一直转圈卡死了",
        "登录失败怎么办",
        "仪表板打不开",
        "I can't log in",
        "the page does not load",
        "error when opening a record",
        "the dashboard is broken",
        "login 失败 please help",
        "log in error on the page",
    ],
    "human": [
        "转人工",
        "我要找人工客服",
        "请给我接真人",
        "不要机器人，转人工",
        "人工服务",
        "叫个真人来",
        "talk to a human",
        "a real person please",
        "connect me to an agent",
        "I want a human agent",
        "转 human agent",
        "a person, not a bot",
    ],
}
UNSEEN = {
    "发票什么时候开": "billing",
    "my invoice is wrong": "billing",
    "登录页面打不开": "technical",
    "error when I log in": "technical",
    "帮我转人工客服": "human",
    "can I talk to a real human": "human",
    "转 agent 人工": "human",
}


FORMS = [each.name for each in fields(Text) if each.name != "vector"]


def form(written: str) -> Text:
    """The text in every form there is: normalised, or its words between blanks."""
    normalised = normalise(written)
    words = " ".join(word.text for word in segment(normalised))
    return Text(**{name: normalised if name == "characters" else words for name in FORMS})


TEXTS = [form(text) for texts in SET.values() for text in texts]
LABELS = [label for label, texts in SET.items() for _ in texts]
NOTHING = Text(**dict.fromkeys(FORMS, ""))
STRANGE = form("龘龘龘 zzzqqq 😀")


def fitted() -> LinearModel:
    return LinearModel.fit(Shape(), TEXTS, LABELS)


@pytest.fixture(scope="module")
def model() -> LinearModel:
    return fitted()


def labels(model: LinearModel, texts: list[Text]) -> list[str]:
    return [model.labels[i] for i in model.probabilities(texts).argmax(axis=1)]


class TestFit:
    def test_what_it_was_shown_it_knows(self, model: LinearModel) -> None:
        assert labels(model, TEXTS) == LABELS

    def test_texts_it_has_not_seen_in_both_languages(self, model: LinearModel) -> None:
        assert labels(model, [form(text) for text in UNSEEN]) == list(UNSEEN.values())

    def test_the_labels_are_those_of_the_set(self, model: LinearModel) -> None:
        assert set(model.labels) == set(SET)

    def test_again_it_comes_out_the_same(self, model: LinearModel) -> None:
        again = fitted()
        assert again.temperature == model.temperature
        np.testing.assert_array_equal(again.probabilities(TEXTS), model.probabilities(TEXTS))

    def test_the_order_of_the_set_moves_nothing_but_a_little(self, model: LinearModel) -> None:
        backwards = LinearModel.fit(Shape(), TEXTS[::-1], LABELS[::-1])
        assert labels(backwards, [form(text) for text in UNSEEN]) == list(UNSEEN.values())

    def test_two_labels_are_enough(self) -> None:
        two = [(text, label) for text, label in zip(TEXTS, LABELS, strict=True) if label != "human"]
        model = LinearModel.fit(Shape(), [text for text, _ in two], [label for _, label in two])
        assert labels(model, [text for text, _ in two]) == [label for _, label in two]


class TestNoisyCopies:
    def test_what_only_a_copy_says_is_learnt(self) -> None:
        slip = form("zhuanrengong")
        copies = [[slip] if text == form("转人工") else [] for text in TEXTS]
        assert labels(LinearModel.fit(Shape(copy_weight=1.0), TEXTS, LABELS, copies), [slip]) == ["human"]

    def test_a_copy_counts_as_the_shape_says(self) -> None:
        slip = form("zhuanrengong")
        copies = [[slip] if text == form("转人工") else [] for text in TEXTS]
        little, much = (
            LinearModel.fit(Shape(copy_weight=weight), TEXTS, LABELS, copies).probabilities([slip]).max()
            for weight in (0.1, 1.0)
        )
        assert little < much


class TestGroups:
    def test_a_text_between_two_groups_goes_with_the_group_that_its_words_speak_for(self) -> None:
        groups = {"billing": "ours", "technical": "ours", "human": "theirs"}
        doubtful = form("发票打不开 agent")
        without, with_groups = (
            LinearModel.fit(Shape(), TEXTS, LABELS, (), group).probabilities([doubtful])[0]
            for group in (None, groups.__getitem__)
        )
        human = LinearModel.fit(Shape(), TEXTS, LABELS).labels.index("human")
        assert with_groups[human] < without[human]

    def test_one_group_for_all_changes_nothing(self, model: LinearModel) -> None:
        one = LinearModel.fit(Shape(), TEXTS, LABELS, (), lambda label: "all")
        np.testing.assert_allclose(one.probabilities(TEXTS), model.probabilities(TEXTS))


class TestVectors:
    def test_texts_alike_in_nothing_but_their_vectors(self) -> None:
        vectors = {"billing": (1.0, 0.0, 0.0), "technical": (0.0, 1.0, 0.0), "human": (0.0, 0.0, 1.0)}
        texts = [replace(text, vector=vectors[label]) for text, label in zip(TEXTS, LABELS, strict=True)]
        model = LinearModel.fit(Shape(), texts, LABELS)
        unseen = [replace(STRANGE, vector=vector) for vector in vectors.values()]
        assert labels(model, unseen) == list(vectors)


class TestProbabilities:
    @pytest.mark.parametrize("texts", [TEXTS, [NOTHING], [STRANGE], [form(text) for text in UNSEEN]])
    def test_one_row_a_text_that_sums_to_one(self, model: LinearModel, texts: list[Text]) -> None:
        found = model.probabilities(texts)
        assert found.shape == (len(texts), len(model.labels))
        assert np.isfinite(found).all()
        assert (found >= 0).all()
        np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-6)

    def test_each_text_by_itself_gets_the_same_as_among_others(self, model: LinearModel) -> None:
        texts = [*TEXTS[:5], NOTHING, STRANGE]
        together = model.probabilities(texts)
        alone = np.concatenate([model.probabilities([text]) for text in texts])
        np.testing.assert_allclose(together, alone, atol=1e-6)

    def test_it_is_surer_of_what_it_knows_than_of_what_it_cannot_know(self, model: LinearModel) -> None:
        known, strange = model.probabilities([TEXTS[0]]).max(), model.probabilities([STRANGE]).max()
        assert known > strange


class TestKept:
    def test_loaded_again_it_gives_the_same_answers(self, model: LinearModel, tmp_path: Path) -> None:
        model.save(tmp_path / "model.npz")
        loaded = LinearModel.load(tmp_path / "model.npz", Shape())
        texts = [*TEXTS, NOTHING, STRANGE]
        assert loaded.labels == model.labels
        assert labels(loaded, texts) == labels(model, texts)
        np.testing.assert_allclose(loaded.probabilities(texts), model.probabilities(texts), atol=1e-2)

    def test_weights_lie_row_by_row_so_that_a_text_costs_no_copy_of_them(
        self, model: LinearModel, tmp_path: Path
    ) -> None:
        model.save(tmp_path / "model.npz")
        grouped = LinearModel.fit(Shape(), TEXTS, LABELS, (), lambda label: label[0])
        for each in (model, grouped, LinearModel.load(tmp_path / "model.npz", Shape())):
            assert each._weights.rows.flags.c_contiguous

    def test_features_that_bear_no_weight_take_no_row(self, model: LinearModel) -> None:
        assert len(model._weights.rows) < len(model._weights.places) / 100
        np.testing.assert_allclose(model.probabilities([STRANGE]).sum(), 1, atol=1e-6)

    def test_without_pickles(self, model: LinearModel, tmp_path: Path) -> None:
        model.save(tmp_path / "model.npz")
        with np.load(tmp_path / "model.npz", allow_pickle=False) as kept:
            assert all(kept[name].dtype != object for name in kept.files)

    def test_small(self, model: LinearModel, tmp_path: Path) -> None:
        model.save(tmp_path / "model.npz")
        assert (tmp_path / "model.npz").stat().st_size < 1_000_000
