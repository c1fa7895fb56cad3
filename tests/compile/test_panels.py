"""Products in loops by panels, and pointwise work that moves into loops.

The references are loops of NumPy in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.cpu import native
from dovetail.compile.panels import panel_matmul, with_panels
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import Program, loops_of
from dovetail.compile.stages import stages
from dovetail.compile.steps import LibraryCall
from dovetail.graph.dtypes import as_dtype
from dovetail.graph.evaluate import evaluate
from dovetail.language.trace import ArraySpec, trace
from dovetail.options import override

Array = np.ndarray[Any, Any]
STEPS = 3
RNG = np.random.default_rng(0)


def traced(function: Any, *arrays: Array) -> Any:
    return trace(function, [ArraySpec(a.shape, as_dtype(a.dtype)) for a in arrays]).graph


def program_of(function: Any, *arrays: Array) -> Program:
    return lower_graph(traced(function, *arrays), [array.strides for array in arrays])


def products_of(program: Program) -> list[Any]:
    """The primitives of the products in a program's only loop."""
    (loop,) = loops_of(program.steps)
    return [s.node.primitive for s in loop.program.steps if isinstance(s, LibraryCall)]


def multiplied(xs: Any, w: Any) -> Any:
    """`x @ w` at each step, for a sum that keeps the product in the loop."""

    def step(h: Any, x: Any) -> Any:
        y = (x + h) @ w
        return h + 1.0, y

    return dt.scan(step, dt.zeros(xs.shape[1:], dtype=xs.dtype), xs)[1]


def by_hand(xs: Array, w: Array) -> Array:
    return np.stack([(x.astype(float) + n) @ w.astype(float) for n, x in enumerate(xs)])


