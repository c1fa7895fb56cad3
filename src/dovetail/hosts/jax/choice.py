"""Where our kernel is called on the CPU, and where XLA computes `jax.numpy`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from dovetail.graph.node import Graph

_forced: ContextVar[bool | None] = ContextVar("forced", default=None)


@contextmanager
def forced(kernel: bool | None) -> Iterator[None]:
    """What is compiled in this context calls kernels wherever it can, or nowhere; for tests."""
    token = _forced.set(kernel)
    try:
        yield
    finally:
        _forced.reset(token)


def kernel_wins(graph: Graph, alone: bool) -> bool:
    """Whether the kernel of a graph is expected to beat XLA."""
    found = _forced.get()
    if found is not None:
        return found
    if any(node.size == 0 for node in (*graph.inputs, *graph.outputs)):
        return False
    return True
