"""Where batches come from: arrays, or anything that yields batches.

A source gives the batches of one epoch at a time. Arrays are read where they lie: with `shuffle` a
batch is the numbers of its rows, which the step gathers itself.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, StructureError, TrainingError
from dovetail.graph.node import Array
from dovetail.language.tree import flatten, unflatten
from dovetail.train.objective import Term
from dovetail.train.positions import changes_by_epoch, position_of
from dovetail.train.prefetch import prefetched
from dovetail.train.stepper import Batch, Key, batch_of

Data = Mapping[str, Any]  # "x", and perhaps "y" and "weights": trees of arrays


class Arrays:
    """Batches of arrays that are in memory, the last one of an epoch smaller.

    The order of an epoch depends on the seed and the number of the epoch alone, so that it can be
    found again. `steps`: end the epoch after so many batches.
    """

    resumable = True  # it can be read on from any position with the same batches

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

    def watch(self) -> None:
        """Be ready to say the position after each batch."""

    def position(self) -> Any:
        """What must be the same when a training is resumed."""
        return {"examples": self.examples, "batch_size": self.size, "steps": self.steps}

    def go_to(self, position: Any) -> None:
        """Nothing changes from epoch to epoch; raises if the data is other data."""
        _compare(position, self.position())

    def epoch(self, number: int, begin: int = 0) -> Generator[Batch]:
        """The batches of an epoch, without the first `begin`."""
        assert self.steps is not None
        order = None if self.seed is None else self.order(number)
        for start in range(begin * self.size, self.steps * self.size, self.size):
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
    needs `steps`. `prefetch`: so many batches are read ahead, on a thread. Items that say how far
    they have been read (positions.py) are asked after each batch, after `watch()`.
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
        self._items, self._read, self.seed, self._prefetch = items, read, seed, prefetch
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
        self._position = position_of(items)
        self._moved = False  # whether the next epoch begins where the items are
        self._state: Any = None  # of the items, after the last batch
        self._watched = False
        by_number = self._numbered and not changes_by_epoch(items)
        self.resumable = by_number or self._position is not None

    def watch(self) -> None:
        """Ask the items after each batch how far they have been read."""
        self._watched = True

    def position(self) -> Any:
        """The number of batches, and the state of the items after the last batch."""
        return {"batches": self._count(), "state": self._state}

    def go_to(self, position: Any) -> None:
        """Move the items to their earlier position."""
        _compare({"batches": position["batches"]}, {"batches": self._count()})
        self._state = position["state"]
        self._moved = True

    def _count(self) -> int | None:
        return len(self._items) if self._numbered else None

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

    def _raw(self, number: int, begin: int) -> Iterator[Any]:
        """The items of an epoch, without the batches that are done."""
        if self._once:
            first, self._first = self._first, []
            yield from first
            # Without `yield from`, which would close a generator with the epoch.
            yield from itertools.chain(self._items)
        elif not self._numbered:
            known = self._position is not None  # the items are where they were
            yield from itertools.islice(iter_of(self._items), 0 if known else begin, None)
        else:
            count = len(self._items)
            order = range(count)
            if self.seed is not None:
                order = np.random.default_rng([self.seed, number]).permutation(count).tolist()
            for each in order[begin:]:
                yield self._items[each]

    def _tell(self, hook: str) -> None:
        """Tell the items that an epoch begins or ends, if they want to know."""
        told = getattr(self._items, hook, None)
        if told is not None:
            told()

    def _restore(self) -> None:
        """Move the items to their position in an earlier training."""
        if self._moved and self._position is not None:
            self._first = []
            self._position.go_to(self._state)
        self._moved = False

    def _now(self) -> Any:
        """The state of the items."""
        return self._position.state() if self._watched and self._position is not None else None

    def epoch(self, number: int, begin: int = 0) -> Generator[Batch]:
        """The batches of an epoch, without the first `begin`."""
        self._tell("on_epoch_begin")
        self._restore()
        limit = None if self._limit is None else max(self._limit - begin, 0)
        items = itertools.islice(self._raw(number, begin), limit)
        batches = ((self._batch(item), self._now()) for item in items)
        found = begin
        for batch, state in prefetched(batches, self._prefetch) if self._prefetch else batches:
            found += 1
            self._state = state
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
        self._tell("on_epoch_end")
        self._state = self._now()

    def _batch(self, item: Any) -> Batch:
        return batch_of(self._read(item))


Source = Arrays | Stream


def _compare(then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises where data differs from that of the training to resume."""
    for name, value in then.items():
        if now[name] != value:
            raise TrainingError(
                f"the data has {name} {now[name]}, and had {value} when the training was saved",
                "the same data and the same arguments of fit",
                "pass what was passed before, or remove the folder of BackupAndRestore to begin "
                "anew",
            )


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
