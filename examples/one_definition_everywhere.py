"""One definition of an activation, a norm, a loss and an optimizer, trained in every framework.

Run: `python examples/one_definition_everywhere.py [--json] [HOST ...]`, with the frameworks that
are installed. Each trains the same small network from the same weights on the same digits, 50 steps
in float32, with its own autograd, its own module and its own kind of optimizer; the losses agree.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import dovetail as dt
from dovetail.data import load_digits

STEPS = 50
CLOSE = 1e-5


@dt.activation
def swoosh(x: Any) -> Any:
    """x sigmoid(x) + 0.1 tanh(x)."""
    return x * dt.sigmoid(x) + 0.1 * dt.tanh(x)


@dt.loss
def focal(logits: Any, labels: Any, gamma: float = 2.0) -> Any:
    """-(1 - p)^gamma log p, p = softmax(logits) at the label. Lin et al. 2017, arXiv:1708.02002."""
    log_p = dt.take_along_axis(dt.log_softmax(logits, axis=-1), labels[..., None], axis=-1)[..., 0]
    return -((1.0 - dt.exp(log_p)) ** gamma) * log_p


class RootMeanSquare(dt.Layer):
    """x / sqrt(mean(x^2) + eps) scale. Zhang & Sennrich 2019, arXiv:1910.07467."""

    features: int = dt.from_input(axis=-1)
    eps: float = 1e-6
    scale = dt.Parameter("features", init="ones")

    def forward(self, x: Any) -> Any:
        return x * dt.rsqrt(dt.mean(x * x, axis=-1, keepdims=True) + self.eps) * self.scale


class Momentum(dt.Optimizer):
    """m = beta m + g; p - lr m. Polyak 1964, doi:10.1016/0041-5553(64)90137-5."""

    lr: float = 0.05
    beta: float = 0.9
    velocity = dt.State(like="param", init="zeros")

    def update(self, param: Any, grad: Any) -> Any:
        self.velocity = self.beta * self.velocity + grad
        return param - self.lr * self.velocity


def network() -> dt.Sequential:
    """The same weights each time: they follow from the seed."""
    model = dt.Sequential(dt.Dense(32, swoosh), RootMeanSquare(), dt.Dense(10), seed=0)
    model.build((None, 784))
    return model


def data() -> tuple[Any, Any]:
    """256 digits."""
    digits = load_digits()
    images = digits.x_train[:256].reshape(-1, 784) / np.float32(255)
    return images.astype(np.float32), digits.y_train[:256].astype(np.int64)


# One way of training for each host; each yields the loss before every step.


def with_numpy() -> Iterator[float]:
    """The embedded host: derivatives by Dovetail itself."""
    x, y = data()
    model = network().pure()
    parameters, states = model.init()

    def loss_of(parameters: Any, x: Any, y: Any) -> Any:
        return focal(model.apply(parameters, states, x)[0], y)

    slope = dt.value_and_grad(loss_of)
    optimizer = Momentum()
    state = optimizer.init(parameters)
    for _ in range(STEPS):
        loss, gradients = slope(parameters, x, y)
        parameters, state = optimizer.apply(parameters, gradients, state)
        yield float(loss)


def with_torch() -> Iterator[float]:
    """A module, a loss module and an optimizer of PyTorch."""
    import torch  # noqa: PLC0415

    x, y = map(torch.from_numpy, data())
    module = network().torch
    loss_of = focal.torch()
    optimizer = Momentum.torch(module.parameters())
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = loss_of(module(x), y)
        loss.backward()
        optimizer.step()
        yield loss.item()


def with_jax() -> Iterator[float]:
    """Pure functions, and a transformation of Optax."""
    import jax  # noqa: PLC0415
    import optax  # noqa: PLC0415

    x, y = map(jax.numpy.asarray, data())
    model = network().pure()
    parameters, states = jax.tree.map(jax.numpy.asarray, model.init())
    optimizer = Momentum.jax()
    state = optimizer.init(parameters)

    @jax.jit
    def step(parameters: Any, state: Any) -> Any:
        def loss_of(parameters: Any) -> Any:
            return focal(model.apply(parameters, states, x)[0], y)

        loss, gradients = jax.value_and_grad(loss_of)(parameters)
        updates, state = optimizer.update(gradients, state, parameters)
        return loss, optax.apply_updates(parameters, updates), state

    for _ in range(STEPS):
        loss, parameters, state = step(parameters, state)
        yield float(loss)


def with_tensorflow() -> Iterator[float]:
    """A tf.Module, a tape, and an optimizer of Keras, as TensorFlow's are."""
    import tensorflow as tf  # noqa: PLC0415

    x, y = map(tf.constant, data())
    module = network().tensorflow
    module(x)
    optimizer = Momentum.tensorflow()

    @tf.function
    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = focal(module(x), y)
        variables = module.trainable_variables
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return loss

    for _ in range(STEPS):
        yield float(step())


def with_keras() -> Iterator[float]:
    """A Keras model with a layer, a loss and an optimizer of ours, on Keras' backend."""
    import keras  # noqa: PLC0415

    x, y = data()
    model = keras.Sequential([keras.Input((784,)), network().keras])
    model.compile(optimizer=Momentum.keras(), loss=focal.keras(), jit_compile=False)
    for _ in range(STEPS):
        loss = float(model.evaluate(x, y, batch_size=len(x), verbose=0))
        model.train_on_batch(x, y)
        yield loss


HOSTS: dict[str, Callable[[], Iterator[float]]] = {
    "numpy": with_numpy,
    "torch": with_torch,
    "jax": with_jax,
    "tensorflow": with_tensorflow,
    "keras": with_keras,
}


def main() -> int:
    """Train everywhere; 1 where the losses differ."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("hosts", nargs="*", metavar="HOST", help="default: all installed")
    parser.add_argument("--json", action="store_true", help="print the losses for machines")
    options = parser.parse_args()
    unknown = set(options.hosts) - set(HOSTS)
    if unknown:
        parser.error(f"no host {', '.join(sorted(unknown))}: some of {', '.join(HOSTS)}")
    names = options.hosts or [name for name in HOSTS if importlib.util.find_spec(name)]
    losses: dict[str, list[float]] = {}
    seconds: dict[str, float] = {}
    for name in names:
        begun = time.perf_counter()
        losses[name] = list(HOSTS[name]())
        seconds[name] = time.perf_counter() - begun
    reference = next(iter(losses.values()))
    apart = {
        name: max(abs(a - b) / abs(b) for a, b in zip(found, reference, strict=True))
        for name, found in losses.items()
    }
    agree = max(apart.values()) <= CLOSE
    if options.json:
        print(json.dumps({"losses": losses, "apart": apart, "agree": agree}))
        return 0 if agree else 1
    shown = (0, 1, 9, STEPS - 1)
    table = Table(title="one definition, everywhere")
    for heading in ("host", *(f"step {n + 1}" for n in shown), "furthest apart", "seconds"):
        table.add_column(heading, justify="left" if heading == "host" else "right")
    for name, found in losses.items():
        values = [f"{found[n]:.6f}" for n in shown]
        table.add_row(name, *values, f"{apart[name]:.1e}", f"{seconds[name]:.1f}")
    console = Console()
    console.print(table)
    said = "[green]The losses agree.[/green]" if agree else "[red]The losses differ.[/red]"
    console.print(said)
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
