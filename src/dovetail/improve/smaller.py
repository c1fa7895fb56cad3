"""A model with some elements of its factors removed, and the proof that it is that model.

The layers are copied with smaller arrays and other fields, and traced again. The graph has to be
the old one with the sizes that follow from what was removed; otherwise a definition depends on a
size in a way that nobody sees in the graph, and the factor is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dovetail.errors import DovetailError, UnsupportedError
from dovetail.graph.node import Node
from dovetail.graph.primitives.scan import is_loop, loop_key
from dovetail.improve.dependencies import Dependencies, Dimensions
from dovetail.improve.factors import Factor, Kept, leaves, mask
from dovetail.improve.fields import fit_fields
from dovetail.improve.traced import refreshed
from dovetail.improve.tracing import inspected
from dovetail.train.inspection import Inspection


@dataclass(frozen=True)
class Refusal:
    """Why a model with these factors made smaller is not possible."""

    reason: str
    factors: tuple[Factor, ...]


def smaller(
    model: Any, found: Inspection, dependencies: Dependencies, kept: Kept
) -> tuple[Any, Refusal | None]:
    """A copy with only the elements in `kept`; or None, and the reason."""
    made = model.fresh_copy()
    refusal = _resize(made, found, dependencies, kept)
    if refusal is not None:
        return None, refusal
    try:
        refreshed(made)
        again = inspected(made)
    except DovetailError as error:
        return None, Refusal(str(error).splitlines()[0], tuple(kept))
    refusal = _Comparison(dependencies, kept).of(
        found.model.outputs, again.model.outputs, dependencies.nodes
    )
    return (None, refusal) if refusal is not None else (made, None)


def _resize(
    model: Any, found: Inspection, dependencies: Dependencies, kept: Kept
) -> Refusal | None:
    """Cut the arrays of the model, and fit the fields of its layers."""
    inputs = {call.path: call.inputs for call in found.calls}
    for layer, prefix in model.walk():
        shapes: dict[str, Any] = {}
        for name in layer.declared:
            if not layer.has_array(name):
                continue
            old = layer.get(name)
            new = cut(old, dependencies.arrays[prefix + name], kept)
            shapes[name] = old.shape, new.shape
            if new.shape != old.shape:
                layer.keep_array(name, np.ascontiguousarray(new))
        given = _from_input(layer, inputs.get(prefix, ()), dependencies, kept)
        resized = any(old != new for old, new in shapes.values())
        if resized or any(getattr(layer, name) != value for name, value in given.items()):
            try:
                fit_fields(layer, shapes, given)
            except UnsupportedError as error:
                own = [dependencies.arrays[prefix + name] for name in shapes]
                return Refusal(error.found, _among(kept, own) or tuple(kept))
            layer.changed()
    return None


def _among(kept: Kept, dimensions: Sequence[Dimensions]) -> tuple[Factor, ...]:
    """The factors of which not all is kept that are in some dimensions."""
    near = {leaf for each in dimensions for one in each for leaf in leaves(one or ())}
    return tuple(factor for factor in kept if factor in near)


def cut(array: Any, dimensions: Dimensions, kept: Kept) -> Any:
    """The elements of an array that are kept."""
    for axis, dimension in enumerate(dimensions):
        if dimension is not None:
            chosen = mask(dimension, kept)
            if not chosen.all():
                array = np.compress(chosen, array, axis)
    return array


def _from_input(
    layer: Any, inputs: Sequence[Node], dependencies: Dependencies, kept: Kept
) -> dict[str, Any]:
    """The fields that come from the layer's first input, with its new sizes."""
    if not inputs:
        return {}
    node = inputs[0]
    dimensions = dependencies.nodes.get(node, (None,) * len(node.shape))
    sizes = [_size(each, size, kept) for each, size in zip(dimensions, node.shape, strict=True)]
    found: dict[str, Any] = {}
    for name, source in layer.inferred.items():
        axes = source.axes(layer)
        if name in vars(layer) and axes is not None:
            several = isinstance(axes, (tuple, list))
            found[name] = tuple(sizes[axis] for axis in axes) if several else sizes[axes]
    return found


def _size(dimension: Any, size: int, kept: Kept) -> int:
    return size if dimension is None else int(mask(dimension, kept).sum())


_SAME = ("axes", "axis", "dims", "steps", "descending", "reverse", "dilations", "value")


class _Comparison:
    """A graph, and the same graph with the sizes that are kept."""

    def __init__(self, dependencies: Dependencies, kept: Kept) -> None:
        self.dependencies, self.kept = dependencies, kept

    def of(self, old: Sequence[Node], new: Sequence[Node], known: Any) -> Refusal | None:
        """Why the second is not the first with smaller sizes, if so; `known`: its dimensions."""
        seen: set[tuple[Node, Node]] = set()
        stack = list(zip(old, new, strict=True))
        while stack:
            pair = stack.pop()
            if pair in seen:
                continue
            seen.add(pair)
            one, other = pair
            dims: Dimensions = known[one]
            if not self._same(one, other, dims, known):
                return self._refusal(one, [dims, *(known[arg] for arg in one.args)])
            if is_loop(one):
                inner = self.dependencies.loops[loop_key(one)].nodes
                bodies = one.attr("body"), other.attr("body")
                refusal = self.of(bodies[0].outputs, bodies[1].outputs, inner)
                if refusal is not None:
                    return refusal
            stack += zip(one.args, other.args, strict=True)
        return None

    def _same(self, one: Node, other: Node, dims: Dimensions, known: Any) -> bool:
        if one.op != other.op or len(one.args) != len(other.args):
            return False
        if len(one.shape) != len(other.shape):
            return False
        for dimension, before, after in zip(dims, one.shape, other.shape, strict=True):
            if dimension is not None and _size(dimension, before, self.kept) != after:
                return False
        if one.op == "size":
            return True
        attributes = dict(other.attrs)
        if any(name in _SAME and attributes[name] != value for name, value in one.attrs):
            return False
        if one.op == "slice":
            return all(
                _start(dimension, start, self.kept) == after
                for dimension, start, after in zip(
                    known[one.args[0]], one.ints("starts"), other.ints("starts"), strict=True
                )
            )
        return True

    def _refusal(self, node: Node, dims: Sequence[Dimensions]) -> Refusal:
        factors = _among(self.kept, dims) or tuple(self.kept)
        where = f" at {node.source}" if node.source else ""
        what = "a number" if node.op == "constant" else f"a {node.op}"
        return Refusal(f"{what}{where} depends on a size that is not that of an array", factors)


def _start(dimension: Any, start: int, kept: Kept) -> int:
    return start if dimension is None else int(mask(dimension, kept)[:start].sum())
