"""Segment reductions, `top_k`, updates at indices and `unique` on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import IndexingError
from tests.language.row_cases import CASES, FEW, IDS, Case, op_of

torch: Any = pytest.importorskip("torch")


def tensors(case: Case, gradient: bool = False) -> list[Any]:
    return [torch.tensor(array, requires_grad=gradient) for array in case.arrays]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values(case: Case) -> None:
    found = op_of(case)(*tensors(case))
    np.testing.assert_allclose(found, case.wanted(*case.arrays), rtol=1e-13)


@pytest.mark.parametrize("case", FEW, ids=str)
def test_compile_vmap_and_gradcheck(case: Case) -> None:
    wanted = case.wanted(*case.arrays)
    torch._dynamo.reset()
    compiled = torch.compile(op_of(case), fullgraph=True)
    np.testing.assert_allclose(compiled(*tensors(case)), wanted, rtol=1e-13)
    mapped = torch.func.vmap(op_of(case))(*[torch.stack([t, t]) for t in tensors(case)])
    np.testing.assert_allclose(mapped[1], wanted, rtol=1e-13)
    if case.name == "unique":  # equal values must stay equal
        return
    given = tensors(case, True)
    smooth = dt.op(lambda *arrays: dt.sin(dt.clip(case.call(dt, *arrays), -9.0, 9.0)))
    assert torch.autograd.gradcheck(smooth, given, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(smooth, given)


def test_gradients_are_pytorchs() -> None:
    data = torch.tensor(np.random.default_rng(0).normal(size=(40, 3)), requires_grad=True)
    ids = torch.tensor(IDS)
    ours = torch.autograd.grad(torch.sin(dt.segment_sum(data, ids, 6)).sum(), data)[0]
    own = torch.zeros(6, 3, dtype=torch.float64).index_add(0, ids, data)
    theirs = torch.autograd.grad(torch.sin(own).sum(), data)[0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-13)
    places = dt.top_k(data, 5, axis=0)
    values, indices = torch.topk(data, 5, dim=0)
    assert torch.equal(places.values, values) and torch.equal(places.indices, indices)


def test_indices_out_of_range_raise() -> None:
    with pytest.raises(IndexingError, match="0 to 5"):
        dt.segment_sum(torch.zeros(40, 3), torch.tensor(IDS) + 1, 6)
    with pytest.raises(IndexingError, match="-4 to 3"):
        dt.put_along_axis(torch.zeros(4), torch.tensor([4]), 1.0)
