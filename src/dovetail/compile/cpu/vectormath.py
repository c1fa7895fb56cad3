"""stub docstring"""

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
