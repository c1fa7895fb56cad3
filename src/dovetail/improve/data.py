"""The examples that a change of a model is trained on and measured on."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError
from dovetail.graph.dtypes import as_dtype, float64
from dovetail.language.tree import flatten, map_leaves
from dovetail.train.inputs import as_examples, examples_in, map_arrays


@dataclass(frozen=True)
class Examples:
    """Inputs, and their targets or None. `drawn`: at random, where the user gave none."""

    x: Any
    y: Any = None
    drawn: bool = False

    def __len__(self) -> int:
        return int(np.shape(flatten(self.x)[0][0][1])[0])

    def first(self, count: int) -> Any:
        """The first `count` inputs; if there are fewer, they are repeated."""
        rows = np.arange(count) % len(self)
        return map_leaves(lambda array: np.ascontiguousarray(np.asarray(array)[rows]), self.x)

    def part(self, rows: Any) -> Examples:
        """The examples of these rows."""
        x, y = (
            None if tree is None else map_leaves(lambda array: np.asarray(array)[rows], tree)
            for tree in (self.x, self.y)
        )
        return Examples(x, y)


def examples_of(call: str, argument: str, given: Any, targets: bool) -> Examples:
    """The examples given as (x, y), or as x alone where no targets are needed, checked."""
    pair = isinstance(given, (tuple, list)) and len(given) == 2
    x, y = given if pair else (given, None)
    check = functools.partial(as_examples, dtype=float64)  # which leaves the types as they are
    trees = {
        name: map_arrays(f"{name} of {argument}", tree, check)
        for name, tree in (("x", x), ("y", y)) if tree is not None
    }  # fmt: skip
    empty = not all(flatten(tree)[0] for tree in trees.values())
    if empty or "x" not in trees or (targets and y is None):
        what = "(x, y): the inputs and their targets" if targets else "the inputs x, or (x, y)"
        raise ArgumentError(call, argument, given, what)
    examples_in({f"{name} of {argument}": tree for name, tree in trees.items()})
    return Examples(**trees)


def optional_examples(
    call: str, data: Any, validation: Any, epochs: int
) -> tuple[Examples | None, Examples | None]:
    """The examples to train on, which `epochs` need, and those to measure on: by default the same.

    Each is None if it is not given.
    """
    examples = None if data is None else examples_of(call, "data", data, epochs > 0)
    if epochs and examples is None:
        raise ArgumentError(call, "data", None, "(x, y) to train on, where epochs are given")
    if validation is None:
        return examples, examples
    return examples, examples_of(call, "validation", validation, False)


def drawn_examples(specs: Any, count: int) -> Examples:
    """Inputs for these specs of one example: standard normal; 0 for integers."""
    rng = np.random.default_rng(0)

    def array(spec: Any) -> Any:
        shape, dtype = (count, *spec.shape[1:]), as_dtype(spec.dtype)
        values = rng.normal(size=shape) if dtype.is_floating else np.zeros(shape)
        return values.astype(dtype.numpy)

    return Examples(map_leaves(array, specs), drawn=True)


def largest_difference(found: Any, expected: Any) -> float:
    """The largest difference of the numbers in two trees, as a share of the largest expected one.

    Infinite where there are not as many.
    """
    one, other = (
        np.concatenate([np.zeros(0), *(np.asarray(leaf).ravel() for _, leaf in flatten(tree)[0])])
        for tree in (found, expected)
    )
    if one.shape != other.shape:
        return float("inf")
    scale = float(np.abs(other).max(initial=0.0)) or 1.0
    return float(np.abs(one - other).max(initial=0.0)) / scale
