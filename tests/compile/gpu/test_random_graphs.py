"""The random graphs of the CPU's tests on the emulator, beside the reference."""

from __future__ import annotations

import numpy as np
import pytest

from dovetail.errors import UnsupportedError
from dovetail.graph.dtypes import DType, bfloat16, float16, float32, float64
from tests.compile.gpu.device import run
from tests.compile.harness import evaluate
from tests.compile.random_graphs import random_graph

# Of an output's largest value.
TOLERANCES = {float32: 2e-5, float64: 1e-12, float16: 1e-2, bfloat16: 5e-2}


@pytest.mark.parametrize("dtype", TOLERANCES, ids=str)
@pytest.mark.parametrize("start", [0, 100])
def test_random_graphs(start: int, dtype: DType) -> None:
    refused = 0
    for seed in range(start, start + 12):
        graph, arrays = random_graph(seed, dtype=dtype, empty=seed % 4 == 0)
        try:
            made = run(graph, arrays, seed=seed).outputs
        except UnsupportedError:
            refused += 1
            continue
        with np.errstate(all="ignore"):
            expected = evaluate(graph, arrays)
        for number, (result, value) in enumerate(zip(made, expected, strict=True)):
            value = np.asarray(value, np.float64)
            scale = float(np.max(np.abs(value[np.isfinite(value)]), initial=1e-30))
            limit = TOLERANCES[dtype]
            np.testing.assert_allclose(
                result.astype(np.float64), value, rtol=limit, atol=limit * scale,
                err_msg=f"seed {seed}, output {number}",
            )  # fmt: skip
    assert refused <= 4
