"""Pairs of sentences from Tatoeba, and a split in which no sentence is on two sides."""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from common.data import DataError, checked

FILE = Path(__file__).parent / "data" / "tatoeba_en_zh.csv.gz"
SHA256 = "775e86c37d7257394d5bd13d2dfb56a74bb77f019ad8d54292a5eb65b5ef1bed"
ORIGIN = "https://tatoeba.org/downloads (CC BY 2.0 FR); this selection ships with Dovetail"


@dataclass(frozen=True)
class Pair:
    """A sentence in Chinese and its translation."""

    chinese: str
    english: str


@dataclass(frozen=True)
class Split:
    """Pairs to train on, to choose by, and to report."""

    train: list[Pair]
    validation: list[Pair]
    test: list[Pair]

    def check(self) -> None:
        """Raise DataError if a sentence of one part, in either language, is also in another."""
        parts = {"training": self.train, "validation": self.validation, "test": self.test}
        owner: dict[tuple[str, str], str] = {}
        for name, pairs in parts.items():
            for pair in pairs:
                for sentence in (("zh", pair.chinese), ("en", pair.english)):
                    other = owner.setdefault(sentence, name)
                    if other != name:
                        raise DataError(
                            f"{sentence[1]!r} is in the {other} and the {name} data.\n"
                            "  Pairs that share a sentence must stay on one side: use split()."
                        )


def load(path: Path = FILE) -> list[Pair]:
    """All pairs, in the order of the file."""
    checked(path, SHA256, ORIGIN)
    with gzip.open(path) as packed:
        rows = csv.DictReader(io.TextIOWrapper(packed, "utf-8", newline=""))
        return [Pair(row["zh"].strip(), row["en"].strip()) for row in rows]


def groups(pairs: Sequence[Pair]) -> list[list[int]]:
    """The numbers of the pairs that are connected by sentences that they share."""
    parent = list(range(len(pairs)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    first: dict[tuple[str, str], int] = {}
    for n, pair in enumerate(pairs):
        for sentence in (("zh", pair.chinese), ("en", pair.english)):
            parent[root(n)] = root(first.setdefault(sentence, n))
    found: dict[int, list[int]] = defaultdict(list)
    for n in range(len(pairs)):
        found[root(n)].append(n)
    return list(found.values())


def split(pairs: Sequence[Pair], seed: int = 0, share: float = 1.0) -> Split:
    """8 % of the groups to test, 3 % for validation; of the rest a share to train on."""
    connected = groups(pairs)
    order = np.random.default_rng(seed).permutation(len(connected))
    test, validation = int(0.08 * len(order)), int(0.11 * len(order))
    end = validation + math.ceil(share * (len(order) - validation))

    def part(first: int, last: int) -> list[Pair]:
        return [pairs[n] for g in order[first:last] for n in connected[g]]

    found = Split(part(validation, end), part(test, validation), part(0, test))
    found.check()
    return found


def nearest_copies(train: Sequence[Pair], queries: Sequence[str]) -> list[str]:
    """The floor: the translation of the training sentence that is most like each query.

    Similarity is the cosine of counts of characters and pairs of characters, each weighted by the
    logarithm of how rare it is.
    """

    def grams(text: str) -> Counter[str]:
        return Counter([*text, *(text[n : n + 2] for n in range(len(text) - 1))])

    documents = [grams(pair.chinese) for pair in train]
    number = Counter(gram for each in documents for gram in each)
    weight = {gram: math.log(len(train) / count) for gram, count in number.items()}
    places: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for n, each in enumerate(documents):
        size = math.sqrt(sum((count * weight[g]) ** 2 for g, count in each.items())) or 1.0
        for gram, count in each.items():
            places[gram].append((n, count * weight[gram] / size))
    columns = {
        gram: (np.array([n for n, _ in each]), np.array([value for _, value in each]))
        for gram, each in places.items()
    }
    found = []
    for query in queries:
        likeness = np.zeros(len(train))
        for gram, count in grams(query).items():
            if gram in columns:
                rows, values = columns[gram]
                likeness[rows] += count * weight[gram] * values
        found.append(train[int(likeness.argmax())].english)
    return found
