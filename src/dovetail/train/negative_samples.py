"""Batches of chosen items beside items that are drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.node import Array
from dovetail.train.configuration import whole
from dovetail.train.positions import Epochs


class NegativeSamples(Epochs):
    """Batches for `fit`: of each example the item that was chosen, and others to compare it with.

    An input is (x, candidates), where `candidates` (batch, 1 + negatives) are numbers of items: the
    chosen one first, then some that are drawn anew for each epoch. `x`: an array or a tuple of
    arrays, one row for each example. `count` is the number of items, `weights` (count,) says how
    often each is drawn (by default all alike).

    The targets are labels, all 0, for `dt.bpr` and cross-entropies. The chosen item is then not
    among its negatives, nor, with `owners` (n,), such as the number of the user, is any item that
    the same owner chose in another example. With `correction` the targets are the logarithms of how
    often each candidate is drawn on average, for `dt.sampled_softmax`, and items are drawn whether
    they were chosen or not: only then does the loss have its minimum at the probabilities.

    The order and the draws depend on `seed` and the number of the epoch alone.
    """

    def __init__(
        self,
        x: Any,
        chosen: Any,
        count: int,
        negatives: int = 100,
        batch_size: int = 256,
        *,
        weights: Any = None,
        owners: Any = None,
        correction: bool = False,
        seed: int = 0,
    ) -> None:
        self._count = whole("count", count, 2)
        self._negatives = whole("negatives", negatives, 1)
        self._size = whole("batch_size", batch_size, 1)
        self._chosen = self._items(chosen)
        self._x = tuple(map(np.asarray, x if isinstance(x, tuple) else (x,)))
        if any(len(each) != len(self._chosen) for each in self._x):
            raise ShapeError(
                "NegativeSamples", [each.shape for each in (*self._x, self._chosen)],
                "x and chosen with a row for each example", "check how they were filtered",
            )  # fmt: skip
        self._shares = self._probabilities(weights)
        self._sums = np.cumsum(self._shares)
        self._sums /= self._sums[-1]
        self._correction, self._seed = bool(correction), seed
        if correction:
            self._check_correction(owners)
            with np.errstate(divide="ignore"):
                logs = np.log(self._negatives * self._shares)
            self._log_expected = logs.astype(np.float32)
        else:
            self._owners = np.arange(len(self._chosen)) if owners is None else self._of(owners)
            self._taken = np.unique(self._key(self._owners, self._chosen))
            self._check_enough(owners)
        self._begin(0)

    def _items(self, chosen: Any) -> Array:
        items = np.asarray(chosen)
        wrong = items.ndim != 1 or not len(items) or items.dtype.kind not in "iu"
        if wrong or items.min() < 0 or items.max() >= self._count:
            expected = f"integers (n,) from 0 to {self._count - 1}"
            raise ArgumentError("NegativeSamples", "chosen", chosen, expected)
        return items.astype(np.int64)

    def _probabilities(self, weights: Any) -> Array:
        if weights is None:
            return np.full(self._count, 1.0 / self._count)
        found = np.asarray(weights, np.float64)
        if found.shape != (self._count,) or not np.isfinite(found).all() or (found < 0).any():
            expected = f"{self._count} finite numbers, none below 0"
            raise ArgumentError("NegativeSamples", "weights", weights, expected)
        if not found.any():
            raise ArgumentError("NegativeSamples", "weights", weights, "a weight above 0")
        return found / found.sum()

    def _of(self, owners: Any) -> Array:
        found = np.asarray(owners)
        if found.shape != self._chosen.shape:
            raise ShapeError(
                "NegativeSamples", [found.shape, self._chosen.shape],
                "an owner for each example", "give the number of the user of each row",
            )  # fmt: skip
        return np.unique(found, return_inverse=True)[1]

    def _key(self, owners: Array, items: Array) -> Array:
        return owners * self._count + items

    def _check_correction(self, owners: Any) -> None:
        if owners is not None:
            expected = "None with correction=True, which counts every draw"
            raise ArgumentError("NegativeSamples", "owners", owners, expected)
        missing = np.flatnonzero(self._shares[self._chosen] == 0.0)
        if len(missing):
            item = self._chosen[missing[0]]
            expected = f"a weight above 0 for item {item}, which was chosen"
            raise ArgumentError("NegativeSamples", "weights", self._shares[item], expected)

    def _check_enough(self, given: Any) -> None:
        """Every owner must have something left that can be drawn."""
        drawable = self._shares > 0
        owners, items = np.divmod(self._taken, self._count)
        used = np.bincount(owners[drawable[items]], minlength=int(self._owners.max()) + 1)
        full = np.flatnonzero(used >= drawable.sum())
        if len(full):
            example = np.flatnonzero(self._owners == full[0])[0]
            who = f"example {example}" if given is None else f"owner {np.asarray(given)[example]}"
            expected = f"an item with a weight above 0 that {who} did not choose"
            raise ArgumentError("NegativeSamples", "count", self._count, expected)

    def _begin(self, epoch: int) -> None:
        """Shuffle the examples; other items are drawn in each epoch."""
        super()._begin(epoch)
        self._order = np.random.default_rng([self._seed, epoch]).permutation(len(self._chosen))

    def __len__(self) -> int:
        return -(-len(self._chosen) // self._size)

    def __getitem__(self, index: int) -> Any:
        rows = self._order[index * self._size : (index + 1) * self._size]
        rng = np.random.default_rng([self._seed, self._epoch, index])
        candidates = np.empty((len(rows), 1 + self._negatives), np.int64)
        candidates[:, 0] = self._chosen[rows]
        x = (*(each[rows] for each in self._x), candidates)
        if self._correction:
            candidates[:, 1:] = self._sample(rng, (len(rows), self._negatives))
            return x, self._log_expected[candidates]
        candidates[:, 1:] = self._drawn(rng, self._owners[rows])
        return x, np.zeros(len(rows), np.int64)

    def _drawn(self, rng: np.random.Generator, owners: Array) -> Array:
        """Items for each owner, drawn again where the owner chose them."""
        found = self._sample(rng, len(owners) * self._negatives)
        owner = np.repeat(owners, self._negatives)
        again = np.flatnonzero(self._chose(owner, found))
        for _ in range(_ROUNDS):
            if not len(again):
                break
            found[again] = self._sample(rng, len(again))
            again = again[self._chose(owner[again], found[again])]
        for place in again:  # an owner of nearly all items: draw from what is left
            left = self._shares.copy()
            left[self._chose(np.full(self._count, owner[place]), np.arange(self._count))] = 0.0
            found[place] = rng.choice(self._count, p=left / left.sum())
        return found.reshape(len(owners), self._negatives)

    def _sample(self, rng: np.random.Generator, size: int | tuple[int, int]) -> Array:
        return np.searchsorted(self._sums, rng.random(size), side="right")

    def _chose(self, owners: Array, items: Array) -> Array:
        keys = self._key(owners, items)
        at = np.minimum(np.searchsorted(self._taken, keys), len(self._taken) - 1)
        return self._taken[at] == keys


_ROUNDS = 20  # of drawing again, before what is left is looked up
