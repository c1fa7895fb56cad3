"""Functions whose shapes depend on values, and repeats by values: eager on every host."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, TraceError

HOSTS = [
    name for name in ("numpy", "torch", "jax", "tensorflow", "keras") if find_spec(name) is not None
]
UNIQUE = ("unique_all", "unique_counts", "unique_inverse", "unique_values")


def to_host(host: str, array: Any) -> Any:
    if host == "numpy":
        return array
    if host == "torch":
        return importlib.import_module("torch").tensor(array)
    if host == "keras":
        return importlib.import_module("keras").ops.convert_to_tensor(array)
    module = importlib.import_module({"jax": "jax.numpy"}.get(host, host))
    return module.asarray(array) if host == "jax" else module.constant(array)


ARRAYS = [
    np.array([[3, 1, 3], [2, 1, 3]]), np.array([2.5, np.nan, -0.0, 0.0, np.nan, 2.5], np.float32),
    np.zeros((0, 2), np.float32), np.float32(3.0), np.array([True, False, True]),
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("name", UNIQUE)
def test_unique(host: str, name: str) -> None:
    for array in ARRAYS:
        given = to_host(host, array)
        expected, found = getattr(np, name)(array), getattr(dt, name)(given)
        if name != "unique_values":
            assert found._fields == expected._fields
        else:
            expected, found = [np.sort(expected)], [found]  # NumPy's are in no order
        for want, got in zip(expected, found, strict=True):
            assert type(got) is type(given) or not array.shape
            assert got.dtype == given.dtype or "int64" in str(got.dtype) or host == "jax"
            np.testing.assert_array_equal(np.asarray(got), want)


@pytest.mark.parametrize("host", HOSTS)
def test_nonzero(host: str) -> None:
    for array in (*ARRAYS[:3], *ARRAYS[4:]):
        found = dt.nonzero(to_host(host, array))
        for want, got in zip(np.nonzero(array), found, strict=True):
            np.testing.assert_array_equal(np.asarray(got), want)


def test_halves_have_values() -> None:
    x = np.array([2, np.nan, 1, 2, np.nan], ml_dtypes.bfloat16)
    found = dt.unique_counts(x)
    np.testing.assert_array_equal(found.values.astype(np.float32), [1, 2, np.nan, np.nan])
    assert found.counts.tolist() == [1, 2, 1, 1]


@pytest.mark.parametrize("name", ["nonzero", *UNIQUE])
def test_a_trace_has_no_values(name: str) -> None:
    function = getattr(dt, name)
    with pytest.raises(TraceError, match="depends on the values"):
        dt.op(lambda x: function(x))(np.ones(3))
    if find_spec("jax") is not None:
        jax = importlib.import_module("jax")
        for transformed in (jax.jit(function), jax.vmap(function)):
            with pytest.raises(TraceError, match="depends on the values"):
                transformed(jax.numpy.ones((2, 3)))
    if find_spec("tensorflow") is not None:
        tf = importlib.import_module("tensorflow")
        with pytest.raises(Exception, match="depends on the values"):  # of AutoGraph's making
            tf.function(function)(tf.ones(3))


@pytest.mark.parametrize("host", HOSTS)
def test_repeats_by_arrays(host: str) -> None:
    x = np.arange(6, dtype=np.float32).reshape(2, 3)
    for counts in ([2, 0, 1], [1, 1, 3]):
        repeats = to_host(host, np.array(counts))
        found = dt.repeat(to_host(host, x), repeats, axis=1)
        np.testing.assert_array_equal(np.asarray(found), np.repeat(x, counts, 1))
    for wrong in ([1, 2], [1, -1, 1], [[1, 2, 3]], [1.5, 1, 1]):
        with pytest.raises(ArgumentError, match="repeats"):
            dt.repeat(to_host(host, x), wrong, axis=1)


def test_repeats_that_are_traced() -> None:
    x = np.arange(3.0)
    with pytest.raises(TraceError, match="repeat depends on the values"):
        dt.op(lambda x, n: dt.repeat(x, n))(x, np.array([1, 2, 3]))
    if find_spec("jax") is not None:
        jax = importlib.import_module("jax")
        with pytest.raises(ArgumentError, match="known when it is called"):
            jax.jit(lambda n: dt.repeat(jax.numpy.ones(3), n))(jax.numpy.array([1, 2, 3]))


def test_gradients_of_repeats() -> None:
    gradient = dt.grad(lambda x: dt.sum(dt.repeat(x, (3, 0, 1)) * np.array([1.0, 2, 4, 8])))
    np.testing.assert_array_equal(gradient(np.ones(3)), [7, 0, 8])
