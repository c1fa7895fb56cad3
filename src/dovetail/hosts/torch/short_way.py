"""What PyTorch's calls run around every operator, as built-in functions made by LLVM.

Three functions, each with its twin in Python, which serves everything but the common case:

- `short_call`: a call of an extension with tensors alone. Twin: the caller (caller.py).
- `short_forward`, `short_backward`: the two halves of an `autograd.Function` whose operation has
  one output and no floats. Twins: in recording.py.

Each looks first whether anything but plain autograd is watching (functorch, forward mode,
torch.compile) and leaves those calls to its twin. In the interpreter these steps take 1 us before
an operator, and 3 with autograd, on 64 floats; behind a kernel that has filled the caches, 5.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch.autograd import forward_ad

from dovetail.compile.cpu.built_in import (
    Body,
    as_method,
    built_in,
    define_object,
    objects_are_known,
)

Function = Callable[..., Any]
PLAIN = frozenset({torch.Tensor, torch.nn.Parameter})

_OBJECTS: dict[str, Any] = {
    "not_implemented": NotImplemented,
    "true": True,
    "runtime_error": RuntimeError,
    "tensor": torch.Tensor,
    "parameter": torch.nn.Parameter,
    "grad_is_enabled": torch.is_grad_enabled,
    "functorch_is_active": torch._C._are_functorch_transforms_active,
    "forward_mode": vars(forward_ad),
    "compiler": vars(torch.compiler),
    # Names, as Python keeps them.
    "level": "_current_level",
    "compiling": "_is_compiling_flag",
    "requires_grad": "requires_grad",
    "shape": "shape",
    "dtype": "dtype",
    "to_save": "to_save",
    "saved_tensors": "saved_tensors",
}


def _named(name: str) -> str:
    return f"@dovetail_torch_{name}"


@functools.cache
def available() -> bool:
    """Whether native code finds here what it relies on."""
    if not objects_are_known() or "_is_compiling_flag" not in vars(torch.compiler):
        return False
    for name, value in _OBJECTS.items():
        define_object(_named(name)[1:], value)
    return True


def _body(name: str) -> tuple[Body, Callable[[str], str]]:
    body = Body(name)
    return body, lambda name: body.external(_named(name))


def _watched(body: Body, the: Callable[[str], str]) -> str:
    """Whether functorch or forward mode looks on."""
    active = body.call("PyObject_CallNoArgs", the("functorch_is_active"))
    level = body.value("PyDict_GetItem", the("forward_mode"), the("level"))
    number = body.value("PyLong_AsLongLong", level)
    entered = body.line(f"icmp sge i64 {number}, 0")
    return body.either([body.same(active, the("true")), entered])


# A call.


@functools.cache
def _call_text(arrays: int, floats: int) -> str:
    """(*arrays) -> the output, or NotImplemented. Bound: (operator, functions, *floats)."""
    body, the = _body("short_call")
    body.decline_if(body.line(f"icmp ne i64 %count, {arrays}"))
    tensors = [body.argument(number) for number in range(arrays)]
    for tensor in tensors:
        kind = body.class_of(tensor)
        plain = [body.same(kind, the("tensor")), body.same(kind, the("parameter"))]
        body.decline_if(body.line(f"xor i1 {body.either(plain)}, true"))
    body.decline_if(_watched(body, the))
    recorded = [body.call("PyObject_GetAttr", tensor, the("requires_grad")) for tensor in tensors]
    called = body.line("alloca ptr")
    body.store(body.value("PyTuple_GetItem", "%bound", 0), called)
    body.branch(body.either([body.same(one, the("true")) for one in recorded]), "asked", "called")
    body.label("asked")
    enabled = body.call("PyObject_CallNoArgs", the("grad_is_enabled"))
    body.branch(body.same(enabled, the("true")), "recorded", "called")
    body.label("recorded")
    key: list[str] = []
    for tensor, one in zip(tensors, recorded, strict=True):
        key += [one, *(body.call("PyObject_GetAttr", tensor, the(n)) for n in ("shape", "dtype"))]
    functions = body.value("PyTuple_GetItem", "%bound", 1)
    found = body.value("PyDict_GetItem", functions, body.call("PyTuple_Pack", len(key), *key))
    body.decline_if(body.same(found, "null"))
    body.store(body.hold(found), called)
    body.jump("called")
    body.label("called")
    function = body.line(f"load ptr, ptr {called}")
    if floats:
        numbers = [body.value("PyTuple_GetItem", "%bound", 2 + n) for n in range(floats)]
        given = body.call("PyTuple_Pack", arrays + floats, *tensors, *numbers)
        result = body.value("PyObject_Call", function, given, "null")
    else:
        result = body.value("PyObject_Vectorcall", function, "%arguments", arrays, "null")
    body.branch(body.same(result, "null"), "failed", "made")
    body.label("made")
    body.give(result)
    body.label("failed")  # the long way fails likewise, and says why
    refused = body.value("PyErr_ExceptionMatches", the("runtime_error"))
    body.branch(body.line(f"icmp eq i32 {refused}, 0"), "end", "refused")
    body.label("refused")
    body.do("call void @PyErr_Clear()")
    body.jump("declined")
    body.label("declined")
    body.result(the("not_implemented"))
    return body.text()


def short_call(
    arrays: int, operator: Function, functions: dict[Any, Any], floats: tuple[float, ...]
) -> Function:
    """call(*arrays): the operator; where autograd records, the function by `key_of` for it.

    NotImplemented where these are no plain tensors, somebody looks on, or there was an error.
    """
    return built_in(_call_text(arrays, len(floats)), "short_call", (operator, functions, *floats))


def key_of(arrays: Sequence[Any]) -> tuple[Any, ...]:
    """By which `short_call` looks up the function that records a call."""
    return tuple([part for a in arrays for part in (a.requires_grad, a.shape, a.dtype)])


# The halves of an autograd.Function.


@functools.cache
def _forward_text(arrays: int, returns_one: bool, keeps_arrays: bool) -> str:
    """(ctx, *arrays) -> the output. Bound: (operator, keep)."""
    body, the = _body("short_forward")
    context = body.argument(0)
    tensors = [body.argument(1 + number) for number in range(arrays)]
    operator = body.value("PyTuple_GetItem", "%bound", 0)
    args = body.call("PyTuple_Pack", arrays, *tensors)
    made = body.call("PyObject_Call", operator, args, "null")
    saved = args
    if not keeps_arrays:
        results = body.call("PyTuple_Pack", 1, made) if returns_one else made
        there = body.call("PySequence_Concat", args, results)
        keep = body.value("PyTuple_GetItem", "%bound", 1)
        saved = body.call("PyObject_CallOneArg", keep, there)
    body.check("PyObject_SetAttr", context, the("to_save"), saved)
    body.result(made if returns_one else body.value("PyTuple_GetItem", made, 0))
    return body.text()


def short_forward(
    arrays: int, returns_one: bool, operator: Function, keep: Function | None
) -> Function | None:
    """forward(ctx, *arrays): run the operator, keep for backward, give the one output.

    `keep` picks what is saved from the arrays and the results; None: the arrays.
    """
    if not available():
        return None
    return built_in(
        _forward_text(arrays, returns_one, keep is None), "short_forward", (operator, keep)
    )


@functools.cache
def _backward_text(gives_all: bool, places: bool) -> str:
    """(ctx, cotangent) -> the gradients. Bound: (operator, give, place, twin)."""
    body, the = _body("short_backward")
    compiling = body.value("PyDict_GetItem", the("compiler"), the("compiling"))
    enabled = body.call("PyObject_CallNoArgs", the("grad_is_enabled"))
    asked = [body.same(value, the("true")) for value in (compiling, enabled)]
    body.branch(body.either([*asked, _watched(body, the)]), "watched", "alone")
    body.label("watched")
    twin = body.value("PyTuple_GetItem", "%bound", 3)
    body.result(body.call("PyObject_Vectorcall", twin, "%arguments", "%count", "null"))
    body.label("alone")
    saved = body.call("PyObject_GetAttr", body.argument(0), the("saved_tensors"))
    given = saved
    if not gives_all:
        give = body.value("PyTuple_GetItem", "%bound", 1)
        given = body.call("PyObject_CallOneArg", give, saved)
    cotangent = body.call("PyTuple_Pack", 1, body.argument(1))
    args = body.call("PySequence_Concat", cotangent, given)
    operator = body.value("PyTuple_GetItem", "%bound", 0)
    found = body.call("PyObject_Call", operator, args, "null")
    if places:
        place = body.value("PyTuple_GetItem", "%bound", 2)
        found = body.call("PyObject_CallOneArg", place, found)
    body.result(found)
    return body.text()


def short_backward(
    operator: Function, give: Function | None, place: Function | None, twin: Function
) -> Function | None:
    """backward(ctx, cotangent), a method: call the operator with the cotangent and what was saved.

    `give` picks the operator's arguments from what was saved, `place` puts its results in the
    places of all arguments; None: they are that. `twin` runs where somebody looks on.
    """
    if not available():
        return None
    text = _backward_text(give is None, place is not None)
    return as_method(built_in(text, "short_backward", (operator, give, place, twin)))
