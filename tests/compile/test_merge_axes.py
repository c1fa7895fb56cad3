"""Reductions over space and half of the channels, beside NumPy in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.compile.merge_axes import merge_axes
from tests.compile.harness import run, traced

RNG = np.random.default_rng(0)
SHAPE = (2, 5, 7, 6, 8)  # (batch, space, space, groups, channels)


def group_norm(x: Any, scale: Any, maths: Any = dt) -> Any:
    groups = maths.reshape(x, (x.shape[0], 5, 7, 6, 8))
    centred = groups - maths.mean(groups, axis=(1, 2, 4), keepdims=True)
    var = maths.mean(centred * centred, axis=(1, 2, 4), keepdims=True)
    return maths.reshape(centred / maths.sqrt(var + 1e-5), x.shape) * scale


def merged(function: Any, *arrays: Any) -> bool:
    graph = traced(function, *arrays)
    return merge_axes(graph) is not graph


def test_values_and_gradients_of_a_norm_at_several_sizes() -> None:
    def loss(x: Any, scale: Any) -> Any:
        return dt.sum(dt.sin(group_norm(x, scale)))

    forward, gradient = dt.op(group_norm), dt.op(dt.grad(loss, (0, 1)))
    for batch in (2, 3, 1, 4):
        x, scale = RNG.normal(size=(batch, 5, 7, 48)), RNG.normal(size=48)
        assert merged(group_norm, x, scale)
        exact = group_norm(x, scale, np)
        np.testing.assert_allclose(forward(x, scale), exact, rtol=1e-11, atol=1e-11)
        step = 1e-6 * RNG.normal(size=x.shape)
        ends = [np.sin(group_norm(x + s * step, scale, np)).sum() for s in (1, -1)]
        found = gradient(x, scale)
        slope = (found[0] * step).sum()
        np.testing.assert_allclose(slope, (ends[0] - ends[1]) / 2, rtol=1e-5, atol=1e-10)
        by_scale = (np.cos(exact) * exact / scale).sum((0, 1, 2))
        np.testing.assert_allclose(found[1], by_scale, rtol=1e-9, atol=1e-9)


def test_every_way_to_reduce_and_to_broadcast() -> None:
    """Over both halves, one of them or none, and back from any part of the shape."""

    def function(maths: Any, x: Any, g: Any, c: Any, row: Any, one: Any) -> Any:
        y = x * g[:, None] + c - row[:, None, None] + one[None, None, None, :, None] * 2.0
        first = maths.sum(y, axis=(1, 2, 4))
        return (
            first, maths.max(y, axis=(1, 4)), maths.min(y, axis=(0, 1, 2, 3)),
            maths.sum(y, axis=(0, 2)), maths.sum(y, axis=(1, 2, 3, 4)),
            maths.sum(y - first[:, None, None, :, None], axis=(0, 3, 4)), y,
        )  # fmt: skip

    sizes = SHAPE, SHAPE[3:4], SHAPE[4:], (2, 6, 8), (6,)
    arrays = [RNG.normal(size=size) for size in sizes]
    graph = traced(lambda *given: function(dt, *given), *arrays)
    made = merge_axes(graph)
    assert made is not graph
    for found in (run(graph, arrays), run(made, arrays)):
        for one, exact in zip(found, function(np, *arrays), strict=True):
            np.testing.assert_allclose(one, exact, rtol=1e-11, atol=1e-11)


def test_an_array_in_another_order() -> None:
    x = np.swapaxes(RNG.normal(size=(2, 7, 5, 6, 8)), 1, 2)
    function = lambda x: dt.sum(x, axis=(1, 2, 4))  # noqa: E731
    assert merged(function, x)
    np.testing.assert_allclose(dt.op(function)(x), x.sum((1, 2, 4)), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (dt.sum(x, axis=(1, 2, 4)), dt.permute_dims(x + 1.0, (0, 3, 1, 2, 4))),
        lambda x: dt.sum(x, axis=(1, 2, 4)) + dt.sum(dt.sum(x, axis=4), axis=(1, 2)),
        lambda x: dt.sum(x, axis=(2, 4)),  # few places
        lambda x: dt.sum(x, axis=(1, 2)),
        lambda x: dt.argmax(dt.sin(x), axis=4) + dt.astype(dt.sum(x, axis=(1, 2, 4)) < 0, "int64")[
            :, None, None, :],
    ],
    ids=["moved", "one half", "few", "both kept", "searched"],
)  # fmt: skip
def test_what_stays(function: Any) -> None:
    x = RNG.normal(size=SHAPE)
    assert not merged(function, x)


def test_half_precision_stays() -> None:
    x = RNG.normal(size=SHAPE).astype(np.float16)  # the first of two sums would be rounded
    assert not merged(lambda x: dt.sum(x, axis=(1, 2, 4)), x)
