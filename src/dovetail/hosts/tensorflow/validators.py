"""TensorFlow's own checks (`dt.check` runs them), and its derivatives for the checker."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from dovetail.errors import ShapeError
from dovetail.extension.building import random_keys
from dovetail.extension.layer import Layer
from dovetail.extension.values import leaves_of
from dovetail.hosts.protocol import Validator
from dovetail.hosts.tensorflow.dtypes import from_numpy
from dovetail.language.tree import map_leaves
from dovetail.operations.validation import FloatingFunction

_TOLERANCE = 1e-5  # of a derivative by differences in float64, relative to the largest
_MOST = 200  # numbers that differences are taken over


def versions() -> dict[str, str]:
    """The packages that the host depends on."""
    return {"tensorflow": tf.__version__}


def vjp(extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any) -> Any:
    """The cotangent of each array argument, by GradientTape; zeros where none flows."""
    function = FloatingFunction(extension, args, settings, _is_real)
    with tf.GradientTape() as tape:
        tape.watch(function.primals)
        outputs = function(*function.primals)
    found = tape.gradient(
        outputs, list(function.primals), output_gradients=function.picked(cotangents),
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )  # fmt: skip
    return function.spread(found, tf.zeros_like)


def _is_real(value: Any) -> bool:
    return isinstance(value, tf.Tensor) and value.dtype.is_floating


def _floating(array: Any) -> bool:
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"


def compute_gradient(
    extension: Any, args: tuple[Any, ...], settings: dict[str, Any]
) -> Iterable[str]:
    """tf.test.compute_gradient: the gradient against differences."""
    wide = map_leaves(lambda x: from_numpy(x.astype(np.float64) if _floating(x) else x), args)
    function = FloatingFunction(extension, wide, settings, _is_real)
    primals = list(function.primals)
    if not primals or sum(int(tf.size(primal)) for primal in primals) > _MOST:
        return
    if not function(*primals):
        return

    def run(*given: Any) -> Any:
        return tf.concat([tf.reshape(output, [-1]) for output in function(*given)], 0)

    theoretical, numerical = tf.test.compute_gradient(run, primals, delta=1e-6)
    for position, mine, differences in zip(function.real, theoretical, numerical, strict=True):
        scale = max(1.0, float(np.max(np.abs(differences), initial=0.0)))
        worst = float(np.max(np.abs(mine - differences), initial=0.0)) / scale
        if not worst <= _TOLERANCE * 10:
            yield f"the gradient of array {position} is {worst:.2g} away from differences"


def in_graphs(extension: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Iterable[str]:
    """tf.function, with sizes known and not, and with XLA, against eager mode."""
    tensors = map_leaves(from_numpy, args)
    expected = leaves_of(extension(*tensors, **settings))

    @tf.autograph.experimental.do_not_convert
    def run(*given: Any) -> Any:
        return leaves_of(extension(*given, **settings))

    variants = {
        "tf.function": tf.function(run),
        "tf.function with unknown sizes": _of_unknown_sizes(run, tensors),
        "tf.function with jit_compile": tf.function(run, jit_compile=True),
    }
    for name, function in variants.items():
        for mine, theirs in zip(expected, function(*tensors), strict=True):
            if not _close(mine.numpy(), theirs.numpy()):
                yield f"{name} gives another value than eager mode"


def _of_unknown_sizes(run: Callable[..., Any], tensors: Any) -> Any:
    """The function for any sizes; if it needs certain sizes, for any number of examples."""

    def traced(known: Callable[[Any], list[int]]) -> Any:
        specs = map_leaves(
            lambda t: tf.TensorSpec([None] * (t.shape.rank - len(known(t))) + known(t), t.dtype),
            tensors,
        )
        return tf.function(run).get_concrete_function(*specs)

    try:
        return traced(lambda t: [])
    except ShapeError:  # such as of a matrix (2, 3)
        return traced(lambda t: list(t.shape[1:]))


def _close(first: Any, second: Any) -> bool:
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    if not _floating(first):
        return bool(np.array_equal(first, second))
    tolerance = {2: 1e-2, 4: 1e-4, 8: 1e-10}[first.dtype.itemsize]
    wide = first.astype(np.float64), second.astype(np.float64)
    scale = max(1.0, float(np.max(np.abs(wide[0]), initial=0.0, where=np.isfinite(wide[0]))))
    return bool(np.allclose(*wide, rtol=tolerance, atol=tolerance * scale, equal_nan=True))


def saved(layer: Any, args: tuple[Any, ...], settings: dict[str, Any]) -> Iterable[str]:
    """A SavedModel of the layer gives the same output."""
    made = layer.tensorflow if isinstance(layer, Layer) else layer.tensorflow()
    inputs = map_leaves(from_numpy, args)
    if random_keys(made.layer):  # each call in training draws another one
        settings = {**settings, "training": False}
    expected = leaves_of(made(*inputs, **settings))
    specs = map_leaves(lambda t: tf.TensorSpec(t.shape, t.dtype), inputs)

    @tf.autograph.experimental.do_not_convert
    def run(*given: Any) -> Any:
        return made(*given, **settings)

    holder = tf.Module()
    holder.layer = made  # type: ignore[attr-defined]
    holder.run = tf.function(run).get_concrete_function(*specs)  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(holder, folder)
        loaded: Any = tf.saved_model.load(folder)
        found = leaves_of(loaded.run(*inputs))
    if not all(_close(a.numpy(), b.numpy()) for a, b in zip(expected, found, strict=True)):
        yield "after saving and loading, the output is another"


VALIDATORS: Sequence[Validator] = (
    Validator("tf.test.compute_gradient", ("op", "activation", "loss"), compute_gradient),
    Validator("tf.function", ("op", "activation", "loss"), in_graphs),
    Validator("SavedModel", ("layer",), saved),
)
