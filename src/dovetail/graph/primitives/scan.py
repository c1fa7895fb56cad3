"""The row of a loop over time, `scan`: a graph that is run once for each step.

A loop has the operands `(carries..., constants..., xs...)`. Its body is a graph from the values at
one step to `(carries..., ys...)`: what the next step receives, and what is stacked along the first
dimension. Each output of a loop is a node of its own, `index` says which; the nodes of one loop
have the same operands and the same other attributes (`members`).

A loop of length `UNTIL` has carries alone, the first of which is a bool of shape (): it runs as
long as that is true. Such a loop has no reverse mode, because the number of its steps is not known.

A body reads nothing but its inputs, and its inputs are named by position: equal bodies are one
object. Its sizes are plain numbers, because it outlives the recording (sizes.py) it is made in.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from dovetail.errors import ShapeError, StructureError
from dovetail.graph.dtypes import DType
from dovetail.graph.evaluate import evaluate_nodes
from dovetail.graph.node import (
    Attributes,
    Dimensions,
    Graph,
    Node,
    Nodes,
    Shape,
    Tie,
    substitute,
    topological,
)
from dovetail.graph.primitives.row import Array, Loop, Primitive, input_node
from dovetail.graph.sizes import is_recorded, is_reused

T = TypeVar("T")

UNTIL = -1  # the length of a loop that runs while its first carry is true


@dataclass(frozen=True)
class Derivation:
    """That a body computes the outputs of another one, too.

    `inputs[i]` and `outputs[i]` are the positions of input and output i of that one.
    """

    body: Body
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Body:
    """What a loop does in one step. Make it with `body_of`."""

    graph: Graph
    carries: int
    constants: int
    derivation: Derivation | None = None
    _derived: dict[Hashable, Any] = field(default_factory=dict["Hashable", "Any"])

    @property
    def inputs(self) -> Nodes:
        return self.graph.inputs

    @property
    def outputs(self) -> Nodes:
        return self.graph.outputs

    @property
    def first_x(self) -> int:
        """The position of the first input that differs from step to step."""
        return self.carries + self.constants

    def by_role(self, values: Sequence[T]) -> tuple[Sequence[T], Sequence[T], Sequence[T]]:
        """Values for the inputs: those for carries, for constants and for xs."""
        first, last = self.carries, self.first_x
        return values[:first], values[first:last], values[last:]

    def derived(self, key: Hashable, make: Callable[[], T]) -> T:
        """What a pass has made of the body under this key; all threads get the same object."""
        if key not in self._derived:
            made = make()
            self._derived.setdefault(key, made)
        return self._derived[key]

    def __repr__(self) -> str:
        xs, ys = len(self.inputs) - self.first_x, len(self.outputs) - self.carries
        return f"<{self.carries} carries, {self.constants} constants, {xs} xs, {ys} ys>"


_bodies: weakref.WeakValueDictionary[tuple[Any, ...], Body] = weakref.WeakValueDictionary()
_lock = threading.RLock()


def body_of(
    carries: Sequence[Node],
    constants: Sequence[Node],
    xs: Sequence[Node],
    outputs: Sequence[Node],
    derivation: Derivation | None = None,
) -> Body:
    """The body with these inputs and outputs; the inputs are renamed."""
    named: list[Node] = []
    for role, nodes in (("carry", carries), ("constant", constants), ("x", xs)):
        for number, node in enumerate(nodes):
            named.append(input_node(f"{role}.{number}", node.shape, node.dtype))
    old = (*carries, *constants, *xs)
    found = substitute(outputs, dict(zip(old, named, strict=True)))
    graph = Graph(tuple(named), found)
    recorded = [n for node in (*named, *found) for n in node.shape if is_recorded(n)]
    if recorded:  # a reused result would need other sizes in its bodies, which nobody fills in
        assert not any(map(is_reused, recorded))
        return Body(graph, len(carries), len(constants), derivation)
    key = tuple(map(id, named)), tuple(map(id, found)), len(carries), len(constants), derivation
    with _lock:
        known = _bodies.get(key)
        if known is None:
            known = _bodies[key] = Body(graph, len(carries), len(constants), derivation)
    return known


# The row.


def _infer(name: str, args: Nodes, attrs: Attributes) -> tuple[Shape, DType]:
    body: Body = attrs["body"]
    length: int = attrs["length"]
    index: int = attrs["index"]
    for number, (arg, inner) in enumerate(zip(args, body.inputs, strict=True)):
        expected = inner.shape if number < body.first_x else (length, *inner.shape)
        if arg.shape != expected or arg.dtype is not inner.dtype:
            raise ShapeError(
                f"operand {number} of a {name}", [(arg.shape, arg.dtype)],
                f"{inner.dtype} of shape {expected}",
            )  # fmt: skip
    output: Node = body.outputs[index]
    return (output.shape if index < body.carries else (length, *output.shape)), output.dtype


def run(body: Body, arrays: Sequence[Array], length: int, reverse: bool) -> list[Array]:
    """All outputs of a loop, by the reference evaluator."""
    state, constants, xs = body.by_role(arrays)
    ys = [
        np.zeros((length, *node.shape), np.float64 if node.dtype.is_floating else node.dtype.numpy)
        for node in body.outputs[body.carries :]
    ]
    steps: Iterable[int] = reversed(range(length)) if reverse else range(length)
    if length == UNTIL:
        steps = itertools.takewhile(lambda _: bool(state[0]), itertools.count())
    for step in steps:
        given = (*state, *constants, *(x[step] for x in xs))
        found = evaluate_nodes(body.outputs, dict(zip(body.inputs, given, strict=True)))
        state = found[: body.carries]
        for stacked, value in zip(ys, found[body.carries :], strict=True):
            stacked[step] = value
    return [*state, *ys]


class _Last(threading.local):
    """The loop that this thread evaluated last: its other outputs are asked for next."""

    key: tuple[Any, ...] = ()
    found: Sequence[Array] = ()


_last = _Last()


def _evaluate(node: Node, *arrays: Array) -> Array:
    key = (node.attr("body"), node.flag("reverse"), *arrays)
    alike = len(key) == len(_last.key) and all(map(lambda a, b: a is b, key, _last.key))
    if not alike:
        _last.found = run(key[0], arrays, node.integer("length"), node.flag("reverse"))
        _last.key = key
    return _last.found[node.integer("index")]


class Looped(Dimensions):
    """No dimension is known to correspond to another; batching makes another loop."""

    def ties(self, node: Node) -> Iterable[Tie]:  # type: ignore[override]
        return ()

    def batched(self, attributes: Attributes, size: int) -> Attributes:
        raise NotImplementedError("a loop is batched as a whole: transform/scan_batch.py")


scan = Primitive(
    "scan", "loop", None, _infer, _evaluate, Loop(), Looped(), accumulates=True,
)  # fmt: skip


def loop(
    body: Body,
    operands: Sequence[Node],
    length: int,
    reverse: bool = False,
    checkpoint: bool = False,
    source: str | None = None,
) -> Nodes:
    """The outputs of a loop.

    `checkpoint`: reverse mode keeps the carries alone, and computes everything else again.
    """
    if len(operands) != len(body.inputs):
        raise StructureError("the operands of a loop", len(operands), len(body.inputs))
    return tuple(
        scan.apply(tuple(operands), _attrs(body, index, length, reverse, checkpoint), source)
        for index in range(len(body.outputs))
    )


def _attrs(
    body: Body, index: int, length: int, reverse: bool, checkpoint: bool
) -> tuple[tuple[str, Any], ...]:
    return (
        ("body", body), ("checkpoint", checkpoint), ("index", index), ("length", length),
        ("reverse", reverse),
    )  # fmt: skip


def is_loop(node: Node) -> bool:
    """Whether a node is an output of a loop."""
    return node.primitive is scan


LoopKey = tuple[Body, int, bool, bool, Nodes]


def loop_key(node: Node) -> LoopKey:
    """What the outputs of one loop have in common: body, length, direction, operands."""
    return (
        node.attr("body"), node.integer("length"), node.flag("reverse"), node.flag("checkpoint"),
        node.args,
    )  # fmt: skip


def loop_of(node: Node) -> Nodes:
    """All outputs of the loop that a node is an output of."""
    body, length, reverse, checkpoint, operands = loop_key(node)
    return loop(body, operands, length, reverse, checkpoint, node.source)


def members(nodes: Iterable[Node]) -> dict[LoopKey, list[Node]]:
    """The loops among nodes, each with those of its outputs that are among them."""
    found: dict[LoopKey, list[Node]] = {}
    for node in nodes:
        if node.primitive is scan:
            found.setdefault(loop_key(node), []).append(node)
    return found


def bodies_in(graph: Graph) -> list[Body]:
    """The bodies of the loops of a graph, and of the loops inside them."""
    found: dict[Body, None] = {}
    waiting = [graph]
    while waiting:
        for node in topological(waiting.pop().outputs):
            if node.primitive is scan and node.attr("body") not in found:
                found[node.attr("body")] = None
                waiting.append(node.attr("body").graph)
    return list(found)


def is_reversible(graph: Graph) -> bool:
    """Whether the number of steps of every loop is known, so that there is a reverse mode."""
    graphs = (graph, *(body.graph for body in bodies_in(graph)))
    return not any(is_loop(x) and x.integer("length") == UNTIL for each in graphs for x in each)


ROWS: tuple[Primitive, ...] = (scan,)
