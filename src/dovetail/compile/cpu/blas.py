"""Matrix products with the BLAS that NumPy uses.

`np.matmul` calls BLAS only if each operand has contiguous rows or columns; other arrays go through
a loop that is a hundred times slower. `matmul` copies only those.
"""

from __future__ import annotations

import ctypes
import functools
import itertools
import math
import os
import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, TypeAlias

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from dovetail.compile.cpu import runtime
from dovetail.compile.cpu.blas_library import libraries

Array: TypeAlias = NDArray[Any]

_FLOAT32 = np.dtype(np.float32)
_FULL = (_FLOAT32, np.dtype(np.float64))
_HALVES = (np.dtype(np.float16), np.dtype(ml_dtypes.bfloat16))


def _is_blas_ready(array: Array) -> bool:
    """Whether the last two dimensions are a matrix for BLAS, transposed or not."""
    rows, columns = array.shape[-2:]
    step, unit = array.strides[-2:]
    size = array.itemsize
    return (
        array.flags.aligned
        and array.dtype.isnative
        and (
            (unit == size and step % size == 0 and step >= columns * size)
            or (step == size and unit % size == 0 and unit >= rows * size)
        )
    )


def _ready(array: Array) -> Array:
    return array if _is_blas_ready(array) else np.ascontiguousarray(array)


# Below this many multiply-adds a second thread costs more than it saves, and on a busy machine
# a hundred times more, because BLAS waits for its threads by spinning.
SMALL_PRODUCT = 1 << 24


class _OneThread:
    """Keep OpenBLAS on the calling thread while at least one small product runs.

    Compiled loops do so as well, so that runtime/blas_threads.c counts the products.
    """

    def __enter__(self) -> None:
        address = threads_address()
        if address:
            one_thread()["enter"](address)

    def __exit__(self, *_: object) -> None:
        address = threads_address()
        if address:
            one_thread()["leave"](address)


@functools.cache
def one_thread() -> dict[str, Callable[[int], None]]:
    """The functions of runtime/blas_threads.c, which compiled code may call from now on.

    Each takes the address of a struct `Threads`. `reset` is for a forked child.
    """
    symbols = {name: f"dovetail_{name}_one_thread" for name in ("enter", "leave", "reset")}
    module = runtime.export("blas_threads", *symbols.values())
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
    return {name: kind(module.address(symbol)) for name, symbol in symbols.items()}


class _Threads:
    """The struct `Threads` of OpenBLAS's functions, made once.

    Compiled code keeps its address, so two threads that ask for it first must get the same one:
    functools.cache would keep one struct and free the other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._words: Array | None = None

    def address(self) -> int:
        words = self._words
        if words is None:
            with self._lock:
                words = self._words
                if words is None:
                    words = self._words = np.array(self._fields(), np.int64)
        return words.ctypes.data if words.size else 0

    @staticmethod
    def _fields() -> list[int]:
        control = _thread_control()
        if control is None:
            return []
        get, put = (ctypes.cast(function, ctypes.c_void_p).value for function in control)
        return runtime.words("Threads", get=get, set=put)


_threads = _Threads()


def threads_address() -> int:
    """The address of a struct `Threads`; 0 where OpenBLAS has no threads to control."""
    return _threads.address()


def _reset() -> None:
    """In a forked child: whoever was inside is not there; if the functions were ever loaded."""
    if one_thread.cache_info().currsize:
        one_thread()["reset"](threads_address())


_alone = _OneThread()


@functools.cache
def _thread_control() -> tuple[Any, Any] | None:
    """Functions to get and set OpenBLAS's number of threads; None if it has none."""
    for library in libraries():
        for prefix, ending in itertools.product(("scipy_", ""), ("64_", "")):
            tell = getattr(library, f"{prefix}openblas_get_num_threads{ending}", None)
            put = getattr(library, f"{prefix}openblas_set_num_threads{ending}", None)
            if tell and put:
                tell.argtypes, tell.restype = [], ctypes.c_int
                put.argtypes, put.restype = [ctypes.c_int], None
                if hasattr(os, "register_at_fork"):
                    os.register_at_fork(after_in_child=_reset)
                return tell, put
    return None


def matmul(a: Array, b: Array, out: Array) -> None:
    """`out[...] = a @ b` for matrices and batches of them, as the array API defines it.

    `out` is in C order. float16 and bfloat16 are multiplied and summed in float32, rounded once.
    """
    kind = _FLOAT32 if out.dtype in _HALVES else out.dtype
    if kind not in _FULL:
        np.matmul(a, b, out=out)
        return
    a, b = (_ready(each.astype(kind, copy=False)) for each in (a, b))
    result = out if kind == out.dtype else np.empty(out.shape, kind)
    whole = result
    if b.ndim == 2 and a.ndim > 2 and a.flags.c_contiguous:
        # One product with a tall matrix instead of one per matrix of the batch.
        rows = math.prod(a.shape[:-1])
        a, whole = a.reshape(rows, a.shape[-1]), result.reshape(rows, b.shape[-1])
    with _alone if out.size * a.shape[-1] < SMALL_PRODUCT else nullcontext():
        np.matmul(a, b, out=whole)
    if result is not out:
        out[...] = result
