"""Loops in TensorFlow: tapes, tf.function with lengths that are not known, XLA."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

tf: Any = pytest.importorskip("tensorflow")

import dovetail as dt  # noqa: E402
from tests.hosts.loops import FEW, HostLoop, halvings, rnn  # noqa: E402


@pytest.mark.parametrize("xla", [False, True], ids=["kernels", "XLA"])
@pytest.mark.parametrize("loop", FEW, ids=str)
def test_values_and_gradients(loop: HostLoop, xla: bool) -> None:
    @tf.function(jit_compile=xla)
    def run(*tensors: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            result = loop.total(*tensors)
        return loop.values(*tensors), tape.gradient(result, [tensors[n] for n in loop.argnums])

    found, gradients = run(*map(tf.constant, loop.arrays))
    loop.check_values(found)
    loop.check_gradients(gradients)


@pytest.mark.parametrize("xla", [False, True], ids=["kernels", "XLA"])
def test_sizes_that_are_not_known_before_the_call(xla: bool) -> None:
    shapes = [4, 4], [None, 4], [None, None, 4]
    signature = [tf.TensorSpec(shape, tf.float64) for shape in shapes]

    @tf.function(input_signature=signature, jit_compile=xla)
    def run(w: Any, h: Any, xs: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(w)
            states = rnn(w, h, xs)
            total = tf.reduce_sum(states**2)
        return states, tape.gradient(total, w)

    rng = np.random.default_rng(0)
    w = rng.normal(size=(4, 4)) * 0.5
    for length, batch in ((3, 2), (7, 5)):
        h, xs = rng.normal(size=(batch, 4)), rng.normal(size=(length, batch, 4))
        states, gradient = run(w, h, xs)
        np.testing.assert_allclose(states, rnn(w, h, xs), rtol=1e-11)
        expected = dt.op(dt.grad(lambda *a: dt.sum(rnn(*a) ** 2)))(w, h, xs)
        np.testing.assert_allclose(gradient, expected, rtol=1e-10)
    assert run.experimental_get_tracing_count() == 1


def test_second_order() -> None:
    rng = np.random.default_rng(0)
    arrays = [tf.constant(rng.normal(size=s) * 0.5) for s in ((4, 4), (2, 4), (3, 2, 4))]
    with tf.GradientTape() as outer:
        outer.watch(arrays)
        with tf.GradientTape() as tape:
            tape.watch(arrays)
            total = tf.reduce_sum(rnn(*arrays) ** 2)
        squares = sum(tf.reduce_sum(g**2) for g in tape.gradient(total, arrays))
    found = outer.gradient(squares, arrays)
    inner = dt.grad(lambda *a: dt.sum(rnn(*a) ** 2), (0, 1, 2))
    expected = dt.op(dt.grad(lambda *a: sum(dt.sum(g**2) for g in inner(*a)), (0, 1, 2)))
    for one, other in zip(found, expected(*(a.numpy() for a in arrays)), strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("xla", [False, True], ids=["kernels", "XLA"])
def test_a_while_loop(xla: bool) -> None:
    found, count = tf.function(lambda x: halvings(x, 0.3), jit_compile=xla)(tf.constant([5.0, 3.0]))
    np.testing.assert_allclose(found, [5 / 32, 3 / 32])
    assert int(count) == 5
