"""Rows that are jammed into one loop, beside NumPy in float64 and the same rows one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile import lower
from dovetail.compile.cpu.executor import Executable
from dovetail.compile.jam import ROWS, ROWS_OF_A_SUM
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall, Program
from tests.compile.harness import bits, strides_of, traced

Array = np.ndarray[Any, Any]
RNG = np.random.default_rng(0)


def norm(maths: Any, x: Any, mean: Any, scale: Any, bias: Any) -> Any:
    return ((x - mean) * scale + bias,)


def sums(maths: Any, x: Any, mean: Any, scale: Any, bias: Any) -> Any:
    """Two sums, one of a product, and an output."""
    return maths.sum(x * scale, axis=-2), maths.sum(abs(x - mean), axis=-2), x * bias


def one_sum(maths: Any, x: Any, mean: Any, scale: Any, bias: Any) -> Any:
    """Over all rows, of which some share their operands of a column."""
    return (maths.sum(x * scale + x[..., :1], axis=tuple(range(x.ndim - 1))),)


def lowered(function: Any, *arrays: Array) -> Program:
    """The program, planned anew."""
    graph = traced(lambda *given: function(dt, *given), *arrays)
    return lower_graph(graph, strides_of(arrays), lambda *_: None)


def jammed(program: Program) -> list[int]:
    """The rows in one loop of each kernel."""
    return [step.lowered.nest.jammed for step in program.steps if isinstance(step, KernelCall)]


@pytest.mark.parametrize(
    ("function", "rows"), [(norm, ROWS), (sums, ROWS), (one_sum, ROWS_OF_A_SUM)]
)
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_values_and_bits(
    function: Any, rows: int, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a task begins or ends between two matrices, and where rows are left over."""
    for shape in ((16, 35), (2, 31, 64), (40, 1003, 70), (3, 20, 0), (3, 70), (0, 64)):
        others = (*shape[:-2], 1, shape[-1])
        arrays = [RNG.normal(size=size).astype(dtype) for size in (shape, *[others] * 3)]
        program = lowered(function, *arrays)
        assert jammed(program) == [rows] or 0 in shape
        found = Executable(program)(arrays, [])
        with monkeypatch.context() as patch:
            patch.setattr(lower, "jam", lambda *_: None)
            program = lowered(function, *arrays)
            assert not any(jammed(program))
            alone = Executable(program)(arrays, [])
        exact = function(np, *(array.astype(float) for array in arrays))
        for one, other, right in zip(found, alone, exact, strict=True):
            assert bits(one) == bits(other)
            bound = np.finfo(dtype).eps * (4 + shape[-2])
            np.testing.assert_allclose(one, right, rtol=bound, atol=8 * bound)
