"""TensorFlow's own judges, and what the checker asks of the host."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from dovetail.extension.layer import Layer
from dovetail.extension.values import leaves_of
from dovetail.hosts.protocol import Validator
from dovetail.hosts.tensorflow.dtypes import from_numpy
from dovetail.language.tree import flatten, map_leaves, unflatten

_TOLERANCE = 1e-5  # of a derivative by differences in float64, relative to the largest
_MOST = 200  # numbers that differences are taken over


def versions() -> dict[str, str]:
    """The packages that the host stands on."""
    return {"tensorflow": tf.__version__}


def vjp(extension: Any, args: tuple[Any, ...], settings: dict[str, Any], cotangents: Any) -> Any:
    """The cotangent of each array argument, by GradientTape; zeros where none flows."""
    leaves, _ = flatten(args)
    real = [leaf for _, leaf in leaves if _is_real(leaf)]
    with tf.GradientTape() as tape:
        tape.watch(real)
        outputs = leaves_of(extension(*args, **settings))
    pairs = [
        (output, cotangent)
        for output, cotangent in zip(outputs, leaves_of(cotangents), strict=True)
        if _is_real(output)
    ]
    zero = tf.UnconnectedGradients.ZERO
    found = tape.gradient(
        [output for output, _ in pairs],
        real,
        output_gradients=[cotangent for _, cotangent in pairs],
        unconnected_gradients=zero,
    )
    gradients = iter(found)
    return tuple(next(gradients) if _is_real(leaf) else tf.zeros_like(leaf) for _, leaf in leaves)


def _is_real(value: Any) -> bool:
    return isinstance(value, tf.Tensor) and value.dtype.is_floating


def _float64(args: tuple[Any, ...]) -> tuple[list[Any], Any, list[int]]:
    """Tensors in float64 for the arrays, the structure, and which of them are real."""
    arrays, tree = flatten(args)
    tensors = [
        from_numpy(leaf.astype(np.float64) if _floating(leaf) else leaf) for _, leaf in arrays
    ]
    return tensors, tree, [n for n, tensor in enumerate(tensors) if tensor.dtype.is_floating]


def _floating(array: Any) -> bool:
    return array.dtype.kind == "f" or array.dtype.name == "bfloat16"


def compute_gradient(
    extension: Any, args: tuple[Any, ...], settings: dict[str, Any]
) -> Iterable[str]:
    """tf.test.compute_gradient: the gradient against differences."""
    tensors, tree, real = _float64(args)
    if not real or sum(int(tf.size(tensors[n])) for n in real) > _MOST:
        return

    def run(*given: Any) -> Any:
        filled = list(tensors)
        for position, value in zip(real, given, strict=True):
            filled[position] = value
        outputs = leaves_of(extension(*unflatten(tree, filled), **settings))
        flat = [tf.reshape(output, [-1]) for output in outputs if _is_real(output)]
        return tf.concat(flat, 0)

    given = [tensors[n] for n in real]
    if not any(
        _is_real(leaf) for leaf in leaves_of(extension(*unflatten(tree, tensors), **settings))
    ):
        return
    theoretical, numerical = tf.test.compute_gradient(run, given, delta=1e-6)
    for position, mine, differences in zip(real, theoretical, numerical, strict=True):
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

    unknown = map_leaves(lambda t: tf.TensorSpec([None] * t.shape.rank, t.dtype), tensors)
    ways = {
        "tf.function": tf.function(run),
        "tf.function with unknown sizes": tf.function(run).get_concrete_function(*unknown),
        "tf.function with jit_compile": tf.function(run, jit_compile=True),
    }
    for name, function in ways.items():
        for mine, theirs in zip(expected, function(*tensors), strict=True):
            if not _close(mine.numpy(), theirs.numpy()):
                yield f"{name} gives another value than eager mode"


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
