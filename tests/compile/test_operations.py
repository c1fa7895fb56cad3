"""Every elementwise row as machine code, against its float64 reference, on all its types."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
import pytest

from dovetail.compile import decompose
from dovetail.compile.scalar import operations
from dovetail.errors import DTypeError
from dovetail.graph.dtypes import ALL, FLOATING, DType, bool_, int32
from dovetail.graph.primitives import PRIMITIVES
from dovetail.graph.primitives import elementwise as e
from dovetail.graph.primitives.row import Primitive, input_node

from .harness import Array, assert_ulps, evaluate, graph_of, run, run_nodes, ulps

ROWS = [row for row in PRIMITIVES.values() if row.category == "elementwise"]
# Two units in the last place, and one more for the reference, which has float64 itself.
LIMITS = {"float16": 1.0, "bfloat16": 1.0, "float32": 2.0, "float64": 3.0}


# What has code.

COVERED = {*operations.ELEMENTWISE, *operations._PREDICATES, "signbit", "cast"}


def uncovered(rows: Iterable[Primitive]) -> set[str]:
    """The elementwise rows that have neither code nor a decomposition."""
    known = {*COVERED, *decompose.TABLE}
    return {row.name for row in rows if row.category == "elementwise"} - known


def test_every_row_has_code() -> None:
    assert uncovered(PRIMITIVES.values()) == set()


def test_a_row_without_code_is_noticed() -> None:
    row = Primitive("half_twist", "elementwise", 1, e.exp.infer, e.exp.evaluate)
    assert uncovered([*PRIMITIVES.values(), row]) == {"half_twist"}
    with pytest.raises(KeyError, match="half_twist"):
        run_nodes(lambda x: row(x), np.ones(3, np.float32))


def test_the_table_has_no_code_for_rows_that_do_not_exist() -> None:
    assert COVERED - set(PRIMITIVES) == set()
    assert set(decompose.TABLE) - set(PRIMITIVES) == set()


# What is computed.


def floats(dtype: DType) -> Array:
    """Ordinary, special and extreme values of a floating type."""
    info = np.finfo(dtype.numpy) if dtype.bits > 16 else None
    tiny, least, largest = (
        (float(info.tiny), float(info.smallest_subnormal), float(info.max))
        if info is not None
        else {"float16": (2.0**-14, 2.0**-24, 65504.0),
              "bfloat16": (2.0**-126, 2.0**-133, 3.3895313892515355e38)}[dtype.name]
    )  # fmt: skip
    eps = math.ldexp(1.0, -{16: 8, 32: 23, 64: 52}[dtype.bits])
    plain = [
        0.0, least, 3 * least, tiny - least, tiny, 2 * tiny, eps / 4, eps, math.sqrt(tiny), 1e-4,
        0.1, 0.25, 0.5, 0.75, 1 - eps / 2, 1.0, 1 + eps, 1.5, 2.0, 2.5, 3.0, 3.5, math.pi,
        math.pi / 2, math.pi / 4, math.e, 5.0, 7.0, 9.01, 10.0, 15.9, 17.5, 24.0, 30.5, 63.0,
        88.5, 88.9, 104.0, 127.0, 149.5, 255.0, 709.5, 710.5, 745.5, 1023.0, 1000.25, 8388607.5,
        8388609.0, 1e9, math.sqrt(largest), largest / 4, largest / 2, largest, math.inf,
    ]  # fmt: skip
    with np.errstate(over="ignore"):
        special = np.array([*plain, *(-value for value in plain), math.nan]).astype(dtype.numpy)
    return special


@cache
def samples(dtype: DType) -> Array:
    """The special values, and random ones near 1 and of every magnitude."""
    generator = np.random.default_rng(11)
    exponents = {16: 10, 32: 100, 64: 900}[dtype.bits]
    near = generator.standard_normal(3000) * 3
    wide = np.ldexp(
        generator.standard_normal(3000), generator.integers(-exponents, exponents, 3000)
    )
    unit = generator.uniform(-1, 1, 1000)
    with np.errstate(over="ignore"):
        drawn = np.concatenate([near, wide, unit]).astype(dtype.numpy)
    return np.concatenate([floats(dtype), drawn])


@cache
def pairs(dtype: DType) -> tuple[Array, Array]:
    """Every special value with every other, and random pairs, some of them close."""
    special = floats(dtype)
    x, y = np.meshgrid(special, special, indexing="ij")
    drawn = samples(dtype)[len(special) :]
    other = np.roll(drawn, 1001)
    near = drawn[:500]
    close = np.nextafter(near.astype(np.float64), 1e9).astype(dtype.numpy)
    return (
        np.concatenate([x.ravel(), drawn, near]),
        np.concatenate([y.ravel(), other, close]),
    )


def integers(dtype: DType) -> Array:
    """Small, large, and as many as there are bits."""
    info = np.iinfo(dtype.numpy)
    wanted = [0, 1, 2, 3, 5, 7, 8, 10, 15, 16, 31, 32, 63, 64, 100, -1, -2, -3, -7, -8, -100]
    wanted += [info.max - k for k in (0, 1, 2, 5)] + [info.min + k for k in (0, 1, 2, 5)]
    wanted += [info.max // 2, info.max // 3, info.min // 2, 2 ** (dtype.bits // 2)]
    inside = dict.fromkeys(value for value in wanted if info.min <= value <= info.max)
    return np.array(list(inside), dtype.numpy)


def accepts(row: Primitive, dtype: DType) -> bool:
    """Whether the row takes this type (in its last operand, for `select`)."""
    first = bool_ if row.name == "select" else dtype
    try:
        row(*(input_node(str(n), (), first if n == 0 else dtype) for n in range(row.arity or 0)))
    except DTypeError:
        return False
    return True


def cases(kinds: str, skipped: tuple[str, ...] = ("cast",)) -> list[Any]:
    """Each row with each type that it accepts."""
    return [
        pytest.param(row, dtype, id=f"{row.name}-{dtype}")
        for row in ROWS
        if row.name not in skipped
        for dtype in ALL
        if dtype.kind in kinds and accepts(row, dtype)
    ]


def operands(row: Primitive, dtype: DType) -> list[Array]:
    if row.arity == 1:
        return [samples(dtype)]
    x, y = pairs(dtype)
    if row.name == "select":
        return [np.arange(x.size) % 3 == 0, x, y]
    return [x, y, np.roll(y, 7)][: row.arity]


# The reference has no more digits than float64; test_vectormath.py and tests/hosts compare them
# with other arithmetic.
NO_WIDE_REFERENCE = {"lgamma", "digamma", "erfinv", "ndtri", "sinc"}


@pytest.mark.parametrize(
    ("row", "dtype"),
    [  # one operand in half precision: all values of it, in test_halves.py
        case for case in cases("f")
        if (case.values[0].arity > 1 or case.values[1].bits > 16)
        and not (case.values[0].name in NO_WIDE_REFERENCE and case.values[1].bits == 64)
    ],
)  # fmt: skip
def test_floating(row: Primitive, dtype: DType) -> None:
    arrays = operands(row, dtype)
    graph = graph_of(row, *arrays)
    result, expected = run(graph, arrays)[0], evaluate(graph, arrays)[0]
    assert result.dtype == graph.outputs[0].dtype.numpy
    if not graph.outputs[0].dtype.is_floating:
        np.testing.assert_array_equal(result, expected)
        return
    scale = None
    if row.name == "logaddexp":  # its terms cancel near its zeros
        scale = np.where(np.isfinite(arrays[0]), arrays[0], 0).astype(np.float64)
        scale = np.maximum(abs(scale), np.where(np.isfinite(arrays[1]), abs(arrays[1]), 0))
        scale = np.where(np.isfinite(expected), np.minimum(scale, abs(expected) + 1), 0)
    if row.name == "fused_multiply_add" and dtype.bits == 64:
        # The reference has 11 binary digits more than float64, which a cancellation uses up.
        with np.errstate(over="ignore", invalid="ignore"):
            scale = np.maximum(abs(arrays[2]) / 2048, abs(expected))
        scale = np.where(np.isfinite(scale), scale, 0)
    assert_ulps(result, expected, LIMITS[dtype.name], *arrays, scale=scale)


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
@pytest.mark.parametrize(
    ("row", "x", "expected"),
    [
        (e.sqrt, -0.0, -0.0), (e.rsqrt, 0.0, math.inf), (e.rsqrt, -0.0, -math.inf),
        (e.rsqrt, math.inf, 0.0), (e.negative, 0.0, -0.0), (e.sign, -0.0, -0.0),
        (e.absolute, -0.0, 0.0), (e.trunc, -0.5, -0.0), (e.ceil, -0.5, -0.0),
        (e.round_, -0.25, -0.0), (e.round_, 0.5, 0.0), (e.round_, 1.5, 2.0), (e.round_, 2.5, 2.0),
        (e.floor, -0.0, -0.0), (e.sin, -0.0, -0.0), (e.tan, -0.0, -0.0), (e.asin, -0.0, -0.0),
        (e.atan, -0.0, -0.0), (e.sinh, -0.0, -0.0), (e.tanh, -0.0, -0.0), (e.asinh, -0.0, -0.0),
        (e.atanh, -0.0, -0.0), (e.expm1, -0.0, -0.0), (e.log1p, -0.0, -0.0), (e.erf, -0.0, -0.0),
        (e.exp, -math.inf, 0.0), (e.log, 0.0, -math.inf), (e.log, -1.0, math.nan),
    ],
)  # fmt: skip
def test_signs_of_zero(row: Primitive, x: float, expected: float, dtype: DType) -> None:
    array = np.full(37, x, dtype.numpy)  # in vectors and in what is left over
    result = run_nodes(row, array)[0].astype(np.float64)
    np.testing.assert_array_equal(result, expected)
    np.testing.assert_array_equal(
        np.signbit(result), (math.isnan(expected) and np.signbit(result[0])) or np.signbit(expected)
    )


@pytest.mark.parametrize("dtype", FLOATING, ids=str)
def test_extrema_order_the_zeros_and_keep_nan(dtype: DType) -> None:
    """IEEE 754-2019: maximum(-0, 0) is 0, and NaN wins on either side."""
    x = np.array([0.0, -0.0, math.nan, 1.0, -math.inf] * 9, dtype.numpy)
    y = np.array([-0.0, 0.0, 1.0, math.nan, math.nan] * 9, dtype.numpy)
    largest, smallest = run_nodes(lambda a, b: (e.maximum(a, b), e.minimum(a, b)), x, y)
    expected = np.array([0.0, 0.0, math.nan, math.nan, math.nan] * 9)
    np.testing.assert_array_equal(largest.astype(np.float64), expected)
    np.testing.assert_array_equal(smallest.astype(np.float64), expected)
    zeros = np.arange(45) % 5 < 2
    assert not np.signbit(largest.astype(np.float64)[zeros]).any()
    assert np.signbit(smallest.astype(np.float64)[zeros]).all()


def wrapped(value: int, dtype: DType) -> int:
    """A whole number modulo 2**bits, in the range of the type."""
    value %= 2**dtype.bits
    return value - 2**dtype.bits if dtype.kind == "i" and value >> (dtype.bits - 1) else value


def integer_power(x: int, y: int, bits: int) -> int:
    if y >= 0:
        return pow(x, y, 2**bits)
    return {1: 1, -1: -1 if y % 2 else 1}.get(x, 0)  # 1 / x**-y, rounded towards zero


def shifted_left(x: int, y: int, bits: int) -> int:
    return x << y if 0 <= y < bits else 0


def shifted_right(x: int, y: int, bits: int) -> int:
    return x >> y if 0 <= y < bits else (-1 if x < 0 else 0)


# Each in whole numbers without bounds; `bits` is the width of the type.
INTEGER: dict[str, Callable[..., int]] = {
    "negative": lambda x, bits: -x,
    "absolute": lambda x, bits: abs(x),
    "sign": lambda x, bits: (x > 0) - (x < 0),
    "bitwise_not": lambda x, bits: ~x,
    "add": lambda x, y, bits: x + y,
    "subtract": lambda x, y, bits: x - y,
    "multiply": lambda x, y, bits: x * y,
    "floor_divide": lambda x, y, bits: x // y if y else 0,
    "remainder": lambda x, y, bits: x % y if y else 0,
    "power": integer_power,
    "maximum": lambda x, y, bits: max(x, y),
    "minimum": lambda x, y, bits: min(x, y),
    "bitwise_and": lambda x, y, bits: x & y,
    "bitwise_or": lambda x, y, bits: x | y,
    "bitwise_xor": lambda x, y, bits: x ^ y,
    "shift_left": shifted_left,
    "shift_right": shifted_right,
    "equal": lambda x, y, bits: int(x == y),
    "not_equal": lambda x, y, bits: int(x != y),
    "less": lambda x, y, bits: int(x < y),
    "less_equal": lambda x, y, bits: int(x <= y),
    "greater": lambda x, y, bits: int(x > y),
    "greater_equal": lambda x, y, bits: int(x >= y),
    "select": lambda c, x, y, bits: x if c else y,
}  # fmt: skip


@pytest.mark.parametrize(("row", "dtype"), cases("iu"))
def test_integers(row: Primitive, dtype: DType) -> None:
    """Every pair of corner cases: nothing traps, and the result is the one that is documented."""
    values = integers(dtype)
    if row.arity == 1:
        arrays = [values]
    else:
        x, y = (side.ravel() for side in np.meshgrid(values, values, indexing="ij"))
        arrays = [x, y] if row.arity == 2 else [(x.astype(np.int64) % 3 == 0), x, y]
    result = run_nodes(row, *arrays)[0]
    exact = INTEGER[row.name]
    expected = [
        wrapped(exact(*(int(v) for v in given), dtype.bits), dtype)
        for given in zip(*arrays, strict=True)
    ]
    np.testing.assert_array_equal(result, np.array(expected, object).astype(result.dtype))


def test_integers_by_constants() -> None:
    """Constant divisors and shifts reach LLVM's own folding: the same results."""
    x = np.array([-7, -1, 0, 1, 7, 2**31 - 1, -(2**31)] * 5, np.int32)
    for constant in (0, 1, -1, 2, -3, 31, 32, 33, -(2**31)):
        outputs = run_nodes(
            lambda a, c=constant: (
                e.floor_divide(a, c), e.remainder(a, c), e.shift_left(a, c), e.shift_right(a, c),
                e.power(a, c),
            ),
            x,
        )  # fmt: skip
        names = ("floor_divide", "remainder", "shift_left", "shift_right", "power")
        for name, result in zip(names, outputs, strict=True):
            expected = [wrapped(INTEGER[name](int(v), constant, 32), int32) for v in x]
            np.testing.assert_array_equal(result, expected, err_msg=f"{name} by {constant}")


