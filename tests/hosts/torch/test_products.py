"""Products by oneDNN: right, differentiable, and only where PyTorch's own would be as exact."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import dovetail as dt

torch = pytest.importorskip("torch")

from functorch.compile import make_boxed_func  # noqa: E402
from torch._decomp import get_decompositions  # noqa: E402
from torch._dynamo.backends.common import aot_autograd  # noqa: E402

from dovetail.compile.cpu import native  # noqa: E402
from dovetail.hosts.torch import products  # noqa: E402
from tests.hosts.torch.dispatched import operators_in  # noqa: E402

pytestmark = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="PyTorch is built without oneDNN"
)


@pytest.fixture(autouse=True)
def onednn(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As on a processor where oneDNN is faster, from 1,000 multiply-adds on."""
    monkeypatch.setattr(products, "limits", lambda: products.Limits(1000, 64, False))
    yield
    torch._dynamo.reset()


def _calls(function: Callable[..., Any], *args: Any) -> list[str]:
    """The operators that multiply."""
    own = {"mkldnn._linear_pointwise.default", "aten.convolution_backward.default"}
    names = operators_in(function, *args)[1]
    return [name for name in names if name in own or ".mm." in name or ".bmm." in name]


LINEAR, ROWS, MM = (
    "mkldnn._linear_pointwise.default", "aten.convolution_backward.default", "aten.mm.default",
)  # fmt: skip


def _random(*shape: int) -> Any:
    return torch.randn(*shape, requires_grad=True)


def _strided() -> tuple[Any, Any]:
    a, b = torch.randn(30, 80)[::2, ::2], torch.randn(40, 60)[:, ::3]
    return a.requires_grad_(), b.requires_grad_()


OPERANDS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "matrices": lambda: (_random(100, 20), _random(20, 30)),
    "few rows": lambda: (_random(10, 20), _random(20, 30)),
    "batches of rows": lambda: (_random(4, 25, 20), _random(20, 30)),
    "a transposed": lambda: (_random(20, 100).t(), _random(20, 30)),
    "b transposed": lambda: (_random(100, 20), _random(30, 20).t()),
    "rows of a transposed product": lambda: (_random(100, 20).t(), _random(100, 30)),
    "expanded": lambda: (_random(1, 20).expand(100, 20), _random(20, 1).expand(20, 30)),
    "strided": _strided,
    "windows that overlap": lambda: (_random(119).unfold(0, 20, 1), _random(20, 30)),
    "windows of b": lambda: (_random(100, 20), _random(49).unfold(0, 30, 1)),
    "one column": lambda: (_random(100, 50), _random(50, 1)),
    "one row": lambda: (_random(1, 50), _random(50, 100)),
    "one term": lambda: (_random(100, 1), _random(1, 50)),
}


@pytest.mark.parametrize("case", OPERANDS)
def test_values_and_derivatives_of_both_orders(case: str) -> None:
    a, b = OPERANDS[case]()
    wide = [x.detach().double().requires_grad_() for x in (a, b)]

    def results(multiply: Callable[..., Any], a: Any, b: Any) -> list[Any]:
        weights = torch.linspace(-1, 1, a[..., 0].numel() * b.shape[1], dtype=a.dtype)
        y = multiply(a, b)
        value = (torch.sin(y).flatten() * weights).sum()
        first = torch.autograd.grad(value, (a, b), create_graph=True)
        second = torch.autograd.grad(sum(torch.sin(g).sum() for g in first), (a, b))
        return [y, *first, *second]

    found = results(dt.matmul, a, b)
    for mine, right in zip(found, results(torch.matmul, *wide), strict=True):
        assert mine.dtype is torch.float32
        scale = float(right.detach().abs().max()) + 1.0
        np.testing.assert_allclose(mine.detach(), right.detach(), rtol=0, atol=1e-4 * scale)
    with torch.no_grad():
        assert set(_calls(dt.matmul, a, b)) <= {LINEAR, ROWS}


