"""Functions whose shapes depend on values: they work on arrays, and raise in a trace.

Each has its evaluation by NumPy beside it. As in the array API standard 2024.12, every NaN is a
value of its own. They have no derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import numpy as np

from dovetail.graph.node import Array
from dovetail.language.elementwise_builders import named
from dovetail.language.functions import Function, eager
from dovetail.language.operands import Operand, data_dependent

__all__ = ["nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values"]


class UniqueAll(NamedTuple):
    """The distinct values in ascending order, where each occurs first, and how often.

    `indices` are those of the flattened array. `values[inverse_indices]` is the array itself.
    """

    values: Any
    indices: Any
    inverse_indices: Any
    counts: Any


class UniqueCounts(NamedTuple):
    """The distinct values in ascending order, and how often each occurs."""

    values: Any
    counts: Any


class UniqueInverse(NamedTuple):
    """The distinct values in ascending order, and for each element the position of its value."""

    values: Any
    inverse_indices: Any


def _unique(x: Array) -> UniqueAll:
    flat = x.reshape(-1)
    # NumPy does not sort NaN of bfloat16 to the end.
    wide = flat.astype(np.float32) if flat.dtype.kind == "V" else flat
    order = np.argsort(wide, kind="stable")
    ascending = flat[order]
    starts = np.ones(len(flat), bool)
    starts[1:] = ascending[1:] != ascending[:-1]
    positions = np.flatnonzero(starts)
    inverse = np.empty(len(flat), np.int64)
    inverse[order] = np.cumsum(starts) - 1
    counts = np.diff(np.append(positions, len(flat)))
    return UniqueAll(
        ascending[starts], order[positions].astype(np.int64), inverse.reshape(x.shape),
        counts.astype(np.int64),
    )  # fmt: skip


def _counts(x: Array) -> UniqueCounts:
    found = _unique(x)
    return UniqueCounts(found.values, found.counts)


def _inverse(x: Array) -> UniqueInverse:
    found = _unique(x)
    return UniqueInverse(found.values, found.inverse_indices)


def _nonzero(x: Array) -> tuple[Array, ...]:
    return tuple(positions.astype(np.int64) for positions in np.nonzero(np.atleast_1d(x)))


def _counting(
    name: str, evaluate: Callable[[Array], Any], text: str, instead: str
) -> Function[[Operand]]:
    def function(x: Operand, /) -> NoReturn:
        raise data_dependent(name, instead)

    doc = f"{text}\n\nIt works on arrays, and raises in a trace: the shape depends on the values."
    return named(function, name, doc, lambda function: eager(function, evaluate))


_COMPARE = "use dt.sort and compare neighbours, or call it outside of the definition"
nonzero = _counting(
    "nonzero", _nonzero, "For each axis, the positions of the elements that are not 0, as int64.",
    "use dt.where, dt.argmax or a mask of fixed shape, or call it outside of the definition",
)  # fmt: skip
unique_all = _counting("unique_all", _unique, f"{UniqueAll.__doc__}", _COMPARE)
unique_counts = _counting("unique_counts", _counts, f"{UniqueCounts.__doc__}", _COMPARE)
unique_inverse = _counting("unique_inverse", _inverse, f"{UniqueInverse.__doc__}", _COMPARE)
unique_values = _counting(
    "unique_values",
    lambda x: _unique(x).values,
    "The distinct values in ascending order.",
    _COMPARE,
)