TRUTH: dict[str, Callable[..., Any]] = {
    "logical_and": np.logical_and, "logical_or": np.logical_or, "logical_xor": np.logical_xor,
    "logical_not": np.logical_not, "maximum": np.logical_or, "minimum": np.logical_and,
    "equal": np.equal, "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal,
    "greater": np.greater, "greater_equal": np.greater_equal, "select": np.where,
}  # fmt: skip


@pytest.mark.parametrize(("row", "dtype"), cases("b"))
def test_truth_values(row: Primitive, dtype: DType) -> None:
    numbers = np.arange(8 * 9)
    arrays = [(numbers >> n) % 2 == 1 for n in range(row.arity or 0)]
    result = run_nodes(row, *arrays)[0]
    assert result.dtype == np.bool_
    np.testing.assert_array_equal(result, TRUTH[row.name](*arrays))
    assert set(np.unique(result.view(np.uint8))) <= {0, 1}


def test_every_row_is_tested_on_every_kind_that_it_accepts() -> None:
    """Rows that are added later are either here or named here."""
    tested = {(case.values[0].name, case.values[1].kind) for case in (*cases("f"), *cases("iub"))}
    missing = [
        (row.name, dtype.name)
        for row in ROWS
        if row.name != "cast"
        for dtype in ALL
        if accepts(row, dtype) and (row.name, dtype.kind) not in tested
    ]
    assert missing == []
    assert {name for name, _ in tested} == {row.name for row in ROWS} - {"cast"}


