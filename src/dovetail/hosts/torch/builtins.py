"""Functions of PyTorch's own that replace an operation of few elements.

An autograd node in Python costs 7 us more than one in C++. Where an operation is, bit for bit, one
function of PyTorch's own, and so small that the node dominates, that function is called instead;
for more elements the fused kernels and their recycled memory are faster.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import torch

from dovetail.compile.cpu.memory import POOLED
from dovetail.graph.node import Graph
from dovetail.graph.primitives.elementwise import less_equal, select
from dovetail.transform.rewrite import Application, Match, matches, of

# Patterns of one array v, and PyTorch's function with the same value and derivative.
# select(v > 0, v, 0) is not among them: it makes 0 of NaN.
BUILTINS: tuple[tuple[Application, Callable[[Any], Any]], ...] = (
    (of(select, of(less_equal, "v", 0.0), 0.0, "v"), torch.relu),
)


def builtin_of(graph: Graph) -> Callable[..., Any] | None:
    """PyTorch's function for a graph, where it is faster."""
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        return None
    (output,) = graph.outputs
    if prod(output.shape) * output.dtype.itemsize >= POOLED:
        return None
    for pattern, function in BUILTINS:
        match = Match(output)
        if matches(pattern, output, match) and match["v"] is graph.inputs[0]:
            return function
    return None
