"""Steps of loops, and their arguments: what tests of `dt.scan` run on every host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import dovetail as dt
from dovetail.language.tree import flatten, unflatten

Array = np.ndarray[Any, Any]
CAPTURED = np.linspace(0.5, 1.5, 4)


@dataclass(frozen=True)
class Loop:
    """A function of arrays that runs a step: `make(*arrays)` gives (step, carry, xs)."""

    name: str
    make: Callable[..., tuple[Any, Any, Any]]
    arrays: tuple[Array, ...]
    length: int = 5
    differentiable: tuple[int, ...] | None = None  # arguments; None: all

    @property
    def argnums(self) -> tuple[int, ...]:
        every = tuple(range(len(self.arrays)))
        return every if self.differentiable is None else self.differentiable

    def scanned(self, *arrays: Any, **options: Any) -> Any:
        step, carry, xs = self.make(*arrays)
        length = self.length if xs is None else None
        return dt.scan(step, carry, xs, length=length, **options)

    def unrolled(self, *arrays: Any, reverse: bool = False) -> Any:
        """The same by a loop of Python."""
        step, carry, xs = self.make(*arrays)
        leaves, tree = ([], None) if xs is None else flatten(xs)
        length = leaves[0][1].shape[0] if leaves else self.length
        ys: list[Any] = [None] * length
        for t in reversed(range(length)) if reverse else range(length):
            x = None if tree is None else unflatten(tree, [leaf[t] for _, leaf in leaves])
            carry, ys[t] = step(carry, x)
        parts, tree = flatten(ys[0])
        columns = [[flatten(y)[0][n][1] for y in ys] for n in range(len(parts))]
        return carry, unflatten(tree, [dt.stack([dt.asarray(v) for v in c]) for c in columns])


def loss(result: Any) -> Any:
    """A number that depends on every output, each in another way."""
    total = 0.0
    for number, (_, leaf) in enumerate(flatten(result)[0]):
        if leaf.dtype in (dt.float32, dt.float64):
            total = total + dt.sum(dt.sin(leaf + 0.1 * number) * leaf)
    return total


rng = np.random.default_rng(3)


def f(*shape: int) -> Array:
    return rng.normal(size=shape) * 0.7


def _rnn(w: Any, u: Any, h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(x @ w + h @ u)
        return h, h

    return step, h, xs


def _lstm(w: Any, u: Any, b: Any, h: Any, c: Any, xs: Any) -> Any:
    def step(carry: Any, x: Any) -> Any:
        h, c = carry
        z = x @ w + h @ u + b
        i, g, o = (z[:, n * 4 : (n + 1) * 4] for n in range(3))
        c = dt.sigmoid(i) * dt.tanh(g) + (1 - dt.sigmoid(i)) * c
        h = dt.sigmoid(o) * dt.tanh(c)
        return (h, c), {"h": h, "twice": h}

    return step, (h, c), xs


def _gru(w: Any, u: Any, v: Any, h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        r = dt.sigmoid(x @ w + h @ u)
        n = dt.tanh(x @ w + (r * h) @ v)
        h = r * n + (1 - r) * h
        return h, ()

    return step, h, xs


def _left(w: Any, h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(w @ x + w.mT @ h)
        return h, dt.sum(h, axis=0)

    return step, h, xs


def _vectors(w: Any, h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = dt.tanh(w @ x + h @ w)
        return h, (h, x)

    return step, h, xs


def _heads(q: Any, h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        scores = dt.softmax(x @ dt.matrix_transpose(h) @ q, axis=-1)
        return dt.tanh(h + scores @ x), dt.max(scores, axis=-1)

    return step, h, xs


def _swap(a: Any, b: Any, xs: Any) -> Any:
    def step(carry: Any, x: Any) -> Any:
        return {"a": carry["b"] * x, "b": carry["a"]}, carry["a"]

    return step, {"a": a, "b": b}, xs


def _delayed(a: Any, xs: Any) -> Any:
    """What reaches the last carry takes four steps."""

    def step(carry: Any, x: Any) -> Any:
        a, b, c, d = carry
        return (x * a, dt.sin(a), b * 2, c + d), d * d

    zero = dt.zeros_like(a)
    return step, (a, zero, zero, zero), xs


def _count(h: Any) -> Any:
    def step(carry: Any, x: Any) -> Any:
        assert x is None
        h, n = carry
        return (h * dt.cos(dt.astype(n, h.dtype)) + 0.1, n + 1), h

    return step, (h, dt.asarray(0)), None


def _weak(scale: Any, xs: Any) -> Any:
    def step(total: Any, x: Any) -> Any:
        return total + dt.sum(x * scale), total

    return step, 0.0, xs


def _norm(gain: Any, h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        z = h + x
        z = (z - dt.mean(z, axis=-1, keepdims=True)) / (dt.std(z, axis=-1, keepdims=True) + 0.1)
        z = z * gain * CAPTURED + dt.exp(gain)
        return z, dt.where(z > 0, z, 0.1 * z)

    return step, h, xs


def _lookup(table: Any, h: Any, labels: Any) -> Any:
    def step(h: Any, label: Any) -> Any:
        h = dt.tanh(h + dt.take(table, label, axis=0))
        return h, dt.take(h, label[:2], axis=0)

    return step, h, labels


def _extrema(h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        best = dt.max(h + dt.expand_dims(x, axis=-1), axis=0)
        return best, (dt.argmax(best), dt.minimum(best, x))

    return step, h, xs


def _sorted(h: Any, xs: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = dt.sort(h * x) + 0.5 * h
        return h, dt.cumulative_sum(h)

    return step, h, xs


def _nested(w: Any, h: Any, xs: Any) -> Any:
    def inner(h: Any, x: Any) -> Any:
        h = dt.tanh(h @ w + x)
        return h, dt.sum(h)

    def step(h: Any, x: Any) -> Any:
        h, sums = dt.scan(inner, h, x, reverse=True)
        return h * 0.9, dt.sum(sums * dt.sum(x))

    return step, h, xs


def _unread(h: Any, k: Any, xs: Any) -> Any:
    def step(carry: Any, x: Any) -> Any:
        h, k = carry
        return (h * 0.5 + k, k), (x, k, h)

    return step, (h, k), xs


LOOPS = [
    Loop("rnn", _rnn, (f(3, 4), f(4, 4), f(2, 4), f(5, 2, 3))),
    Loop("lstm", _lstm, (f(3, 12), f(4, 12), f(12), f(2, 4), f(2, 4), f(6, 2, 3))),
    Loop("gru", _gru, (f(3, 4), f(4, 4), f(4, 4), f(2, 4), f(5, 2, 3))),
    Loop("left", _left, (f(4, 4), f(4, 2), f(5, 4, 2))),
    Loop("vectors", _vectors, (f(4, 4), f(4), f(5, 4))),
    Loop("heads", _heads, (f(3, 3), f(2, 3, 4), f(4, 2, 3, 4))),
    Loop("swap", _swap, (f(3), f(3), f(4, 3))),
    Loop("delayed", _delayed, (f(3), f(6, 3))),
    Loop("count", _count, (f(3),)),
    Loop("weak", _weak, (f(3), f(4, 3))),
    Loop("norm", _norm, (f(4), f(2, 4), f(3, 2, 4))),
    Loop("lookup", _lookup, (f(6, 4), f(3, 4), rng.integers(0, 3, (4, 3))), differentiable=(0, 1)),
    Loop("extrema", _extrema, (f(4), f(5, 4))),
    Loop("sorted", _sorted, (f(4), 1 + rng.random((3, 4)))),
    Loop("nested", _nested, (f(4, 4), f(2, 4), f(3, 3, 2, 4))),
    Loop("unread", _unread, (f(3), f(3), f(4, 3))),
    Loop("one step", _rnn, (f(3, 4), f(4, 4), f(2, 4), f(1, 2, 3))),
]
