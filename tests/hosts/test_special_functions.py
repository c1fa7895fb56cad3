"""The special functions on every host: values, types, vmap, and the formulas that XLA gets."""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import Any

import ml_dtypes
import mpmath
import numpy as np
import pytest
import scipy.special

import dovetail as dt
from dovetail.compile.scalar.vectormath import FUNCTIONS
from dovetail.graph.dtypes import as_dtype
from dovetail.graph.node import Graph
from dovetail.graph.primitives import PRIMITIVES, special
from dovetail.graph.primitives.row import input_node
from dovetail.operations.composite import prepared
from dovetail.operations.straight_line import straight_line

# Name, reference for float32, and a range; more exact ones are in tests/test_accuracy.py.
CASES: dict[str, tuple[Any, float, float]] = {
    "digamma": (scipy.special.psi, 0.05, 30), "erfcx": (scipy.special.erfcx, -8, 60),
    "erfinv": (scipy.special.erfinv, -0.999, 0.999), "i0": (scipy.special.i0, -60, 60),
    "i0e": (scipy.special.i0e, -200, 200), "i1": (scipy.special.i1, -60, 60),
    "i1e": (scipy.special.i1e, -200, 200), "lgamma": (scipy.special.gammaln, 0.05, 90),
    "log_ndtr": (scipy.special.log_ndtr, -60, 6), "ndtri": (scipy.special.ndtri, 0.001, 0.999),
    "sinc": (None, -30, 30),
}  # fmt: skip
HOSTS = [name for name in ("numpy", "torch", "jax", "tensorflow") if find_spec(name) is not None]
XLA = [name for name in ("jax", "tensorflow") if find_spec(name) is not None]


def exact(name: str, x: Any) -> Any:
    reference = CASES[name][0]
    if reference is not None:
        return reference(x.astype(np.float64))
    with mpmath.workdps(30):
        values = [float(mpmath.sincpi(mpmath.mpf(value))) for value in x.ravel().tolist()]
    return np.reshape(values, x.shape)


def drawn(name: str, dtype: Any, count: int = 400) -> Any:
    _, low, high = CASES[name]
    return np.random.default_rng(0).uniform(low, high, count).astype(dtype)


def units(found: Any, expected: Any, dtype: Any) -> Any:
    """The largest error in units of the last place; roots are left to tests of accuracy."""
    info = ml_dtypes.finfo(dtype)
    _, exponent = np.frexp(np.maximum(np.abs(expected), 1e-2))
    error = np.abs(found.astype(np.float64) - expected)
    return (error / np.ldexp(float(info.eps), exponent - 1)).max()


def to_host(host: str, x: Any) -> Any:
    if host == "numpy":
        return x
    module = importlib.import_module({"jax": "jax.numpy"}.get(host, host))
    if host == "torch":
        kind = getattr(module, np.dtype(x.dtype).name)
        return module.tensor(x.astype(np.float64)).to(kind)
    return module.asarray(x) if host == "jax" else module.constant(x)


def to_numpy(array: Any) -> Any:
    if type(array).__module__ == "torch":
        array = array.double()
    return np.asarray(array).astype(np.float64)


def test_every_special_function_is_here() -> None:
    assert set(CASES) == {row.name for row in special.ROWS} <= set(FUNCTIONS)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("name", CASES)
def test_values_on_hosts(name: str, host: str) -> None:
    for dtype, bound in (
        (np.float32, 2.0), (np.float16, 1.0), (ml_dtypes.bfloat16, 1.0),
    ):  # fmt: skip
        x = drawn(name, dtype)
        result = getattr(dt, name)(to_host(host, x))
        assert as_dtype(result.dtype) is as_dtype(dtype)
        expected = exact(name, x)
        with np.errstate(over="ignore"):
            expected = np.where(np.abs(expected) > 6e4, np.nan, expected)
        kept = ~np.isnan(expected)
        assert units(to_numpy(result)[kept], expected[kept], dtype) <= bound


