"""Extensions of every kind of shape and type, each beside the same in JAX's own functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import dovetail as dt
from tests import xla_flags
from tests.hosts.pieces import focal, gated, mish, normalised, polar, totals


@dt.op
def attended(q: Any, k: Any, v: Any) -> Any:
    """Maths before, between and after products of matrices."""
    scores = dt.tanh(q) @ dt.matrix_transpose(k) / q.shape[-1] ** 0.5
    return dt.softmax(scores, axis=-1) @ v * 2.0


def _mish(x: Any) -> Any:
    return x * jnp.tanh(jax.nn.softplus(x))


def _focal(logits: Any, labels: Any, gamma: float = 2.0) -> Any:
    log_p = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], -1)[..., 0]
    return (-((1.0 - jnp.exp(log_p)) ** gamma) * log_p).mean()


def _normalised(x: Any, scale: Any, bias: Any = None, eps: float = 1e-5) -> Any:
    centred = x - x.mean(-1, keepdims=True)
    result = centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + eps) * scale
    return result if bias is None else result + bias


def _attended(q: Any, k: Any, v: Any) -> Any:
    scores = jnp.tanh(q) @ jnp.matrix_transpose(k) / q.shape[-1] ** 0.5
    return jax.nn.softmax(scores) @ v * 2.0


@dataclass(frozen=True)
class Pair:
    """The same function twice; `shapes` of its real arguments, `classes` of labels after them."""

    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    classes: int = 0

    def arguments(self, dtype: Any = np.float64, seed: int = 0) -> list[Any]:
        rng = np.random.default_rng(seed)
        made = [jnp.asarray(rng.normal(size=shape).astype(dtype)) for shape in self.shapes]
        if self.classes:
            made.append(jnp.asarray(rng.integers(self.classes, size=self.shapes[0][:-1])))
        return made

    @property
    def moving(self) -> tuple[int, ...]:
        """The places of the arguments that have derivatives."""
        return tuple(range(len(self.shapes)))


PAIRS: dict[str, Pair] = {
    "activation": Pair(mish, _mish, ((3, 4),)),
    "broadcast": Pair(gated, lambda x, g: jnp.sin(x) ** 2 * g**3, ((3, 4), (4,))),
    "rows": Pair(normalised, _normalised, ((3, 5), (5,))),
    "optional": Pair(normalised, _normalised, ((3, 5), (5,), (5,))),
    "loss": Pair(focal, _focal, ((4, 5),), 5),
    "outputs": Pair(
        lambda x, y: polar(x, y)[:2], lambda x, y: (jnp.hypot(x, y), jnp.arctan2(y, x)),
        ((3, 4), (3, 4)),
    ),
    "tree": Pair(
        totals, lambda x: {"sum": jnp.exp(x).sum(0), "largest": x.max(0)}, ((3, 4),)
    ),
    "products": Pair(attended, _attended, ((2, 3, 4), (2, 5, 4), (2, 5, 3))),
}  # fmt: skip


def scalar(function: Callable[..., Any]) -> Callable[..., Any]:
    """One number of a function's outputs, with different weights everywhere."""

    def summed(*args: Any) -> Any:
        total = 0.0
        for number, leaf in enumerate(jax.tree.leaves(function(*args))):
            weights = jnp.linspace(0.5, 1.5, leaf.size, dtype=leaf.dtype).reshape(leaf.shape)
            total = total + ((number + 1) * weights * leaf).sum()
        return total

    return summed


def quickly(function: Callable[..., Any]) -> Any:
    """Compiled without XLA's slower passes, which tests of values do not need."""
    return jax.jit(function, compiler_options=xla_flags.known())


def assert_same(got: Any, want: Any, tolerance: float = 1e-12) -> None:
    """Equal, but for rounding: structure, shapes, types and values."""
    assert jax.tree.structure(got) == jax.tree.structure(want)
    leaves, expected = jax.tree.leaves(got), jax.tree.leaves(want)
    assert leaves
    for one, other in zip(leaves, expected, strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        first, second = np.asarray(one), np.asarray(other)
        if second.size:
            size = max(1.0, float(np.abs(second.astype(np.float64)).max()))
            np.testing.assert_allclose(first, second, rtol=tolerance, atol=tolerance * size)
