"""What a new shape costs: from a call with arrays of sizes not seen before to its result.

Run: `python benchmarks/new_shapes.py [host ...]`. The kernels are compiled already, by calls with
other sizes, so what is timed is tracing, differentiating and planning. The arrays are small: their
maths takes microseconds. A figure is the least processor time of the calling thread over new
shapes, in milliseconds.

JAX compiles a program of its own for each shape, which takes tens of milliseconds. There the figure
is what Dovetail adds: the time of a first call less that of a second one, before which
`jax.clear_caches` has made JAX forget the first; the median of these differences, with half their
interquartile range. Under jit, it is tracing and lowering that are timed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import dovetail as dt
from dovetail.library import sparse_categorical_cross_entropy

WARM, TIMED = 5, 25
ROWS = 8
Arrays = tuple[Any, ...]
Call = Callable[[], Any]


@dt.activation
def mish(x: Any) -> Any:
    return x * dt.tanh(dt.softplus(x))


@dt.op
def rms_norm(x: Any, scale: Any) -> Any:
    return x * scale / dt.sqrt(dt.mean(x * x, axis=-1, keepdims=True) + 1e-6)


@dt.op
def cross_entropy(logits: Any, labels: Any) -> Any:
    return sparse_categorical_cross_entropy(logits, labels)


def _draw(*shape: int) -> Any:
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


PIECES: dict[str, tuple[Any, Callable[[int], Arrays]]] = {
    "mish": (mish, lambda size: (_draw(ROWS, size),)),
    "RMSNorm": (rms_norm, lambda size: (_draw(ROWS, size), _draw(size))),
    "cross-entropy": (cross_entropy, lambda size: (_draw(ROWS, size), np.arange(ROWS) % size)),
}
DIFFERENTIATED = {"mish": (0,), "RMSNorm": (0, 1), "cross-entropy": (0,)}


class NumpyHost:
    """`forward` and `both` are made ready, and give a call that is timed."""

    def forward(self, piece: Any, arrays: Arrays, wrt: tuple[int, ...]) -> Call:
        return lambda: piece(*arrays)

    def both(self, piece: Any, arrays: Arrays, wrt: tuple[int, ...]) -> Call:
        def call() -> Any:
            value, pullback = dt.vjp(piece, *arrays)
            return pullback(np.ones_like(value))

        return call


class NumpyGradient(NumpyHost):
    def both(self, piece: Any, arrays: Arrays, wrt: tuple[int, ...]) -> Call:
        gradient = dt.value_and_grad(_mean(piece), wrt)
        return lambda: gradient(*arrays)


_means: dict[Any, Any] = {}


def _mean(piece: Any) -> Any:
    if piece not in _means:
        _means[piece] = dt.op(lambda *arrays: dt.mean(piece(*arrays)))
    return _means[piece]


class TorchHost:
    def __init__(self) -> None:
        self.torch: Any = importlib.import_module("torch")

    def forward(self, piece: Any, arrays: Arrays, wrt: tuple[int, ...]) -> Call:
        given = [self.torch.from_numpy(array) for array in arrays]
        return lambda: piece(*given)

    def both(self, piece: Any, arrays: Arrays, wrt: tuple[int, ...]) -> Call:
        given = [self.torch.from_numpy(array) for array in arrays]
        moving = [given[n].requires_grad_() for n in wrt]

        def call() -> Any:
            value = piece(*given)
            return self.torch.autograd.grad(value, moving, self.torch.ones_like(value))

        return call


class JaxHost:
    def __init__(self) -> None:
        self.jax: Any = importlib.import_module("jax")

    def forward(self, piece: Any, arrays: Arrays, wrt: tuple[int, ...]) -> Call:
        given = [self.jax.numpy.asarray(array) for array in arrays]
        return lambda: self.jax.block_until_ready(piece(*given))

    def both(self, piece: Any, arrays: Arrays, wrt: tuple[int, ...]) -> Call:
        given = [self.jax.numpy.asarray(array) for array in arrays]
        gradient = self.jax.value_and_grad(lambda *own: self.jax.numpy.sum(piece(*own)), wrt)
        return lambda: self.jax.block_until_ready(gradient(*given))

    def forget(self) -> None:
        self.jax.clear_caches()


class JaxJitHost(JaxHost):
    def forward(self, piece: Any, arrays: Arrays, wrt: tuple[int, ...]) -> Call:
        given = [self.jax.numpy.asarray(array) for array in arrays]
        return lambda: self.jax.jit(lambda *own: piece(*own)).lower(*given)

    def both(self, piece: Any, arrays: Arrays, wrt: tuple[int, ...]) -> Call:
        given = [self.jax.numpy.asarray(array) for array in arrays]

        def call() -> Any:
            gradient = self.jax.value_and_grad(lambda *own: self.jax.numpy.sum(piece(*own)), wrt)
            return self.jax.jit(gradient).lower(*given)

        return call


class TensorFlowHost:
    def __init__(self) -> None:
        self.tensorflow: Any = importlib.import_module("tensorflow")

    def forward(self, piece: Any, arrays: Arrays, wrt: tuple[int, ...]) -> Call:
        given = [self.tensorflow.constant(array) for array in arrays]
        return lambda: piece(*given)

    def both(self, piece: Any, arrays: Arrays, wrt: tuple[int, ...]) -> Call:
        given = [self.tensorflow.constant(array) for array in arrays]
        moving = [given[n] for n in wrt]

        def call() -> Any:
            with self.tensorflow.GradientTape() as tape:
                tape.watch(moving)
                value = piece(*given)
            return tape.gradient(value, moving)

        return call


HOSTS: dict[str, tuple[str, Callable[[], Any]]] = {
    "numpy": ("numpy", NumpyHost),
    "numpy value_and_grad": ("numpy", NumpyGradient),
    "torch": ("torch", TorchHost),
    "jax": ("jax", JaxHost),
    "jax jit": ("jax", JaxJitHost),
    "tensorflow": ("tensorflow", TensorFlowHost),
}


def _seconds(call: Call) -> float:
    start = time.thread_time()
    call()
    return time.thread_time() - start


def cost(host: Any, make: Callable[..., Call], name: str, first: int) -> str:
    """The cost of a new shape, in milliseconds."""
    piece, arrays = PIECES[name]
    new: list[float] = []
    added: list[float] = []
    for size in range(first, first + WARM + TIMED):
        call = make(piece, arrays(size), DIFFERENTIATED[name])
        new.append(1e3 * _seconds(call))
        if hasattr(host, "forget"):
            host.forget()
            added.append(new[-1] - 1e3 * _seconds(call))
    if not added:
        return f"{min(new[WARM:]):.2f}"
    low, middle, high = np.percentile(added[WARM:], (25, 50, 75))
    return f"{middle:.1f} ± {(high - low) / 2:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("hosts", nargs="*", help=f"of {', '.join(HOSTS)}; all by default")
    chosen = parser.parse_args().hosts or list(HOSTS)
    table = Table("ms for a new shape", *(f"{n}, {k}" for n in PIECES for k in ("alone", "grad")))
    for number, label in enumerate(chosen):  # each with sizes of its own
        module, make = HOSTS[label]
        if importlib.util.find_spec(module) is not None:
            host = make()
            cells = [
                cost(host, each, name, first + 200 * number)
                for name in PIECES
                for first, each in ((300, host.forward), (400, host.both))
            ]
            table.add_row(label, *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
