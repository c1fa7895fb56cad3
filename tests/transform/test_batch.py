"""vmap against a Python loop, for every primitive, nested, and through derivatives."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from dovetail.graph.dtypes import float64
from dovetail.graph.evaluate import evaluate_nodes
from dovetail.graph.node import Graph, topological
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.declared import declare
from dovetail.graph.primitives.row import input_node
from dovetail.graph.typecheck import typecheck
from dovetail.transform.batch import batch
from dovetail.transform.derivative import jvp, vjp

X = input_node("x", (3,), float64)
Y = input_node("y", (3,), float64)
RNG = np.random.default_rng(5)


def whole(node, size):
    return input_node(f"{node.attr('name')}.all", (size, *node.shape), node.dtype)


def assert_like_a_loop(outputs, values, mapped_inputs, size):
    """`values` of the mapped inputs hold one example in each row."""
    mapped = {node: whole(node, size) for node in mapped_inputs}
    found = batch(outputs, mapped, size)
    inputs = tuple(mapped.get(node, node) for node in values)
    typecheck(Graph(inputs, tuple(found)))
    results = evaluate_nodes(found, {mapped.get(n, n): v for n, v in values.items()})
    examples = [
        evaluate_nodes(outputs, {n: v[index] if n in mapped else v for n, v in values.items()})
        for index in range(size)
    ]
    for position, (output, result) in enumerate(zip(outputs, results, strict=True)):
        assert result.shape == (size, *output.shape)
        for index in range(size):
            np.testing.assert_allclose(
                result[index], examples[index][position], rtol=1e-13, atol=1e-14
            )


def test_every_primitive(example):
    inputs = example.inputs()
    output = example.build(*inputs)
    for size in (2, 0):
        for flags in itertools.product((True, False), repeat=len(inputs)):
            mapped = [node for node, flag in zip(inputs, flags, strict=True) if flag]
            values = {}
            for node in inputs:
                drawn = [example.values(RNG, [node])[node] for _ in range(size)]
                single = example.values(RNG, [node])[node]
                stacked = np.array(drawn).reshape(size, *node.shape)
                values[node] = stacked if node in mapped else single
            assert_like_a_loop([output], values, mapped, size)


def test_derivatives_of_every_primitive(example):
    inputs = example.inputs()
    output = example.build(*inputs)
    if not (output.dtype.is_floating and inputs[0].dtype.is_floating):
        return
    cotangent = input_node("c", output.shape, output.dtype)
    pulled = vjp([output], inputs, [cotangent])
    values = {n: np.array([example.values(RNG, [n])[n] for _ in range(2)]) for n in inputs}
    values[cotangent] = RNG.normal(size=(2, *output.shape))
    assert_like_a_loop(pulled, values, list(values), 2)


def test_nested():
    outer = ew.multiply(st.sum_(ew.multiply(X, Y), axes=(0,)), 2.0)
    by_y = batch([outer], {Y: whole(Y, 4)}, 4)
    table = batch(by_y, {X: whole(X, 2)}, 2)
    a, b = RNG.normal(size=(2, 3)), RNG.normal(size=(4, 3))
    (result,) = evaluate_nodes(table, {whole(X, 2): a, whole(Y, 4): b})
    np.testing.assert_allclose(result, 2 * a @ b.T)


def test_unbatched_outputs_are_repeated_and_constants_stay():
    first, second = batch([ew.exp(Y), X], {X: whole(X, 2)}, 2)
    assert first.shape == (2, 3)
    assert first.args[0] is ew.exp(Y)
    assert second is whole(X, 2)


def test_one_matrix_for_all_examples_is_one_product():
    a, b = input_node("a", (5, 3), float64), input_node("b", (3, 4), float64)
    (found,) = batch([st.matmul(a, b)], {a: whole(a, 2)}, 2)
    products = [node for node in topological([found]) if node.op == "matmul"]
    assert [node.shape for node in products] == [(10, 4)]


class Halved:
    """A rule that differs from the derived derivative, and reads inputs and outputs."""

    def __call__(self, inputs, outputs, cotangents):
        x, y = inputs
        half = ew.multiply(cotangents[0], 0.5)
        total = st.restore(st.sum_(ew.multiply(half, y), axes=(0,)), x.shape, (0,))
        return total, ew.multiply(half, outputs[0])


HALVED = Halved()


@pytest.mark.parametrize("mapped", [(X, Y), (X,), (Y,)])
def test_declared_derivatives_are_batched(mapped):
    (output,) = declare((ew.multiply(ew.sin(X), Y),), (X, Y), HALVED)
    size = 4
    stacked = {node: whole(node, size) for node in mapped}
    (batched,) = batch([output], stacked, size)
    cotangent = input_node("c", (3,), float64)
    tangent = input_node("t", (3,), float64)
    values = {n: RNG.normal(size=(size, 3) if n in mapped else 3) for n in (X, Y)}
    values |= {n: RNG.normal(size=(size, 3)) for n in (cotangent, tangent)}
    everything = {
        stacked.get(n, whole(n, size) if n in (cotangent, tangent) else n): v
        for n, v in values.items()
    }
    wrt = mapped[0]

    one = [*vjp([output], [wrt], [cotangent]), *jvp([output], [wrt], [tangent])]
    one += vjp(one[:1], [wrt], [tangent])
    all_wrt = stacked[wrt]
    many = [
        *vjp([batched], [all_wrt], [whole(cotangent, size)]),
        *jvp([batched], [all_wrt], [whole(tangent, size)]),
    ]
    many += vjp(many[:1], [all_wrt], [whole(tangent, size)])
    results = evaluate_nodes(many, everything)
    for index in range(size):
        row = {n: v[index] if v.ndim == 2 else v for n, v in values.items()}
        for mine, theirs in zip(results, evaluate_nodes(one, row), strict=True):
            np.testing.assert_allclose(mine[index], theirs, rtol=1e-13)
