"""Segment reductions, `top_k`, updates at indices and `unique` on JAX's arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from tests.language.row_cases import CASES, FEW, IDS, Case, op_of

jax: Any = pytest.importorskip("jax")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values(case: Case, wide: None) -> None:
    found = op_of(case)(*map(jax.numpy.asarray, case.arrays))
    np.testing.assert_allclose(found, case.wanted(*case.arrays), rtol=1e-13)


@pytest.mark.parametrize("case", FEW, ids=str)
def test_jit_vmap_and_gradients(case: Case, wide: None, way: str) -> None:
    given = list(map(jax.numpy.asarray, case.arrays))
    wanted = case.wanted(*case.arrays)
    np.testing.assert_allclose(jax.jit(op_of(case))(*given), wanted, rtol=1e-13)
    mapped = jax.vmap(op_of(case))(*[jax.numpy.stack([x, x]) for x in given])
    np.testing.assert_allclose(mapped[1], wanted, rtol=1e-13)

    def loss(namespace: Any, call: Any) -> Any:
        def run(*arrays: Any) -> Any:
            found = call(*arrays)
            found = namespace.where(namespace.isfinite(found), found, 0.0)
            return namespace.sum(namespace.sin(found))

        return run

    numbers = tuple(range(len(given)))
    found = jax.jit(jax.grad(loss(jax.numpy, op_of(case)), argnums=numbers))(*given)
    ours = dt.grad(loss(dt, lambda *arrays: case.call(dt, *arrays)), argnums=numbers)
    for one, other in zip(found, ours(*case.arrays), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-13)


def test_segments_are_those_of_jax(wide: None) -> None:
    data = jax.numpy.asarray(np.random.default_rng(0).normal(size=(40, 3)))
    ids = jax.numpy.asarray(IDS)
    for name in ("sum", "max", "min"):
        ours = getattr(dt, f"segment_{name}")(data, ids, 6)
        theirs = getattr(jax.ops, f"segment_{name}")(data, ids, num_segments=6)
        np.testing.assert_allclose(ours, theirs, rtol=1e-13)
    code = dt.op(lambda x: x.at[1:3].add(2.0).at[jax.numpy.array([0, 3])].set(1.0))
    expected = data.at[1:3].add(2.0).at[jax.numpy.array([0, 3])].set(1.0)
    np.testing.assert_array_equal(code(data), expected)
    values, indices = jax.lax.top_k(data, 2)
    found = dt.top_k(data, 2)
    np.testing.assert_array_equal(found.values, values)
    np.testing.assert_array_equal(found.indices, indices)


def test_indices_out_of_range_raise() -> None:
    with pytest.raises(jax.errors.JaxRuntimeError, match="out of range"):
        dt.segment_sum(jax.numpy.zeros((40, 3)), jax.numpy.asarray(IDS) + 1, 6)
