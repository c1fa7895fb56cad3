"""Checks of the data that `fit` is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dovetail.errors import (
    ArgumentError,
    DTypeError,
    IndexingError,
    ShapeError,
    StructureError,
    TrainingError,
)
from dovetail.graph import dtypes
from dovetail.graph.dtypes import DType, float32
from dovetail.graph.node import Array
from dovetail.language.tree import flatten


def as_tree(values: Any) -> Any:
    """Arrays as a tree: a dict, or a tuple or list of arrays; anything else is one array.

    A list of numbers, or of lists of them, is one array.
    """
    if isinstance(values, Mapping):
        return {key: as_tree(value) for key, value in values.items()}
    if isinstance(values, (tuple, list)) and any(np.ndim(item) > 0 for item in values
                                                 if hasattr(item, "shape")):  # fmt: skip
        kept = [as_tree(item) for item in values]
        return kept if isinstance(values, list) else tuple(kept)
    return values


def map_arrays(name: str, values: Any, function: Callable[[str, Any], Array]) -> Any:
    """A function of the name and the value of every array of a tree."""
    tree = as_tree(values)
    if isinstance(tree, Mapping):
        return {key: map_arrays(f"{name}[{key!r}]", each, function) for key, each in tree.items()}
    if tree is not values:
        found = [map_arrays(f"{name}[{i}]", each, function) for i, each in enumerate(tree)]
        return found if isinstance(tree, list) else tuple(found)
    return function(name, values)


def as_array(name: str, values: Any, dtype: DType = float32) -> Array:
    """Values of any framework as an array; float64 as `dtype`, the model's type."""
    try:
        array = np.asarray(on_cpu(values))
    except ValueError:
        raise ShapeError(
            name, ["rows of different lengths"], "an array whose rows have equal lengths",
            "pad them to the longest, or make batches of equal lengths",
        ) from None  # fmt: skip
    found = dtypes.as_dtype(array.dtype)
    wanted = dtype if found is dtypes.float64 else found
    return np.ascontiguousarray(array, wanted.numpy)


def on_cpu(values: Any) -> Any:
    """A tensor of PyTorch as an array, bfloat16 as float32; anything else as it is."""
    if not hasattr(values, "detach"):
        return values
    tensor = values.detach().cpu()
    return (tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor).numpy()


def as_examples(name: str, values: Any, dtype: DType = float32) -> Array:
    """An array whose first axis counts examples, at least one, and whose numbers are finite."""
    array = as_array(name, values, dtype)
    if np.ndim(values) == 0 or len(array) == 0:
        expected = "an array whose first axis counts at least one example"
        remedy = "check how the array was split or filtered"
        raise ShapeError(name, [np.shape(values)], expected, remedy)
    if dtypes.as_dtype(array.dtype).is_floating:
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
    return array


def examples_in(named: Mapping[str, Any]) -> int:
    """How many examples there are; raises unless every array has as many."""
    found = [leaf for name, tree in named.items() for leaf in flatten(tree, name)[0]]
    (first, array), *others = found
    for name, other in others:
        if len(other) != len(array):
            raise ShapeError(
                f"{first} has {len(array)} examples, {name} has {len(other)}",
                [array.shape, other.shape],
                "as many targets and weights as inputs, counted along the first axis",
                "check how the arrays were split or filtered",
            )
    return len(array)


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
            raise _wrong_targets(
                loss, ("n", *output), ("n", *shape), ("n", *output[:-1]),
                "of one-hot targets take y.argmax(-1), or the loss categorical_crossentropy"
                if len(shape) == len(output) else None,
            )  # fmt: skip
        if not dtypes.as_dtype(targets.dtype).is_integer:
            raise DTypeError(
                f"{loss} was given labels of data type {targets.dtype}",
                "integer labels, one for each example",
                "convert them with y.astype('int64')",
            )
        return np.ascontiguousarray(targets)
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


def class_weights(weights: Mapping[int, float], labels: Array) -> Array:
    """The weight of each example by its class; one-hot targets count as their class."""
    if labels.ndim > 1 and labels.shape[-1] > 1:
        labels = labels.argmax(-1)
    labels = labels.reshape(len(labels))
    if labels.dtype.kind not in "iub":
        raise DTypeError(
            f"class_weight was given with targets of data type {labels.dtype}",
            "integer labels or one-hot targets",
            "pass the weight of each example as sample_weight=",
        )
    found = np.ones(len(labels), np.float32)
    for each, weight in weights.items():
        if isinstance(each, bool) or not isinstance(each, (int, np.integer)):
            raise ArgumentError("fit", "class_weight", each, "a dict from class numbers to weights")
        found[labels == each] = weight
    return found


def split_examples(count: int, fraction: float) -> int:
    """How many examples are trained on, where the last `fraction` are for validation."""
    if not 0.0 <= fraction < 1.0:
        raise ArgumentError("", "validation_split", fraction, "a number from 0 to below 1")
    kept = int(count * (1.0 - fraction))
    if fraction and kept in (0, count):
        expected = f"a share that leaves both parts at least one of {count} examples"
        raise ArgumentError("", "validation_split", fraction, expected)
    return kept


def by_output(what: str, values: Any, names: list[str]) -> dict[str, Any]:
    """Targets or weights by the names of the outputs that need them."""
    if isinstance(values, Mapping):
        missing = [name for name in names if name not in values]
        if missing:
            raise StructureError(
                f"the {what}", f"a dict with {', '.join(map(repr, values))}",
                f"those of the outputs {', '.join(map(repr, names))}",
            )  # fmt: skip
        return {name: values[name] for name in names}
    leaves = [leaf for _, leaf in flatten(values)[0]]
    if len(leaves) != len(names):
        raise StructureError(
            f"the {what}", f"{len(leaves)} arrays",
            f"one for each of the outputs {', '.join(names)}" if len(names) > 1 else "one array",
        )  # fmt: skip
    return dict(zip(names, leaves, strict=True))


def _wrong_targets(
    loss: str, output: object, targets: object, expected: object, remedy: str | None = None
) -> ShapeError:
    return ShapeError(
        loss,
        [f"predictions {output}", f"targets {targets}"],
        f"targets of shape {expected}",
        remedy or "change the last layer's units, the targets' shape, or the loss",
    )
