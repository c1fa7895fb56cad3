"""Derivatives of the language's composites: at kinks by convention, elsewhere by differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail.graph import dtypes
from dovetail.graph.evaluate import evaluate, evaluate_nodes
from dovetail.graph.node import topological
from dovetail.graph.primitives.row import constant
from dovetail.language.namespace import NAMESPACE
from dovetail.language.trace import ArraySpec, trace
from dovetail.transform.derivative import vjp

dt: Any = NAMESPACE


def gradient(function: Callable[..., Any], x: Any) -> Any:
    """The gradient of the sum of the results."""
    graph = trace(function, [ArraySpec(x.shape, dtypes.float64)]).graph
    seeds = [constant(1.0, node.shape, node.dtype) for node in graph.outputs]
    result = vjp(graph.outputs, graph.inputs, seeds)
    return evaluate_nodes(result, {graph.inputs[0]: x})[0]


@pytest.mark.parametrize(
    ("function", "points", "slopes"),
    [
        (dt.relu, [-1, 0, 1], [0, 0, 1]),
        (dt.relu6, [-1, 0, 3, 6, 7], [0, 0, 1, 0, 0]),
        (dt.hard_tanh, [-2, -1, 0, 1, 2], [0, 0, 1, 0, 0]),
        (lambda x: dt.clip(x, -1.0, 1.0), [-2, -1, 0, 1, 2], [0, 1, 1, 1, 0]),
        (dt.leaky_relu, [-1, 0, 1], [0.01, 0.01, 1]),
        (dt.abs, [-1, 0, 1], [-1, 0, 1]),
        (lambda x: dt.maximum(x, 0.0), [-1, 0, 1], [0, 0.5, 1]),
        (dt.max, [1, 3, 3], [0, 0.5, 0.5]),
        (dt.elu, [-1, 0, 800], [np.exp(-1), 1, 1]),
        (dt.celu, [0, 800], [1, 1]),
        (dt.softplus, [-800, 0, 800], [0, 0.5, 1]),
        (dt.log_sigmoid, [-800, 0, 800], [1, 0.5, 0]),
        (dt.stop_gradient, [1, 2], [0, 0]),
        (lambda x: dt.hypot(x, 4.0), [3, -3, 0], [0.6, -0.6, 0]),
        (lambda x: dt.hypot(x, 0.0), [0], [0]),
        (lambda x: dt.vector_norm(x), [3, -4, 0], [0.6, -0.8, 0]),
        (lambda x: dt.vector_norm(x), [0, 0], [0, 0]),
        (lambda x: dt.vector_norm(x, ord=3), [0, 0], [0, 0]),
        (lambda x: dt.vector_norm(x, ord=3), [0, -2], [0, -1]),
        (lambda x: dt.vector_norm(x, ord=0.5), [0, 1], [0, 1]),
        (lambda x: dt.vector_norm(x, ord=np.inf), [1, -3, 3], [0, -0.5, 0.5]),
        (lambda x: dt.fmax(x, 1.0), [0, 1, 2, np.nan], [0, 0.5, 1, 0]),
        (lambda x: dt.fmin(x, np.nan), [0, 1, np.nan], [1, 1, 1]),
        (lambda x: dt.fmod(x, 2.0), [-4, 0, 4, 5.5], [1, 1, 1, 1]),
        (lambda x: dt.fmod(5.5, x), [2, -2, 6], [-2, 2, 0]),
        (lambda x: dt.lerp(x, 5.0, 0.25), [1, 9], [0.75, 0.75]),
        (lambda x: dt.lerp(1.0, x, 0.25), [1, -9], [0.25, 0.25]),
        (lambda x: dt.lerp(1.0, -4.0, x), [0, 0.5, 1, 2], [-5, -5, -5, -5]),
        (lambda x: dt.xlogy(x, 0.0), [0], [0]),
        (lambda x: dt.xlogy(x, -1.0), [0], [0]),
        (lambda x: dt.xlogy(x, 1.0), [0, 2], [0, 0]),
        (lambda x: dt.xlogy(0.0, x), [1, 4], [0, 0]),
        (lambda x: dt.xlogy(2.0, x), [0.5, 4], [4, 0.5]),
        (lambda x: dt.nan_to_num(x), [1, np.nan, np.inf, -np.inf], [1, 0, 0, 0]),
        (lambda x: dt.nextafter(x, 2.0), [1], [1]),
        (lambda x: x**0, [0, 2], [0, 0]),
        (lambda x: x**2, [0, 3], [0, 6]),
        (lambda x: dt.prod(x), [0, 2, 3], [6, 0, 0]),
        (lambda x: dt.cumulative_prod(x)[-1], [0, 2, 3], [6, 0, 0]),
        (lambda x: dt.cumulative_prod(x), [2, 0, 3, 0, 5], [1, 8, 0, 0, 0]),
        (lambda x: dt.cumulative_prod(x), [0, 0, 2], [1, 0, 0]),
        (lambda x: dt.cumulative_prod(x), [3, np.inf], [np.inf, 3]),
        (lambda x: dt.sort(x)[0], [3, 1, 2], [0, 1, 0]),
        (lambda x: dt.logsumexp(x), [0, 0, -np.inf], [0.5, 0.5, 0]),
        (lambda x: dt.dropout(x, 1, 1.0), [1, 2], [0, 0]),
    ],
)
def test_kinks_and_limits(function: Any, points: Any, slopes: Any) -> None:
    np.testing.assert_allclose(gradient(function, np.asarray(points, float)), slopes, atol=1e-15)


WEIGHTS = np.linspace(-1, 2, 12).reshape(3, 4)


@pytest.mark.parametrize(
    "function",
    [
        dt.gelu, dt.silu, dt.mish, dt.selu, dt.softsign, dt.hard_swish, dt.softmax, dt.log_softmax,
        dt.rms_norm, dt.layer_norm, dt.var, dt.std, dt.mean, dt.sort, dt.flip, dt.cumulative_prod,
        lambda x: dt.gelu(x, approximate=True), lambda x: dt.glu(x), lambda x: dt.roll(x, 5),
        lambda x: dt.logsumexp(x, axis=0), lambda x: dt.einsum("ij,kj->ik", x, x * x),
        lambda x: dt.einsum("ij,ij->", x, x), lambda x: x[::-2, 1:] @ x[:, :2],
        lambda x: x[np.asarray([0, 0, 2]), np.asarray([1, 1, -1])],
        lambda x: dt.pad(x, 1, value=2.0),
        lambda x: dt.take(x, np.asarray([[0, 0], [2, 1]]), axis=0), lambda x: dt.tile(x, (2, 3)),
        lambda x: dt.repeat(x, 2, axis=1), lambda x: dt.tensordot(x, x, axes=((1,), (1,))),
        lambda x: dt.where(x > 0, dt.exp(x), x * x), lambda x: dt.dropout(x, 7, 0.4),
        lambda x: dt.diff(x, n=2), lambda x: dt.clip(x, x[:, :1], 1.5),
    ],
)  # fmt: skip
def test_gradient_against_differences(function: Any) -> None:
    axes = {"axis": -1} if getattr(function, "__name__", "") == "cumulative_prod" else {}

    def weighted(x: Any) -> Any:
        y = function(x, **axes)
        return dt.sum(y * dt.reshape(dt.arange(1.0, y.size + 1.0, dtype=dt.float64), y.shape))

    x = np.random.default_rng(5).uniform(-2, 2, (3, 4))
    graph = trace(weighted, [ArraySpec(x.shape, dtypes.float64)]).graph
    numeric = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-6
        numeric[place] = (evaluate(graph, [x + step])[0] - evaluate(graph, [x - step])[0]) / 2e-6
    assert np.abs(numeric).max() > 0
    np.testing.assert_allclose(gradient(weighted, x), numeric, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("function", [dt.softmax, dt.log_softmax, dt.logsumexp])
def test_the_maximum_that_is_subtracted_has_no_gradient_of_its_own(function: Any) -> None:
    graph = trace(function, [ArraySpec((3, 4), dtypes.float64)]).graph
    seeds = [constant(1.0, node.shape, node.dtype) for node in graph.outputs]
    backward = topological(vjp(graph.outputs, graph.inputs, seeds))
    # One comparison, of the maximum with infinity, and none that looks for its place.
    assert [node.shape for node in backward if node.op == "equal"] in ([(3, 1)], [(1, 1)])
