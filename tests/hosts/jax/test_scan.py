"""Loops in JAX: by our kernels and by lax.scan, under jit, grad, vmap and jvp."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax: Any = pytest.importorskip("jax")

import dovetail as dt  # noqa: E402
from tests.hosts.jax.kernels import forced  # noqa: E402
from tests.hosts.loops import FEW, HostLoop, halvings, rnn  # noqa: E402


@pytest.mark.parametrize("kernel", [True, False], ids=["kernels", "XLA"])
@pytest.mark.parametrize("loop", FEW, ids=str)
def test_values_and_gradients(loop: HostLoop, kernel: bool) -> None:
    with jax.enable_x64(True), forced(kernel):
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
    with jax.enable_x64(True), forced(kernel):
        for transform, start in (
            (lambda f: jax.vmap(f, (None, 0, None)), np.stack([h, h + 1])),
            (lambda f: jax.jacfwd(f, 0), h),
            (lambda f: jax.hessian(lambda *a: f(*a).sum(), 0), h),
            (lambda f: jax.jacfwd(jax.jacrev(f, 1), 0), h),
            (lambda f: jax.jacrev(jax.jacfwd(f, 0), 1), h),
            (lambda f: jax.jacrev(jax.jacrev(f, 2), 0), h),
            (lambda f: jax.jacfwd(jax.vmap(jax.jacrev(f), (None, 0, None))), np.stack([h, h + 1])),
        ):
            found, expected = transform(rnn)(w, start, xs), transform(_theirs)(w, start, xs)
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("kernel", [True, False], ids=["kernels", "XLA"])
def test_a_while_loop(kernel: bool) -> None:
    x = jax.numpy.asarray([5.0, 3.0], "float32")
    with forced(kernel):
        found, count = jax.jit(lambda x: halvings(x, 0.3))(x)
        tangent = jax.jvp(lambda x: halvings(x, 0.3)[0], (x,), (jax.numpy.ones_like(x),))[1]
    np.testing.assert_allclose(found, [5 / 32, 3 / 32])
    np.testing.assert_allclose(tangent, [1 / 32, 1 / 32])
    assert int(count) == 5


def _lowered(function: Any, *arrays: Any) -> str:
    return jax.jit(function).lower(*arrays).as_text()


def test_a_loop_with_products_is_one_kernel_and_so_is_its_gradient() -> None:
    rng = np.random.default_rng(0)
    q, k, v = (jax.numpy.asarray(rng.normal(size=(2, 2, 600, 8)), "float32") for _ in range(3))

    def total(*arrays: Any) -> Any:  # whose cotangent XLA could fuse with what follows
        return (dt.attention(*arrays, causal=True) ** 2).sum()

    forward = _lowered(lambda *a: dt.attention(*a, causal=True), q, k, v)
    backward = _lowered(jax.grad(total, (0, 1, 2)), q, k, v)
    assert forward.count("@dovetail_") == 1
    assert backward.count("@dovetail_") == 2
    assert "stablehlo.while" not in forward + backward
    found = jax.jit(jax.grad(total, (0, 1, 2)))(q, k, v)
    with forced(False), jax.enable_x64(True):
        wide = [x.astype("float64") for x in (q, k, v)]
        expected = jax.jit(jax.grad(total, (0, 1, 2)))(*wide)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)


def test_loops_that_differ_in_their_steps_alone_have_kernels_of_their_own() -> None:
    xs = jax.numpy.asarray(np.arange(12.0).reshape(4, 3), "float32")

    def last(step: Any) -> Any:
        function = dt.op(lambda x: dt.scan(lambda c, row: (step(c, row), ()), x[0] * 0.0, x)[0])
        return np.asarray(jax.jit(lambda x: function(x))(xs))

    np.testing.assert_allclose(last(lambda c, row: c + row), xs.sum(0))
    np.testing.assert_allclose(last(lambda c, row: c - row), -xs.sum(0))
    np.testing.assert_allclose(last(lambda c, row: c + row * 2.0), 2 * xs.sum(0))
    np.testing.assert_allclose(last(lambda c, row: c + row * 3.0), 3 * xs.sum(0))


def test_a_loop_that_sorts_is_left_to_xla() -> None:
    """Its library call is one of Python, which XLA's threads must not wait for."""
    loop = next(each for each in FEW if each.loop.name == "sorted")
    arrays = [jax.numpy.asarray(array, "float32") for array in loop.arrays]
    text = _lowered(lambda *a: loop.values(*a), *arrays)
    assert "stablehlo.while" in text
    assert "@dovetail_" not in text


def test_an_exported_loop_needs_no_kernel() -> None:
    w, h, xs = (jax.numpy.ones(s, "float32") for s in ((4, 4), (2, 4), (3, 2, 4)))
    exported = jax.export.export(jax.jit(lambda *a: rnn(*a)))(w, h, xs)
    assert "@dovetail_" not in exported.mlir_module()
    np.testing.assert_allclose(exported.call(w, h, xs), _theirs(w, h, xs), rtol=1e-5)


@dt.op
def _both(w: Any, h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(h @ w + x)
        return h, h * 2.0

    return dt.scan(step, h, xs)


def test_a_gradient_keeps_the_residuals_of_the_forward_pass() -> None:
    rng = np.random.default_rng(0)
    w, h, xs = (rng.normal(size=s) * 0.5 for s in ((4, 4), (2, 4), (3, 2, 4)))

    def ours(w: Any, h: Any, xs: Any) -> Any:
        return (_both(w, h, xs)[0] ** 3).sum()  # nothing reads the other result

    def theirs(w: Any, h: Any, xs: Any) -> Any:
        return (_theirs(w, h, xs)[-1] ** 3).sum()

    def mapped(f: Any) -> Any:
        return lambda *a: jax.vmap(f, (None, 0, None))(*a).sum()

    with jax.enable_x64(True):
        text = str(jax.make_jaxpr(jax.value_and_grad(ours, (0, 1, 2)))(w, h, xs))
        assert "_forward_" in text
        assert "_backward_" in text
        assert "_vjp_" not in text
        stacked = np.stack([h, h + 1])
        for transform, start in (
            (lambda f: jax.grad(f, (0, 1, 2)), h),
            (lambda f: jax.vmap(jax.grad(f, 0), (None, 0, None)), stacked),
            (lambda f: jax.grad(mapped(f), (0, 1)), stacked),
            (lambda f: jax.jacrev(jax.grad(f, 1), 0), h),
            (lambda f: jax.jacrev(lambda *a: jax.jvp(f, a, a)[1], 0), h),
        ):
            found, expected = (jax.jit(transform(f))(w, start, xs) for f in (ours, theirs))
            for one, other in zip(*map(jax.tree.leaves, (found, expected)), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-11)
