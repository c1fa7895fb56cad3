"""Calls on one host that a careless key would take for one another. usage: exact_keys.py HOST

Each is made in both orders where the first could answer for the second.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np

import dovetail as dt

X = np.array([1.0, 2.0, -3.0])
HOST = sys.argv[1] if len(sys.argv) > 1 else "numpy"


def arrays(host: str) -> tuple[Any, Any]:
    """(NumPy's array as the host's, the host's as NumPy's)."""
    if host == "numpy":
        return np.asarray, np.asarray
    if host == "jax":
        importlib.import_module("jax").config.update("jax_enable_x64", True)
        return importlib.import_module("jax.numpy").asarray, np.asarray
    if host == "torch":
        return importlib.import_module("torch").from_numpy, lambda t: t.detach().numpy()
    return importlib.import_module("tensorflow").constant, lambda t: t.numpy()


THEIRS, OURS = arrays(HOST)
GIVEN = THEIRS(X)


def same(result: Any, expected: Any) -> None:
    np.testing.assert_array_equal(OURS(result), expected)


@dt.op
def signed(x: Any, sign: float = 1.0, signs: Any = ()) -> Any:
    y = dt.copysign(x, sign)
    for each in signs:
        y = dt.copysign(y, each) if isinstance(each, float) else y * 10
    return y


@dt.op
def whole(x: Any, n: Any = 1) -> Any:
    return -x if isinstance(n, bool) else x * n


@dt.op
def weighted(d: Any) -> Any:
    (factor,) = d
    (x,) = d.values()
    return dt.copysign(x, factor) if isinstance(factor, float) else x * 2


@dt.op
def applied(x: Any, function: Any = None) -> Any:
    return function(x)


class Scaled(dt.Layer):
    """x times an argument, or an entry of a table."""

    table: Any = None

    def __init__(self, factor: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._factor = factor

    def forward(self, x: Any) -> Any:
        return x * self._factor if self.table is None else x * dt.asarray(self.table)[:3]


class Times(dt.Layer):
    factor: float = 2.0
    inner: Any = None

    def forward(self, x: Any) -> Any:
        return x * self.factor if self.inner is None else self.inner(x)


def times(factor: float) -> Any:
    return lambda x: x * factor


def check_calls() -> None:
    up, down = np.abs(X), -np.abs(X)
    for sign in (0.0, -0.0, 0.0):
        same(signed(GIVEN, sign=sign), down if np.signbit(sign) else up)
    for signs, right in (
        ((0.0,), up), ((-0.0,), down), ((0,), up * 10), ((1.0,), up), ((True,), up * 10),
    ):  # fmt: skip
        same(signed(GIVEN, signs=signs), right)
    same(whole(GIVEN, n=1), X)
    same(whole(GIVEN, n=True), -X)
    same(weighted({0.0: GIVEN}), up)
    same(weighted({-0.0: GIVEN}), down)
    same(weighted({0: GIVEN}), X * 2)
    for factor in range(20):  # each function is gone when the next is made
        same(applied(GIVEN, function=times(factor)), X * factor)


def check_layers() -> None:
    for form in (Scaled, getattr(Scaled, HOST)):
        for factor in (2.0, 3.0, 2):
            same(form(factor)(GIVEN), X * factor)
        for factor in (0.0, -0.0):
            assert np.signbit(OURS(form(factor)(GIVEN))[0]) == np.signbit(factor)
        table = np.ones(2000)
        other = table.copy()
        other[0] = 5.0
        same(form(1, table=table)(GIVEN), X)
        same(form(1, table=other)(GIVEN), X * [5, 1, 1])
        table[1] = 7.0
        same(form(1, table=table)(GIVEN), X * [1, 7, 1])


def check_attributes_that_change() -> None:
    layer = Scaled(2.0)
    same(layer(GIVEN), X * 2)
    layer._factor = 5.0
    same(layer(GIVEN), X * 5)
    inner = Times()
    outer = Times(inner=inner)
    same(inner(GIVEN), X * 2)
    same(outer(GIVEN), X * 2)
    inner.factor = 3.0
    same(inner(GIVEN), X * 3)
    same(outer(GIVEN), X * 3)


if __name__ == "__main__":
    check_calls()
    check_layers()
    check_attributes_that_change()
    print("passed")
