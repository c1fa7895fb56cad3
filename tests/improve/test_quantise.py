"""Kernels of int8, against the same rounding in NumPy; and training with rounded kernels."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError
from dovetail.improve.data import Examples
from dovetail.improve.quantise import quantised, whole_numbers
from dovetail.improve.rounding_model import trained_rounded

RNG = np.random.default_rng(0)
pytestmark = pytest.mark.usefixtures("quick_measurement")


def sequence(shape: Any, *layers: Any, dtype: str = "float32") -> Any:
    return dt.Sequential(dt.Input(shape, dtype=dtype), *layers, seed=0)


# A model, and for each quantised array the axes that a scale is over.
CASES = {
    "dense": (lambda: sequence(7, dt.Dense(5, "tanh"), dt.Dense(3, use_bias=False)),
              {"layers.0.kernel": 0, "layers.1.kernel": 0}),
    "conv": (lambda: sequence(
        (6, 6, 4), dt.Conv2D(6, 3, 2, "same", groups=2), dt.DepthwiseConv2D(2, depth_multiplier=2),
        dt.Flatten(), dt.LayerNorm(), dt.Dense(2)),
        {"layers.0.kernel": (0, 1, 2), "layers.1.kernel": (0, 1), "layers.4.kernel": 0}),
    "channels first": (lambda: sequence(
        (3, 9), dt.Conv1D(4, 3, data_format="channels_first", activation="relu")),
        {"layers.0.kernel": (0, 1)}),
    "words": (lambda: sequence(
        (4,), dt.Embedding(9, 6), dt.DepthwiseConv1D(2), dt.GRU(3), dt.Dense(2), dtype="int64"),
        {"layers.0.table": 1, "layers.1.kernel": 0, "layers.3.kernel": 0}),
}  # fmt: skip


def inputs(model: Any, count: int) -> Any:
    (spec,) = model.input_specs
    shape = (count, *spec.shape[1:])
    if not spec.dtype.is_floating:
        return RNG.integers(0, 9, shape)
    return RNG.normal(size=shape).astype(np.float32)


def spread(model: Any) -> Any:
    """Channels of different sizes, and one of zeros."""
    for path, array in model.parameters().items():
        model.set(path, array * RNG.uniform(0.01, 3.0, array.shape[-1]) + 0.01)
    kernel = model.get("layers.0.kernel") if "layers.0.kernel" in model.parameters() else None
    if kernel is not None:
        kernel[..., 0] = 0.0
        model.set("layers.0.kernel", kernel)
    return model


@pytest.mark.parametrize("name", CASES)
def test_quantised_is_the_model_with_rounded_arrays(name: str, tmp_path: Path) -> None:
    make, axes = CASES[name]
    model = spread(make())
    changed, notes = quantised(model, dynamic=False)
    x = inputs(model, 5)
    before = model.predict(x)
    found = changed.predict(x)
    kernels = [each for each in changed.states().values() if each.dtype == np.int8]
    assert sum(each.size for each in kernels) == sum(model.get(path).size for path in axes)
    for path, over in axes.items():  # each slice rounded to its own 127th part
        array = model.get(path).astype(np.float64)
        scale = np.abs(array).max(axis=over, keepdims=True) / 127.0
        scale = np.where(scale == 0.0, 1.0, scale)
        model.set(path, np.round(array / scale) * scale)
    expected = model.predict(x)
    assert np.abs(found - expected).max() <= 1e-5 * np.abs(expected).max()
    assert np.abs(before - expected).max() > 1e-4 * np.abs(expected).max()
    assert ("GRU" in str(model)) == any("stay floating" in note for note in notes)
    changed.save(tmp_path / "m.dovetail")
    for again in (dt.load(tmp_path / "m.dovetail"), pickle.loads(pickle.dumps(changed))):
        assert np.array_equal(again.predict(x), found)


def test_rounded_inputs_are_close_and_used_where_faster() -> None:
    model = spread(CASES["dense"][0]())
    x = inputs(model, 40)
    changed, _ = quantised(model, dynamic=True)
    assert all(layer.dynamic for layer in changed.layers)
    expected = model.predict(x)
    error = np.abs(changed.predict(x) - expected).max() / np.abs(expected).max()
    assert 1e-4 < error < 3e-2
    report = dt.improve.quantise(model, validation=x, activations="dynamic").report
    assert any(note.startswith("rounded inputs are ") for note in report.notes)
    assert report.after.bytes < 0.6 * report.before.bytes


def test_whole_numbers_reach_the_whole_range() -> None:
    array = RNG.normal(size=(30, 4))
    whole, scale = whole_numbers(array, (-2,))
    assert whole.dtype == np.int8
    assert np.array_equal(np.abs(whole).max(axis=0), [127] * 4)
    assert np.abs(whole * scale - array).max(axis=0).tolist() <= (scale[0] * 0.5001).tolist()


def test_training_with_rounded_kernels() -> None:
    """It lowers the loss of the rounded model, with the gradients of the kernels themselves."""
    teacher = RNG.normal(size=(6, 1))
    x = RNG.normal(size=(256, 6)).astype(np.float32)
    y = np.tanh(x @ teacher).astype(np.float32)
    model = sequence(6, dt.Dense(4, "tanh"), dt.Dense(1))
    model.compile(dt.SGD(0.0), "mse", regularizers={"layers.0.kernel": dt.L2(1e-6)})
    channels = {"layers.0.kernel": (-2,), "layers.1.kernel": (-2,)}
    examples = Examples(x, y)
    same = trained_rounded(model, channels, examples, 1, 32, 0, 0)
    for path, array in model.get_weights().items():
        assert np.array_equal(same.get(path), array)
    model.compile(dt.SGD(0.05), "mse")
    rounded_before = quantised(model, dynamic=False)[0].evaluate(x, y)
    trained = trained_rounded(model, channels, examples, 10, 32, 0, 0)
    assert quantised(trained, dynamic=False)[0].evaluate(x, y) < 0.5 * rounded_before
    one, other = (
        trained_rounded(each, channels, examples, 1, 256, 0, 0).get("layers.0.kernel")
        - each.get("layers.0.kernel")
        for each in (model, _already_rounded(model, channels))
    )
    assert np.abs(one).max() > 1e-3
    assert np.allclose(one, other, atol=1e-5)  # the gradient at the rounded kernels


def _already_rounded(model: Any, channels: Any) -> Any:
    made = model.fresh_copy()
    for path, axes in channels.items():
        whole, scale = whole_numbers(made.get(path).astype(np.float64), axes)
        made.set(path, whole * scale)
    return made


def test_mistakes() -> None:
    model = CASES["dense"][0]()
    for mistake in ({"aim": "size"}, {"activations": "static"}, {"epochs": 1}):
        with pytest.raises(ArgumentError):
            dt.improve.quantise(model, **mistake)
    norm = sequence((4,), dt.LayerNorm())
    assert dt.improve.quantise(norm).model is norm
