"""The entry point for NumPy arrays: from a Python call to a kernel in 0.2 microseconds.

A kernel has the C signature

    void kernel(ptr buffers, ptr sizes, ptr scalars, ptr parallel_for)

`entry_point(n)` is a built-in function, called as

    entry_point(n)(kernel, sizes, scalars, parallel_for, layouts, *arrays)

with five addresses as integers and n arrays. It compares the arrays with `layouts`, the types,
shapes and strides that the kernel was made for (`Layouts`; 0 for no comparison), reads the data
pointer of each array out of the array object, and calls the kernel with these pointers, without
the global interpreter lock. The function is made by LLVM (built_in.py);
calling the same code through ctypes costs 1 us more.

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

from dovetail.compile.cpu.built_in import (
    CLASS_OFFSET,
    DECLARATIONS,
    built_in,
    define_object,
    objects_are_known,
)
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


_FITS = f"""
declare i32 @memcmp(ptr, ptr, i64)

; The number of words of a layout where an array has it, else 0.
define internal i64 @fits(ptr %array, ptr %words) {{
entry:
  %rank.at = getelementptr i8, ptr %array, i64 {_RANK}
  %type.at = getelementptr i8, ptr %array, i64 {_TYPE}
  %rank.narrow = load i32, ptr %rank.at
  %rank = zext i32 %rank.narrow to i64
  %type = load ptr, ptr %type.at
  %number.at = getelementptr i8, ptr %type, i64 {_NUMBER}
  %order.at = getelementptr i8, ptr %type, i64 {_ORDER}
  %number.narrow = load i32, ptr %number.at
  %order.narrow = load i8, ptr %order.at
  %number = zext i32 %number.narrow to i64
  %order = zext i8 %order.narrow to i64
  %number.high = shl i64 %number, 8
  %order.high = shl i64 %order, 40
  %one = or i64 %rank, %number.high
  %head = or i64 %one, %order.high
  %expected = load i64, ptr %words
  %same.head = icmp eq i64 %head, %expected
  br i1 %same.head, label %sizes, label %no
sizes:
  %bytes = mul i64 %rank, 8
  %shape.at = getelementptr i8, ptr %array, i64 {_SHAPE}
  %strides.at = getelementptr i8, ptr %array, i64 {_STRIDES}
  %shape = load ptr, ptr %shape.at
  %strides = load ptr, ptr %strides.at
  %shape.from = getelementptr i64, ptr %words, i64 1
  %strides.from = getelementptr i64, ptr %shape.from, i64 %rank
  %d1 = call i32 @memcmp(ptr %shape, ptr %shape.from, i64 %bytes)
  %d2 = call i32 @memcmp(ptr %strides, ptr %strides.from, i64 %bytes)
  %different = or i32 %d1, %d2
  %same = icmp eq i32 %different, 0
  br i1 %same, label %yes, label %no
yes:
  %twice = mul i64 %rank, 2
  %used = add i64 %twice, 1
  ret i64 %used
no:
  ret i64 0
}}
"""


def _entry_point_text(arrays: int) -> str:
    first = len(_CONSTANTS)
    total = first + arrays
    body: list[str] = []
    for i in range(arrays):
        body += [
            f"  %array.{i}.at = getelementptr ptr, ptr %arguments, i64 {first + i}",
            f"  %array.{i} = load ptr, ptr %array.{i}.at",
            f"  %class.{i}.at = getelementptr i8, ptr %array.{i}, i64 {CLASS_OFFSET}",
            f"  %class.{i} = load ptr, ptr %class.{i}.at",
            f"  %fits.{i} = icmp eq ptr %class.{i}, @dovetail_ndarray",
            f"  br i1 %fits.{i}, label %next.{i}, label %slow",
            f"next.{i}:",
            f"  %data.{i}.at = getelementptr i8, ptr %array.{i}, i64 {_DATA}",
            f"  %data.{i} = load ptr, ptr %data.{i}.at",
            f"  %buffer.{i} = getelementptr ptr, ptr %buffers, i64 {i}",
            f"  store ptr %data.{i}, ptr %buffer.{i}",
        ]
    for i, name in enumerate(_CONSTANTS):
        body += [
            f"  %{name}.at = getelementptr ptr, ptr %arguments, i64 {i}",
            f"  %{name}.object = load ptr, ptr %{name}.at",
            f"  %{name}.number = call i64 @PyLong_AsUnsignedLongLong(ptr %{name}.object)",
            f"  %{name} = inttoptr i64 %{name}.number to ptr",
            f"  %{name}.odd = icmp eq i64 %{name}.number, -1",
        ]
    compare = ["  %rest.0 = getelementptr i64, ptr %layouts, i64 0"]
    for i in range(arrays):
        compare += [
            f"  %used.{i} = call i64 @fits(ptr %array.{i}, ptr %rest.{i})",
            f"  %same.{i} = icmp sgt i64 %used.{i}, 0",
            f"  br i1 %same.{i}, label %same.next.{i}, label %slow",
            f"same.next.{i}:",
            f"  %rest.{i + 1} = getelementptr i64, ptr %rest.{i}, i64 %used.{i}",
        ]
    return f"""
{DECLARATIONS}{_FITS}
@dovetail_ndarray = external global i8
@dovetail_none = external global i8

define ptr @entry_point(ptr %fallback, ptr %arguments, i64 %count) {{
entry:
  %buffers = alloca [{max(arrays, 1)} x ptr]
  %complete = icmp eq i64 %count, {total}
  br i1 %complete, label %all, label %slow
all:
{chr(10).join(body)}
  %none = icmp eq ptr %kernel, null
  %odd.1 = or i1 %sizes.odd, %scalars.odd
  %odd.2 = or i1 %odd.1, %parallel_for.odd
  %odd.3 = or i1 %odd.2, %kernel.odd
  %odd.4 = or i1 %odd.3, %none
  %odd.5 = or i1 %odd.4, %layouts.odd
  br i1 %odd.5, label %clear, label %known
known:
  %free = icmp eq ptr %layouts, null
  br i1 %free, label %run, label %compare
compare:
{chr(10).join(compare)}
  br label %run
clear:                       ; -1 stands for an error, and is no address in any case
  call void @PyErr_Clear()
  br label %slow
run:
  %state = call ptr @PyEval_SaveThread()
  call void %kernel(ptr %buffers, ptr %sizes, ptr %scalars, ptr %parallel_for)
  call void @PyEval_RestoreThread(ptr %state)
  call void @Py_IncRef(ptr @dovetail_none)
  ret ptr @dovetail_none
slow:
  %result = call ptr @PyObject_Vectorcall(ptr %fallback, ptr %arguments, i64 %count, ptr null)
  ret ptr %result
}}
"""


@functools.cache
def entry_point(arrays: int) -> Callable[..., None]:
    """The function that calls a kernel on `arrays` arrays; see the head of this file."""
    fallback = _slow_entry_point(arrays)
    if not layout_holds():
        return fallback
    define_object("dovetail_ndarray", np.ndarray)
    define_object("dovetail_none", None)
    return built_in(_entry_point_text(arrays), "entry_point", fallback)
