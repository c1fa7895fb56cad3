"""What runs the library calls of a program: BLAS and LAPACK, mostly through NumPy.

A row without a function here is evaluated as its primitive says, in the type of its operands.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dovetail.compile.cpu import depthwise
from dovetail.compile.cpu.blas import matmul
from dovetail.compile.cpu.blas_library import routine_address
from dovetail.graph.node import Array, Node
from dovetail.graph.primitives.matrix_evaluations import (
    LAPACK,
    check_diagonal,
    for_lapack,
    substituted,
)

# One call of BLAS for each matrix costs some microseconds: up to this size a few NumPy calls for
# each row, over all matrices of a batch, are faster.
SMALL_TRIANGLE = 16


def call_library(node: Node, operands: Sequence[Array], out: Array) -> None:
    """Write the result of a library call into `out`."""
    function = _FUNCTIONS.get(node.op)
    if function is not None:
        function(node, operands, out)
        return
    evaluate = node.primitive.evaluate
    assert evaluate is not None
    out[...] = evaluate(node, *operands)


def _matmul(node: Node, operands: Sequence[Array], out: Array) -> None:
    matmul(operands[0], operands[1], out)


def _solve_triangular(node: Node, operands: Sequence[Array], out: Array) -> None:
    a, b = map(for_lapack, operands)
    size, batch = a.shape[-1], int(np.prod(a.shape[:-2], dtype=np.int64))
    solve = _trsm(a.dtype.name) if a.dtype in LAPACK else None
    if not out.size or solve is None or (batch > 1 and size <= SMALL_TRIANGLE):
        out[...] = substituted(node, a, b)
        return
    check_diagonal(node, a)
    x = np.array(b, order="C")  # solved in place
    for matrix, right in zip(
        a.reshape(batch, size, size), x.reshape(batch, size, b.shape[-1]), strict=True
    ):
        solve(matrix, right, node.flag("lower"), node.flag("unit_diagonal"))
    out[...] = x


Solver = Callable[[Array, Array, bool, bool], None]


@functools.cache
def _trsm(dtype: str) -> Solver | None:
    """BLAS' triangular solver, for matrices in C order that the solution overwrites."""
    found = routine_address("trsm", dtype)
    if found is None:
        return None
    address, bits = found
    integer = ctypes.c_int64 if bits == 64 else ctypes.c_int32
    real = ctypes.c_float if dtype == "float32" else ctypes.c_double
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 11)(address)
    right_side, one = ctypes.c_char(b"R"), real(1.0)

    def solve(a: Array, x: Array, lower: bool, unit: bool) -> None:
        # Column by column, x^T = b^T (a^T)^-1: the matrix in memory is a^T.
        transposed = a.strides[-2] == a.itemsize and a.strides[-1] != a.itemsize
        memory = np.ascontiguousarray(a.mT if transposed else a)
        upper_in_memory = lower != transposed
        n, k = integer(x.shape[0]), integer(x.shape[1])
        letters = b"U" if upper_in_memory else b"L", b"T" if transposed else b"N"
        uplo, trans = map(ctypes.c_char, letters)
        diag = ctypes.c_char(b"U" if unit else b"N")
        given: list[Any] = [right_side, uplo, trans, diag, k, n, one]
        function(
            *map(ctypes.addressof, given), memory.ctypes.data, ctypes.addressof(n),
            x.ctypes.data, ctypes.addressof(k),
        )  # fmt: skip

    return solve


_FUNCTIONS: dict[str, Callable[[Node, Sequence[Array], Array], None]] = {
    "conv": depthwise.convolve,
    "conv_input": depthwise.input_gradient,
    "conv_kernel": depthwise.kernel_gradient,
    "matmul": _matmul,
    "solve_triangular": _solve_triangular,
}
