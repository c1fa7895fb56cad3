"""Built-in functions of Python, made by LLVM: a C extension, without a compiler for C.

A few steps that run around every kernel cost more in the interpreter than the kernel itself does
on small arrays. `built_in` registers native code through Python's C API, `accelerate` puts it
before a function in Python; `Body` writes such code, one call of that API after the other, and
takes care of references and errors.

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

_METH_FASTCALL = 0x80

# Every CPython object ends its head with the pointer to its class.
CLASS_OFFSET = object.__basicsize__ - ctypes.sizeof(ctypes.c_void_p)

PYTHON_FUNCTIONS = {
    "PyDict_GetItem": "ptr (ptr, ptr)",
    "PyErr_Clear": "void ()",
    "PyErr_ExceptionMatches": "i32 (ptr)",
    "PyEval_RestoreThread": "void (ptr)",
    "PyEval_SaveThread": "ptr ()",
    "PyLong_AsLongLong": "i64 (ptr)",
    "PyLong_AsUnsignedLongLong": "i64 (ptr)",
    "PyObject_Call": "ptr (ptr, ptr, ptr)",
    "PyObject_CallNoArgs": "ptr (ptr)",
    "PyObject_CallOneArg": "ptr (ptr, ptr)",
    "PyObject_GetAttr": "ptr (ptr, ptr)",
    "PyObject_SetAttr": "i32 (ptr, ptr, ptr)",
    "PyObject_Vectorcall": "ptr (ptr, ptr, i64, ptr)",
    "PySequence_Concat": "ptr (ptr, ptr)",
    "PyTuple_GetItem": "ptr (ptr, i64)",
    "PyTuple_Pack": "ptr (i64, ...)",
    "Py_DecRef": "void (ptr)",
    "Py_IncRef": "void (ptr)",
}
DECLARATIONS = "\n".join(
    f"declare {kind.replace(' (', f' @{name}(', 1)}" for name, kind in PYTHON_FUNCTIONS.items()
)

BUILT_IN = "ptr %bound, ptr %arguments, i64 %count"
VECTORCALL = f"{BUILT_IN}, ptr %names"

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
    return all(
        ctypes.c_void_p.from_address(id(sample) + CLASS_OFFSET).value == id(type(sample))
        for sample in samples
    )


def define_object(name: str, value: object) -> str:
    """Let native code refer to an object, which lives on from here, as the external `@name`."""
    _kept.append(value)
    native.define_symbol(name, id(value))
    return f"@{name}"


@functools.cache
def _define_python() -> None:
    for name in PYTHON_FUNCTIONS:
        function = getattr(ctypes.pythonapi, name)
        native.define_symbol(name, ctypes.cast(function, ctypes.c_void_p).value or 0)


@functools.cache
def _definition(text: str, name: str) -> _MethodDefinition:
    _define_python()
    address = native.load(text).address(name)
    return _MethodDefinition(name.encode(), address, _METH_FASTCALL, None)


def built_in(text: str, name: str, bound: object) -> Callable[..., Any]:
    """The function `name` of the code `text`, as a built-in function of Python.

    It has the signature `ptr (ptr %bound, ptr %arguments, i64 %count)` of METH_FASTCALL: the
    object `bound`, the arguments and their number.
    """
    create = ctypes.PYFUNCTYPE(
        ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p
    )(("PyCFunction_NewEx", ctypes.pythonapi))
    return create(ctypes.addressof(_definition(text, name)), bound, None)


def as_method(function: Callable[..., Any]) -> Any:
    """A built-in function as a method for a class: unlike one in Python, it is none by itself."""
    create = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object)(
        ("PyInstanceMethod_New", ctypes.pythonapi)
    )
    return create(function)


def accelerate(function: FunctionType, text: str, name: str) -> bool:
    """Let calls of a function go through the native function `name` of the code `text` first.

    That is what PyFunction_SetVectorcall of Python 3.12 is for. The native function has the
    signature `ptr (ptr %bound, ptr %arguments, i64 %count, ptr %names)` of a vectorcall, does
    what the function does, and hands over to it by `@{name}_in_python`. False: not to be done here.
    """
    if not objects_are_known():
        return False
    there = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object)(
        ("PyVectorcall_Function", ctypes.pythonapi)
    )
    original: int = there(function)
    words = range(object.__basicsize__, FunctionType.__basicsize__, ctypes.sizeof(ctypes.c_void_p))
    places = [id(function) + at for at in words]
    found = [at for at in places if ctypes.c_void_p.from_address(at).value == original]
    if len(found) != 1:
        return False
    _define_python()
    native.define_symbol(f"{name}_in_python", original)
    ctypes.c_void_p.from_address(found[0]).value = native.load(text).address(name)
    _kept.append(function)
    return True


class Body:
    """The code of one native function, from its first line to its last.

    `call` gives new references, which are given up when the function ends, and ends it where
    Python says that there was an error. `result` ends it otherwise. What is to happen to a call
    that the function does not take stands behind `label("declined")`.
    """

    def __init__(self, name: str, parameters: str = BUILT_IN) -> None:
        self._name = name
        self._parameters = parameters
        self._lines: list[str] = []
        self._numbers = 0
        self._owned: list[str] = []
        self._externals: set[str] = set()

    def external(self, name: str) -> str:
        """An object that `define_object` has given this name."""
        self._externals.add(name)
        return name

    def line(self, text: str) -> str:
        """One instruction with a value."""
        self._numbers += 1
        value = f"%v{self._numbers}"
        self.do(f"{value} = {text}")
        return value

    def label(self, name: str) -> None:
        """Begin a block."""
        self._lines.append(f"{name}:")

    def jump(self, name: str) -> None:
        """Go on there."""
        self.do(f"br label %{name}")

    def branch(self, condition: str, yes: str, no: str) -> None:
        """Go on at one of two places."""
        self.do(f"br i1 {condition}, label %{yes}, label %{no}")

    def store(self, value: str, place: str) -> None:
        """Write a pointer there."""
        self.do(f"store ptr {value}, ptr {place}")

    def value(self, function: str, *arguments: str | int) -> str:
        """What a function of Python's returns: a borrowed reference, or a number."""
        kind, parameters = PYTHON_FUNCTIONS[function].rstrip(")").split(" (")
        types = parameters.split(", ")
        variadic = f" ({parameters})" if types[-1] == "..." else ""
        types = [*types[:1], *["ptr"] * (len(arguments) - 1)] if variadic else types
        given = ", ".join(f"{t} {a}" for t, a in zip(types, arguments, strict=True))
        return self.line(f"call {kind}{variadic} @{function}({given})")

    def do(self, text: str) -> None:
        """One instruction without a value."""
        self._lines.append(f"  {text}")

    def call(self, function: str, *arguments: str | int) -> str:
        """A new reference, which this function owns until it ends."""
        value = self.value(function, *arguments)
        self._own(value)
        self._unless(self.line(f"icmp eq ptr {value}, null"), "end")
        return value

    def hold(self, value: str) -> str:
        """Own a reference that was borrowed, so that it lives until this function ends."""
        self.do(f"call void @Py_IncRef(ptr {value})")
        self._own(value)
        return value

    def check(self, function: str, *arguments: str | int) -> None:
        """A function that returns -1 where there was an error."""
        self._unless(self.line(f"icmp slt i32 {self.value(function, *arguments)}, 0"), "end")

    def argument(self, number: int) -> str:
        """An argument of this function."""
        at = self.line(f"getelementptr ptr, ptr %arguments, i64 {number}")
        return self.line(f"load ptr, ptr {at}")

    def class_of(self, value: str) -> str:
        """The class of an object."""
        at = self.line(f"getelementptr i8, ptr {value}, i64 {CLASS_OFFSET}")
        return self.line(f"load ptr, ptr {at}")

    def same(self, value: str, other: str) -> str:
        """Whether two objects are one."""
        return self.line(f"icmp eq ptr {value}, {other}")

    def either(self, conditions: Sequence[str]) -> str:
        """Whether one of the conditions holds."""
        found = conditions[0]
        for condition in conditions[1:]:
            found = self.line(f"or i1 {found}, {condition}")
        return found

    def decline_if(self, condition: str) -> None:
        """Go to `declined`."""
        self._unless(condition, "declined")

    def result(self, value: str) -> None:
        """Return a reference that this function owns."""
        self.do(f"call void @Py_IncRef(ptr {value})")
        self.give(value)

    def give(self, value: str) -> None:
        """Return a new reference that nobody owns yet, or null."""
        self.store(value, "%result")
        self.jump("end")

    def _own(self, value: str) -> None:
        slot = f"%owned.{len(self._owned)}"
        self._owned.append(slot)
        self.store(value, slot)

    def _unless(self, condition: str, place: str) -> None:
        self._numbers += 1
        name = f"on.{self._numbers}"
        self.branch(condition, place, name)
        self.label(name)

    def text(self) -> str:
        """The module with this function alone."""
        slots = [*self._owned, "%result"]
        begin = [f"  {slot} = alloca ptr" for slot in slots]
        begin += [f"  store ptr null, ptr {slot}" for slot in slots]
        end: list[str] = []
        for number, slot in enumerate(self._owned):
            end.append(f"  %last.{number} = load ptr, ptr {slot}")
            end.append(f"  call void @Py_DecRef(ptr %last.{number})")  # which null may be
        newline = "\n"
        externals = newline.join(f"{n} = external global i8" for n in sorted(self._externals))
        return f"""{DECLARATIONS}
{externals}
define ptr @{self._name}({self._parameters}) {{
{newline.join(begin)}
{newline.join(self._lines)}
end:
{newline.join(end)}
  %returned = load ptr, ptr %result
  ret ptr %returned
}}
"""