@pytest.mark.parametrize("bits", [256, 512])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products_of_every_form(dtype: str, bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if bits > native.vector_bits():
        pytest.skip("this processor has shorter vectors")
    monkeypatch.setattr(native, "vector_bits", lambda: bits)
    mapped = dt.op(multiplied)
    for rows, inner, columns in ((1, 1, 1), (5, 3, 7), (13, 20, 70), (31, 65, 64), (3, 9, 130)):
        rows += bits // 512  # so that no body is that of the other width
        xs = RNG.normal(size=(STEPS, rows, inner)).astype(dtype)
        w = RNG.normal(size=(inner, columns)).astype(dtype)
        assert products_of(program_of(multiplied, xs, w)) == [panel_matmul]
        bound = inner * np.finfo(dtype).eps * (np.abs(xs).max() + STEPS) * np.abs(w).max()
        np.testing.assert_allclose(mapped(xs, w), by_hand(xs, w), rtol=0, atol=4 * bound)


def test_views_and_transposes() -> None:
    xs, w = RNG.normal(size=(STEPS, 4, 6)), RNG.normal(size=(6, 9))
    exact = by_hand(xs, w)
    mapped = dt.op(multiplied)
    turned = dt.op(lambda xs, w: multiplied(xs, dt.permute_dims(w, (1, 0))))
    twice = dt.op(lambda xs, w: multiplied(xs, w.T.T))
    cut = dt.op(lambda xs, w: multiplied(xs, w[1:7, ::-1]))
    large = np.zeros((8, 9))
    large[1:7] = w[:, ::-1]
    for found in (
        mapped(xs, np.asfortranarray(w)), turned(xs, w.T.copy()), turned(xs, w.T), twice(xs, w),
        cut(xs, large), mapped(xs[:, :, ::-1], w[::-1]), mapped(np.asfortranarray(xs), w),
    ):  # fmt: skip
        np.testing.assert_allclose(found, exact, rtol=1e-13, atol=1e-13)


def test_the_left_matrix_may_be_a_part_of_a_row() -> None:
    def function(h: Any, w: Any) -> Any:
        return dt.scan(lambda h, _: (h[:, ::-1], h[:, 2:6] @ w), h, None, length=STEPS)[1]

    h, w = RNG.normal(size=(5, 8)), RNG.normal(size=(4, 3))
    exact = [h[:, ::-1][:, 2:6] @ w if n % 2 else h[:, 2:6] @ w for n in range(STEPS)]
    np.testing.assert_allclose(dt.op(function)(h, w), exact, rtol=1e-13, atol=1e-13)


def test_empty_matrices() -> None:
    for rows, inner, columns in ((0, 3, 4), (2, 0, 4), (2, 3, 0)):
        found = dt.op(multiplied)(np.ones((STEPS, rows, inner)), np.ones((inner, columns)))
        assert found.shape == (STEPS, rows, columns) and not found.any()


def test_bits_on_any_number_of_threads() -> None:
    xs = RNG.normal(size=(STEPS, 40, 200)).astype(np.float32)
    w = RNG.normal(size=(200, 300)).astype(np.float32)
    mapped = dt.op(multiplied)
    found = []
    for count in (1, 2, 1):
        with override(num_threads=count):
            found.append(mapped(xs, w).tobytes())
    assert len(set(found)) == 1


def test_the_reference_evaluates_panels() -> None:
    xs, w = RNG.normal(size=(STEPS, 4, 6)), RNG.normal(size=(6, 70))
    graph = traced(multiplied, xs, w)
    made = with_panels(graph)
    assert made is not graph
    np.testing.assert_allclose(evaluate(made, [xs, w])[0], by_hand(xs, w), rtol=1e-13, atol=1e-13)


def test_products_that_tiles_do_not_compute() -> None:
    """The left matrix transposed, half precision, or a matrix that something else reads."""

    def left(xs: Any, w: Any) -> Any:
        return dt.scan(lambda h, x: (h + x, (h + x).T @ w), xs[0], xs)[1]

    def other(xs: Any, w: Any) -> Any:
        return dt.scan(lambda h, x: (h + x, (h + x) @ w + w[0]), xs[0], xs)[1]

    xs, w = RNG.normal(size=(STEPS, 4, 4)), RNG.normal(size=(4, 5))
    for function in (left, other):
        assert panel_matmul not in products_of(program_of(function, xs, w))
    half = [array.astype(np.float16) for array in (xs, w)]
    assert panel_matmul not in products_of(program_of(multiplied, *half))


def test_pointwise_work_before_a_loop() -> None:
    def alone(xs: Any, w: Any, bias: Any, h: Any) -> Any:
        zs = dt.maximum(xs @ w + bias, 0.25) - xs[:, :, :1]
        return dt.scan(lambda h, z: (dt.tanh(z + h),) * 2, h, zs)[1]

    xs, w, bias = (RNG.normal(size=s) for s in ((STEPS, 4, 6), (6, 5), (5,)))
    h = RNG.normal(size=(4, 5))
    exact, state = [], h
    for x in xs:
        state = np.tanh(np.maximum(x @ w + bias, 0.25) - x[:, :1] + state)
        exact.append(state)
    np.testing.assert_allclose(dt.op(alone)(xs, w, bias, h), exact, rtol=1e-13, atol=1e-13)


def test_long_chains_before_a_loop() -> None:
    """Each value is read twice."""

    def squared(xs: Any, bias: Any, clip: Any) -> Any:
        for _ in range(300):
            xs = xs * xs - bias
            xs = clip(xs, 0.5)
        return xs

    def function(xs: Any, bias: Any) -> Any:
        return dt.scan(lambda h, z: (h + z,) * 2, bias, squared(xs, bias, dt.minimum))[1]

    xs, bias = RNG.uniform(size=(STEPS, 4)), RNG.uniform(size=4)
    exact = bias + squared(xs, bias, np.minimum).cumsum(0)
    np.testing.assert_allclose(dt.op(function)(xs, bias), exact, rtol=1e-9, atol=1e-9)


def test_half_precision_is_rounded_once_before_the_loop() -> None:
    """A cancelling difference shows it."""

    def function(xs: Any, h: Any) -> Any:
        return dt.scan(lambda h, z: (h, z), h, dt.tanh(xs) - xs)[1]

    xs, h = RNG.uniform(-0.5, 0.5, size=(STEPS, 50)).astype(np.float16), np.zeros(50, np.float16)
    exact = np.tanh(xs.astype(float)) - xs
    np.testing.assert_allclose(dt.op(function)(xs, h), exact, rtol=2**-10, atol=1e-6)


def test_show_names_what_the_passes_of_the_cpu_changed() -> None:
    def function(xs: Any, w: Any, image: Any) -> Any:
        return multiplied(xs + 0.5, w), dt.sum(image, axis=(0, 1, 3))

    arrays = [np.ones(shape) for shape in ((STEPS, 3, 4), (4, 5), (5, 6, 7, 8))]
    shown = stages(traced(function, *arrays), [array.strides for array in arrays])
    texts = {stage.title.removeprefix("graph, after: "): stage.text for stage in shown}
    assert "panel_matmul" in texts["program"]
    assert "float64[5, 6, 56]" in texts["merge axes"]
    assert "panels" in texts


def test_several_matrices_of_one_shape() -> None:
    def function(h: Any, w: Any, u: Any) -> Any:
        return dt.scan(lambda h, _: ((h @ w) - (h @ u),) * 2, h, None, length=STEPS)[1]

    h, w, u = (RNG.normal(size=size) for size in ((2, 4), (4, 4), (4, 4)))
    exact = [h @ np.linalg.matrix_power(w - u, n + 1) for n in range(STEPS)]
    np.testing.assert_allclose(dt.op(function)(h, w, u), exact, rtol=1e-11, atol=1e-11)
