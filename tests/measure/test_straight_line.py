"""Graphs in a framework's own functions: right, and without arrays that users would not make."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.graph.evaluate import evaluate
from dovetail.hosts.numpy.own_functions import OWN, TABLE
from dovetail.hosts.own_functions import Maths
from dovetail.hosts.registry import REGISTRY
from dovetail.language.trace import trace
from dovetail.operations.straight_line import straight_line
from dovetail.verify.sample import spec

RNG = np.random.default_rng(3)
WIDE, ROW, COLUMN = (RNG.uniform(0.5, 2.0, s).astype(np.float32) for s in ((4, 5), (5,), (4, 1)))

FUNCTIONS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "two small operands make a whole one": (lambda x, y, z: x * (y + z), [WIDE, ROW, COLUMN]),
    "an output that is only broadcast": (lambda y: dt.broadcast_to(2.0 * y, (4, 5)), [ROW]),
    "a reduction of a broadcast": (lambda y, z: dt.sum(y * z, axis=0), [ROW, COLUMN]),
    "numbers alone": (lambda x: dt.where(x > 1.0, 1.0, -0.5) + dt.ones((4, 5)), [WIDE]),
    "movement of a small value": (lambda x, y: x + dt.flip(dt.exp(y) - 1.0), [WIDE, ROW]),
    "a product": (lambda x, y: dt.softmax(x @ x.mT + y), [WIDE, np.float32(0.5) * COLUMN]),
    "a loop": (lambda x: dt.cumulative_sum(dt.sin(x), axis=1), [WIDE]),
    "a norm": (
        lambda x, y: y * (x - dt.mean(x, axis=1, keepdims=True)) / dt.std(x, axis=1, keepdims=True),
        [WIDE, ROW],
    ),
}
FRAMEWORKS = ("numpy", "torch", "jax", "tensorflow")


@pytest.mark.parametrize("host", FRAMEWORKS)
def test_values_and_gradients_are_those_of_the_graph(host: str) -> None:
    if host != "numpy":
        pytest.importorskip(host)
    own = importlib.import_module(f"dovetail.hosts.{host}.own_functions").OWN
    to_numpy = REGISTRY.named(host).to_numpy
    for name, (function, arrays) in FUNCTIONS.items():
        both = dt.op(lambda *given, f=function: [f(*given)])
        graph = trace(both, [spec(array) for array in arrays]).graph
        given = [own.array(np.asarray(array)) for array in arrays]
        composite = own.composite(graph)
        expected = evaluate(graph, arrays)
        got = own.forward(Maths(composite), given, "")()
        assert_near(name, [to_numpy(each) for each in got], expected)
        if host == "numpy":
            continue  # it has no autograd
        cotangent = np.ones(expected[0].shape, np.float32)
        got = own.both(Maths(composite), given, range(len(given)), [own.array(cotangent)], "")()
        wide = [np.asarray(a, np.float64) for a in arrays]
        _, pull = dt.vjp(function, *wide)
        assert_near(name, [to_numpy(each) for each in got[1:]], pull(cotangent.astype(float)))


def assert_near(name: str, got: Any, expected: Any) -> None:
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-6, err_msg=name)


def test_numbers_and_rows_stay_small() -> None:
    """What is computed on a row or a number is not computed for every row."""
    seen: list[tuple[int, ...]] = []

    def noted(rule: Callable[..., Any]) -> Callable[..., Any]:
        def run(node: Any, *values: Any) -> Any:
            found = rule(node, *values)
            seen.append(found.shape)
            return found

        return run

    table = type(TABLE)({name: noted(rule) for name, rule in TABLE.rules.items()}, TABLE.cast)
    graph = trace(lambda x, y: 3.0 * x + dt.exp(y) * 2.0, [spec(WIDE), spec(ROW)]).graph
    function = straight_line(graph, table, broadcasts=True)
    assert set(seen) == {()}  # constants, which are made once
    seen.clear()
    assert_near("", function(WIDE, ROW), [3.0 * WIDE + np.exp(ROW) * 2.0])
    assert seen.count((4, 5)) == 2  # the product, and the sum
    assert len(seen) >= 4


def test_half_precisions_are_rounded_as_their_rules_say() -> None:
    x = np.linspace(-2, 2, 9).astype(np.float16)
    graph = trace(lambda x: dt.exp(x) * 1.1 - x, [spec(x)]).graph
    (got,) = OWN.composite(graph)(x)
    assert got.dtype == np.float16
    np.testing.assert_allclose(got, np.exp(x.astype(float)) * 1.1 - x, rtol=1e-3)
