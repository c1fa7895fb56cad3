"""Compile for JAX with kernels wherever possible, or nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from unittest import mock

from dovetail.graph.node import Graph


@contextmanager
def forced(kernel: bool) -> Iterator[None]:
    """Whatever is faster."""

    def wins(graph: Graph, alone: bool, after_product: bool) -> bool:
        return kernel and all(prod(s.shape) for s in (*graph.input_specs, *graph.output_specs))

    with mock.patch("dovetail.hosts.jax.lowering.kernel_wins", wins):
        yield
