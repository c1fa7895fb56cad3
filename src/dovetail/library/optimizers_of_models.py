"""Optimizers that compute with all parameters together, or look at the loss once more.

The notation is that of optimizers.py; sums, norms and inner products run over all parameters.
"""

from __future__ import annotations

from typing import Any

from dovetail.extension.optimizer import Optimizer, Scheduled
from dovetail.extension.parameters import Shared, State
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.library.optimizers import SGD

__all__ = ["SAM", "DoG", "Prodigy", "ScheduleFree", "Sophia"]


def _dot(one: Any, other: Any) -> Any:
    return sum(dt.sum(a * b) for a, b in zip(one, other, strict=True))


class DoG(Optimizer):
    """SGD whose rate is the distance from the start over the norm of the gradients: no rate to set.

        r <- max(r, |p - p_0|)              (at first r = first (1 + |p_0|))
        n <- n + |g|^2
        p <- p - lr r / sqrt(n + eps) (g + weight_decay p)

    Ivgi, Hinder & Carmon 2023, arXiv:2302.12022. Predict with an average of the parameters.
    """

    lr: Scheduled = 1.0
    first: float = 1e-6
    eps: float = 1e-8
    weight_decay: Scheduled = 0.0
    distance = Shared()
    squares = Shared()
    start = State(like="param", init="param")

    def prepare(self, params: Any, grads: Any) -> None:
        """The distance from the start, and the squares of all gradients."""
        moved = [p - start for p, start in zip(params, self.start, strict=True)]
        begin = self.first * (1 + dt.sqrt(_dot(params, params)))
        own = dt.where(self.step < 2, begin, dt.sqrt(_dot(moved, moved)))
        self.distance = dt.maximum(self.distance, own)
        self.squares = self.squares + _dot(grads, grads)

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        rate = self.lr * self.distance / dt.sqrt(self.squares + self.eps)
        return param - rate * (grad + self.weight_decay * param)


class Prodigy(Optimizer):
    """AdamW that finds its rate: the distance d to the solution, estimated from the gradients.

        n <- sqrt(beta2) n + (d / first) lr d <g, p_0 - p>
        s <- sqrt(beta2) s + (d / first) lr d g
        m <- beta1 m + (1 - beta1) d g
        v <- beta2 v + (1 - beta2) d^2 g^2
        d_new = max(d, scale n / |s|_1), at most growth d
        p <- p - lr d (m / (sqrt(v) + d_new eps) + weight_decay p);  d <- d_new

    Mishchenko & Defazio 2024, arXiv:2306.06101, as in the authors' code: after the first growth,
    d_new is the largest estimate so far. `safeguard`: s without lr, for warm-ups; `correct`: with
    Adam's correction of the means. Leave lr at 1, or give it a schedule.
    """

    lr: Scheduled = 1.0
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: Scheduled = 0.0
    first: float = 1e-6
    scale: float = 1.0
    growth: float = float("inf")
    safeguard: bool = False
    correct: bool = False
    distance = Shared(init="first")
    largest = Shared(init="first")
    numerator = Shared()
    before = Shared(init="first")  # the distance that this step began with
    start = State(like="param", init="param")
    total = State(like="param")
    mean = State(like="param")
    variance = State(like="param")

    def prepare(self, params: Any, grads: Any) -> None:
        """The new estimate of the distance."""
        d, lr, beta3 = self.distance, self._rate(), self.beta2**0.5
        rate = d * lr
        weight = d / self.first
        moved = [start - p for p, start in zip(params, self.start, strict=True)]
        self.numerator = beta3 * self.numerator + weight * rate * _dot(grads, moved)
        size = weight * (d if self.safeguard else rate)
        self.total = [beta3 * s + size * g for s, g in zip(self.total, grads, strict=True)]
        denominator = sum(dt.sum(dt.abs(s)) for s in self.total)
        known = (denominator > 0) & (lr > 0)
        estimate = self.scale * self.numerator / dt.where(known, denominator, 1.0)
        estimate = dt.where(known, estimate, d)
        self.largest = dt.maximum(self.largest, estimate)
        grown = dt.where(d == self.first, dt.maximum(d, estimate), d)
        self.before = d
        self.distance = dt.where(known, dt.minimum(self.largest, grown * self.growth), d)

    def _rate(self) -> Any:
        """The learning rate, corrected as Adam's where that is asked for."""
        rate: Any = self.lr
        if self.correct:
            rate = rate * (1 - self.beta2**self.step) ** 0.5 / (1 - self.beta1**self.step)
        return rate

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        d = self.before
        rate = d * self._rate()
        self.mean = self.beta1 * self.mean + d * (1 - self.beta1) * grad
        self.variance = self.beta2 * self.variance + d * d * (1 - self.beta2) * grad * grad
        param = param - self.weight_decay * rate * param
        return param - rate * self.mean / (dt.sqrt(self.variance) + self.distance * self.eps)


