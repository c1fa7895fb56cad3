"""The DTensor placements that an operator accepts, derived from its graph.

For an operator on DTensors, PyTorch calls a rule for the placements that it accepts (for each
dimension of the mesh separately) and redistributes the arrays if none is at hand. A sharding that
transform/sharding.py derives is accepted only if every process, at the sizes of its part, would
trace the very graph that it should compute: a definition may depend on sizes. Otherwise every
process computes on whole arrays.

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
from dovetail.language.trace import ArraySpec
from dovetail.operations.operation import Backward, Operation, Specs, Vjp
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


def offer(operator: Operator) -> None:
    """Register an operator with DTensor, as soon as that is imported."""
    if hasattr(sys.modules.get(_TENSOR), "DTensor"):
        _register(operator)
    else:
        _waiting.append(operator)


def register_waiting() -> None:
    """Register all operators with DTensor, which is imported by now."""
    while _waiting:
        _register(_waiting.pop())


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

    def placed(axis: Placement) -> Any:
        if axis is None:
            return api.Replicate()
        return api.Partial() if axis is PARTIAL else api.Shard(axis)

    specs = tuple(ArraySpec(tuple(a.shape), ours(a.tensor_meta.dtype)) for a in arrays)
    summands = [
        number
        for number, each in enumerate(arrays)
        if any(placement.is_partial("sum") for placement in each.placements)
    ]
    derived = _DerivedShardings(operation, outputs, specs)
    for sharding in derived.on_mesh(tuple(arrays[0].mesh.shape), summands):
        given = list(map(placed, sharding.inputs))
        found.append((list(map(placed, sharding.outputs)), [*given, *floats]))
    return found


class _DerivedShardings:
    """The shardings of one operation's arrays at given sizes."""

    def __init__(self, operation: Operation, outputs: int, specs: Specs) -> None:
        self.operation, self.outputs, self.specs = operation, outputs, specs
        self.graph = operation.in_context(specs)
        self.axes = Axes(self.graph)
        self._seen: dict[Any, bool] = {}

    def on_mesh(self, mesh: Sequence[int], summands: Sequence[int]) -> list[Sharding]:
        """Those that are correct along any of the dimensions of a mesh, and along several."""
        partial: list[tuple[int, ...]] = [(number,) for number in summands]
        if len(summands) > 1:
            partial.append(tuple(summands))
        arrays = len(self.specs)
        kept: list[Sharding] = []
        for sharding in shardings(self.graph, self.axes, arrays, self.outputs, partial):
            if sharding.axis is None or all(
                self._is_right(mesh, combination)
                for combination in itertools.product([None, *kept, sharding], repeat=len(mesh))
                if sharding in combination
            ):
                kept.append(sharding)
        return kept

    def _is_right(self, mesh: Sequence[int], combination: Sequence[Sharding | None]) -> bool:
        """Whether every process would compute its part, if split so along each mesh dimension."""
        split = [
            (sharding.axis, extent)
            for sharding, extent in zip(combination, mesh, strict=True)
            if sharding is not None and sharding.axis is not None
        ]
        for position in itertools.product(*(range(extent) for _, extent in split)):
            cuts = [
                (axis, _cut(extent, number))
                for (axis, extent), number in zip(split, position, strict=True)
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
        """Whether a process computes this graph on its parts."""
        if part is None:
            return False
        local = part.input_specs[: len(self.specs)]
        try:
            _learn_local_graph(self.operation, self.specs, local)
            own = self.operation.graph(local)
            old, new = _literals(own), _literals(part)
            if [_content(node) for node in old] != [_content(node) for node in new]:
                return False
            return put(own.outputs, [*own.inputs, *old], [*part.inputs, *new]) == part.outputs
        except Exception:  # a definition need not take these sizes, and may raise anything
            return False


def _literals(graph: Graph) -> list[Node]:
    """Arrays that a definition has captured: each trace makes new nodes for them."""
    return [node for node in graph if node.op == "literal"]


def _content(node: Node) -> tuple[Any, ...]:
    return node.shape, node.dtype, node.attr("array").value.tobytes()


def _cut(parts: int, number: int) -> Cut:
    """The size of one of so many parts, as PyTorch cuts: the last may be smaller, or empty."""

    def cut(extent: int) -> int:
        chunk = -(-extent // parts)
        return min(chunk, max(extent - chunk * number, 0))

    return cut


def _learn_local_graph(operation: Operation, specs: Specs, local: Specs) -> None:
    """Register the graph of a segment within an operation for the parts of its arrays.

    A segment knows graphs only for arrays that a plan was made for (operations/segments.py).
    """
    if isinstance(operation, Segment):
        graph = operation.graph(specs)
        axes = Axes(graph)
        sizes: dict[Any, dict[int, int]] = {}
        for node, spec in zip(graph.inputs, local, strict=False):
            for dim, pair in enumerate(zip(node.shape, spec.shape, strict=True)):
                if pair[0] != pair[1]:
                    sizes.setdefault(axes.find((node, dim)), {}).setdefault(*pair)
        cuts = [(axis, _cut_as(known)) for axis, known in sizes.items()]
        part = localised(graph, axes, cuts, len(graph.outputs))
        if part is not None and part.input_specs[: operation.arrays] == local:
            operation.learn(local, part)
    inner: Operation | None = getattr(operation, "inner", None)
    if inner is not None:
        first = len(operation.cotangents) if isinstance(operation, (Backward, Vjp)) else 0
        arrays = slice(first, first + inner.arrays)
        _learn_local_graph(inner, specs[arrays], local[arrays])


def _cut_as(known: dict[int, int]) -> Cut:
    """A size by that of the whole, or by the same fraction as another one."""

    def cut(extent: int) -> int:
        if extent in known:
            return known[extent]
        whole, part = next(iter(known.items()))
        return extent * part // whole

    return cut
