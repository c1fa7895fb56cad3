"""The film that somebody rates next, of all films: from those before, the last ones first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from common.data import DataError

import dovetail as dt
from films.data import Array, Films

LENGTH = 20  # films of the past that the model sees
UNITS = 64
EPOCHS = 8


class Recency(dt.Layer):
    """The sum of vectors of the past, with a learned weight for each place in it.

    The weights, exp of `log_weights`, begin as a decay by `rate` with each step back; places
    without a film have none, and their squares sum to 1. (n, length, units), (n, length).
    """

    length: int
    rate: float = 0.3
    log_weights = dt.Parameter("length", init="decay")

    @property
    def decay(self) -> Any:
        """What the logarithms of the weights begin as."""
        steps = np.arange(self.length)[::-1]
        return lambda rng, shape, dtype: (-self.rate * steps).astype(dtype)

    def forward(self, x: Any, present: Any) -> Any:
        """One vector for each example."""
        weight = dt.where(present, dt.exp(self.log_weights), 0.0)
        size = dt.sqrt(dt.sum(weight * weight, axis=1, keepdims=True) + 1e-12)
        return dt.sum(x * (weight / size)[:, :, None], axis=1)


class NextFilm(dt.Model):
    """The scores of candidates (n, c), or of all films, after a past (n, length).

    Films count from 1; 0 is a place without a film. A film has one vector where it was seen and
    another where it comes next: what precedes is not what follows.
    """

    def __init__(self, films: int, units: int = UNITS, length: int = LENGTH, seed: int = 0) -> None:
        super().__init__(seed=seed)
        self.seen = dt.Embedding(films + 1, units, mask_zero=True)
        self.recency = Recency(length)
        self.next = dt.Embedding(films + 1, units)
        self.popular = dt.Embedding(films + 1, 1)
        self.build(np.zeros((2, length), np.int64), np.zeros((2, 3), np.int64))

    def forward(self, past: Any, candidates: Any) -> Any:
        """The scores."""
        vector = self.recency(self.seen(past), past != 0)
        match = dt.sum(vector[:, None, :] * self.next(candidates), axis=-1)
        return match + self.popular(candidates)[:, :, 0]


@dataclass(frozen=True)
class Pasts:
    """The films of each user in order, without the last, and the last."""

    before: list[Array]
    last: Array


def in_order(films: Films, seed: int = 2018) -> list[Array]:
    """The films of each user in the order of their times; those of one second in any order."""
    chance = np.random.default_rng(seed).random(len(films))
    order = np.lexsort((chance, films.time, films.user))
    places = np.cumsum(np.bincount(films.user))[:-1]
    return np.split(films.film[order], places)


def leave_out(orders: list[Array], validation: bool = False) -> Pasts:
    """The last film of each user is that to find; for validation, the last but one."""
    if validation:
        orders = [each[:-1] for each in orders]
    return Pasts([each[:-1] for each in orders], np.array([each[-1] for each in orders]))


def check_apart(pasts: Pasts) -> None:
    """Raise DataError if the film to find is among those that are trained on."""
    pairs = zip(pasts.before, pasts.last, strict=True)
    seen = [user for user, (before, last) in enumerate(pairs) if last in before]
    if seen:
        raise DataError(
            f"of {len(seen)} users the film to find is among those that are trained on (the first "
            f"is user {seen[0]}): a result on them says nothing.\n"
            "  Leave the last film out before anything is made from the others."
        )


def padded(before: Array, length: int = LENGTH) -> Array:
    """The last films of a past, counted from 1, behind zeros."""
    found = np.zeros(length, np.int64)
    last = np.asarray(before[-length:]) + 1
    found[length - len(last) :] = last
    return found


def examples(pasts: Pasts) -> tuple[Array, Array]:
    """Every film but the first of each user, after those before it."""
    pairs = [
        (padded(each[max(0, place - LENGTH) : place]), each[place] + 1)
        for each in pasts.before for place in range(1, len(each))
    ]  # fmt: skip
    return np.array([past for past, _ in pairs]), np.array([chosen for _, chosen in pairs])


def train(
    pasts: Pasts, films: int, loss: str = "sampled softmax", seed: int = 0, epochs: int = EPOCHS,
    recency: bool = True, rows: int | None = None,
) -> NextFilm:  # fmt: skip
    """A model of what comes next, of all examples or of some `rows` of them.

    Without `recency` all places of the past count alike.
    """
    x, chosen = examples(pasts)
    chance = np.bincount(chosen, minlength=films + 1)
    if rows:
        kept = np.random.default_rng(seed).permutation(len(chosen))[:rows]
        x, chosen = x[kept], chosen[kept]
    sampled = loss == "sampled softmax"
    samples = dt.NegativeSamples(
        x, chosen, films + 1, 100, 512, weights=chance, correction=sampled, seed=seed
    )
    model = NextFilm(films, seed=seed)
    if not recency:
        model.set_weights(model.get_weights() | {"recency.log_weights": np.zeros(LENGTH, "f")})
        model.recency.trainable = False
    model.compile(
        dt.Adam(3e-3), dt.sampled_softmax if sampled else dt.bpr,
        regularizers={"seen.table": dt.L2(1e-6), "next.table": dt.L2(1e-6)},
    )  # fmt: skip
    model.fit(samples, epochs=epochs, verbose=0, seed=seed)
    return model


def scores(model: Any, pasts: list[Array], films: int) -> Array:
    """The scores of all films after each past; those of the past itself are -inf."""
    x = np.array([padded(each) for each in pasts])
    everything = np.broadcast_to(np.arange(1, films + 1), (len(x), films))
    found = np.concatenate([
        np.asarray(model.predict((x[n : n + 8], everything[n : n + 8])))
        for n in range(0, len(x), 8)
    ])  # fmt: skip
    return without(found, pasts)


def without(found: Array, pasts: list[Array]) -> Array:
    """The scores, with -inf for the films of each past."""
    found = np.array(found)
    for row, past in zip(found, pasts, strict=True):
        row[past] = -np.inf
    return found


def figures(found: Array, wanted: Array, k: int = 10) -> tuple[float, float]:
    """HR@k and NDCG@k among all films; of equal scores half are counted as better."""
    own = np.take_along_axis(found, wanted[:, None], axis=1)
    rank = (found > own).sum(1) + 0.5 * ((found == own).sum(1) - 1)
    gain = np.where(rank < k, 1.0 / np.log2(rank + 2.0), 0.0)
    return float((rank < k).mean()), float(gain.mean())


def popularity(pasts: Pasts, films: int) -> Array:
    """The first floor: how many users rated a film, for everybody alike."""
    count = np.bincount(np.concatenate(pasts.before), minlength=films)
    return without(np.tile(count.astype(float), (len(pasts.before), 1)), pasts.before)


def nearest_items(pasts: Pasts, films: int, neighbours: int = 50) -> Array:
    """The second floor, item-kNN: cosines of the sets of users of two films.

    The score of a film is the sum of its cosines with those of the past that are among its
    nearest ones.
    """
    x = np.zeros((len(pasts.before), films), np.float32)
    for row, past in zip(x, pasts.before, strict=True):
        row[past] = 1.0
    norm = np.sqrt(np.maximum(x.sum(0), 1.0))
    unit, found = x / norm, np.empty_like(x)
    for begin in range(0, films, 1000):
        near = unit[:, begin : begin + 1000].T @ unit
        near[np.arange(len(near)), begin + np.arange(len(near))] = 0.0
        least = np.partition(near, -neighbours, axis=1)[:, -neighbours, None]
        found[:, begin : begin + 1000] = x @ np.where(near < least, 0.0, near).T
    return without(found, pasts.before)
