"""Stores that bypass the caches: the same bits for every alignment and length of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile import streaming
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall
from dovetail.graph.dtypes import as_dtype
from dovetail.language.trace import ArraySpec, trace

Array = np.ndarray[Any, Any]


def gradients_of_layer_norm(x: Any, scale: Any, cotangent: Any) -> Any:
    value, back = dt.vjp(lambda x, scale: dt.layer_norm(x, scale), x, scale)
    return (value, *back(cotangent))


def gradient_of_softmax(x: Any, scale: Any, cotangent: Any) -> Any:
    return cotangent * (x - dt.sum(x * cotangent, axis=-1, keepdims=True))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "relu": lambda x, scale, cotangent: dt.relu(x),
    "sum and difference": lambda x, scale, cotangent: (x + cotangent, x - cotangent),
    "a type of another size": lambda x, scale, cotangent: (x > cotangent, x * 2),
    "rms_norm": lambda x, scale, cotangent: dt.rms_norm(x, scale),
    "layer_norm": gradients_of_layer_norm,
    "softmax's way back": gradient_of_softmax,
    "with sums": lambda x, scale, cotangent: (x * scale, dt.sum(x * scale), dt.max(x)),
    "pieces": lambda x, scale, cotangent: dt.concat([x * 2, cotangent - x], axis=-1),
    "swiglu": lambda x, scale, cotangent: dt.swiglu(x, cotangent),
    "turned": lambda x, scale, cotangent: dt.matrix_transpose(x) + dt.matrix_transpose(cotangent),
}  # fmt: skip
SHAPES = [(1, 40_000), (3, 256), (7, 1023), (300, 257), (5, 20_011)]


def arrays_of(shape: tuple[int, int], dtype: str) -> list[Array]:
    rng = np.random.default_rng(3)
    return [rng.normal(size=each).astype(dtype) for each in (shape, shape[-1:], shape)]


def streamed_accesses(function: Callable[..., Any], arrays: list[Array]) -> int:
    specs = [ArraySpec(array.shape, as_dtype(array.dtype)) for array in arrays]
    program = lower_graph(trace(function, specs).graph, [array.strides for array in arrays])
    return sum(
        access.streamed
        for step in program.steps
        if isinstance(step, KernelCall)
        for access in step.lowered.nest.accesses
    )


def outputs(function: Callable[..., Any], arrays: list[Array]) -> list[Array]:
    found = dt.op(lambda x, scale, cotangent: function(x, scale, cotangent))(*arrays)
    return list(found) if isinstance(found, tuple) else [found]


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_streamed_stores_leave_the_same_bits(
    name: str, shape: tuple[int, int], dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    function, arrays = FUNCTIONS[name], arrays_of(shape, dtype)
    expected = outputs(function, arrays)
    monkeypatch.setattr(streaming, "LARGE", 1)
    found = outputs(function, arrays)
    for ours, theirs in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"turned"}))
def test_large_outputs_of_cheap_maths_are_streamed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = arrays_of((64, 1024), "float32")
    assert streamed_accesses(FUNCTIONS[name], arrays) == 0
    monkeypatch.setattr(streaming, "LARGE", 64 * 1024)
    assert streamed_accesses(FUNCTIONS[name], arrays) > 0


@pytest.mark.parametrize(
    "function",
    [
        lambda x, scale, cotangent: dt.exp(x),  # takes longer than the memory
        lambda x, scale, cotangent: dt.sum(x * cotangent, axis=-1),  # small
        lambda x, scale, cotangent: dt.cumulative_sum(x, axis=-1),
    ],
)
def test_what_gains_nothing_is_not_streamed(
    function: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "LARGE", 64 * 1024)
    assert streamed_accesses(function, arrays_of((64, 1024), "float32")) == 0


def test_short_rows_are_not_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "LARGE", 1)
    assert streamed_accesses(FUNCTIONS["rms_norm"], arrays_of((5000, 200), "float32")) == 0
