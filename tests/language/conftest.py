"""What every test of the language does: trace a function, check the graph, evaluate it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail.graph import dtypes
from dovetail.graph.evaluate import evaluate
from dovetail.graph.typecheck import typecheck
from dovetail.language.trace import ArraySpec, ScalarSpec, Traced, trace
from dovetail.language.tree import flatten, map_leaves, unflatten


def spec(value: Any) -> Any:
    """NumPy arrays become array arguments, Python floats hyperparameters."""
    if isinstance(value, (np.ndarray, np.generic)) and type(value) is not np.float64:
        return ArraySpec(value.shape, dtypes.as_dtype(value.dtype))
    return ScalarSpec() if type(value) is float else value


class Runner:
    """Traces and evaluates; `dtypes` are those of the last run's outputs."""

    dtypes: list[str]
    traced: Traced

    def __call__(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.traced = trace(function, map_leaves(spec, args), map_leaves(spec, kwargs))
        graph = typecheck(self.traced.graph)
        given = [leaf for _, leaf in flatten((args, tuple(kwargs.values())))[0]]
        arrays = [leaf for leaf in given if isinstance(spec(leaf), (ArraySpec, ScalarSpec))]
        results = evaluate(graph, arrays)
        for node, result in zip(graph.outputs, results, strict=True):
            assert result.shape == node.shape
        self.dtypes = [node.dtype.name for node in graph.outputs]
        return unflatten(self.traced.output_tree, results)


@pytest.fixture
def run() -> Runner:
    return Runner()
