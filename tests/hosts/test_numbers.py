"""Numbers and data types on every host: what is eager is what is traced, and no digit is lost."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, DTypeError
from dovetail.graph.dtypes import as_dtype
from dovetail.language.functions import KINDS
from dovetail.language.namespace import FUNCTIONS
from tests.language.samples import SAMPLES, UNARY

HOSTS = [name for name in ("numpy", "torch", "jax", "tensorflow") if find_spec(name) is not None]
TYPES = ("float16", "bfloat16", "float32", "float64")


def to_host(host: str, values: Any, dtype: str) -> Any:
    array = np.asarray(values).astype(getattr(ml_dtypes, dtype, dtype))
    if host == "numpy":
        return array
    module = importlib.import_module({"jax": "jax.numpy"}.get(host, host))
    if host == "torch":
        return module.tensor(np.asarray(values)).to(getattr(module, dtype))
    return module.asarray(array) if host == "jax" else module.constant(array)


def to_numpy(array: Any) -> Any:
    if type(array).__module__ == "torch":
        array = array.double()
    return np.asarray(array).astype(np.float64)


def name_of(dtype: Any) -> str:
    return as_dtype(dtype).name


@pytest.fixture(autouse=True)
def _wide_jax() -> Any:
    if find_spec("jax") is None:
        yield
        return
    with importlib.import_module("jax").enable_x64(True):
        yield


@dt.op
def leaky(x: Any, slope: float = 0.1) -> Any:
    return x * dt.where(x > 0.0, 1.0, slope)


@dt.op
def ranked(x: Any) -> Any:
    return x * (dt.argsort(x) * 0.1 + dt.mean((x > 0) * 0.1))


@dt.op
def filled(x: Any) -> Any:
    return x * dt.full((2,), 1 / 3) * dt.stack([0.1, 0.2]) * dt.asarray(0.3)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("dtype", TYPES)
def test_weak_values_take_the_type_of_the_array(host: str, dtype: str) -> None:
    x = to_host(host, [-1.0, 2.0], dtype)
    unit = {"float16": 1e-3, "bfloat16": 8e-3, "float32": 1.2e-7, "float64": 2.3e-16}[dtype]
    for function, expected in (
        (leaky, [-0.1, 2.0]),
        (ranked, [-0.05, 0.3]),
        (filled, [-0.01, 0.04]),
    ):
        result = function(x)
        assert name_of(result.dtype) == dtype
        np.testing.assert_allclose(to_numpy(result), expected, rtol=3 * unit)


def _names_of_float64() -> list[Any]:
    found: list[Any] = [np.float64, np.dtype("float64"), "float64", dt.float64]
    for package in ("torch", "tensorflow", "jax.numpy"):
        if find_spec(package.partition(".")[0]) is not None:
            found.append(importlib.import_module(package).float64)
    return found


@pytest.mark.parametrize("host", HOSTS)
def test_data_types_of_numpy_and_the_frameworks(host: str) -> None:
    x = to_host(host, [0.1, 2.0], "float32")
    for dtype in _names_of_float64():
        assert as_dtype(dtype) is dt.float64
        for result in (dt.astype(x, dtype), dt.sum(x, dtype=dtype), dt.ones_like(x, dtype=dtype)):
            assert name_of(result.dtype) == "float64"
    bfloat16 = [ml_dtypes.bfloat16, "bfloat16", dt.bfloat16]
    for package in ("torch", "tensorflow", "jax.numpy"):
        if find_spec(package.partition(".")[0]) is not None:
            bfloat16.append(importlib.import_module(package).bfloat16)
    for dtype in bfloat16:
        assert name_of(dt.astype(x, dtype).dtype) == "bfloat16"


@pytest.mark.parametrize("host", HOSTS)
def test_numpys_numbers_beside_an_array(host: str) -> None:
    for dtype, number in itertools.product(("float32", "float64"), (0.1, np.float64(0.1))):
        x = to_host(host, [-1.0, 0.5], dtype)
        for function in (dt.maximum, dt.clip, dt.full_like):
            result = function(x, number)
            assert name_of(result.dtype) == dtype
            assert to_numpy(result)[0] == np.asarray(0.1, dtype)


@pytest.mark.parametrize("host", HOSTS)
def test_negative_powers_of_integers(host: str) -> None:
    x = to_host(host, [2, 1], "int32")
    for exponent in (-1, np.int64(-1)):
        with pytest.raises(DTypeError, match="negative power"):
            dt.pow(x, exponent)
    assert to_numpy(dt.pow(x, to_host(host, [-1, -1], "int32"))).tolist() == [0, 1]
    with pytest.raises(DTypeError, match="negative power"):
        dt.pow(2, -1)


# Eager calls against the same function traced alone.

NUMBERS: tuple[Any, ...] = (1 / 3, 1, np.float64(1 / 3), np.float32(1 / 3), np.float16(1 / 3))


def same(first: Any, second: Any) -> None:
    if isinstance(first, (tuple, list)):
        assert len(first) == len(second)
        for one, other in zip(first, second, strict=True):
            same(one, other)
        return
    first, second = np.asarray(first), np.asarray(second)
    assert (first.dtype, first.shape) == (second.dtype, second.shape)
    assert first.tobytes() == second.tobytes(), (first, second)


def _eager(call: Callable[..., Any], patch: pytest.MonkeyPatch) -> Callable[..., Any] | None:
    """The call of a sample with the functions of the package in place of those for tracers."""
    for name, function in FUNCTIONS.items():
        if call is function:
            return getattr(dt, name)
    if not {"dt", "FUNCTIONS"} & set(call.__code__.co_names):
        return None  # by operators, which are NumPy's on NumPy's arrays
    patch.setitem(call.__globals__, "dt", dt)
    eager = {name: getattr(dt, name, None) for name in FUNCTIONS}
    patch.setitem(call.__globals__, "FUNCTIONS", eager)
    return call


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_an_eager_call_is_the_function_traced_alone(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for case in SAMPLES[name][:: max(1, len(SAMPLES[name]) // 4)]:
        traced = dt.op(case.call)(*case.arrays)
        with monkeypatch.context() as patch:
            eager = _eager(case.call, patch)
            if eager is not None:
                try:
                    result = eager(*case.arrays)
                except ArgumentError as refused:  # of an array, such as a correction
                    assert "correction" in str(refused)
                    continue
                same(result, traced)


@pytest.mark.parametrize("name", sorted({*UNARY} - {"acosh"} | {"abs", "sum", "asarray", "where"}))
def test_numbers_are_as_exact_eagerly_as_in_a_trace(name: str) -> None:
    function = FUNCTIONS[name]
    arguments = [(True, number, 0.1) if name == "where" else (number,) for number in NUMBERS]
    for given in arguments:
        eager = getattr(dt, name)(*given)
        same(eager, dt.op(lambda *x: function(*x))(*given))
        alone = dt.op(lambda given=given: function(*given))()
        assert eager.dtype == alone.dtype
        np.testing.assert_allclose(
            eager.astype(np.float64), alone.astype(np.float64),
            rtol=4 * float(ml_dtypes.finfo(eager.dtype).eps) if eager.dtype.kind == "f" else 0,
        )  # fmt: skip


MADE: dict[str, list[tuple[tuple[Any, ...], Any]]] = {
    "arange": [((3,), np.arange(3)), ((0.0, 1.0, 0.1), np.arange(0.0, 1.0, 0.1)),
               ((5, 1, -2), np.arange(5, 1, -2))],
    "empty": [((2,), np.zeros(2))],
    "eye": [((2, 3), np.eye(2, 3))],
    "full": [((2, 1 / 3), np.full(2, 1 / 3)), ((2, 16777217.0), np.full(2, 16777217.0)),
             ((2, 7), np.full(2, 7))],
    "linspace": [((0.0, 1.0, 7), np.linspace(0, 1, 7))],
    "ones": [((2,), np.ones(2))],
    "zeros": [((2,), np.zeros(2))],
    "asarray": [((1 / 3,), np.asarray(1 / 3)), (([1e300, 1 / 3],), np.asarray([1e300, 1 / 3])),
                ((16777217.0,), np.asarray(16777217.0)), (([[1, 2]],), np.asarray([[1, 2]]))],
}  # fmt: skip


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_of_numbers_keeps_their_digits(name: str) -> None:
    assert set(MADE) == {n for n, kind in KINDS.items() if kind == "creation"} | {"asarray"}
    for given, expected in MADE[name]:
        made = getattr(dt, name)(*given, dtype=dt.float64)
        assert made.dtype == dt.float64
        np.testing.assert_allclose(made, expected, rtol=4e-16)
        same(made, dt.op(lambda given=given: FUNCTIONS[name](*given, dtype="float64"))())
        default = getattr(dt, name)(*given)
        same(default, dt.op(lambda given=given: FUNCTIONS[name](*given))())
        kinds = {"f": "float32", "i": "int64"}
        assert default.dtype == kinds[expected.dtype.kind]


def test_numpys_numbers_have_a_type_of_their_own() -> None:
    number = np.float64(0.1)
    for made in (dt.asarray(number), dt.asarray([number, 1]), dt.full(2, number)):
        assert made.dtype == np.float64 and np.ravel(made)[0] == 0.1
    assert dt.asarray(np.float16(0.1)).dtype == np.float16
    assert dt.exp(np.float64(1 / 3)).dtype == np.float64
    assert dt.exp(1 / 3).dtype == np.float32
