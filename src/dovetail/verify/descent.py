"""Convergence of an optimizer on the Rosenbrock function and a logistic regression."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dovetail.extension.optimizer import Optimizer
from dovetail.graph.node import Array
from dovetail.verify.context import Context
from dovetail.verify.optimizers import changed
from dovetail.verify.verdict import Case, Verdict, fail, not_applicable, passed


def _rosenbrock(x: Array) -> tuple[float, Array]:
    a, b = x
    value = (1 - a) ** 2 + 100 * (b - a * a) ** 2
    return float(value), np.array([-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)])


def _logistic(rng: np.random.Generator) -> Callable[[Array], tuple[float, Array]]:
    points = rng.normal(size=(60, 3))
    points[:, 2] = 1.0
    labels = (points @ np.array([2.0, -1.0, 0.3]) + rng.normal(size=60) > 0).astype(np.float64)

    def loss(w: Array) -> tuple[float, Array]:
        z = points @ w
        chance = 1 / (1 + np.exp(-z))
        value = float(np.mean(np.logaddexp(0, z) - labels * z))
        return value, points.T @ (chance - labels) / len(labels)

    return loss


RATES = (None, 1e-3, 1e-2, 1e-1)


def convergence(context: Context) -> Verdict:
    """The loss decreases on both problems for some learning rate."""
    optimizer = context.target.definition
    named = [f.name for f in optimizer.fields if f.name in ("lr", "learning_rate")]
    if optimizer.maximize:
        return not_applicable("maximize=True")
    problems = (
        ("Rosenbrock", _rosenbrock, np.array([-1.2, 1.0]), 0.2),
        ("logistic regression", _logistic(context.rng()), np.zeros(3), 0.85),
    )
    figures: dict[str, Any] = {}
    for name, problem, start, goal in problems:
        first = problem(start)[0]
        best, rate = np.inf, None
        for candidate in RATES if named else RATES[:1]:
            changes = {} if candidate is None else {named[0]: candidate}
            lowest = _descend(changed(context, **changes), problem, start, goal * first,
                              context.budget.steps)  # fmt: skip
            if lowest < best:
                best, rate = lowest, candidate
            if best <= goal * first:
                break
        figures[f"{name}: loss, of its first"] = float(best / first)
        figures[f"{name}: rate"] = "default" if rate is None else rate
        if not best <= goal * first:
            fail(
                f"{name}: the loss falls from {first:.4g} only to {best:.4g} in "
                f"{context.budget.steps} steps",
                "check that `update` subtracts the step, and the sign of the gradient",
                Case(f"{optimizer!r}.apply", {"start": start}, {}, goal * first, best),
            )
    return passed("converges on the Rosenbrock function and a logistic regression", "", **figures)


def _descend(
    optimizer: Optimizer, problem: Callable[[Array], tuple[float, Array]], start: Array,
    goal: float, steps: int,
) -> float:  # fmt: skip
    params: Any = {"x": start}
    state: Any = optimizer.init(params)
    lowest = np.inf
    for _ in range(steps):
        with np.errstate(all="ignore"):
            value, gradient = problem(params["x"])
        if not np.isfinite(value):
            break
        lowest = min(lowest, value)
        if lowest <= goal:
            break
        functions = _looks(problem, params["x"])
        asked = {kind: functions[kind] for kind in optimizer.asks}
        params, state = optimizer.apply(params, {"x": gradient}, state, **asked)
    return float(lowest)


def _looks(problem: Callable[[Array], tuple[float, Array]], x: Array) -> dict[str, Any]:
    """The problem at other points, and products with its Hessian by central differences."""

    def again(params: Any) -> Any:
        value, gradient = problem(params["x"])
        return value, {"x": gradient}

    def hessian(vectors: Any) -> Any:
        change = 1e-5 * vectors["x"]
        return {"x": (problem(x + change)[1] - problem(x - change)[1]) / 2e-5}

    return {"again": again, "hessian": hessian}
