"""Values of graphs in arithmetic with many digits and without a largest number.

The exact value of an expression where float64 overflows, underflows or cancels. NaN stands
for what has no value or hangs on the sign of a zero: poles, and functions outside their domain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath as mp
import numpy as np

from dovetail.graph.node import Node, topological

Rounding = Callable[[Any], Any]
_HUGE = mp.mpf(10) ** 320  # an exponential of more has no exponent that can be written down


def _real(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, or NaN where it has no real value."""

    def apply(*args: Any) -> Any:
        if any(mp.isnan(arg) for arg in args):
            return mp.nan
        try:
            value = function(*args)
        except (ValueError, ZeroDivisionError, OverflowError):
            return mp.nan
        return mp.nan if isinstance(value, mp.mpc) else value

    return apply


def _bounded(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: mp.nan if _HUGE < abs(x) < mp.inf else function(x)


def _quotient(x: Any, y: Any) -> Any:
    """A pole is infinity of either sign."""
    if y == 0:
        return mp.nan if x == 0 else mp.inf
    return x / y


def _power(x: Any, y: Any) -> Any:
    if y == 0 or x == 1:
        return mp.mpf(1)
    whole = mp.isint(y)
    if x == 0:
        return mp.mpf(0) if y > 0 else mp.nan
    if x < 0 and not whole:
        return mp.nan
    size = mp.exp(y * mp.log(abs(x))) if abs(y * mp.log(abs(x))) < _HUGE else mp.nan
    return -size if x < 0 and int(y) % 2 else size


def _sign(x: Any) -> Any:
    return mp.mpf((x > 0) - (x < 0))


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x)) if x >= 0 else mp.exp(x) / (1 + mp.exp(x))


def _logaddexp(x: Any, y: Any) -> Any:
    if mp.isinf(x) or mp.isinf(y):
        return max(x, y)
    return max(x, y) + mp.log1p(mp.exp(-abs(x - y)))


def _largest(x: Any, y: Any) -> Any:
    return max(x, y)


def _lgamma(x: Any) -> Any:
    return mp.nan if x <= 0 and mp.isint(x) else mp.re(mp.loggamma(x))


def _digamma(x: Any) -> Any:
    return mp.nan if x <= 0 and mp.isint(x) else mp.digamma(x)


def _erfinv(x: Any) -> Any:
    return mp.nan if abs(x) >= 1 else mp.erfinv(x)


def _ndtri(p: Any) -> Any:
    if not 0 < p < 1:
        return mp.nan
    with mp.workprec(mp.mp.prec + max(0, -mp.mag(p))):  # 2 p - 1 keeps what p has
        return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def _log_ndtr(x: Any) -> Any:
    if x < -1e4:  # further terms are beyond 15 digits
        return -x * x / 2 - mp.log(-x * mp.sqrt(2 * mp.pi)) - 1 / (x * x)
    return mp.log1p(-mp.erfc(x / mp.sqrt(2)) / 2) if x > 0 else mp.log(mp.erfc(-x / mp.sqrt(2)) / 2)


def _erfcx(x: Any) -> Any:
    if x > 1e4:
        return (1 - 1 / (2 * x * x)) / (x * mp.sqrt(mp.pi))
    return mp.exp(x * x) * mp.erfc(x) if x > -1e4 else mp.nan


def _bessel(order: int, scaled: bool) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        a = abs(x)
        sign = _sign(x) if order and x else 1
        if a < 1e4:
            value = mp.besseli(order, a) * (mp.exp(-a) if scaled else 1)
        else:
            m, v, term, series = 4 * order**2, 8 * a, mp.mpf(1), mp.mpf(1)
            for k in range(1, 8):
                term *= -(m - (2 * k - 1) ** 2) / (k * v)
                series += term
            value = series / mp.sqrt(2 * mp.pi * a) * (1 if scaled else mp.exp(a))
        return sign * value

    return function if scaled else _bounded(function)


