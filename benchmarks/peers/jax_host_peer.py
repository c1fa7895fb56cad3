"""Inside JAX: Dovetail's extensions on JAX arrays, and JAX functions for the same maths.

Dovetail's own column is a plain call, compiled inside; "kernels" and "jax.numpy" are its two
ways of computing, each for every row: the figures behind `dovetail/hosts/jax/kernel_policy.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
from problems import ALWAYS_KERNELS, NEVER_KERNELS, OURS, Array, Problem

import dovetail as dt
from dovetail.hosts.jax import kernel_policy
from dovetail.timing import Call
from peers import dovetail_peer, jax_peer

EAGER, COMPILED = "eager", "jax.jit"
VARIANTS = (OURS, ALWAYS_KERNELS, NEVER_KERNELS, EAGER, COMPILED)
FORCED = {ALWAYS_KERNELS: True, NEVER_KERNELS: False}


def set_threads(count: int) -> None:
    """XLA uses every processor that the process may use, which kernels.py limits."""


DOVETAIL: Mapping[str, Callable[..., Any]] = {**dovetail_peer.FORWARD, "relu": dt.relu}
THEIRS: Mapping[str, Callable[..., Any]] = {**jax_peer.FORWARD, "relu": jax.nn.relu}


def prepare(problem: Problem, variant: str) -> Call:
    """The operation, or its value and gradients; compiled as one function but for "eager"."""
    ours = variant in (OURS, *FORCED)
    function = (DOVETAIL if ours else THEIRS)[problem.operation]
    inputs = [jnp.asarray(array) for array in problem.arrays]
    count = len(problem.floating)
    if problem.direction == "forward":
        called = function
        plain = variant in (OURS, EAGER)
        arguments = inputs
    else:
        given = 1.0 if problem.cotangent is None else problem.cotangent

        def called(cotangent: Any, *inputs: Any) -> Any:
            value, pull = jax.vjp(
                lambda *floats: function(*floats, *inputs[count:]), *inputs[:count]
            )
            return value, *pull(cotangent)

        plain = variant == EAGER
        arguments = [jnp.asarray(given, jnp.float32), *inputs]
    if not plain:
        fresh = called  # programs are kept by their function

        def called(*arguments: Any) -> Any:
            return fresh(*arguments)

        called = jax.jit(called)
    with kernel_policy.forced(FORCED.get(variant)):
        jax.block_until_ready(called(*arguments))
    return lambda: jax.block_until_ready(called(*arguments))


def adamw(*_: Any) -> Call:
    """jax_optimizers.py has those."""
    raise NotImplementedError


def arrays(result: Any) -> list[Array]:
    """A result as a list of arrays."""
    return jax_peer.arrays(result)
