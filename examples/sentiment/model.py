"""Two opinions about a sentence: its n-grams, weighted by naive Bayes, and a small CNN."""

from __future__ import annotations

from typing import Any

import numpy as np

import dovetail as dt


class BayesianGrams(dt.Layer):
    """The sum of ratio * weight over the n-grams of a sentence. Our own piece.

    `ratio` is how much an n-gram speaks for a positive sentence by naive Bayes (Wang & Manning
    2012, ACL), a state; `weight` is learned, from 1 on. So what is trained begins as naive Bayes,
    and a rare n-gram, of which little is known, moves the result little. In training each n-gram
    of a sentence is left out with probability `dropout`.
    """

    count: int
    dropout: float = 0.5
    scale: float = 0.15
    ratio = dt.State("count", init="ones")
    weight = dt.Parameter("count", init="ones")
    bias = dt.Parameter(init="zeros")
    key = dt.RandomKey()

    def forward(self, grams: Any, *, training: bool = False) -> Any:
        """A logit for each sentence; n-gram 0 is padding."""
        table = self.ratio * self.weight
        flat = dt.reshape(grams, (grams.shape[0] * grams.shape[1],))
        terms = dt.reshape(dt.take(table, flat, axis=0), grams.shape)
        terms = dt.where(grams != 0, terms, 0.0)
        terms = dt.dropout(terms, self.key, self.dropout) if training else terms
        return self.scale * dt.sum(terms, axis=1) + self.bias


class Convolutions(dt.Layer):
    """A CNN over words (Kim 2014, arXiv:1408.5882), its maxima over words that are there."""

    words: int
    width: int = 64
    filters: int = 48

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = dt.Embedding(self.words, self.width)
        self.hide = dt.SpatialDropout(0.3, data_format="channels_first")  # whole words
        self.convs = tuple(
            dt.Conv1D(self.filters, size, padding="same", activation="relu") for size in (3, 4, 5)
        )
        self.drop, self.out = dt.Dropout(0.5), dt.Dense(1)

    def forward(self, words: Any) -> Any:
        """A logit for each sentence; word 0 is padding."""
        there = (words != 0)[:, :, None]
        x = self.hide(self.table(words) * 5.0)
        found = [dt.max(dt.where(there, conv(x), 0.0), axis=1) for conv in self.convs]
        mean = dt.sum(dt.where(there, x, 0.0), axis=1) / 6.0
        return self.out(self.drop(dt.concat([*found, mean], axis=-1)))[:, 0]


class Sentiment(dt.Model):
    """The logits of both, which are trained each for itself."""

    grams: int
    words: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bayes = BayesianGrams(self.grams)
        self.cnn = Convolutions(self.words)

    def forward(self, grams: Any, words: Any) -> Any:
        """{"bayes": (n,), "cnn": (n,)}."""
        return {"bayes": self.bayes(grams), "cnn": self.cnn(words)}


def combined(logits: Any, share: float) -> Any:
    """One logit: that of the n-grams plus a share of the CNN's."""
    return np.asarray(logits["bayes"]) + share * np.asarray(logits["cnn"])
