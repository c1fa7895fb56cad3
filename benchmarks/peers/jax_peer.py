"""JAX: jax.nn where it has the function, under jax.jit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from problems import EPSILON, Adam, Array, Problem

from dovetail.timing import Call

VARIANTS = OPTIMIZERS = ("jax.jit",)


def set_threads(count: int) -> None:
    """XLA uses every processor that the process may use, which kernels.py limits."""


def gelu(x: jax.Array) -> jax.Array:
    """The exact one."""
    return jax.nn.gelu(x, approximate=False)


def swiglu(x: jax.Array, gate: jax.Array) -> jax.Array:
    """x silu(gate)."""
    return x * jax.nn.silu(gate)


def rms_norm(x: jax.Array, scale: jax.Array) -> jax.Array:
    """x / sqrt(mean(x^2) + eps) scale."""
    return x * jax.lax.rsqrt(jnp.mean(x * x, -1, keepdims=True) + EPSILON) * scale


def layer_norm(x: jax.Array, scale: jax.Array, bias: jax.Array) -> jax.Array:
    """(x - mean) / sqrt(var + eps) scale + bias."""
    centred = x - jnp.mean(x, -1, keepdims=True)
    variance = jnp.mean(centred * centred, -1, keepdims=True)
    return centred * jax.lax.rsqrt(variance + EPSILON) * scale + bias


def cross_entropy(logits: jax.Array, labels: jax.Array) -> jax.Array:
    """The mean of -log softmax(logits) at the labels."""
    chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], -1)
    return -jnp.mean(chosen)


FORWARD: Mapping[str, Callable[..., jax.Array]] = {
    "mish": jax.nn.mish,
    "gelu": gelu,
    "swiglu": swiglu,
    "softmax": jax.nn.softmax,
    "log_softmax": jax.nn.log_softmax,
    "rms_norm": rms_norm,
    "layer_norm": layer_norm,
    "cross_entropy": cross_entropy,
}


def prepare(problem: Problem, variant: str) -> Call:
    """The operation, or its value and gradients, as one compiled function."""
    function = FORWARD[problem.operation]
    inputs = [jnp.asarray(array) for array in problem.arrays]
    if problem.direction == "forward":
        forward = jax.jit(function)
        return lambda: jax.block_until_ready(forward(*inputs))
    cotangent = jnp.asarray(1.0 if problem.cotangent is None else problem.cotangent, jnp.float32)
    count = len(problem.floating)

    @jax.jit
    def both(cotangent: jax.Array, *inputs: jax.Array) -> tuple[jax.Array, ...]:
        value, pull = jax.vjp(lambda *floats: function(*floats, *inputs[count:]), *inputs[:count])
        return value, *pull(cotangent)

    return lambda: jax.block_until_ready(both(cotangent, *inputs))


def adamw(
    parameters: Sequence[Array], gradients: Sequence[Array], settings: Adam, variant: str
) -> Call:
    """One compiled update of all tensors, which gives its old state away."""

    def update(p: Any, g: Any, m: Any, v: Any, step: Any) -> tuple[Any, Any, Any]:
        m = settings.beta1 * m + (1 - settings.beta1) * g
        v = settings.beta2 * v + (1 - settings.beta2) * g * g
        mean = m / (1 - settings.beta1**step)
        variance = v / (1 - settings.beta2**step)
        direction = mean / (jnp.sqrt(variance) + settings.eps)
        return p - settings.lr * (direction + settings.weight_decay * p), m, v

    def every(state: list[Any], gradients: list[Any], step: Any) -> list[Any]:
        return [update(p, g, m, v, step) for (p, m, v), g in zip(state, gradients, strict=True)]

    compiled = jax.jit(every, donate_argnums=0)
    fixed = [jnp.asarray(array) for array in gradients]
    state: list[Any] = [
        (jnp.array(array), jnp.zeros(array.shape), jnp.zeros(array.shape)) for array in parameters
    ]
    step = 0

    def call() -> list[jax.Array]:
        nonlocal state, step
        step += 1
        state = jax.block_until_ready(compiled(state, fixed, np.float32(step)))
        return [p for p, _, _ in state]

    return call


def arrays(result: Any) -> list[Array]:
    """A result as a list of arrays."""
    found = result if isinstance(result, (tuple, list)) else [result]
    return [np.asarray(array) for array in found]
