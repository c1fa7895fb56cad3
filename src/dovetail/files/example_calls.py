"""Arguments that an extension is traced for when it is saved on its own.

They are added to those of its calls in this process: for a loss of labels predictions and labels,
for any other extension arrays of one shape, in the usual ranks and floating types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from dovetail.extension.base import Extension
from dovetail.extension.loss import Loss
from dovetail.extension.uses import Use
from dovetail.graph.dtypes import FLOATING, DType, as_dtype, int32, int64
from dovetail.graph.node import ArraySpec
from dovetail.language.tree import map_leaves
from dovetail.operations.unknown_sizes import example_size

_RANKS = range(5)


def given(calls: Sequence[Sequence[Any]] | None) -> list[Use]:
    """The calls that the user names, with specs for their arrays."""
    return [(tuple(map(_as_specs, args)), {}) for args in calls or ()]


def _as_specs(value: Any) -> Any:
    def spec(leaf: Any) -> Any:
        if not hasattr(leaf, "shape") or isinstance(leaf, ArraySpec):
            return leaf
        return ArraySpec(tuple(map(int, leaf.shape)), as_dtype(leaf.dtype))

    return map_leaves(spec, value)


def usual(extension: Extension[..., Any]) -> Iterator[Use]:
    """Calls that an extension of this kind may take."""
    if extension.example is not None:
        yield _as_specs(tuple(extension.example(np.random.default_rng(0)))), {}
    signature = extension.signature
    count = len(signature.array_names)
    if signature.variadic is not None or not count:
        return
    labels = isinstance(extension, Loss) and extension.targets == "labels"
    for dtype in FLOATING:
        for rank in _RANKS:
            if labels and rank > 1:
                for kind in (int32, int64):
                    yield (_spec(rank, dtype), _spec(rank - 1, kind)), {}
            elif not labels:
                yield (_spec(rank, dtype),) * count, {}


def _spec(rank: int, dtype: DType) -> ArraySpec:
    return ArraySpec(tuple(map(example_size, range(rank))), dtype)
