"""Extensions of every kind of shape and type, each beside the same in PyTorch's own functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch.utils._pytree import tree_leaves

from tests.hosts.pieces import focal, gated, mish, normalised, polar, totals


def _mish(x: Any) -> Any:  # PyTorch's own lacks some derivatives
    return x * torch.tanh(F.softplus(x))


def _focal(logits: Any, labels: Any, gamma: float = 2.0) -> Any:
    log_p = F.log_softmax(logits, -1).gather(-1, labels[..., None])[..., 0]
    return (-((1.0 - log_p.exp()) ** gamma) * log_p).mean()


def _normalised(x: Any, scale: Any, bias: Any = None, eps: float = 1e-5) -> Any:
    centred = x - x.mean(-1, keepdim=True)
    result = centred * torch.rsqrt((centred * centred).mean(-1, keepdim=True) + eps) * scale
    return result if bias is None else result + bias


def _totals(x: Any, axis: int = 0) -> Any:
    return {"sum": x.exp().sum(axis), "largest": x.amax(axis)}


@dataclass(frozen=True)
class Pair:
    """The same function twice; `shapes` of its real arguments, `labels` after them."""

    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    classes: int = 0

    def arguments(self, dtype: torch.dtype = torch.float64, seed: int = 0) -> list[Any]:
        generator = torch.Generator().manual_seed(seed)
        made: list[Any] = [
            torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
            for shape in self.shapes
        ]
        if self.classes:
            size = self.shapes[0][:-1]
            made.append(torch.randint(self.classes, size, generator=generator))
        return made

    @property
    def moving(self) -> tuple[int, ...]:
        """The places of the arguments that have derivatives."""
        return tuple(range(len(self.shapes)))


PAIRS: dict[str, Pair] = {
    "activation": Pair(mish, _mish, ((3, 4),)),
    "broadcast": Pair(gated, lambda x, g: x.sin() ** 2 * g**3.0, ((3, 4), (4,))),
    "rows": Pair(normalised, _normalised, ((3, 5), (5,))),
    "optional": Pair(normalised, _normalised, ((3, 5), (5,), (5,))),
    "loss": Pair(focal, _focal, ((4, 5),), 5),
    "outputs": Pair(
        lambda x, y: polar(x, y)[:2], lambda x, y: (torch.hypot(x, y), torch.atan2(y, x)),
        ((3, 4), (3, 4)),
    ),
    "tree": Pair(totals, _totals, ((3, 4),)),
}  # fmt: skip


def leaves(value: Any) -> list[Any]:
    """The tensors of a result."""
    return list(tree_leaves(value))


def scalar(function: Callable[..., Any]) -> Callable[..., Any]:
    """One number of a function's outputs, with different weights everywhere."""

    def summed(*args: Any) -> Any:
        total = 0.0
        for number, leaf in enumerate(leaves(function(*args))):
            weights = torch.linspace(0.5, 1.5, leaf.numel(), dtype=leaf.dtype, device=leaf.device)
            weights = weights.reshape(leaf.shape)
            total = total + ((number + 1) * weights * leaf).sum()
        return total

    return summed


def assert_same(got: Any, want: Any, tolerance: float = 1e-12) -> None:
    """Equal, but for rounding."""
    found, expected = leaves(got), leaves(want)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        if other is None:
            assert one is None
            continue
        assert one.shape == other.shape
        assert one.dtype == other.dtype
        if other.is_floating_point() and other.numel():
            size = max(1.0, float(other.detach().abs().max()))
        else:
            size = 1.0
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance * size)