def test_which_function_multiplies() -> None:
    a, b = _random(100, 20), _random(20, 30)

    def step() -> None:
        dt.matmul(a, b).backward(torch.ones(100, 30))

    # Forward, by a, and by b over many rows.
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert _calls(step) == [LINEAR, LINEAR, ROWS]
        torch.set_num_threads(1)
        assert _calls(step) == [LINEAR, LINEAR, LINEAR]
    finally:
        torch.set_num_threads(threads)
    small = torch.randn(5, 6)
    assert _calls(dt.matmul, small, small.t()) == [MM]
    batch = torch.randn(3, 20, 20)
    assert _calls(dt.matmul, batch, batch) == ["aten.bmm.default"]
    only = torch.randn(100, 20)  # no gradient is computed that nobody asks for

    def one_gradient() -> None:
        dt.matmul(only, b).backward(torch.ones(100, 30))

    assert len(_calls(one_gradient)) == 2


def test_nan_and_infinity() -> None:
    a, b = torch.randn(100, 20), torch.randn(20, 30)
    a[3, 4], a[5, 6], b[6, 7] = float("nan"), float("inf"), 0.0
    found, right = dt.matmul(a, b), torch.matmul(a, b)
    assert torch.equal(torch.isnan(found), torch.isnan(right))
    assert torch.equal(torch.isinf(found), torch.isinf(right))
    assert bool(torch.isnan(found[3]).all()) and bool(torch.isnan(found[5, 7]))


def _with_mkldnn_off(a: Any, b: Any) -> Any:
    torch._C._set_mkldnn_enabled(False)
    try:
        return dt.matmul(a, b)
    finally:
        torch._C._set_mkldnn_enabled(True)


def _with_less_precision(a: Any, b: Any) -> Any:
    precision: Any = torch.backends.mkldnn.matmul
    before = precision.fp32_precision
    precision.fp32_precision = "bf16"
    try:
        return dt.matmul(a, b)
    finally:
        precision.fp32_precision = before


def _autocast(a: Any, b: Any) -> Any:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return dt.matmul(a, b)


PYTORCHS: dict[str, Callable[..., Any]] = {
    "torch.func.grad": torch.func.grad(lambda a, b: dt.matmul(a, b).sum()),
    "vmap": lambda a, b: torch.vmap(dt.matmul, (0, None))(a.view(5, 20, 20), b),
    "jvp": lambda a, b: torch.func.jvp(dt.matmul, (a, b), (a, b)),
    "oneDNN is off": _with_mkldnn_off,
    "less precision is allowed": _with_less_precision,
    "autocast": _autocast,
    "float64": lambda a, b: dt.matmul(a.double(), b.double()),
    "half": lambda a, b: dt.matmul(a.bfloat16(), b.bfloat16()),
}


@pytest.mark.parametrize("way", PYTORCHS)
def test_what_is_left_to_pytorch(way: str) -> None:
    found = _calls(PYTORCHS[way], torch.randn(100, 20), torch.randn(20, 30))
    assert found and LINEAR not in found


