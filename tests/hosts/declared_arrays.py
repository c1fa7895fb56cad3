"""A layer and an optimizer whose arrays follow fields: shapes, first values, data types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dovetail as dt


class Scaled(dt.Layer):
    """x scale + shift over the axes of `shape`, behind `lead` copies."""

    shape: tuple[int, ...]
    start: float | str | Callable[..., Any] = 0.5
    lead: int = 1
    scale = dt.Parameter("lead", "shape", init="start")
    calls = dt.State("shape", init="start", dtype="param")

    def forward(self, x: Any, *, training: bool = False) -> Any:
        if training:
            self.calls = self.calls + 1.0
        return dt.sum(self.scale, axis=0) * x


class Kept(dt.Optimizer):
    """Plain descent; a sum that starts at `first`, a count in the type of the parameter."""

    lr: float = 0.1
    first: float = 0.25
    rows: tuple[int, ...] = (2,)
    total = dt.State(like="param", init="first")
    steps = dt.State("rows", 3, init="first", dtype="param")
    wide = dt.State("rows", init="ones")

    def update(self, param: Any, grad: Any) -> Any:
        self.total = self.total + grad
        self.steps = self.steps + 1.0
        self.wide = self.wide * 2.0
        return param - self.lr * self.total
