"""How DTensor may place the arrays of an operator: derived from the operator's graph.

Where an operator meets DTensors, PyTorch asks for the placements that it accepts (for each
dimension of the mesh on its own) and moves the arrays where none of them is at hand. What
transform/sharding.py derives is offered only if every process, at the sizes of its part, would
trace the very graph that it should compute: a definition may ask for sizes. Whatever cannot be
derived is computed by every process on whole arrays.

Nothing here imports torch.distributed.tensor before the program has.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import sys
from collections.abc import Sequence
from typing import Any, Protocol

import torch

from dovetail.extension.values import put
from dovetail.graph.node import Graph, Node
from dovetail.hosts.torch.dtypes import ours
from dovetail.hosts.torch.memory import is_distributed
from dovetail.language.trace import ArraySpec
from dovetail.operations.operation import Backward, Operation, Specs, Vjp, spec_of
from dovetail.operations.segments import Segment
from dovetail.transform.axes import Axes
from dovetail.transform.sharding import (
    PARTIAL,
    Cut,
    Placement,
    Sharding,
    localised,
    shardings,
)

_TENSOR = "torch.distributed.tensor"


class Operator(Protocol):
    """An operator that PyTorch knows."""

    operation: Operation
    outputs: int
    overload: Any


_waiting: list[Operator] = []  # for the program to import torch.distributed.tensor


def _is_imported() -> bool:
    return hasattr(sys.modules.get(_TENSOR), "DTensor")


def offer(operator: Operator) -> None:
    """Let DTensor know an operator, as soon as there may be one."""
    if _is_imported():
        _register(operator)
    else:
        _waiting.append(operator)


def distributed(arrays: Sequence[Any]) -> bool:
    """Whether some of the arrays are DTensors; if so, PyTorch knows how to place all operators."""
    if not any(map(is_distributed, arrays)):
        return False
    while _waiting:
        _register(_waiting.pop())
    return True


def _register(operator: Operator) -> None:
    experimental = importlib.import_module(f"{_TENSOR}.experimental")
    rule = functools.partial(acceptable, operator.operation, operator.outputs)
    experimental.register_sharding(operator.overload)(rule)


def acceptable(operation: Operation, outputs: int, *args: Any) -> list[tuple[list[Any], list[Any]]]:
    """The placements of outputs and inputs that an operator accepts, along one mesh dimension."""
    api: Any = sys.modules[_TENSOR]
    arrays = args[: operation.arrays]
    floats = [None] * operation.scalars
    found = [([api.Replicate()] * outputs, [api.Replicate()] * len(arrays) + floats)]
    if any(isinstance(size, torch.SymInt) for each in arrays for size in each.shape):
        return found  # what is right at one size need not be at another

    def placement(place: Placement) -> Any:
        if place is None:
            return api.Replicate()
        return api.Partial() if place is PARTIAL else api.Shard(place)

    specs = tuple(ArraySpec(tuple(a.shape), ours(a.tensor_meta.dtype)) for a in arrays)
    summands = [
        number
        for number, each in enumerate(arrays)
        if any(place.is_partial("sum") for place in each.placements)
    ]
    ways = _Derived(operation, outputs, specs).ways(tuple(arrays[0].mesh.shape), summands)
    for way in ways:
        given = [placement(place) for place in way.inputs]
        found.append(([placement(place) for place in way.outputs], [*given, *floats]))
    return found


class _Derived:
    """The ways to place the arrays of one operation at given sizes."""

    def __init__(self, operation: Operation, outputs: int, specs: Specs) -> None:
        self.operation, self.outputs, self.specs = operation, outputs, specs
        self.graph = operation.in_context(specs)
        self.axes = Axes(self.graph)
        self._seen: dict[Any, bool] = {}

    def ways(self, mesh: Sequence[int], summands: Sequence[int]) -> list[Sharding]:
        """Those that are right along any of the dimensions of a mesh, and along several."""
        partial: list[tuple[int, ...]] = [(number,) for number in summands]
        if len(summands) > 1:
            partial.append(tuple(summands))
        arrays = len(self.specs)
        kept: list[Sharding] = []
        for way in shardings(self.graph, self.axes, arrays, self.outputs, partial):
            if way.axis is None or all(
                self._is_right(mesh, together)
                for together in itertools.product([None, *kept, way], repeat=len(mesh))
                if way in together
            ):
                kept.append(way)
        return kept

    def _is_right(self, mesh: Sequence[int], together: Sequence[Sharding | None]) -> bool:
        """Whether every process would compute its part, if split so along each mesh dimension."""
        split = [
            (way.axis, extent)
            for way, extent in zip(together, mesh, strict=True)
            if way is not None and way.axis is not None
        ]
        for place in itertools.product(*(range(extent) for _, extent in split)):
            cuts = [
                (axis, _cut(extent, number))
                for (axis, extent), number in zip(split, place, strict=True)
            ]
            shapes = tuple(
                self._extents(node.shape, node, cuts)
                for node in self.graph.inputs[: len(self.specs)]
            )
            if shapes not in self._seen:
                self._seen[shapes] = self._agrees(
                    localised(self.graph, self.axes, cuts, self.outputs)
                )
            if not self._seen[shapes]:
                return False
        return True

    def _extents(self, shape: Any, node: Any, cuts: Sequence[tuple[Any, Cut]]) -> tuple[int, ...]:
        extents = list(shape)
        for axis, cut in cuts:
            dim = self.axes.along(node, axis)
            if dim is not None:
                extents[dim] = cut(extents[dim])
        return tuple(extents)

    def _agrees(self, part: Graph | None) -> bool:
        """Whether a process that is given its parts computes this graph."""
        if part is None:
            return False
        local = tuple(map(spec_of, part.inputs[: len(self.specs)]))
        try:
            _teach(self.operation, self.specs, local)
            own = self.operation.graph(local)
            old, new = _literals(own), _literals(part)
            if [_content(node) for node in old] != [_content(node) for node in new]:
                return False
            return put(own.outputs, [*own.inputs, *old], [*part.inputs, *new]) == part.outputs
        except Exception:  # a definition need not take these sizes, and may say so in any way
            return False


def _literals(graph: Graph) -> list[Node]:
    """The arrays that a definition has captured: each trace has nodes of its own for them."""
    return [node for node in graph if node.op == "literal"]


def _content(node: Node) -> tuple[Any, ...]:
    return node.shape, node.dtype, node.attr("array").value.tobytes()


def _cut(parts: int, number: int) -> Cut:
    """The size of one of so many parts, as PyTorch cuts: the last may be smaller, or empty."""

    def cut(extent: int) -> int:
        chunk = -(-extent // parts)
        return min(chunk, max(extent - chunk * number, 0))

    return cut


def _teach(operation: Operation, specs: Specs, local: Specs) -> None:
    """Tell a segment within an operation its graph for the parts of its arrays.

    It knows graphs only for arrays that a plan was made for (operations/segments.py).
    """
    if isinstance(operation, Segment):
        graph = operation.graph(specs)
        axes = Axes(graph)
        sizes: dict[Any, dict[int, int]] = {}
        for node, spec in zip(graph.inputs, local, strict=False):
            for dim, pair in enumerate(zip(node.shape, spec.shape, strict=True)):
                if pair[0] != pair[1]:
                    sizes.setdefault(axes.find((node, dim)), {}).setdefault(*pair)
        cuts = [(axis, _looked_up(known)) for axis, known in sizes.items()]
        part = localised(graph, axes, cuts, len(graph.outputs))
        if part is not None and tuple(map(spec_of, part.inputs[: operation.arrays])) == local:
            operation.learn(local, part)
    inner: Operation | None = getattr(operation, "inner", None)
    if inner is not None:
        first = len(operation.cotangents) if isinstance(operation, (Backward, Vjp)) else 0
        arrays = slice(first, first + inner.arrays)
        _teach(inner, specs[arrays], local[arrays])


def _looked_up(known: dict[int, int]) -> Cut:
    """A size by that of the whole, or by the same fraction as another one."""

    def cut(extent: int) -> int:
        if extent in known:
            return known[extent]
        whole, part = next(iter(known.items()))
        return extent * part // whole

    return cut


__all__ = ["Operator", "acceptable", "distributed", "offer"]
