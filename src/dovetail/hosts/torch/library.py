"""Operations as PyTorch operators: defined once each, in the namespace `dovetail`.

`registered(operation, specs)` gives the operator (`torch.ops.dovetail.<name>.default`). It has a
kernel for the CPU, one for all other devices (device_kernels.py), a fake for tensors without data
(FakeTensor, meta, export) and a rule for vmap; derivatives are in autograd.py. The kernel for the
CPU is compiled code behind PyTorch's stable C ABI (native.py).
"""

from __future__ import annotations

import keyword
import threading
from collections.abc import Callable, Sequence
from typing import Any

import torch

from dovetail.hosts.torch import device_kernels, inductor, native
from dovetail.hosts.torch.devices import common_device
from dovetail.hosts.torch.dtypes import THEIRS, hint, spec
from dovetail.hosts.torch.dynamo import dynamo_skip
from dovetail.hosts.torch.layout import output_order, strides_in
from dovetail.hosts.torch.namespace import python_library
from dovetail.hosts.torch.shapes import output_shapes
from dovetail.hosts.torch.sharding import offer
from dovetail.operations.operation import Attachment, Operation, Specs

ANY_DEVICE = "CompositeExplicitAutograd"  # PyTorch's name of the kernels for every other backend
_LONGEST = 80  # characters of an operator's name
_MOST_ARGUMENTS = 62  # of an operator, for PyTorch's dispatcher; one with more takes lists
_lock = threading.RLock()
_taken: set[str] = set()


class Registered:
    """An operation's operator. `call` and `dispatch` take the arrays, then the floats.

    `call` is the operator without a layer of Python, where it can be.
    """

    __slots__ = ("call", "dispatch", "operation", "outputs", "overload")

    def __init__(self, operation: Operation, outputs: int) -> None:
        self.operation = operation
        self.outputs = outputs
        name = _free_name(operation.name)
        lists = operation.arrays + operation.scalars > _MOST_ARGUMENTS
        if lists:
            schema = f"{name}(Tensor[] arrays, float[] floats) -> Tensor[]"
        else:
            arguments = [f"Tensor a{n}" for n in range(operation.arrays)]
            arguments += [f"float s{n}" for n in range(operation.scalars)]
            result = "Tensor" if outputs == 1 else f"({', '.join(['Tensor'] * outputs)})"
            schema = f"{name}({', '.join(arguments)}) -> {result}"
        native.define(schema, operation, outputs, lists)
        fake, vmap = (self._fake_lists, self._vmap_lists) if lists else (self._fake, self._vmap)
        torch.library.register_fake(f"dovetail::{name}", fake, lib=python_library())
        torch.library.register_vmap(f"dovetail::{name}", vmap, lib=python_library())
        elsewhere = self._elsewhere_lists if lists else self._elsewhere
        python_library().impl(name, elsewhere, ANY_DEVICE)
        self.overload: Any = getattr(torch.ops.dovetail, name).default
        inductor.offer(self.overload, operation, lists)
        self.call: Callable[..., Any] = self.overload._op
        self.dispatch: Callable[..., Any] = self.overload
        if lists:
            self.call, self.dispatch = self._flat(self.call), self._flat(self.dispatch)
        else:
            offer(self)

    def _flat(self, operator: Callable[..., Any]) -> Callable[..., Any]:
        """An operator of lists as a function of arrays and floats."""
        arrays, one = self.operation.arrays, self.outputs == 1

        @dynamo_skip
        def call(*args: Any) -> Any:
            found = operator(list(args[:arrays]), list(args[arrays:]))
            return found[0] if one else tuple(found)

        return call

    @dynamo_skip
    def _elsewhere(self, *args: Any) -> Any:
        found = device_kernels.run(self.operation, args)
        return found[0] if self.outputs == 1 else tuple(found)

    @dynamo_skip
    def _elsewhere_lists(self, arrays: Sequence[Any], floats: Sequence[float]) -> list[Any]:
        return device_kernels.run(self.operation, (*arrays, *floats))

    @dynamo_skip
    def _fake_lists(self, arrays: Sequence[Any], floats: Sequence[float]) -> list[Any]:
        return list(fake_outputs(self.operation, arrays))

    @dynamo_skip
    def _vmap_lists(self, info: Any, in_dims: Any, arrays: Any, floats: Any) -> Any:
        result, dims = self._vmap(info, (*in_dims[0], *[None] * len(floats)), *arrays, *floats)
        return ([result], [0]) if self.outputs == 1 else (list(result), list(dims))

    @dynamo_skip
    def _fake(self, *args: Any) -> Any:
        made = fake_outputs(self.operation, args[: self.operation.arrays])
        return made[0] if self.outputs == 1 else made

    @dynamo_skip
    def _vmap(self, info: Any, in_dims: tuple[Any, ...], *args: Any) -> Any:
        mapped, moved = batch_first(in_dims, args)
        inner = self.operation.batched(mapped)
        tensors = moved[: inner.arrays]
        result = registered(inner, tuple(map(spec, tensors))).call(*moved)
        return result, 0 if self.outputs == 1 else (0,) * self.outputs


def fake_outputs(operation: Operation, tensors: Sequence[Any], ordered: bool = True) -> Any:
    """Outputs without data, for tensors without data.

    `ordered`: in the layout that a kernel gives them; else contiguous.
    """
    shapes = output_shapes(operation, tensors)
    device = common_device(operation.name, tensors)
    graph = operation.graph(tuple(map(spec, tensors)))
    strides = [tuple(map(hint, tensor.stride())) for tensor in tensors]
    order = output_order(graph, strides) if ordered else None
    return tuple(
        torch.empty_strided(
            shape, strides_in(tuple(shape), order), dtype=THEIRS[node.dtype], device=device
        )
        for shape, node in zip(shapes, graph.outputs, strict=True)
    )


def batch_first(
    in_dims: tuple[Any, ...], args: tuple[Any, ...]
) -> tuple[tuple[int, ...], list[Any]]:
    """Which arguments are batched, and all of them with the batch in front."""
    mapped = tuple(index for index, dim in enumerate(in_dims) if dim is not None)
    moved = [
        arg if dim is None else arg.movedim(dim, 0) for arg, dim in zip(args, in_dims, strict=True)
    ]
    return mapped, moved


def registered(operation: Operation, specs: Specs) -> Registered:
    """The operator of an operation; `specs` are those of any call of it."""
    found = operators.find(operation)
    return registered_with(operation, len(operation.outputs(specs))) if found is None else found


operators = Attachment[Registered]()


def registered_with(operation: Operation, outputs: int) -> Registered:
    """The operator of an operation that has so many outputs."""
    with _lock:
        found = operators.find(operation)
        return operators.put(operation, Registered(operation, outputs)) if found is None else found


def _free_name(wanted: str) -> str:
    """A name that no operator has: the wanted one, shortened, or with a number behind it.

    It is an attribute in the Python code that PyTorch writes, so no keyword such as `lambda`.
    """
    stem = wanted if len(wanted) <= _LONGEST else f"{wanted[:_LONGEST]}_and_more"
    if keyword.iskeyword(stem):
        stem += "_"
    name = stem
    number = 1
    while name in _taken:
        number += 1
        name = f"{stem}_{number}"
    _taken.add(name)
    return name
