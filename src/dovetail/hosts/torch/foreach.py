"""Elementwise maths on lists of tensors, one call of PyTorch for each function and list.

By `TABLE` a flat graph (compile/flat.py) is computed for tensors of any shapes, all of one type and
on one device, by `torch._foreach_*`; what PyTorch has no such function for is computed tensor by
tensor. Numbers are 0-d tensors: on the CPU, or on the tensors' device.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import torch

from dovetail.graph.dtypes import DType
from dovetail.graph.node import Node
from dovetail.hosts.torch.devices import CPU
from dovetail.hosts.torch.table import table_on
from dovetail.operations.composite import Rule, Table

Tensor = torch.Tensor
Tensors = list[Tensor]
Value: TypeAlias = "Tensor | Tensors"  # a number, or a tensor for each of the list

_torch: Any = torch
_TENSORS = table_on(CPU, single=True)


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


_FUNCTIONS: Mapping[str, Callable[..., Tensors | None]] = {
    "add": _commuting(_torch._foreach_add, takes_tensor=True),
    "multiply": _commuting(_torch._foreach_mul, takes_tensor=True),
    "subtract": _Binary(_torch._foreach_sub, swapped=_difference),
    "divide": _Binary(_torch._foreach_div, takes_tensor=True),
    "maximum": _commuting(_torch._foreach_maximum),
    "minimum": _commuting(_torch._foreach_minimum),
    "power": _Binary(_torch._foreach_pow),
    "negative": _torch._foreach_neg, "absolute": _torch._foreach_abs,
    "sqrt": _torch._foreach_sqrt, "rsqrt": _torch._foreach_rsqrt, "exp": _torch._foreach_exp,
    "log": _torch._foreach_log, "tanh": _torch._foreach_tanh,
    "sigmoid": _torch._foreach_sigmoid, "erf": _torch._foreach_erf,
}  # fmt: skip


def _rule(name: str) -> Rule:
    """The rule of a primitive for operands of which some are lists, or none."""
    of_tensors, of_lists = _TENSORS.rules[name], _FUNCTIONS.get(name)

    def rule(node: Node, *args: Value) -> Value:
        lengths = [len(arg) for arg in args if isinstance(arg, list)]
        if not lengths:
            return of_tensors(node, *args)
        found = None if of_lists is None else of_lists(*args)
        if found is not None:
            return list(found)  # PyTorch gives tuples
        rows = [arg if isinstance(arg, list) else [arg] * lengths[0] for arg in args]
        return [of_tensors(node, *row) for row in zip(*rows, strict=True)]

    return rule


def _cast(value: Value, dtype: DType) -> Value:
    if isinstance(value, list):
        return [_TENSORS.cast(each, dtype) for each in value]
    return _TENSORS.cast(value, dtype)


# What is broadcast is a number, and stays one.
_RULES = {**{name: _rule(name) for name in _TENSORS.rules}, "broadcast": lambda node, x: x}
TABLE: Table = replace(_TENSORS, rules=_RULES, cast=_cast)
