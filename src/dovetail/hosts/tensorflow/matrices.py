"""Linear algebra in TensorFlow's own functions, for its composite.

Half precisions compute in float32. Where a matrix is singular, or not positive definite, the
result is not finite under XLA, which cannot raise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from dovetail.hosts.tensorflow.dtypes import THEIRS
from dovetail.hosts.tensorflow.tracing import under_xla
from dovetail.operations.composite import Rule

Function = Callable[..., Any]  # (attributes, *tensors) -> tensor


def _flat(part: Any) -> Any:
    sizes = tf.shape(part)
    known = part.shape[-2:].num_elements()
    count = sizes[-2] * sizes[-1] if known is None else known
    return tf.reshape(part, tf.concat([sizes[:-2], [count]], axis=0))


def _packed(*parts: Any) -> Any:
    """Matrices, and vectors with a last axis of 1, side by side along one axis."""
    return tf.concat(list(map(_flat, parts)), axis=-1)


def _eigh(attrs: dict[str, Any], a: Any) -> Any:
    values, vectors = tf.linalg.eigh(a)
    return tf.concat([values[..., None, :], vectors], axis=-2)


def _svd(attrs: dict[str, Any], a: Any) -> Any:
    s, u, v = tf.linalg.svd(a, full_matrices=attrs["full"])
    return _packed(u, s[..., None], tf.linalg.matrix_transpose(v))


def _eliminated(a: Any) -> tuple[Any, Any]:
    """The sign of the row exchanges, and the pivots, of Gaussian elimination: XLA has no LU."""
    ones = tf.ones(tf.shape(a)[:-1], a.dtype)
    none = tf.ones(tf.shape(a)[:-2], a.dtype)
    if a.shape[-1] == 0:
        return none, ones
    count = tf.shape(a)[-1]
    numbers = tf.range(count)

    def step(k: Any, a: Any, sign: Any, pivots: Any) -> tuple[Any, ...]:
        candidates = tf.where(numbers >= k, tf.abs(tf.gather(a, k, axis=-1)), -1.0)
        chosen = tf.argmax(candidates, axis=-1, output_type=tf.int32)
        is_chosen: Any = numbers == tf.expand_dims(chosen, -1)
        other: Any = tf.gather(a, k, axis=-2)
        row: Any = tf.reduce_sum(tf.where(is_chosen[..., None], a, 0.0), axis=-2)
        a = tf.where(is_chosen[..., None], other[..., None, :], a)
        a = tf.where((numbers == k)[:, None], row[..., None, :], a)
        pivot: Any = tf.gather(row, k, axis=-1)
        below = tf.where(numbers > k, tf.gather(a, k, axis=-1), 0.0)
        factors: Any = tf.math.divide_no_nan(below, pivot[..., None])
        a -= factors[..., None] * row[..., None, :]
        sign = tf.where(chosen == k, sign, -sign)
        return k + 1, a, sign, tf.where(numbers == k, pivot[..., None], pivots)

    start = tf.constant(0), a, none, ones
    _, _, sign, pivots = tf.while_loop(lambda k, *_: k < count, step, start)
    return sign, pivots


def _det(attrs: dict[str, Any], a: Any) -> Any:
    if not under_xla():
        return tf.linalg.det(a)
    sign, pivots = _eliminated(a)
    return sign * tf.reduce_prod(pivots, axis=-1)


def _slogdet(attrs: dict[str, Any], a: Any) -> Any:
    if not under_xla():
        return tf.stack(list(tf.linalg.slogdet(a)), axis=-1)
    sign, pivots = _eliminated(a)
    logarithm = tf.reduce_sum(tf.math.log(tf.abs(pivots)), axis=-1)
    return tf.stack([sign * tf.reduce_prod(tf.sign(pivots), axis=-1), logarithm], axis=-1)


def _cofactor(attrs: dict[str, Any], a: Any) -> Any:
    """By the singular values, of which XLA's have fewer digits than its inverse."""
    s, u, v = tf.linalg.svd(a)
    sign = _det(attrs, u) * _det(attrs, v)
    others = tf.linalg.set_diag(tf.ones_like(a) * s[..., None, :], tf.ones_like(s))
    products = tf.reduce_prod(others, axis=-1) * sign[..., None]
    found = tf.matmul(u * products[..., None, :], v, transpose_b=True)
    if not under_xla():
        return found
    determinant = _det(attrs, a)[..., None, None]
    inverse = tf.linalg.matrix_transpose(tf.linalg.inv(a))
    return tf.where(determinant != 0.0, determinant * inverse, found)


def _solve_triangular(attrs: dict[str, Any], a: Any, b: Any) -> Any:
    if attrs["unit_diagonal"]:
        a = tf.linalg.set_diag(a, tf.ones_like(tf.linalg.diag_part(a)))
    return tf.linalg.triangular_solve(a, b, lower=attrs["lower"])


def _pinv(attrs: dict[str, Any], a: Any) -> Any:
    rtol = attrs["rtol"]
    if rtol is None:
        sizes = tf.cast(tf.reduce_max(tf.shape(a)[-2:]), a.dtype)
        rtol = sizes * tf.constant(tf.experimental.numpy.finfo(a.dtype.as_numpy_dtype).eps, a.dtype)
    return tf.linalg.pinv(a, rcond=rtol)


_TABLE: dict[str, Function] = {
    "cholesky": lambda attrs, a: tf.linalg.cholesky(a),
    "solve_triangular": _solve_triangular,
    "solve": lambda attrs, a, b: tf.linalg.solve(a, b),
    "inv": lambda attrs, a: tf.linalg.inv(a),
    "det": _det,
    "cofactor": _cofactor,
    "slogdet": _slogdet,
    "pinv": _pinv,
    "eigh": _eigh,
    "eigvalsh": lambda attrs, a: tf.linalg.eigvalsh(a),
    "svd": _svd,
    "svdvals": lambda attrs, a: tf.linalg.svd(a, compute_uv=False),
    "qr": lambda attrs, a: _packed(*tf.linalg.qr(a, full_matrices=attrs["complete"])),
}


def _rule(function: Function) -> Rule:
    def rule(node: Any, *tensors: Any) -> Any:
        wide = THEIRS[node.dtype.compute]
        found = function(dict(node.attrs), *[tf.cast(x, wide) for x in tensors])
        return tf.cast(found, THEIRS[node.dtype])

    return rule


MATRIX_RULES: dict[str, Rule] = {name: _rule(function) for name, function in _TABLE.items()}
