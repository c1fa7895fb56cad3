"""Products of float32 by code of our own, where NumPy's BLAS does not use the processor's vectors.

OpenBLAS has kernels for AVX-512 that it uses on Intel's processors alone; on AMD's, from Zen 4 on,
it works with vectors of half the width, and takes up to twice the time (runtime/product.c).
"""

from __future__ import annotations

import ctypes
import functools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dovetail.compile.cpu import native, runtime, threads
from dovetail.compile.cpu.blas_library import core_name

Array = NDArray[Any]

_WIDE_CORES = ("skylakex", "cooperlake", "sapphirerapids")  # OpenBLAS' own with AVX-512
# Multiply-adds from which a call is worth the words that it reads.
LEAST_PRODUCT = 1 << 19
# Fewer would leave parts of tiles and vectors unused; BLAS has functions for vectors.
LEAST_ROWS, LEAST_COLUMNS = 8, 16


@functools.cache
def is_wider() -> bool:
    """Whether our products use wider vectors than those of NumPy's BLAS."""
    core = core_name()
    return core is not None and native.vector_bits() == 512 and core.lower() not in _WIDE_CORES


def is_faster(rows: int, columns: int) -> bool:
    """Whether our product of float32 is the faster one for an output of this size."""
    return rows >= LEAST_ROWS and columns >= LEAST_COLUMNS and is_wider()


@functools.cache
def kernel_address() -> int:
    """The address of a function with the signature of a kernel, whose words are a `Product`."""
    return runtime.load("product").address("dovetail_wide_multiply")


@functools.cache
def _kernel() -> Any:
    return ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4)(kernel_address())


def _layout(array: Array, lead: tuple[int, ...]) -> tuple[int, int, int] | None:
    """Bytes from one matrix to the next, whether it is transposed, elements between its rows."""
    size, step = array.itemsize, 0
    if array.ndim > 2:
        if array.shape[:-2] != lead:
            return None
        step = expected = array.strides[-3]
        for extent, stride in zip(reversed(lead), reversed(array.strides[:-2]), strict=True):
            if stride != expected and extent != 1:
                return None
            expected *= extent
    down, along = array.strides[-2:]
    if along == size:
        return step, 0, down // size
    return (step, 1, along // size) if down == size else None


def multiply(a: Array, b: Array, out: Array) -> bool:
    """`out[...] = a @ b` if it is worth it, for matrices that BLAS could read; else False."""
    if out.size * a.shape[-1] < LEAST_PRODUCT or out.dtype != np.float32:
        return False
    if not (is_faster(*out.shape[-2:]) and out.flags.c_contiguous):
        return False
    lead = out.shape[:-2]
    first, second = _layout(a, lead), _layout(b, lead)
    if first is None or second is None:
        return False
    words = np.array(
        runtime.words(
            "Product", multiply=0, wide=0, is_double=False, count=math.prod(lead),
            rows=out.shape[-2], columns=out.shape[-1], inner=a.shape[-1], block_rows=0,
            block_columns=0, first_offset=0, second_offset=0, first_step=first[0],
            second_step=second[0], first_transposed=first[1], second_transposed=second[1],
            first_stride=first[2], second_stride=second[2],
        ),
        np.int64,
    )  # fmt: skip
    buffers = (ctypes.c_void_p * 3)(a.ctypes.data, b.ctypes.data, out.ctypes.data)
    _kernel()(buffers, words.ctypes.data, None, threads.parallel_for_address())
    return True
