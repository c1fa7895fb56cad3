"""Built-in functions of Python over the runtime's code: a C extension, without building one.

A few steps that run around every kernel cost more in the interpreter than the kernel itself does
on small arrays. Here native code is registered through Python's C API.

Whoever makes such a function has the same in Python too, for all but the common case and for
other Pythons than CPython.
"""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from dovetail.compile.cpu import native

_METH_KEYWORDS, _METH_FASTCALL = 0x02, 0x80

# Every CPython object ends its head with the pointer to its class; runtime/python_api.h says 8.
CLASS_OFFSET = object.__basicsize__ - ctypes.sizeof(ctypes.c_void_p)

_kept: list[object] = []  # what native code points to


class _MethodDefinition(ctypes.Structure):
    """PyMethodDef. Python keeps a pointer to it, so it must outlive the function."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("documentation", ctypes.c_char_p),
    ]


@functools.cache
def objects_are_known() -> bool:
    """Whether this is a CPython whose objects have their class where native code looks for it.

    And whether it has its lock: without, a borrowed reference may be gone before it is held.
    """
    if sys.implementation.name != "cpython" or not getattr(sys, "_is_gil_enabled", lambda: True)():
        return False
    samples: Sequence[object] = (1, "text", (), object, len)
    return CLASS_OFFSET == 8 and all(
        ctypes.c_void_p.from_address(id(sample) + CLASS_OFFSET).value == id(type(sample))
        for sample in samples
    )


def define_object(name: str, value: object) -> None:
    """Let native code refer to an object, which lives on from here, as the external `name`."""
    _kept.append(value)
    native.define_symbol(name, id(value))


@functools.cache
def _definition(address: int, name: str, flags: int) -> int:
    definition = _MethodDefinition(name.encode(), address, flags, None)
    _kept.append(definition)
    return ctypes.addressof(definition)


def built_in(address: int, name: str, bound: object) -> Callable[..., Any]:
    """The native function at an address as a built-in function of Python.

    It is one of METH_FASTCALL: it takes the object `bound`, the arguments and their number.
    """
    create = ctypes.PYFUNCTYPE(
        ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p
    )(("PyCFunction_NewEx", ctypes.pythonapi))
    return create(_definition(address, name, _METH_FASTCALL), bound, None)


def built_in_method(address: int, name: str, kind: type) -> Any:
    """The native function at an address as a method of a class, as classes written in C have it.

    It is one of METH_FASTCALL | METH_KEYWORDS: it takes the object, the arguments, their number
    without those that are named, and a tuple of names or null.
    """
    create = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.c_void_p)(
        ("PyDescr_NewMethod", ctypes.pythonapi)
    )
    return create(kind, _definition(address, name, _METH_FASTCALL | _METH_KEYWORDS))


def with_vectorcall(function: FunctionType, address: int) -> FunctionType:
    """A copy of a function whose calls go through the native function at an address.

    That takes the function, the arguments, their number and the names of the last ones. Python
    3.12 and later.
    """
    made = FunctionType(function.__code__, function.__globals__, function.__name__)
    made.__qualname__, made.__doc__ = function.__qualname__, function.__doc__
    made.__module__, made.__annotations__ = function.__module__, function.__annotations__
    replace = ctypes.PYFUNCTYPE(None, ctypes.py_object, ctypes.c_void_p)(
        ("PyFunction_SetVectorcall", ctypes.pythonapi)
    )
    replace(made, address)
    return made


def as_method(function: Callable[..., Any]) -> Any:
    """A built-in function as a method for a class: unlike one in Python, it is none by itself."""
    create = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(
        ("PyInstanceMethod_New", ctypes.pythonapi)
    )
    return create(function)
