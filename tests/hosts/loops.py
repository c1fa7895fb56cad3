"""Definitions with loops that the tests of several hosts run, and what they must give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

import dovetail as dt
from dovetail.language.tree import flatten
from tests.transform.loops import LOOPS, Loop, loss

Array = np.ndarray[Any, Any]


def leaves(value: Any) -> list[Any]:
    return [leaf for _, leaf in flatten(value)[0]]


@dataclass(frozen=True)
class HostLoop:
    """A loop as two operations, `values` and `total`; what they give, by steps one by one."""

    loop: Loop

    def __str__(self) -> str:
        return self.loop.name

    @property
    def arrays(self) -> tuple[Array, ...]:
        return self.loop.arrays

    @property
    def argnums(self) -> tuple[int, ...]:
        return self.loop.argnums

    @cached_property
    def values(self) -> Callable[..., Any]:
        return dt.op(lambda *arrays: leaves(self.loop.scanned(*arrays)))

    @cached_property
    def total(self) -> Callable[..., Any]:
        return dt.op(lambda *arrays: loss(self.loop.scanned(*arrays)))

    @cached_property
    def gradient(self) -> Callable[..., Any]:
        """Of the total, by steps one by one."""
        return dt.grad(lambda *arrays: loss(self.loop.unrolled(*arrays)), self.argnums)

    def check_values(self, found: Any, tolerance: float = 1e-10) -> None:
        close(found, leaves(self.loop.unrolled(*self.arrays)), tolerance)

    def check_gradients(self, found: Any, tolerance: float = 1e-10) -> None:
        close(found, dt.op(self.gradient)(*self.arrays), tolerance)


def close(found: Any, expected: Any, tolerance: float) -> None:
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=max(tolerance / 10, 1e-12))


def host_loops(*names: str) -> list[HostLoop]:
    """Some of the loops, by name."""
    by_name = {loop.name: loop for loop in LOOPS}
    return [HostLoop(by_name[name]) for name in names]


FEW = host_loops("lstm", "count", "lookup", "sorted", "nested")


@dt.op
def rnn(w: Any, h: Any, xs: Any) -> Any:
    """The states of a recurrent cell."""

    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(h @ w + x)
        return h, h

    return dt.scan(step, h, xs)[1]


@dt.op
def halvings(x: Any, least: Any) -> Any:
    """x, halved while an element is more than the least, and how often."""

    def step(carry: Any) -> Any:
        return carry[0] * 0.5, carry[1] + 1

    return dt.while_loop(lambda c: dt.any(c[0] > least), step, (x, 0))


class Recurrent(dt.Layer):
    """A loop over the second axis: (batch, steps, features) to (batch, units)."""

    units: int
    features: int = dt.from_input(axis=-1)
    w = dt.Parameter("features", "units")
    u = dt.Parameter("units", "units")

    def forward(self, x: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            return dt.tanh(x @ self.w + h @ self.u), ()

        start = dt.zeros_like(x[:, 0] @ self.w)
        return dt.scan(step, start, dt.permute_dims(x, (1, 0, 2)))[0]
