"""MovieLens: how it is read and divided, what a model sees of it, and trivial methods."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from common.data import DataError, check_leak, checked

Array = npt.NDArray[Any]

FILE = Path(__file__).parent / "data" / "movielens_small.npz"
SHA256 = "1bfaca53b79a989b938d72b559fa0826a20d1c9ca572a8dfc9262ed19b77f600"
ORIGIN = "MovieLens latest-small, GroupLens; every copy of this project has it"
PAUSE = 3600  # seconds without a rating, after which a new session begins
DECADES = np.arange(1920, 2020, 5)


@dataclass(frozen=True)
class Films:
    """Ratings, one a row, and the films that they are of."""

    user: Array
    film: Array
    stars: Array
    time: Array
    session: Array
    titles: tuple[str, ...]
    genres: Array  # (films, genres), 1 where a film is of a genre
    year: Array

    @property
    def users(self) -> int:
        """How many people."""
        return int(self.user.max()) + 1

    @property
    def sessions(self) -> int:
        """How many sessions; they count from 1, and 0 is none of them."""
        return int(self.session.max()) + 1

    def __len__(self) -> int:
        return len(self.stars)

    def inputs(self, rows: Array) -> tuple[Array, Array, Array]:
        """What the model of ratings is given: user, film and session."""
        return self.user[rows], self.film[rows], self.session[rows]

    def number(self, title: str) -> int:
        """The film with this title; a part of it will do if it is in no other title."""
        found = [n for n, each in enumerate(self.titles) if title.lower() in each.lower()]
        exact = [n for n in found if self.titles[n].lower() == title.lower()]
        if len(exact or found) == 1:
            return (exact or found)[0]
        names = "; ".join(self.titles[n] for n in found[:8]) or "no film"
        raise DataError(f"{title!r} is the title of {names}.\n  Give one title, with its year.")


def load(file: Path = FILE) -> Films:
    """All ratings, in the order of the file."""
    with np.load(checked(file, SHA256, ORIGIN)) as archive:
        user, film = (archive[name].astype(np.int64) for name in ("user", "film"))
        titles = tuple(archive["titles"].tobytes().decode().split("\n"))
        kinds = [line.split("|") for line in archive["genres"].tobytes().decode().split("\n")]
        stars, time = archive["halves"].astype(np.float32) / 2, archive["time"].astype(np.int64)
    names = sorted({name for each in kinds for name in each})
    genres = np.array([[name in each for name in names] for each in kinds], np.float32)
    years = [re.search(r"\((\d{4})", title[-8:]) for title in titles]
    known = np.array([int(found[1]) if found else 0 for found in years])
    year = np.where(known > 0, known, int(np.median(known[known > 0])))
    return Films(user, film, stars, time, sessions(user, time), titles, genres, year)


def sessions(user: Array, time: Array) -> Array:
    """The number of the session of each rating, from 1: a new one after a pause of an hour."""
    order = np.lexsort((time, user))
    begins = (np.diff(user[order]) != 0) | (np.diff(time[order]) > PAUSE)
    found = np.empty(len(user), np.int64)
    found[order] = 1 + np.concatenate([[0], np.cumsum(begins)])
    return found


def features(films: Films, rows: Array) -> Array:
    """What is known of each film: genres, the time it is from, how many of these rows rate it."""
    near = np.exp(-0.5 * ((films.year[:, None] - DECADES) / 5.0) ** 2)
    count = np.log1p(np.bincount(films.film[rows], minlength=len(films.titles)))
    of_ratings = count[films.film[rows]]
    popular = (count - of_ratings.mean()) / of_ratings.std()
    return np.hstack([films.genres, near, popular[:, None]]).astype(np.float32)


def folds(films: Films, seed: int = 2018, count: int = 5) -> list[tuple[Array, Array]]:
    """The rows to train on and to test on, of each fold."""
    part = np.random.default_rng(seed).permutation(len(films)) % count
    return [(np.flatnonzero(part != n), np.flatnonzero(part == n)) for n in range(count)]


def validation(train: Array, seed: int = 7) -> tuple[Array, Array]:
    """Rows to train on divided again: an eighth to choose settings by."""
    held = np.random.default_rng(seed).random(len(train)) < 0.125
    return train[~held], train[held]


def check_apart(films: Films, train: Array, test: Array) -> None:
    """Raise DataError if a rating to test on is also trained on."""
    pairs = films.user * len(films.titles) + films.film
    check_leak(pairs[train].tolist(), pairs[test].tolist(), "ratings")


def damped_biases(films: Films, train: Array, test: Array, damping: float = 5.0) -> Array:
    """The floor: mean + film + user, each a mean of what is left, over count + damping."""
    mean = films.stars[train].mean(dtype=np.float64)
    left = films.stars[train] - mean
    found = np.full(len(test), mean)
    for index in (films.film, films.user):
        size = int(index.max()) + 1
        count = np.bincount(index[train], minlength=size)
        bias = np.bincount(index[train], left, size) / (count + damping)
        left = left - bias[index[train]]
        found += bias[index[test]]
    return found


def rmse(predicted: Array, films: Films, rows: Array) -> float:
    """The root of the mean squared error of stars, which lie from 0.5 to 5."""
    error = np.clip(np.asarray(predicted, np.float64), 0.5, 5.0) - films.stars[rows]
    return float(np.sqrt(np.mean(error * error)))
