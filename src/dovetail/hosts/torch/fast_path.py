"""What PyTorch's calls run around every operator, as built-in functions made by LLVM.

Three functions, each with its twin in Python, which serves everything but the common case:

- `short_call`: a call of an extension with tensors alone. Twin: the caller (caller.py).
- `short_forward`, `short_backward`: the two halves of an `autograd.Function` whose operation has
  one output. Twins: in recording.py.

Each looks first whether anything but plain autograd is watching (functorch, forward mode,
torch.compile) and leaves those calls to its twin. In the interpreter these steps take 0.5 us more
around an operator, and 2 more with autograd, on 64 floats.
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
Indices = tuple[int, ...]
PLAIN = frozenset({torch.Tensor, torch.nn.Parameter})

_OBJECTS: dict[str, Any] = {
    "none": None,
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
    "scalars": "scalars",
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
def _forward_text(arrays: int, floats: int, outputs: int, saved: Indices) -> str:
    """(ctx, *arrays, *floats) -> the first output. Bound: the operator."""
    body, the = _body("short_forward")
    context = body.argument(0)
    there = [body.argument(1 + number) for number in range(arrays + floats)]
    args = body.call("PyTuple_Pack", len(there), *there)
    made = body.call("PyObject_Call", "%bound", args, "null")
    results = [made]
    if outputs > 1:
        results = [body.value("PyTuple_GetItem", made, number) for number in range(outputs)]
    there += results
    kept = body.call("PyTuple_Pack", len(saved), *(there[place] for place in saved))
    body.check("PyObject_SetAttr", context, the("to_save"), kept)
    if floats:
        scalars = body.call("PyTuple_Pack", floats, *there[arrays : arrays + floats])
        body.check("PyObject_SetAttr", context, the("scalars"), scalars)
    body.result(results[0])
    return body.text()


def short_forward(
    operator: Function, arrays: int, floats: int, outputs: int, saved: Indices
) -> Function | None:
    """forward(ctx, *arrays, *floats): run the operator, keep for backward, give the first output.

    `outputs`: how many the operator has. `saved`: places among the arguments and the outputs.
    """
    if not available():
        return None
    return built_in(_forward_text(arrays, floats, outputs, saved), "short_forward", operator)


@functools.cache
def _backward_text(floats: bool, given: Indices, wrt: Indices, arguments: int) -> str:
    """(ctx, cotangent) -> the gradients. Bound: (operator, twin)."""
    body, the = _body("short_backward")
    compiling = body.value("PyDict_GetItem", the("compiler"), the("compiling"))
    enabled = body.call("PyObject_CallNoArgs", the("grad_is_enabled"))
    asked = [body.same(value, the("true")) for value in (compiling, enabled)]
    body.branch(body.either([*asked, _watched(body, the)]), "watched", "alone")
    body.label("watched")
    twin = body.value("PyTuple_GetItem", "%bound", 1)
    body.result(body.call("PyObject_Vectorcall", twin, "%arguments", "%count", "null"))
    body.label("alone")
    context, cotangent = body.argument(0), body.argument(1)
    saved = body.call("PyObject_GetAttr", context, the("saved_tensors"))
    tensors = [body.value("PyTuple_GetItem", saved, place) for place in given]
    args = body.call("PyTuple_Pack", 1 + len(tensors), cotangent, *tensors)
    if floats:
        scalars = body.call("PyObject_GetAttr", context, the("scalars"))
        args = body.call("PySequence_Concat", args, scalars)
    operator = body.value("PyTuple_GetItem", "%bound", 0)
    found = body.call("PyObject_Call", operator, args, "null")
    if len(wrt) < arguments:
        placed = [the("none")] * arguments
        for number, place in enumerate(wrt):
            one = len(wrt) == 1
            placed[place] = found if one else body.value("PyTuple_GetItem", found, number)
        found = body.call("PyTuple_Pack", arguments, *placed)
    body.result(found)
    return body.text()


def short_backward(
    operator: Function, twin: Function, floats: bool, given: Indices, wrt: Indices, arguments: int
) -> Function | None:
    """backward(ctx, cotangent), a method: call the operator with the cotangent and what was saved.

    `given`: the numbers, among what was saved, of the operator's arrays behind the cotangent.
    `wrt`: whose gradients the operator gives, of so many arguments. `twin` runs where somebody
    looks on.
    """
    if not available():
        return None
    text = _backward_text(floats, given, wrt, arguments)
    return as_method(built_in(text, "short_backward", (operator, twin)))
