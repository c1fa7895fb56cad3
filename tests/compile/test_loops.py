"""The partition into tasks and vectors does not change results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile import blocks
from dovetail.compile.cpu.printer import Printer
from dovetail.compile.loops import INTERLEAVE
from dovetail.compile.pipeline import lower_graph
from dovetail.compile.program import KernelCall
from dovetail.graph.dtypes import as_dtype
from dovetail.language.trace import ArraySpec, trace


@pytest.mark.parametrize("multiple", [1, 64])
@pytest.mark.parametrize("block", [1, 5, 16, 16_384])
@pytest.mark.parametrize("count", [1, 2, 7, 100, 100_000, 1_000_003])
def test_tasks_come_out_even(count: int, block: int, multiple: int) -> None:
    size = blocks.even(count, block, multiple)
    parts = -(-count // size)
    assert size % multiple == 0 or parts == 1
    assert parts * size - count < parts * multiple  # none is much smaller than the others
    assert size <= max(block, multiple)
    if count >= 100 and multiple == 1 < parts:  # about half for each of two threads
        assert (parts // 2) * size >= 0.49 * count


def test_a_hundred_thousand_elements_make_eight_tasks() -> None:
    assert blocks.even(100_000, blocks.TASK_ELEMENTS, blocks.WHOLE_VECTORS) == 12_544
    assert blocks.even(100, 16) == 13


def printed(function: Any) -> str:
    program = lower_graph(trace(function, [ArraySpec((1000,), as_dtype("float32"))]).graph, [(4,)])
    (nest,) = (step.lowered.nest for step in program.steps if isinstance(step, KernelCall))
    return Printer(nest).module()


def test_costly_loops_have_several_vectors_under_way() -> None:
    wanted = f'!{{!"llvm.loop.interleave.count", i32 {INTERLEAVE}}}'
    assert wanted in printed(lambda x: dt.gelu(x))
    assert wanted not in printed(lambda x: dt.relu(x))


@pytest.mark.parametrize("function", [dt.gelu, dt.mish, dt.tanh, dt.sin], ids=lambda f: f.__name__)
def test_a_length_changes_no_bit(function: Any) -> None:
    """Interleaved vectors, single vectors and the remainder compute the same."""
    x = np.random.default_rng(0).normal(size=300).astype(np.float32)
    whole = function(x)
    for length in (1, 7, 8, 15, 16, 17, 63, 64, 65, 127, 129, 299):
        np.testing.assert_array_equal(function(x[:length]), whole[:length])
