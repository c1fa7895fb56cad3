"""Memory for large results, recycled: a fresh page costs more than the write into it.

A block returns to the pool when the last array over it dies, and the next result of
about that size takes it over. Blocks are mapped on huge pages where the system has
them. The pool holds at most `Options.buffer_pool_bytes` of free memory.
"""

from __future__ import annotations

import ctypes
import mmap
import threading
from typing import Any

import numpy as np

from dovetail.graph.dtypes import DType
from dovetail.graph.node import Shape
from dovetail.options import options

# Smaller arrays come from NumPy: malloc keeps such blocks, and gives larger ones back at once.
LARGE = 1 << 16
HUGE_PAGE = 1 << 21

_lock = threading.RLock()  # a block may be given back by the garbage collector inside it


class _Block:
    """Mapped memory, and where it lies."""

    __slots__ = ("address", "memory", "size")

    def __init__(self, size: int) -> None:
        self.memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        if size >= HUGE_PAGE and hasattr(mmap, "MADV_HUGEPAGE"):
            self.memory.madvise(mmap.MADV_HUGEPAGE)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self.size = size


_free: dict[int, list[_Block]] = {}
_free_bytes = 0


def rounded(size: int) -> int:
    """Sizes that blocks come in: eight steps between powers of two, whole huge pages."""
    step = max(mmap.PAGESIZE, 1 << max(0, size.bit_length() - 4))
    if size >= HUGE_PAGE:
        step = max(step, HUGE_PAGE)
    return -(-size // step) * step


def _take(size: int) -> _Block:
    global _free_bytes
    with _lock:
        blocks = _free.get(size)
        if blocks:
            _free_bytes -= size
            return blocks.pop()
    return _Block(size)


def _give(block: _Block) -> None:
    global _free_bytes
    size = block.size
    with _lock:
        if _free_bytes + size <= options().buffer_pool_bytes:
            _free.setdefault(size, []).append(block)
            _free_bytes += size


class _Lease:
    """The base of an array over a block; gives the block back when the array dies."""

    __slots__ = ("__array_interface__", "_block")

    def __init__(self, shape: Shape, typestr: str, size: int) -> None:
        self._block = _take(size)
        self.__array_interface__ = {
            "shape": shape,
            "typestr": typestr,
            "data": (self._block.address, False),
            "version": 3,
        }

    def __del__(self) -> None:
        _give(self._block)


def empty(shape: Shape, dtype: DType) -> np.ndarray[Any, Any]:
    """An uninitialised array in C order."""
    size = dtype.itemsize
    for extent in shape:
        size *= extent
    if size < LARGE:
        return np.empty(shape, dtype.numpy)
    numpy_dtype = dtype.numpy
    if numpy_dtype.kind == "V":  # bfloat16 has no type string of its own
        lease = _Lease(shape, f"<u{dtype.itemsize}", rounded(size))
        return np.asarray(lease).view(numpy_dtype)
    return np.asarray(_Lease(shape, numpy_dtype.str, rounded(size)))


def release() -> None:
    """Give all free blocks back to the system."""
    global _free_bytes
    with _lock:
        _free.clear()
        _free_bytes = 0
