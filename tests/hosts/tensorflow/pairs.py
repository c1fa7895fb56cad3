"""Extensions of every kind of shape and type, each beside the same in TensorFlow's functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

import dovetail as dt
from tests.hosts.pieces import focal, gated, mish, normalised, polar, totals


@dt.op
def attention(q: Any, k: Any, v: Any) -> Any:
    scores = dt.matmul(q, dt.matrix_transpose(k)) / dt.sqrt(float(q.shape[-1]))
    return dt.matmul(dt.softmax(scores, axis=-1), v)


@dt.op
def ordered(x: Any) -> Any:
    return dt.sort(x, axis=-1) * dt.exp(x)


def _mish(x: Any) -> Any:
    return x * tf.tanh(tf.math.softplus(x))


def _normalised(x: Any, scale: Any, bias: Any = None, eps: float = 1e-5) -> Any:
    centred = x - tf.reduce_mean(x, -1, keepdims=True)
    variance = tf.reduce_mean(centred * centred, -1, keepdims=True)
    result = centred / tf.sqrt(variance + eps) * scale
    return result if bias is None else result + bias


def _focal(logits: Any, labels: Any, gamma: float = 2.0) -> Any:
    log_p = tf.gather(tf.nn.log_softmax(logits), labels, axis=-1, batch_dims=1)
    return tf.reduce_mean(-((1.0 - tf.exp(log_p)) ** gamma) * log_p)


def _attention(q: Any, k: Any, v: Any) -> Any:
    scores = tf.matmul(q, k, transpose_b=True) / tf.sqrt(tf.cast(tf.shape(q)[-1], q.dtype))
    return tf.matmul(tf.nn.softmax(scores), v)


@dataclass(frozen=True)
class Pair:
    """The same function twice; `shapes` of its real arguments, `labels` after them."""

    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    classes: int = 0

    def arguments(self, dtype: Any = tf.float64, seed: int = 0) -> list[Any]:
        rng = np.random.default_rng(seed)
        made = [tf.constant(rng.normal(size=shape), dtype) for shape in self.shapes]
        if self.classes:
            made.append(tf.constant(rng.integers(self.classes, size=self.shapes[0][:-1])))
        return made


PAIRS: dict[str, Pair] = {
    "activation": Pair(mish, _mish, ((3, 4),)),
    "broadcast": Pair(gated, lambda x, g: tf.sin(x) ** 2 * g**3.0, ((3, 4), (4,))),
    "rows": Pair(normalised, _normalised, ((3, 5), (5,))),
    "optional": Pair(normalised, _normalised, ((3, 5), (5,), (5,))),
    "loss": Pair(focal, _focal, ((4, 5),), 5),
    "outputs": Pair(
        lambda x, y: polar(x, y)[:2], lambda x, y: (tf.sqrt(x * x + y * y), tf.atan2(y, x)),
        ((3, 4), (3, 4)),
    ),
    "tree": Pair(
        totals,
        lambda x: {"sum": tf.reduce_sum(tf.exp(x), 0), "largest": tf.reduce_max(x, 0)},
        ((3, 4),),
    ),
    "matmul": Pair(attention, _attention, ((3, 4), (5, 4), (5, 2))),
    "sort": Pair(ordered, lambda x: tf.sort(x) * tf.exp(x), ((3, 4),)),
}  # fmt: skip


def leaves(value: Any) -> list[Any]:
    """The tensors of a result."""
    return tf.nest.flatten(value)


def scalar(function: Callable[..., Any]) -> Callable[..., Any]:
    """One number of a function's outputs, with different weights everywhere."""

    def summed(*args: Any) -> Any:
        total: Any = 0.0
        for number, leaf in enumerate(leaves(function(*args))):
            flat = tf.reshape(leaf, [-1])
            weights = tf.cast(tf.range(tf.size(flat)) + number + 1, leaf.dtype)
            total = total + tf.reduce_sum(flat * weights)
        return total

    return summed


def gradient(function: Callable[..., Any], count: int | None = None) -> Callable[..., Any]:
    """The gradients of the weighted sum of a function's outputs, of its first `count` arguments."""

    def found(*args: Any) -> Any:
        moving = [arg for arg in args[:count] if arg.dtype.is_floating]
        with tf.GradientTape() as tape:
            tape.watch(moving)
            value = scalar(function)(*args)
        return tape.gradient(value, moving)

    return found


def assert_same(got: Any, want: Any, tolerance: float = 1e-12) -> None:
    """Equal, but for rounding."""
    found, expected = leaves(got), leaves(want)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        if one is None or other is None:  # as good as zeros
            assert not np.any(one if other is None else other)
            continue
        assert tuple(one.shape) == tuple(other.shape)
        assert one.dtype == other.dtype
        mine, theirs = np.asarray(one, np.float64), np.asarray(other, np.float64)
        scale = max(1.0, float(np.max(np.abs(theirs), initial=0.0)))
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance * scale)
