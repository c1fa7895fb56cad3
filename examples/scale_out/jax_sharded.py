"""Training a model further in JAX, on eight devices: a sharded, jitted step.

    python examples/scale_out/jax_sharded.py

The devices are eight parts of this machine's processor. Batches are spread over four of them, the
columns of the first kernel over two; XLA adds the communication. Accelerators need no flag.
"""

from __future__ import annotations

import os
import sys

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"
os.environ.setdefault("JAX_PLATFORMS", "cpu")

from typing import Any

import jax
import numpy as np
import optax
from flax import nnx
from jax.sharding import NamedSharding, PartitionSpec
from start import digits, report, trained

import dovetail as dt


def train(model: Any, mesh: Any, steps: int) -> Any:
    """The logits of the held-out digits after so many steps on the devices of a mesh."""
    images, labels, held_out, _ = digits(steps)
    graph, params, rest = nnx.split(model.to("jax"), nnx.Param, ...)

    def place(array: Any, *axes: Any) -> Any:
        return jax.device_put(array, NamedSharding(mesh, PartitionSpec(*axes)))

    def placed(array: Any) -> Any:
        """The first kernel by its columns, other parameters on every device."""
        return place(array, None, "model") if array.shape == (784, 32) else place(array)

    params, rest = jax.tree.map(placed, params), jax.tree.map(place, rest)
    optimizer = dt.AdamW.jax(1e-3)
    state = optimizer.init(params)

    def loss(params: Any, rest: Any, x: Any, y: Any) -> Any:
        logits = nnx.merge(graph, params, rest)(x)
        return dt.sparse_categorical_cross_entropy(logits, y)

    @jax.jit
    def step(params: Any, state: Any, rest: Any, x: Any, y: Any) -> Any:
        grads = jax.grad(loss)(params, rest, x, y)
        updates, state = optimizer.update(grads, state, params)
        return optax.apply_updates(params, updates), state

    for x, y in zip(images, labels, strict=True):
        params, state = step(params, state, rest, place(x, "data"), place(y, "data"))
    merged = nnx.merge(graph, params, rest)
    return np.asarray(merged(place(held_out)))


def main(steps: int) -> None:
    """Train on eight devices and on one; the results agree."""
    model = trained()
    _, _, held_out, labels = digits(1)
    devices = np.array(jax.devices())
    assert len(devices) == 8
    after, alone = (
        train(model, jax.sharding.Mesh(each, ("data", "model")), steps)
        for each in (devices.reshape(4, 2), devices[:1].reshape(1, 1))
    )
    report(model.predict(held_out), after, alone, labels)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
