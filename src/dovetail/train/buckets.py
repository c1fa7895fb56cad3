"""Sequences of different lengths in batches of similar ones, padded to the end of their bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dovetail.errors import ArgumentError, ShapeError
from dovetail.train.configuration import whole

Array = npt.NDArray[Any]

BUCKETS = 8  # where no boundaries are given


class Buckets:
    """Batches of sequences for `fit`: each of one bucket, padded to that bucket's boundary.

    `boundaries` are the longest lengths of the buckets, in rising order; by default they divide the
    sequences into eight buckets of about equal size. A model compiles one plan for each length.
    With `mask` the input is (padded, mask), where the mask is True at the elements of the sequence.
    `targets`: one for each sequence, or a sequence of the same length, padded with `target_padding`
    (-100, a label that `ignore_index=-100` leaves out). With a `seed` the sequences are shuffled
    anew in each epoch; without one they keep their order.
    """

    def __init__(
        self,
        sequences: Sequence[Any],
        targets: Sequence[Any] | None = None,
        batch_size: int = 32,
        *,
        boundaries: Sequence[int] | None = None,
        padding: float = 0,
        target_padding: float = -100,
        mask: bool = False,
        seed: int | None = None,
    ) -> None:
        self._sequences = [np.asarray(each) for each in sequences]
        if not self._sequences or any(each.ndim == 0 for each in self._sequences):
            expected = "at least one sequence, each an array whose first axis is time"
            raise ArgumentError("Buckets", "sequences", sequences, expected)
        self._targets = None if targets is None else [np.asarray(each) for each in targets]
        if self._targets is not None and len(self._targets) != len(self._sequences):
            raise ShapeError(
                f"{len(self._sequences)} sequences, {len(self._targets)} targets",
                [(len(self._sequences),), (len(self._targets),)],
                "a target for each sequence", "check how the two were filtered",
            )  # fmt: skip
        self._lengths = np.array([len(each) for each in self._sequences])
        self._targets_along_time = self._targets is not None and all(
            target.ndim > 0 and len(target) == length
            for target, length in zip(self._targets, self._lengths, strict=True)
        )
        self._size = whole("batch_size", batch_size, 1)
        self._padding, self._target_padding = padding, target_padding
        self._mask, self._seed = mask, seed
        self._boundaries = self._checked(boundaries)
        self._epoch = 0
        self._batches = self._grouped()

    def _checked(self, boundaries: Sequence[int] | None) -> Array:
        longest = int(self._lengths.max())
        if boundaries is None:
            shares = np.arange(1, BUCKETS + 1) / BUCKETS
            return np.unique(np.quantile(self._lengths, shares, method="higher"))
        found = np.asarray(boundaries)
        if found.ndim != 1 or not len(found) or (np.diff(found) <= 0).any() or found[-1] < longest:
            expected = f"rising lengths, of which the last is {longest} or more"
            raise ArgumentError("Buckets", "boundaries", boundaries, expected)
        return found

    def _grouped(self) -> list[tuple[int, Array]]:
        """The boundary and the numbers of the sequences of each batch, for this epoch."""
        order = np.arange(len(self._sequences))
        rng = None if self._seed is None else np.random.default_rng([self._seed, self._epoch])
        if rng is not None:
            order = rng.permutation(order)
        bucket = np.searchsorted(self._boundaries, self._lengths[order])
        found = [
            (int(boundary), members[start : start + self._size])
            for number, boundary in enumerate(self._boundaries)
            for members in (order[bucket == number],)
            for start in range(0, len(members), self._size)
        ]
        return found if rng is None else [found[n] for n in rng.permutation(len(found))]

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Any:
        length, members = self._batches[index]
        chosen = [self._sequences[n] for n in members]
        x: Any = _padded(chosen, length, self._padding)
        if self._mask:
            x = (x, np.arange(length) < self._lengths[members][:, None])
        if self._targets is None:
            return (x,)
        targets = [self._targets[n] for n in members]
        if self._targets_along_time:
            return x, _padded(targets, length, self._target_padding)
        return x, np.stack(targets)

    def on_epoch_end(self) -> None:
        """Shuffle the sequences for the next epoch, if there is a seed."""
        self._epoch += 1
        self._batches = self._grouped()

    def get_state(self) -> dict[str, int]:
        """The number of the epoch, from which its order follows."""
        return {"epoch": self._epoch}

    def set_state(self, state: Mapping[str, int]) -> None:
        """Go on in an epoch."""
        self._epoch = state["epoch"]
        self._batches = self._grouped()


def _padded(arrays: Sequence[Array], length: int, value: float) -> Array:
    """The arrays as one, each filled up to a length."""
    first = arrays[0]
    found = np.full((len(arrays), length, *first.shape[1:]), value, first.dtype)
    for row, array in zip(found, arrays, strict=True):
        row[: len(array)] = array
    return found
