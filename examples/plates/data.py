"""Plates and their texts: real ones from a file that is given, others drawn by renderer.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from common.data import check_leak, checked

from plates import renderer

Array = npt.NDArray[Any]

SHAPE = (renderer.ROWS, renderer.COLUMNS)
CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"  # class k + 1; class 0 is CTC's blank
SHA256 = "4279eeb37e06bf2b98157d900031007b2dd59dc01f82c7ebb274591e26e906df"
ORIGIN = (
    "github.com/openalpr/benchmarks, folder seg_and_ocr (AGPL-3), cut out, in grey and resized to "
    "48 x 96: an .npz of `x` (751, 48, 96) uint8 and `text` (751,)"
)


@dataclass(frozen=True)
class Plates:
    """Plates (n, 48, 96) of uint8, and their texts."""

    pixels: Array
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def images(self) -> Array:
        """The plates as the network takes them: (n, 48, 96, 1), of mean 0 and deviation 1."""
        return prepared(self.pixels)

    @property
    def labels(self) -> Array:
        """The classes of the texts, (n, longest), padded with -1."""
        return encoded(self.texts)

    def of(self, rows: Any) -> Plates:
        """Some of them."""
        rows = np.asarray(rows, np.int64)
        return Plates(self.pixels[rows], tuple(self.texts[row] for row in rows))


def prepared(pixels: Array) -> Array:
    """Grey plates (n, 48, 96) as (n, 48, 96, 1), each with mean 0 and deviation 1."""
    x = pixels[..., None].astype(np.float32)
    deviation = x.std(axis=(1, 2, 3), keepdims=True)
    return (x - x.mean(axis=(1, 2, 3), keepdims=True)) / np.maximum(deviation, 1.0)


def encoded(texts: tuple[str, ...], longest: int = 10) -> Array:
    """The classes of the texts, (n, longest), padded with -1."""
    labels = np.full((len(texts), longest), -1, np.int64)
    for row, text in zip(labels, texts, strict=True):
        row[: len(text)] = [CHARACTERS.index(each) + 1 for each in text]
    return labels


def decoded(labels: Array) -> list[str]:
    """The texts of rows of classes, padded with -1."""
    return ["".join(CHARACTERS[each - 1] for each in row if each > 0) for row in labels]


def load(file: Path) -> Plates:
    """The real plates."""
    with np.load(checked(file, SHA256, ORIGIN)) as archive:
        return Plates(archive["x"], tuple(map(str, archive["text"])))


def drawn(count: int, seed: int, pattern: str | None = None) -> Plates:
    """Synthetic plates, all of one pattern of letters and digits, or any."""
    pixels, texts = renderer.plates(count, seed, pattern)
    return Plates(pixels, tuple(texts))


def split(plates: Plates, count: int, seed: int) -> tuple[Array, Array]:
    """The rows to train on, and at least `count` held out; plates of one text are on one side."""
    groups: dict[str, list[int]] = {}
    for row, text in enumerate(plates.texts):
        groups.setdefault(text, []).append(row)
    rng = np.random.default_rng(seed)
    shuffled = [groups[text] for text in rng.permutation(sorted(groups))]
    held_out: list[int] = []
    rest: list[int] = []
    for rows in shuffled:
        if len(held_out) + len(rows) <= count:
            held_out += rows
        else:
            rest += rows
    return np.array(rest), np.array(held_out)


def check_apart(train: Plates, test: Plates) -> None:
    """Raise DataError if a text to test on is also trained on."""
    check_leak(train.texts, test.texts, "texts of plates")


def without_texts(plates: Plates, others: Plates) -> Plates:
    """The plates whose texts are none of the others'."""
    known = set(others.texts)
    return plates.of([row for row, text in enumerate(plates.texts) if text not in known])


def nearest_in_pixels(train: Plates, test: Plates) -> list[str]:
    """A trivial reader: the text of the nearest plate to train on."""
    a, b = (each.images.reshape(len(each), -1) for each in (test, train))
    distance = (a * a).sum(1)[:, None] - 2 * a @ b.T + (b * b).sum(1)
    return [train.texts[row] for row in distance.argmin(axis=1)]
