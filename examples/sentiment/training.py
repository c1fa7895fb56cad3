"""One fold: train, choose the epoch and the share of the CNN by validation, and test."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import dovetail as dt
from sentiment.data import Fold, Reviews, check, texts_at
from sentiment.features import Vocabulary
from sentiment.model import Sentiment, combined

EPOCHS = 6
SHARES = (0.0, 0.25, 0.5, 1.0)
loss = functools.partial(dt.binary_cross_entropy, label_smoothing=0.1)


@dataclass(frozen=True)
class Outcome:
    """The best model of a fold by validation, and its accuracy."""

    model: Sentiment
    vocabulary: Vocabulary
    share: float  # of the CNN
    validation: float
    test: float
    bayes: float  # naive Bayes on the same n-grams, without training
    floor: float  # naive Bayes on words and pairs of neighbours
    alone: float  # the n-grams without the CNN, at the chosen epoch
    curve: list[tuple[float, float]]  # accuracy of each epoch, training and validation


def accuracy(logits: Any, positive: Any) -> float:
    """The share of sentences whose sign is right."""
    return float(((np.asarray(logits) > 0) == (positive > 0)).mean())


def train(
    reviews: Reviews, fold: Fold, seed: int, epochs: int = EPOCHS,
    say: Callable[[str], None] = print,
) -> Outcome:  # fmt: skip
    """Train on a fold's training part."""
    check(fold, reviews)
    vocabulary = Vocabulary.of(texts_at(reviews, fold.train))
    parts = [(fold.train, "train"), (fold.validation, "validation"), (fold.test, "test")]
    inputs = {name: vocabulary.encode(texts_at(reviews, rows)) for rows, name in parts}
    targets = {name: reviews.positive[rows] for rows, name in parts}
    ratio = vocabulary.ratios(inputs["train"][0], targets["train"])
    model = Sentiment(len(vocabulary.grams) + 1, len(vocabulary.words) + 2, seed=seed)
    model.build(*(each[:2] for each in inputs["train"]))
    model.bayes.ratio = ratio
    model.compile(dt.AdamW(2e-3, weight_decay=0.05), {"bayes": loss, "cnn": loss})
    y = targets["train"]
    best: tuple[Any, ...] = (-1.0,)
    curve = []
    for epoch in range(epochs):
        model.fit(
            inputs["train"], {"bayes": y, "cnn": y}, batch_size=64, epochs=1, verbose=0,
            seed=seed * 100 + epoch,
        )  # fmt: skip
        found = {name: model.predict(x, batch_size=512) for name, x in inputs.items()}
        scores = [accuracy(combined(found["validation"], s), targets["validation"]) for s in SHARES]
        share = SHARES[int(np.argmax(scores))]
        curve.append((accuracy(combined(found["train"], share), y), max(scores)))
        if max(scores) > best[0]:
            best = max(scores), share, found["test"], model.get_weights()
    validation, share, logits, weights = best
    model.set_weights(weights)
    test = targets["test"]
    outcome = Outcome(
        model, vocabulary, share, validation, accuracy(combined(logits, share), test),
        accuracy(ratio[inputs["test"][0]].sum(axis=1), test), floor(reviews, fold),
        accuracy(logits["bayes"], test), curve,
    )  # fmt: skip
    say(
        f"validation {validation:.4f}, share of the CNN {share}: test {outcome.test:.4f} "
        f"(n-grams alone {outcome.alone:.4f}, not trained {outcome.bayes:.4f})"
    )
    return outcome


def floor(reviews: Reviews, fold: Fold) -> float:
    """Naive Bayes on words and pairs of neighbours, of the training and validation parts."""
    rows = np.concatenate([fold.train, fold.validation])

    def grams(n: int) -> set[str]:
        text = reviews.texts[n]
        return {*text, *(f"{a} {b}" for a, b in pairwise(text))}

    numbers: dict[str, int] = {}
    for n in rows:
        for gram in grams(n):
            numbers.setdefault(gram, len(numbers))
    counts = np.ones((2, len(numbers)))
    for n in rows:
        counts[int(reviews.positive[n]), [numbers[gram] for gram in grams(n)]] += 1
    shares = counts / counts.sum(axis=1, keepdims=True)
    ratio = np.log(shares[1] / shares[0])
    found = [sum(ratio[numbers[g]] for g in grams(n) if g in numbers) for n in fold.test]
    return accuracy(np.array(found), reviews.positive[fold.test])
