"""Dovetail inside Keras: compared with keras.ops and Keras' functions.

Run: `KERAS_BACKEND=jax python benchmarks/keras_host.py`, see README.md. `--compiled` puts each
call into jax.jit or tf.function, as `fit` does; `--fit` times training steps of a small model,
Keras' own pieces beside the same of Dovetail.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

import hosts
from kernels import set_threads

ROUNDS = 5


def fit(jit_compile: Any) -> None:
    """Microseconds of a training step, the two models in turn; the best of some rounds."""
    import keras  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    import dovetail as dt  # noqa: PLC0415

    dense, crossentropy = keras.layers.Dense, keras.losses.SparseCategoricalCrossentropy
    pieces = {
        "Keras": ("mish", keras.layers.LayerNormalization, keras.optimizers.AdamW(1e-3),
                  crossentropy(from_logits=True)),
        "Dovetail": (dt.mish.keras, dt.LayerNorm.keras, dt.AdamW.keras(1e-3),
                     dt.sparse_categorical_cross_entropy.keras()),
    }  # fmt: skip
    generator = np.random.default_rng(0)
    x = generator.normal(size=(128 * 100, 256)).astype("float32")
    y = generator.integers(0, 10, len(x))
    models: dict[str, Any] = {}
    for name, (activation, norm, optimizer, loss) in pieces.items():
        layers = [dense(256, activation), norm(), dense(256, activation), norm(), dense(10)]
        models[name] = keras.Sequential([keras.Input((256,)), *layers])
        models[name].compile(optimizer, loss, jit_compile=jit_compile)
        models[name].fit(x[:512], y[:512], batch_size=128, verbose=0)
    times: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(ROUNDS):
        for name, model in models.items():
            begun = time.perf_counter()
            model.fit(x, y, batch_size=128, verbose=0)
            times[name].append((time.perf_counter() - begun) / 100 * 1e6)
    for name, found in times.items():
        print(f"{keras.backend.backend():10s} fit {name:9s} {statistics.median(found):8.0f} us")


def main() -> None:
    """Measure the chosen cases, print the figures and save them."""
    flags = {name: name in sys.argv for name in ("--compiled", "--fit")}
    sys.argv = [each for each in sys.argv if each not in flags]
    options = hosts.arguments((__doc__ or "").splitlines()[0])
    threads = set_threads(options.threads)  # before the backend is loaded
    from peers import keras_host_peer  # noqa: PLC0415

    keras_host_peer.set_threads(threads)
    keras_host_peer.Mode.compiled = flags["--compiled"]
    if flags["--fit"]:
        fit("auto")
    else:
        hosts.run(options, hosts.columns_of(keras_host_peer), threads)


if __name__ == "__main__":
    main()
