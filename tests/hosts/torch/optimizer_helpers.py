"""What the tests of optimizers share."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

import dovetail as dt  # noqa: E402

SHAPES = ((3, 4), (5,), (), (0, 3), (70_000,), (2, 3, 4))


def parameters(dtype: Any = torch.float32, shapes: Any = SHAPES, seed: int = 0) -> list[Any]:
    generator = torch.Generator().manual_seed(seed)
    return [
        torch.nn.Parameter(torch.randn(shape, generator=generator).to(dtype)) for shape in shapes
    ]


def twins(dtype: Any = torch.float32, shapes: Any = SHAPES) -> tuple[list[Any], list[Any]]:
    return parameters(dtype, shapes), parameters(dtype, shapes)


def give_gradients(step: int, *sets: list[Any], scale: float = 1.0) -> None:
    """The same gradients to each set of parameters."""
    generator = torch.Generator().manual_seed(100 + step)
    for same in zip(*sets, strict=True):
        drawn = torch.randn(same[0].shape, generator=generator) * scale
        for param in same:
            param.grad = drawn.to(param.dtype).clone()


def train(optimizer: Any, params: list[Any], first: int, last: int) -> None:
    for step in range(first, last):
        give_gradients(step, params)
        optimizer.step()


def assert_same(one: list[Any], other: list[Any]) -> None:
    for a, b in zip(one, other, strict=True):
        assert torch.equal(a, b)


class WideMomentum(dt.Optimizer):
    """Momentum that is kept in float32."""

    lr: float = 0.1
    momentum = dt.State(like="param", init="zeros", dtype="float32")

    def update(self, param: Any, grad: Any) -> Any:
        self.momentum = 0.9 * self.momentum + grad
        return param - self.lr * dt.astype(self.momentum, param.dtype)
