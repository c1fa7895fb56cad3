"""Elementary functions as branch-free scalar LLVM IR, which LLVM inlines and vectorises.

`library` returns the text of `define internal float @dt_exp_f32(float %x) alwaysinline ...` and the
like. A loop that calls such a function is vectorised, since it contains only arithmetic, bit
operations, selects and vectorisable intrinsics. It is fast on processors with fused multiply-add
(x86: from Haswell on); on others LLVM calls the C library's `fma`.

Every function handles subnormal arguments and results, keeps NaN, and has the values of C99
(annex F) at zeros, infinities and poles. No error exceeds 2 units in the last place (ULP), 1 for
`rsqrt`; `tests/compile/test_vectormath.py` checks it. The largest errors seen, rounded up:

                  float32 float64  method
    exp             1.1     1.0    2^k (1 + expm1(r)), r = x - k ln 2, scaled by two factors
    exp2            1.0     0.9    the same with r = x - k, which is exact
    expm1           1.6     1.8    2 (2^(k-1) expm1(r) + (2^(k-1) - 1/2))
    sigmoid         2.0     1.6    exp(-|x|) in the numerator or the denominator
    sinh            1.7     1.5    a polynomial below 1, then exp(|x|) / 2 and its inverse
    cosh            1.5     1.3    exp(|x|) / 2 and its inverse
    tanh            2.0     1.9    expm1(-2 |x|) in the numerator and the denominator
    log             1.0     0.8    k ln 2 + log(1 + f); log(1 + f) - f is a polynomial
    log2, log10     1.1     0.9    the same, multiplied by a constant in two parts
    log1p           1.6     0.8    the same with f from x itself, not from the rounded 1 + x
    asinh, acosh    0.51    1.7    log1p of an expression that does not cancel      (*)
    atanh           0.51    1.8    a polynomial near 0, log1p elsewhere             (*)
    sin, cos        1.5     1.3    exact reduction by pi / 2 at any size, two polynomials
    tan             1.9     1.5    the same reduction, one polynomial, one division
    asin, acos      1.7     1.7    a polynomial up to 1/2, then pi/2 - 2 asin(sqrt((1 - x) / 2))
    atan, atan2     1.7     1.7    a polynomial of the ratio that is at most 1
    erf             1.0     1.0    a polynomial below 1, then 1 - exp(polynomial) or 1 - erfc
    erfc            2.0     1.4    exp(-x^2) / (1 + x g(x)), g a number and a small ratio
    ndtr            2.0     1.4    the same with exp(-x^2 / 2) / (2 + x g(x))
    normal_density  1.8     1.9    exp(-x^2 / 2) / sqrt(2 pi), by the exponential of ndtr
    pow             0.51    0.9    exp2(y log2(x)), the logarithm in two parts      (*)
    rsqrt           0.51    0.51   1 / sqrt(x), then both roundings are corrected
    cbrt            0.51    0.51   iteration for z^(-1/3) without divisions, one correction
    lgamma          0.51    1.5    a polynomial near its roots, Stirling's formula beyond  (*)
    digamma         0.51    1.8    the same, for the derivative                     (*)
    erfinv, ndtri   0.51    1.7    s and a polynomial of s, s = sqrt(-log(tail))    (*)
    erfcx           0.51    1.4    erfc without its exponential                     (*)
    log_ndtr        0.51    0.9    logarithm of the same fraction, plus the square  (*)
    i0, i1, scaled  0.53    1.7    polynomials of x^2, x and 1 / x                  (*)
    sinc            1.4     1.5    a polynomial of the distance from a whole number

For negative x lgamma and digamma are within 2 ULP of the terms that cancel at their roots.

(*) The float32 function is computed in float64 with shorter polynomials and rounded once. The
figures are from `benchmarks/vectormath.py`: 60,000 samples for float64, 2 million for float32 with
two arguments, every 61st float32 for one argument. Where float32 exceeds 1.5, every one was
tried in the range of the largest errors (tanh: 1.933, sigmoid: 1.978, tan: 1.894,
erfc: 1.958, ndtr: 1.993, normal_density: 1.785).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final

from dovetail.compile.scalar import vectormath_bessel as bessel
from dovetail.compile.scalar import vectormath_error as error
from dovetail.compile.scalar import vectormath_exponential as exponential
from dovetail.compile.scalar import vectormath_gamma as gamma
from dovetail.compile.scalar import vectormath_inverse as inverse
from dovetail.compile.scalar import vectormath_logarithm as logarithm
from dovetail.compile.scalar import vectormath_power as power
from dovetail.compile.scalar import vectormath_scaled_error as scaled_error
from dovetail.compile.scalar import vectormath_trigonometric as trigonometric
from dovetail.compile.scalar.vectormath_arithmetic import Arithmetic
from dovetail.compile.scalar.vectormath_emitter import FLOAT32, FLOAT64, FORMATS, Value

_Maths = Callable[..., Value]

_UNARY: Final[Mapping[str, _Maths]] = {
    "acos": trigonometric.acos,
    "acosh": logarithm.acosh,
    "asin": trigonometric.asin,
    "asinh": logarithm.asinh,
    "atan": trigonometric.atan,
    "atanh": logarithm.atanh,
    "cbrt": power.cbrt,
    "cos": trigonometric.cos,
    "cosh": exponential.cosh,
    "digamma": gamma.digamma,
    "erf": error.erf,
    "erfc": error.erfc,
    "erfcx": scaled_error.erfcx,
    "erfinv": inverse.erfinv,
    "exp": exponential.exp,
    "exp2": exponential.exp2,
    "expm1": exponential.expm1,
    "i0": bessel.i0,
    "i0e": bessel.i0e,
    "i1": bessel.i1,
    "i1e": bessel.i1e,
    "lgamma": gamma.lgamma,
    "log": logarithm.log,
    "log10": logarithm.log10,
    "log1p": logarithm.log1p,
    "log2": logarithm.log2,
    "log_ndtr": scaled_error.log_ndtr,
    "ndtr": error.ndtr,
    "ndtri": inverse.ndtri,
    "normal_density": error.normal_density,
    "rsqrt": power.rsqrt,
    "sigmoid": exponential.sigmoid,
    "sin": trigonometric.sin,
    "sinc": trigonometric.sinc,
    "sinh": exponential.sinh,
    "tan": trigonometric.tan,
    "tanh": exponential.tanh,
}
_BINARY: Final[Mapping[str, _Maths]] = {
    "atan2": trigonometric.atan2,
    "pow": power.pow,
}
# Functions whose float32 result is rounded from float64 arithmetic.
_THROUGH_FLOAT64: Final = frozenset({
    "acosh", "asinh", "atanh", "digamma", "erfcx", "erfinv", "i0", "i0e", "i1", "i1e", "lgamma",
    "log_ndtr", "ndtri", "pow",
})  # fmt: skip

# Those with float64's polynomials, because their terms cancel at roots.
_FULL: Final = frozenset({"digamma", "lgamma"})

FUNCTIONS: Final[Mapping[str, int]] = dict(
    sorted({**dict.fromkeys(_UNARY, 1), **dict.fromkeys(_BINARY, 2)}.items())
)


def symbol(function: str, dtype: str) -> str:
    """The name of the LLVM function, without the leading `@`."""
    return f"dt_{function}_{FORMATS[dtype].suffix}"


def library(functions: Iterable[tuple[str, str]]) -> tuple[str, frozenset[str]]:
    """Definitions of the given (function, dtype) pairs, and the `declare` lines they need."""
    definitions = [_definition(*pair) for pair in sorted(set(functions))]
    text = "\n".join(definition for definition, _ in definitions)
    return text, frozenset(line for _, lines in definitions for line in lines)


@cache
def _definition(function: str, dtype: str) -> tuple[str, frozenset[str]]:
    form = FORMATS[dtype]
    maths = {**_UNARY, **_BINARY}[function]
    names = ("x", "y")[: FUNCTIONS[function]]
    if form is FLOAT32 and function in _THROUGH_FLOAT64:
        e = Arithmetic(FLOAT64, "float64" if function in _FULL else "wide")
        arguments = [e.convert("fpext", Value(e, form.type, f"%{n}"), "double") for n in names]
        result = e.convert("fptrunc", maths(e, *arguments), form.type)
    else:
        e = Arithmetic(form, dtype)
        result = maths(e, *(e.argument(name) for name in names))
    parameters = ", ".join(f"{form.type} %{name}" for name in names)
    body = "\n".join(f"  {line}" for line in e.lines)
    text = (
        f"define internal {form.type} @{symbol(function, dtype)}({parameters})"
        " alwaysinline nounwind willreturn memory(none) {\n"
        f"{body}\n  ret {form.type} {result.operand}\n}}\n"
    )
    return text, frozenset(e.declares)
