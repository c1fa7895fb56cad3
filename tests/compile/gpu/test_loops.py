"""Loops over time as one kernel: values, gradients, layouts, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail.compile.gpu import ptxas
from dovetail.compile.gpu.target import target_of
from dovetail.graph.dtypes import DType, bfloat16, float32, float64
from dovetail.graph.evaluate import evaluate
from tests.compile.gpu.device import changed, execute, planned, run
from tests.compile.harness import Array, dt, random, traced, with_gradients


def decayed(carry: Any, xs: Any, factor: Any, *, reverse: bool = False) -> Any:
    """A linear recurrence, and a function of its state."""

    def step(state: Any, x: Any) -> Any:
        state = state * factor + x
        return state, dt.tanh(state)

    return dt.scan(step, carry, xs, reverse=reverse)


def backwards(carry: Any, xs: Any, factor: Any) -> Any:
    return decayed(carry, xs, factor, reverse=True)


def coupled(carry: Any, xs: Any, factor: Any) -> Any:
    """Two carries of each other, one of which is a y too, and an array in the step."""
    weights = dt.asarray(np.linspace(0.5, 1, xs.shape[-1]).astype("float32"))

    def step(pair: Any, x: Any) -> Any:
        slow, fast = pair
        after = fast * factor + slow * weights
        return (after, slow * 0.5 + x), after

    return dt.scan(step, (carry, carry * 2), xs)


def unseen(carry: Any, xs: Any, factor: Any) -> Any:
    """No xs: a length, and a carry that is overwritten without being read."""
    return dt.scan(lambda state, _: (state * factor, factor), carry, None, length=xs.shape[0])


LOOPS: dict[str, Callable[..., Any]] = {
    "decayed": decayed, "backwards": backwards, "coupled": coupled, "unseen": unseen,
}  # fmt: skip


def arrays_of(steps: int, columns: int, dtype: DType = float32) -> list[Array]:
    """A carry, xs and factors below 1."""
    factor = random(2, (columns,), dtype, 0.3)
    return [random(0, (columns,), dtype), random(1, (steps, columns), dtype), factor]


def check(function: Callable[..., Any], arrays: list[Array], tolerance: float) -> int:
    """Compare with the reference in float64; the kernels that it took."""
    graph = with_gradients(traced(function, *arrays))
    seeds = [random(5 + n, node.shape, node.dtype)
             for n, node in enumerate(graph.inputs[len(arrays) :])]  # fmt: skip
    given = [*arrays, *seeds]
    wide = [each.astype(np.float64) for each in given]
    exact = with_gradients(traced(function, *wide[: len(arrays)]))
    for made, right in zip(run(graph, given).outputs, evaluate(exact, wide), strict=True):
        np.testing.assert_allclose(made.astype(np.float64), right, rtol=tolerance, atol=tolerance)
    return len(planned(graph, given).launches)


@pytest.mark.parametrize("name", LOOPS)
@pytest.mark.parametrize(("steps", "columns"), [(1, 16), (2, 33), (5, 64), (6, 700)])
def test_values_and_gradients(name: str, steps: int, columns: int) -> None:
    assert check(LOOPS[name], arrays_of(steps, columns), 2e-5) <= 6


def test_data_types() -> None:
    check(decayed, arrays_of(4, 40, float64), 1e-13)
    check(decayed, arrays_of(4, 40, bfloat16), 0.06)


def test_a_carry_of_several_dimensions_with_strided_xs() -> None:
    carry = random(0, (3, 20), float32)
    xs = np.swapaxes(random(1, (20, 6, 3), float32), 0, 2)[::-1].swapaxes(0, 1)
    assert xs.shape == (6, 3, 20)
    assert not xs.flags.c_contiguous
    check(decayed, [carry, xs, random(2, (3, 20), float32, 0.3)], 2e-5)


def test_another_length_is_the_same_code() -> None:
    few, many = (
        planned(traced(decayed, *arrays), arrays).launches
        for arrays in (arrays_of(3, 64), arrays_of(50, 128))
    )
    (one,), (other,) = few, many
    assert one.module is other.module
    assert one.grid == other.grid == (1, 1, 1)


# An error in the code of the loop over steps.
PLANTED = {
    "the memory of another step": ("setp.ne.b64", "setp.eq.b64"),
    "a step too many": ("setp.ge.s64", "setp.gt.s64"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_error_is_seen(name: str) -> None:
    arrays = arrays_of(5, 64)
    graph = traced(decayed, *arrays)
    program = planned(graph, arrays)
    old, new = PLANTED[name]
    right = execute(program, arrays).outputs
    try:
        wrong = execute(changed(program, old, new), arrays).outputs
    except AssertionError:  # an illegal address
        return
    assert any(not np.array_equal(a, b) for a, b in zip(right, wrong, strict=True))


@pytest.mark.skipif(ptxas.found() is None, reason="pip install nvidia-cuda-nvcc")
def test_ptxas_accepts_it_without_spills() -> None:
    arrays = arrays_of(5, 64)
    *_, launch = planned(traced(coupled, *arrays), arrays).launches
    report = ptxas.assemble(launch.module.ptx, target_of("sm_90"))
    assert report.spilled == report.stack == 0
