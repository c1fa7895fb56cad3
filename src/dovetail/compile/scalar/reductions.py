"""LLVM IR of reductions: identity, accumulation, and the type of the accumulator.

Sums run in the compute type over chunks of columns, and in float64 across chunks,
rows and tasks, so their error does not grow with the length.
"""

from __future__ import annotations

from dovetail.compile.scalar.operations import Code, compute, literal, register_type, suffix
from dovetail.graph.dtypes import DType, float64

_LOWEST = {"max": float("-inf"), "min": float("inf")}


def wide(dtype: DType) -> DType:
    """The type of the accumulator across chunks, rows and tasks."""
    return float64 if dtype.is_floating else dtype


def identity(op: str, dtype: DType) -> str:
    """The initial value of a reduction."""
    if op in ("sum", "prod"):
        return literal(1 if op == "prod" else 0, dtype)
    if dtype.is_floating:
        return literal(_LOWEST[op], dtype)
    if dtype.kind == "b":
        return "false" if op == "max" else "true"
    if dtype.kind == "u":
        return "0" if op == "max" else str(2**dtype.bits - 1)
    return str(-(2 ** (dtype.bits - 1)) if op == "max" else 2 ** (dtype.bits - 1) - 1)


def combine(code: Code, op: str, dtype: DType, x: str, y: str) -> str:
    """One step of a reduction. Sums and products may be reassociated."""
    kind = register_type(dtype)
    if op in ("max", "min"):
        if dtype.is_floating:
            # Either zero will do: to tell them apart takes as long again. The first operand is the
            # one looked at for NaN, and what is carried from step to step must not wait for that.
            return code.intrinsic(f"llvm.{op}imum.{suffix(dtype)}", dtype, y, x, flags="nsz")
        return compute(code, f"{op}imum", dtype, (x, y))
    word = "add" if op == "sum" else "mul"
    if dtype.kind == "b":
        return code.add(f"{'xor' if op == 'sum' else 'and'} i1 {x}, {y}")
    flags = f"f{word} reassoc" if dtype.is_floating else word
    return code.add(f"{flags} {kind} {x}, {y}")


def add_product(code: Code, dtype: DType, total: str, x: str, y: str) -> str:
    """One step of a sum of products, each rounded only with the sum.

    The processor has the instruction (transform/contract.py); LLVM's vectoriser recognises a sum
    with this intrinsic, but not with `llvm.fma`.
    """
    return code.intrinsic(f"llvm.fmuladd.{suffix(dtype)}", dtype, x, y, total, flags="reassoc")
