"""A sample: the arguments of one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from dovetail.errors import DovetailError
from dovetail.graph.dtypes import DType, as_dtype, float32
from dovetail.graph.node import Array
from dovetail.language.trace import ArraySpec
from dovetail.language.tree import flatten, map_leaves, unflatten

# What a definition may raise for arguments that it does not take.
REJECTED = (DovetailError, ValueError, TypeError, IndexError, AttributeError, ZeroDivisionError)


def is_real(array: Any) -> bool:
    """Whether an array is of a floating type."""
    return as_dtype(np.asarray(array).dtype).is_floating


@dataclass(frozen=True)
class Sample:
    """Positional arguments (trees of arrays), settings by keyword, and a label."""

    args: tuple[Any, ...]
    settings: Mapping[str, Any]
    names: tuple[str, ...]
    label: str = ""
    fixed: tuple[int, ...] = ()  # positions of arguments whose shapes must stay: parameters

    @cached_property
    def leaves(self) -> list[Array]:
        """The arrays, in order."""
        return [np.asarray(leaf) for _, leaf in flatten(self.args)[0]]

    @cached_property
    def paths(self) -> list[str]:
        """A name for each leaf."""
        return [
            path
            for name, value in zip(self.names, self.args, strict=True)
            for path, _ in flatten(value, name)[0]
        ]

    @cached_property
    def free(self) -> list[bool]:
        """For each leaf, whether its shape may be varied."""
        return [
            position not in self.fixed
            for position, value in enumerate(self.args)
            for _ in flatten(value)[0]
        ]

    def with_leaves(self, leaves: Sequence[Any]) -> Sample:
        """The same call with other arrays."""
        arrays = [np.asarray(leaf) for leaf in leaves]  # a call does not take NumPy scalars
        return replace(self, args=unflatten(flatten(self.args)[1], arrays))

    def with_leaf(self, number: int, leaf: Any) -> Sample:
        """The same call with one other array."""
        return self.with_leaves([leaf if i == number else a for i, a in enumerate(self.leaves)])

    def map(self, function: Callable[[Array], Any]) -> Sample:
        """The same call with `function` applied to every array."""
        return self.with_leaves([function(leaf) for leaf in self.leaves])

    def map_free(self, function: Callable[[Array], Any], real: bool = False) -> Sample:
        """The same call with `function` applied to the free arrays, or to the real ones of them."""
        pairs = zip(self.leaves, self.free, strict=True)
        return self.with_leaves(
            [function(leaf) if free and (is_real(leaf) or not real) else leaf
             for leaf, free in pairs]
        )  # fmt: skip

    def scaled(self, factor: float) -> Sample:
        """In float32, with the free real arrays times a number."""
        return self.map_free(lambda leaf: leaf.astype(np.float64) * factor, True).cast(float32)

    def cast(self, dtype: DType) -> Sample:
        """The same call with all floating arrays converted to one type."""

        def convert(array: Array) -> Array:
            return array.astype(dtype.numpy) if is_real(array) else array

        with np.errstate(all="ignore"):
            return self.map(convert)

    def labelled(self, label: str) -> Sample:
        """The same call with another label."""
        return replace(self, label=label)

    @property
    def specs(self) -> tuple[Any, ...]:
        """The arguments as specs, for tracing."""
        return map_leaves(spec, self.args)

    def at(self, index: tuple[int, ...]) -> Sample:
        """One element of every array, as arrays of size 1."""
        return self.map(lambda a: a[index].reshape((1,) * a.ndim))

    def filled(self, values: Sequence[Array]) -> Sample:
        """The same call with other values along the first axis; the rank stays."""
        return self.with_leaves(
            [
                value.reshape((len(value), *(1,) * (leaf.ndim - 1)))
                for leaf, value in zip(self.leaves, values, strict=True)
            ]
        )

    def shown(self) -> dict[str, Array]:
        """The arrays by name."""
        return dict(zip(self.paths, self.leaves, strict=True))


def spec(array: Any) -> ArraySpec:
    """Shape and type of an array."""
    array = np.asarray(array)
    return ArraySpec(array.shape, as_dtype(array.dtype))
