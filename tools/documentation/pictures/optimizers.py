"""Optimizers as paths on a test function, and schedules as curves."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from tools.documentation.pictures.drawing import Rows, Values, curves, path

import dovetail as dt
from dovetail.extension.optimizer import Optimizer

STEEP = 20.0  # the ratio of the curvatures
START = (-4.0, 1.0)
STEPS = 40
RATES = (3.0, 1.0, 0.3, 0.1, 0.03)
DOMAIN = (-4.5, 2.5, -1.5, 1.5)
# A rule for matrices walks as one; DoG's first step is longer than its default of 1e-6.
MATRICES = ("Muon",)
ARGUMENTS: dict[str, dict[str, float]] = {"DoG": {"first": 0.05}, "Prodigy": {"first": 0.01}}


def of_optimizer(name: str, kind: type[Optimizer]) -> str:
    """The path of an optimizer with the rate, of some, that gets lowest."""
    rates: Any = (None,) if getattr(kind, "lr", 0.0) == 1.0 else RATES  # 1: it finds its own
    shape = (2, 1) if name in MATRICES else (2,)
    given: Any = ARGUMENTS.get(name, {})
    made: Any = {rate: kind(**given, **({} if rate is None else {"lr": rate})) for rate in rates}
    paths = {rate: walk(optimizer, shape) for rate, optimizer in made.items()}
    best = min(paths, key=lambda rate: _rank(paths[rate]))
    rate = f"lr = {best:g}, the best of {len(RATES)}" if best else "at the rate that it finds"
    rate += "".join(f", {key}={value:g}" for key, value in given.items())
    text = f"{STEPS} steps of {name} on (x² + {STEEP:g} y²) / 2 from (-4, 1), {rate}"
    return path(text, paths[best], _rings(), DOMAIN)


def walk(optimizer: Any, shape: tuple[int, ...] = (2,)) -> Values:
    """The points of an optimizer's path."""
    curvature = np.array([1.0, STEEP]).reshape(shape)

    def again(params: Any) -> Any:
        w = params["w"]
        return float(np.sum(curvature * w * w) / 2), {"w": curvature * w}

    params: Any = {"w": np.array(START).reshape(shape)}
    state = optimizer.init(params)
    points = [params["w"]]
    for _ in range(STEPS):
        grads = {"w": curvature * params["w"]}
        params, state = optimizer.apply(
            params, grads, state, again=again, hessian=lambda v: {"w": curvature * v["w"]}
        )
        points.append(np.asarray(optimizer.evaluation_parameters(params, state)["w"]))
    return np.array(points).reshape(-1, 2)


def _rank(points: Values) -> float:
    """The mean height of the last half of a path; infinite where it leaves the picture."""
    left, right, low, high = DOMAIN
    x, y = points.T
    inside = (x >= left) & (x <= right) & (y >= low) & (y <= high)
    if not np.isfinite(points).all() or not inside.all():
        return np.inf
    return float(np.mean(x**2 + STEEP * y**2, where=np.arange(len(points)) >= len(points) // 2))


@cache
def _rings() -> Rows:
    angles = np.linspace(0.0, 2 * np.pi, 41)
    return [
        {
            "x": round(radius * float(np.cos(a)), 3),
            "y": round(radius * float(np.sin(a)) / np.sqrt(STEEP), 3),
            "step": step, "ring": radius,
        }
        for radius in (1.0, 2.0, 4.0, 6.0)
        for step, a in enumerate(angles)
    ]  # fmt: skip


SCHEDULES: dict[str, Any] = {
    "CosineDecay": lambda: dt.CosineDecay(0.1, steps=100),
    "CosineRestarts": lambda: dt.CosineRestarts(0.1, steps=20),
    "Cyclical": lambda: dt.Cyclical(0.0, 0.1, half=15),
    "ExponentialDecay": lambda: dt.ExponentialDecay(0.1, steps=30, factor=0.5),
    "InverseTimeDecay": lambda: dt.InverseTimeDecay(0.1, steps=30, factor=1.0),
    "Joined": lambda: dt.Joined((0.05, dt.CosineDecay(0.1, steps=60)), (40,)),
    "NoamDecay": lambda: dt.NoamDecay(features=64, warmup=20),
    "OneCycle": lambda: dt.OneCycle(0.1, steps=100),
    "PiecewiseConstant": lambda: dt.PiecewiseConstant((30, 60), (0.1, 0.03, 0.01)),
    "PolynomialDecay": lambda: dt.PolynomialDecay(0.1, steps=100, power=2.0),
    "RexDecay": lambda: dt.RexDecay(0.1, steps=100),
    "Warmup": lambda: dt.Warmup(dt.CosineDecay(0.1, steps=80), steps=20),
    "WarmupStableDecay": lambda: dt.WarmupStableDecay(0.1, warmup=20, stable=50, decay=30),
}


def of_schedule(name: str) -> str:
    """A schedule over a hundred steps, with the arguments that its row has."""
    if name not in SCHEDULES:
        return ""
    schedule = SCHEDULES[name]()
    steps = np.arange(1.0, 121.0)
    values = np.array([float(schedule(int(step))) for step in steps])
    return curves(f"The rate of {schedule}", steps, {"rate": values}, "step")
