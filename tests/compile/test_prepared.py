"""Programs that overwrite their inputs in one native call, and products in blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.cpu.native_steps import blocks_of
from dovetail.compile.cpu.prepared import PreparedProgram
from dovetail.compile.in_place import Pair, in_place
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import Program
from dovetail.errors import IndexingError, LinearAlgebraError
from dovetail.graph.dtypes import as_dtype
from dovetail.language.trace import ArraySpec, ScalarSpec, trace
from dovetail.options import override

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(3)


def program_of(function: Callable[..., Any], arrays: Sequence[Array], floats: int = 0) -> Program:
    specs = [ArraySpec(array.shape, as_dtype(array.dtype)) for array in arrays]
    graph = trace(function, [*specs, *[ScalarSpec()] * floats]).graph
    return lower_graph(graph, [array.strides for array in arrays] + [None] * floats)


def prepared(
    function: Callable[..., Any],
    arrays: Sequence[Array],
    pairs: Sequence[Pair] = (),
    finite: Sequence[int] = (),
    floats: Sequence[float] = (),
) -> PreparedProgram:
    made = PreparedProgram(program_of(function, arrays, len(floats)), pairs, finite)
    for position, array in enumerate(arrays):
        made.bind(position, array)
    made.scalars[: len(floats)] = floats
    return made


def descend(w: Any, x: Any, y: Any, rate: Any) -> Any:
    """A step of gradient descent for least squares, and the loss before it."""
    error = x @ w - y
    return w - rate * (x.mT @ error), dt.sum(error * error)


def test_a_step_overwrites_its_parameters_and_can_be_repeated() -> None:
    x, y, w = RNG.normal(size=(20, 5)), RNG.normal(size=(20, 3)), RNG.normal(size=(5, 3))
    expected = w.copy()
    made = prepared(descend, [w, x, y], [(0, 0)], [1], [0.01])
    for rate in (0.01, 0.02, 0.005):
        made.scalars[0] = rate
        assert made.run()
        error = x @ expected - y
        assert made.outputs[1] == pytest.approx((error * error).sum(), rel=1e-12)
        expected = expected - rate * x.T @ error
        np.testing.assert_allclose(w, expected, rtol=1e-12)
    assert made.outputs[0] is None


def test_nothing_is_overwritten_when_the_loss_is_not_finite() -> None:
    x, y, w = RNG.normal(size=(20, 5)), RNG.normal(size=(20, 3)), RNG.normal(size=(5, 3))
    before = w.copy()
    made = prepared(descend, [w, x, y], [(0, 0)], [1], [0.01])
    for bad in (np.nan, np.inf, -np.inf):
        x[3, 2] = bad
        assert not made.run()
        assert (w == before).all()
    x[3, 2] = 0.5
    assert made.run()
    assert (w != before).all()


def test_nothing_is_overwritten_when_an_index_is_out_of_range() -> None:
    table, rows = RNG.normal(size=(6, 4)).astype(np.float32), np.array([0, 5, 2])
    before = table.copy()

    def step(table: Any, rows: Any) -> Any:
        taken = dt.take(table, rows, axis=0)
        return table * 2.0, dt.sum(taken)

    made = prepared(step, [table, rows], [(0, 0)])
    rows[1] = 6
    with pytest.raises(IndexingError):
        made.run()
    assert (table == before).all()
    rows[1] = 5
    assert made.run()
    assert (table == 2 * before).all()


def _factor(w: Any) -> Any:
    return dt.linalg.cholesky(w)


def _factor_in_a_loop(w: Any) -> Any:
    """The loop reads the array itself, as its first carry."""
    step = lambda w, x: (w * x, dt.linalg.cholesky(w))  # noqa: E731
    return dt.sum(dt.scan(step, w, np.ones(2))[1], axis=0)


@pytest.mark.parametrize("factor", [_factor, _factor_in_a_loop])
def test_nothing_is_overwritten_when_a_library_call_fails(factor: Callable[[Any], Any]) -> None:
    """The matrix that has no factor is that before the step, or after it."""
    for function in (
        lambda w, v: (w - 0.1 * factor(w), v * 2.0),
        lambda w, v: (new := w - 0.25, w * v * 2.0, factor(new)),  # one kernel makes both
    ):
        w, v = np.array([[1.0, 2.0], [2.0, 1.0]]), np.ones((2, 2))
        kept = w.copy()
        made = prepared(function, [w, v], [(0, 0), (1, 1)])
        with pytest.raises(LinearAlgebraError, match="positive definite"):
            made.run()
        assert (w == kept).all() and (v == 1).all()
        w[...] = 4 * np.eye(2)
        assert made.run()
        assert (w != 4 * np.eye(2)).any() and (v != 1).any()


def test_a_value_that_is_read_elsewhere_is_written_last() -> None:
    """The transpose and the running sum need the old values everywhere."""
    square = RNG.normal(size=(70, 70))
    for function, expected in (
        (lambda a: (a + a.mT, dt.sum(a)), square + square.T),
        (lambda a: (dt.cumulative_sum(a, axis=1), a * 3.0), np.cumsum(square, 1)),
        (lambda a: (a @ a, a - 1.0), square @ square),
    ):
        given = square.copy()
        made = prepared(function, [given], [(0, 0)])
        assert made.run()
        np.testing.assert_allclose(given, expected, rtol=1e-10, atol=1e-12)


def test_a_kernel_that_also_computes_the_loss_does_not_overwrite() -> None:
    w = np.arange(1.0, 13.0)
    made = prepared(lambda w: (w * 2.0, dt.sum(w)), [w], [(0, 0)], [1])
    assert made.run()
    assert (w == 2 * np.arange(1.0, 13.0)).all()
    w[3] = np.nan
    before = w.copy()
    assert not made.run()
    np.testing.assert_array_equal(w, before)


def test_an_output_that_overwrites_may_be_read_by_later_steps() -> None:
    w, v = RNG.normal(size=(5, 5)), RNG.normal(size=(5, 5))
    half = w * 0.5
    made = prepared(lambda w, v: (w * 0.5, (w * 0.5) @ v), [w, v], [(0, 0)])
    assert made.run()
    np.testing.assert_array_equal(w, half)
    np.testing.assert_allclose(made.outputs[1], half @ v, rtol=1e-12)


def test_an_output_that_is_cleared_first() -> None:
    """The kernel reads and writes the same addresses, but after all of them are zero."""
    w = np.arange(1.0, 11.0)
    made = prepared(lambda w: (dt.pad(w[:6] * 2.0, ((0, 4),)),), [w], [(0, 0)])
    assert made.run()
    np.testing.assert_array_equal(w, [2, 4, 6, 8, 10, 12, 0, 0, 0, 0])


def test_inputs_may_be_exchanged() -> None:
    a, b = RNG.normal(size=50), RNG.normal(size=50)
    old_a, old_b = a.copy(), b.copy()
    made = prepared(lambda a, b: (b + 0.0, a + 0.0), [a, b], [(0, 0), (1, 1)])
    assert made.run()
    np.testing.assert_array_equal(a, old_b)
    np.testing.assert_array_equal(b, old_a)


def test_pointwise_updates_need_no_memory_of_their_own() -> None:
    w = np.ones((40, 30), np.float32)
    program = program_of(lambda w, g: (w - g, w * 0.5), [w, w])
    found = in_place(program, [(0, 0)])
    assert found.shared == ((0, 0),)
    assert found.copied == ()


def test_other_arrays_are_refused() -> None:
    w = np.ones((4, 3), np.float32)
    made = prepared(lambda w: (w * 2.0,), [w], [(0, 0)])
    for other in (np.ones((4, 3)), np.ones((3, 4), np.float32), np.ones((3, 4), np.float32).T):
        with pytest.raises(dt.DovetailError):
            made.bind(0, other)


SHAPES = [(128, 784, 64), (784, 128, 64), (33, 2048, 17), (17, 2048, 33), (1, 4000, 4000),
          (513, 257, 129), (640, 640, 640)]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True)])
def test_products_in_blocks(shape: tuple[int, int, int], transposed: tuple[bool, bool]) -> None:
    """Every block is where it belongs, on one thread and on three, with the same bits."""
    rows, inner, columns = shape
    a, b = RNG.normal(size=(rows, inner)), RNG.normal(size=(inner, columns))
    given = [m.T.copy() if turned else m for m, turned in zip((a, b), transposed, strict=True)]

    def product(a: Any, b: Any) -> Any:
        first, second = transposed
        return (a.mT if first else a) @ (b.mT if second else b)

    found = []
    for threads in (1, 3):
        with override(num_threads=threads):
            made = prepared(product, given)
            assert made.run()
            found.append(np.array(made.outputs[0]))
    np.testing.assert_allclose(found[0], a @ b, rtol=1e-10, atol=1e-10)
    assert (found[0] == found[1]).all()


@pytest.mark.parametrize(
    "layout",
    [
        lambda a: np.ascontiguousarray(a.transpose(1, 0, 2, 3)).transpose(1, 0, 2, 3),
        lambda a: np.ascontiguousarray(a.transpose(3, 0, 1, 2)).transpose(1, 2, 3, 0),
        lambda a: np.repeat(a, 2, axis=0)[::2],
        lambda a: np.repeat(a, 2, axis=1)[:, ::2],
        lambda a: np.ascontiguousarray(a[:, ::-1])[:, ::-1],
        lambda a: np.broadcast_to(a[:, :1], a.shape),
    ],
    ids=["exchanged", "columns", "every-second", "inner-second", "reversed", "broadcast"],
)
def test_products_of_batches_in_any_layout(layout: Callable[[Array], Array]) -> None:
    a, b = layout(RNG.normal(size=(3, 2, 4, 5))), layout(RNG.normal(size=(3, 2, 5, 6)))
    made = prepared(lambda a, b: a @ b, [a, b])
    assert made.run()
    np.testing.assert_allclose(made.outputs[0], a @ b, rtol=1e-12, atol=1e-14)


def test_blocks_give_threads_equal_shares() -> None:
    for shape in ((1, 128, 64, 784), (1, 784, 64, 128), (1, 4096, 4096, 4096), (1, 64, 10, 128)):
        height, width = blocks_of(*shape)
        count = -(-shape[1] // height) * -(-shape[2] // width)
        assert count in (1, 2, 4) or count % 8 == 0, (shape, count)
    assert blocks_of(1, 64, 10, 128) == (64, 10)
