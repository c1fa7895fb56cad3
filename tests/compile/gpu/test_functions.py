"""Elementary functions on the emulator: every half precision, samples of float32."""

from __future__ import annotations

import numpy as np
import pytest

from dovetail.compile.cpu import native
from dovetail.compile.scalar.vectormath import FUNCTIONS
from dovetail.graph.dtypes import DType, bfloat16, float16, float32
from dovetail.graph.primitives import PRIMITIVES
from tests.compile.gpu.device import run
from tests.compile.harness import Array, graph_of
from tests.compile.harness import run as run_on_cpu

UNARY = [name for name, count in FUNCTIONS.items() if count == 1 and name in PRIMITIVES]


def arguments(dtype: DType) -> Array:
    """Every number of a half precision; of float32 some of every size, and special ones."""
    if dtype.bits == 16:
        return np.arange(1 << 16).astype(np.uint16).view(dtype.numpy)
    bits = np.random.default_rng(0).integers(0, 1 << 32, 4000, dtype=np.uint32)
    near = np.random.default_rng(1).standard_normal(4000).astype(np.float32) * 4
    edges = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 1e-45, 3e38], np.float32)
    return np.concatenate([bits.view(np.float32), near, edges])


@pytest.mark.skipif(not native.has_fused_multiply_add(), reason="the CPU rounds products of sums")
@pytest.mark.parametrize("dtype", [float16, bfloat16, float32], ids=str)
def test_functions_have_the_bits_of_the_cpu(dtype: DType) -> None:
    """The CPU's are held to 2 ULP, by every float32 where it counts (test_vectormath.py)."""
    x = arguments(dtype)
    for name in UNARY:
        graph = graph_of(lambda node, name=name: PRIMITIVES[name].apply((node,), ()), x)
        (made,), (expected,) = run(graph, [x]).outputs, run_on_cpu(graph, [x])
        raw = f"u{dtype.itemsize}"
        same = (made.view(raw) == expected.view(raw)) | (np.isnan(made) & np.isnan(expected))
        assert same.all(), f"{name}({x[~same][0]!r}): {made[~same][0]!r}, {expected[~same][0]!r}"
