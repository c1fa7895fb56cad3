"""A layer's parameters from the shapes of its inputs, of which some sizes may be unknown."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import keras

from dovetail.errors import DovetailError, ShapeError
from dovetail.extension.layer import Layer
from dovetail.graph.dtypes import DType, bool_, float32, int64
from dovetail.language.trace import ArraySpec

_TYPES = (float32, int64, bool_)  # tried for inputs, of which Keras passes only the shapes
_MOST = 4  # inputs for which all of these are tried, in any combination
_SIZES = (1, 2, 7, 32)  # tried for sizes that are not known


def built_by_shapes(layer: Layer, shapes: Sequence[Any]) -> Layer:
    """A copy with its parameters and states; raises what the forward pass raises if none fits."""
    if layer.__dict__["_built"]:
        return layer
    # No parameter may depend on a size that is not known: another one must make no difference.
    doubtful = any(None in shape[1:] for shape in _flat(shapes))
    found = list(itertools.islice(_built(layer, shapes), 2 if doubtful else 1))
    first, *others = map(_sizes, found)
    for other in others:
        for path, shape in first.items():
            if other.get(path) != shape:
                raise ShapeError(
                    f"{layer.name}, built for a size that is None and that {path!r} depends on,",
                    _flat(shapes),
                    "a known size of every axis that a parameter has",
                    "give it in keras.Input(shape), or as a field of the layer",
                    layer.location,
                )
    return found[0]


def _built(layer: Layer, shapes: Sequence[Any]) -> Iterator[Layer]:
    """The layer built with inputs of some type, for one choice of sizes after the other."""
    count = len(list(_flat(shapes)))
    choices = (
        itertools.product(_TYPES, repeat=count)
        if count <= _MOST
        else ((dtype,) * count for dtype in _TYPES)
    )
    error: Exception | None = None
    for dtypes in choices:
        fits = False
        for size in _SIZES:
            try:
                yield copy.deepcopy(layer).build(*_specs(shapes, dtypes, size))
            except DovetailError as reason:
                error = error or reason
            else:
                fits = True
        if fits:
            return
    assert error is not None
    raise error


def _sizes(built: Layer) -> dict[str, tuple[int, ...]]:
    return {path: array.shape for path, array in {**built.parameters(), **built.states()}.items()}


def _flat(shapes: Any) -> Iterator[tuple[int | None, ...]]:
    found: list[Any] = []
    keras.tree.map_shape_structure(found.append, list(shapes))
    return iter(found)


def _specs(shapes: Sequence[Any], dtypes: Sequence[DType], size: int) -> list[Any]:
    remaining = iter(dtypes)

    def one(shape: Any) -> ArraySpec:
        return ArraySpec(tuple(size if n is None else int(n) for n in shape), next(remaining))

    return list(keras.tree.map_shape_structure(one, list(shapes)))
