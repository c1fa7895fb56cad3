"""Norms of gradients and what layers return, against NumPy; planted faults are named."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import dovetail as dt
from dovetail.errors import TrainingError

RNG = np.random.default_rng(0)


def sequence(shape: Any, *layers: Any) -> Any:
    return dt.Sequential(dt.Input(shape), *layers, seed=0)


def test_norms_of_gradients() -> None:
    x = RNG.normal(size=(64, 3))
    y = RNG.normal(size=(64, 2))
    model = sequence(3, dt.Dense(2))
    model.compile("sgd", "mse", precision="float64")
    report = dt.improve.clip(model, (x, y), batch_size=64).report
    kernel, bias = model.get("layers.0.kernel"), model.get("layers.0.bias")
    slope = 2.0 * (x @ kernel + bias - y) / y.size
    expected = np.sqrt(np.sum((x.T @ slope) ** 2) + np.sum(slope.sum(axis=0) ** 2))
    assert np.isclose(report.whole.median, expected, rtol=1e-6)
    assert np.isclose(report.layers["0"].median, expected, rtol=1e-6)
    assert report.clip_norm is None and "do not clip" in report.advice[0]


def test_exploding_batches_are_clipped() -> None:
    x = RNG.normal(size=(320, 4)).astype(np.float32)
    y = (x.sum(axis=1, keepdims=True)).astype(np.float32)
    x[7] *= 1e3
    model = sequence(4, dt.Dense(8, "tanh"), dt.Dense(3, use_bias=False), dt.Dense(1))
    model.set("layers.1.kernel", 1e-4 * model.get("layers.1.kernel"))
    model.compile(dt.SGD(0.1), "mse")
    y[7] = 1e4
    result = dt.improve.clip(model, (x, y), batch_size=16)
    report = result.report
    assert report.largest_whole > 10 * report.whole.median
    assert report.clip_norm is not None
    assert report.whole.median < report.clip_norm < report.largest_whole
    assert result.model is not model and model.optimizer.clip_norm is None
    assert result.model.optimizer.clip_norm == report.clip_norm
    result.model.fit(x, y, epochs=1, verbose=0)
    assert any(text.startswith("0: its gradient") for text in report.advice)
    console = Console(file=io.StringIO(), width=120)
    report.print(console)
    assert "all together" in console.file.getvalue()  # type: ignore[attr-defined]


def test_dead_saturated_and_drifting_layers_are_named() -> None:
    model = sequence(
        6, dt.Dense(10, "relu"), dt.Dense(8, "tanh"), dt.Dense(6), dt.Activation("sigmoid"),
        dt.Dense(4), dt.Dropout(0.5),
    )  # fmt: skip
    model.set("layers.0.bias", np.where(np.arange(10) < 3, -1e3, 0.5))  # three are dead
    model.set("layers.1.kernel", 50.0 * model.get("layers.1.kernel"))
    model.set("layers.2.kernel", 1e-3 * model.get("layers.2.kernel"))
    x = RNG.normal(size=(300, 6)).astype(np.float32)
    result = dt.improve.normalise(model, x, batch_size=128)
    assert result.model is model
    layers = {each.name: each for each in result.report.layers}
    assert list(layers) == ["0", "1", "2", "3", "4", "5"]
    first = np.maximum(x @ model.get("layers.0.kernel") + model.get("layers.0.bias"), 0.0)
    assert np.isclose(layers["0"].mean, first.mean(), rtol=1e-5)
    assert np.isclose(layers["0"].deviation, first.std(), rtol=1e-4)
    assert layers["0"].dead == float((first == 0).all(axis=0).mean()) >= 0.3
    second = np.tanh(first @ model.get("layers.1.kernel") + model.get("layers.1.bias"))
    assert np.isclose(layers["1"].saturated or 0.0, (np.abs(second) > 0.96).mean(), atol=1e-3)
    assert layers["3"].saturated == 0.0 and layers["2"].saturated is None
    advice = result.report.advice
    for beginning in ("0: 30%", "1: 9", "2: the deviation"):
        assert any(text.startswith(beginning) for text in advice), (beginning, advice)
    assert not any(text.startswith(("3: ", "5: ")) for text in advice if "deviation" not in text)


def test_a_sound_model_is_left_alone() -> None:
    model = sequence(6, dt.Dense(32, "relu"), dt.LayerNorm(), dt.Dense(4))
    report = dt.improve.normalise(model, RNG.normal(size=(200, 6)).astype(np.float32)).report
    assert report.advice == ("no layer is dead, saturated or drifts: leave it as it is",)
    channels = sequence((3, 6, 6), dt.Conv2D(4, 3, data_format="channels_first", activation="relu"))
    channels.set("layers.0.bias", np.array([-1e3, 0.0, 0.0, 0.0]))
    report = dt.improve.normalise(channels, RNG.normal(size=(50, 3, 6, 6))).report
    assert report.layers[0].dead == 0.25
    with pytest.raises(TrainingError, match="not compiled"):
        dt.improve.clip(model, (np.ones((4, 6)), np.ones((4, 4))))
