"""Where batches come from: arrays, or anything that yields batches.

A source gives the batches of one epoch at a time. Arrays are read where they lie: with `shuffle` a
batch is the numbers of its rows, which the step gathers itself.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from dovetail.errors import ArgumentError, StructureError, TrainingError
from dovetail.language.tree import flatten, unflatten
from dovetail.train.objective import Term
from dovetail.train.prefetch import prefetched
from dovetail.train.stepper import Batch, Key, batch_of

Array = npt.NDArray[Any]
Data = Mapping[str, Any]  # "x", and perhaps "y" and "weights": trees of arrays


class Source(Protocol):
    """Batches, epoch by epoch."""

    steps: int | None  # of an epoch; None where nobody knows
    terms: tuple[Term, ...]

    def epoch(self, number: int) -> Generator[Batch]:
        """The batches of an epoch."""
        ...


class Arrays:
    """Batches of arrays that are in memory, the last one of an epoch smaller.

    The order of an epoch depends on the seed and the number of the epoch alone, so that it can be
    found again. `steps`: end the epoch after so many batches.
    """

    def __init__(
        self, data: Data, size: int, seed: int | None = None, steps: int | None = None
    ) -> None:
        leaves, structure = flatten(dict(data))
        self._leaves = [leaf for _, leaf in leaves]
        self._structure = structure
        self.terms: tuple[Term, ...] = ()
        self.examples = len(self._leaves[0])
        self.size, self.seed = size, seed
        self._keys: dict[int, Key] = {}  # of batches, by their number of examples
        every = math.ceil(self.examples / size)
        self.steps: int | None = every if steps is None else min(steps, every)

    def order(self, number: int) -> Array:
        """The order of the examples in an epoch; needs a seed."""
        assert self.seed is not None
        return np.random.default_rng([self.seed, number]).permutation(self.examples)

    def epoch(self, number: int) -> Generator[Batch]:
        """The batches of an epoch."""
        assert self.steps is not None
        order = None if self.seed is None else self.order(number)
        for start in range(0, self.steps * self.size, self.size):
            part = slice(start, min(start + self.size, self.examples))
            rows = None if order is None else order[part]
            leaves = [leaf[part] for leaf in self._leaves] if rows is None else self._leaves
            count = part.stop - start
            batch = Batch(leaves, self._structure, rows, self._keys.get(count, ()))
            self._keys[count] = batch.key
            yield batch


class Stream:
    """Batches that something yields: an iterator, a generator, a loader, a sequence of batches.

    `read` makes arrays of an item. A sequence (with lengths and items by number) is read in another
    order each epoch with a `seed`. What can be iterated once only goes on in the next epoch, and
    needs `steps`. `prefetch`: so many batches are read ahead, on a thread.
    """

    def __init__(
        self,
        items: Any,
        read: Callable[[Any], Data],
        steps: int | None,
        seed: int | None = None,
        prefetch: int = 0,
    ) -> None:
        self.terms: tuple[Term, ...] = ()
        self._items, self._read, self._seed, self._prefetch = items, read, seed, prefetch
        self._numbered = _is_numbered(items)
        self._once = not self._numbered and iter_of(items) is items
        length = _length(items)
        if steps is None and (self._once or _is_endless(items)):
            raise ArgumentError(
                "fit", "steps_per_epoch", None,
                "a number of batches for one epoch, since the data has no end, or is an iterator "
                "that cannot be begun again",
            )  # fmt: skip
        self._limit = steps
        self.steps = length if steps is None else steps
        self._first: list[Any] = []

    def first(self) -> Data:
        """The first batch, which is read again in the first epoch."""
        if self._numbered:
            return self._read(self._items[0])
        if not self._once:
            item = next(iter_of(self._items), None)
            if item is None:
                raise _nothing("the data")
            return self._read(item)
        if not self._first:
            self._first = list(itertools.islice(self._items, 1))
            if not self._first:
                raise _nothing("the iterator")
        return self._read(self._first[0])

    def _raw(self, number: int) -> Iterator[Any]:
        if self._once:
            first, self._first = self._first, []
            yield from first
            # Without `yield from`, which would close a generator with the epoch.
            yield from itertools.chain(self._items)
        elif not self._numbered:
            yield from iter_of(self._items)
        else:
            count = len(self._items)
            order = range(count)
            if self._seed is not None:
                order = np.random.default_rng([self._seed, number]).permutation(count).tolist()
            for each in order:
                yield self._items[each]

    def epoch(self, number: int) -> Generator[Batch]:
        """The batches of an epoch."""
        begun = getattr(self._items, "on_epoch_begin", None)
        if begun is not None:
            begun()
        batches = map(self._batch, itertools.islice(self._raw(number), self._limit))
        found = 0
        for batch in prefetched(batches, self._prefetch) if self._prefetch else batches:
            found += 1
            yield batch
        if not found:
            raise _nothing(f"epoch {number + 1}")
        if self._limit is not None and found < self._limit and self._once:
            raise TrainingError(
                f"the data ended after {found} of the {self._limit} batches of epoch {number + 1}",
                "as many batches as epochs times steps_per_epoch",
                "let the generator go on for ever, or lower epochs or steps_per_epoch; the model "
                "keeps what it has learned",
            )
        ended = getattr(self._items, "on_epoch_end", None)
        if ended is not None:
            ended()

    def _batch(self, item: Any) -> Batch:
        return batch_of(self._read(item))


def iter_of(items: Any) -> Iterator[Any]:
    """An iterator over batches."""
    try:
        return iter(items)
    except TypeError:
        raise ArgumentError(
            "fit", "x", items,
            "arrays, or what yields batches: an iterator, a generator, a loader, or a sequence",
        ) from None  # fmt: skip


def yields_batches(x: Any) -> bool:
    """Whether an argument of `fit` is no array or tree of arrays, but yields batches."""
    if x is None or isinstance(x, (np.ndarray, list, tuple, Mapping, str, bytes, int, float)):
        return False
    return not hasattr(x, "__array__") and (hasattr(x, "__iter__") or _is_numbered(x))


def _is_numbered(items: Any) -> bool:
    """Whether batches have numbers, as those of `keras.utils.PyDataset`."""
    return hasattr(items, "__getitem__") and hasattr(items, "__len__") and not _is_loader(items)


def _is_loader(items: Any) -> bool:
    """Whether its own iterator is to be used, although it has items: tf.data, a loader."""
    own = getattr(type(items), "__iter__", None)
    names = {base.__module__.partition(".")[0] for base in type(items).__mro__}
    return own is not None and not names & {"keras", "tf_keras"}


def _is_endless(items: Any) -> bool:
    """Whether a `tf.data.Dataset` says that it has no end."""
    cardinality = getattr(items, "cardinality", None)
    return callable(cardinality) and int(np.asarray(cardinality())) == -1


def _length(items: Any) -> int | None:
    """How many batches there are, if anybody knows."""
    try:
        length = len(items)
    except TypeError:
        return None
    return int(length)


def _nothing(what: str) -> TrainingError:
    return TrainingError(
        f"{what} yielded no batch", "at least one batch",
        "check how the data was filtered; an iterator that has been used up begins no second time",
    )  # fmt: skip


def parts_of(item: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample weights) of what a loader yields: x alone, a pair, or three things."""
    if isinstance(item, (tuple, list)):
        if len(item) <= 3:
            x, y, weights = (*item, None, None)[:3]
            return x, y, weights
        raise StructureError(
            "a batch", f"{len(item)} things", "x, (x, y) or (x, y, sample_weight); several inputs "
            "are a tuple or dict in place of x"
        )  # fmt: skip
    return item, None, None


def examples(data: Data, chosen: slice) -> Data:
    """The same trees of some of the examples."""
    leaves, structure = flatten(dict(data))
    found: Any = unflatten(structure, [leaf[chosen] for _, leaf in leaves])
    return found
