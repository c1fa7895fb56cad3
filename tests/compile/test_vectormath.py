"""Elementary functions of the CPU code generator: accuracy, special values, vectorisation."""

from __future__ import annotations

import importlib.util
import itertools
import math
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dovetail.compile.cpu import native
from dovetail.compile.scalar import vectormath
from dovetail.compile.scalar.vectormath import FUNCTIONS
from dovetail.compile.scalar.vectormath_coefficients import COEFFICIENTS

ROOT = Path(__file__).parents[2]


def script(path: str) -> Any:
    """A script of the repository as a module."""
    spec = importlib.util.spec_from_file_location(path.replace("/", "_"), ROOT / f"{path}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


harness = script("benchmarks/vectormath")

DTYPES = ("float32", "float64")
BOUND = dict.fromkeys(FUNCTIONS, 2.0) | {"rsqrt": 1.0}
INF, NAN = math.inf, math.nan


@cache
def loop(function: str, dtype: str) -> Any:
    return harness.compile_loop(function, dtype)


def apply(function: str, dtype: str, *arguments: float) -> np.generic:
    return loop(function, dtype)(*(np.full(1, a, dtype) for a in arguments))[0]


# -- accuracy -------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS)
def test_float32_is_within_two_units_in_the_last_place(function: str) -> None:
    worst, where = harness.worst_float32(loop(function, "float32"), function, 2_000_000)
    assert worst <= BOUND[function], f"{function}{where} is {worst:.2f} ULP off"


# The argument of a float64 closest to a multiple of pi/2, whole multiples of pi and powers of two.
HARD_ANGLES = (
    6381956970095103.0 * 2.0**797,
    -6381956970095103.0 * 2.0**797,
    1e22,
    22.0,
    355.0,
    math.pi,
    math.pi / 2,
    math.pi / 4,
    5 * math.pi / 4,
    2.0**1023,
    1.7976931348623157e308,
    *(2.0**exponent for exponent in range(-3, 1000, 53)),
    *(math.nextafter(k * math.pi / 2, 0) for k in range(1, 200)),
    *(k * math.pi / 2 for k in range(1, 200)),
)
EXTRA = {"sin": HARD_ANGLES, "cos": HARD_ANGLES, "tan": HARD_ANGLES}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_float64_is_within_two_units_in_the_last_place(function: str) -> None:
    count = 1000 if function in harness.special.REGIONS else 8000  # mpmath takes a millisecond
    worst, where = harness.worst_float64(
        loop(function, "float64"), function, count, EXTRA.get(function, ())
    )
    assert worst <= BOUND[function], f"{function}{where} is {worst:.2f} ULP off"


@pytest.mark.parametrize("function", ["sin", "cos", "tan"])
def test_float32_angles_near_the_axes(function: str) -> None:
    multiples = np.arange(1, 200_000) * (math.pi / 2)
    x = np.concatenate([multiples, [16367173.0 * 2.0**72, 2.0**127, 3.4e38]]).astype(np.float32)
    x = np.concatenate([np.nextafter(x, np.float32(0)), x, np.nextafter(x, np.float32(1e30))])
    reference = harness.FLOAT64_REFERENCES[function](x.astype(np.float64))
    errors = harness.ulp_errors_float32(loop(function, "float32")(x), reference)
    assert errors.max() <= 2.0, f"{function}({x[errors.argmax()]!r})"


@pytest.mark.parametrize("function", ["exp", "exp2", "sigmoid", "erfc", "ndtr", "normal_density"])
def test_every_subnormal_magnitude_of_a_float32_result(function: str) -> None:
    low, high = {
        "exp": (-104.5, -86.0),
        "exp2": (-151.0, -125.0),
        "sigmoid": (-104.5, -86.0),
        "erfc": (9.0, 10.2),
        "ndtr": (-14.3, -13.0),
        "normal_density": (-14.5, -13.0),
    }[function]
    x = np.linspace(low, high, 200_001).astype(np.float32)
    reference = harness.FLOAT64_REFERENCES[function](x.astype(np.float64))
    got = loop(function, "float32")(x)
    assert ((got > 0) & (got < 2.0**-126)).any(), "no subnormal result in the sample"
    assert harness.ulp_errors_float32(got, reference).max() <= 2.0


IDENTITY_AT_ZERO = (
    "asin", "asinh", "atan", "atanh", "expm1", "log1p", "sin", "sinh", "tan", "tanh",
)  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", IDENTITY_AT_ZERO)
def test_tiny_arguments_come_back_to_the_bit(function: str, dtype: str) -> None:
    info = np.finfo(dtype)
    steps = np.arange(1, 100).astype(dtype)
    x = np.concatenate([steps * info.smallest_subnormal, steps * info.tiny])
    x = np.concatenate([x, -x]).astype(dtype)
    np.testing.assert_array_equal(loop(function, dtype)(x), x)


def test_the_measure_of_error_sees_a_planted_error() -> None:
    reference = np.array([1.0, 1e-44, 3e38])
    exact = reference.astype(np.float32)
    off = exact.copy()
    for _ in range(3):
        off = np.nextafter(off, np.float32(-np.inf))
    assert (harness.ulp_errors_float32(exact, reference) <= 0.5).all()
    assert (harness.ulp_errors_float32(off, reference) > 2.0).sum() == 2  # 1 has half units below
    assert harness.ulp_errors_float32(np.array([NAN], np.float32), reference[:1])[0] == INF
    assert harness.ulp_errors_float32(np.array([INF], np.float32), reference[:1])[0] == INF
    assert harness.ulp_error_float64(1.0 + 3 * 2.0**-52, harness.mp.mpf(1)) == 3.0
    assert harness.ulp_error_float64(3 * 5e-324, harness.mp.mpf(5e-324)) == 2.0


# -- special values -------------------------------------------------------------------------------

PI = math.pi

# (arguments, result); results are compared with their sign, to the bit of the dtype.
SPECIAL: dict[str, list[tuple[tuple[float, ...], float]]] = {
    "acos": [((1,), 0.0), ((-1,), PI), ((0,), PI / 2), ((1.1,), NAN), ((-INF,), NAN)],
    "acosh": [((1,), 0.0), ((0.5,), NAN), ((-5,), NAN), ((INF,), INF), ((-INF,), NAN)],
    "asin": [((0,), 0.0), ((-0.0,), -0.0), ((1,), PI / 2), ((-1,), -PI / 2), ((1.1,), NAN)],
    "asinh": [((0,), 0.0), ((-0.0,), -0.0), ((INF,), INF), ((-INF,), -INF)],
    "atan": [((0,), 0.0), ((-0.0,), -0.0), ((INF,), PI / 2), ((-INF,), -PI / 2), ((1,), PI / 4)],
    "atan2": [
        ((0, 1), 0.0), ((-0.0, 1), -0.0), ((0, -1), PI), ((-0.0, -1), -PI),
        ((0.0, 0.0), 0.0), ((-0.0, 0.0), -0.0), ((0.0, -0.0), PI), ((-0.0, -0.0), -PI),
        ((1, 0), PI / 2), ((-1, 0), -PI / 2), ((1, -0.0), PI / 2), ((-1, -0.0), -PI / 2),
        ((1, INF), 0.0), ((-1, INF), -0.0), ((1, -INF), PI), ((-1, -INF), -PI),
        ((INF, 1), PI / 2), ((-INF, 1), -PI / 2), ((INF, -1), PI / 2),
        ((INF, INF), PI / 4), ((-INF, INF), -PI / 4),
        ((INF, -INF), 3 * PI / 4), ((-INF, -INF), -3 * PI / 4),
        ((NAN, 1), NAN), ((1, NAN), NAN), ((NAN, INF), NAN), ((0, NAN), NAN), ((NAN, 0), NAN),
    ],
    "atanh": [
        ((0,), 0.0), ((-0.0,), -0.0), ((1,), INF), ((-1,), -INF), ((1.5,), NAN), ((INF,), NAN),
    ],
    "cbrt": [
        ((0,), 0.0), ((-0.0,), -0.0), ((INF,), INF), ((-INF,), -INF), ((27,), 3.0), ((-8,), -2.0),
    ],
    "digamma": [((0,), -INF), ((-0.0,), INF), ((-1,), NAN), ((-3,), NAN), ((INF,), INF),
                ((-INF,), NAN), ((1,), -0.5772156649015329)],
    "erfcx": [((0,), 1.0), ((-0.0,), 1.0), ((INF,), 0.0), ((-INF,), INF), ((-30,), INF)],
    "erfinv": [((0,), 0.0), ((-0.0,), -0.0), ((1,), INF), ((-1,), -INF), ((1.5,), NAN),
               ((-2,), NAN), ((INF,), NAN)],
    "i0": [((0,), 1.0), ((INF,), INF), ((-INF,), INF), ((1e4,), INF)],
    "i0e": [((0,), 1.0), ((INF,), 0.0), ((-INF,), 0.0)],
    "i1": [((0,), 0.0), ((-0.0,), -0.0), ((INF,), INF), ((-INF,), -INF), ((-1e4,), -INF)],
    "i1e": [((0,), 0.0), ((-0.0,), -0.0), ((INF,), 0.0), ((-INF,), -0.0)],
    "lgamma": [((0,), INF), ((-0.0,), INF), ((-1,), INF), ((-4,), INF), ((1,), 0.0), ((2,), 0.0),
               ((INF,), INF), ((-INF,), INF), ((-1e30,), INF)],
    "log_ndtr": [((INF,), 0.0), ((-INF,), -INF), ((0,), -math.log(2.0))],
    "ndtri": [((0,), -INF), ((1,), INF), ((0.5,), 0.0), ((-0.5,), NAN), ((1.5,), NAN),
              ((INF,), NAN)],
    "sinc": [((0,), 1.0), ((-0.0,), 1.0), ((1,), 0.0), ((2,), 0.0), ((INF,), 0.0), ((-INF,), 0.0)],
    "cos": [((0,), 1.0), ((-0.0,), 1.0), ((INF,), NAN), ((-INF,), NAN)],
    "cosh": [((0,), 1.0), ((INF,), INF), ((-INF,), INF), ((-1e4,), INF)],
    "erf": [((0,), 0.0), ((-0.0,), -0.0), ((INF,), 1.0), ((-INF,), -1.0), ((30,), 1.0)],
    "ndtr": [((0,), 0.5), ((INF,), 1.0), ((-INF,), 0.0), ((60,), 1.0), ((-60,), 0.0)],
    "normal_density": [((INF,), 0.0), ((-INF,), 0.0), ((60,), 0.0), ((-60,), 0.0)],
    "erfc": [((0,), 1.0), ((INF,), 0.0), ((-INF,), 2.0), ((40,), 0.0), ((-40,), 2.0)],
    "exp": [((0,), 1.0), ((-0.0,), 1.0), ((INF,), INF), ((-INF,), 0.0), ((1e4,), INF),
            ((-1e4,), 0.0)],
    "exp2": [((0,), 1.0), ((10,), 1024.0), ((-3,), 0.125), ((INF,), INF), ((-INF,), 0.0),
             ((1e4,), INF), ((-1e4,), 0.0)],
    "expm1": [((0,), 0.0), ((-0.0,), -0.0), ((INF,), INF), ((-INF,), -1.0), ((-1e4,), -1.0),
              ((1e4,), INF)],
    "log": [((1,), 0.0), ((0,), -INF), ((-0.0,), -INF), ((-1,), NAN), ((INF,), INF),
            ((-INF,), NAN)],
    "log10": [((1,), 0.0), ((0,), -INF), ((-0.0,), -INF), ((-1,), NAN), ((INF,), INF),
              ((-INF,), NAN)],
    "log1p": [((0,), 0.0), ((-0.0,), -0.0), ((-1,), -INF), ((-2,), NAN), ((INF,), INF),
              ((-INF,), NAN)],
    "log2": [((1,), 0.0), ((8,), 3.0), ((2.0**-140,), -140.0), ((0,), -INF), ((-0.0,), -INF),
             ((-1,), NAN), ((INF,), INF), ((-INF,), NAN)],
    "pow": [
        ((NAN, 0), 1.0), ((NAN, -0.0), 1.0), ((INF, 0), 1.0), ((0, 0), 1.0), ((-3, 0), 1.0),
        ((1, NAN), 1.0), ((1, INF), 1.0), ((1, -INF), 1.0), ((-1, INF), 1.0), ((-1, -INF), 1.0),
        ((NAN, 1), NAN), ((2, NAN), NAN), ((-1, NAN), NAN), ((0, NAN), NAN), ((NAN, INF), NAN),
        ((0, 3), 0.0), ((-0.0, 3), -0.0), ((-0.0, 2), 0.0), ((-0.0, 0.5), 0.0), ((0, 0.5), 0.0),
        ((0, -3), INF), ((-0.0, -3), -INF), ((-0.0, -2), INF), ((-0.0, -0.5), INF),
        ((0, INF), 0.0), ((0, -INF), INF), ((-0.0, INF), 0.0), ((-0.0, -INF), INF),
        ((0.5, INF), 0.0), ((0.5, -INF), INF), ((-0.5, INF), 0.0), ((-0.5, -INF), INF),
        ((2, INF), INF), ((2, -INF), 0.0), ((-2, INF), INF), ((-2, -INF), 0.0),
        ((INF, 2), INF), ((INF, -2), 0.0), ((INF, 0.5), INF), ((INF, INF), INF),
        ((-INF, 3), -INF), ((-INF, 2), INF), ((-INF, 0.5), INF), ((-INF, -3), -0.0),
        ((-INF, -2), 0.0), ((-INF, -0.5), 0.0), ((-INF, INF), INF), ((-INF, -INF), 0.0),
        ((-2, 3), -8.0), ((-2, 2), 4.0), ((-2, -1), -0.5), ((-2, 0.5), NAN), ((-2, 2.0**60), INF),
        ((-1e30, 101), -INF), ((-1e-30, 101), -0.0), ((2, -149), 2.0**-149), ((2, 10), 1024.0),
        ((3, 4), 81.0), ((10, 3), 1000.0),
    ],
    "rsqrt": [((0,), INF), ((-0.0,), -INF), ((4,), 0.5), ((INF,), 0.0), ((-1,), NAN),
              ((-INF,), NAN)],
    "sigmoid": [((0,), 0.5), ((INF,), 1.0), ((-INF,), 0.0), ((1e4,), 1.0), ((-1e4,), 0.0)],
    "sin": [((0,), 0.0), ((-0.0,), -0.0), ((INF,), NAN), ((-INF,), NAN)],
    "sinh": [((0,), 0.0), ((-0.0,), -0.0), ((INF,), INF), ((-INF,), -INF), ((-1e4,), -INF)],
    "tan": [((0,), 0.0), ((-0.0,), -0.0), ((INF,), NAN), ((-INF,), NAN)],
    "tanh": [((0,), 0.0), ((-0.0,), -0.0), ((INF,), 1.0), ((-INF,), -1.0), ((50,), 1.0)],
}  # fmt: skip


def test_every_function_has_special_values() -> None:
    assert set(SPECIAL) == set(FUNCTIONS)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_kind_of_nan_is_kept(function: str, dtype: str) -> None:
    """For every sign and payload, which may look like an exponent."""
    info = np.finfo(dtype)
    kind = np.uint32 if dtype == "float32" else np.uint64
    quiet = np.array(NAN, dtype).view(kind)
    lower = [0, 1, 2, 3, 77, 255, 256, 1024, 2045, 2**info.nmant // 2 - 1]
    bits = np.array([int(quiet) + low for low in lower], kind)
    sign = kind(1 << (info.bits - 1))
    given = np.concatenate([bits, bits | sign]).view(dtype)
    arguments = [given] if FUNCTIONS[function] == 1 else [given, np.full_like(given, 2.0)]
    for columns in (arguments, arguments[::-1]):
        assert np.isnan(loop(function, dtype)(*columns)).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_special_values(function: str, dtype: str) -> None:
    cases = list(SPECIAL[function])
    if FUNCTIONS[function] == 1:
        cases.append(((NAN,), NAN))
    columns = [np.array(column, dtype) for column in zip(*(c[0] for c in cases), strict=True)]
    expected = np.array([c[1] for c in cases], dtype)
    got = loop(function, dtype)(*columns)
    for (arguments, _), value, wanted in zip(cases, got, expected, strict=True):
        if np.isnan(wanted):
            assert np.isnan(value), f"{function}{arguments} is {value}, not NaN"
        else:
            assert value == wanted, f"{function}{arguments} is {value!r}, not {wanted!r}"
            assert np.signbit(value) == np.signbit(wanted), f"the sign of {function}{arguments}"


@pytest.mark.parametrize("dtype", DTYPES)
def test_exp2_and_log2_are_exact_on_powers_of_two(dtype: str) -> None:
    info = np.finfo(dtype)
    exponents = np.arange(info.minexp - info.nmant, info.maxexp).astype(dtype)
    powers = np.ldexp(np.ones_like(exponents), exponents.astype(int))
    np.testing.assert_array_equal(loop("exp2", dtype)(exponents), powers)
    np.testing.assert_array_equal(loop("log2", dtype)(powers), exponents)


# -- the code -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_loop_is_vectorised(function: str, dtype: str) -> None:
    compiled = loop(function, dtype)
    assert compiled.lanes > 1
    vectorised = compiled.optimised.split("vector.body:")[1].split("middle.block:")[0]
    calls = set(re.findall(r"call [^@]*@([\w.]+)\(", vectorised))
    assert all(re.fullmatch(r"llvm\.[\w.]+\.v\d+[if]\d+", call) for call in calls), calls
    assert "gather" not in vectorised
    # The assembly calls nothing: every intrinsic became instructions.
    assert not re.search(r"^\s+callq?\s", compiled.assembly, re.MULTILINE)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_scalar_remainder_gives_the_same_bits(function: str, dtype: str) -> None:
    arguments = [a[:512] for a in harness.samples(function, dtype, 4096)]
    whole = loop(function, dtype)(*arguments)
    single = np.concatenate(
        [loop(function, dtype)(*(a[i : i + 1] for a in arguments)) for i in range(512)]
    )
    np.testing.assert_array_equal(whole, single)  # NaN equals NaN here


def test_library_defines_each_function_once_in_a_fixed_order() -> None:
    pairs = list(itertools.product(FUNCTIONS, DTYPES))
    text, declares = vectormath.library(pairs)
    assert vectormath.library([*reversed(pairs), *pairs]) == (text, declares)
    defined = re.findall(r"^define internal .*@(\w+)\(", text, re.MULTILINE)
    assert sorted(defined) == sorted(vectormath.symbol(*pair) for pair in pairs)
    assert all(name.startswith("dt_") for name in re.findall(r"@(\w+)", text) if name != "llvm")
    assert all(re.fullmatch(r"declare \w+ @llvm\.[\w.]+\([\w, ]+\)", line) for line in declares)
    called = set(re.findall(r"@(llvm\.[\w.]+)\(", text))
    assert called == {re.findall(r"@([\w.]+)", line)[0] for line in declares}
    for flag in ("nnan", "ninf", "nsz", "reassoc", "arcp", "afn", "contract", "fast"):
        assert not re.search(rf"\b{flag}\b", text)
    assert "target triple" not in text and "!" not in text


def products(functions: tuple[str, ...]) -> int:
    """Products and divisions in a function of one number that calls these and adds them up."""
    definitions, declares = vectormath.library([(name, "float32") for name in functions])
    lines = [*sorted(declares), definitions, "define float @all(float %x) {"]
    total = "0.0"
    for name in functions:
        lines.append(f"  %{name} = call float @{vectormath.symbol(name, 'float32')}(float %x)")
        lines.append(f"  %to_{name} = fadd float {total}, %{name}")
        total = f"%to_{name}"
    text = native.optimised("\n".join([*lines, f"  ret float {total}", "}"]))
    return len(re.findall(r"fmul|fdiv|call float @llvm\.fma", text))


def test_a_density_costs_little_beside_the_distribution_function() -> None:
    """They are written with the same instructions, which LLVM merges."""
    both = products(("ndtr", "normal_density"))
    assert products(("ndtr",)) < both <= products(("ndtr",)) + 3
    assert both <= products(("ndtr",)) + products(("normal_density",)) - 10


@pytest.mark.parametrize(("name", "precision"), [("sinh", "float32"), ("atanh", "wide")])
def test_coefficients_are_those_that_the_tool_derives(name: str, precision: str) -> None:
    minimax = script("tools/minimax")
    (row,) = (row for row in minimax.TABLE if row.name == name)
    with minimax.mp.workdps(60):
        derived, _ = minimax.fit(row, precision)
    assert tuple(derived) == COEFFICIENTS[name, precision]


def test_symbol_and_empty_library() -> None:
    assert vectormath.symbol("exp", "float32") == "dt_exp_f32"
    assert vectormath.symbol("atan2", "float64") == "dt_atan2_f64"
    assert vectormath.library([]) == ("", frozenset())