def test_forward_mode() -> None:
    a, b = torch.randn(100, 20), torch.randn(20, 30)
    with torch.autograd.forward_ad.dual_level():
        y = dt.matmul(torch.autograd.forward_ad.make_dual(a, a), b)
        tangent = torch.autograd.forward_ad.unpack_dual(y).tangent
    np.testing.assert_allclose(tangent, a @ b, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("dynamic", [False, True])
def test_compiled(dynamic: bool) -> None:
    seen: list[str] = []
    layer = dt.Dense(30, features=20, activation="relu").torch

    def backend(graph: Any, inputs: Any) -> Any:
        seen.extend(str(node.target) for node in graph.graph.nodes)
        return make_boxed_func(graph.forward)

    compiled = torch.compile(
        layer, backend=aot_autograd(fw_compiler=backend), fullgraph=True, dynamic=dynamic
    )
    for count in (100, 120):
        x = _random(count, 20)
        compiled(x).sum().backward()
        found = [layer.kernel.grad, x.grad]
        layer.zero_grad()
        wide, own = layer.kernel.detach().double().requires_grad_(), x.detach().double()
        own.requires_grad_()
        torch.relu(own @ wide + layer.bias.detach().double()).sum().backward()
        for mine, right in zip(found, (wide.grad, own.grad), strict=True):
            np.testing.assert_allclose(mine, right, rtol=1e-4, atol=1e-4)
    assert seen.count("dovetail.onednn_product.default") >= 3
    assert not any("aten.mm" in name for name in seen)


def test_exported_programs_have_pytorchs_products() -> None:
    layer = dt.Dense(30, features=20).torch
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PyTorch's own
        exported = torch.export.export(layer, (torch.randn(100, 20),))
        table = get_decompositions([torch.ops.dovetail.call.default])
        names = [str(node.target) for node in exported.run_decompositions(table).graph.nodes]
    assert "aten.matmul.default" in names and not any("onednn" in name for name in names)


@pytest.mark.parametrize("bias", [torch.randn(60)[::2], torch.randn(1).expand(30)])
def test_a_bias_that_is_not_contiguous(bias: Any) -> None:
    """oneDNN would read 30 numbers that follow each other."""
    a, b = torch.randn(100, 20), torch.randn(20, 30)
    biased = dt.op(lambda a, b, bias: a @ b + bias)
    assert _calls(biased, a, b, bias) == [LINEAR]
    np.testing.assert_allclose(biased(a, b, bias), a @ b + bias, rtol=1e-5, atol=1e-4)


def test_a_bias() -> None:
    arrays = _random(4, 25, 20), _random(20, 30), _random(30)
    wide = [x.detach().double().requires_grad_() for x in arrays]
    biased = dt.op(lambda a, b, bias: a @ b + bias)

    def results(add: Callable[..., Any], given: Any) -> list[Any]:
        y = add(*given)
        first = torch.autograd.grad(torch.sin(y).sum(), given, create_graph=True)
        return [y, *first, *torch.autograd.grad(sum(g.square().sum() for g in first), given)]

    right = results(lambda a, b, bias: a @ b + bias, wide)
    for mine, exact in zip(results(biased, arrays), right, strict=True):
        scale = float(exact.detach().abs().max()) + 1.0
        np.testing.assert_allclose(mine.detach(), exact.detach(), rtol=0, atol=1e-4 * scale)
    with torch.no_grad():
        assert _calls(biased, *arrays) == [LINEAR]
        # a^T b plus a bias, of many rows and of few.
        a, b, bias = torch.randn(100, 20), torch.randn(100, 30), arrays[2]
        for rows in (100, 50):
            np.testing.assert_allclose(
                biased(a[:rows].t(), b[:rows], bias), a[:rows].t() @ b[:rows] + bias, atol=1e-4
            )


def test_transposed_rows_that_mkl_multiplies_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "limits", lambda: products.Limits(1000, 64, True))
    a, b = torch.randn(50, 20), torch.randn(50, 30)
    assert _calls(dt.matmul, a.t(), b) == [MM]
    np.testing.assert_allclose(dt.matmul(a.t(), b), a.t() @ b, rtol=1e-5, atol=1e-4)
    bias = torch.randn(30)
    biased = dt.op(lambda a, b, bias: a @ b + bias)(a.t(), b, bias)
    np.testing.assert_allclose(biased, a.t() @ b + bias, rtol=1e-5, atol=1e-4)
    assert _calls(dt.matmul, a, b.t()[:20]) == [LINEAR]
    if torch.get_num_threads() > 1:
        more = torch.randn(100, 20), torch.randn(100, 30)
        assert _calls(dt.matmul, more[0].t(), more[1]) == [ROWS]


@pytest.mark.parametrize(
    ("processor", "work"),
    [("znver5", 1 << 23), ("znver6", 1 << 23), ("znver4", 1 << 26), ("znver3", None),
     ("generic", None), ("skylake-avx512", None), ("znver", None)],
)  # fmt: skip
def test_by_processor(processor: str, work: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(native, "processor", lambda: processor)
    products.limits.cache_clear()
    found = products.limits()
    products.limits.cache_clear()
    assert (found and found.work) == (work if torch.backends.mkl.is_available() else None)
