"""Forward and backward compute a value to the same bits, so that its extremum is found again."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.hosts.registry import REGISTRY

HOSTS = [name for name in ("torch", "jax", "tensorflow") if find_spec(name) is not None]


@dt.op
def largest(x: Any) -> Any:
    """A backward reads the product, which is an output, and not the sums that it is made of."""
    product = dt.cumulative_sum(x, axis=1) * 1.7
    return dt.max(product + 0.3, axis=0), product


@dt.op
def position(x: Any) -> Any:
    value = x * dt.sigmoid(x)
    return dt.argmax(value - 2.0, axis=0), value


@pytest.mark.parametrize("name", HOSTS)
def test_an_extremum_is_found_again(name: str) -> None:
    host = REGISTRY.named(name)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 64)).astype(np.float32)
    found = host.to_numpy(position(host.from_numpy(x))[0])
    np.testing.assert_array_equal(found, np.argmax(x / (1 + np.exp(-x.astype(float))), axis=0))
    ones, zeros = np.ones(64, np.float32), np.zeros((64, 64), np.float32)
    cotangents = host.from_numpy(ones), host.from_numpy(zeros)
    (differentiated,) = host.vjp(largest, (host.from_numpy(x),), {}, cotangents)
    hits = np.argmax(np.cumsum(x.astype(float), axis=1), axis=0)
    taken = np.zeros((64, 64))
    taken[hits, np.arange(64)] = 1.7
    expected = np.flip(np.cumsum(np.flip(taken, 1), axis=1), 1)
    np.testing.assert_allclose(host.to_numpy(differentiated), expected, rtol=1e-6, atol=1e-5)


@dt.op
def largest_deviation(x: Any) -> Any:
    """The mean is a residual: in the backward computation it no longer depends on the product."""
    product = x * 1.5
    return dt.max(product - dt.mean(product, axis=1, keepdims=True), axis=1)


@pytest.mark.parametrize("name", ["numpy", *HOSTS])
def test_a_sum_that_was_not_contracted_forward_is_not_contracted_backward(name: str) -> None:
    host = REGISTRY.named(name)
    x = np.random.default_rng(0).normal(size=(17, 24)).astype(np.float32)
    ones = host.from_numpy(np.ones(17, np.float32))
    if name == "numpy":
        (found,) = dt.vjp(largest_deviation, x)[1](ones)
    else:
        (found,) = host.vjp(largest_deviation, (host.from_numpy(x),), {}, ones)
    expected = 1.5 * ((x == x.max(axis=1, keepdims=True)) - 1 / 24)
    np.testing.assert_allclose(host.to_numpy(found), expected, rtol=1e-6, atol=1e-6)


@dt.op
def smallest_share(x: Any) -> Any:
    """The sum is a residual, and not rounded where the forward divides by it."""
    return dt.min(x / dt.sum(x, axis=1, keepdims=True), axis=1)


@dt.op
def smallest_share_and_sum(x: Any) -> Any:
    """The sum is an output as well, which is rounded."""
    total = dt.sum(x, axis=1, keepdims=True)
    return dt.min(x / total, axis=1), total


@pytest.mark.parametrize("function", [smallest_share, smallest_share_and_sum])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", ["numpy", *HOSTS])
def test_sums_of_half_precisions_are_kept_unrounded(name: str, dtype: str, function: Any) -> None:
    host = REGISTRY.named(name)
    x = np.random.default_rng(0).uniform(0.1, 3, (40, 33)).astype(np.dtype(dtype))
    ones = host.from_numpy(np.ones(40, x.dtype))
    if function is smallest_share_and_sum:
        ones = ones, host.from_numpy(np.zeros((40, 1), x.dtype))
    if name == "numpy":
        (found,) = dt.vjp(function, x)[1](ones)
    else:
        (found,) = host.vjp(function, (host.from_numpy(x),), {}, ones)
    wide = x.astype(float)
    total, least = wide.sum(axis=1, keepdims=True), wide.min(axis=1, keepdims=True)
    hit = wide == least
    expected = hit / hit.sum(axis=1, keepdims=True) / total - least / total**2
    off = np.abs(host.to_numpy(found).astype(float) - expected)
    assert np.max(off / np.max(np.abs(expected), axis=1, keepdims=True)) < 0.02
