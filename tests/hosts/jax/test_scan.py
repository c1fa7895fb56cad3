"""Loops in JAX: by our kernels and by lax.scan, under jit, grad, vmap and jvp."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")

from dovetail.hosts.jax import kernel_policy  # noqa: E402
from tests.hosts.loops import FEW, HostLoop, halvings, rnn  # noqa: E402


@pytest.mark.parametrize("kernel", [True, False], ids=["kernels", "XLA"])
@pytest.mark.parametrize("loop", FEW, ids=str)
def test_values_and_gradients(loop: HostLoop, kernel: bool) -> None:
    with jax.enable_x64(True), kernel_policy.forced(kernel):
        arrays = [jax.numpy.asarray(array) for array in loop.arrays]
        found = jax.jit(lambda *a: loop.values(*a))(*arrays)
        gradients = jax.jit(jax.grad(lambda *a: loop.total(*a), loop.argnums))(*arrays)
    loop.check_values(found)
    loop.check_gradients(gradients)


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
    x = jax.numpy.asarray([5.0, 3.0], "float32")
    with kernel_policy.forced(kernel):
        found, count = jax.jit(lambda x: halvings(x, 0.3))(x)
        tangent = jax.jvp(lambda x: halvings(x, 0.3)[0], (x,), (jax.numpy.ones_like(x),))[1]
    np.testing.assert_allclose(found, [5 / 32, 3 / 32])
    np.testing.assert_allclose(tangent, [1 / 32, 1 / 32])
    assert int(count) == 5
