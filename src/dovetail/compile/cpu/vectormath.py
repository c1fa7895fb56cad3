"""Elementary functions as branch-free scalar LLVM IR, which LLVM inlines and vectorises.

`library` returns the text of `define internal float @dt_exp_f32(float %x) alwaysinline ...` and the
like. A loop that calls such a function is vectorised, since it contains arithmetic, bit operations,
selects and vectorisable intrinsics only. Fused multiply-add is required for speed (x86: AVX2 and
later); without it the results are the same, through calls of the C library's `fma`.

Every function handles subnormal arguments and results, keeps NaN, and has the values of C99
(annex F) at zeros, infinities and poles. `tests/compile/test_vectormath.py` checks that no error
exceeds 2 units in the last place (ULP); the largest ones seen, by `benchmarks/vectormath.py` and
on every 61st float32, are listed here for float32 and float64.

    function      method                                                           float32  float64
    exp           2^k expm1-polynomial(x - k ln 2), scaled in two factors             1.01     0.95
@@TABLE@@
The float32 functions marked * are computed in float64 with shorter polynomials and rounded once.
Where the columns exceed 1, the last operation is preceded by two or three rounded ones (often a
division); corrections of these were spent only where the bound of 2 ULP would have been missed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Final

from dovetail.compile.cpu import vectormath_error as error
from dovetail.compile.cpu import vectormath_exponential as exponential
from dovetail.compile.cpu import vectormath_logarithm as logarithm
from dovetail.compile.cpu import vectormath_power as power
from dovetail.compile.cpu import vectormath_trigonometric as trigonometric
from dovetail.compile.cpu.vectormath_emitter import FLOAT32, FLOAT64, FORMATS, Emitter, Value

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
    "erf": error.erf,
    "erfc": error.erfc,
    "exp": exponential.exp,
    "exp2": exponential.exp2,
    "expm1": exponential.expm1,
    "log": logarithm.log,
    "log10": logarithm.log10,
    "log1p": logarithm.log1p,
    "log2": logarithm.log2,
    "rsqrt": power.rsqrt,
    "sigmoid": exponential.sigmoid,
    "sin": trigonometric.sin,
    "sinh": exponential.sinh,
    "tan": trigonometric.tan,
    "tanh": exponential.tanh,
}
_BINARY: Final[Mapping[str, _Maths]] = {
    "atan2": trigonometric.atan2,
    "pow": power.pow,
}
# Where the float32 result is the rounded one of the `wide` arithmetic.
_THROUGH_FLOAT64: Final = frozenset({"acosh", "asinh", "atanh", "pow"})

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
        e = Emitter(FLOAT64, "wide")
        arguments = [e.convert("fpext", Value(e, form.type, f"%{n}"), "double") for n in names]
        result = e.convert("fptrunc", maths(e, *arguments), form.type)
    else:
        e = Emitter(form, dtype)
        result = maths(e, *(e.argument(name) for name in names))
    parameters = ", ".join(f"{form.type} %{name}" for name in names)
    body = "\n".join(f"  {line}" for line in e.lines)
    text = (
        f"define internal {form.type} @{symbol(function, dtype)}({parameters})"
        " alwaysinline nounwind willreturn memory(none) {\n"
        f"{body}\n  ret {form.type} {result.operand}\n}}\n"
    )
    return text, frozenset(e.declares)
