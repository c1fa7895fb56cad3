"""Samples of every function of the namespace, with what NumPy and SciPy make of them."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np
from scipy import special

from dovetail.language.namespace import FUNCTIONS, NAMESPACE

dt: Any = NAMESPACE
rng = np.random.default_rng(7)


def f(*shape: int, low: float = -3.0, high: float = 3.0, dtype: Any = np.float32) -> Any:
    return np.asarray(rng.uniform(low, high, shape)).astype(dtype)


def i(*shape: int, low: int = -9, high: int = 9, dtype: Any = np.int32) -> Any:
    return np.asarray(rng.integers(low, high, shape)).astype(dtype)


def b(*shape: int) -> Any:
    return np.asarray(rng.integers(0, 2, shape)).astype(bool)


@dataclass
class Sample:
    call: Callable[..., Any]
    arrays: tuple[Any, ...]
    reference: Callable[..., Any]
    dtype: str = "float32"


SAMPLES: dict[str, list[Sample]] = {}


def sample(
    name: str, call: Callable[..., Any], reference: Any, *arrays: Any, dtype: str = "float32"
) -> None:
    SAMPLES.setdefault(name, []).append(Sample(call, arrays, reference, dtype))


# Elementwise, one operand.


def _selu(x: Any) -> Any:
    return 1.05070098735548 * np.where(x > 0, x, 1.67326324235437 * np.expm1(x))


def _gelu_tanh(x: Any) -> Any:
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


UNARY: dict[str, tuple[Callable[..., Any], float, float]] = {
    "acos": (np.arccos, -1, 1), "acosh": (np.arccosh, 1, 9), "asin": (np.arcsin, -1, 1),
    "asinh": (np.arcsinh, -9, 9), "atan": (np.arctan, -9, 9), "atanh": (np.arctanh, -0.9, 0.9),
    "cos": (np.cos, -9, 9), "cosh": (np.cosh, -5, 5), "erf": (special.erf, -4, 4),
    "erfc": (special.erfc, -4, 8), "exp": (np.exp, -9, 9), "exp2": (np.exp2, -9, 9),
    "expm1": (np.expm1, -1, 1), "log": (np.log, 0.1, 9), "log10": (np.log10, 0.1, 9),
    "log1p": (np.log1p, -0.9, 9), "log2": (np.log2, 0.1, 9), "reciprocal": (np.reciprocal, 1, 9),
    "ndtr": (special.ndtr, -8, 4),
    "rsqrt": (lambda x: x**-0.5, 0.1, 9), "sigmoid": (special.expit, -9, 9),
    "sin": (np.sin, -9, 9), "sinh": (np.sinh, -5, 5), "sqrt": (np.sqrt, 0, 9),
    "tan": (np.tan, -1, 1), "tanh": (np.tanh, -4, 4),
    "digamma": (special.psi, 0.1, 9), "erfcx": (special.erfcx, -3, 30),
    "erfinv": (special.erfinv, -0.9, 0.9), "i0": (special.i0, -9, 9), "i0e": (special.i0e, -90, 90),
    "i1": (special.i1, -9, 9), "i1e": (special.i1e, -90, 90),
    "lgamma": (special.gammaln, 0.1, 9), "log_ndtr": (special.log_ndtr, -90, 4),
    "logit": (special.logit, 0.01, 0.99), "ndtri": (special.ndtri, 0.01, 0.99),
    "sinc": (np.sinc, -3, 3),
    # Neural.
    "celu": (lambda x: np.where(x > 0, x, np.expm1(x)), -4, 4),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(x)), -4, 4),
    "gelu": (lambda x: x * special.ndtr(x), -9, 9),
    "hard_sigmoid": (lambda x: np.clip(x / 6 + 0.5, 0, 1), -5, 5),
    "hard_swish": (lambda x: x * np.clip(x / 6 + 0.5, 0, 1), -5, 5),
    "hard_tanh": (lambda x: np.clip(x, -1, 1), -3, 3),
    "leaky_relu": (lambda x: np.where(x > 0, x, 0.01 * x), -3, 3),
    "log_sigmoid": (special.log_expit, -40, 40),
    "mish": (lambda x: x * np.tanh(np.logaddexp(0, x)), -9, 9),
    "relu": (lambda x: np.maximum(x, 0), -3, 3),
    "relu6": (lambda x: np.clip(x, 0, 6), -3, 9),
    "selu": (_selu, -4, 4),
    "silu": (lambda x: x * special.expit(x), -9, 9),
    "swish": (lambda x: x * special.expit(x), -9, 9),
    "softplus": (lambda x: np.logaddexp(x, 0), -40, 40),
    "softsign": (lambda x: x / (1 + np.abs(x)), -9, 9),
}  # fmt: skip
KEEPING: dict[str, Callable[..., Any]] = {
    "abs": np.abs, "ceil": np.ceil, "floor": np.floor, "negative": np.negative,
    "positive": np.positive, "round": np.round, "sign": np.sign, "square": np.square,
    "stop_gradient": np.positive, "trunc": np.trunc,
}  # fmt: skip
ASKING: dict[str, Callable[..., Any]] = {
    "isfinite": np.isfinite, "isinf": np.isinf, "isnan": np.isnan, "logical_not": np.logical_not,
    "signbit": np.signbit,
}  # fmt: skip
HALVES = {"float16": np.float16, "bfloat16": ml_dtypes.bfloat16, "float64": np.float64}

for name, (reference, low, high) in UNARY.items():
    for shape in ((), (0,), (3, 4)):
        sample(name, FUNCTIONS[name], reference, f(*shape, low=low, high=high))
    for kind, dtype in HALVES.items():
        sample(name, FUNCTIONS[name], reference, f(5, low=low, high=high, dtype=dtype), dtype=kind)
    sample(name, FUNCTIONS[name], reference, np.asarray([1, 1], np.int32))
SPECIAL = np.asarray([0.0, -0.0, np.inf, -np.inf, np.nan, 0.5, -0.5, 1.5, 2.5], np.float32)
for name, reference in KEEPING.items():
    for shape in ((), (0, 2), (3, 4)):
        sample(name, FUNCTIONS[name], reference, f(*shape))
    sample(name, FUNCTIONS[name], reference, SPECIAL)
    sample(name, FUNCTIONS[name], reference, i(3), dtype="int32")
for name, reference in ASKING.items():
    sample(name, FUNCTIONS[name], reference, SPECIAL, dtype="bool")
    sample(name, FUNCTIONS[name], reference, f(), dtype="bool")
for name in ("isfinite", "isinf", "isnan", "logical_not"):
    sample(name, FUNCTIONS[name], ASKING[name], i(3), dtype="bool")
sample("bitwise_invert", dt.bitwise_invert, np.invert, i(3), dtype="int32")
sample("bitwise_invert", dt.bitwise_invert, np.invert, b(3), dtype="bool")
sample("gelu", lambda x: dt.gelu(x, approximate=True), _gelu_tanh, f(9))
sample("leaky_relu", lambda x: dt.leaky_relu(x, 0.3), lambda x: np.where(x > 0, x, 0.3 * x), f(9))
sample("elu", lambda x: dt.elu(x, 2.0), lambda x: np.where(x > 0, x, 2 * np.expm1(x)), f(9))
sample("celu", lambda x: dt.celu(x, 2.0), lambda x: np.where(x > 0, x, 2 * np.expm1(x / 2)), f(9))

# Elementwise, two operands.

BINARY: dict[str, tuple[Callable[..., Any], float, str]] = {
    "add": (np.add, -3, "fi"), "subtract": (np.subtract, -3, "fi"),
    "multiply": (np.multiply, -3, "fi"), "divide": (np.divide, 1, "f"),
    "floor_divide": (np.floor_divide, 1, "fi"), "remainder": (np.remainder, 1, "fi"),
    "pow": (np.power, 1, "fi"), "maximum": (np.maximum, -3, "fi"),
    "minimum": (np.minimum, -3, "fi"), "atan2": (np.arctan2, -3, "f"),
    "copysign": (np.copysign, -3, "f"), "hypot": (np.hypot, -3, "f"),
    "logaddexp": (np.logaddexp, -3, "f"), "equal": (np.equal, -3, "b"),
    "not_equal": (np.not_equal, -3, "b"), "less": (np.less, -3, "b"),
    "less_equal": (np.less_equal, -3, "b"), "greater": (np.greater, -3, "b"),
    "greater_equal": (np.greater_equal, -3, "b"), "logical_and": (np.logical_and, -3, "b"),
    "logical_or": (np.logical_or, -3, "b"), "logical_xor": (np.logical_xor, -3, "b"),
}  # fmt: skip
SHAPES = [((), ()), ((3, 1), (1, 4)), ((2, 3), ()), ((0,), (1,)), ((4,), (2, 3, 4))]
for name, (reference, low, kinds) in BINARY.items():
    result = "bool" if kinds == "b" else "float32"
    for first, second in SHAPES:
        sample(name, FUNCTIONS[name], reference, f(*first), f(*second, low=low), dtype=result)
    whole = {"fi": "int32", "f": "float32", "b": "bool"}[kinds]
    small = i(5, low=max(int(low), 0), high=5)
    sample(name, FUNCTIONS[name], reference, i(5, low=1), np.maximum(small, 1), dtype=whole)
    sample(name, FUNCTIONS[name], reference, f(4), i(4, low=1, high=3), dtype=result)
INTEGRAL = {"bitwise_and": np.bitwise_and, "bitwise_or": np.bitwise_or,
            "bitwise_xor": np.bitwise_xor}  # fmt: skip
for name, reference in INTEGRAL.items():
    sample(name, FUNCTIONS[name], reference, i(3, 1), i(4), dtype="int32")
    sample(name, FUNCTIONS[name], reference, b(3, 1), b(4), dtype="bool")
    sample(name, FUNCTIONS[name], reference, i(3), i(3, dtype=np.int8), dtype="int32")
for name, reference in {"bitwise_left_shift": np.left_shift,
                        "bitwise_right_shift": np.right_shift}.items():  # fmt: skip
    sample(name, FUNCTIONS[name], reference, i(9), i(9, low=0), dtype="int32")
for exponent in (-4, -1, 0, 1, 2, 3, 4, 2.5, -3.0):
    sample("pow", lambda x, e=exponent: x**e, lambda x, e=exponent: x**e, f(5, low=0.5))
sample("pow", lambda x: 2.0**x, lambda x: 2.0**x, f(5))
sample("pow", lambda x: x**3, lambda x: x**3, i(5), dtype="int32")
for name in ("fmax", "fmin", "fmod", "nextafter"):
    reference = getattr(np, name)
    for first, second in SHAPES:
        given = f(*first), f(*second, low=1)
        if name == "nextafter":  # a float32 in float64 has other neighbours
            narrow = lambda x, y: np.nextafter(np.float32(x), np.float32(y))  # noqa: E731
            sample(name, FUNCTIONS[name], narrow, *given)
        else:
            sample(name, FUNCTIONS[name], reference, *given)
            sample(name, FUNCTIONS[name], reference, i(5), i(5, low=1), dtype="int32")
LEFT = np.asarray([np.nan, 1, np.nan, -np.inf, -0.0, 5.5, -5.5, 3e38], np.float32)
RIGHT = np.asarray([2, np.nan, np.nan, 3, 0.0, 2, 2, np.inf], np.float32)
for name, reference in {"fmax": np.fmax, "fmin": np.fmin, "fmod": np.fmod}.items():
    sample(name, FUNCTIONS[name], reference, LEFT, RIGHT)
sample("fmod", dt.fmod, lambda x, y: np.asarray([0, 1, -1, 1, -1, 0]),
       np.asarray([-(2**31), 7, -7, 7, -7, 5], np.int32),
       np.asarray([-1, 3, 3, -3, -3, 0], np.int32), dtype="int32")  # fmt: skip


def _lerp(a: Any, b: Any, t: Any) -> Any:
    return a * (1 - t) + b * t


sample("lerp", dt.lerp, _lerp, f(3, 1), f(4), f(low=0, high=1))
sample("lerp", lambda a, b: dt.lerp(a, b, 0.25), lambda a, b: _lerp(a, b, 0.25), i(4), i(4))
sample("lerp", dt.lerp, lambda a, b, t: np.asarray([0, 3e38, -3e38, np.inf, 1.5]),
       np.asarray([-3e38, -3e38, -3e38, np.inf, 1], np.float32),
       np.asarray([3e38, 3e38, 3e38, np.inf, 2], np.float32),
       np.asarray([0.5, 1, 0, 0.3, 0.5], np.float32))  # fmt: skip
LOST = np.asarray([np.nan, np.inf, -np.inf, 1.5], np.float32)
LIMIT = float(np.finfo(np.float32).max)
sample("nan_to_num", dt.nan_to_num, lambda x: np.asarray([0, LIMIT, -LIMIT, 1.5]), LOST)
sample("nan_to_num", lambda x: dt.nan_to_num(x, nan=1.0, posinf=2.0, neginf=3.0),
       lambda x: np.asarray([1, 2, 3, 1.5]), LOST)  # fmt: skip
sample("nan_to_num", dt.nan_to_num, lambda x: np.asarray([0, 65504, -65504, 1.5]),
       LOST.astype(np.float16), dtype="float16")  # fmt: skip
sample("nan_to_num", dt.nan_to_num, lambda x: x, i(3), dtype="int32")
HUGE = np.asarray([3e38, 0.0, np.inf, -np.inf, 1e-40], np.float32)
sample("hypot", dt.hypot, np.hypot, HUGE, np.asarray([3e38, 0, np.nan, 1, 1e-40], np.float32))

for order in (0, 1, 2, 3, 7):
    sample("polygamma", lambda x, n=order: dt.polygamma(n, x),
           lambda x, n=order: special.polygamma(n, x), f(9, low=0.1, high=20))  # fmt: skip
sample("polygamma", lambda x: dt.polygamma(1, x), lambda x: special.polygamma(1, x),
       i(5, low=1))  # fmt: skip
sample("polygamma", lambda x: dt.polygamma(1, x),
       lambda x: (math.pi / np.sin(math.pi * x)) ** 2 - special.polygamma(1, 1 - x),
       f(9, low=-9, high=-0.1, dtype=np.float64), dtype="float64")  # fmt: skip
sample("xlogy", dt.xlogy, special.xlogy, np.asarray([0, 0, 0, 2, 2, np.nan, 0], np.float32),
       np.asarray([0, -1, np.nan, 0, 3, 1, np.inf], np.float32))  # fmt: skip
sample("xlogy", dt.xlogy, special.xlogy, f(3, 1), f(4, low=0.1))
sample("logit", lambda x: dt.logit(x, 0.25),
       lambda x: special.logit(np.clip(x, 0.25, 0.75)), f(9, low=-1, high=2))  # fmt: skip
sample("logit", dt.logit, special.logit,
       np.asarray([0, 1, -0.5, 2, np.nan, 0.5, 1e-30], np.float32))  # fmt: skip

# clip and where.

CLIPPED = np.asarray([-2, -1, 0, 1, 2, np.nan, np.inf, -np.inf], np.float32)
sample("clip", lambda x: dt.clip(x, -1.0, 1.0), lambda x: np.clip(x, -1, 1), CLIPPED)
sample("clip", lambda x: dt.clip(x, min=0), lambda x: np.clip(x, 0, None), CLIPPED)
sample("clip", lambda x: dt.clip(x, max=0), lambda x: np.clip(x, None, 0), i(9), dtype="int32")
sample("clip", lambda x: dt.clip(x), lambda x: x, CLIPPED)
sample("clip", lambda x: dt.clip(x, np.nan), lambda x: x * np.nan, CLIPPED)
sample("clip", dt.clip, np.clip, f(3, 1), f(4) - 2, f(4) + 2)
sample("clip", lambda x, low: dt.clip(x, low), lambda x, low: np.maximum(x, low), f(3),
       np.asarray([np.nan, 0, 9], np.float32))  # fmt: skip
sample("where", dt.where, np.where, b(3, 1), f(4), f(3, 4))
sample("where", dt.where, np.where, b(), f(4), f())
sample("where", dt.where, np.where, b(2), i(2), f(2))
sample("where", lambda c: dt.where(c, 1.0, 0.0), lambda c: np.where(c, 1.0, 0.0), b(5))
sample("where", lambda c: dt.where(c, 1, 0), lambda c: np.where(c, 1, 0), b(5), dtype="int64")
sample("where", lambda x: dt.where(x, x, -1), lambda x: np.where(x, x, -1), i(9), dtype="int32")

# Reductions.

REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": np.sum, "prod": np.prod, "mean": np.mean, "var": np.var, "std": np.std, "max": np.max,
    "min": np.min,
}  # fmt: skip
AXES: list[Any] = [None, 0, -1, (0, 2), (-1, 0, 1), ()]
for name, reference in REDUCTIONS.items():
    for axis in AXES:
        for keepdims in (False, True):
            sample(
                name,
                lambda x, n=name, a=axis, k=keepdims: FUNCTIONS[n](x, axis=a, keepdims=k),
                lambda x, r=reference, a=axis, k=keepdims: r(x, axis=a, keepdims=k),
                f(2, 3, 4),
            )
    sample(name, FUNCTIONS[name], reference, f())
    sample(name, FUNCTIONS[name], reference, np.asarray([1, np.nan, 3], np.float32))
for name in ("sum", "prod", "mean", "var"):
    reference = REDUCTIONS[name]

    def empty(x: Any, r: Callable[..., Any] = reference) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return r(x, axis=1)

    sample(name, lambda x, n=name: FUNCTIONS[n](x, axis=1), empty, np.zeros((3, 0), np.float32))
for name, reference in {
    "sum": np.sum,
    "prod": np.prod,
    "cumulative_sum": np.cumsum,
    "cumulative_prod": np.cumprod,
}.items():
    sample(name, FUNCTIONS[name], reference, i(4, dtype=np.int8), dtype="int64")
    sample(name, FUNCTIONS[name], reference, i(4, low=0, dtype=np.uint8), dtype="uint64")
    sample(name, FUNCTIONS[name], reference, b(4), dtype="int64")
    sample(name, lambda x, n=name: FUNCTIONS[n](x, dtype=dt.float64), reference, i(4),
           dtype="float64")  # fmt: skip
sample("mean", dt.mean, np.mean, i(5))
sample("mean", dt.mean, np.mean, f(5, dtype=np.float16), dtype="float16")
for name in ("var", "std"):
    reference = REDUCTIONS[name]
    sample(name, lambda x, n=name: FUNCTIONS[n](x, axis=1, correction=1),
           lambda x, r=reference: r(x, axis=1, ddof=1), f(3, 5))  # fmt: skip
    sample(name, lambda x, n=name: FUNCTIONS[n](x, axis=1, correction=0.5),
           lambda x, r=reference: r(x, axis=1, ddof=0.5), f(3, 5))  # fmt: skip
    sample(name, FUNCTIONS[name], reference, np.asarray([1e4, 1e4 + 1, 1e4 + 2], np.float32))
    sample(name, FUNCTIONS[name], reference, i(5))
    sample(name, lambda x, c, n=name: FUNCTIONS[n](x, correction=c),
           lambda x, c, r=reference: r(x, ddof=1.5), f(5), np.asarray(1.5, np.float32))  # fmt: skip
for name, reference in {"any": np.any, "all": np.all}.items():
    for axis in AXES:
        sample(name, lambda x, n=name, a=axis: FUNCTIONS[n](x, axis=a, keepdims=True),
               lambda x, r=reference, a=axis: r(x, axis=a, keepdims=True), b(2, 3, 4),
               dtype="bool")  # fmt: skip
    sample(name, lambda x, n=name: FUNCTIONS[n](x, axis=0), lambda x, r=reference: r(x, axis=0),
           np.zeros((0, 3), np.float32), dtype="bool")  # fmt: skip
    sample(name, FUNCTIONS[name], reference, np.asarray([0, np.nan], np.float32), dtype="bool")
for axis in (0, 1, -1):
    sample("cumulative_sum", lambda x, a=axis: dt.cumulative_sum(x, axis=a),
           lambda x, a=axis: np.cumsum(x, axis=a), f(3, 4))  # fmt: skip
sample("cumulative_sum", lambda x: dt.cumulative_sum(x, axis=1, include_initial=True),
       lambda x: np.pad(np.cumsum(x, axis=1), ((0, 0), (1, 0))), f(3, 4))  # fmt: skip
sample("cumulative_sum", dt.cumulative_sum, np.cumsum, np.zeros(0, np.float32))

for extent in (1, 2, 5, 8):
    sample("cumulative_prod", lambda x: dt.cumulative_prod(x, axis=0),
           lambda x: np.cumprod(x, axis=0), f(extent, 2))  # fmt: skip
sample("cumulative_prod", lambda x: dt.cumulative_prod(x, axis=-1, include_initial=True),
       lambda x: np.pad(np.cumprod(x, axis=1), ((0, 0), (1, 0)), constant_values=1),
       f(2, 3))  # fmt: skip
sample("cumulative_prod", dt.cumulative_prod, np.cumprod, np.zeros(0, np.float32))
for axis, n in ((-1, 1), (0, 2), (1, 0), (1, 4), (1, 6)):
    sample("diff", lambda x, a=axis, n=n: dt.diff(x, axis=a, n=n),
           lambda x, a=axis, n=n: np.diff(x, axis=a, n=n), f(3, 5))  # fmt: skip
sample("diff", lambda x, p, q: dt.diff(x, prepend=p, append=q),
       lambda x, p, q: np.diff(x, prepend=p, append=q), f(2, 3), f(2, 1), f(2, 2))  # fmt: skip

# Searching and sorting.

TIES = np.asarray([[1, 3, 3, 0], [2, np.nan, np.nan, 5], [4, 4, 4, 4]], np.float32)
for name, reference in {"argmax": np.argmax, "argmin": np.argmin}.items():
    for axis in (None, 0, -1):
        sample(name, lambda x, n=name, a=axis: FUNCTIONS[n](x, axis=a, keepdims=True),
               lambda x, r=reference, a=axis: r(x, axis=a, keepdims=True), TIES,
               dtype="int64")  # fmt: skip
    sample(name, lambda x, n=name: FUNCTIONS[n](x, axis=1), lambda x, r=reference: r(x, axis=1),
           i(3, 5), dtype="int64")  # fmt: skip
for axis in (0, -1):
    sample("argsort", lambda x, a=axis: dt.argsort(x, axis=a),
           lambda x, a=axis: np.argsort(x, axis=a, kind="stable"), TIES, dtype="int64")  # fmt: skip
    sample("sort", lambda x, a=axis: dt.sort(x, axis=a), lambda x, a=axis: np.sort(x, axis=a), TIES)
    sample("sort", lambda x, a=axis: dt.sort(x, axis=a, descending=True),
           lambda x, a=axis: np.flip(np.sort(x, axis=a), a), TIES)  # fmt: skip
ZEROS = np.asarray([np.nan, 0.0, -0.0, 1, -0.0, 0.0, -np.inf, np.nan, np.inf], np.float32)
sample("argsort", dt.argsort, lambda x: np.argsort(x, kind="stable"), ZEROS, dtype="int64")
sample("argsort", lambda x: dt.argsort(x, descending=True),
       lambda x: np.argsort(np.where(np.isnan(x), -np.inf, -x), kind="stable"), ZEROS[:-1],
       dtype="int64")  # fmt: skip
sample("sort", lambda x: dt.signbit(dt.sort(x)),
       lambda x: np.signbit(x[np.argsort(x, kind="stable")]), ZEROS, dtype="bool")  # fmt: skip
sample("argsort", lambda x: dt.argsort(x, descending=True),
       lambda x: np.argsort(-x, kind="stable"), np.asarray([1, 3, 3, 2]),
       dtype="int64")  # fmt: skip
sample("sort", dt.sort, np.sort, np.zeros((2, 0), np.float32))
for axis in (None, 0, (0, 1)):
    sample("count_nonzero", lambda x, a=axis: dt.count_nonzero(x, axis=a),
           lambda x, a=axis: np.count_nonzero(x, axis=a), i(3, 4, low=0, high=2),
           dtype="int64")  # fmt: skip
EDGES = np.asarray([0, 1, 1, 2], np.float32)
for side in ("left", "right"):
    sample("searchsorted", lambda x, v, s=side: dt.searchsorted(x, v, side=s),
           lambda x, v, s=side: np.searchsorted(x, v, side=s), EDGES,
           np.asarray([[-1, 0, 1], [1.5, 2, 3]], np.float32), dtype="int64")  # fmt: skip
    sample("searchsorted", lambda x, v, s=side: dt.searchsorted(x, v, side=s),
           lambda x, v, s=side: np.searchsorted(x, v, side=s),
           np.asarray([-np.inf, 0, 2, np.nan, np.nan], np.float32), SPECIAL,
           dtype="int64")  # fmt: skip

for name in ("nonzero", "unique_all", "unique_counts", "unique_inverse", "unique_values"):
    SAMPLES[name] = []  # test_counting.py
SHUFFLED = np.asarray([2, 0, 1, 1], np.float32)
for side in ("left", "right"):
    sample("searchsorted",
           lambda x, v, o, s=side: dt.searchsorted(x, v, side=s, sorter=o),
           lambda x, v, o, s=side: np.searchsorted(x, v, side=s, sorter=o.astype(int)), SHUFFLED,
           np.asarray([[-1, 0, 1], [1.5, 2, 3]], np.float32),
           np.argsort(SHUFFLED, kind="stable"), dtype="int64")  # fmt: skip

# Manipulation.

x3 = f(2, 3, 4)
for shape in ((6, 4), (-1,), (2, -1, 2), (24, 1)):
    sample("reshape", lambda x, s=shape: dt.reshape(x, s), lambda x, s=shape: x.reshape(s), x3)
sample("reshape", lambda x: dt.reshape(x, (5, 0)), lambda x: x.reshape(5, 0), f(0, 3))
sample("reshape", lambda x: x.reshape(3, -1), lambda x: x.reshape(3, -1), x3)
sample("reshape", lambda x: dt.reshape(x, ()), lambda x: x.reshape(()), f(1))
sample("permute_dims", lambda x: dt.permute_dims(x, (2, 0, 1)), lambda x: x.transpose(2, 0, 1), x3)
sample("permute_dims", lambda x: dt.permute_dims(x, (-1, 0, 1)), lambda x: x.transpose(2, 0, 1), x3)
for source, destination in ((0, -1), ((0, 1), (2, 0)), (-1, 0), ((0, 2), (2, 0))):
    sample("moveaxis", lambda x, s=source, d=destination: dt.moveaxis(x, s, d),
           lambda x, s=source, d=destination: np.moveaxis(x, s, d), x3)  # fmt: skip
for axis in (0, -1, (0, 2), (-1, 1)):
    sample("expand_dims", lambda x, a=axis: dt.expand_dims(x, axis=a),
           lambda x, a=axis: np.expand_dims(x, a), f(2, 3))  # fmt: skip
for axis in (None, 0, -1, (0, 2)):
    sample("squeeze", lambda x, a=axis: dt.squeeze(x, axis=a),
           lambda x, a=axis: np.squeeze(x, a), f(1, 3, 1))  # fmt: skip
for axis in (0, -1, None):
    sample("concat", lambda x, y, a=axis: dt.concat([x, y], axis=a),
           lambda x, y, a=axis: np.concatenate([x, y], axis=a), f(2, 2), f(2, 2))  # fmt: skip
sample("concat", lambda x, y: dt.concat((x, y)), lambda x, y: np.concatenate([x, y]), f(2), i(0))
sample("concat", lambda x: dt.concat([x]), lambda x: x, f(2))
for axis in (0, 1, -1):
    sample("stack", lambda x, y, a=axis: dt.stack([x, y], axis=a),
           lambda x, y, a=axis: np.stack([x, y], axis=a), f(2, 3), f(2, 3))  # fmt: skip
    sample("unstack", lambda x, a=axis: dt.unstack(x, axis=a),
           lambda x, a=axis: tuple(np.moveaxis(x, a, 0)), f(2, 3))  # fmt: skip
for cut, axis in ((3, 1), ((1, 2), 1), (2, 0), ((1, 9), -1), ((-1,), -1), ((2, 1), 2), (1, 0)):
    sample("split", lambda x, c=cut, a=axis: dt.split(x, c, axis=a),
           lambda x, c=cut, a=axis: tuple(np.split(x, c, axis=a)), x3)  # fmt: skip
for shape in ((2, 3), (5, 1, 3)):
    sample("broadcast_to", lambda x, s=shape: dt.broadcast_to(x, s),
           lambda x, s=shape: np.broadcast_to(x, s), f(1, 3))  # fmt: skip
sample("broadcast_arrays", dt.broadcast_arrays, np.broadcast_arrays, f(3, 1), f(4), f())
for axis in (None, 0, (0, -1)):
    sample("flip", lambda x, a=axis: dt.flip(x, axis=a), lambda x, a=axis: np.flip(x, a), x3)
sample("flip", dt.flip, np.flip, f(0, 2))
for shift, axis in ((1, None), (-2, 1), ((1, -1), (0, 2)), (7, (0, 1)), (0, 0)):
    sample("roll", lambda x, s=shift, a=axis: dt.roll(x, s, axis=a),
           lambda x, s=shift, a=axis: np.roll(x, s, a), x3)  # fmt: skip
for count in (2, (2,), (2, 1, 3), (2, 1, 1, 2), 0):
    sample("tile", lambda x, c=count: dt.tile(x, c), lambda x, c=count: np.tile(x, c), f(2, 3))
for axis in (None, 0, -1):
    sample("repeat", lambda x, a=axis: dt.repeat(x, 3, axis=a),
           lambda x, a=axis: np.repeat(x, 3, a), f(2, 3))  # fmt: skip
for counts, axis in (((2, 0), 0), ((1, 2, 3), -1), (np.asarray([0, 3, 1]), 1), ([2] * 6, None),
                     ((0, 0), 0)):  # fmt: skip
    sample("repeat", lambda x, c=counts, a=axis: dt.repeat(x, c, axis=a),
           lambda x, c=counts, a=axis: np.repeat(x, c, a), f(2, 3))  # fmt: skip
for width in (1, (1, 2), ((0, 1), (2, 0))):
    for value in (0, 1.5):
        sample("pad", lambda x, w=width, v=value: dt.pad(x, w, value=v),
               lambda x, w=width, v=value: np.pad(x, w, constant_values=v), f(2, 3))  # fmt: skip
sample("pad", lambda x: dt.pad(x, 1), lambda x: np.pad(x, 1), i(2, 2), dtype="int32")

# Indexing. More of it in test_indexing.py.

for axis in (0, 1, -1):
    for positions in (i(2, low=-2, high=2), i(2, 2, low=-2, high=2), i(low=0, high=2), i(0)):
        sample("take", lambda x, p, a=axis: dt.take(x, p, axis=a),
               lambda x, p, a=axis: np.take(x, p.astype(int), axis=a), x3, positions)  # fmt: skip
sample("take", dt.take, lambda x, p: np.take(x, p.astype(int)), f(4), i(3, low=-4, high=4))
for axis in (0, -1):
    sample("take_along_axis", lambda x, p, a=axis: dt.take_along_axis(x, p, axis=a),
           lambda x, p, a=axis: np.take_along_axis(x, p.astype(int), a), f(3, 4),
           i(3, 4, low=-3, high=3))  # fmt: skip
sample("take_along_axis", dt.take_along_axis, lambda x, p: np.take_along_axis(x, p, -1), f(3, 4),
       i(1, 2, low=0, high=4, dtype=np.int64))  # fmt: skip

# Creation.

for name, reference in {"zeros": np.zeros, "ones": np.ones, "empty": np.zeros}.items():
    sample(name, lambda n=name: FUNCTIONS[n]((2, 3)), lambda r=reference: r((2, 3)))
    sample(name, lambda n=name: FUNCTIONS[n](3, dtype=dt.int8), lambda r=reference: r(3),
           dtype="int8")  # fmt: skip
for name, value in {"zeros_like": 0, "ones_like": 1, "empty_like": 0}.items():
    sample(name, FUNCTIONS[name], lambda x, v=value: np.full_like(x, v), i(2, 3), dtype="int32")
    sample(name, lambda x, n=name: FUNCTIONS[n](x, dtype="float64"),
           lambda x, v=value: np.full_like(x, v), f(2), dtype="float64")  # fmt: skip
sample("full", lambda: dt.full((2,), 7), lambda: np.full((2,), 7), dtype="int64")
sample("full", lambda: dt.full((), 1.5), lambda: np.full((), 1.5))
sample("full", lambda: dt.full(2, True), lambda: np.full(2, True), dtype="bool")
sample("full", lambda x: dt.full((2,), x), lambda x: np.full((2,), x), f())
sample("full_like", lambda x: dt.full_like(x, 3), lambda x: np.full_like(x, 3), f(2, 2))
for arguments in ((5,), (2, 7), (2, 9, 3), (5, 0, -2), (0,), (3, 1)):
    sample("arange", lambda a=arguments: dt.arange(*a), lambda a=arguments: np.arange(*a),
           dtype="int64")  # fmt: skip
for arguments in ((5.0,), (0.5, 2, 0.25), (1, -1, -0.5)):
    sample("arange", lambda a=arguments: dt.arange(*a), lambda a=arguments: np.arange(*a))
sample("arange", lambda: dt.arange(4, dtype=dt.float32), lambda: np.arange(4))
for arguments in ((0, 1, 5), (-1.5, 2, 7), (3, 3, 2), (1, 2, 1), (1, 2, 0)):
    sample("linspace", lambda a=arguments: dt.linspace(*a), lambda a=arguments: np.linspace(*a))
sample("linspace", lambda: dt.linspace(-3.0, -0.9, 8, dtype=dt.float64)[-1] == -0.9,
       lambda: np.asarray(True), dtype="bool")  # fmt: skip
sample("linspace", lambda: dt.linspace(0, 1, 4, endpoint=False),
       lambda: np.linspace(0, 1, 4, endpoint=False))  # fmt: skip
for arguments in ((3,), (2, 4), (0,)):
    for k in (0, 1, -1):
        sample("eye", lambda a=arguments, k=k: dt.eye(*a, k=k),
               lambda a=arguments, k=k: np.eye(*a, k=k))  # fmt: skip
for name, reference in {"tril": np.tril, "triu": np.triu}.items():
    for k in (0, 2, -1):
        sample(name, lambda x, n=name, k=k: FUNCTIONS[n](x, k=k),
               lambda x, r=reference, k=k: r(x, k), f(2, 3, 4))  # fmt: skip
for indexing in ("xy", "ij"):
    sample("meshgrid", lambda *a, g=indexing: dt.meshgrid(*a, indexing=g),
           lambda *a, g=indexing: tuple(np.meshgrid(*a, indexing=g)), f(2), f(3), f(4))  # fmt: skip
sample("asarray", dt.asarray, lambda x: x, f(2))
sample("asarray", lambda: dt.asarray([[1, 2], [3, 4]]), lambda: np.asarray([[1, 2], [3, 4]]),
       dtype="int64")  # fmt: skip
sample("asarray", lambda: dt.asarray([0.5, 1]), lambda: np.asarray([0.5, 1]))
sample("asarray", lambda: dt.asarray(2.5), lambda: np.asarray(2.5))
sample("asarray", lambda: dt.asarray(3, dtype=dt.int8), lambda: np.asarray(3), dtype="int8")
for axis in (-1, 0, 1):
    sample("one_hot", lambda x, a=axis: dt.one_hot(x, 4, axis=a),
           lambda x, a=axis: np.moveaxis(np.eye(4)[x], -1, a), i(2, 3, low=0, high=4))  # fmt: skip
sample("one_hot", lambda x: dt.one_hot(x, 3), lambda x: np.zeros((2, 3)), np.asarray([-1, 3]))

# Linear algebra. More einsum in test_einsum.py.

for first, second in (((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)),
                      ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((5, 1, 2, 3), (6, 3, 4)),
                      ((5, 2, 3), (3,)), ((0, 3), (3, 4)), ((2, 0), (0, 3)), ((2, 3), (3, 1)),
                      ((1, 2, 0), (0, 3))):  # fmt: skip
    sample("matmul", lambda x, y: x @ y, np.matmul, f(*first), f(*second))
sample("matmul", dt.matmul, np.matmul, i(2, 3), f(3, 2))
sample("matrix_transpose", lambda x: x.mT, lambda x: np.swapaxes(x, -1, -2), x3)
sample("matrix_transpose", dt.matrix_transpose, lambda x: x.T, f(2, 3))
sample("outer", dt.outer, np.outer, f(3), f(4))
for first, second, axis in (((2, 3), (3,), -1), ((3, 2), (3, 2), -2), ((3,), (3,), 0)):
    sample("vecdot", lambda x, y, a=axis: dt.vecdot(x, y, axis=a),
           lambda x, y, a=axis: np.sum(x * y, axis=a), f(*first), f(*second))  # fmt: skip
for axes in (0, 1, 2, ((2, 0), (0, 1)), ((1,), (2,))):
    other = (4, 2, 3) if axes == ((2, 0), (0, 1)) or axes == ((1,), (2,)) else (3, 4, 2)
    other = (4, 3) if axes == 1 else other
    sample("tensordot", lambda x, y, a=axes: dt.tensordot(x, y, axes=a),
           lambda x, y, a=axes: np.tensordot(x, y, axes=a), x3, f(*other))  # fmt: skip
sample("einsum", lambda x, y: dt.einsum("ij,jk->ik", x, y), np.matmul, f(2, 3), f(3, 4))

for order in (2, 1, 3, 0.5, -1, 0, np.inf, -np.inf):
    for axis in (None, 0, (0, 2), -1):
        # As text, since a float among the defaults would be traced.
        sample("vector_norm",
               lambda x, a=axis, o=str(order): dt.vector_norm(x, axis=a, ord=float(o)),
               lambda x, a=axis, o=order: np.linalg.vector_norm(x, axis=a, ord=o), x3)  # fmt: skip
for scale in (1e-30, 1e30):
    sample("vector_norm", dt.vector_norm, lambda x: np.linalg.vector_norm(x.astype(np.float64)),
           np.asarray([3, -4], np.float32) * np.float32(scale))  # fmt: skip
    sample("vector_norm", lambda x: dt.vector_norm(x, ord=3, keepdims=True),
           lambda x: np.linalg.vector_norm(x.astype(np.float64), ord=3, keepdims=True),
           np.asarray([3, -4], np.float32) * np.float32(scale))  # fmt: skip
sample("vector_norm", dt.vector_norm, np.linalg.vector_norm, np.zeros((0,), np.float32))
sample("vector_norm", dt.vector_norm, np.linalg.vector_norm, i(5))

# Conversion.

WILD = np.asarray([1.9, -1.9, np.nan, np.inf, -np.inf, 300.0], np.float32)
sample("astype", lambda x: dt.astype(x, dt.int8), lambda x: np.asarray([1, -1, 0, 127, -128, 127]),
       WILD, dtype="int8")  # fmt: skip
sample("astype", lambda x: x.astype("float64"), lambda x: x, f(3), dtype="float64")
sample("astype", lambda x: dt.astype(x, dt.bool), lambda x: x != 0, SPECIAL, dtype="bool")

# Neural functions over axes.

EXTREME = np.asarray([[1e4, 0, -1e4], [-np.inf, 0, 1], [0, 0, 0]], np.float32)
for axis in (-1, 0):
    sample("softmax", lambda x, a=axis: dt.softmax(x, axis=a),
           lambda x, a=axis: special.softmax(x, axis=a), EXTREME)  # fmt: skip
    sample("log_softmax", lambda x, a=axis: dt.log_softmax(x, axis=a),
           lambda x, a=axis: special.log_softmax(x, axis=a), EXTREME)  # fmt: skip
for axis, keepdims in ((None, False), (0, True), ((0, 1), False), (-1, True)):
    sample("logsumexp", lambda x, a=axis, k=keepdims: dt.logsumexp(x, axis=a, keepdims=k),
           lambda x, a=axis, k=keepdims: special.logsumexp(x, axis=a, keepdims=k),
           EXTREME)  # fmt: skip
LOST = np.asarray([[-np.inf, -np.inf], [0, np.nan], [np.inf, 0]], np.float32)
sample("logsumexp", lambda x: dt.logsumexp(x, axis=1),
       lambda x: np.asarray([-np.inf, np.nan, np.inf]), LOST)  # fmt: skip
sample("logsumexp", lambda x: dt.logsumexp(x, axis=1), lambda x: np.full(2, -np.inf), f(2, 0))
for name in ("softmax", "log_softmax"):
    sample(name, FUNCTIONS[name], lambda x: np.full((2, 2), np.nan), LOST[:2])
    sample(name, FUNCTIONS[name], lambda x: x, f(2, 0))
sample("glu", dt.glu, lambda x: x[..., :2] * special.expit(x[..., 2:]), f(3, 4))
sample("swiglu", dt.swiglu, lambda x, g: x * g * special.expit(g), f(3, 4), f(3, 4))
sample("rms_norm", dt.rms_norm,
       lambda x: x / np.sqrt(np.mean(x**2, -1, keepdims=True) + 1e-6), f(3, 4))  # fmt: skip
sample("rms_norm", dt.rms_norm,
       lambda x, s: s * x / np.sqrt(np.mean(x**2, -1, keepdims=True) + 1e-6), f(3, 4),
       f(4))  # fmt: skip


def _layer_norm(x: Any, scale: Any = 1, bias: Any = 0) -> Any:
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt(x.var(-1, keepdims=True) + 1e-5) * scale + bias


# Windows.


def _windows(x: Any, size: int, step: int = 1, gap: int = 1) -> Any:
    """Over the axes of space of (batch, height, width, channels)."""
    span = gap * (size - 1) + 1
    every = np.lib.stride_tricks.sliding_window_view(x, (span, span), axis=(1, 2))
    return every[:, ::step, ::step, :, ::gap, ::gap]


images = f(2, 7, 6, 3)
sample("windows", lambda x: dt.windows(x, 3), lambda x: _windows(x, 3), images)
sample("windows", lambda x: dt.windows(x, 2, strides=3, dilation=2),
       lambda x: _windows(x, 2, 3, 2), images)  # fmt: skip
sample("windows", lambda x: dt.windows(x, 2), lambda x: _windows(x, 2),
       i(1, 4, 4, 2), dtype="int32")  # fmt: skip
sample("max_pool", lambda x: dt.max_pool(x, 2),
       lambda x: _windows(x, 2, 2).max(axis=(-2, -1)), images)  # fmt: skip
sample("max_pool", lambda x: dt.max_pool(x, 3, 2, 1),
       lambda x: _windows(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-9), 3, 2)
       .max(axis=(-2, -1)), images)  # fmt: skip
sample("avg_pool", lambda x: dt.avg_pool(x, 3, 1),
       lambda x: _windows(x, 3).mean(axis=(-2, -1)), images)  # fmt: skip


def _conv(x: Any, kernel: Any) -> Any:
    """One product of each window and the kernel."""
    return np.einsum("nhwckl,klco->nhwo", _windows(x, kernel.shape[0]), kernel)


def _conv_transpose(x: Any, kernel: Any, step: int) -> Any:
    """Each element times the kernel, added up where they lie."""
    count, size = x.shape[1:3], kernel.shape[0]
    whole = np.zeros((len(x), *((n - 1) * step + size for n in count), kernel.shape[-1]))
    for row, column in np.ndindex(*count):
        block = np.einsum("nc,klco->nklo", x[:, row, column], kernel)
        top, left = row * step, column * step
        whole[:, top : top + size, left : left + size] += block
    return whole


sample("resize", lambda x: dt.resize(x, (14, 18), "nearest"),
       lambda x: np.repeat(np.repeat(x, 2, 1), 3, 2), images)  # fmt: skip
sample("resize", lambda x: dt.resize(x, (13, 11), align_corners=True)[:, ::2, ::2],
       lambda x: x, images)  # fmt: skip
sample("conv", lambda x, k: dt.conv(x, k, 1, "valid"), _conv, images, f(3, 3, 3, 5))
sample("conv", lambda x, k: dt.conv(x, k, padding=1),
       lambda x, k: _conv(np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), k),
       images, f(3, 3, 3, 2))  # fmt: skip
sample("conv_transpose", lambda x, k: dt.conv_transpose(x, k, 2, "valid"),
       lambda x, k: _conv_transpose(x, k, 2), images, f(3, 3, 3, 2))  # fmt: skip


sample("layer_norm", dt.layer_norm, _layer_norm, f(3, 4))
sample("layer_norm", dt.layer_norm, _layer_norm, f(3, 4), f(4), f(4))
sample("layer_norm", dt.layer_norm, _layer_norm, f(3, 4, dtype=np.float16), dtype="float16")

# Rows by index; test_rows.py has more.

SEGMENTS = np.asarray([0, 2, 2, 0, 1])
PLACES = np.asarray([[0, 2], [1, 1]])


def _segments(reduce: Any) -> Callable[..., Any]:
    return lambda x, segments: np.stack([reduce(x[n == segments], axis=0) for n in range(3)])


def _placed(function: Any) -> Callable[..., Any]:
    def run(x: Any, places: Any, v: Any) -> Any:
        out = x.copy()
        function(out, (np.arange(2)[:, None], places), v)
        return out

    return run


def _put(out: Any, key: Any, values: Any) -> None:
    out[key] = values


for name, reduce in (("sum", np.sum), ("mean", np.mean), ("max", np.max), ("min", np.min)):
    sample(f"segment_{name}", lambda x, s, n=name: getattr(dt, f"segment_{n}")(x, s, 3),
           _segments(reduce), f(5, 4), SEGMENTS)  # fmt: skip
for name, function in (("put_along_axis", _put), ("scatter_add", np.add.at),
                       ("scatter_max", np.maximum.at), ("scatter_min", np.minimum.at)):  # fmt: skip
    sample(name, lambda x, p, v, n=name: getattr(dt, n)(x, p, v), _placed(function), f(2, 3),
           PLACES, f(2, 2))  # fmt: skip
sample("top_k", lambda x: dt.top_k(x, 2).values, lambda x: np.flip(np.sort(x, -1), -1)[..., :2],
       f(3, 5))  # fmt: skip
sample("unique", lambda x: dt.unique(x, 5).values, np.unique, f(5))
