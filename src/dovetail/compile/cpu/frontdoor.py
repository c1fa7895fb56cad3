"""The front door for NumPy arrays: from a Python call to a kernel in 0.2 microseconds.

A kernel has the C signature

    void kernel(ptr buffers, ptr sizes, ptr scalars, ptr parallel_for)

`door(n)` is a built-in function, called as

    door(n)(kernel, sizes, scalars, parallel_for, *arrays)

with four addresses as integers and n arrays. It reads the data pointer of each array out
of the array object, lays the pointers out on the stack, and calls the kernel without the
global interpreter lock. The function is made by LLVM (built_in.py); calling the same code
through ctypes costs 1 us more.

The compiled function accepts arrays of the very class numpy.ndarray. Anything else goes to
`_call_slowly`, which does the same through NumPy and ctypes or raises; it also serves
alone where array objects are not laid out as expected, or Python is not CPython.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from dovetail.compile.cpu.built_in import (
    CLASS_OFFSET,
    DECLARATIONS,
    built_in,
    define_object,
    objects_are_known,
)
from dovetail.errors import ArityError, InvalidAddress, NotAnArray

_CONSTANTS = ("kernel", "sizes", "scalars", "parallel_for")

_DATA = object.__basicsize__  # what follows the head of an array is the pointer to its data

_KERNEL = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


def _call_slowly(arrays: int, *arguments: Any) -> None:
    """What a door does, in Python, with every argument checked."""
    constants, buffers = arguments[: len(_CONSTANTS)], arguments[len(_CONSTANTS) :]
    if len(arguments) != len(_CONSTANTS) + arrays:
        raise ArityError("a kernel's front door", len(_CONSTANTS) + arrays, len(arguments))
    for name, address in zip(_CONSTANTS, constants, strict=True):
        lowest = 1 if name == "kernel" else 0
        if not isinstance(address, int) or not lowest <= address < (1 << 64) - 1:
            raise InvalidAddress(name, address)
    for position, array in enumerate(buffers):
        if not isinstance(array, np.ndarray):
            raise NotAnArray(position, array)
    pointers = (ctypes.c_void_p * arrays)(*(array.ctypes.data for array in buffers))
    kernel, *rest = constants
    _KERNEL(kernel)(ctypes.addressof(pointers), *rest)


def _slow_door(arrays: int) -> Callable[..., None]:
    return functools.partial(_call_slowly, arrays)


@functools.cache
def layout_holds() -> bool:
    """Whether array objects are laid out as the compiled doors expect."""
    if not objects_are_known():
        return False
    whole = np.arange(6.0)
    for array in (whole, whole[2:], whole.reshape(2, 3).T, np.zeros((), np.int8)):
        data = ctypes.c_void_p.from_address(id(array) + _DATA).value
        if data != array.ctypes.data:
            return False
    return True


def _door_text(arrays: int) -> str:
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
    return f"""
{DECLARATIONS}
@dovetail_ndarray = external global i8
@dovetail_none = external global i8

define ptr @door(ptr %fallback, ptr %arguments, i64 %count) {{
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
  br i1 %odd.4, label %clear, label %run
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
def door(arrays: int) -> Callable[..., None]:
    """The function that calls a kernel on `arrays` arrays; see the head of this file."""
    fallback = _slow_door(arrays)
    if not layout_holds():
        return fallback
    define_object("dovetail_ndarray", np.ndarray)
    define_object("dovetail_none", None)
    return built_in(_door_text(arrays), "door", fallback)
