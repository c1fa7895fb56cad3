"""The entry point for NumPy arrays: from a Python call to a kernel in 0.2 microseconds.

A kernel has the C signature

    void kernel(ptr buffers, ptr sizes, ptr scalars, ptr parallel_for)

`entry_point(n)` is a built-in function, called as

    entry_point(n)(kernel, sizes, scalars, parallel_for, layouts, *arrays)

with five addresses as integers and n arrays. It compares the arrays with `layouts`, the types,
shapes and strides that the kernel was made for (`Layouts`; 0 for no comparison), reads the data
pointer of each array out of the array object, and calls the kernel with these pointers, without
the global interpreter lock. Its code is in runtime/numpy_arrays.c; calling the same code through
ctypes costs 1 us more.

The compiled function accepts arrays of the very class numpy.ndarray. Anything else goes to
`_call_slowly`, which does the same through NumPy and ctypes or raises; it also serves
alone where array objects are not laid out as expected, or Python is not CPython.
"""

from __future__ import annotations

import ctypes
import functools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dovetail.compile.cpu import runtime
from dovetail.compile.cpu.built_in import built_in, define_object, objects_are_known
from dovetail.compile.cpu.native import not_an_address
from dovetail.compile.program import other_arrays
from dovetail.errors import ArgumentError, CallError

_CONSTANTS = ("kernel", "sizes", "scalars", "parallel_for", "layouts")

# The fields of an array object: data, rank, shape, strides, base (not used here), type.
_DATA = object.__basicsize__
_RANK, _SHAPE, _STRIDES, _TYPE = _DATA + 8, _DATA + 16, _DATA + 24, _DATA + 40
# The fields of a type object: a class, four characters (the third is the byte order), a number.
_ORDER, _NUMBER = object.__basicsize__ + 10, object.__basicsize__ + 12

Layout = tuple[Any, tuple[int, ...], tuple[int, ...]]  # the type, the shape and the strides

_KERNEL = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


def _head(dtype: Any, rank: int) -> int:
    """The first word of a layout: the type and the rank."""
    return rank | dtype.num << 8 | ord(dtype.byteorder) << 40


class Layouts:
    """The types, shapes and strides that a program was made for, also as words at `address`."""

    def __init__(self, name: str, layouts: Sequence[Layout]) -> None:
        self.name = name
        self.layouts = layouts
        words = [
            word
            for dtype, shape, strides in layouts
            for word in (_head(np.dtype(dtype), len(shape)), *shape, *strides)
        ]
        self._words = np.array(words, np.int64)
        self.address = self._words.ctypes.data if layouts else 0
        if layouts:
            _known[self.address] = self

    def check(self, arrays: Sequence[Any]) -> None:
        """Raise an error where the arrays have other types, shapes or strides."""
        fits = all(
            array.dtype == dtype and array.shape == shape and _alike(shape, array.strides, strides)
            for array, (dtype, shape, strides) in zip(arrays, self.layouts, strict=True)
        )
        if not fits:
            given = [_described(array.dtype, array.shape, array.strides) for array in arrays]
            raise other_arrays(self.name, given, [_described(*each) for each in self.layouts])


_known: weakref.WeakValueDictionary[int, Layouts] = weakref.WeakValueDictionary()  # by address


def _alike(shape: tuple[int, ...], one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether strides lead to the same elements."""
    pairs = zip(shape, one, other, strict=True)
    return 0 in shape or all(n == 1 or first == second for n, first, second in pairs)


def _described(dtype: Any, shape: tuple[int, ...], strides: tuple[int, ...]) -> str:
    return f"{dtype}{list(shape)} of strides {strides}"


def _call_slowly(arrays: int, *arguments: Any) -> None:
    """What an entry point does, in Python, with every argument checked."""
    constants, buffers = arguments[: len(_CONSTANTS)], arguments[len(_CONSTANTS) :]
    count = len(_CONSTANTS) + arrays
    if len(arguments) != count:
        raise CallError(f"an entry point was given {len(arguments)} operands", str(count))
    for name, address in zip(_CONSTANTS, constants, strict=True):
        lowest = 1 if name == "kernel" else 0
        if not isinstance(address, int) or not lowest <= address < (1 << 64) - 1:
            raise not_an_address(name, address)
    for position, array in enumerate(buffers):
        if not isinstance(array, np.ndarray):
            raise ArgumentError("a kernel", f"buffer {position}", array, "a numpy.ndarray")
    kernel, *rest, layouts = constants
    if layouts:
        if layouts not in _known:
            raise not_an_address("layouts", layouts)
        _known[layouts].check(buffers)
    pointers = (ctypes.c_void_p * arrays)(*(array.ctypes.data for array in buffers))
    _KERNEL(kernel)(ctypes.addressof(pointers), *rest)


def _slow_entry_point(arrays: int) -> Callable[..., None]:
    return functools.partial(_call_slowly, arrays)


@functools.cache
def layout_holds() -> bool:
    """Whether array objects are laid out as the compiled entry points expect."""
    if not objects_are_known():
        return False
    whole = np.arange(6.0)
    for array in (whole, whole[2:], whole.reshape(2, 3).T, np.zeros((), np.int8)):
        data = ctypes.c_void_p.from_address(id(array) + _DATA).value
        rank = ctypes.c_int32.from_address(id(array) + _RANK).value
        if data != array.ctypes.data or rank != array.ndim:
            return False
        for offset, values in ((_SHAPE, array.shape), (_STRIDES, array.strides)):
            there = ctypes.c_void_p.from_address(id(array) + offset).value or 0
            if rank and tuple((ctypes.c_int64 * rank).from_address(there)) != values:
                return False
        if ctypes.c_void_p.from_address(id(array) + _TYPE).value != id(array.dtype):
            return False
    for kind in (np.dtype(np.float64), np.dtype(">i4"), np.dtype(np.int8)):
        number = ctypes.c_int32.from_address(id(kind) + _NUMBER).value
        order = ctypes.c_char.from_address(id(kind) + _ORDER).value
        if (number, order) != (kind.num, kind.byteorder.encode()):
            return False
    return True


@functools.cache
def entry_point(arrays: int) -> Callable[..., None]:
    """The function that calls a kernel on `arrays` arrays; see the head of this file."""
    fallback = _slow_entry_point(arrays)
    if not layout_holds():
        return fallback
    define_object("dovetail_ndarray", np.ndarray)
    address = runtime.load("numpy_arrays").address("dovetail_call_kernel")
    return built_in(address, "entry_point", (fallback, arrays))
