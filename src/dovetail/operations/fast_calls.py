"""Calls of extensions without the interpreter, for hosts that have a fast path.

`Extension.__call__` looks the host's caller up by the type of its first argument, and the caller
looks at every argument: 7 us in the interpreter where an operator takes 2. A host puts a built-in
function into `extension.fast_paths` under a type. Native code (runtime/fast_call.c) calls it with
the positional arguments of a call that begins with an object of that type and has no others, and
goes on with `__call__` in Python where it returns NotImplemented.

That code is put in the place of `Extension.__call__`: from Python 3.12 on as the vectorcall of a
function (PyFunction_SetVectorcall), before as a method of a class written in C
(PyDescr_NewMethod). A class made by PyType_FromSpec with a vectorcall of its own would have to
exist when `Extension` is defined, before LLVM is loaded, which takes 50 ms.
"""

from __future__ import annotations

import functools
import sys

from dovetail.compile.cpu import runtime
from dovetail.compile.cpu.built_in import (
    built_in_method,
    define_object,
    objects_are_known,
    with_vectorcall,
)
from dovetail.extension.base import Extension

# `__call__` as it is written, which serves all calls without a fast path.
CALL_IN_PYTHON = Extension.__call__
NAMES = ("__call__", "_call")  # of what is replaced


@functools.cache
def fast_calls() -> bool:
    """Whether `fast_paths` are used; from here on, they are."""
    if not objects_are_known():
        return False
    define_object("dovetail_fast_paths", "fast_paths")
    define_object("dovetail_extension_call", CALL_IN_PYTHON)
    code = runtime.load("fast_call")
    for name in NAMES:
        if sys.version_info >= (3, 12):
            made = with_vectorcall(CALL_IN_PYTHON, code.address("dovetail_fast_call"))
        else:
            made = built_in_method(code.address("dovetail_fast_method"), name, Extension)
        setattr(Extension, name, made)
    return True
