"""In a process without the definitions: what a file holds, native to one framework.

Run: `python on_host.py HOST FOLDER`. Every function returns how far results are from NumPy's.
"""

# ruff: noqa: PLC0415  (only the framework that is asked for is imported)

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import dovetail as dt

Loaded = dict[str, Any]


def distance(one: Any, other: Any) -> float:
    return float(np.abs(np.asarray(one) - np.asarray(other)).max())


def on_torch(loaded: Loaded, x: Any, y: Any) -> list[float]:
    import torch

    tensor, target = torch.tensor(x, requires_grad=True), torch.tensor(y)
    module = loaded["model"].to("torch")
    found = [distance(module(tensor).detach(), loaded["model"].predict(x))]
    loaded["swirl"](tensor).sum().backward()
    found.append(distance(tensor.grad, loaded["slope"]))
    module.train()
    optimizer = type(loaded["optimizer"]).torch(module.parameters(), lr=1e-3)
    before = loaded["quartic"](module.eval()(tensor), target)
    module.train()
    loaded["quartic"](module(tensor), target).backward()
    optimizer.step()
    assert float(loaded["quartic"](module.eval()(tensor), target).detach()) != float(
        before.detach()
    )
    compiled = torch.compile(module)(tensor)
    return [*found, distance(compiled.detach(), module(tensor).detach())]


def on_jax(loaded: Loaded, x: Any, y: Any) -> list[float]:
    import jax
    from flax import nnx

    layer = loaded["model"].to("jax")
    found = [distance(nnx.jit(lambda m, a: m(a))(layer, x), loaded["model"].predict(x))]
    gradient = jax.jit(jax.grad(lambda a: loaded["swirl"](a).sum()))(jax.numpy.asarray(x))
    rule = type(loaded["optimizer"]).jax(lr=1e-3)
    change, _ = rule.update({"w": y}, rule.init({"w": y}), {"w": y})
    assert np.isfinite(np.asarray(change["w"])).all()
    return [*found, distance(gradient, loaded["slope"])]


def on_tensorflow(loaded: Loaded, x: Any, y: Any) -> list[float]:
    import tensorflow as tf

    layer = loaded["model"].to("tensorflow")
    signature = [tf.TensorSpec((None, None), tf.float32)]
    swirl = tf.function(loaded["swirl"], input_signature=signature)
    tensor = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        total = tf.reduce_sum(swirl(tensor))
    return [
        distance(layer(tensor, training=False), loaded["model"].predict(x)),
        distance(tape.gradient(total, tensor), loaded["slope"]),
    ]


def on_keras(loaded: Loaded, x: Any, y: Any) -> list[float]:
    import keras

    net = keras.Sequential([keras.Input(x.shape[1:]), loaded["model"].to("keras")])
    found = distance(net.predict(x, verbose=0), loaded["model"].predict(x))
    net.compile(type(loaded["optimizer"]).keras(1e-3), loaded["quartic"].keras())
    net.fit(x, y, verbose=0)
    return [found, distance(keras.layers.Activation(loaded["swirl"].keras)(x), loaded["swirl"](x))]


HOSTS: dict[str, Callable[[Loaded, Any, Any], list[float]]] = {
    "torch": on_torch, "jax": on_jax, "tensorflow": on_tensorflow, "keras": on_keras,
}  # fmt: skip


def main() -> None:
    host, folder = sys.argv[1], Path(sys.argv[2])
    names = ("model", "swirl", "quartic", "optimizer")
    loaded: Loaded = {name: dt.load(folder / name) for name in names}
    given = np.load(folder / "x.npz")
    assert not any(name.startswith("tests") for name in sys.modules)
    distances = HOSTS[host]({**loaded, "slope": given["slope"]}, given["x"], given["y"])
    print(*distances)
    assert max(distances) < 1e-5, distances


if __name__ == "__main__":
    main()
