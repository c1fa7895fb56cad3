"""The mission's program, run with Keras or with Dovetail: `python keras_program.py keras DTYPE`.

The text of the program is the same but for the names in `NAMES`.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
from typing import Any

PROGRAM = """
model = keras.models.Sequential([
    keras.Input(shape=(784,)),
    keras.layers.Dense(64, activation="relu"),
    keras.layers.Dense(64, activation="relu"),
    keras.layers.Dense(10, activation="softmax"),
])
start(model)
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    x_train, y_train, batch_size=128, epochs=epochs, shuffle=False, verbose=0,
    validation_data=(x_test, y_test),
)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
chances = model.predict(x_test, batch_size=64, verbose=0)
"""

# What the docs' table says (docs/training.md).
NAMES = {"keras.models.": "dt.", "keras.layers.": "dt.", "keras.": "dt."}


def dovetail_program() -> str:
    """The program with Dovetail's names."""
    program = PROGRAM
    for name, ours in NAMES.items():
        program = program.replace(name, ours)
    return program


def data(dtype: str, examples: int) -> dict[str, Any]:
    """Digits, and weights to begin with: what both programs are given."""
    import numpy as np  # noqa: PLC0415

    from dovetail.data import load_digits  # noqa: PLC0415

    digits = load_digits()
    rng = np.random.default_rng(11)
    sizes = (784, 64, 64, 10)
    weights = [
        array
        for rows, columns in itertools.pairwise(sizes)
        for array in (rng.normal(size=(rows, columns)) / rows**0.5, rng.normal(size=columns) / 10)
    ]
    return {
        "x_train": digits.x_train[:examples].reshape(-1, 784).astype(dtype) / 255,
        "y_train": digits.y_train[:examples],
        "x_test": digits.x_test[:200].reshape(-1, 784).astype(dtype) / 255,
        "y_test": digits.y_test[:200],
        "weights": [weight.astype(dtype) for weight in weights],
    }


def results(found: dict[str, Any]) -> dict[str, Any]:
    """What the program has computed."""
    return {
        **{name: list(map(float, curve)) for name, curve in found["history"].history.items()},
        "tested": [float(found["loss"]), float(found["accuracy"])],
        "chances": found["chances"].tolist(),
    }


def main(dtype: str, examples: int, epochs: int) -> None:
    """Run the program with Keras and print what it has computed."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import jax  # noqa: PLC0415
    import keras  # noqa: PLC0415

    jax.config.update("jax_enable_x64", dtype == "float64")
    keras.config.set_floatx(dtype)
    given = data(dtype, examples)
    names = {"keras": keras, "epochs": epochs, **given}
    names["start"] = lambda model: model.set_weights(given["weights"])
    exec(PROGRAM, names)
    print(json.dumps(results(names)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
