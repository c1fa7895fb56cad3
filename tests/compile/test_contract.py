"""Contraction is part of the graph, so that a node has the same value in every kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.cpu.native import has_fused_multiply_add
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall
from dovetail.compile.scalar.operations import ELEMENTWISE, Code
from dovetail.graph.dtypes import bfloat16, float16, float32, float64, int32
from dovetail.graph.node import Node, substitute, topological
from dovetail.graph.primitives import elementwise as e
from dovetail.graph.primitives import structure as s
from dovetail.graph.primitives.row import input_node
from dovetail.transform.contract import contracted

from .random_graphs import Maker

X, Y, Z = (input_node(name, (3, 4), float32) for name in "xyz")
pytestmark = pytest.mark.skipif(not has_fused_multiply_add(), reason="no fused multiply-add here")


# Contracted sums.


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (e.add(e.multiply(X, Y), Z), e.fused_multiply_add(X, Y, Z)),
        (e.add(Z, e.multiply(X, Y)), e.fused_multiply_add(X, Y, Z)),
        (e.subtract(e.multiply(X, Y), Z), e.fused_multiply_add(X, Y, e.negative(Z))),
        (e.subtract(Z, e.multiply(X, Y)), e.fused_multiply_add(e.negative(X), Y, Z)),
        (
            e.add(e.multiply(X, Y), e.multiply(Y, Z)),
            e.fused_multiply_add(X, Y, e.multiply(Y, Z)),
        ),
        (
            e.add(e.multiply(e.add(e.multiply(X, Y), Z), X), Y),
            e.fused_multiply_add(e.fused_multiply_add(X, Y, Z), X, Y),
        ),
    ],
    ids=["xy+z", "z+xy", "xy-z", "z-xy", "xy+yz", "nested"],
)
def test_a_sum_of_a_product_is_contracted(node: Node, expected: Node) -> None:
    assert contracted([node]) == (expected,)


def test_every_sum_of_a_product_is_contracted_whatever_else_uses_it() -> None:
    product = e.multiply(X, Y)
    alone = contracted([e.add(product, Z)])
    assert contracted([e.add(product, Z), product, e.exp(product)])[:1] == alone


def test_what_follows_from_a_product_sees_it_rounded() -> None:
    product = e.multiply(X, Y)
    for node in (
        e.subtract(product, e.floor(product)),
        e.add(e.exp(product), product),
        e.subtract(product, product),
        e.subtract(product, s.restore(s.sum_(product, axes=(1,)), (3, 4), (1,))),
    ):
        (found,) = contracted([node])
        assert (found.op, found.args) == (node.op, node.args)
        # Nor where what follows from it becomes an input, as in the backward computation.
        for alone in substitute([found], {node.args[0]: Z}), substitute([found], {node.args[1]: Z}):
            assert contracted(alone) == alone
    other = e.multiply(product, Z)  # depends on the product, and may be contracted itself
    assert contracted([e.add(product, other)]) == (e.fused_multiply_add(product, Z, product),)


def test_integers_are_left_alone() -> None:
    x, y = (input_node(name, (3,), int32) for name in "xy")
    assert contracted([e.add(e.multiply(x, y), x)]) == (e.add(e.multiply(x, y), x),)


def test_without_the_instruction_the_product_is_rounded_too() -> None:
    code = Code("v")
    code.fuses = False
    ELEMENTWISE["fused_multiply_add"](code, float32, ("%x", "%y", "%z"))
    assert [line.split()[2] for line in code.lines] == ["fmul", "fadd"]


# One node, one value.

TYPES = pytest.mark.parametrize("dtype", [float64, float32, float16, bfloat16], ids=str)


def square(dtype: Any, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=(64, 64)).astype(dtype.numpy)


@TYPES
@pytest.mark.parametrize("axis", [0, 1])
def test_an_extremum_is_found_in_what_it_was_taken_of(dtype: Any, axis: int) -> None:
    @dt.op
    def found(x: Any, y: Any) -> Any:
        v = x * dt.sigmoid(y) - 0.3 * y
        w = v * 1.7 - 2.0
        largest = dt.max(w, axis=axis, keepdims=True)
        return dt.argmax(w, axis=axis), w == largest, v, dt.matmul(v, v), dt.argmin(w, axis=axis)

    index, hit, _, _, least = found(square(dtype), square(dtype, 1))
    assert index.max() < 64 and least.max() < 64
    assert (hit.sum(axis) >= 1).all()
    assert np.take_along_axis(hit, np.expand_dims(index, axis), axis).all()


@pytest.mark.parametrize("shape", [(1, 3), (3, 1), (1, 1), (1,), (5, 1, 2)])
def test_positions_along_axes_of_one_element(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    for axis in range(len(shape)):
        for ours, theirs in ((dt.argmax, np.argmax), (dt.argmin, np.argmin)):
            found = dt.op(lambda x, f=ours, axis=axis: f(dt.exp(x), axis=axis))(x)
            np.testing.assert_array_equal(found, theirs(x, axis=axis))


@TYPES
@pytest.mark.parametrize("axis", [0, 1])
def test_the_gradient_of_an_extremum_adds_up_to_the_cotangent(dtype: Any, axis: int) -> None:
    def largest(x: Any, y: Any) -> Any:
        product = x * y  # an output: the backward reads it, and not x and y
        return dt.max(product + 0.3, axis=axis), product

    x = square(dtype)
    _, pull = dt.vjp(largest, x, square(dtype, 1))
    gradient = pull((np.ones(64, x.dtype), np.zeros_like(x)))[0].astype(np.float64)
    assert np.isfinite(gradient).all()
    hits = (gradient != 0).sum(axis)
    assert hits.min() == 1


def test_the_fraction_of_a_product_is_never_negative() -> None:
    x = np.linspace(0.1, 50.0, 4096, dtype=np.float32)
    y = np.float32(1.0) / x * np.arange(1, 4097, dtype=np.float32)
    fraction = dt.op(lambda x, y: x * y - dt.floor(x * y))(x, y)
    assert fraction.min() >= 0.0
    np.testing.assert_array_equal(fraction, x * y - np.floor(x * y))


def test_a_value_has_the_same_bits_alone_and_beside_others() -> None:
    def value(x: Any, y: Any) -> Any:
        return x * y + dt.exp(y) * 0.3 - x

    x, y = square(float32), square(float32, 1)
    alone = dt.op(lambda x, y: value(x, y))(x, y)
    beside = dt.op(lambda x, y: (value(x, y), x * y, dt.max(value(x, y)), value(x, y).T @ (x * y)))(
        x, y
    )[0]
    np.testing.assert_array_equal(alone, beside)


def test_a_sum_is_computed_once() -> None:
    """In another kernel its order, and so its bits, could differ."""
    for seed in range(300):
        maker = Maker(seed, float32)
        maker.shape = (17, 17)
        maker.pool = [maker.input(maker.shape) for _ in range(2)]
        graph, arrays = maker.graph(steps=16, outputs=5), maker.arrays
        program = lower_graph(graph, [array.strides for array in arrays])
        wanted = sum(n.op == "sum" for n in topological(program.graph.outputs))
        texts = [c.lowered.nest.text() for c in program.steps if isinstance(c, KernelCall)]
        assert sum(text.count(" sum(") for text in texts) <= wanted, seed


# Quotients.


@pytest.mark.parametrize("dtype", [float64, float32], ids=str)
def test_quotients_by_a_number_for_each_row_are_correctly_rounded(dtype: Any) -> None:
    info = np.finfo(dtype.numpy)
    rng = np.random.default_rng(3)
    exponents = rng.integers(info.minexp - info.nmant, info.maxexp, (40, 200))
    x = np.ldexp(rng.uniform(-2, 2, (40, 200)), exponents).astype(dtype.numpy)
    x[:, :6] = [0.0, -0.0, np.inf, -np.inf, np.nan, info.max]
    d = np.abs(x[:, 10:11]).copy()
    d[:6, 0] = [0.0, np.inf, np.nan, info.smallest_subnormal, info.max, info.tiny]
    with np.errstate(all="ignore"):
        expected = x / d
    found = dt.op(lambda x, d: x / dt.max(d, axis=1, keepdims=True))(x, d)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found[:, :2]), np.signbit(expected[:, :2]))


def test_whole_quotients() -> None:
    for n in (1, 3, 7, 27, 49, 103, 197):
        x = np.arange(1, n + 1, dtype=np.float32) * np.float32(0.1 * n)
        assert dt.op(lambda x: x / dt.max(x))(x)[-1] == 1
        count = np.arange(n, dtype=np.float32)[None]
        divisor = np.full((1, n), 3 + n, np.float32)
        floor = dt.op(lambda a, d: dt.floor(a / dt.max(d, axis=1, keepdims=True)))
        np.testing.assert_array_equal(floor(count * (3 + n), divisor), count)


def test_a_mean_is_rounded_once() -> None:
    for n in (3, 7, 49, 103):
        x = np.full((5, n), 3.0, np.float32)
        np.testing.assert_array_equal(dt.op(lambda x: dt.mean(x, axis=1))(x), np.full(5, 3.0))
        np.testing.assert_array_equal(dt.op(lambda x: dt.var(x, axis=1))(x), np.zeros(5))


# Half precisions.


@pytest.mark.parametrize("dtype", [float16, bfloat16], ids=str)
@pytest.mark.parametrize("axis", [0, 1, None])
def test_a_maximum_is_one_of_the_values(dtype: Any, axis: Any) -> None:
    """Also if another kernel reads it, which must not see a rounded value."""
    x = square(dtype)

    @dt.op
    def below(x: Any) -> Any:
        v = x * 1.3
        return v - dt.max(v, axis=axis, keepdims=True), dt.max(v, axis=axis)

    distance, largest = below(x)
    wide = x.astype(np.float32) * np.float32(1.3)
    assert distance.max() == 0
    np.testing.assert_array_equal(largest, wide.max(axis).astype(dtype.numpy))


VALUES = {
    "softmax": lambda x, w: dt.softmax(x * w, axis=-1),
    "root mean square": lambda x, w: x / dt.sqrt(dt.mean(x * x, axis=-1, keepdims=True) + 1e-5),
    "product and sum": lambda x, w: x * w + x,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float16], ids=["float32", "float16"])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("name", VALUES)
def test_what_is_picked_is_what_stands_there(name: str, axis: int, dtype: Any) -> None:
    def picked(x: Any, w: Any) -> tuple[Any, ...]:
        y = VALUES[name](x, w)
        return y, dt.sort(y, axis=axis), dt.take_along_axis(y, dt.argsort(x, axis=axis), axis=axis)

    def largest(x: Any, w: Any) -> tuple[Any, ...]:
        y = VALUES[name](x, w)
        place = dt.argmax(y, axis=axis, keepdims=True)
        return dt.max(y, axis=axis, keepdims=True), dt.take_along_axis(y, place, axis=axis)

    x, w = np.random.default_rng(7).standard_normal((2, 27, 40)).astype(dtype)
    y, in_order, moved = dt.op(picked)(x, w)
    np.testing.assert_array_equal(in_order, np.sort(y, axis=axis))
    places = np.argsort(x, axis=axis, kind="stable")
    np.testing.assert_array_equal(moved, np.take_along_axis(y, places, axis=axis))
    np.testing.assert_array_equal(*dt.op(largest)(x, w))


def test_a_statistic_of_statistics_keeps_its_digits_between_kernels() -> None:
    def picked(x: Any, places: Any) -> Any:
        scale = 1 / dt.sum(x * x, axis=-1, keepdims=True)
        return dt.take_along_axis(x * scale, places, axis=0)

    rng = np.random.default_rng(3)
    x = rng.standard_normal((27, 40)).astype(np.float16)
    places = rng.integers(0, 27, (27, 40))
    wide = x.astype(np.float64)
    expected = np.take_along_axis(wide / (wide**2).sum(1, keepdims=True), places, axis=0)
    wrong = dt.op(picked)(x, places) != expected.astype(np.float16)
    assert wrong.mean() < 0.01
