"""PyTorch's own functions, where it has them, give the same numbers and gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

from tests.hosts.torch.agreement import (  # noqa: E402
    ACTIVATIONS,
    LOSSES,
    NORMS,
    POINTWISE,
    REDUCTIONS,
    SKIP,
    TABLE,
    Row,
)
from tests.hosts.torch.pairs import leaves  # noqa: E402

NEAR = 1e-12  # relative, in float64
MOST = 16  # samples of PyTorch's of one function
EPS = 2.0**-23

rows = pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)


@pytest.fixture(scope="module")
def theirs() -> Any:
    """PyTorch's descriptions of its functions, by name."""
    from torch.testing._internal.common_methods_invocations import op_db  # noqa: PLC0415

    found: dict[str, Any] = {}
    for each in op_db:
        if not each.variant_test_name or each.name not in found:
            found[each.name] = each
    return found


def _calls(row: Row, dtype: Any, theirs: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Arguments and settings, with numbers that float32 holds, and what ours makes of them."""
    for count, (args, settings) in enumerate(
        (args, settings)
        for args, settings in _samples(row, theirs)
        if row.ours(*args, **settings) is not SKIP
    ):
        if count == MOST:
            return
        given = tuple(_to(each, dtype) for each in args)
        named = {name: _to(value, dtype) for name, value in settings.items()}
        yield given, named, row.ours(*given, **named)


def _samples(row: Row, theirs: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(row.samples, str):
        torch.manual_seed(0)
        for sample in theirs[row.samples].sample_inputs("cpu", torch.float32, requires_grad=False):
            yield (sample.input, *sample.args), sample.kwargs
        return
    generator = torch.Generator().manual_seed(7)
    for args in row.samples(lambda *shape: torch.randn(*shape, generator=generator)):
        yield args, {}


def _to(value: Any, dtype: Any) -> Any:
    if isinstance(value, torch.Tensor) and value.is_floating_point():
        return value.detach().to(dtype)
    return value


def _off(got: Any, want: Any, of_largest: bool) -> float:
    """The largest error, relative to each element or to the largest one."""
    assert got.shape == want.shape
    if not want.is_floating_point():
        return float((got != want).any())
    got, want = got.detach().double(), want.detach().double()
    same = (got == want) | (got.isnan() & want.isnan())
    size = want.abs().nan_to_num(0.0, 0.0, 0.0)
    if of_largest:
        size = size.max().expand_as(size) if size.numel() else size
    error = (got - want).abs() / size.clamp_min(1e-30)
    error = torch.where(same, torch.zeros_like(error), error).nan_to_num(torch.inf, torch.inf)
    return float(error.max()) if error.numel() else 0.0


@rows
def test_values_in_float64(row: Row, theirs: Any) -> None:
    used = 0
    for args, settings, got in _calls(row, torch.float64, theirs):
        want = row.theirs(*args, **settings)
        assert got.dtype is want.dtype
        assert _off(got, want, row.of_largest) <= NEAR, (args, got, want)
        used += 1
    assert used


@rows
def test_values_in_float32(row: Row, theirs: Any) -> None:
    """Against PyTorch's in float64, so that the error is ours alone."""
    for args, settings, got in _calls(row, torch.float32, theirs):
        wide = row.theirs(*(_to(a, torch.float64) for a in args), **settings)
        assert got.dtype is torch.float32 or not wide.is_floating_point()
        within = row.ulp * EPS
        rounded = wide.to(got.dtype)
        assert _off(got, rounded, row.of_largest) <= within, (args, got, wide)


def _gradients(row: Row, function: Callable[..., Any], args: Any, settings: Any) -> Any:
    given = [
        a.clone().requires_grad_()
        if isinstance(a, torch.Tensor) and a.is_floating_point() and n < (row.wrt or 9)
        else a
        for n, a in enumerate(args)
    ]
    real = [a for a in given if isinstance(a, torch.Tensor) and a.requires_grad]
    out = function(*given, **settings)
    weights = torch.linspace(0.5, 1.5, out.numel(), dtype=out.dtype).reshape(out.shape)
    return torch.autograd.grad((out * weights).sum(), real, allow_unused=True)


@pytest.mark.parametrize(
    "row", [row for row in TABLE if row.differentiable], ids=lambda row: row.name
)
def test_gradients_in_float64(row: Row, theirs: Any) -> None:
    for args, settings, _ in _calls(row, torch.float64, theirs):
        got = _gradients(row, row.ours, args, settings)
        want = _gradients(row, row.theirs, args, settings)
        for one, other in zip(got, want, strict=True):
            if other is not None:
                assert one is not None
                assert _off(one, other, True) <= row.slope, (args, one, other)


def test_the_table_is_large_enough_and_every_exception_has_a_reason() -> None:
    assert len(POINTWISE) + len(ACTIVATIONS) + len(REDUCTIONS) >= 40
    assert len(LOSSES) >= 12 and len(NORMS) >= 4
    assert len({row.name for row in TABLE}) == len(TABLE)
    for row in TABLE:
        assert row.reason or (row.ulp <= 4 and not row.of_largest and row.slope < 1e-10)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_reductions_of_losses(reduction: str) -> None:
    from dovetail.library import losses  # noqa: PLC0415

    x, y = torch.randn(6, 5, dtype=torch.float64), torch.arange(6) % 5
    got = losses.sparse_categorical_cross_entropy(x, y, reduction=reduction)
    want = torch.nn.functional.cross_entropy(x, y, reduction=reduction)
    torch.testing.assert_close(got, want, rtol=NEAR, atol=NEAR)
    assert leaves(got)[0].shape == want.shape
