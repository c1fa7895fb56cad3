"""Calls of extensions without the interpreter, for hosts that have a short way.

`Extension.__call__` looks the host's caller up by the type of its first argument, and the caller
looks at every argument: 0.9 us in the interpreter where an operator takes 1.2. A host puts a
built-in function into `extension.fast_paths` under a type; native code before `__call__` calls it
with the positional arguments of a call that begins with an object of that type and has no others,
and goes on with `__call__` itself where it returns NotImplemented.
"""

from __future__ import annotations

import functools

from dovetail.compile.cpu.built_in import VECTORCALL, Body, accelerate, define_object
from dovetail.extension.base import Extension

_NAME = "dovetail_fast_call"


def _text(ways: str, not_implemented: str) -> str:
    body = Body(_NAME, VECTORCALL)
    body.external(ways)
    body.external(not_implemented)
    count = body.line(f"and i64 %count, {(1 << 63) - 1}")
    few = body.line(f"icmp slt i64 {count}, 2")
    named = body.line("icmp ne ptr %names, null")
    body.decline_if(body.either([few, named]))
    kind = body.class_of(body.argument(1))
    found = body.call("PyObject_GetAttr", body.argument(0), ways)
    way = body.value("PyDict_GetItem", found, kind)
    body.decline_if(body.same(way, "null"))
    rest = body.line("getelementptr ptr, ptr %arguments, i64 1")
    fewer = body.line(f"sub i64 {count}, 1")
    result = body.call("PyObject_Vectorcall", body.hold(way), rest, fewer, "null")
    body.decline_if(body.same(result, not_implemented))
    body.result(result)
    body.label("declined")
    original = f"@{_NAME}_in_python"
    body.give(body.line(f"call ptr {original}({VECTORCALL})"))
    return body.text() + f"declare ptr {original}(ptr, ptr, i64, ptr)\n"


@functools.cache
def fast_calls() -> bool:
    """Whether `fast_paths` are used; from here on, they are."""
    ways = define_object("dovetail_fast_ways", "fast_paths")
    not_implemented = define_object("dovetail_not_implemented", NotImplemented)
    return accelerate(Extension.__call__, _text(ways, not_implemented), _NAME)