@pytest.mark.parametrize("name", CASES)
def test_every_half(name: str) -> None:
    """All numbers of float16 against the float64 kernel, which mpmath has checked."""
    x = np.arange(2**16, dtype=np.uint16).view(np.float16)
    with np.errstate(all="ignore"):
        wide = getattr(dt, name)(x.astype(np.float64))
        expected, found = wide.astype(np.float16), getattr(dt, name)(x)
        assert (np.isnan(found) == np.isnan(expected)).all()
        same = (found == expected) | np.isnan(expected)
        steps = np.abs(found.view(np.int16).astype(int) - expected.view(np.int16).astype(int))
    assert (
        steps[~same] <= 1
    ).all() and same.mean() > 0.98  # i1 of odd subnormal numbers is beside a tie


@pytest.mark.parametrize("host", XLA)
@pytest.mark.parametrize("name", CASES)
def test_the_formulas_of_xla(name: str, host: str) -> None:
    """Compiled by XLA: within 2 ULP in float32, 8 in float64, whose roundings are not corrected."""
    framework = importlib.import_module(host)
    table = importlib.import_module(f"dovetail.hosts.{host}.table").TABLE
    for dtype, bound in ((np.float32, 2.0), (np.float64, 8.0)):
        x = drawn(name, dtype)
        node = input_node("x", x.shape, as_dtype(dtype))
        graph = prepared(Graph((node,), (PRIMITIVES[name](node),)), table)

        def function(x: Any, graph: Graph = graph) -> Any:
            return straight_line(graph, table)(x)[0]

        if host == "jax":
            with framework.enable_x64(True):
                found = np.asarray(framework.jit(function)(x))
        else:
            compiled = framework.function(function, jit_compile=True)
            found = compiled(framework.constant(x)).numpy()
        assert found.dtype == dtype
        # Our kernel, which mpmath has checked: SciPy's functions are off by tens of units.
        expected = getattr(dt, name)(x.astype(np.float64))
        assert units(found, expected, dtype) <= bound, (name, host, dtype)


@pytest.mark.parametrize("name", CASES)
def test_jax_transformations(name: str) -> None:
    jax = pytest.importorskip("jax")
    function = getattr(dt, name)
    x = jax.numpy.asarray(drawn(name, np.float32, 12).reshape(3, 4))
    expected = np.asarray(function(x))
    np.testing.assert_array_equal(np.asarray(jax.jit(jax.vmap(function))(x)), expected)
    eager = np.asarray(jax.grad(lambda x: function(x).sum())(x))
    compiled = jax.jit(jax.vmap(jax.vmap(jax.grad(function))))(x)
    np.testing.assert_allclose(np.asarray(compiled), eager, rtol=2e-6)


@pytest.mark.parametrize("name", CASES)
def test_gradients_in_keras(name: str) -> None:
    keras = pytest.importorskip("keras")
    x = keras.ops.convert_to_tensor(drawn(name, np.float32, 5))
    found = np.asarray(keras.ops.convert_to_numpy(getattr(dt, name)(x)))
    np.testing.assert_array_equal(found, getattr(dt, name)(drawn(name, np.float32, 5)))


@pytest.mark.parametrize("name", CASES)
def test_derivatives_of_high_order(name: str) -> None:
    """The third derivative, against mpmath's of the function."""
    references: dict[str, Any] = {
        "digamma": mpmath.digamma, "erfcx": lambda x: mpmath.exp(x * x) * mpmath.erfc(x),
        "erfinv": mpmath.erfinv, "i0": lambda x: mpmath.besseli(0, x),
        "i1": lambda x: mpmath.besseli(1, x),
        "i0e": lambda x: mpmath.besseli(0, x) * mpmath.exp(-abs(x)),
        "i1e": lambda x: mpmath.besseli(1, x) * mpmath.exp(-abs(x)), "lgamma": mpmath.loggamma,
        "log_ndtr": lambda x: mpmath.log(mpmath.ncdf(x)),
        "ndtri": lambda p: mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1), "sinc": mpmath.sincpi,
    }  # fmt: skip
    function = getattr(dt, name)
    for _ in range(3):
        function = dt.grad(lambda x, function=function: dt.sum(function(x)))
    points = [0.07, 0.3, 0.45, 0.8] if name in ("ndtri", "erfinv") else [0.3, 0.45, 1.4, 3.7]
    found = function(np.array(points))
    with mpmath.workdps(40):
        expected = [float(mpmath.diff(references[name], mpmath.mpf(x), 3)) for x in points]
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)
