"""Loops in reverse mode: the residuals of the forward pass are kept, and not computed again.

JAX asks for forward mode and transposes it. For an operation with loops the rule of forward mode
runs the operation that returns residuals, and hands them to `WithResiduals`: forward mode that does
not read them, and whose transpose is the backward operation that does.

A residual follows from the arrays, so a derivative may go around it: the derivatives of these
operations are those of `plain` ones.
"""

from __future__ import annotations

from dovetail.graph.node import Graph
from dovetail.graph.primitives.row import fresh_input
from dovetail.graph.primitives.scan import is_reversible
from dovetail.operations.operation import (
    Attachment,
    Backward,
    Batched,
    Forward,
    ForwardBackward,
    Indices,
    Jvp,
    Operation,
    Specs,
    Vjp,
    remember,
)
from dovetail.transform.scan_hoist import has_loops


class WithResiduals(Operation):
    """(arrays..., tangents..., kept outputs..., residuals...) -> the tangents of outputs."""

    def __init__(self, jvp: Jvp, halves: ForwardBackward) -> None:
        self.jvp_of = jvp
        self.halves_of = halves
        arrays = jvp.arrays + len(halves.kept) + halves.residuals
        super().__init__(f"{jvp.name}_with_residuals", arrays, jvp.scalars)

    def _build(self, specs: Specs) -> Graph:
        own = self.jvp_of.arrays
        graph = self.jvp_of.graph(specs[:own])
        like = graph.inputs[0]
        unread = [
            fresh_input(like, f"residual.{n}", shape=spec.shape, dtype=spec.dtype)
            for n, spec in enumerate(specs[own:])
        ]
        return Graph((*graph.inputs[:own], *unread, *graph.inputs[own:]), graph.outputs)

    @property
    def tangents(self) -> Indices:
        """The positions of the tangents among the arrays."""
        return tuple(range(self.jvp_of.inner.arrays, self.jvp_of.arrays))


_made = Attachment[dict[tuple[Indices, Indices, Specs], WithResiduals | None]](lambda _: {})


def with_residuals(
    operation: Operation, moving: Indices, outputs: Indices, specs: Specs
) -> WithResiduals | None:
    """Forward mode that is handed residuals; None where nothing is kept."""
    if isinstance(operation, (Jvp, Vjp)) or plain(operation) is not operation:
        return None
    graph = operation.graph(specs)
    if not graph.known(has_loops) or not graph.known(is_reversible):
        return None
    known, key = _made.of(operation), (moving, outputs, specs)
    if key not in known:
        halves = operation.partition(outputs, moving, specs)
        jvp = operation.jvp(moving, outputs)
        assert isinstance(jvp, Jvp)
        remember(known, key, WithResiduals(jvp, halves) if halves.residuals else None)
    return known[key]


def plain(operation: Operation) -> Operation:
    """The operation of the first arrays that has the same outputs, residuals aside."""
    if isinstance(operation, Forward):
        return operation.inner
    if isinstance(operation, Backward):
        return operation.inner.vjp(operation.cotangents, operation.wrt)
    if isinstance(operation, WithResiduals):
        return operation.jvp_of
    if isinstance(operation, Batched):
        inner = plain(operation.inner)
        mapped = tuple(n for n in operation.mapped if n < inner.arrays)
        return operation if inner is operation.inner else inner.batched(mapped)
    return operation
