"""Extensions run on the reference evaluator here: what is tested is not the compiler."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.extension import dispatch
from dovetail.extension.base import Extension
from dovetail.graph.node import Graph
from dovetail.hosts.numpy.host import NumpyHost
from dovetail.hosts.registry import REGISTRY, Registry
from tests.reference_executable import compile_graph


class Counter:
    """Counts the graphs that were made into executables."""

    count = 0

    def compile(self, graph: Graph, strides: Sequence[tuple[int, ...] | None]) -> Any:
        self.count += 1
        return compile_graph(graph, strides)


@pytest.fixture(autouse=True)
def compiled() -> Iterator[Counter]:
    """Installs a NumPy host on the reference evaluator, and counts what it compiles."""
    counter = Counter()
    registry = Registry()
    registry.add(NumpyHost(counter.compile))
    dispatch.install(registry)
    yield counter
    dispatch.install(REGISTRY)
    for each in vars(dt).values():
        if isinstance(each, Extension):
            each.forget_callers()  # other folders would find what the reference computes


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
