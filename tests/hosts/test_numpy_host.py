"""The NumPy host on the real compiler: the arrays it takes and gives, its cache, its speed."""

from __future__ import annotations

import timeit
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.graph.dtypes import bfloat16
from dovetail.hosts.numpy import host
from dovetail.hosts.numpy.host import NumpyCaller, NumpyHost
from dovetail.language.trace import ArraySpec
from tests.reference_executable import compile_graph as reference


@dt.op
def affine(x, y):
    return x * 2 + y


@dt.op
def same(x):
    return x


X = np.arange(12, dtype=np.float32).reshape(3, 4)


def test_layouts() -> None:
    for x in (X, X.T, X[::2], X[:, ::-1], X[1:1], X[:, 1:2], np.asfortranarray(X)):
        np.testing.assert_array_equal(affine(x, x), 3 * x)
    np.testing.assert_array_equal(affine(X, np.broadcast_to(np.float32(1), X.shape)), X * 2 + 1)


def test_foreign_byte_order_and_misalignment() -> None:
    swapped = X.astype(X.dtype.newbyteorder())
    raw = np.zeros(X.nbytes + 1, np.uint8)
    odd = raw[1:].view(np.float32).reshape(3, 4)
    odd[...] = X
    assert not odd.flags.aligned
    for x in (swapped, odd):
        for _ in range(2):
            result = affine(x, X)
            np.testing.assert_array_equal(result, 3 * X)
            assert result.dtype.isnative and result.flags.aligned
    np.testing.assert_array_equal(affine(X, X), 3 * X)


def test_scalars_lists_and_numpy_scalars() -> None:
    cases: list[tuple[Any, Any, str, Any]] = [
        (1.5, 2.0, "float32", 5.0),
        (1, 2, "int64", 4),
        ([1.0, 2.0], 1.0, "float32", [3.0, 5.0]),
        ([[1, 2]], [1], "int64", [[3, 5]]),
        (np.float16(1), np.float16(2), "float16", 4),
        (np.array(1.5), np.array(2.0), "float64", 5),
        (X.astype(np.float16), 0.5, "float16", X * 2 + 0.5),
        (np.arange(3, dtype=np.int8), 1, "int8", [1, 3, 5]),
        (np.arange(3, dtype=np.int8), 1.5, "float32", [1.5, 3.5, 5.5]),
        (X, np.float64(1.0), "float32", X * 2 + 1),
    ]
    for x, y, dtype, expected in cases:
        result = affine(x, y)
        assert type(result) is np.ndarray and result.dtype == dtype, (x, y)
        np.testing.assert_array_equal(result, expected)


def test_every_data_type() -> None:
    for dtype in (np.int8, np.uint16, np.int64, np.float16, bfloat16.numpy, np.float64):
        x = np.arange(5).astype(dtype)
        assert affine(x, x).dtype == dtype
        np.testing.assert_array_equal(affine(x, x).astype(int), [0, 3, 6, 9, 12])
    flags = np.array([True, False])
    np.testing.assert_array_equal(dt.logical_not(flags), [False, True])
    assert NumpyHost().spec(np.float32(1)) == ArraySpec((), dt.float32)


def test_inputs_are_kept_and_outputs_are_new() -> None:
    x = X.copy()
    x.flags.writeable = False
    for _ in range(2):
        result = same(x)
        assert not np.shares_memory(result, x) and result.flags.writeable
        result[...] = 0
        np.testing.assert_array_equal(x, X)
    first, second = affine(x, x), affine(x, x)
    assert not np.shares_memory(first, second)


def test_memory_maps(tmp_path: Path) -> None:
    mapped = np.memmap(tmp_path / "x", np.float32, "w+", shape=(3, 4))
    mapped[...] = X
    np.testing.assert_array_equal(affine(mapped, X), 3 * X)


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "CACHED_PROGRAMS", 4)
    fresh = dt.op(lambda x: x + 1)
    caller = NumpyHost(reference).caller(fresh)
    assert isinstance(caller, NumpyCaller)
    for size in range(10):
        for _ in range(2):
            assert caller((np.ones(size),), {}).shape == (size,)
        assert 0 < len(caller._programs) <= 4 and 0 < len(caller._plain_programs) <= 4


def test_the_fast_path_and_the_general_one_agree() -> None:
    executed: list[int] = []

    def counting(graph: Any, strides: Any) -> Any:
        run = reference(graph, strides)

        def execute(arrays: Any, scalars: Any) -> Any:
            executed.append(len(scalars))
            return run(arrays, scalars)

        return execute

    @dt.op
    def scaled(x, y, factor=3.0, *, shift=1.0):
        return (x * factor + y + shift, x)

    caller = NumpyHost(counting).caller(scaled)
    for _ in range(3):
        first, second = caller((X, X), {})
        np.testing.assert_array_equal(first, 4 * X + 1)
        np.testing.assert_array_equal(second, X)
        np.testing.assert_array_equal(caller((X, X, 2.0), {})[0], 3 * X + 1)
        np.testing.assert_array_equal(caller((X,), {"y": X, "shift": 0.0})[0], 4 * X)
    assert executed == [2] * 9


def test_a_call_costs_little() -> None:
    """The way to the executable and back, the executable itself left out."""
    x = np.ones(64, np.float32)
    result = [x]

    def idle(graph: Any, strides: Any) -> Any:
        return lambda arrays, scalars: result

    caller = NumpyHost(idle).caller(dt.op(lambda x, scale=2.0: x * scale))
    caller((x,), {})
    count = 2000
    seconds = min(timeit.repeat(lambda: caller((x,), {}), number=count, repeat=5)) / count
    with_float = min(timeit.repeat(lambda: caller((x, 3.0), {}), number=count, repeat=5)) / count
    print(f"plain {seconds * 1e6:.2f} us, with a float {with_float * 1e6:.2f} us")
    assert seconds < 10e-6 and with_float < 30e-6  # 0.7 and 3 us on an idle machine


def test_a_layer_on_the_real_compiler() -> None:
    model = dt.Sequential(dt.Dense(8, "relu"), dt.BatchNorm(), dt.Dense(2), seed=0)
    y = model(X)
    kernel, bias = model.get("layers.0.kernel"), model.get("layers.0.bias")
    hidden = np.maximum(X @ kernel + bias, 0)
    assert y.shape == (3, 2) and hidden.shape == (3, 8)
    y = model(X, training=True)
    mean = model.get("layers.1.running_mean")
    assert np.any(mean != 0)
    _, gradient = dt.value_and_grad(lambda p: dt.sum(model.pure().apply(p, model.states(), X)[0]))(
        model.parameters()
    )
    np.testing.assert_allclose(gradient["layers.2.bias"], [3, 3], rtol=1e-6)


def test_the_default_of_a_hyperparameter_is_not_that_of_the_first_call() -> None:
    """Programs are shared by all values of a float; what is remembered for short calls is not."""

    @dt.op
    def scaled(x: Any, by: float = 2.0) -> Any:
        return x * by

    x = np.arange(3.0)
    assert scaled(x, by=5.0).tolist() == [0.0, 5.0, 10.0]
    for _ in range(3):
        assert scaled(x).tolist() == [0.0, 2.0, 4.0]
