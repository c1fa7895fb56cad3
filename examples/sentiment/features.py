"""Sentences as numbers: the n-grams in them, and how much more often positive ones have each."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.int64]
UNKNOWN = 1  # of words; 0 is padding


def grams_of(words: Sequence[str]) -> list[str]:
    """Words, pairs of neighbours, pairs with one word between, and beginnings of long words."""
    pairs = [f"{a} {b}" for a, b in pairwise(words)]
    apart = [f"{a} _ {b}" for a, b in zip(words, words[2:], strict=False)]
    stems = [f"{word[:5]}*" for word in words if len(word) > 5]
    return list(dict.fromkeys([*words, *pairs, *apart, *stems]))


class Vocabulary:
    """The n-grams and words of the sentences that a model is trained on."""

    def __init__(self, grams: dict[str, int], words: dict[str, int]) -> None:
        self.grams, self.words = grams, words

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> Vocabulary:
        """All n-grams, and the words that occur twice."""
        grams = dict.fromkeys(gram for text in texts for gram in grams_of(text))
        counts = Counter(word for text in texts for word in text)
        often = [word for word, count in counts.items() if count > 1]
        return cls(
            {gram: n for n, gram in enumerate(grams, 1)},
            {word: n for n, word in enumerate(often, UNKNOWN + 1)},
        )

    def encode(self, texts: Sequence[Sequence[str]]) -> tuple[Array, Array]:
        """The n-grams and the words of each sentence, padded with 0."""
        found = [[self.grams[g] for g in grams_of(text) if g in self.grams] for text in texts]
        words = [[self.words.get(word, UNKNOWN) for word in text] for text in texts]
        return _padded(found), _padded(words)

    def ratios(self, grams: Array, positive: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """log(p / q): the shares of each n-gram among those of positive and negative sentences.

        A count of 1 is added to each. Wang & Manning 2012, "Baselines and Bigrams", ACL.
        """
        counts = np.ones((2, len(self.grams) + 1))
        for sign in (0, 1):
            chosen = grams[positive == sign]
            counts[sign] += np.bincount(chosen[chosen > 0], minlength=counts.shape[1])
        shares = counts / counts.sum(axis=1, keepdims=True)
        found = np.log(shares[1] / shares[0]).astype(np.float32)
        found[0] = 0.0  # padding
        return found

    def save(self, path: Path) -> None:
        """Write a JSON file."""
        path.write_text(json.dumps({"grams": list(self.grams), "words": list(self.words)}))

    @classmethod
    def load(cls, path: Path) -> Vocabulary:
        """Read what `save` has written."""
        found = json.loads(path.read_text())
        return cls(
            {gram: n for n, gram in enumerate(found["grams"], 1)},
            {word: n for n, word in enumerate(found["words"], UNKNOWN + 1)},
        )


def _padded(rows: Sequence[Sequence[int]]) -> Array:
    found = np.zeros((len(rows), max(5, *map(len, rows))), np.int64)
    for row, numbers in zip(found, rows, strict=True):
        row[: len(numbers)] = numbers
    return found
