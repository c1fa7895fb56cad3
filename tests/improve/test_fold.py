"""Batch normalisations folded into the layers before them, against the model in NumPy's float64."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.improve.fold import folded

RNG = np.random.default_rng(0)
pytestmark = pytest.mark.usefixtures("quick_measurement")


def unsettled(model: Any) -> Any:
    """The model with arrays that are not at their first values."""
    for path, array in {**model.parameters(), **model.states()}.items():
        if array.dtype.kind == "f":
            low = 0.001 if path.endswith("var") else -1.0
            model.set(path, RNG.uniform(low, 1.0, array.shape))
    return model


def in_float64(model: Any) -> Any:
    for path, array in {**model.parameters(), **model.states()}.items():
        layer, name = model._at(path)
        layer.keep_array(name, array.astype(np.float64))
    return model


class Block(dt.Model):
    """Layers in attributes, one of which is shared."""

    def __init__(self) -> None:
        super().__init__()
        self.first = dt.Dense(5, use_bias=False)
        self.norm = dt.BatchNorm(eps=0.3)
        self.shared = dt.Dense(5)
        self.inner = dt.BatchNorm()

    def forward(self, x: Any) -> Any:
        y = dt.relu(self.norm(self.first(x)))
        return self.inner(self.shared(self.shared(y)))


def functional() -> Any:
    x = dt.Input((6, 6, 2))
    y = dt.BatchNorm()(dt.Conv2D(4, 3, padding="same")(x))
    z = dt.BatchNorm()(dt.Conv2D(4, 3, padding="same")(dt.relu(y)))
    return dt.Model(x, dt.Dense(2)(dt.GlobalAveragePool2D()(y + z)))


def sequence(shape: tuple[int, ...], *layers: Any) -> Any:
    return dt.Sequential(dt.Input(shape), *layers)


# A model, and how many of its normalisations stay.
CASES = {
    "dense": (lambda: sequence((3,), dt.Dense(4), dt.BatchNorm(), dt.relu, dt.Dense(2)), 0),
    "bare": (lambda: sequence(
        (3,), dt.Dense(4, use_bias=False), dt.BatchNorm(use_scale=False, use_bias=False)), 0),
    "conv1d": (lambda: sequence((9, 2), dt.Conv1D(4, 3, 2), dt.BatchNorm(eps=0.1)), 0),
    "channels first": (lambda: sequence(
        (4, 5, 5), dt.Conv2D(6, 3, data_format="channels_first", groups=2),
        dt.BatchNorm(axis=1)), 0),
    "conv3d": (lambda: sequence((4, 4, 4, 2), dt.Conv3D(3, 2), dt.BatchNorm()), 0),
    "depthwise": (lambda: sequence(
        (5, 5, 3), dt.DepthwiseConv2D(3, depth_multiplier=2), dt.BatchNorm()), 0),
    "separable": (lambda: sequence((5, 5, 3), dt.SeparableConv2D(4, 3), dt.BatchNorm()), 0),
    "transposed": (lambda: sequence(
        (4, 4, 6), dt.Conv2DTranspose(4, 3, 2, groups=2), dt.BatchNorm()), 0),
    "residual": (lambda: sequence((6, 6, 4), dt.Residual(
        dt.Sequential(dt.Conv2D(4, 3, padding="same"), dt.BatchNorm(), dt.relu,
                      dt.Conv2D(4, 3, padding="same"), dt.BatchNorm()),
        dt.Sequential(dt.Conv2D(4, 1), dt.BatchNorm()), "relu")), 0),
    "functional": (functional, 0),
    "attributes": (lambda: Block().build((None, 3)), 1),
    "activation": (lambda: sequence((3,), dt.Dense(4, "relu"), dt.BatchNorm()), 1),
    "another axis": (lambda: sequence((4, 4, 3), dt.Conv2D(3, 1), dt.BatchNorm(axis=1)), 1),
    "first": (lambda: sequence((3,), dt.BatchNorm(), dt.Dense(3)), 1),
    "reshaped": (lambda: sequence((3, 3, 2), dt.Conv2D(2, 2), dt.Flatten(), dt.BatchNorm()), 1),
}  # fmt: skip


def norms_in(model: Any) -> int:
    return sum(isinstance(layer, dt.BatchNorm) for layer, _ in model.walk())


@pytest.mark.parametrize("name", CASES)
def test_a_folded_model_predicts_the_same(name: str) -> None:
    make, left = CASES[name]
    model = in_float64(unsettled(make()))
    shape = model.input_specs[0].shape[1:] if name != "functional" else (6, 6, 2)
    x = RNG.normal(size=(7, *shape))
    before = model.predict(x)
    assert before.dtype == np.float64
    changed, notes, count = folded(model)
    assert norms_in(changed) == left == len([each for each in notes if " stays: " in each])
    assert count + left == norms_in(model) > 0
    assert np.abs(changed.predict(x) - before).max() <= 1e-12 * np.abs(before).max()
    assert np.array_equal(model.predict(x), before)  # the original is as it was


def test_the_report_and_what_is_done_with_a_folded_model(tmp_path: Path) -> None:
    model = unsettled(CASES["residual"][0]())
    model.compile("adam", "mse", metrics=["mae"], regularizers={"*.kernel": dt.L2(1e-4)})
    x = RNG.normal(size=(64, 6, 6, 4)).astype(np.float32)
    y = model.predict(x)
    result = dt.improve.fold(model, validation=(x, y))
    report = result.report
    assert report.difference < 1e-5
    assert report.before.metrics.keys() == {"loss", "mae"} == report.after.metrics.keys()
    assert report.after.parameters == report.before.parameters - 3 * 8
    assert report.after.multiply_adds == report.before.multiply_adds
    assert report.after.bytes == report.before.bytes - 4 * 4 * 12
    assert report.speed.keys() == {1, 256}
    assert (result.model is model) is not report.paid
    assert len(report.plain()["notes"]) == 3
    changed = result.changed
    changed.fit(x, y, epochs=1, verbose=0)
    changed.save(tmp_path / "m.dovetail")
    for again in (dt.load(tmp_path / "m.dovetail"), pickle.loads(pickle.dumps(changed))):
        assert np.array_equal(again.predict(x), changed.predict(x))


def test_moving_averages_are_what_is_folded() -> None:
    model = CASES["dense"][0]()
    model.compile("sgd", "mse", ema_momentum=0.5)
    x, y = RNG.normal(size=(64, 3)), RNG.normal(size=(64, 2))
    model.fit(x, y, epochs=3, verbose=0)
    result = dt.improve.fold(model, validation=(x, y))
    assert result.report.difference < 1e-5


def test_nothing_to_fold_keeps_the_model() -> None:
    model = CASES["activation"][0]()
    result = dt.improve.fold(model)
    assert result.model is model
    assert not result.report.paid
    assert "has an activation" in result.report.notes[0]
