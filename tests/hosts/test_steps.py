"""`nextafter` where XLA computes it, for every number of the half precisions.

XLA may take subnormal numbers for 0.
"""

from __future__ import annotations

import importlib
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from dovetail.graph.dtypes import as_dtype
from dovetail.graph.node import Graph
from dovetail.graph.primitives.elementwise import nextafter
from dovetail.graph.primitives.row import input_node
from dovetail.operations.composite import prepared
from dovetail.operations.straight_line import straight_line

TARGETS = (0.0, -0.0, np.inf, -np.inf, np.nan, 1.0)


def by_table(host: str, x: Any, y: Any) -> Any:
    """The outputs of XLA's composite for NumPy arrays."""
    framework = pytest.importorskip("jax" if host == "jax" else "tensorflow")
    table = importlib.import_module(f"dovetail.hosts.{host}.table").TABLE
    dtype = as_dtype(x.dtype)
    inputs = [input_node(name, x.shape, dtype) for name in "xy"]
    graph = prepared(Graph(tuple(inputs), (nextafter(*inputs),)), table)

    def function(x: Any, y: Any) -> Any:
        return straight_line(graph, table)(x, y)[0]

    if host == "jax":
        with framework.enable_x64(True):
            return np.asarray(framework.jit(function)(x, y))
    compiled = framework.function(function, jit_compile=True)
    return compiled(framework.constant(x), framework.constant(y)).numpy()


@pytest.mark.parametrize("host", ["jax", "tensorflow"])
@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64], ids=str)
@np.errstate(all="ignore")  # NumPy warns of signalling NaN
def test_every_number(host: str, dtype: Any) -> None:
    if np.dtype(dtype).itemsize == 2:
        x = np.arange(2**16, dtype=np.uint16).view(dtype)
    else:
        special = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, np.finfo(dtype).max]
        x = np.array([*special, np.finfo(dtype).smallest_subnormal], dtype)
    tiny = float(ml_dtypes.finfo(dtype).tiny)
    for target in TARGETS:
        y = np.full_like(x, target)
        expected = np.where(x == y, y, np.nextafter(x, y)).astype(np.float64)
        found = by_table(host, x, y).astype(np.float64)
        small = (np.abs(x.astype(np.float64)) < 2 * tiny) & (np.abs(expected) < 2 * tiny)
        assert small.sum() < max(2**13, 5) and (np.abs(found[small]) <= 2 * tiny).all()
        np.testing.assert_array_equal(found[~small], expected[~small])
        signs = np.signbit(found) == np.signbit(expected)
        assert signs[~small & ~np.isnan(expected)].all()
