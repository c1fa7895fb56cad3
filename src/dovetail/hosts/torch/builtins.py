"""Operations that PyTorch records itself: for few elements, its node in C++ is the shorter way.

A node in Python costs 7 us more than one in C++, whatever it does. Where an operation is, bit for
bit, one function of PyTorch's own, and so small that nothing but the node matters, that function
is called instead; for more elements the fused kernels and their recycled memory are faster.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import torch

from dovetail.graph.node import Graph
from dovetail.graph.primitives.elementwise import less_equal, select
from dovetail.hosts.torch.boxed import POOLED
from dovetail.transform.rewrite import Application, Match, matches, of

# Of one array v: as it is written, and PyTorch's function, whose derivative is the same too.
# select(v > 0, v, 0) is not among them: it makes 0 of NaN.
OWN: tuple[tuple[Application, Callable[[Any], Any]], ...] = (
    (of(select, of(less_equal, "v", 0.0), 0.0, "v"), torch.relu),
)


def own(graph: Graph) -> Callable[..., Any] | None:
    """PyTorch's function that does what the graph does, where it is the better choice."""
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        return None
    (output,) = graph.outputs
    if prod(output.shape) * output.dtype.itemsize >= POOLED:
        return None
    for pattern, function in OWN:
        match = Match(output)
        if matches(pattern, output, match) and match["v"] is graph.inputs[0]:
            return function
    return None
