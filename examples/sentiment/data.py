"""Sentences of film reviews, positive or negative, and ten folds of them."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from common.data import DataError, checked

FILE = Path(__file__).parent / "data" / "mr_polarity.csv.gz"
SHA256 = "40b74d305cf4fe069840add6e8d14de7bedae51563a8c6e8f33c11e5c3f22779"
ORIGIN = "sentence polarity v1.0 of https://www.cs.cornell.edu/people/pabo/movie-review-data"
FOLDS = 10
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Reviews:
    """Sentences as words, and which are positive."""

    texts: list[list[str]]
    positive: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Fold:
    """The numbers of the sentences to train on, to choose by, and to report."""

    train: Rows
    validation: Rows
    test: Rows


def load(path: Path = FILE) -> Reviews:
    """All sentences, in the order of the file; words are separated in it."""
    checked(path, SHA256, ORIGIN)
    with gzip.open(path) as packed:
        rows = list(csv.DictReader(io.TextIOWrapper(packed, "utf-8", newline="")))
    return Reviews(
        [row["text"].split() for row in rows],
        np.array([row["label"] == "1" for row in rows], np.float32),
    )


def folds(count: int, seed: int = 0) -> list[Fold]:
    """Ten parts, each once the test part; a tenth of the others is for validation."""
    parts = np.array_split(np.random.default_rng(seed).permutation(count), FOLDS)
    found = []
    for number, test in enumerate(parts):
        others = np.concatenate([part for n, part in enumerate(parts) if n != number])
        held = len(others) // 10
        found.append(Fold(others[held:], others[:held], test))
    return found


def check(fold: Fold, reviews: Reviews) -> None:
    """Raise DataError if a sentence to train on or choose by is also in the test part."""
    test = {tuple(reviews.texts[n]): n for n in fold.test}
    for n in (*fold.train, *fold.validation):
        other = test.get(tuple(reviews.texts[n]))
        if other is not None:
            raise DataError(
                f"sentence {n} is also in the test part, as {other}: "
                f"{' '.join(reviews.texts[n])!r:.120}.\n  Leave one of them out."
            )


def words_of(text: str) -> list[str]:
    """The words of a sentence as the file separates them."""
    spaced = "".join(c if c.isalnum() or c in "'-" else f" {c} " for c in text.lower())
    return spaced.replace("'", " '").split()


def texts_at(reviews: Reviews, rows: Sequence[int] | Rows) -> list[list[str]]:
    """The sentences of these numbers."""
    return [reviews.texts[n] for n in rows]