# Casts.


def cast_reference(x: Array, source: DType, target: DType) -> Array:
    """Exact where it can be; floating to integer saturates, and NaN becomes 0."""
    if target is bool_:
        return x != 0
    if not target.is_integer:
        wide = x.astype(np.float64) if source.is_floating or source.bits < 64 else x
        with np.errstate(over="ignore"):
            # What is wider than float32 passes through it on the way to a half.
            narrow = wide.astype(np.float32) if target.bits == 16 else wide
            return narrow.astype(target.numpy)
    if not source.is_floating:
        return x.astype(target.numpy)
    info = np.iinfo(target.numpy)
    exact = [
        0 if math.isnan(v) else info.max if v >= info.max else info.min if v <= info.min else int(v)
        for v in x.astype(np.float64).tolist()
    ]
    return np.array(exact, object).astype(target.numpy)


@pytest.mark.parametrize("source", ALL, ids=str)
def test_casts(source: DType) -> None:
    """From one type to all others."""
    if source.is_floating:
        edges = [sign * 2.0**k + more for k in (7, 8, 15, 16, 31, 32, 63, 64)
                 for sign in (1, -1) for more in (-1, -0.5, 0, 0.5, 1)]  # fmt: skip
        with np.errstate(over="ignore"):
            x = np.concatenate([samples(source), np.array(edges).astype(source.numpy)])
    elif source is bool_:
        x = np.arange(40) % 3 == 0
    else:
        x = integers(source)
    others = [target for target in ALL if target is not source]
    results = run_nodes(lambda a: tuple(e.cast(a, dtype=target) for target in others), x)
    for target, result in zip(others, results, strict=True):
        assert result.dtype == target.numpy
        expected = cast_reference(x, source, target)
        if target.is_floating:
            np.testing.assert_array_equal(
                result.astype(np.float64), expected.astype(np.float64), err_msg=f"to {target}"
            )
            signs = np.signbit(result.astype(np.float64)) == np.signbit(expected.astype(np.float64))
            assert (signs | np.isnan(result.astype(np.float64))).all(), f"to {target}"
        else:
            np.testing.assert_array_equal(result, expected, err_msg=f"to {target}")


