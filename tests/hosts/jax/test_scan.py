"""Loops in JAX: by our kernels and by lax.scan, under jit, grad, vmap and jvp."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")

import dovetail as dt  # noqa: E402
from dovetail.hosts.jax import kernel_policy  # noqa: E402
from dovetail.language.tree import flatten  # noqa: E402
from tests.transform.loops import LOOPS, Loop, loss  # noqa: E402

CHOSEN = [loop for loop in LOOPS if loop.name in ("lstm", "count", "lookup", "sorted", "nested")]


def _leaves(value: Any) -> list[Any]:
    return [leaf for _, leaf in flatten(value)[0]]


@pytest.mark.parametrize("kernel", [True, False], ids=["kernels", "XLA"])
@pytest.mark.parametrize("loop", CHOSEN, ids=lambda loop: loop.name)
def test_values_and_gradients(loop: Loop, kernel: bool) -> None:
    values = dt.op(lambda *arrays: _leaves(loop.scanned(*arrays)))
    total = dt.op(lambda *arrays: loss(loop.scanned(*arrays)))
    expected = dt.op(dt.grad(lambda *a: loss(loop.unrolled(*a)), loop.argnums))(*loop.arrays)
    with jax.enable_x64(True), kernel_policy.forced(kernel):
        arrays = [jax.numpy.asarray(array) for array in loop.arrays]
        found = jax.jit(lambda *a: values(*a))(*arrays)
        gradients = jax.jit(jax.grad(lambda *a: total(*a), loop.argnums))(*arrays)
    for one, other in zip(found, _leaves(loop.unrolled(*loop.arrays)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-11)
    for one, other in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-11)


@dt.op
def rnn(w: Any, h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(h @ w + x)
        return h, h

    return dt.scan(step, h, xs)[1]


def _theirs(w: Any, h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = jax.numpy.tanh(h @ w + x)
        return h, h

    return jax.lax.scan(step, h, xs)[1]


@pytest.mark.parametrize("kernel", [True, False], ids=["kernels", "XLA"])
def test_transforms_are_those_of_lax_scan(kernel: bool) -> None:
    rng = np.random.default_rng(0)
    w, h, xs = (rng.normal(size=s) * 0.5 for s in ((4, 4), (2, 4), (3, 2, 4)))
    with jax.enable_x64(True), kernel_policy.forced(kernel):
        for transform, start in (
            (lambda f: jax.vmap(f, (None, 0, None)), np.stack([h, h + 1])),
            (lambda f: jax.jacfwd(f, 0), h),
            (lambda f: jax.hessian(lambda *a: f(*a).sum(), 0), h),
        ):
            found, expected = transform(rnn)(w, start, xs), transform(_theirs)(w, start, xs)
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("kernel", [True, False], ids=["kernels", "XLA"])
def test_a_while_loop(kernel: bool) -> None:
    @dt.op
    def halvings(x: Any) -> Any:
        return dt.while_loop(lambda c: dt.any(c[0] > 0.3), lambda c: (c[0] * 0.5, c[1] + 1), (x, 0))

    x = jax.numpy.asarray([5.0, 3.0], "float32")
    with kernel_policy.forced(kernel):
        found, count = jax.jit(lambda x: halvings(x))(x)
        tangent = jax.jvp(lambda x: halvings(x)[0], (x,), (jax.numpy.ones_like(x),))[1]
    np.testing.assert_allclose(found, [5 / 32, 3 / 32])
    np.testing.assert_allclose(tangent, [1 / 32, 1 / 32])
    assert int(count) == 5
