"""The ORL photographs: how they are read, divided, and compared without a model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from common.data import check_leak, checked

Array = npt.NDArray[Any]

FILE = Path(__file__).parent / "data" / "orl_faces_56x46.npz"
SHA256 = "91b3f9bf7a88a398e0da132af4742e9ad89a0abbc4e899bea162927a5d2b3227"
ORIGIN = "AT&T Laboratories Cambridge, the ORL database of faces; every copy of this project has it"
SHAPE = (56, 46)
PEOPLE = 40
EACH = 10  # photographs of a person


@dataclass(frozen=True)
class Faces:
    """Photographs (n, 56, 46) of uint8, and the number of the person."""

    pixels: Array
    people: Array

    @property
    def images(self) -> Array:
        """The photographs as the network takes them."""
        return prepared(self.pixels)

    def of(self, rows: Array) -> Faces:
        """Some of them."""
        return Faces(self.pixels[rows], self.people[rows])

    def __len__(self) -> int:
        return len(self.people)


def prepared(pixels: Array) -> Array:
    """Grey photographs (n, 56, 46) as (n, 56, 46, 1), each with mean 0 and deviation 1."""
    x = pixels[..., None].astype(np.float32)
    deviation = x.std(axis=(1, 2, 3), keepdims=True)
    return (x - x.mean(axis=(1, 2, 3), keepdims=True)) / np.maximum(deviation, 1e-3)


def load(file: Path = FILE) -> Faces:
    """All 400 photographs, in the order of the people."""
    with np.load(checked(file, SHA256, ORIGIN)) as archive:
        return Faces(archive["x"], archive["y"].astype(np.int64))


def split(faces: Faces, seed: int, count: int = EACH // 2) -> tuple[Array, Array]:
    """`count` rows of each person to train on, (people, count), and the others to test."""
    rng = np.random.default_rng(seed)
    shuffled = np.stack([
        rng.permutation(np.flatnonzero(faces.people == person)) for person in range(PEOPLE)
    ])  # fmt: skip
    return shuffled[:, :count], shuffled[:, count:]


def unseen(seed: int, fold: int, folds: int = 4) -> Array:
    """Which people the fold tests on: a quarter of the 40, each person in one fold."""
    order = np.random.default_rng(seed).permutation(PEOPLE)
    return np.sort(np.array_split(order, folds)[fold])


def check_apart(train: Faces, test: Faces) -> None:
    """Raise DataError if a photograph to test on is also trained on, whatever its row is."""
    check_leak(train.pixels, test.pixels, "photographs")


def nearest_in_pixels(train: Faces, test: Faces) -> float:
    """The floor: the share of right names, when each is that of the nearest in pixels."""
    a, b = (each.pixels.reshape(len(each), -1).astype(np.float64) for each in (test, train))
    distance = (a * a).sum(1)[:, None] - 2 * a @ b.T + (b * b).sum(1)
    return float((train.people[distance.argmin(axis=1)] == test.people).mean())