# Tests of the tests.


@pytest.mark.parametrize(
    ("name", "wrong", "values"),
    [
        ("maximum", operations.ELEMENTWISE["minimum"], (1.0, 2.0)),
        ("subtract", operations.ELEMENTWISE["add"], (1.0, 2.0)),
        ("copysign", lambda code, dtype, x: x[0], (1.0, -2.0)),
        ("remainder", lambda code, dtype, x: code.add(f"frem float {x[0]}, {x[1]}"), (-1.0, 3.0)),
    ],
)
def test_wrong_code_is_caught(
    name: str, wrong: Any, values: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = PRIMITIVES[name]
    # A shape of nest that nothing else has, so that its machine code is made anew.
    arrays = [np.full((2, 3, 5), value, np.float32) for value in values]
    monkeypatch.setitem(operations.ELEMENTWISE, name, wrong)
    graph = graph_of(lambda x, y: e.add(row(x, y), e.multiply(row(x, y), 7.25)), *arrays)
    result, expected = run(graph, arrays)[0], evaluate(graph, arrays)[0]
    assert ulps(result, expected).max() > 1000
    with pytest.raises(AssertionError, match="ULP"):
        assert_ulps(result, expected, 2.0, *arrays)


def test_the_measure_of_error_sees_one_unit() -> None:
    one = np.array([1.0, 1.0, 0.0, 3.0e38, np.inf, np.nan], np.float32)
    other = np.array([np.nextafter(np.float32(1), np.float32(2)), 1.0, 1e-45, np.inf, np.nan, 1.0])
    error = ulps(one, other)
    assert error[0] == 1.0 and error[1] == 0.0 and error[2] == pytest.approx(1.0, abs=0.3)
    assert error[3] > 1e5 and np.isinf(error[4]) and np.isinf(error[5])
