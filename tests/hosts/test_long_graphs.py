"""Graphs that are deeper than Python's stack: nothing recurses over the depth of a graph."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.graph.dtypes import float32
from dovetail.graph.evaluate import evaluate
from dovetail.graph.text import graph_text
from dovetail.graph.typecheck import typecheck
from dovetail.language.trace import ArraySpec, trace

COUNT = 3000
DEEP = 1100  # more than the frames that Python allows
X = np.linspace(-1.0, 1.0, 50, dtype=np.float32)
FACTORS = [0.001 * number for number in range(COUNT)]
# y + x f1 + x f2 ..., of which the derivative is 1 + the sum of the factors.
SLOPE = 1.0 + sum(float(np.float32(factor)) for factor in FACTORS)


@dt.op
def additions(x: Any) -> Any:
    """3,000 chained additions."""
    y = x
    for factor in FACTORS:
        y = y + x * factor
    return y


@dt.op
def deep(x: Any, z: Any) -> Any:
    """A chain that no rule shortens: the last maximum is always of its first operand."""
    y = x
    for _ in range(DEEP):
        y = dt.maximum(y, z) + dt.abs(x)
    return y


def closed_form(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """`deep` of x and x / 2."""
    x = x.astype(np.float64)
    return np.maximum(x, x / 2) + DEEP * np.abs(x)


def slope(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.where(x > 0, 1.0, 0.5) + DEEP * np.sign(x)


def test_numpy() -> None:
    np.testing.assert_allclose(additions(X), X * SLOPE, rtol=1e-4)
    np.testing.assert_allclose(dt.grad(lambda x: dt.sum(additions(x)))(X), SLOPE, rtol=1e-4)
    np.testing.assert_allclose(deep(X, X / 2), closed_form(X), rtol=1e-4)
    found = dt.grad(lambda x: dt.sum(deep(x, x * 0.5)))(X)
    np.testing.assert_allclose(found, slope(X), rtol=1e-5)
    _, tangent = dt.jvp(lambda x: deep(x, x * 0.5), (X,), (np.ones_like(X),))
    np.testing.assert_allclose(tangent, slope(X), rtol=1e-5)


def test_torch() -> None:
    torch = pytest.importorskip("torch")
    x = torch.tensor(X, requires_grad=True)
    value = additions.torch(x)
    np.testing.assert_allclose(value.detach(), X * SLOPE, rtol=1e-4)
    value.sum().backward()
    np.testing.assert_allclose(x.grad, SLOPE, rtol=1e-4)
    (found,) = torch.autograd.grad(deep.torch(x, x * 0.5).sum(), x)
    np.testing.assert_allclose(found, slope(X), rtol=1e-5)


def test_jax() -> None:
    jax = pytest.importorskip("jax")
    np.testing.assert_allclose(additions.jax(X), X * SLOPE, rtol=1e-4)
    total = jax.grad(lambda x: additions.jax(x).sum())
    np.testing.assert_allclose(total(X), SLOPE, rtol=1e-4)
    # XLA alone would take minutes here.
    found = jax.jit(jax.grad(lambda x: deep.jax(x * 1.0, x * 0.5).sum()))(X)
    np.testing.assert_allclose(found, slope(X), rtol=1e-5)


def test_tensorflow() -> None:
    tf = pytest.importorskip("tensorflow")
    x = tf.constant(X)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = deep.tensorflow(x, x * 0.5)
    np.testing.assert_allclose(value, closed_form(X), rtol=1e-4)
    np.testing.assert_allclose(tape.gradient(value, x), slope(X), rtol=1e-5)


def test_printing_checking_and_evaluating() -> None:
    given = ArraySpec(X.shape, float32)
    graph = typecheck(trace(deep, (given, given)).graph)
    assert graph_text(graph).count("= maximum(") == DEEP
    np.testing.assert_allclose(evaluate(graph, [X, X / 2])[0], closed_form(X), rtol=1e-12)


def test_sums_are_searched_without_recursion() -> None:
    """Each of these is looked into by a rule: sums, products, selections, signs, views."""

    @dt.op
    def looked_into(x: Any) -> Any:
        total, product, chosen, positive = x, x, x, dt.exp(x)
        for _ in range(DEEP):
            total = total + x * x
            product = product * 1.0001 * x
            chosen = dt.where(x > 0.1, chosen, 0.0)
            positive = dt.maximum(positive, dt.abs(x)) + dt.exp(x)
        return (
            dt.sum(total)
            + dt.sum(product)
            + dt.sum(total * chosen)
            + dt.log(dt.exp(x[0]) / positive[0])
        )

    assert np.isfinite(looked_into(X))
    assert np.isfinite(dt.grad(looked_into)(X)).all()


def test_room_for_a_callers_own_depth() -> None:
    """Compiling takes few frames of Python's stack, however long the chain is."""

    def nested(depth: int) -> Any:
        return nested(depth - 1) if depth else dt.grad(lambda x: dt.sum(deep(x, x * 0.25)))(X)

    assert np.isfinite(nested(sys.getrecursionlimit() - 400)).all()
