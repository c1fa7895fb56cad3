"""Weak values: numbers, and what is computed of them alone, until they meet a floating array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail.errors import DTypeError
from dovetail.language.namespace import NAMESPACE
from dovetail.language.tracer import Tracer

dt: Any = NAMESPACE
X = np.asarray([-1.0, 2.0, 0.5])

# A weak array of the values of `c`, made of numbers and of an array x, whose own type must not
# matter, and what it is.
WEAK: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
    "where": (lambda x, g: dt.where(x > 0, 1.0, 0.1), [0.1, 1, 1]),
    "where of a hyperparameter": (lambda x, g: dt.where(x > 0, 1, g), [0.1, 1, 1]),
    "nested where": (lambda x, g: dt.where(x > 1, 2, dt.where(x > 0, 0.3, g)), [0.1, 2, 0.3]),
    "bool times number": (lambda x, g: (x > 0) * 0.1, [0, 0.1, 0.1]),
    "integers times number": (lambda x, g: dt.argsort(x) * 0.1, [0, 0.2, 0.1]),
    "integers and a hyperparameter": (lambda x, g: g + dt.argsort(x), [0.1, 2.1, 1.1]),
    "arithmetic": (lambda x, g: 1.0 - dt.where(x > 0, 0.7, 0.1) ** 2, [0.99, 0.51, 0.51]),
    "bool divided": (lambda x, g: (x > 0) / 10, [0, 0.1, 0.1]),
    "maximum": (lambda x, g: dt.maximum(dt.argsort(x), g), [0.1, 2, 1]),
    "clip": (lambda x, g: dt.clip(dt.argsort(x), 0.1, 1.9), [0.1, 1.9, 1]),
    "full": (lambda x, g: dt.full((3,), 0.1), [0.1] * 3),
    "full of a hyperparameter": (lambda x, g: dt.full((3,), g), [0.1] * 3),
    "full_like": (lambda x, g: dt.full_like(dt.where(x > 0, 1.0, g), 0.1), [0.1] * 3),
    "asarray": (lambda x, g: dt.asarray(0.1), 0.1),
    "stack": (lambda x, g: dt.stack([0.1, g, 0.3]), [0.1, 0.1, 0.3]),
    "concat": (lambda x, g: dt.concat([dt.full((1,), 0.1), dt.full((2,), g)]), [0.1] * 3),
    "broadcast_to": (lambda x, g: dt.broadcast_to(g, (3,)), [0.1] * 3),
    "reshape": (lambda x, g: dt.reshape(dt.full((1, 3), 0.1), (3,)), [0.1] * 3),
    "permute_dims": (lambda x, g: dt.permute_dims(dt.full((3, 1), 0.1), (1, 0))[0], [0.1] * 3),
    "index": (lambda x, g: dt.full((4,), 0.1)[1:], [0.1] * 3),
    "take": (lambda x, g: dt.take(dt.full((2,), 0.1), dt.asarray([1, 0, 1])), [0.1] * 3),
    "flip": (lambda x, g: dt.flip(dt.where(x > 0, 1.0, 0.1)), [1, 1, 0.1]),
    "sort": (lambda x, g: dt.sort(dt.where(x > 0, 0.2, 0.1)), [0.1, 0.2, 0.2]),
    "pad": (lambda x, g: dt.pad(dt.full((1,), 0.1), 1, value=0.3), [0.3, 0.1, 0.3]),
    "tril": (lambda x, g: dt.tril(dt.full((2, 3), 0.1))[1], [0.1, 0.1, 0]),
    "diff": (lambda x, g: dt.diff(dt.arange(4) * 0.1), [0.1] * 3),
    "outer": (lambda x, g: dt.outer(dt.full((1,), 0.1), dt.full((3,), 3.0))[0], [0.3] * 3),
    "matmul": (lambda x, g: dt.full((3, 2), 0.1) @ dt.full((2,), 1.0), [0.2] * 3),
    "einsum": (lambda x, g: dt.einsum("ij->i", dt.full((3, 2), 0.1)), [0.2] * 3),
    "sum": (lambda x, g: dt.sum(dt.where(x > 0, 0.2, 0.1)), 0.5),
    "mean": (lambda x, g: dt.mean(dt.argsort(x) * 0.1), 0.1),
    "max": (lambda x, g: dt.max(dt.where(x > 0, 0.2, 0.1), keepdims=True), [0.2]),
    "cumulative_sum": (lambda x, g: dt.cumulative_sum(dt.full((3,), 0.1)), [0.1, 0.2, 0.3]),
    "exp": (lambda x, g: dt.exp(dt.where(x > 0, 0.2, g)), np.exp([0.1, 0.2, 0.2])),
    "relu": (lambda x, g: dt.relu(dt.where(x > 0, 0.2, g)), [0.1, 0.2, 0.2]),
    "stop_gradient": (lambda x, g: dt.stop_gradient(dt.full((3,), g)), [0.1] * 3),
    "numpy.float64": (lambda x, g: dt.where(x > 0, np.float64(0.2), np.sqrt(0.01)),
                      [0.1, 0.2, 0.2]),
}  # fmt: skip


@pytest.mark.parametrize("name", WEAK)
def test_a_weak_value_takes_the_type_that_it_meets(run: Any, name: str) -> None:
    make, expected = WEAK[name]
    for dtype, rounding in (("float16", 2e-3), ("bfloat16", 2e-2), ("float64", 4e-16)):
        x = X.astype(dt.float64.numpy if dtype == "float64" else getattr(dt, dtype).numpy)
        got = run(lambda x, g: x * make(x, g), x, 0.1).astype(np.float64)
        assert run.dtypes == [dtype]
        np.testing.assert_allclose(got, X * expected, rtol=rounding, atol=1e-17)


@pytest.mark.parametrize("name", WEAK)
def test_a_weak_value_by_itself_has_the_default_type(run: Any, name: str) -> None:
    make, expected = WEAK[name]
    result = run(make, X, 0.1)
    assert run.dtypes == ["float64" if name == "numpy.float64" else "float32"]
    np.testing.assert_allclose(result, expected, rtol=2e-7)


# Against JAX' own table. Intended differences are listed with their reason.
TABLE: dict[str, Callable[[Any, Any, Any, Any, Any], Any]] = {
    "where": lambda ns, b, i, w, f: ns.where(b, 1.0, 2.0),
    "where of integers": lambda ns, b, i, w, f: ns.where(b, 1, 2),
    "where of an array": lambda ns, b, i, w, f: ns.where(b, f, 2.0),
    "where of weak and integers": lambda ns, b, i, w, f: ns.where(b, i, 2.0),
    "bool * float": lambda ns, b, i, w, f: b * 2.0,
    "bool + int": lambda ns, b, i, w, f: b + 1,
    "int * float": lambda ns, b, i, w, f: i * 2.0,
    "int + int": lambda ns, b, i, w, f: i + 1,
    "int / int": lambda ns, b, i, w, f: i / 2,
    "bool / int": lambda ns, b, i, w, f: b / 2,
    "exp of int": lambda ns, b, i, w, f: ns.exp(i),
    "exp of weak": lambda ns, b, i, w, f: ns.exp(w),
    "weak * weak": lambda ns, b, i, w, f: w * w,
    "weak * array": lambda ns, b, i, w, f: w * f,
    "weak * int": lambda ns, b, i, w, f: w * i,
    "power": lambda ns, b, i, w, f: w**2,
    "int ** float": lambda ns, b, i, w, f: i**0.5,
    "clip": lambda ns, b, i, w, f: ns.clip(i, 0.0, 1.0),
    "maximum": lambda ns, b, i, w, f: ns.maximum(w, 0.0),
    "round": lambda ns, b, i, w, f: ns.round(w),
    "asarray": lambda ns, b, i, w, f: ns.asarray(0.1),
    "asarray of a list": lambda ns, b, i, w, f: ns.asarray([0.1]),
    "full": lambda ns, b, i, w, f: ns.full((3,), 0.1),
    "full of an integer": lambda ns, b, i, w, f: ns.full((3,), 1),
    "full of a type": lambda ns, b, i, w, f: ns.full((3,), 0.1, dtype=ns.float32),
    "zeros": lambda ns, b, i, w, f: ns.zeros((3,)),
    "zeros_like": lambda ns, b, i, w, f: ns.zeros_like(w),
    "arange": lambda ns, b, i, w, f: ns.arange(3),
    "linspace": lambda ns, b, i, w, f: ns.linspace(0.0, 1.0, 3),
    "stack": lambda ns, b, i, w, f: ns.stack([1.0, 2.0]),
    "stack of weak and array": lambda ns, b, i, w, f: ns.stack([w, f]),
    "expand_dims": lambda ns, b, i, w, f: ns.expand_dims(w, 0),
    "index": lambda ns, b, i, w, f: w[0],
    "matmul": lambda ns, b, i, w, f: ns.matmul(w, w),
    "outer": lambda ns, b, i, w, f: ns.outer(w, w),
    "tril": lambda ns, b, i, w, f: ns.tril(ns.outer(w, w)),
    "roll": lambda ns, b, i, w, f: ns.roll(w, 1),
    "tile": lambda ns, b, i, w, f: ns.tile(w, (2,)),
    "diff": lambda ns, b, i, w, f: ns.diff(w),
    "logaddexp": lambda ns, b, i, w, f: ns.logaddexp(w, 0.0),
    "astype": lambda ns, b, i, w, f: ns.astype(w, ns.float32),
    # JAX' reductions return arrays, which widens `x * mean(mask * 0.1)` of a half precision.
    "sum, which differs": lambda ns, b, i, w, f: ns.sum(w),
    "mean, which differs": lambda ns, b, i, w, f: ns.mean(w),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_what_is_weak_is_weak_in_jax(run: Any, name: str) -> None:
    jax, jnp = pytest.importorskip("jax"), pytest.importorskip("jax.numpy")
    b, i = np.asarray([True, False, True]), np.asarray([1, 2, 3], np.int32)
    f = np.asarray([1, 2, 3], np.float32)
    with jax.enable_x64(False):
        theirs = TABLE[name](
            jnp, *map(jnp.asarray, (b, i)), jnp.where(jnp.asarray(b), 1.0, 2.0), jnp.asarray(f)
        )
    found: list[Tracer] = []

    def traced(b: Any, i: Any, f: Any) -> Any:
        found.append(TABLE[name](dt, b, i, dt.where(b, 1.0, 2.0), f))
        return found[0]

    run(traced, b, i, f)
    assert (found[0].weak is not None) is (theirs.weak_type or name.endswith("differs"))
    assert found[0].dtype.kind == theirs.dtype.kind


def test_arrays_of_weak_numbers_are_computed_in_the_type_that_they_take(run: Any) -> None:
    """A kernel in float32 must not compute in float64, because a mask is scaled there."""
    run(lambda x: x * dt.exp(dt.where(x > 0, 1.0, 0.1) + dt.argsort(x) * 0.5), X.astype("f4"))
    assert all(node.dtype is not dt.float64 for node in run.traced.graph)


def test_scalars_are_computed_in_float64_and_rounded_once(run: Any) -> None:
    x = np.ones(2, np.float32)
    got = run(lambda x, g: x * ((1.0 + g) - 1.0), x, 1e-9)
    np.testing.assert_array_equal(got, np.float32((1.0 + 1e-9) - 1.0))


def test_negative_powers_of_integers_raise_where_the_exponent_is_known(run: Any) -> None:
    i = np.asarray([2, 1], np.int32)
    for exponent in (-1, np.asarray(-2), np.asarray([1, -1])):
        with pytest.raises(DTypeError, match="negative power of int"):
            run(lambda i, e=exponent: i**e, i)
    with pytest.raises(DTypeError, match="negative power"):
        run(lambda i: 2 ** dt.asarray(-1), i)

    got = run(lambda x, e: x**e, np.asarray([[2, 1], [-3, -1], [5, -1]]), np.asarray([-1, -1]))
    np.testing.assert_array_equal(got, [[0, 1], [0, -1], [0, -1]])

    np.testing.assert_allclose(run(lambda x: x**-2, np.asarray([2.0])), [0.25])


@pytest.mark.parametrize(
    ("dtype", "scalar", "result"),
    [
        (dt.float16, 2.5, dt.float16),
        (dt.bfloat16, 2, dt.bfloat16),
        (dt.int8, 2, dt.int8),
        (dt.int8, 2.5, dt.float32),
        (dt.bool, 2, dt.int64),
        (dt.bool, True, dt.bool),
        (dt.float64, True, dt.float64),
        (dt.int8, np.float64(2.5), dt.float64),
        (dt.float32, np.float64(2.5), dt.float32),
    ],
)
def test_result_type(dtype: Any, scalar: Any, result: Any) -> None:
    assert dt.result_type(dtype, scalar) is result