def _sinc(x: Any) -> Any:
    return mp.mpf(1) if x == 0 else mp.sinpi(x) / (mp.pi * x)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "lgamma": _lgamma, "digamma": _digamma, "erfinv": _erfinv, "ndtri": _ndtri,
    "log_ndtr": _log_ndtr, "erfcx": _erfcx, "sinc": _sinc,
    "i0": _bessel(0, False), "i1": _bessel(1, False),
    "i0e": _bessel(0, True), "i1e": _bessel(1, True),
    "negative": lambda x: -x, "add": lambda x, y: x + y, "subtract": lambda x, y: x - y,
    "multiply": lambda x, y: x * y, "divide": _quotient, "power": _power,
    "floor_divide": lambda x, y: mp.floor(_quotient(x, y)),
    "remainder": lambda x, y: x - y * mp.floor(_quotient(x, y)),
    "maximum": _largest, "minimum": lambda x, y: min(x, y), "absolute": abs, "sign": _sign,
    "copysign": lambda x, y: mp.nan if y == 0 else abs(x) * _sign(y),
    "atan2": lambda y, x: mp.nan if x == 0 or y == 0 else mp.atan2(y, x),
    "logaddexp": _logaddexp,
    "floor": mp.floor, "ceil": mp.ceil, "trunc": lambda x: mp.sign(x) * mp.floor(abs(x)),
    "round": mp.nint, "sqrt": mp.sqrt, "rsqrt": lambda x: mp.inf if x == 0 else 1 / mp.sqrt(x),
    "exp": _bounded(mp.exp), "exp2": _bounded(lambda x: mp.mpf(2) ** x),
    "expm1": _bounded(mp.expm1), "log": mp.log, "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": mp.log10, "log1p": lambda x: -mp.inf if x == -1 else mp.log(1 + x),
    "sigmoid": _bounded(_sigmoid), "sin": mp.sin, "cos": mp.cos, "tan": mp.tan, "asin": mp.asin,
    "acos": mp.acos, "atan": mp.atan, "sinh": _bounded(mp.sinh), "cosh": _bounded(mp.cosh),
    "tanh": _bounded(lambda x: _sign(x) if abs(x) > 1e4 else mp.tanh(x)), "asinh": mp.asinh,
    "acosh": mp.acosh, "atanh": mp.atanh, "erf": mp.erf, "erfc": mp.erfc,
    "ndtr": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "normal_density": _bounded(lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)),
}  # fmt: skip

# Rounds nothing: moves elements, picks one of its operands, or changes a sign.
_EXACT = frozenset({
    "negative", "absolute", "sign", "maximum", "minimum", "copysign", "floor", "ceil", "trunc",
    "round", "select", "broadcast", "permute", "reshape", "slice", "pad", "concat", "gather",
    "max", "min", "declared", "constant", "size", "cast",
})  # fmt: skip


def _each(function: Callable[..., Any], *arrays: Any) -> np.ndarray:
    """An object array of the function's values; 0-d arrays stay arrays."""
    shape = np.shape(arrays[0])
    result = np.empty(shape, object)
    flat = [np.asarray(array).reshape(-1) for array in arrays]
    result.reshape(-1)[:] = [function(*each) for each in zip(*flat, strict=True)]
    return result


def _objects(array: Any) -> np.ndarray:
    return _each(lambda x: mp.mpf(float(x)), array)


def _sum_of(node: Node, x: np.ndarray, combine: np.ufunc, start: int) -> np.ndarray:
    axes = node.ints("axes")
    result = x
    for axis in reversed(axes):
        result = combine.reduce(result, axis=axis, initial=mp.mpf(start))
    return np.asarray(result, object)


def _extreme(node: Node, x: np.ndarray) -> np.ndarray:
    """NaN wins, which comparisons of objects would not say."""
    choose = np.frompyfunc(_real(_FUNCTIONS["maximum" if node.op == "max" else "minimum"]), 2, 1)
    result = x
    for axis in reversed(node.ints("axes")):
        result = choose.reduce(result, axis=axis)
    return np.asarray(result, object)


def _value(node: Node, args: Sequence[np.ndarray]) -> Any:
    row = node.primitive
    if not node.args:
        assert row.evaluate is not None
        found = row.evaluate(node)
        return _objects(found) if node.dtype.is_floating else found
    if node.op in _FUNCTIONS and node.dtype.is_floating:
        return _each(_real(_FUNCTIONS[node.op]), *args)
    if node.op == "sum" and node.dtype.is_floating:
        return _sum_of(node, args[0], np.add, 0)
    if node.op == "prod" and node.dtype.is_floating:
        return _sum_of(node, args[0], np.multiply, 1)
    if node.op in ("max", "min") and node.dtype.is_floating:
        return _extreme(node, args[0])
    if node.op == "pad" and not node.shape:
        return args[0]  # an array of objects would hold the array
    if node.op == "cast":
        if node.dtype.is_floating == node.args[0].dtype.is_floating and node.dtype.is_floating:
            return args[0]
        plain = np.asarray(args[0])
        if node.args[0].dtype.is_floating:
            plain = plain.astype(np.float64)
        assert row.evaluate is not None
        found = row.evaluate(node, plain)
        return _objects(found) if node.dtype.is_floating else found
    if node.op == "signbit":
        return np.asarray(args[0] < 0, bool)
    assert row.evaluate is not None
    return row.evaluate(node, *args)


def exact_values(
    outputs: Sequence[Node], values: Mapping[Node, Any], rounding: Rounding | None = None
) -> list[np.ndarray]:
    """Object arrays of the outputs; `rounding` is applied to what is not exact, inputs included."""
    results: dict[Node, np.ndarray] = {}
    for node in topological(outputs):
        with np.errstate(all="ignore"):
            if node in values:
                given = np.asarray(values[node])
                found: Any = _objects(given) if node.dtype.is_floating else given
            else:
                found = _value(node, [results[arg] for arg in node.args])
        found = np.asarray(found)
        if not node.dtype.is_floating:
            found = found.astype(node.dtype.numpy)
        elif rounding is not None and (node in values or node.op not in _EXACT):
            found = _each(rounding, found)
        results[node] = found
    return [results[node] for node in outputs]
