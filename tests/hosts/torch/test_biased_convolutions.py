"""Convolutions and products that take the bias added to them, and the order in memory then.

References are PyTorch's own functions in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dovetail.language.trace import ArraySpec, trace

torch = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402
from dovetail.graph.dtypes import DType, float16, float64, int32  # noqa: E402
from dovetail.operations.splitting import Call, split_graph  # noqa: E402
from tests.hosts.torch.dispatched import operators_in  # noqa: E402

RNG = np.random.default_rng(0)
F = torch.nn.functional
SHAPES = (2, 4, 4, 4), (3, 3, 4, 4), (4,)  # of x, a kernel and a bias


def last(x: Any, kernel: Any, bias: Any) -> Any:
    return dt.conv(x, kernel) + bias


def first(x: Any, kernel: Any, bias: Any) -> Any:
    return bias[:, None, None] + dt.conv(x, kernel, data_format="channels_first")


def twice(x: Any, kernel: Any, bias: Any) -> Any:
    y = dt.conv(x, kernel, data_format="channels_first") + bias[:, None, None]
    return dt.conv(y, kernel, data_format="channels_first") + bias[:, None, None]


def activated(x: Any, kernel: Any, bias: Any) -> Any:
    return dt.gelu(dt.conv(x, kernel, data_format="channels_first") + bias[:, None, None])


def along_rows(x: Any, kernel: Any, bias: Any) -> Any:
    return dt.conv(x, kernel) + bias[:, None, None]


def read_again(x: Any, kernel: Any, bias: Any) -> Any:
    y = dt.conv(x, kernel)
    return (y + bias) * y


def read_again_first(x: Any, kernel: Any, bias: Any) -> Any:
    y = dt.conv(x, kernel, data_format="channels_first")
    return (y + bias[:, None, None]) * y


def read_before_it_is_permuted(x: Any, kernel: Any, bias: Any) -> Any:
    y = dt.conv(x, kernel)
    return dt.moveaxis(y, -1, 1) + bias[:, None, None], y * 2.0


def of_one_channel(x: Any, kernel: Any, bias: Any) -> Any:
    return dt.conv(x, kernel) + bias[:1]


# The steps: for a call the number of its operands, for a subgraph that of its arrays, negative.
STEPS = {
    last: [3], first: [3], twice: [3, 3], activated: [3, -1],
    along_rows: [2, -2], read_again: [2, -2], read_again_first: [2, -2],
    read_before_it_is_permuted: [2, -2, -1], of_one_channel: [2, -2],
}  # fmt: skip


def _steps(piece: Any, dtype: DType = float64) -> list[int]:
    specs = [ArraySpec(shape, dtype) for shape in SHAPES]
    split = split_graph(trace(piece, specs).graph, 3, takes_bias=True)
    return [
        len(step.operands) if isinstance(step, Call) else -len(step.arrays) for step in split.steps
    ]


@pytest.mark.parametrize("piece", STEPS, ids=lambda piece: piece.__name__)
def test_only_a_bias_of_the_channels_is_taken(piece: Any) -> None:
    assert _steps(piece) == STEPS[piece]
    assert _steps(piece, float16) == STEPS[piece]


def _theirs(piece: Any, x: Any, kernel: Any, bias: Any) -> Any:
    weight = kernel.permute(3, 2, 0, 1)
    if piece is read_again_first:
        y = F.conv2d(x, weight, padding="same")
        return (y + bias[:, None, None]) * y
    if piece in (first, twice, activated):
        y = F.conv2d(x, weight, bias, padding="same")
        if piece is twice:
            y = F.conv2d(y, weight, bias, padding="same")
        return F.gelu(y) if piece is activated else y
    y = F.conv2d(x.movedim(-1, 1), weight, padding="same").movedim(1, -1)
    if piece is read_before_it_is_permuted:
        return y.movedim(-1, 1) + bias[:, None, None], y * 2.0
    if piece is along_rows:
        return y + bias[:, None, None]
    if piece is read_again:
        return (y + bias) * y
    return y + (bias[:1] if piece is of_one_channel else bias)


def _compared(piece: Any, theirs: Any, shapes: Any) -> tuple[list[Any], list[Any]]:
    """Compare values and derivatives; the arrays, and both derivatives by them."""
    arrays = [torch.tensor(RNG.normal(size=shape)).requires_grad_() for shape in shapes]
    found, right = (
        [y] if isinstance(y, torch.Tensor) else [*y]
        for y in (dt.op(piece)(*arrays), theirs(piece, *arrays))
    )
    torch.testing.assert_close(found, right, rtol=1e-12, atol=1e-12)
    cotangents = [torch.tensor(RNG.normal(size=y.shape)) for y in right]
    pair = [torch.autograd.grad(y, arrays, cotangents, create_graph=True) for y in (found, right)]
    torch.testing.assert_close(*pair, rtol=1e-11, atol=1e-11)
    return arrays, pair


@pytest.mark.parametrize("piece", STEPS, ids=lambda piece: piece.__name__)
def test_values_and_derivatives(piece: Any) -> None:
    arrays, pair = _compared(piece, _theirs, SHAPES)
    again = [
        torch.autograd.grad(
            sum(g.square().sum() for g in gradients), arrays, materialize_grads=True
        )
        for gradients in pair
    ]
    torch.testing.assert_close(*again, rtol=1e-10, atol=1e-10)


def rows(x: Any, weights: Any, bias: Any) -> Any:
    return bias + x @ weights


def two_layers(x: Any, weights: Any, bias: Any) -> Any:
    return (x @ weights + bias) @ weights + bias


def also_returned(x: Any, weights: Any, bias: Any) -> Any:
    y = x @ weights + bias
    return y, dt.sin(y)


def added_to_rows(x: Any, weights: Any, bias: Any) -> Any:
    return x @ weights + bias[:, None]


def by_a_batch(x: Any, weights: Any, bias: Any) -> Any:
    return x @ dt.stack([weights, weights]) + bias


def product_read_again(x: Any, weights: Any, bias: Any) -> Any:
    y = x @ weights
    return y + bias, y


PRODUCTS = {  # as STEPS
    rows: [3], two_layers: [3, 3], also_returned: [2, -2], added_to_rows: [2, -2],
    by_a_batch: [-1, 2, -2], product_read_again: [2, -2],
}  # fmt: skip


@pytest.mark.parametrize("leads", [(), (2,)])
@pytest.mark.parametrize("piece", PRODUCTS, ids=lambda piece: piece.__name__)
def test_a_product_takes_a_bias_that_nothing_follows(piece: Any, leads: Any) -> None:
    shapes = (*leads, 4, 4), (4, 4), (4,)
    specs = [ArraySpec(shape, float64) for shape in shapes]
    split = split_graph(trace(piece, specs).graph, 3, takes_bias=True)
    assert PRODUCTS[piece] == [
        len(step.operands) if isinstance(step, Call) else -len(step.arrays) for step in split.steps
    ]
    _compared(piece, _in_torch, shapes)


def _in_torch(piece: Any, x: Any, weights: Any, bias: Any) -> Any:
    if piece is also_returned:
        y = x @ weights + bias
        return y, torch.sin(y)
    if piece is by_a_batch:
        return x @ torch.stack([weights, weights]) + bias
    return piece(x, weights, bias)


def test_integers_are_added_by_a_kernel() -> None:
    specs = [ArraySpec(shape, int32) for shape in ((4, 4), (4, 4), (4,))]
    split = split_graph(trace(rows, specs).graph, 3, takes_bias=True)
    assert len(split.subgraphs) == 1


def test_dense_alone_is_one_call_of_pytorchs() -> None:
    """Its backward neither copies the cotangent nor keeps the product."""
    layer, x = dt.Dense(5, features=4).torch, torch.randn(3, 4, requires_grad=True)
    names = operators_in(lambda: layer(x).sum().backward())[1]
    assert not any("dovetail" in name for name in names), names


@pytest.mark.parametrize("in_dims", [(0, 0, None), (0, None, None), (0, 0, 0)])
@pytest.mark.parametrize("piece", [last, first], ids=lambda piece: piece.__name__)
def test_several_convolutions_with_biases(piece: Any, in_dims: Any) -> None:
    arrays = [
        torch.tensor(RNG.normal(size=shape if dim is None else (3, *shape)))
        for shape, dim in zip(SHAPES, in_dims, strict=True)
    ]
    right = torch.stack([
        _theirs(piece, *[
            array if dim is None else array[number]
            for array, dim in zip(arrays, in_dims, strict=True)
        ])
        for number in range(3)
    ])  # fmt: skip
    for batched in (torch.func.vmap(dt.op(piece), in_dims), dt.vmap(piece, in_axes=in_dims)):
        torch.testing.assert_close(batched(*arrays), right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layer", [dt.Conv2D, dt.DepthwiseConv2D, dt.Conv2DTranspose])
def test_channels_first_stay_so_in_memory(layer: Any) -> None:
    given = () if layer is dt.DepthwiseConv2D else (8,)
    module = layer(*given, 3, padding="same", activation="gelu", data_format="channels_first").torch
    x = torch.randn(2, 4, 6, 5, requires_grad=True)
    y = module(x)
    assert y.is_contiguous()
    y.sum().backward()
    assert x.grad is not None and x.grad.is_contiguous()


def test_a_call_may_be_read_through_a_permutation() -> None:
    """What follows has the user's order of axes, and so do the gradients that go back."""
    specs = [ArraySpec(shape, float64) for shape in SHAPES]
    split = split_graph(trace(activated, specs).graph, 3, takes_bias=True)
    (part,) = split.subgraphs
    assert [node.op for node in part.graph if node.op == "permute"] == []
    assert [op.op for op in part.arrays[0].ops] == ["permute"]


def test_an_expanded_array_has_no_order_of_its_own() -> None:
    gated = dt.op(lambda x: x * dt.sigmoid(x))
    x = torch.randn(2, 3, 5, 4).to(memory_format=torch.channels_last).requires_grad_()
    gated(x).sum().backward()  # of an expanded cotangent
    assert x.grad is not None and x.grad.is_contiguous(memory_format=torch.channels_last)
    wide = torch.randn(1, 1, 1, 4).expand(2, 3, 5, 4)
    y = dt.op(lambda a, b: a * b)(x.detach(), wide)
    assert y.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(y, x.detach() * wide)
