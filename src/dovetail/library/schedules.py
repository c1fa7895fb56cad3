"""Schedules of the learning rate, and of any other number of an optimizer.

    dt.AdamW(lr=dt.Warmup(dt.CosineDecay(1e-3, 900), 100))

A schedule is a function of the step, counted from 1 as optimizers count. `at(t)` is its value
after t steps, which is what Keras', Optax' and PyTorch's schedules are functions of. The step may
be a number or an array of any host, traced or not: on JAX and in Keras a schedule is part of the
compiled step, and nothing is compiled again when it moves. Equal schedules compare equal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError
from dovetail.extension.functions import extension_of
from dovetail.extension.schedule import Schedule

__all__ = [
    "CosineDecay", "CosineRestarts", "Cyclical", "ExponentialDecay", "InverseTimeDecay", "Joined",
    "NoamDecay", "OneCycle", "PiecewiseConstant", "PolynomialDecay", "RexDecay", "Warmup",
    "WarmupStableDecay",
]  # fmt: skip

Value = float | Schedule


_NUMBERS = SimpleNamespace(
    cos=math.cos, floor=math.floor, log=math.log, maximum=max, minimum=min,
    sqrt=math.sqrt, where=lambda condition, one, other: one if condition else other,
)  # fmt: skip


@cache
def _of_arrays() -> SimpleNamespace:
    """The functions of the language, on arrays of any host."""
    return SimpleNamespace(**{name: extension_of(name) for name in vars(_NUMBERS)})


def _maths(t: Any) -> SimpleNamespace:
    """The functions for numbers, or for arrays."""
    return _NUMBERS if isinstance(t, (int, float, np.number)) else _of_arrays()


def _at(value: Value, t: Any) -> Any:
    return value.at(t) if isinstance(value, Schedule) else value


def _require(owner: object, **counts: float) -> None:
    """Raises unless each number of steps is above 0."""
    for name, value in counts.items():
        if not value > 0:
            raise ArgumentError(type(owner).__name__, name, value, "a number of steps above 0")


class _OverSteps(Schedule):
    """The base of schedules with a field `steps`, which is above 0."""

    steps: float

    def __post_init__(self) -> None:
        _require(self, steps=self.steps)


def _part(t: Any, steps: Any) -> Any:
    """How much of the steps is done, at most 1."""
    return _maths(t).minimum(t / steps, 1.0)


@dataclass(frozen=True)
class CosineDecay(_OverSteps):
    """rate ((1 - alpha) (1 + cos(pi t / steps)) / 2 + alpha), constant after `steps`.

    Loshchilov & Hutter 2017, arXiv:1608.03983, without restarts.
    """

    rate: float
    steps: float
    alpha: float = 0.0

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        wave = 0.5 * (1.0 + _maths(t).cos(math.pi * _part(t, self.steps)))
        return self.rate * ((1.0 - self.alpha) * wave + self.alpha)


@dataclass(frozen=True)
class CosineRestarts(_OverSteps):
    """CosineDecay that begins anew: each period `longer` times as long and `lower` times as high.

    Loshchilov & Hutter 2017, arXiv:1608.03983. As in Keras.
    """

    rate: float
    steps: float
    longer: float = 2.0
    lower: float = 1.0
    alpha: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.longer < 1.0:
            raise ArgumentError("CosineRestarts", "longer", self.longer, "a number from 1")

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        m, done = _maths(t), t / self.steps
        if self.longer == 1.0:
            period = m.floor(done)
            part = done - period
        else:
            inner = 1.0 - done * (1.0 - self.longer)
            period = m.floor(m.log(inner) / math.log(self.longer) + 1e-9)
            before = (1.0 - self.longer**period) / (1.0 - self.longer)
            part = (done - before) / self.longer**period
        wave = 0.5 * self.lower**period * (1.0 + m.cos(math.pi * part))
        return self.rate * ((1.0 - self.alpha) * wave + self.alpha)


@dataclass(frozen=True)
class Warmup(_OverSteps):
    """From `start` in a line to the first value of `then` in so many steps; then that."""

    then: Value
    steps: int
    start: float = 0.0

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        m = _maths(t)
        first = _at(self.then, m.minimum(t, 0.0))
        rising = self.start + (first - self.start) * _part(t, self.steps)
        later = _at(self.then, m.maximum(t - self.steps, 0.0))
        return m.where(t < self.steps, rising, later)


@dataclass(frozen=True)
class OneCycle(_OverSteps):
    """Up from rate / divide to `rate` in `up` of the steps, then down to rate / (divide last).

    Each half is a cosine, or a line if `linear`. Smith & Topin 2018, arXiv:1708.07120. As
    PyTorch's OneCycleLR with two phases.
    """

    rate: float
    steps: int
    up: float = 0.3
    divide: float = 25.0
    last: float = 1e4
    linear: bool = False

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        m = _maths(t)
        first, peak = self.rate / self.divide, self.up * self.steps - 1.0
        lowest, end = first / self.last, self.steps - 1.0
        rising = self._between(first, self.rate, m.minimum(t / max(peak, 1e-9), 1.0), m)
        part = m.minimum(m.maximum((t - peak) / max(end - peak, 1e-9), 0.0), 1.0)
        return m.where(t <= peak, rising, self._between(self.rate, lowest, part, m))

    def _between(self, start: float, end: float, part: Any, m: Any) -> Any:
        weight = part if self.linear else 0.5 * (1.0 - m.cos(math.pi * part))
        return start + (end - start) * weight


@dataclass(frozen=True)
class Cyclical(Schedule):
    """Up from `low` to `high` in `half` steps and down again, over and over.

    `halve`: the height is halved in each cycle (triangular2); `decay`: it is multiplied by decay^t
    (exp_range). Smith 2017, arXiv:1506.01186.
    """

    low: float
    high: float
    half: float
    halve: bool = False
    decay: float = 1.0

    def __post_init__(self) -> None:
        _require(self, half=self.half)

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        m = _maths(t)
        cycle = m.floor(t / (2.0 * self.half))
        part = t / self.half - 2.0 * cycle
        height = (self.high - self.low) * m.minimum(part, 2.0 - part)
        if self.halve:
            height = height * 0.5**cycle
        return self.low + (height * self.decay**t if self.decay != 1.0 else height)


@dataclass(frozen=True)
class WarmupStableDecay(Schedule):
    """Up to `rate` in a line, constant, and down to `end` in the last steps.

    `shape`: "linear", "cosine", or "sqrt" (rate - (rate - end) sqrt(part)). Hu et al. 2024,
    arXiv:2404.06395; the last shape is Hägele et al.'s, arXiv:2405.18392.
    """

    rate: float
    warmup: int
    stable: int
    decay: int
    end: float = 0.0
    shape: str = "linear"

    def __post_init__(self) -> None:
        _require(self, decay=self.decay)
        if self.shape not in ("linear", "cosine", "sqrt"):
            expected = '"linear", "cosine" or "sqrt"'
            raise ArgumentError("WarmupStableDecay", "shape", self.shape, expected)

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        m = _maths(t)
        rising = self.rate * _part(t, self.warmup) if self.warmup else self.rate
        part = (t - self.warmup - self.stable) / self.decay
        part = m.minimum(m.maximum(part, 0.0), 1.0)
        if self.shape == "cosine":
            part = 0.5 * (1.0 - m.cos(math.pi * part))
        elif self.shape == "sqrt":
            part = m.sqrt(part)
        return m.where(t < self.warmup, rising, self.rate + (self.end - self.rate) * part)


@dataclass(frozen=True)
class PolynomialDecay(_OverSteps):
    """(rate - end) (1 - t / steps)^power + end, constant after `steps`.

    `cycle`: the steps are multiplied by 2, 3, ... when they are over. As in Keras.
    """

    rate: float
    steps: float
    end: float = 1e-4
    power: float = 1.0
    cycle: bool = False

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        m, steps = _maths(t), self.steps
        if self.cycle:
            steps = steps * m.maximum(-m.floor(-t / self.steps), 1.0)
        rest = 1.0 - _part(t, steps)
        return (self.rate - self.end) * rest**self.power + self.end


@dataclass(frozen=True)
class ExponentialDecay(_OverSteps):
    """rate factor^(t / steps); `staircase` rounds the exponent down. As in Keras."""

    rate: float
    steps: float
    factor: float
    staircase: bool = False

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        done = t / self.steps
        return self.rate * self.factor ** (_maths(t).floor(done) if self.staircase else done)


@dataclass(frozen=True)
class InverseTimeDecay(_OverSteps):
    """rate / (1 + factor t / steps); `staircase` rounds t / steps down. As in Keras."""

    rate: float
    steps: float
    factor: float
    staircase: bool = False

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        done = t / self.steps
        return self.rate / (1.0 + self.factor * (_maths(t).floor(done) if self.staircase else done))


@dataclass(frozen=True)
class PiecewiseConstant(Schedule):
    """values[0] while t <= boundaries[0], then values[1] while t <= boundaries[1], and so on."""

    boundaries: tuple[float, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        vars(self).update(boundaries=tuple(self.boundaries), values=tuple(self.values))
        if len(self.values) != len(self.boundaries) + 1:
            expected = f"{len(self.boundaries) + 1} values, one more than boundaries"
            raise ArgumentError("PiecewiseConstant", "values", self.values, expected)

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        m, found = _maths(t), self.values[-1] + 0.0 * t
        pairs = reversed([*zip(self.boundaries, self.values, strict=False)])
        for boundary, value in pairs:
            found = m.where(t <= boundary, value, found)
        return found


@dataclass(frozen=True)
class NoamDecay(Schedule):
    """scale features^(-1/2) min(s^(-1/2), s warmup^(-3/2)), s = t + 1. arXiv:1706.03762, 5.3."""

    features: int
    warmup: int
    scale: float = 1.0

    def __post_init__(self) -> None:
        _require(self, warmup=self.warmup)

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        m, step = _maths(t), t + 1.0
        lowest = m.minimum(1.0 / m.sqrt(step), step * self.warmup**-1.5)
        return self.scale * self.features**-0.5 * lowest


@dataclass(frozen=True)
class RexDecay(_OverSteps):
    """rate (1 - x) / (1/2 + (1 - x) / 2), x = t / steps. Chen et al. 2021, arXiv:2107.04197."""

    rate: float
    steps: float

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        rest = 1.0 - _part(t, self.steps)
        return self.rate * rest / (0.5 + 0.5 * rest)


@dataclass(frozen=True)
class Joined(Schedule):
    """One schedule after the other, each from its own beginning.

    `boundaries`: the numbers of steps after which the next one begins.
    """

    schedules: tuple[Value, ...]
    boundaries: tuple[float, ...]

    def __post_init__(self) -> None:
        vars(self).update(schedules=tuple(self.schedules), boundaries=tuple(self.boundaries))
        if len(self.schedules) != len(self.boundaries) + 1:
            expected = f"{len(self.boundaries) + 1} schedules, one more than boundaries"
            raise ArgumentError("Joined", "schedules", self.schedules, expected)

    def at(self, t: Any) -> Any:
        """The value after t steps."""
        m, found = _maths(t), _at(self.schedules[0], t)
        for begin, schedule in zip(self.boundaries, self.schedules[1:], strict=True):
            found = m.where(t < begin, found, _at(schedule, m.maximum(t - begin, 0.0)))
        return found
