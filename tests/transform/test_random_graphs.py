"""Random graphs of several primitives: every transform against the reference evaluator."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as draws

from dovetail.graph.dtypes import float64
from dovetail.graph.evaluate import evaluate_nodes
from dovetail.graph.node import Graph, Node, topological
from dovetail.graph.primitives import elementwise as ew
from dovetail.graph.primitives import structure as st
from dovetail.graph.primitives.row import input_node, size
from dovetail.graph.typecheck import typecheck
from dovetail.transform.batch import batch
from dovetail.transform.derivative import jvp, vjp
from dovetail.transform.min_cut import min_cut_partition
from dovetail.transform.simplify import simplify
from dovetail.transform.stabilise import stabilise

INPUTS = tuple(input_node(name, (2, 3), float64) for name in "xyz")
VECTOR = input_node("v", (3,), float64)
ALL = (*INPUTS, VECTOR)

# Smooth everywhere, and bounded where they would grow: several may be applied in a row.
UNARY = {
    "sin": ew.sin,
    "cos": ew.cos,
    "tanh": ew.tanh,
    "sigmoid": ew.sigmoid,
    "erf": ew.erf,
    "atan": ew.atan,
    "asinh": ew.asinh,
    "negative": ew.negative,
    "exp": lambda x: ew.exp(ew.tanh(x)),
    "expm1": lambda x: ew.subtract(ew.exp(ew.tanh(x)), 1.0),
    "square": lambda x: ew.power(ew.sin(x), 2.0),
    "cube": lambda x: ew.power(ew.sin(x), 3.0),
    "scale": lambda x: ew.multiply(x, -0.5),
    "shift": lambda x: ew.add(x, 0.25),
    "log": lambda x: ew.log(ew.add(ew.multiply(x, x), 1.0)),
    "root": lambda x: ew.rsqrt(ew.add(ew.multiply(x, x), 1.0)),
    "softplus": lambda x: ew.log(ew.add(ew.exp(x), 1.0)),
    "logistic": lambda x: ew.divide(1.0, ew.add(ew.exp(ew.negative(x)), 1.0)),
    "mish": lambda x: ew.tanh(ew.log(ew.add(1.0, ew.exp(x)))),
    "mean": lambda x: ew.divide(x, size(3, x.shape, float64)),
}
BINARY = {
    "add": ew.add,
    "subtract": ew.subtract,
    "multiply": lambda x, y: ew.multiply(ew.tanh(x), y),
    "divide": lambda x, y: ew.divide(x, ew.add(ew.multiply(y, y), 1.0)),
    "logaddexp": ew.logaddexp,
    "hypot": lambda x, y: ew.sqrt(ew.add(ew.multiply(x, x), ew.add(ew.exp(ew.tanh(y)), 1.0))),
    "select": lambda x, y: ew.select(
        ew.less(st.permute(x, axes=tuple(range(len(x.shape)))), 7.0), x, y
    ),
}


@draws.composite
def graphs(draw: draws.DrawFn) -> Node:
    """One node over ALL, of any shape."""
    pool: list[Node] = list(ALL)
    for _ in range(draw(draws.integers(1, 9))):
        node = draw(draws.sampled_from(pool))
        kind = draw(draws.sampled_from(["unary", "binary", "move", "reduce"]))
        if kind == "unary":
            made = UNARY[draw(draws.sampled_from(sorted(UNARY)))](node)
        elif kind == "binary":
            other = draw(draws.sampled_from([n for n in pool if n.shape == node.shape]))
            made = BINARY[draw(draws.sampled_from(sorted(BINARY)))](node, other)
        elif kind == "reduce" and node.shape:
            made = _reduced(draw, node)
        else:
            made = _moved(draw, node)
        if made.size <= 64:
            pool.append(made)
    return pool[-1]


def _reduced(draw: draws.DrawFn, node: Node) -> Node:
    axis = draw(draws.integers(0, len(node.shape) - 1))
    kinds = ["sum", "keepdims", "softmax", "max", "prod", "running product", "scan"]
    match draw(draws.sampled_from(kinds)):
        case "sum":
            return st.sum_(node, axes=(axis,))
        case "keepdims":
            shape = tuple(1 if dim == axis else extent for dim, extent in enumerate(node.shape))
            kept = st.reshape(st.sum_(node, axes=(axis,)), shape=shape)
            return st.broadcast(kept, shape=node.shape, dims=tuple(range(len(shape))))
        case "softmax":
            raised = ew.exp(node)
            return ew.divide(raised, st.restore(st.sum_(raised, axes=(axis,)), node.shape, (axis,)))
        case "max":
            return st.max_(
                ew.add(node, st.iota(shape=node.shape, axis=axis, dtype=float64)), axes=(axis,)
            )
        case "prod":
            return st.prod(ew.sin(node), axes=(axis,))
        case "running product":
            return st.cumulative_prod(
                ew.sin(node), axis=axis, reverse=draw(draws.booleans()), exclusive=False
            )
        case _:
            return st.cumulative_sum(node, axis=axis, reverse=draw(draws.booleans()))


def _moved(draw: draws.DrawFn, node: Node) -> Node:
    rank = len(node.shape)
    choices = ["broadcast", "reshape"] + (["permute", "slice", "pad", "concat"] if rank else [])
    match draw(draws.sampled_from(choices)):
        case "broadcast":
            return st.broadcast(node, shape=(2, *node.shape), dims=tuple(range(1, rank + 1)))
        case "reshape":
            flat = st.reshape(node, shape=(node.size,))
            return draw(draws.sampled_from([flat, st.reshape(node, shape=(*node.shape, 1))]))
        case "permute":
            return st.permute(node, axes=tuple(draw(draws.permutations(range(rank)))))
    axis = draw(draws.integers(0, rank - 1))
    extent = node.shape[axis]
    match draw(draws.sampled_from(["slice", "pad", "concat", "halves"])):
        case "slice":
            start = draw(draws.integers(0, extent - 1))
            if draw(draws.booleans()):
                return st.slice_axis(node, axis, start, start + 1, -1)
            return st.slice_axis(node, axis, start, extent - start, 1)
        case "pad":
            shape = tuple(2 * n + 1 if dim == axis else n for dim, n in enumerate(node.shape))
            first = draw(draws.integers(0, 2))
            starts = tuple(first if dim == axis else 0 for dim in range(rank))
            steps = tuple(2 if dim == axis and first < 2 else 1 for dim in range(rank))
            return st.pad(node, shape=shape, starts=starts, steps=steps)
        case "concat":
            return st.concat(node, ew.sin(node), axis=axis)
        case _:
            cut = draw(draws.integers(0, extent))
            first = st.slice_axis(node, axis, 0, cut, 1)
            rest = st.slice_axis(node, axis, cut, extent - cut, 1)
            return st.concat(ew.negative(first), ew.multiply(rest, 2.0), axis=axis)


def values(seed: int) -> dict[Node, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {node: rng.normal(size=node.shape) for node in ALL}


SEEDS = draws.integers(0, 2**16)
FEW = settings(max_examples=150, deadline=None, derandomize=True)


@FEW
@given(graphs(), SEEDS)
def test_derivatives(node, seed):
    rng = np.random.default_rng(seed)
    cotangent = input_node("c", node.shape, float64)
    moves = [input_node(f"t{i}", n.shape, float64) for i, n in enumerate(ALL)]
    given_values = values(seed) | {n: rng.normal(size=n.shape) for n in (cotangent, *moves)}
    pushed = jvp([node], ALL, moves)
    pulled = vjp([node], ALL, [cotangent])
    typecheck(Graph((*ALL, cotangent, *moves), (*pushed, *pulled)))
    (forward,) = evaluate_nodes(pushed, given_values)
    reverse = evaluate_nodes(pulled, given_values)
    by_forward = np.sum(forward * given_values[cotangent])
    by_reverse = sum(np.sum(r * given_values[t]) for r, t in zip(reverse, moves, strict=True))
    np.testing.assert_allclose(by_forward, by_reverse, rtol=1e-9, atol=1e-9)
    step = 1e-3
    numeric = np.zeros(node.shape)
    for factor, weight in ((1, 3 / 4), (2, -3 / 20), (3, 1 / 60)):
        for side in (1, -1):
            moved = {
                n: given_values[n] + side * factor * step * given_values[t]
                for n, t in zip(ALL, moves, strict=True)
            }
            numeric += side * weight / step * evaluate_nodes([node], moved)[0]
    np.testing.assert_allclose(forward, numeric, rtol=1e-5, atol=1e-5)


@FEW
@given(graphs(), SEEDS)
def test_simplify_and_stabilise(node, seed):
    cotangent = input_node("c", node.shape, float64)
    rng = np.random.default_rng(seed)
    given_values = values(seed) | {cotangent: rng.normal(size=node.shape)}
    plain = [node, *vjp([node], ALL, [cotangent])]
    expected = evaluate_nodes(plain, given_values)
    (stable,) = stabilise([node])
    for rewritten in (
        simplify(plain),
        stabilise(plain),
        simplify([stable, *vjp([stable], ALL, [cotangent])]),
    ):
        typecheck(Graph((*ALL, cotangent), rewritten))
        assert simplify(rewritten) == rewritten
        for mine, theirs in zip(evaluate_nodes(rewritten, given_values), expected, strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9)


@FEW
@given(graphs(), SEEDS, draws.sets(draws.sampled_from(ALL), min_size=1))
def test_batch(node, seed, mapped):
    many = {n: input_node(f"{n.attr('name')}.all", (3, *n.shape), float64) for n in mapped}
    rng = np.random.default_rng(seed)
    stacked = values(seed) | {n: rng.normal(size=(3, *n.shape)) for n in mapped}
    (found,) = batch([node], many, 3)
    (result,) = evaluate_nodes([found], {many.get(n, n): v for n, v in stacked.items()})
    for index in range(3):
        one = {n: v[index] if n in mapped else v for n, v in stacked.items()}
        np.testing.assert_allclose(result[index], evaluate_nodes([node], one)[0], rtol=1e-12)


@FEW
@given(graphs())
def test_what_is_kept_suffices(node):
    (node,) = stabilise([node])
    cotangent = input_node("c", node.shape, float64)
    backward = simplify(vjp([node], ALL, [cotangent]))
    kept = min_cut_partition([node], backward, ALL, [cotangent])
    # From what is kept, everything that the backward reads follows by pointwise work alone.
    reached = {*kept, cotangent}
    costly = {
        inner
        for inner in topological([node])
        if inner.args and inner.primitive.category not in ("elementwise", "movement", "declared")
    }
    stack, seen = list(backward), set()
    while stack:
        inner = stack.pop()
        if inner in reached or inner in seen:
            continue
        seen.add(inner)
        assert inner not in costly
        assert inner.op != "input"
        stack.extend(inner.args[:1] if inner.op == "declared" else inner.args)
