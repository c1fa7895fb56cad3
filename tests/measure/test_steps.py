"""`dt.bench` of optimizers: steps beside the framework's own, compared with the rule's maths."""

from __future__ import annotations

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, UnsupportedError
from dovetail.hosts.registry import REGISTRY
from dovetail.measure.agreement import error_of
from dovetail.measure.bench import bench
from dovetail.measure.steps import COMPARED, step_problems
from tests.measure import definitions


def test_steps_of_optimizers() -> None:
    small, wide = step_problems(dt.Adam(0.5), [(8,), ((3, 2), (2,))])
    assert [small.label, wide.label] == ["8 in 1 array", "8 in 2 arrays"]
    assert small.bytes(False) == 4 * 8 * (3 + 2 * 2)  # p, g, m and v read; p, m and v written
    assert small.operations(False)["arithmetic"] > 10 * 8
    (params,), (grads,) = small.arrays()
    mean, variance, expected = 0.0, 0.0, params.astype(float)
    for step in range(1, 4):
        mean, variance = (
            0.9 * mean + 0.1 * grads,
            0.999 * variance + 0.001 * grads.astype(float) ** 2,
        )
        root = np.sqrt(variance / (1 - 0.999**step)) + 1e-8
        expected = expected - 0.5 * mean / (1 - 0.9**step) / root
    np.testing.assert_allclose(small.reference(False)[0], expected, rtol=1e-6, atol=1e-7)
    with pytest.raises(UnsupportedError, match="dovetail choose"):
        step_problems(dt.SAM)
    with pytest.raises(ArgumentError, match="shapes of parameters"):
        step_problems(dt.Adam, [("wide",)])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Keras and NumPy 2
@pytest.mark.parametrize(
    ("host", "columns"),
    [
        ("numpy", ["Dovetail"]),
        ("torch", ["Dovetail", "built-in", "built-in, foreach", "built-in, fused"]),
        ("jax", ["Dovetail", "built-in"]),
        ("keras", ["Dovetail", "built-in"]),
    ],
)
def test_steps_beside_the_frameworks_own(host: str, columns: list[str]) -> None:
    pytest.importorskip(host)
    own = REGISTRY.named(host).own_functions()
    assert own is not None
    (problem,) = step_problems(dt.AdamW(0.01, weight_decay=0.1), [((4, 3), (3,))])
    found = own.steps(problem.optimizer)
    assert list(found) == columns
    for make in found.values():
        stepped = make(*problem.arrays())
        for _ in range(COMPARED):
            stepped.call()
        assert error_of(stepped.values(), problem.reference(False)) < 1e-5
    clipped = dt.AdamW(0.01, clip_norm=1.0)  # which the framework's own rules do not know
    assert list(own.steps(clipped)) == ["Dovetail"]


def test_a_step_is_timed_in_other_processes() -> None:
    report = bench(definitions.Signs, [((16, 4), (4,))], hosts=["numpy"], threads=1, quick=True)
    (row,) = report.rows
    assert (row.direction, row.column, row.wrong) == ("step", "Dovetail", None)
    assert row.seconds and row.seconds < 0.1
    assert report.kind == "optimizer"
