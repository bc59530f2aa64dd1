"""A linear text model: hashed characters, words and concepts in, calibrated probabilities of labels out.

Features are hashed, so that no vocabulary need be kept: the model is a few arrays, loads in a moment and is stored
without pickles. The margins of a linear support vector machine become probabilities through one temperature,
fitted on a part of the texts that a machine of its own had not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from scipy.special import logsumexp, softmax
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from jieda.nlu.features import Text

_SEED = 42


@dataclass(frozen=True)
class Block:
    """One form of a text as features: n-grams of characters, or of the words between blanks.

    `form` names the field of `Text`; `bits` is the size of the hash; `weight` is how much the block counts.
    """

    form: str
    ngrams: tuple[int, int]
    bits: int
    of_characters: bool = False
    weight: float = 1.0


@dataclass(frozen=True)
class Shape:
    """The blocks of features; the weight of a text's vector, where it has one; how little the machine is held back
    (`c`); how much a noisy copy counts, and what a machine for groups of labels says; of how many parts one is kept
    unseen for the temperature."""

    blocks: tuple[Block, ...] = (
        Block("characters", (1, 3), 18, of_characters=True),
        Block("words", (1, 2), 17, weight=0.7),
        Block("concepts", (1, 2), 14, weight=0.5),
        Block("pairs", (1, 1), 18, weight=0.4),
    )
    vector_weight: float = 1.0
    c: float = 1.5
    copy_weight: float = 0.5
    group_weight: float = 1.0
    parts: int = 5


@dataclass(frozen=True)
class Weights:
    """One row a feature that bears any weight, one column a label; `places` has the row of each feature there may be.

    Half precision holds a weight to a thousandth, which moves no probability by as much as that. Row by row in memory,
    as a text has but some hundred of the rows; the first is of the features that bear none.
    """

    rows: npt.NDArray[np.float16]
    places: npt.NDArray[np.int32]

    @classmethod
    def of(cls, every: npt.NDArray[np.floating[Any]]) -> Weights:
        halved = every.astype(np.float16)
        used = np.flatnonzero(halved.any(axis=1))
        places = np.zeros(len(every), dtype=np.int32)
        places[used] = np.arange(1, len(used) + 1)
        none = np.zeros((1, every.shape[1]), dtype=np.float16)
        return cls(np.ascontiguousarray(np.concatenate([none, halved[used]])), places)

    def margins(self, features: csr_matrix, text: int) -> npt.NDArray[np.float32]:
        there = slice(features.indptr[text], features.indptr[text + 1])
        rows = self.rows[self.places[features.indices[there]]].astype(np.float32)
        return np.asarray(features.data[there] @ rows)


class LinearModel:
    """Labels texts. Make one with `fit` or `load`."""

    def __init__(
        self,
        shape: Shape,
        labels: Sequence[str],
        weights: Weights,
        bias: npt.NDArray[np.float32],
        idf: npt.NDArray[np.float32],
        temperature: float,
    ) -> None:
        self.labels = tuple(labels)
        self.temperature = temperature
        self._weights = weights
        self._bias = bias
        self._idf = idf
        self._features = _Features(shape)

    @classmethod
    def fit(
        cls,
        shape: Shape,
        texts: Sequence[Text],
        labels: Sequence[str],
        copies: Sequence[Sequence[Text]] = (),
        group: Callable[[str], str] | None = None,
    ) -> LinearModel:
        """At least two labels. `copies` are for each text noisy forms of it, which are learnt from along with it.

        `group` names the group of a label. A second machine tells groups apart, and a label's margin is its own and a
        share of its group's; the sum of two linear machines is one.
        """
        maker = _Features(shape)
        copies = copies or [()] * len(texts)
        sources = np.concatenate([np.arange(len(texts)), np.repeat(np.arange(len(texts)), [*map(len, copies)])])
        everything = [*texts, *(copy for each in copies for copy in each)]
        counts = maker.counts(everything)
        idf = TfidfTransformer(norm=None).fit(counts).idf_.astype(np.float32)
        features = maker.weighted(counts, idf, everything)
        names, targets = np.unique(labels, return_inverse=True)
        groups = None if group is None else np.unique([group(str(name)) for name in names], return_inverse=True)[1]
        weights = np.where(np.arange(len(everything)) < len(texts), 1.0, shape.copy_weight)

        known, unseen = next(StratifiedKFold(shape.parts, shuffle=True, random_state=_SEED).split(texts, targets))
        rows = np.flatnonzero(np.isin(sources, known))
        partly, wholly = Parallel(n_jobs=2)(
            delayed(_fitted)(shape, features[part], targets[sources[part]], weights[part], groups)
            for part in (rows, np.arange(len(everything)))
        )
        temperature = _best_temperature(features[unseen] @ partly[0] + partly[1], targets[unseen])
        return cls(shape, [str(name) for name in names], Weights.of(wholly[0]), wholly[1], idf, temperature)

    def probabilities(self, texts: Sequence[Text]) -> npt.NDArray[np.float64]:
        """One row a text, one column a label, in the order of `labels`."""
        features = self._features.weighted(self._features.counts(texts), self._idf, texts)
        margins = [self._weights.margins(features, text) + self._bias for text in range(len(texts))]
        return np.asarray(softmax(np.array(margins).reshape(-1, len(self.labels)) / self.temperature, axis=1))

    def save(self, file: Path) -> None:
        np.savez_compressed(
            file,
            labels=np.array(self.labels),
            weights=self._weights.rows,
            places=self._weights.places,
            bias=self._bias,
            idf=self._idf,
            temperature=self.temperature,
        )

    @classmethod
    def load(cls, file: Path, shape: Shape) -> LinearModel:
        with np.load(file, allow_pickle=False) as kept:
            return cls(
                shape,
                [str(label) for label in kept["labels"]],
                Weights(kept["weights"], kept["places"]),
                kept["bias"],
                kept["idf"],
                float(kept["temperature"]),
            )


def _vectorizer(block: Block) -> HashingVectorizer:
    common: dict[str, Any] = {"lowercase": False, "alternate_sign": False, "norm": None, "dtype": np.float32}
    if block.of_characters:
        return HashingVectorizer(analyzer="char", ngram_range=block.ngrams, n_features=2**block.bits, **common)
    return HashingVectorizer(token_pattern=r"\S+", ngram_range=block.ngrams, n_features=2**block.bits, **common)


class _Features:
    """Texts to rows of length one: in each block sublinear tf-idf of length one, times the block's weight; then
    their vectors, if they have any."""

    def __init__(self, shape: Shape) -> None:
        self._blocks = shape.blocks
        self._vector_weight = shape.vector_weight
        self._vectorizers = [_vectorizer(block) for block in shape.blocks]

    def counts(self, texts: Sequence[Text]) -> csr_matrix:
        return hstack(
            [
                vectorizer.transform([getattr(text, block.form) for text in texts])
                for block, vectorizer in zip(self._blocks, self._vectorizers, strict=True)
            ],
            format="csr",
        )

    def weighted(self, counts: csr_matrix, idf: npt.NDArray[np.float32], texts: Sequence[Text]) -> csr_matrix:
        features = counts.copy()
        features.data = (1.0 + np.log(features.data)) * idf[features.indices]
        parts, start = [], 0
        for block in self._blocks:
            end = start + 2**block.bits
            parts.append(normalize(features[:, start:end], copy=False) * block.weight)
            start = end
        if any(text.vector for text in texts):
            vectors = np.array([text.vector for text in texts], dtype=np.float32)
            parts.append(csr_matrix(normalize(vectors) * self._vector_weight))
        return normalize(hstack(parts, format="csr"), copy=False).astype(np.float32)


def _fitted(
    shape: Shape,
    features: csr_matrix,
    targets: npt.NDArray[np.int64],
    weights: npt.NDArray[np.float64],
    groups: npt.NDArray[np.int64] | None,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Weights, one column a label, and bias. `groups` has the group of each label."""
    columns, bias = _machine(shape, features, targets, weights)
    if groups is not None and groups.max() > 0:
        of_groups, bias_of_groups = _machine(shape, features, groups[targets], weights)
        columns = columns + shape.group_weight * of_groups[:, groups]
        bias = bias + shape.group_weight * bias_of_groups[groups]
    return columns, bias


def _machine(
    shape: Shape, features: csr_matrix, targets: npt.NDArray[np.int64], weights: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    # A hundred times finer changes no label of the held-out messages and takes twice as long.
    machine = LinearSVC(C=shape.c, tol=1e-2, random_state=_SEED).fit(features, targets, weights)
    columns, bias = machine.coef_.astype(np.float32).T, machine.intercept_.astype(np.float32)
    if len(bias) == 1:
        # Of two labels there is but one machine, whose margin is the second label's.
        columns, bias = np.hstack([-columns, columns]), np.concatenate([-bias, bias])
    return columns.copy(), bias


def _best_temperature(margins: npt.NDArray[np.float64], right: npt.NDArray[np.int64]) -> float:
    """The temperature under which the softmax of the margins is least surprised by the right labels."""

    def surprise(log_temperature: float) -> float:
        scaled = margins / np.exp(log_temperature)
        return float(np.mean(logsumexp(scaled, axis=1) - scaled[np.arange(len(right)), right]))

    return float(np.exp(minimize_scalar(surprise, bounds=(-5.0, 3.0), method="bounded").x))
