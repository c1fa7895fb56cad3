"""Loops in TensorFlow: tapes, tf.function with lengths that are not known, XLA."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

tf: Any = pytest.importorskip("tensorflow")

import dovetail as dt  # noqa: E402
from dovetail.language.tree import flatten  # noqa: E402
from tests.transform.loops import LOOPS, Loop, loss  # noqa: E402

CHOSEN = [loop for loop in LOOPS if loop.name in ("lstm", "count", "lookup", "sorted", "nested")]


def _leaves(value: Any) -> list[Any]:
    return [leaf for _, leaf in flatten(value)[0]]


@pytest.mark.parametrize("xla", [False, True], ids=["kernels", "XLA"])
@pytest.mark.parametrize("loop", CHOSEN, ids=lambda loop: loop.name)
def test_values_and_gradients(loop: Loop, xla: bool) -> None:
    values = dt.op(lambda *arrays: _leaves(loop.scanned(*arrays)))
    total = dt.op(lambda *arrays: loss(loop.scanned(*arrays)))
    expected = dt.op(dt.grad(lambda *a: loss(loop.unrolled(*a)), loop.argnums))(*loop.arrays)

    @tf.function(jit_compile=xla)
    def run(*tensors: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            result = total(*tensors)
        return values(*tensors), tape.gradient(result, [tensors[n] for n in loop.argnums])

    found, gradients = run(*map(tf.constant, loop.arrays))
    for one, other in zip(found, _leaves(loop.unrolled(*loop.arrays)), strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-10, atol=1e-11)
    for one, other in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(one.numpy(), other, rtol=1e-10, atol=1e-11)


@dt.op
def rnn(w: Any, h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(h @ w + x)
        return h, h

    return dt.scan(step, h, xs)[1]


@pytest.mark.parametrize("xla", [False, True], ids=["kernels", "XLA"])
def test_sizes_that_are_not_known_before_the_call(xla: bool) -> None:
    spec = tf.TensorSpec
    signature = [spec([4, 4], tf.float64), spec([None, 4], tf.float64), spec([None, None, 4])]
    signature[2] = spec([None, None, 4], tf.float64)

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
    @dt.op
    def halvings(x: Any) -> Any:
        return dt.while_loop(lambda c: dt.any(c[0] > 0.3), lambda c: (c[0] * 0.5, c[1] + 1), (x, 0))

    found, count = tf.function(lambda x: halvings(x), jit_compile=xla)(tf.constant([5.0, 3.0]))
    np.testing.assert_allclose(found, [5 / 32, 3 / 32])
    assert int(count) == 5
