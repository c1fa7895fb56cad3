"""Arrays that follow fields, as PyTorch's parameters, buffers and states."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from tests.hosts.declared_arrays import Kept, Scaled  # noqa: E402


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_layer(dtype: object) -> None:
    module = Scaled.torch((2, 3), lead=2, start=0.75, dtype=dtype)
    assert module.scale.shape == (2, 2, 3)
    assert module.scale.dtype == module.calls.dtype == dtype
    x = torch.ones(4, 2, 3, dtype=dtype)
    assert (module(x) == 1.5).all()
    assert (module.calls == 1.75).all()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_an_optimizer(dtype: torch.dtype) -> None:
    param = torch.nn.Parameter(torch.zeros(4, dtype=dtype))
    optimizer = Kept.torch([param], first=0.5)
    param.grad = torch.ones_like(param)
    optimizer.step()
    row = optimizer.state[param]
    assert row["steps"].dtype == row["total"].dtype == dtype
    assert row["steps"].shape == (2, 3)
    assert (row["steps"] == 1.5).all()
    assert row["wide"].dtype == torch.float32
    again = Kept.torch([param], first=0.5)
    again.load_state_dict(optimizer.state_dict())
    assert again.state[param]["steps"].dtype == dtype
    np.testing.assert_allclose(param.detach().double().numpy(), -0.15, rtol=5e-3)
