"""`dt.linalg` on tensors: values, PyTorch's own derivatives, its compiler, and its errors."""

from __future__ import annotations

from typing import Any

import pytest

import dovetail as dt
from tests.language.linalg_cases import (
    BY_NAME,
    Case,
    all_close,
    close,
    each_case,
    each_smooth_case,
    expected,
    few_cases,
    few_smooth_cases,
    functions,
    gradient_of,
    gradients,
    op_of,
)

torch: Any = pytest.importorskip("torch")


def _torchs() -> Any:
    la = torch.linalg
    return functions(
        la,
        qr=lambda x, mode="reduced": la.qr(x, mode),
        trace=lambda x, offset=0: x.diagonal(offset, -2, -1).sum(-1),
        cross=lambda x, y: la.cross(*torch.broadcast_tensors(x, y)),
        diagonal=lambda x, offset=0: x.diagonal(offset, -2, -1),
        solve_triangular=lambda a, b, lower=False, unit_diagonal=False: la.solve_triangular(
            a, b, upper=not lower, unitriangular=unit_diagonal
        ),
    )


def tensors(case: Case, gradient: bool = True) -> list[Any]:
    return [torch.tensor(array, requires_grad=gradient) for array in case.arrays]


@each_case
def test_values(case: Case) -> None:
    close(op_of(case)(*tensors(case, False)), expected(case))


@each_smooth_case
def test_gradients_are_its_own(case: Case) -> None:
    def gradients_of(call: Any) -> list[Any]:
        given = tensors(case)
        return list(torch.autograd.grad(torch.sin(call(*given) * case.scale).sum(), given))

    own = gradients_of(lambda *arrays: case.call(_torchs(), *arrays))
    all_close(gradients_of(op_of(case)), own, 1e-10)


@each_smooth_case
def test_takes_dovetails_gradient(case: Case) -> None:
    """`dt.grad` on tensors: linear algebra in a derivative that Dovetail derived."""
    all_close(gradient_of(case)(*tensors(case, False)), gradients(case), 1e-8)


@few_smooth_cases
def test_gradcheck(case: Case) -> None:
    scaled = dt.op(lambda *arrays: case.call(dt.linalg, *arrays) * case.scale)
    given = [tensor[:1].detach().clone().requires_grad_() for tensor in tensors(case)]
    assert torch.autograd.gradcheck(scaled, given, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(scaled, given)


@few_cases
def test_compile_and_vmap(case: Case) -> None:
    given = tensors(case, False)
    torch._dynamo.reset()
    close(torch.compile(op_of(case), fullgraph=True)(*given), expected(case))
    if case.name != "solve-broadcast":
        close(torch.func.vmap(op_of(case))(*given), expected(case))


def test_raises_its_own_errors() -> None:
    singular = torch.ones(2, 4, 4)
    for call in (dt.linalg.inv, dt.linalg.cholesky, lambda x: dt.linalg.solve(x, x)):
        with pytest.raises(torch.linalg.LinAlgError, match=r"singular|not positive-definite"):
            call(singular - 1)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precisions(dtype: str) -> None:
    case = BY_NAME["cholesky"]
    given = tensors(case, False)[0].to(getattr(torch, dtype)).requires_grad_()
    found = op_of(case)(given)
    assert found.dtype is given.dtype
    close(found.detach().double().numpy(), expected(case), 1e-2)
    found.sum().backward()
    assert given.grad.dtype is given.dtype
