"""Elementwise maths on lists of tensors, one call of PyTorch for each function and list.

`ForeachProgram(graph)` computes a flat graph (compile/flat.py) for tensors of any shapes, all of
one type and on one device, by `torch._foreach_*`; what PyTorch has no such function for is computed
tensor by tensor. Numbers are 0-d tensors: on the CPU, or on the tensors' device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch

from dovetail.graph.node import Graph, Node
from dovetail.graph.primitives.row import constant, is_number
from dovetail.hosts.torch.devices import CPU
from dovetail.hosts.torch.table import table_on
from dovetail.operations.composite import becomes_wide, operand_types, prepared

Tensor = torch.Tensor
Tensors = list[Tensor]
Value: TypeAlias = "Tensor | Tensors"  # a number, or a tensor for each of the list

_torch: Any = torch
_TABLE = table_on(CPU, single=True)


@dataclass(frozen=True)
class _Binary:
    """A function of two lists, of a list and a number, or of a number and a list.

    `takes_tensor`: the number may be on the device. `swapped` computes number and list by others.
    """

    function: Callable[..., Tensors]
    takes_tensor: bool = False
    swapped: Callable[[Any, Tensors], Tensors] | None = None

    def __call__(self, x: Value, y: Value) -> Tensors | None:
        """The result; None where there is no such function."""
        if isinstance(x, list) and isinstance(y, list):
            return self.function(x, y)
        first, number = (x, y) if isinstance(x, list) else (y, x)
        if not isinstance(first, list) or isinstance(number, list):
            return None
        if number.device != CPU and not self.takes_tensor:
            return None
        scalar = number.item() if number.device == CPU else number
        if isinstance(x, list):
            return self.function(first, scalar)
        return None if self.swapped is None else self.swapped(scalar, first)


def _commuting(function: Callable[..., Tensors], takes_tensor: bool = False) -> _Binary:
    return _Binary(function, takes_tensor, lambda number, tensors: function(tensors, number))


def _difference(number: Any, tensors: Tensors) -> Tensors:
    return list(_torch._foreach_add(_torch._foreach_neg(tensors), number))


_BINARY: Mapping[str, _Binary] = {
    "add": _commuting(_torch._foreach_add, takes_tensor=True),
    "multiply": _commuting(_torch._foreach_mul, takes_tensor=True),
    "subtract": _Binary(_torch._foreach_sub, swapped=_difference),
    "divide": _Binary(_torch._foreach_div, takes_tensor=True),
    "maximum": _commuting(_torch._foreach_maximum),
    "minimum": _commuting(_torch._foreach_minimum),
    "power": _Binary(_torch._foreach_pow),
}
_UNARY: Mapping[str, Callable[[Tensors], Tensors]] = {
    "negative": _torch._foreach_neg, "absolute": _torch._foreach_abs,
    "sqrt": _torch._foreach_sqrt, "rsqrt": _torch._foreach_rsqrt, "exp": _torch._foreach_exp,
    "log": _torch._foreach_log, "tanh": _torch._foreach_tanh,
    "sigmoid": _torch._foreach_sigmoid, "erf": _torch._foreach_erf,
}  # fmt: skip


class ForeachProgram:
    """The outputs of a flat graph, as lists, for lists and numbers in place of its inputs."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph = prepared(graph, _TABLE)
        nodes = list(graph)
        last = {arg: number for number, node in enumerate(nodes) for arg in node.args}
        kept = {*graph.outputs}
        dead: list[list[Node]] = [[] for _ in nodes]
        for node, number in last.items():
            if node not in kept:
                dead[number].append(node)
        self._steps = list(zip(nodes, dead, strict=True))

    def __call__(self, values: Sequence[Value]) -> list[Tensors]:
        """The values of the inputs, in the order of the graph's."""
        known: dict[Node, Value] = dict(zip(self._graph.inputs, values, strict=True))
        example = next(value for value in values if isinstance(value, list))
        wide: set[Node] = set()
        for node, dead in self._steps:
            if node not in known:
                known[node] = self._value(node, known, wide)
                if becomes_wide(node, wide):
                    wide.add(node)
            for each in dead:
                known.pop(each, None)
        return [
            self._whole(node, known[node], node in wide, example) for node in self._graph.outputs
        ]

    def _value(self, node: Node, known: Mapping[Node, Value], wide: set[Node]) -> Value:
        if node.op == "broadcast":
            return known[node.args[0]]  # a number stays one
        if is_number(node):
            return _TABLE.rules["constant"](constant(node.attr("value"), (), node.dtype))
        types = operand_types(node, wide)
        pairs = zip(node.args, types, strict=True)
        args = [
            known[arg] if to is None else _each(_TABLE.cast, known[arg], to) for arg, to in pairs
        ]
        found: Value | None = None
        if node.op in _UNARY and isinstance(args[0], list):
            found = _UNARY[node.op](args[0])
        elif node.op in _BINARY:
            found = _BINARY[node.op](*args)
        if found is None:
            return self._tensor_by_tensor(node, args)
        return list(found)  # PyTorch gives tuples

    def _tensor_by_tensor(self, node: Node, args: Sequence[Value]) -> Value:
        rule = _TABLE.rules[node.op]
        lengths = [len(arg) for arg in args if isinstance(arg, list)]
        if not lengths:
            return rule(node, *args)
        rows = [arg if isinstance(arg, list) else [arg] * lengths[0] for arg in args]
        return [rule(node, *row) for row in zip(*rows, strict=True)]

    def _whole(self, node: Node, value: Value, is_wide: bool, example: Tensors) -> Tensors:
        """A value as a list of tensors of the node's type."""
        found = (
            value
            if isinstance(value, list)
            else [value.to(e.device).expand(e.shape) for e in example]
        )
        return [_TABLE.cast(each, node.dtype) for each in found] if is_wide else found


def _each(function: Callable[..., Tensor], value: Value, *args: Any) -> Value:
    if isinstance(value, list):
        return [function(each, *args) for each in value]
    return function(value, *args)