class ScheduleFree(Optimizer):
    """AdamW without a schedule: gradients between a sequence z and its weighted mean x.

        a = lr min(1, t / warmup);  w = t^r max(a so far)^power;  c = w / (the sum of all w)
        v <- beta2 v + (1 - beta2) g^2
        d = g / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay p
        p <- p + c (z - p) + a (beta1 (1 - c) - 1) d
        z <- z - a d

    The parameters p = beta1 x + (1 - beta1) z are trained; predict with x, which is
    p + (1 - 1 / beta1) (z - p): `evaluation`, which the trainer and every host predict with.
    Defazio et al. 2024, arXiv:2405.15682, as in the authors' code.
    """

    lr: Scheduled = 2.5e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: Scheduled = 0.0
    warmup: int = 0
    r: float = 0.0
    power: float = 2.0
    rate = Shared()
    largest = Shared()
    weights = Shared()
    mixing = Shared()
    z = State(like="param", init="param")
    variance = State(like="param")

    def prepare(self, params: Any, grads: Any) -> None:
        """The rate and the weight of this step."""
        warm: Any = dt.minimum(self.step / self.warmup, 1.0) if self.warmup else 1.0
        self.rate = self.lr * warm
        self.largest = dt.maximum(self.largest, self.rate)
        weight = self.step**self.r * self.largest**self.power
        self.weights = self.weights + weight
        known = self.weights > 0
        self.mixing = dt.where(known, weight / dt.where(known, self.weights, 1.0), 0.0)

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        self.variance = self.beta2 * self.variance + (1 - self.beta2) * grad * grad
        scale = dt.sqrt(self.variance / (1 - self.beta2**self.step)) + self.eps
        direction = grad / scale + self.weight_decay * param
        new = param + self.mixing * (self.z - param)
        new = new + self.rate * (self.beta1 * (1 - self.mixing) - 1) * direction
        self.z = self.z - self.rate * direction
        return new

    def evaluation(self, param: Any) -> Any:
        """The weighted mean."""
        return param + (1 - 1 / self.beta1) * (self.z - param)


class SAM(SGD):
    """SGD by the gradient at the worst point near the parameters: flat minima.

        e = rho s g / (|sqrt(s) g| + 1e-12), with s = 1, or p^2 if adaptive
        g <- the gradient at p + e;  then as SGD

    Foret et al. 2021, arXiv:2010.01412; adaptive: Kwon et al. 2021, arXiv:2102.11600. Computes two
    gradients in a step. For another rule than SGD's: a class with the fields `rho` and `adaptive`
    and `prepare = dt.SAM.prepare`.
    """

    rho: float = 0.05
    adaptive: bool = False

    def prepare(self, params: Any, grads: Any, *, again: Any) -> Any:
        """The gradients at the worst point near the parameters."""
        scales: list[Any] = [dt.abs(p) if self.adaptive else 1.0 for p in params]
        scaled = [s * g for s, g in zip(scales, grads, strict=True)]
        factor = self.rho / (dt.sqrt(_dot(scaled, scaled)) + 1e-12)
        up = zip(params, scaled, scales, strict=True)
        _, gradients = again([p + factor * s * g for p, g, s in up])
        return gradients


class Sophia(Optimizer):
    """The mean gradient over a mean of the Hessian's diagonal, clipped to +-1 (Sophia-H).

        m <- beta1 m + (1 - beta1) g
        every `interval` steps: h <- beta2 h + (1 - beta2) u (H u), u standard normal
        p <- p - lr weight_decay p - lr clip(m / max(gamma h, eps), -1, 1)

    Liu et al. 2023, arXiv:2305.14342, with the estimator of Hutchinson. H u costs about two
    gradients. The numbers u follow from `seed`, the step and the place of a parameter among all
    (JAX sorts the keys of dicts, so that its steps may be others than NumPy's).
    """

    lr: Scheduled = 1e-3
    beta1: float = 0.965
    beta2: float = 0.99
    gamma: float = 0.01
    eps: float = 1e-12
    weight_decay: Scheduled = 0.0
    interval: int = 10
    seed: int = 0
    mean = State(like="param")
    curvature = State(like="param")

    def asks_again(self, step: Any) -> Any:
        """At the first step, and every `interval` steps."""
        return (step - 1) % self.interval == 0

    def prepare(self, params: Any, grads: Any, *, hessian: Any) -> None:
        """The mean of the Hessian's diagonal."""
        if hessian is None:
            return
        key = dt.fold_in(self.seed, dt.astype(self.step, dt.int64))
        vectors = [
            dt.random_normal(dt.fold_in(key, number), p.shape, dtype=p.dtype)
            for number, p in enumerate(params)
        ]
        old: list[Any] = self.curvature
        triples = zip(old, vectors, hessian(vectors), strict=True)
        self.curvature = [self.beta2 * h + (1 - self.beta2) * u * hu for h, u, hu in triples]

    def update(self, param: Any, grad: Any) -> Any:
        """The parameter after one step."""
        self.mean = self.beta1 * self.mean + (1 - self.beta1) * grad
        curvature: Any = self.curvature
        ratio = self.mean / dt.maximum(self.gamma * curvature, self.eps)
        step = dt.minimum(dt.maximum(ratio, -1.0), 1.0)
        return param - self.lr * (step + self.weight_decay * param)
