"""Cases of attention, and PyTorch's functions of whole matrices that they are compared with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tests.optional import torch


def positions(queries: int, keys: int) -> tuple[Any, Any]:
    """The positions of queries and of keys: the last ones are the same."""
    return np.arange(queries)[:, None] + keys - queries, np.arange(keys)


def formula(
    q: Any, k: Any, v: Any, attends: Any = True, bias: Any = 0.0, scale: Any = None,
    softcap: Any = None, score: Any = None, kept: Any = None,
) -> Any:  # fmt: skip
    """softmax(scale q k^T) v of tensors, by way of the whole matrix of scores."""
    shared = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(shared, 1), v.repeat_interleave(shared, 1)
    s = q @ k.mT * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    if softcap is not None:
        s = softcap * torch.tanh(s / softcap)
    if score is not None:
        s = score(s, *map(torch.as_tensor, positions(*s.shape[-2:])))
    s = torch.where(torch.as_tensor(attends), s + torch.as_tensor(bias), -math.inf)
    highest = s.detach().amax(-1, keepdim=True)
    powers = torch.exp(s - torch.where(highest == -math.inf, 0.0, highest))
    total = powers.sum(-1, keepdim=True)
    weights = powers / torch.where(total > 0, total, 1.0)
    return (weights if kept is None else weights * kept) @ v


@dataclass
class Case:
    """A call of attention: its sizes, its arguments, and where a query attends.

    `bias`: all that is added to the scores, if that is not the argument.
    """

    queries: int
    keys: int
    shared: int = 1
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    attends: Any = True
    bias: Any = None

    def arrays(self, dtype: Any = np.float64) -> tuple[Any, ...]:
        rng = np.random.default_rng(5)
        heads = 4 // self.shared
        shapes = (2, 4, self.queries, 6), (2, heads, self.keys, 6), (2, heads, self.keys, 5)
        return tuple(rng.normal(size=shape).astype(dtype) for shape in shapes)

    def expected(self, q: Any, k: Any, v: Any) -> Any:
        names = ("bias", "scale", "softcap", "score")
        given = {name: x for name, x in self.arguments.items() if name in names}
        if self.bias is not None:
            given["bias"] = self.bias
        return formula(q, k, v, self.attends, **given)


def _slopes(like: Any) -> Any:
    slopes = np.array([0.5, 0.25, 0.125, 0.0625])[:, None, None]
    return torch.as_tensor(slopes) if isinstance(like, torch.Tensor) else slopes


def _cases() -> dict[str, Case]:
    rng = np.random.default_rng(3)
    p, j = positions(21, 21)
    later, keys = positions(13, 30)
    earlier, few = positions(30, 13)
    padding = rng.random((2, 1, 1, 21)) < 0.6
    some = rng.random((4, 21, 21)) < 0.5
    some[:, 5] = False
    bias = rng.normal(size=(1, 4, 21, 21))
    seen = rng.random((2, 1, 21, 21)) < 0.5
    additive = np.where(seen, rng.normal(size=seen.shape), -np.inf)
    near = abs(p - j) < 3
    return {
        "plain": Case(21, 21),
        "other lengths": Case(13, 30, 2),
        "causal": Case(21, 21, 1, {"causal": True}, j <= p),
        "causal, more keys": Case(13, 30, 4, {"causal": True}, keys <= later),
        "causal, fewer keys": Case(30, 13, 1, {"causal": True}, few <= earlier),
        "window": Case(21, 21, 1, {"window": 4}, abs(p - j) < 4),
        "window of one": Case(21, 21, 1, {"window": 1}, p == j),
        "window beyond": Case(21, 21, 1, {"window": 90}),
        "window, fewer keys": Case(30, 13, 2, {"window": 4}, abs(earlier - few) < 4),
        "causal window": Case(
            13, 30, 2, {"window": 4, "causal": True}, (keys <= later) & (keys > later - 4)
        ),
        "pair": Case(21, 21, 1, {"window": (2, 5)}, (j >= p - 2) & (j <= p + 5)),
        "one side": Case(21, 21, 1, {"window": (2, None)}, j >= p - 2),
        "padding": Case(21, 21, 2, {"mask": padding}, padding),
        "padding in windows": Case(21, 21, 2, {"mask": padding, "window": 3}, padding & near),
        "mask of heads": Case(21, 21, 1, {"mask": some}, some),
        "mask of heads in windows": Case(21, 21, 2, {"mask": some, "window": 3}, some & near),
        "additive mask": Case(
            21, 21, 1, {"mask": additive, "bias": bias}, True, bias=additive + bias
        ),
        "bias of queries": Case(21, 21, 1, {"bias": rng.normal(size=(21, 1)), "softcap": 1.5}),
        "scale": Case(21, 21, 1, {"scale": 0.3, "softcap": 2.0}),
        "score": Case(21, 21, 2, {"score": lambda s, i, j: s - abs(i - j) * _slopes(s)}),
        "score in windows": Case(
            21, 21, 2, {"window": 3, "score": lambda s, i, j: s * (1 + (i - j) * _slopes(s))}, near
        ),
        "one query": Case(1, 21, 2, {"causal": True}),
        "one key": Case(21, 1),
    }  # fmt: skip


CASES = _cases()
