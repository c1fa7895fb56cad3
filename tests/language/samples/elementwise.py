"""Samples of elementwise functions: one operand, two operands, `clip` and `where`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special
from tests.language.samples.sample import SPECIAL, draws, sample, unary_samples

from dovetail.language.namespace import FUNCTIONS, NAMESPACE

dt: Any = NAMESPACE
f, i, b = draws()

# One operand.

unary_samples({
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
}, f)  # fmt: skip
KEEPING: dict[str, Callable[..., Any]] = {
    "abs": np.abs, "ceil": np.ceil, "floor": np.floor, "negative": np.negative,
    "positive": np.positive, "round": np.round, "sign": np.sign, "square": np.square,
    "stop_gradient": np.positive, "trunc": np.trunc,
}  # fmt: skip
ASKING: dict[str, Callable[..., Any]] = {
    "isfinite": np.isfinite, "isinf": np.isinf, "isnan": np.isnan, "logical_not": np.logical_not,
    "signbit": np.signbit,
}  # fmt: skip
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

# Two operands.

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
