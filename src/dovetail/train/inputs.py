"""Checks of the data that `fit` is given, and batches of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from dovetail.errors import ArgumentError, DTypeError, IndexingError, ShapeError, TrainingError
from dovetail.graph import dtypes

Array = npt.NDArray[Any]


def as_examples(name: str, values: Any) -> Array:
    """An array whose first axis counts examples: checked to be finite, float64 as float32."""
    array = np.asarray(values)
    dtype = dtypes.as_dtype(array.dtype)
    if array.ndim == 0 or len(array) == 0:
        expected = "an array whose first axis counts at least one example"
        raise ShapeError(name, [array.shape], expected, "check how the array was split or filtered")
    if dtype.is_floating:
        finite = np.isfinite(array)
        if not finite.all():
            index = tuple(int(i) for i in np.argwhere(~finite)[0])
            count = int(array.size - np.count_nonzero(finite))
            raise TrainingError(
                f"{name} holds {count} values that are not finite; the first is {array[index]} "
                f"at {list(index)}",
                "finite numbers",
                "drop or fill these examples, for example by numpy.isfinite",
            )
        if dtype is dtypes.float64:
            array = array.astype(np.float32)
    return array


def check_lengths(x: Array, y: Array) -> None:
    """Raises unless there are as many targets as inputs."""
    if len(x) != len(y):
        raise ShapeError(
            f"x has {len(x)} examples, y has {len(y)}",
            [x.shape, y.shape],
            "as many targets as inputs, counted along the first axis",
            "check how the two arrays were split or filtered",
        )


def align(loss: str, takes_labels: bool | None, targets: Array, output: tuple[int, ...]) -> Array:
    """The targets in the shape that the loss needs for predictions of shape (n, *output).

    `takes_labels`: the loss takes integer labels with one dimension less (True), targets of the
    same shape (False), or does not say (None), and nothing is checked. A last axis of 1 is added
    or removed as needed, since (n, 1) and (n,) would broadcast to (n, n).
    """
    shape = targets.shape[1:]
    if takes_labels:
        if shape == (*output[:-1], 1):
            targets = targets[..., 0]
        if len(output) == 0 or targets.shape[1:] != output[:-1]:
            raise _wrong_targets(loss, ("n", *output), ("n", *shape), ("n", *output[:-1]))
        if not dtypes.as_dtype(targets.dtype).is_integer:
            raise DTypeError(
                f"{loss} was given labels of data type {targets.dtype}",
                "integer labels, one for each example",
                "convert them with y.astype('int64')",
            )
        return targets
    if output == (*shape, 1):
        return targets[..., None]
    if shape == (*output, 1):
        return targets[..., 0]
    if takes_labels is False and shape != output:
        raise _wrong_targets(loss, ("n", *output), ("n", *shape), ("n", *output))
    return targets


def check_labels(labels: Array, classes: int, ignored: int | None = None) -> None:
    """Raises unless every label is a class, 0 to classes - 1, or the ignored one."""
    wrong = (labels < 0) | (labels >= classes)
    if ignored is not None:
        wrong &= labels != ignored
    if wrong.any():
        index = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise IndexingError(
            f"label {labels[index]} at index {list(index)} is no class of the model",
            f"integers from 0 to {classes - 1}, since the model has {classes} outputs",
            "number the classes from 0, or give the last layer more outputs",
        )


def split(x: Array, y: Array, fraction: float) -> tuple[Array, Array, tuple[Array, Array] | None]:
    """(x, y, validation data): the last `fraction` of the examples, before any shuffling."""
    if not 0.0 <= fraction < 1.0:
        raise ArgumentError("", "validation_split", fraction, "a number from 0 to below 1")
    if fraction == 0.0:
        return x, y, None
    kept = int(len(x) * (1.0 - fraction))
    if kept in (0, len(x)):
        expected = f"a share that leaves both parts at least one of {len(x)} examples"
        raise ArgumentError("", "validation_split", fraction, expected)
    return x[:kept], y[:kept], (x[kept:], y[kept:])


def batches(
    arrays: tuple[Array, ...], size: int, order: npt.NDArray[np.int64] | None = None
) -> Iterator[tuple[Array, ...]]:
    """Batches of `size` examples of each array, the last one smaller, in the given order."""
    for start in range(0, len(arrays[0]), size):
        chosen: Any = slice(start, start + size) if order is None else order[start : start + size]
        yield tuple(np.ascontiguousarray(array[chosen]) for array in arrays)


def _wrong_targets(loss: str, output: object, targets: object, expected: object) -> ShapeError:
    return ShapeError(
        loss,
        [f"predictions {output}", f"targets {targets}"],
        f"targets of shape {expected}",
        "change the last layer's units, the targets' shape, or the loss",
    )
