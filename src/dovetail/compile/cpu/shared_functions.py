"""Elementary functions as code of their own, which long kernels call a vector at a time.

LLVM inlines an elementary function wherever a kernel uses it: a hundred instructions, four vectors
at once. The time that it takes grows faster than their number, so a kernel with many calls them
instead. They are compiled once, from the same IR, and so have the same bits. The kernel declares
which function takes whole vectors (`vector-function-abi-variant`), for LLVM's vectoriser to call.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from dovetail.compile.cpu import native
from dovetail.compile.scalar import vectormath
from dovetail.compile.scalar.vectormath import FUNCTIONS
from dovetail.compile.scalar.vectormath_emitter import FORMATS

_SHARED = re.compile(r"@dt_shared_(\w+?)_(float32|float64)\b")
_ATTRIBUTES = 'nounwind willreturn memory(none) "prefer-vector-width"="512"'
_NUMBERS = {
    (function, dtype): number
    for number, (function, dtype) in enumerate(
        ((function, dtype) for function in FUNCTIONS for dtype in FORMATS), 1
    )
}


def symbol(function: str, dtype: str, lanes: int = 0) -> str:
    """The name of the function of single numbers, or of vectors with so many."""
    return f"dt_shared_{function}_{dtype}" + (f".{lanes}" if lanes else "")


def call(function: str, dtype: str, operands: str) -> str:
    """The instruction that calls a function."""
    kind = FORMATS[dtype].type
    return f"call {kind} @{symbol(function, dtype)}({operands}) #{_NUMBERS[function, dtype]}"


def declarations(functions: Sequence[tuple[str, str]]) -> list[str]:
    """What a module says about the functions that it calls."""
    lines: list[str] = []
    vectors: list[str] = []
    for function, dtype in functions:
        kind, name, arity = FORMATS[dtype].type, symbol(function, dtype), FUNCTIONS[function]
        variants = [(lanes, symbol(function, dtype, lanes)) for lanes in _lanes(dtype)]
        lines.append(f"declare {kind} @{name}({', '.join([kind] * arity)})")
        for lanes, variant in variants:
            vector = f"<{lanes} x {kind}>"
            lines.append(f"declare {vector} @{variant}({', '.join([vector] * arity)})")
            vectors.append(f"ptr @{variant}")
        known = [f"_ZGV_LLVM_N{n}{'v' * arity}_{name}({variant})" for n, variant in variants]
        number, facts = _NUMBERS[function, dtype], "nounwind willreturn memory(none)"
        found = f'"vector-function-abi-variant"="{",".join(known)}"'
        lines.append(f"attributes #{number} = {{ {facts} {found} }}")
    if vectors:  # nothing calls them before the vectoriser does
        kept = f"appending global [{len(vectors)} x ptr] [{', '.join(vectors)}]"
        lines.append(f'@llvm.compiler.used = {kept}, section "llvm.metadata"')
    return lines


def define_in(ir: str) -> None:
    """Make the functions that a module calls known to the linker."""
    for function, dtype in set(_SHARED.findall(ir)):
        _define(function, dtype)


@functools.cache
def _define(function: str, dtype: str) -> None:
    module = native.load(_module(function, dtype))
    for lanes in (0, *_lanes(dtype)):
        name = symbol(function, dtype, lanes)
        native.define_symbol(name, module.address(name))


def _lanes(dtype: str) -> tuple[int, ...]:
    """The vectors that a loop may work in: a full register, and half of one beside wider types."""
    full = native.vector_bits() // FORMATS[dtype].bits
    return full, full // 2


def _module(function: str, dtype: str) -> str:
    text, declared = vectormath.library([(function, dtype)])
    kind, inlined = FORMATS[dtype].type, vectormath.symbol(function, dtype)
    names = ("x", "y")[: FUNCTIONS[function]]
    arguments = ", ".join(f"{kind} %{name}" for name in names)
    parts = [*sorted(declared), text]
    parts += [
        f"define {kind} @{symbol(function, dtype)}({arguments}) #0 {{",
        f"  %result = call {kind} @{inlined}({arguments})",
        f"  ret {kind} %result",
        "}",
    ]
    for lanes in _lanes(dtype):
        parts += _vector_function(function, dtype, lanes)
    return "\n".join([*parts, f"attributes #0 = {{ {_ATTRIBUTES} }}"]) + "\n"


def _vector_function(function: str, dtype: str, lanes: int) -> list[str]:
    """A loop over the elements of a vector, of which LLVM makes vector instructions."""
    kind, inlined = FORMATS[dtype].type, vectormath.symbol(function, dtype)
    names = ("x", "y")[: FUNCTIONS[function]]
    vector, first = f"<{lanes} x {kind}>", 10 * lanes
    arguments = ", ".join(f"{vector} %{name}" for name in names)
    elements = ", ".join(f"{kind} %{name}.element" for name in names)
    lines = [f"define {vector} @{symbol(function, dtype, lanes)}({arguments}) #0 {{", "entry:"]
    lines += [f"  %{name}.at = alloca {vector}, align 64" for name in (*names, "result")]
    lines += [f"  store {vector} %{name}, ptr %{name}.at, align 64" for name in names]
    lines += ["  br label %loop", "loop:", "  %i = phi i64 [0, %entry], [%next, %loop]"]
    for name in (*names, "result"):
        lines.append(f"  %{name}.place = getelementptr {kind}, ptr %{name}.at, i64 %i")
    lines += [f"  %{name}.element = load {kind}, ptr %{name}.place" for name in names]
    lines += [
        f"  %element = call {kind} @{inlined}({elements})",
        f"  store {kind} %element, ptr %result.place",
        "  %next = add nuw nsw i64 %i, 1",
        f"  %more = icmp ult i64 %next, {lanes}",
        f"  br i1 %more, label %loop, label %done, !llvm.loop !{first}",
        "done:",
        f"  %result = load {vector}, ptr %result.at, align 64",
        f"  ret {vector} %result",
        "}",
        f"!{first} = distinct !{{!{first}, !{first + 1}, !{first + 2}, !{first + 3}}}",
        f'!{first + 1} = !{{!"llvm.loop.vectorize.width", i32 {lanes}}}',
        f'!{first + 2} = !{{!"llvm.loop.interleave.count", i32 1}}',
        f'!{first + 3} = !{{!"llvm.loop.unroll.disable"}}',
    ]
    return lines
