"""The published rules of the library's optimizers, in plain float64 NumPy.

Each rule is a function of (params, grads, state, t, look): dicts of arrays, an empty dict at the
first step, the step from 1, and the loss' gradient and Hessian product at other points.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

import dovetail as dt

Arrays = dict[str, Any]
Rule = Callable[[Arrays, Arrays, Arrays, int, Any], Arrays]


def each(update: Callable[[Any, Any, Arrays, int], Any]) -> Rule:
    """A rule of one parameter, applied to all."""

    def rule(params: Arrays, grads: Arrays, state: Arrays, t: int, look: Any) -> Arrays:
        return {k: update(params[k], grads[k], state.setdefault(k, {}), t) for k in params}

    return rule


def coupled(rule: Rule, wd: float) -> Rule:
    """A rule with weight decay added to the gradient."""

    def decayed(params: Arrays, grads: Arrays, state: Arrays, t: int, look: Any) -> Arrays:
        return rule(params, {k: g + wd * params[k] for k, g in grads.items()}, state, t, look)

    return decayed


def decoupled(rule: Rule, shrinkage: float, first: int = 1) -> Rule:
    """A rule with a part of the parameters subtracted, from the step `first` on."""

    def decayed(params: Arrays, grads: Arrays, state: Arrays, t: int, look: Any) -> Arrays:
        new = rule(params, grads, state, t, look)
        return {k: p - (t >= first) * shrinkage * params[k] for k, p in new.items()}

    return decayed


def mean(s: Arrays, name: str, beta: float, value: Any, start: Any = 0.0) -> Any:
    """An exponential moving average."""
    s[name] = beta * s.get(name, start) + (1 - beta) * value
    return s[name]


def signum(lr: float, b: float, wd: float) -> Rule:
    return each(lambda p, g, s, t: p - lr * (np.sign(mean(s, "m", b, g)) + wd * p))


def adadelta(lr: float, rho: float, eps: float, wd: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        g = g + wd * p
        square = mean(s, "s", rho, g**2)
        d = np.sqrt((s.get("d", 0.0) + eps) / (square + eps)) * g
        mean(s, "d", rho, d**2)
        return p - lr * d

    return each(update)


def adamax(lr: float, b1: float, b2: float, eps: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        m = mean(s, "m", b1, g)
        s["u"] = np.maximum(b2 * s.get("u", 0.0), abs(g) + eps)
        return p - lr * m / (1 - b1**t) / s["u"]

    return each(update)


def radam(lr: float, b1: float, b2: float, eps: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        m, v = mean(s, "m", b1, g), mean(s, "v", b2, g**2)
        top = 2 / (1 - b2) - 1
        rho = top - 2 * t * b2**t / (1 - b2**t)
        if rho <= 5:
            return p - lr * m / (1 - b1**t)
        r = ((rho - 4) * (rho - 2) * top / ((top - 4) * (top - 2) * rho)) ** 0.5
        return p - lr * m / (1 - b1**t) * r * (1 - b2**t) ** 0.5 / (np.sqrt(v) + eps)

    return each(update)


def adabelief(lr: float, b1: float, b2: float, eps: float, wd: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        m = mean(s, "m", b1, g)
        s["s"] = b2 * s.get("s", 0.0) + (1 - b2) * (g - m) ** 2 + eps
        return p - lr * m / (1 - b1**t) / (np.sqrt(s["s"] / (1 - b2**t)) + eps) - lr * wd * p

    return each(update)


def yogi(lr: float, b1: float, b2: float, eps: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        m, v = mean(s, "m", b1, g, 1e-6), s.get("v", 1e-6)
        s["v"] = v - (1 - b2) * np.sign(v - g**2) * g**2
        return p - lr * m / (1 - b1**t) / (np.sqrt(s["v"] / (1 - b2**t)) + eps)

    return each(update)


def adan(lr: float, b1: float, b2: float, b3: float, eps: float, wd: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        d = g - s.get("g", g)
        s["g"] = g
        m, v = mean(s, "m", b1, g), mean(s, "v", b2, d)
        n = mean(s, "n", b3, (g + b2 * d) ** 2)
        eta = lr / (np.sqrt(n / (1 - b3**t)) + eps)
        return (p - eta * (m / (1 - b1**t) + b2 * v / (1 - b2**t))) / (1 + lr * wd)

    return each(update)


def adopt(lr: float, b1: float, b2: float, eps: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        if t == 1:
            s["v"] = g**2
            return p
        scaled = g / np.maximum(np.sqrt(s["v"]), eps)
        m = mean(s, "m", b1, np.clip(scaled, -((t - 1) ** 0.25), (t - 1) ** 0.25))
        mean(s, "v", b2, g**2)
        return p - lr * m

    return each(update)


def ademamix(lr: float, b1: float, b2: float, b3: float, a: float, wd: float, warm: int) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        alpha, slow = a, b3
        if warm:
            alpha = min(t * a / warm, a)
            part = t / warm
            first, last = np.log(b1), np.log(b3)
            slow = min(np.exp(first * last / ((1 - part) * last + part * first)), b3)
        m, v = mean(s, "m", b1, g), mean(s, "v", b2, g**2)
        m2 = mean(s, "m2", slow, g)
        step = (m / (1 - b1**t) + alpha * m2) / (np.sqrt(v / (1 - b2**t)) + 1e-8)
        return p - lr * (step + wd * p)

    return each(update)


def qhadam(lr: float, b1: float, b2: float, nu1: float, nu2: float, eps: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        m = mean(s, "m", b1, g) / (1 - b1**t)
        v = mean(s, "v", b2, g**2) / (1 - b2**t)
        top = (1 - nu1) * g + nu1 * m
        return p - lr * top / (np.sqrt((1 - nu2) * g**2 + nu2 * v) + eps)

    return each(update)


def laprop(lr: float, b1: float, b2: float, eps: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        v = mean(s, "v", b2, g**2) / (1 - b2**t)
        return p - mean(s, "m", b1, lr * g / (np.sqrt(v) + eps)) / (1 - b1**t)

    return each(update)


def madgrad(lr: float, momentum: float, eps: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        start = s.setdefault("p", p)
        s["s"] = s.get("s", 0.0) + lr * np.sqrt(t) * g
        s["n"] = s.get("n", 0.0) + lr * np.sqrt(t) * g**2
        return momentum * p + (1 - momentum) * (start - s["s"] / (np.cbrt(s["n"]) + eps))

    return each(update)


def rprop(lr: float, down: float, up: float, least: float, most: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        sign = np.sign(g * s.get("g", 0.0 * g))
        factor = np.where(sign > 0, up, np.where(sign < 0, down, 1.0))
        s["d"] = np.clip(s.get("d", lr) * factor, least, most)
        s["g"] = np.where(sign < 0, 0.0, g)
        return p - np.sign(s["g"]) * s["d"]

    return each(update)


def ftrl(lr: float, power: float, l1: float, l2: float, shrink: float, beta: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        old = s.get("n", 0.1)
        new = s["n"] = old + g**2
        sigma = (new**-power - old**-power) / lr
        z = s["z"] = s.get("z", 0.0) + g + 2 * shrink * p - sigma * p
        bottom = new**-power / lr + 2 * l2 + beta / lr
        return np.where(abs(z) <= l1, 0.0, (np.sign(z) * l1 - z) / bottom)

    return each(update)


def norm(x: Any) -> float:
    return float(np.sqrt((x**2).sum()))


def lars(lr: float, momentum: float, wd: float, trust: float, eps: float = 0.0) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        g = g + wd * p
        ratio = trust * norm(p) / (norm(g) + eps) if norm(p) > 0 and norm(g) > 0 else 1.0
        s["v"] = momentum * s.get("v", 0.0) + lr * ratio * g
        return p - s["v"]

    return each(update)


def lamb(lr: float, b1: float, b2: float, eps: float, wd: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        m, v = mean(s, "m", b1, g) / (1 - b1**t), mean(s, "v", b2, g**2) / (1 - b2**t)
        r = m / (np.sqrt(v) + eps) + wd * p
        ratio = norm(p) / norm(r) if norm(p) > 0 and norm(r) > 0 else 1.0
        return p - lr * ratio * r

    return each(update)


def novograd(lr: float, b1: float, b2: float, eps: float, wd: float) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        v = s["v"] = (g**2).sum() if t == 1 else b2 * s["v"] + (1 - b2) * (g**2).sum()
        s["m"] = b1 * s.get("m", 0.0) + g / (np.sqrt(v) + eps) + wd * p
        return p - lr * s["m"]

    return each(update)


def adafactor(lr: float, decay: float, wd: float, clip: float = 1.0, least: float = 1e-3) -> Rule:
    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        beta, square = 1 - t**-decay, g**2 + 1e-30
        if p.ndim > 1:
            r = mean(s, "r", beta, square.sum(-1, keepdims=True))
            c = mean(s, "c", beta, square.sum(-2, keepdims=True))
            v = r * c / r.sum(-2, keepdims=True)  # the paper's: sums, not means
        else:
            v = mean(s, "v", beta, square)
        u = g / np.sqrt(v)
        u = u / max(1.0, np.sqrt((u**2).mean()) / clip)
        alpha = max(least, np.sqrt((p**2).mean())) * min(lr, t**-0.5)
        return p - lr * wd * p - alpha * u

    return each(update)


def newton_schulz(x: Any, iterations: int) -> Any:
    """By singular values, on which the polynomial acts alone."""
    u, sizes, v = np.linalg.svd(x / (norm(x) + 1e-7), full_matrices=False)
    for _ in range(iterations):
        sizes = 3.4445 * sizes - 4.775 * sizes**3 + 2.0315 * sizes**5
    return (u * sizes) @ v


def muon(lr: float, b: float, wd: float, adam_lr: float, **own: Any) -> Rule:
    options = SimpleNamespace(**{"nesterov": True, "match": False, "axis": None, **own})

    def update(p: Any, g: Any, s: Arrays, t: int) -> Any:
        if p.ndim < 2 or (p.ndim > 2 and options.axis is None):
            m, v = mean(s, "m", 0.9, g) / (1 - 0.9**t), mean(s, "v", 0.999, g**2) / (1 - 0.999**t)
            return p - adam_lr * (m / (np.sqrt(v) + 1e-8) + wd * p)
        m = mean(s, "m", b, g)
        d = b * m + (1 - b) * g if options.nesterov else m
        wide = np.moveaxis(d, options.axis, 0) if p.ndim > 2 else d
        matrix = wide.reshape(len(wide), -1)
        n, k = matrix.shape
        scale = 0.2 * np.sqrt(max(n, k)) if options.match else np.sqrt(max(1, n / k))
        step = newton_schulz(matrix, 5).reshape(wide.shape)
        step = np.moveaxis(step, 0, options.axis) if p.ndim > 2 else step
        return p - lr * wd * p - lr * scale * step

    return each(update)


def total(arrays: Any) -> float:
    return float(sum(np.sum(a) for a in arrays))


def dog(lr: float, first: float, eps: float, wd: float) -> Rule:
    def rule(params: Arrays, grads: Arrays, state: Arrays, t: int, look: Any) -> Arrays:
        start = state.setdefault("p", params)
        if t == 1:
            state["r"] = first * (1 + np.sqrt(total(p**2 for p in params.values())))
        moved = np.sqrt(total((params[k] - start[k]) ** 2 for k in params))
        state["r"] = max(state["r"], moved)
        state["n"] = state.get("n", 0.0) + total(g**2 for g in grads.values())
        rate = lr * state["r"] / np.sqrt(state["n"] + eps)
        return {k: params[k] - rate * (grads[k] + wd * params[k]) for k in params}

    return rule


def prodigy(lr: float, first: float, wd: float, **own: Any) -> Rule:
    o = SimpleNamespace(**{"growth": np.inf, "safeguard": False, "correct": False, **own})
    b1, b2, eps = 0.9, 0.999, 1e-8

    def rule(params: Arrays, grads: Arrays, state: Arrays, t: int, look: Any) -> Arrays:
        if t == 1:
            zeros = {k: np.zeros_like(p) for k, p in params.items()}
            state |= {"d": first, "max": first, "num": 0.0, "p": params}
            state |= {"s": dict(zeros), "m": dict(zeros), "v": dict(zeros)}
        d, s, m, v = state["d"], state["s"], state["m"], state["v"]
        correction = (1 - b2**t) ** 0.5 / (1 - b1**t) if o.correct else 1.0
        dlr = d * lr * correction
        state["num"] *= b2**0.5
        for k, g in grads.items():
            state["num"] += (d / first) * dlr * np.vdot(g, state["p"][k] - params[k])
            m[k] = b1 * m[k] + d * (1 - b1) * g
            v[k] = b2 * v[k] + d * d * (1 - b2) * g * g
            s[k] = b2**0.5 * s[k] + (d / first) * (d if o.safeguard else dlr) * g
        guess = state["num"] / total(abs(a) for a in s.values())
        new = max(d, guess) if d == first else d
        state["max"] = max(state["max"], guess)
        new = state["d"] = min(state["max"], new * o.growth)
        return {
            k: p - dlr * wd * p - dlr * m[k] / (np.sqrt(v[k]) + new * eps)
            for k, p in params.items()
        }

    return rule


def schedule_free(lr: float, wd: float, warmup: int, r: float) -> Rule:
    """By the sequences of the paper: x and z; the parameters are between them."""
    b1, b2 = 0.9, 0.999

    def rule(params: Arrays, grads: Arrays, state: Arrays, t: int, look: Any) -> Arrays:
        if t == 1:
            state |= {"x": params, "z": params, "max": 0.0, "sum": 0.0, "v": {}}
        rate = lr * min(1.0, t / warmup) if warmup else lr
        state["max"] = max(state["max"], rate)
        weight = t**r * state["max"] ** 2
        state["sum"] += weight
        c = weight / state["sum"]
        z = {}
        for k, g in grads.items():
            v = mean(state["v"], k, b2, g**2) / (1 - b2**t)
            z[k] = state["z"][k] - rate * (g / (np.sqrt(v) + 1e-8) + wd * params[k])
        state["x"] = {k: (1 - c) * state["x"][k] + c * z[k] for k in z}
        state["z"] = z
        return {k: b1 * state["x"][k] + (1 - b1) * z[k] for k in z}

    return rule


def sam(lr: float, momentum: float, rho: float, adaptive: bool) -> Rule:
    def rule(params: Arrays, grads: Arrays, state: Arrays, t: int, look: Any) -> Arrays:
        t_w = {k: abs(p) if adaptive else np.ones_like(p) for k, p in params.items()}
        size = np.sqrt(total((t_w[k] * g) ** 2 for k, g in grads.items())) + 1e-12
        near = {k: params[k] + rho * t_w[k] ** 2 * g / size for k, g in grads.items()}
        second = look.gradient(near)
        for k, g in second.items():
            state[k] = momentum * state.get(k, 0.0) + g
        return {k: params[k] - lr * state[k] for k in params}

    return rule


def sophia(lr: float, gamma: float, wd: float, interval: int, seed: int) -> Rule:
    b1, b2 = 0.965, 0.99

    def rule(params: Arrays, grads: Arrays, state: Arrays, t: int, look: Any) -> Arrays:
        if t % interval == 1 % interval:
            key = dt.fold_in(np.asarray(seed), np.asarray(t))
            draw = {
                k: dt.random_normal(dt.fold_in(key, np.asarray(n)), p.shape, dtype=dt.float64)
                for n, (k, p) in enumerate(params.items())
            }
            for k, product in look.product(params, draw).items():
                mean(state, f"h{k}", b2, draw[k] * product)
        found = {}
        for k, g in grads.items():
            m = mean(state, f"m{k}", b1, g)
            step = np.clip(m / np.maximum(gamma * state[f"h{k}"], 1e-12), -1, 1)
            found[k] = params[k] - lr * wd * params[k] - lr * step
        return found

    return rule


CASES: list[tuple[Any, Rule]] = [
    (dt.SignSGD(0.1, momentum=0.5, weight_decay=0.1), signum(0.1, 0.5, 0.1)),
    (dt.Adadelta(weight_decay=0.1), adadelta(1.0, 0.9, 1e-6, 0.1)),
    (dt.Adamax(0.1, weight_decay=0.1), coupled(adamax(0.1, 0.9, 0.999, 1e-8), 0.1)),
    (dt.RAdam(0.1, weight_decay=0.1), coupled(radam(0.1, 0.9, 0.999, 1e-8), 0.1)),
    (dt.RAdam(0.1, beta2=0.9), radam(0.1, 0.9, 0.9, 1e-8)),
    (dt.AdaBelief(0.1, weight_decay=0.1), adabelief(0.1, 0.9, 0.999, 1e-16, 0.1)),
    (dt.Yogi(0.1), yogi(0.1, 0.9, 0.999, 1e-3)),
    (dt.Adan(0.1, weight_decay=0.1), adan(0.1, 0.98, 0.92, 0.99, 1e-8, 0.1)),
    (dt.ADOPT(0.1, weight_decay=0.1), decoupled(adopt(0.1, 0.9, 0.9999, 1e-6), 0.01, first=2)),
    (dt.AdEMAMix(0.1, weight_decay=0.1), ademamix(0.1, 0.9, 0.999, 0.9999, 5.0, 0.1, 0)),
    (dt.AdEMAMix(0.1, warmup=4), ademamix(0.1, 0.9, 0.999, 0.9999, 5.0, 0.0, 4)),
    (dt.QHAdam(0.1, nu2=0.8), qhadam(0.1, 0.995, 0.999, 0.7, 0.8, 1e-8)),
    (dt.LaProp(0.1, weight_decay=0.1), decoupled(laprop(0.1, 0.9, 0.999, 1e-15), 0.01)),
    (dt.MADGRAD(0.1, weight_decay=0.1), coupled(madgrad(0.1, 0.9, 1e-6), 0.1)),
    (dt.Rprop(0.1, most=0.13), rprop(0.1, 0.5, 1.2, 1e-6, 0.13)),
    (dt.FTRL(0.5), ftrl(0.5, -0.5, 0.0, 0.0, 0.0, 0.0)),
    (dt.FTRL(0.5, -0.7, 0.3, 0.1, 0.2, 0.4), ftrl(0.5, -0.7, 0.3, 0.1, 0.2, 0.4)),
    (dt.LARS(1.0, weight_decay=0.1, trust=0.1), lars(1.0, 0.9, 0.1, 0.1)),
    (dt.LARS(1.0, trust=0.1, eps=0.5), lars(1.0, 0.9, 0.0, 0.1, 0.5)),
    (dt.LAMB(0.1, weight_decay=0.1), lamb(0.1, 0.9, 0.999, 1e-6, 0.1)),
    (dt.NovoGrad(0.1, weight_decay=0.1), novograd(0.1, 0.9, 0.25, 1e-6, 0.1)),
    (dt.Adafactor(0.1, weight_decay=0.1), adafactor(0.1, 0.8, 0.1)),
    (dt.Adafactor(1.0, clip=0.5, least=2.0), adafactor(1.0, 0.8, 0.0, 0.5, 2.0)),
    (dt.Muon(0.1, weight_decay=0.1), muon(0.1, 0.95, 0.1, 1e-3)),
    (dt.Muon(0.1, nesterov=False, match_rms=True, output_axis=-1),
     muon(0.1, 0.95, 0.0, 1e-3, nesterov=False, match=True, axis=-1)),
    (dt.Muon(0.1, output_axis=0), muon(0.1, 0.95, 0.0, 1e-3, axis=0)),
    (dt.DoG(first=1e-2, weight_decay=0.1), dog(1.0, 1e-2, 1e-8, 0.1)),
    (dt.Prodigy(first=1e-3, weight_decay=0.1), prodigy(1.0, 1e-3, 0.1)),
    (dt.Prodigy(0.5, first=1e-3, growth=1.5, safeguard=True, correct=True),
     prodigy(0.5, 1e-3, 0.0, growth=1.5, safeguard=True, correct=True)),
    (dt.ScheduleFree(0.1, weight_decay=0.1, warmup=3, r=0.5), schedule_free(0.1, 0.1, 3, 0.5)),
    (dt.SAM(0.1, momentum=0.9, rho=0.5), sam(0.1, 0.9, 0.5, False)),
    (dt.SAM(0.1, rho=0.5, adaptive=True), sam(0.1, 0.0, 0.5, True)),
    (dt.Sophia(0.1, gamma=1.0, weight_decay=0.1, interval=2, seed=7),
     sophia(0.1, 1.0, 0.1, 2, 7)),
]  # fmt: skip
