"""The mission's program gives the loss curve that Keras gives."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from tests.train import keras_program

MISSING = [name for name in ("keras", "jax") if importlib.util.find_spec(name) is None]


def with_keras(*arguments: str) -> Any:
    script = Path(keras_program.__file__)
    done = subprocess.run(
        [sys.executable, script, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def with_dovetail(dtype: str, examples: int, epochs: int) -> Any:
    given = keras_program.data(dtype, examples)

    def start(model: Any) -> None:
        """The weights to begin with; in float64, the type of the model."""
        names = [f"layers.{n}.{name}" for n in range(3) for name in ("kernel", "bias")]
        model.set_weights(dict(zip(names, given["weights"], strict=True)))
        if dtype == "float64":
            for slot, weight in zip(model.slots()[0], given["weights"], strict=True):
                slot[1][slot[2]] = weight.copy()

    names = {"dt": dt, "start": start, "epochs": epochs, **given}
    exec(keras_program.dovetail_program(), names)
    return keras_program.results(names)


@pytest.mark.skipif(bool(MISSING), reason=f"{MISSING} is not installed")
@pytest.mark.parametrize(
    ("dtype", "examples", "epochs", "tolerance"),
    [("float64", 1000, 5, 1e-9), ("float32", 640, 4, 1e-5)],  # 40 and 20 steps
)
def test_the_curve_is_that_of_keras(
    dtype: str, examples: int, epochs: int, tolerance: float
) -> None:
    ours = with_dovetail(dtype, examples, epochs)
    theirs = with_keras(dtype, str(examples), str(epochs))
    assert ours.keys() == theirs.keys()
    assert ours["loss"][-1] < 0.8 * ours["loss"][0]
    for name, values in theirs.items():
        np.testing.assert_allclose(ours[name], values, rtol=tolerance, atol=tolerance, err_msg=name)
