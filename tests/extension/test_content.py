"""Definitions of one name: which of them say the same."""

from __future__ import annotations

from typing import Any

import pytest

import dovetail as dt
from dovetail.extension.content import same_content


def _loss(targets: str) -> Any:
    def distance(predictions: Any, targets: Any) -> Any:
        return dt.abs(predictions - targets)

    return dt.loss(distance, targets=targets)


def _scaled(factor: float) -> Any:
    @dt.op
    def scaled(x: Any) -> Any:
        return x * factor

    return scaled


def _gradient(argument: int) -> Any:
    def product(x: Any, y: Any) -> Any:
        return dt.sum(x * y)

    gradient = dt.grad(product, argnums=argument)

    @dt.op
    def applied(x: Any) -> Any:
        return gradient(x, 2.0 * x)

    return applied


def _layer(width: int) -> Any:
    class Net(dt.Layer):
        size: int = width

        def forward(self, x: Any) -> Any:
            return x * self.size

    return Net


DIFFERENT = [
    (_scaled, 0.0, -0.0), (_loss, "any", "alike"), (_gradient, 0, 1), (_layer, 1, 2),
]  # fmt: skip


@pytest.mark.parametrize(("make", "one", "other"), DIFFERENT)
def test_what_a_factory_makes(make: Any, one: Any, other: Any) -> None:
    assert same_content(make(one), make(one))
    assert not same_content(make(one), make(other))
