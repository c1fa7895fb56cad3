"""Optimizers that use each part of the interface, with the same maths in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import dovetail as dt

RNG = np.random.default_rng(0)
START: dict[str, Any] = {"kernel": RNG.normal(size=(4, 3)), "bias": RNG.normal(size=(3,))}
GRADS = [{k: RNG.normal(size=v.shape) for k, v in START.items()} for _ in range(5)]

Arrays = dict[str, Any]
Again = Callable[[Arrays], Arrays]  # gradients at other parameters


class Distance(dt.Optimizer):
    """Of the whole model: a rate from the inner products of gradients and distances."""

    lr: float = 1.0
    first: float = 1e-3
    distance = dt.Shared(init="first")
    total = dt.Shared()
    start = dt.State(like="param", init="param")
    sums = dt.State(like="param")

    def prepare(self, params: Any, grads: Any) -> None:
        self.sums = [s + self.distance * g for s, g in zip(self.sums, grads, strict=True)]
        triples = zip(grads, self.start, params, strict=True)
        self.total = self.total + sum(dt.sum(g * (old - p)) for g, old, p in triples)
        size = sum(dt.sum(dt.abs(s)) for s in self.sums)
        self.distance = dt.maximum(self.distance, dt.abs(self.total) / size)

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr * self.distance * grad


def distance(params: Arrays, grads: Arrays, state: Arrays, step: int, again: Again) -> Arrays:
    if step == 1:
        state |= {"d": 1e-3, "total": 0.0, "p0": params, "s": dict.fromkeys(params, 0.0)}
    state["s"] = {k: state["s"][k] + state["d"] * grads[k] for k in params}
    state["total"] += sum(np.sum(grads[k] * (state["p0"][k] - params[k])) for k in params)
    size = sum(np.abs(s).sum() for s in state["s"].values())
    state["d"] = max(state["d"], abs(state["total"]) / size)
    return {k: params[k] - state["d"] * grads[k] for k in params}


class Sharpness(dt.Optimizer):
    """A second gradient, up the slope."""

    lr: float = 0.1
    rho: float = 0.5

    def prepare(self, params: Any, grads: Any, *, again: Any) -> Any:
        norm = dt.sqrt(sum(dt.sum(g * g) for g in grads))
        pairs = zip(params, grads, strict=True)
        return again([p + self.rho * g / norm for p, g in pairs])[1]

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr * grad


def sharpness(params: Arrays, grads: Arrays, state: Arrays, step: int, again: Again) -> Arrays:
    norm = np.sqrt(sum((g * g).sum() for g in grads.values()))
    second = again({k: params[k] + 0.5 * grads[k] / norm for k in params})
    return {k: params[k] - 0.1 * second[k] for k in params}


class TwoLooks(dt.Optimizer):
    """Two further gradients, and their losses in a state."""

    lr: float = 0.1
    seen = dt.Shared()

    def prepare(self, params: Any, grads: Any, *, again: Any) -> Any:
        first, near = again([p - 0.1 * g for p, g in zip(params, grads, strict=True)])
        second, far = again([p - 0.1 * g for p, g in zip(params, near, strict=True)])
        self.seen = self.seen + first + second
        return [a + 2 * b for a, b in zip(near, far, strict=True)]

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr * grad


def two_looks(params: Arrays, grads: Arrays, state: Arrays, step: int, again: Again) -> Arrays:
    near = again({k: params[k] - 0.1 * grads[k] for k in params})
    far = again({k: params[k] - 0.1 * near[k] for k in params})
    return {k: params[k] - 0.1 * (near[k] + 2 * far[k]) for k in params}


class Curved(dt.Optimizer):
    """Products with the Hessian, at every second step."""

    lr: float = 0.1
    product = dt.State(like="param")

    def prepare(self, params: Any, grads: Any, *, hessian: Any) -> None:
        if hessian is not None:
            self.product = hessian([3.0 * g for g in grads])

    def asks_again(self, step: Any) -> Any:
        return step % 2 == 1

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr * (grad + self.product)


def curved(params: Arrays, grads: Arrays, state: Arrays, step: int, again: Again) -> Arrays:
    if step % 2 == 1:  # the Hessian is the identity
        state["h"] = {k: 3.0 * g for k, g in grads.items()}
    return {k: params[k] - 0.1 * (grads[k] + state["h"][k]) for k in params}


class Averaged(dt.Optimizer):
    """Other parameters for predictions; a shared state that counts."""

    lr: float = 0.1
    weight = dt.Shared()
    mean = dt.State(like="param", init="param")

    def prepare(self, params: Any, grads: Any) -> None:
        self.weight = self.weight + 1

    def update(self, param: Any, grad: Any) -> Any:
        new = param - self.lr * grad
        self.mean = self.mean + (new - self.mean) / self.weight
        return new

    def evaluation(self, param: Any) -> Any:
        return 0.5 * (self.mean + param) * (self.weight / self.weight)


def averaged(params: Arrays, grads: Arrays, state: Arrays, step: int, again: Again) -> Arrays:
    new = {k: params[k] - 0.1 * grads[k] for k in params}
    old = state.get("mean", params)
    state["mean"] = {k: old[k] + (new[k] - old[k]) / step for k in params}
    return new


def averaged_evaluation(params: Arrays, state: Arrays) -> Arrays:
    return {k: 0.5 * (state["mean"][k] + params[k]) for k in params}


class Rated(dt.Optimizer):
    """Predicts with the learning rate of the last step."""

    lr: float = 0.1

    def update(self, param: Any, grad: Any) -> Any:
        return param - 0.0 * grad

    def evaluation(self, param: Any) -> Any:
        return self.lr * param


class Rows(dt.Optimizer):
    """A state of another shape."""

    lr: float = 0.1
    row = dt.State(shape=lambda shape: shape[:-1])

    def update(self, param: Any, grad: Any) -> Any:
        self.row = self.row + dt.sum(grad * grad, axis=-1)
        return param - self.lr * grad / dt.sqrt(self.row)[..., None]


def rows(params: Arrays, grads: Arrays, state: Arrays, step: int, again: Again) -> Arrays:
    for k, g in grads.items():
        state[k] = state.get(k, 0.0) + (g * g).sum(-1)
    return {k: params[k] - 0.1 * grads[k] / np.sqrt(state[k])[..., None] for k in params}


PIECES: list[tuple[Any, Any]] = [
    (Distance(), distance), (Sharpness(), sharpness), (TwoLooks(), two_looks), (Curved(), curved),
    (Averaged(), averaged), (Rows(), rows),
]  # fmt: skip


def assert_steps(found: list[Arrays], rule: Any, rtol: float = 1e-12, atol: float = 0.0) -> None:
    """The parameters after each step are those of the rule by hand."""
    for got, right in zip(found, by_hand(rule), strict=True):
        for name, value in right.items():
            np.testing.assert_allclose(got[name], value, rtol=rtol, atol=atol)


def by_hand(rule: Any, start: Arrays = START, grads: list[Arrays] = GRADS) -> list[Arrays]:
    """The parameters after each step; the losses have the identity as their Hessian."""
    params, state, found = start, {}, []
    for step, given in enumerate(grads, 1):

        def again(points: Arrays, given: Arrays = given, params: Arrays = params) -> Arrays:
            return {k: given[k] + points[k] - params[k] for k in points}

        params = rule(params, given, state, step, again)
        found.append(params)
    return found
