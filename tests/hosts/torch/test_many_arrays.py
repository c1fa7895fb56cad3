"""Operators of more arrays than PyTorch's dispatcher takes arguments: they take lists."""

from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402


@dt.op
def weighted(*arrays: Any, scale: float = 2.0) -> Any:
    """A sum with a different weight for each array, and another output."""
    total = 0.0
    for number, array in enumerate(arrays):
        total = total + (number + scale) * array * array
    return total, dt.sin(arrays[-1])


@dt.op
def summed(*arrays: Any) -> Any:
    total = arrays[0]
    for number, array in enumerate(arrays[1:]):
        total = total + (number + 2.0) * array * array * array
    return total


def _weighted(*arrays: Any, scale: float) -> Any:
    terms = [(n + scale) * array * array for n, array in enumerate(arrays)]
    return torch.stack(terms).sum(0), torch.sin(arrays[-1])


def made(count: int, *shape: int) -> list[Any]:
    generator = torch.Generator().manual_seed(count)
    return [torch.rand(*shape, dtype=torch.float64, generator=generator) for _ in range(count)]


@pytest.mark.parametrize("count", [62, 63, 80])
def test_values_and_gradients(count: int) -> None:
    arrays = [each.requires_grad_() for each in made(count, 3)]
    got, want = weighted(*arrays, scale=3.0), _weighted(*arrays, scale=3.0)
    for a, b in zip(got, want, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)
    slopes = torch.autograd.grad(got[0].sum() + got[1].prod(), arrays)
    expected = torch.autograd.grad(want[0].sum() + want[1].prod(), arrays)
    for a, b in zip(slopes, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_one_output_in_every_mode() -> None:
    arrays = made(70, 4)
    direction = made(70, 4)[::-1]
    weights = torch.arange(1.0, 71.0, dtype=torch.float64)

    def theirs(*arrays: Any) -> Any:
        return arrays[0] + sum(weights[n] * each**3 for n, each in enumerate(arrays) if n)

    torch.testing.assert_close(summed(*arrays), theirs(*arrays))
    got = torch.func.jvp(summed, tuple(arrays), tuple(direction))
    want = torch.func.jvp(theirs, tuple(arrays), tuple(direction))
    torch.testing.assert_close(got, want)
    got = torch.func.vmap(summed)(*[each[:, None] for each in arrays])
    torch.testing.assert_close(got, theirs(*arrays)[:, None])
    wrt = [each.requires_grad_() for each in arrays[:2]]
    (slope,) = torch.autograd.grad(summed(*wrt, *arrays[2:]).sum(), wrt[1:], create_graph=True)
    (second,) = torch.autograd.grad(slope.sum(), wrt[1:])
    torch.testing.assert_close(second, 12.0 * wrt[1].detach())


def test_compiled_and_without_data() -> None:
    arrays = [each.requires_grad_() for each in made(66, 4)]
    compiled = torch.compile(
        lambda *given: summed(*given) * 2.0, fullgraph=True, backend="aot_eager"
    )
    torch.testing.assert_close(compiled(*arrays), summed(*arrays) * 2.0)
    got = torch.autograd.grad(compiled(*arrays).sum(), arrays)
    want = torch.autograd.grad(summed(*arrays).sum() * 2.0, arrays)
    torch.testing.assert_close(got, want)
    metas = [torch.empty(4, device="meta") for _ in range(66)]
    found = summed(*metas)
    assert found.is_meta and found.shape == (4,)
