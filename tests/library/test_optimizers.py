"""Optimizers against hand-written NumPy in float64, over several steps."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dovetail.library import optimizers
from dovetail.library.optimizer_names import OPTIMIZERS
from dovetail.library.optimizers import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Lion,
    NAdam,
    RMSprop,
)

RNG = np.random.default_rng(0)
START = {"a": RNG.normal(size=(3, 4)), "b": RNG.normal(size=(5,))}
GRADS = [{k: RNG.normal(size=v.shape) for k, v in START.items()} for _ in range(5)]

Update = Callable[[Any, Any, dict[str, Any], int], Any]


def sgd(lr: float, momentum: float, decay: float, nesterov: bool) -> Update:
    def update(p: Any, g: Any, s: dict[str, Any], t: int) -> Any:
        g = g + decay * p
        s["v"] = momentum * s.get("v", 0.0) + g
        return p - lr * (g + momentum * s["v"] if nesterov else s["v"])

    return update


def adam(lr: float, b1: float, b2: float, eps: float, coupled: float, decoupled: float) -> Update:
    def update(p: Any, g: Any, s: dict[str, Any], t: int) -> Any:
        g = g + coupled * p
        s["m"] = b1 * s.get("m", 0.0) + (1 - b1) * g
        s["v"] = b2 * s.get("v", 0.0) + (1 - b2) * g**2
        m, v = s["m"] / (1 - b1**t), s["v"] / (1 - b2**t)
        return p - lr * decoupled * p - lr * m / (np.sqrt(v) + eps)

    return update


def amsgrad(lr: float, decoupled: float) -> Update:
    def update(p: Any, g: Any, s: dict[str, Any], t: int) -> Any:
        s["m"] = 0.9 * s.get("m", 0.0) + 0.1 * g
        s["v"] = 0.999 * s.get("v", 0.0) + 0.001 * g**2
        s["h"] = np.maximum(s.get("h", 0.0), s["v"])
        m, v = s["m"] / (1 - 0.9**t), s["h"] / (1 - 0.999**t)
        return p - lr * decoupled * p - lr * m / (np.sqrt(v) + 1e-8)

    return update


def nadam(lr: float, b1: float, b2: float, eps: float) -> Update:
    def update(p: Any, g: Any, s: dict[str, Any], t: int) -> Any:
        s["m"] = b1 * s.get("m", 0.0) + (1 - b1) * g
        s["v"] = b2 * s.get("v", 0.0) + (1 - b2) * g**2
        m = b1 * s["m"] / (1 - b1 ** (t + 1)) + (1 - b1) * g / (1 - b1**t)
        return p - lr * m / (np.sqrt(s["v"] / (1 - b2**t)) + eps)

    return update


def lion(lr: float, b1: float, b2: float, decay: float) -> Update:
    def update(p: Any, g: Any, s: dict[str, Any], t: int) -> Any:
        m = s.get("m", 0.0 * p)
        s["m"] = b2 * m + (1 - b2) * g
        return p - lr * (np.sign(b1 * m + (1 - b1) * g) + decay * p)

    return update


def rmsprop(lr: float, rho: float, momentum: float, eps: float) -> Update:
    def update(p: Any, g: Any, s: dict[str, Any], t: int) -> Any:
        s["s"] = rho * s.get("s", 0.0) + (1 - rho) * g**2
        s["v"] = momentum * s.get("v", 0.0) + g / (np.sqrt(s["s"]) + eps)
        return p - lr * s["v"]

    return update


def adagrad(lr: float, eps: float) -> Update:
    def update(p: Any, g: Any, s: dict[str, Any], t: int) -> Any:
        s["s"] = s.get("s", 0.0) + g**2
        return p - lr * g / (np.sqrt(s["s"]) + eps)

    return update


CASES: list[tuple[Any, Update]] = [
    (SGD(0.1), sgd(0.1, 0.0, 0.0, False)),
    (SGD(0.1, momentum=0.9, weight_decay=0.01), sgd(0.1, 0.9, 0.01, False)),
    (SGD(0.1, momentum=0.9, nesterov=True), sgd(0.1, 0.9, 0.0, True)),
    (Adam(), adam(1e-3, 0.9, 0.999, 1e-8, 0.0, 0.0)),
    (Adam(0.1, 0.8, 0.95, 1e-3, weight_decay=0.1), adam(0.1, 0.8, 0.95, 1e-3, 0.1, 0.0)),
    (AdamW(0.1), adam(0.1, 0.9, 0.999, 1e-8, 0.0, 0.01)),
    (Adam(0.1, amsgrad=True), amsgrad(0.1, 0.0)),
    (AdamW(0.1, amsgrad=True), amsgrad(0.1, 0.01)),
    (NAdam(0.1), nadam(0.1, 0.9, 0.999, 1e-8)),
    (Lion(0.1, weight_decay=0.2), lion(0.1, 0.9, 0.99, 0.2)),
    (RMSprop(0.1), rmsprop(0.1, 0.9, 0.0, 1e-7)),
    (RMSprop(0.1, momentum=0.9), rmsprop(0.1, 0.9, 0.9, 1e-7)),
    (Adagrad(0.1), adagrad(0.1, 1e-10)),
]


def run(optimizer: Any, dtype: str) -> dict[str, Any]:
    params = {k: v.astype(dtype) for k, v in START.items()}
    state = optimizer.init(params)
    for grads in GRADS:
        params, state = optimizer.apply(
            params, {k: v.astype(dtype) for k, v in grads.items()}, state
        )
    return params


def expected(update: Update, grads: list[dict[str, Any]]) -> dict[str, Any]:
    params = dict(START)
    states: dict[str, dict[str, Any]] = {k: {} for k in params}
    for t, given in enumerate(grads, 1):
        params = {k: update(params[k], given[k], states[k], t) for k in params}
    return params


@pytest.mark.parametrize(
    ("optimizer", "update"), CASES, ids=[f"{type(o).__name__}{n}" for n, (o, _) in enumerate(CASES)]
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_five_steps(optimizer: Any, update: Update, dtype: str) -> None:
    found, right = run(optimizer, dtype), expected(update, GRADS)
    tolerance = 1e-4 if dtype == "float32" else 1e-12
    for name, value in right.items():
        assert found[name].dtype == dtype
        np.testing.assert_allclose(found[name], value, rtol=tolerance, atol=tolerance)


def test_every_optimizer_is_tested_and_cites_its_source() -> None:
    here = {getattr(optimizers, name) for name in optimizers.__all__}
    assert {type(optimizer) for optimizer, _ in CASES} == here <= set(OPTIMIZERS.values())
    for kind in here:
        text = inspect.getdoc(kind) or ""
        assert "<-" in text and any(mark in text for mark in ("arXiv:", "doi:", "20")), kind


def test_clipping_by_norm() -> None:
    def norm(grads: dict[str, Any]) -> float:
        return float(np.sqrt(sum((value**2).sum() for value in grads.values())))

    clipped = [{k: v * min(1.0, 0.5 / norm(g)) for k, v in g.items()} for g in GRADS]
    right = expected(sgd(0.1, 0.9, 0.0, False), clipped)
    found = run(SGD(0.1, momentum=0.9, clip_norm=0.5), "float64")
    for name, value in right.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-12)


def test_clipping_by_value_and_maximizing() -> None:
    turned = [{k: np.clip(-v, -0.3, 0.3) for k, v in g.items()} for g in GRADS]
    right = expected(sgd(0.1, 0.0, 0.0, False), turned)
    found = run(SGD(0.1, clip_value=0.3, maximize=True), "float64")
    for name, value in right.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-12)


# The rates and steps of those that need others than 0.05 and 300; goals of those that slow down.
RATES = {"adadelta": 20.0, "dog": 1.0, "prodigy": 1.0, "ftrl": 0.5, "lars": 5.0}
GOALS = {"adagrad": 1.5, "adafactor": 0.5, "adadelta": 0.2}
OTHERS: dict[str, dict[str, Any]] = {"muon": {"adam_lr": 0.05}}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_quadratic_is_minimised(name: str) -> None:
    """Every optimizer brings |p|^2 down from its start within 300 steps."""
    optimizer = OPTIMIZERS[name](RATES.get(name, 0.05), **OTHERS.get(name, {}))
    params = {"p": np.array([1.0, -2.0, 0.5])}
    state = optimizer.init(params)
    functions: dict[str, Any] = {
        "again": lambda at: (float((at["p"] ** 2).sum()), {"p": 2.0 * at["p"]}),
        "hessian": lambda vectors: {"p": 2.0 * vectors["p"]},
    }
    asked = {kind: functions[kind] for kind in optimizer.asks}
    for _ in range(300):
        params, state = optimizer.apply(params, {"p": 2.0 * params["p"]}, state, **asked)
    assert np.abs(params["p"]).max() < GOALS.get(name, 0.06), params
