"""A pool of memory for large results, because mapping a page costs more than writing it.

A block returns to the pool when the last array over it is deleted, and is reused for a result of
its size. Blocks use huge pages if the system has them. The pool holds at most
`Options.buffer_pool_bytes` of free memory; what would exceed that goes back to the system. Compiled
code takes its temporaries from the same pool, whose functions are in runtime/memory.c:
`dovetail_take(size)`, `dovetail_give(block, size)` and `dovetail_in_huge_pages(data, size)`, where
`size` is one of those of `rounded`.
"""

from __future__ import annotations

import ctypes
import functools
import mmap
from typing import Any

import numpy as np

from dovetail.compile.cpu import native, runtime
from dovetail.graph.dtypes import DType
from dovetail.graph.node import Shape
from dovetail.options import options

# Smaller arrays are allocated by NumPy: malloc reuses such blocks, but returns larger ones at once.
LARGE = 1 << 16
HUGE_PAGE = 1 << 21
# Outputs of a framework's operations from here on come from recycled memory.
POOLED = 1 << 19


@functools.cache
def define_symbols() -> native.NativeModule:
    """Make the functions known to compiled code; gives their module."""
    module = runtime.export("memory", "dovetail_take", "dovetail_give", "dovetail_in_huge_pages")
    _limit_of(module).value = options().buffer_pool_bytes
    return module


def _limit_of(module: native.NativeModule) -> ctypes.c_int64:
    return ctypes.c_int64.from_address(module.address("dovetail_memory_limit"))


class _Pool:
    """The functions, for Python."""

    def __init__(self) -> None:
        module = define_symbols()
        block, size = ctypes.c_void_p, ctypes.c_int64
        self._take = ctypes.PYFUNCTYPE(block, size)(module.address("dovetail_take"))
        self._give = ctypes.PYFUNCTYPE(None, block, size)(module.address("dovetail_give"))
        self._limit = _limit_of(module)

    def take(self, size: int) -> int:
        block = self._take(size)
        if not block:
            raise MemoryError(f"there is no memory for a result of {size} bytes")
        return block

    def give(self, block: int, size: int) -> None:
        self._limit.value = options().buffer_pool_bytes
        self._give(block, size)


_pool = functools.cache(_Pool)


def rounded(size: int) -> int:
    """The size of a block: one of eight per power of two, in whole huge pages."""
    step = max(mmap.PAGESIZE, 1 << max(0, size.bit_length() - 4))
    if size >= HUGE_PAGE:
        step = max(step, HUGE_PAGE)
    return -(-size // step) * step


class _Lease:
    """A block in use, which returns to the pool when the last array over it is deleted."""

    __slots__ = ("_pool", "block", "size")

    def __init__(self, size: int) -> None:
        self._pool, self.size = _pool(), size
        self.block = self._pool.take(size)

    def __del__(self) -> None:
        self._pool.give(self.block, self.size)


class _Memory:
    """Memory as NumPy reads it; `owner` is kept as long as there are arrays over it."""

    __slots__ = ("__array_interface__", "owner")

    def __init__(self, interface: dict[str, Any], owner: object) -> None:
        self.__array_interface__ = interface
        self.owner = owner


def array_at(
    address: int,
    shape: Shape,
    strides: tuple[int, ...] | None,
    dtype: np.dtype[Any],
    owner: object = None,
) -> np.ndarray[Any, Any]:
    """An array over memory that `owner` provides; in C order without strides."""
    if 0 in shape:
        return np.empty(shape, dtype)
    custom = dtype.kind == "V"  # bfloat16 has no type string
    interface = {
        "data": (address, False), "shape": shape, "strides": strides, "version": 3,
        "typestr": f"<u{dtype.itemsize}" if custom else dtype.str,
    }  # fmt: skip
    array = np.asarray(_Memory(interface, owner))
    return array.view(dtype) if custom else array


def empty(shape: Shape, dtype: DType) -> np.ndarray[Any, Any]:
    """An uninitialised array in C order."""
    size = dtype.itemsize
    for extent in shape:
        size *= extent
    if size < LARGE:
        return np.empty(shape, dtype.numpy)
    lease = _Lease(rounded(size))
    return array_at(lease.block, shape, None, dtype.numpy, lease)
