"""keras.Model.export(format="onnx"): the files run in onnxruntime with equal values."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

PROGRAM = """
import keras, numpy as np, onnxruntime, sys
import dovetail as dt

given = keras.Input((6,))
hidden = dt.LayerNorm.keras()(dt.mish(dt.Dense.keras(5)(given)))
model = keras.Model(given, keras.layers.Dense(3)(dt.softmax(hidden)))
x = np.random.default_rng(0).normal(size=(4, 6)).astype("f4")
want = keras.ops.convert_to_numpy(model(x))
rows, signature = (4, 2, 1), {}
if keras.backend.backend() == "torch":  # Keras has no dynamic shapes by PyTorch's new exporter
    rows, signature = (4,), {"input_signature": [keras.InputSpec(shape=(4, 6), dtype="float32")]}
model.export("model.onnx", format="onnx", verbose=False, **signature)
session = onnxruntime.InferenceSession("model.onnx")
(name,) = [each.name for each in session.get_inputs()]
for count in rows:
    (got,) = session.run(None, {name: x[:count]})
    np.testing.assert_allclose(got, want[:count], rtol=2e-5, atol=2e-6)
again = keras.ops.convert_to_numpy(model(x))  # in the model itself nothing has changed
np.testing.assert_array_equal(again, want)
"""


@pytest.mark.parametrize(
    ("backend", "needed"),
    [("tensorflow", ("tensorflow", "tf2onnx")), ("torch", ("torch", "onnxscript"))],
)
def test_export(backend: str, needed: tuple[str, ...], tmp_path: Path) -> None:
    for package in ("keras", "onnxruntime", *needed):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
