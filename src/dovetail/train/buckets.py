"""Sequences of different lengths in batches of similar ones, padded to the end of their bucket."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.node import Array
from dovetail.train.configuration import whole
from dovetail.train.positions import Epochs

BUCKETS = 8  # where no boundaries are given


class Buckets(Epochs):
    """Batches of sequences for `fit`: each of one bucket, padded to that bucket's boundary.

    `sequences`: one for each example, or a tuple of several such lists, each an input of the model;
    an example belongs to the bucket of its longest, to whose boundary all of them are padded.
    `boundaries` are the longest lengths of the buckets, in rising order; by default they divide the
    examples into eight buckets of about equal size. A model compiles one plan for each length.
    With `mask` the input is (padded, mask), where the mask is True at the elements of the sequence;
    of several inputs each is followed by its mask. `targets`: one for each example, or a sequence
    as long as the last of the inputs, padded with `target_padding` (-100, a label that
    `ignore_index=-100` leaves out). With a `seed` the examples are shuffled anew in each epoch;
    without one they keep their order. `drop_remainder`: leave out the batches that a bucket does
    not fill, so that all have one size; other examples in each epoch if there is a `seed`.
    """

    def __init__(
        self,
        sequences: Sequence[Any] | tuple[Sequence[Any], ...],
        targets: Sequence[Any] | None = None,
        batch_size: int = 32,
        *,
        boundaries: Sequence[int] | None = None,
        padding: float = 0,
        target_padding: float = -100,
        mask: bool = False,
        drop_remainder: bool = False,
        seed: int | None = None,
    ) -> None:
        several = isinstance(sequences, tuple)
        given: Any = sequences if several else (sequences,)
        self._inputs = [[np.asarray(each) for each in column] for column in given]
        self._targets = None if targets is None else [np.asarray(each) for each in targets]
        self._check(sequences)
        counts = [[len(each) for each in column] for column in self._inputs]
        self._input_lengths = np.array(counts)  # (inputs, examples)
        self._lengths = self._input_lengths.max(axis=0)
        self._targets_along_time = self._targets is not None and all(
            target.ndim > 0 and len(target) == length
            for target, length in zip(self._targets, counts[-1], strict=True)
        )
        self._several, self._drop = several, drop_remainder
        self._size = whole("batch_size", batch_size, 1)
        self._padding, self._target_padding = padding, target_padding
        self._mask, self._seed = mask, seed
        self._boundaries = self._checked(boundaries)
        self._begin(0)

    def _check(self, given: Any) -> None:
        count = len(self._inputs[0]) if self._inputs else 0
        if not count or any(each.ndim == 0 for column in self._inputs for each in column):
            expected = "at least one sequence, each an array whose first axis is time"
            raise ArgumentError("Buckets", "sequences", given, expected)
        others = [(f"sequences of input {n}", each) for n, each in enumerate(self._inputs[1:], 2)]
        if self._targets is not None:
            others.append(("targets", self._targets))
        for name, column in others:
            if len(column) != count:
                raise ShapeError(
                    f"{count} sequences, {len(column)} {name}", [(count,), (len(column),)],
                    "one for each sequence", "check how the two were filtered; several inputs are "
                    "a tuple of lists",
                )  # fmt: skip

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

    def _begin(self, epoch: int) -> None:
        """The boundary and the numbers of the sequences of each batch; shuffled if with a seed."""
        super()._begin(epoch)
        order = np.arange(len(self._lengths))
        rng = None if self._seed is None else np.random.default_rng([self._seed, epoch])
        if rng is not None:
            order = rng.permutation(order)
        bucket = np.searchsorted(self._boundaries, self._lengths[order])
        found = [
            (int(boundary), members[start : start + self._size])
            for number, boundary in enumerate(self._boundaries)
            for members in (order[bucket == number],)
            for start in range(0, len(members), self._size)
            if not self._drop or start + self._size <= len(members)
        ]
        self._batches = found if rng is None else [found[n] for n in rng.permutation(len(found))]

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Any:
        length, members = self._batches[index]
        inputs: list[Array] = []
        for column, lengths in zip(self._inputs, self._input_lengths, strict=True):
            inputs.append(_padded([column[n] for n in members], length, self._padding))
            if self._mask:
                inputs.append(np.arange(length) < lengths[members][:, None])
        x: Any = tuple(inputs) if self._several or self._mask else inputs[0]
        if self._targets is None:
            return (x,)
        targets = [self._targets[n] for n in members]
        if self._targets_along_time:
            return x, _padded(targets, length, self._target_padding)
        return x, np.stack(targets)


def _padded(arrays: Sequence[Array], length: int, value: float) -> Array:
    """The arrays as one, each filled up to a length."""
    first = arrays[0]
    found = np.full((len(arrays), length, *first.shape[1:]), value, first.dtype)
    for row, array in zip(found, arrays, strict=True):
        row[: len(array)] = array
    return found
