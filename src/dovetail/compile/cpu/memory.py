"""A pool of memory for large results, because mapping a page costs more than writing it.

A block returns to the pool when the last array over it is deleted, and is reused for a result of
about that size. Blocks use huge pages if the system has them. The pool holds at most
`Options.buffer_pool_bytes` of free memory.
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

# Smaller arrays are allocated by NumPy: malloc reuses such blocks, but returns larger ones at once.
LARGE = 1 << 16
HUGE_PAGE = 1 << 21
# Outputs of a framework's operations from here on come from recycled memory (runtime/memory.c).
POOLED = 1 << 19

_lock = threading.RLock()  # reentrant: the garbage collector may release a block while it is held


class _Block:
    """Mapped memory and its address."""

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
    """The size of a block: one of eight per power of two, in whole huge pages."""
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
    """A block in use, which returns to the pool when the last array over it is deleted."""

    __slots__ = ("block",)

    def __init__(self, size: int) -> None:
        self.block = _take(size)

    def __del__(self) -> None:
        _give(self.block)


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
    return array_at(lease.block.address, shape, None, dtype.numpy, lease)


def release() -> None:
    """Return all free blocks to the system."""
    global _free_bytes
    with _lock:
        _free.clear()
        _free_bytes = 0
