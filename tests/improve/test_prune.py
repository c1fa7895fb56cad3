"""Pruned models: what belongs together goes together, and what is left computes the same.

A model in which what was removed is zeroed, in all arrays, predicts what the smaller one does.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.data import load_digits
from dovetail.errors import ArgumentError, TrainingError
from dovetail.improve.dependencies import Dependencies
from dovetail.improve.factors import Factor, leaves, mask
from dovetail.improve.smaller import smaller
from dovetail.improve.tracing import inspected
from dovetail.options import override

RNG = np.random.default_rng(0)


def sequence(shape: Any, *layers: Any, dtype: str = "float32") -> Any:
    return dt.Sequential(dt.Input(shape, dtype=dtype), *layers, seed=0)


def block(filters: int, strides: int = 1) -> Any:
    shortcut = None if strides == 1 else dt.Conv2D(filters, 1, strides)
    return dt.Residual(
        dt.Sequential(dt.Conv2D(filters, 3, strides, "same"), dt.BatchNorm(), dt.relu,
                      dt.Conv2D(filters, 3, padding="same"), dt.BatchNorm()),
        shortcut, "relu",
    )  # fmt: skip


class Gated(dt.Layer):
    """Halves of one projection that meet, and a table that is used twice."""

    units: int = 6
    count: int = 9
    table = dt.Parameter("count", "units", init="glorot_uniform")
    kernel = dt.Parameter("units", "both", init="glorot_uniform")

    @property
    def both(self) -> int:
        return 2 * self.units

    def forward(self, indices: Any) -> Any:
        x = dt.take(self.table, indices, axis=0)
        y = x @ self.kernel
        half = self.both // 2
        z = y[:, :half] * dt.sigmoid(y[:, half:])
        return (x + z) @ dt.matrix_transpose(self.table)


class Fixed(dt.Layer):
    """A size that no array has: the channels in pairs."""

    def forward(self, x: Any) -> Any:
        return dt.sum(dt.reshape(x, (x.shape[0], 4, 2)), axis=-1)


def joined() -> Any:
    x = dt.Input((6, 6, 3))
    a = dt.Conv2D(4, 3, padding="same", activation="relu")(x)
    b = dt.Conv2D(6, 3, padding="same", activation="relu")(x)
    y = dt.Concatenate()(a, b)
    y = dt.Concatenate()(y, dt.Conv2D(5, 1)(y))
    return dt.Model(x, dt.Dense(3)(dt.Flatten()(y)), seed=0)


def positive(model: Any) -> Any:
    """Arrays without zeros, and statistics that are not at their first values."""
    for path, array in {**model.parameters(), **model.states()}.items():
        if array.dtype.kind == "f":
            low = 0.2 if path.endswith("var") else -0.5
            model.set(path, RNG.uniform(low, 0.8, array.shape))
    return model


# A model, and for some arrays the factors of their axes that may be removed: the same letter, one.
CASES = {
    "dense": (lambda: sequence(5, dt.Dense(8, "tanh"), dt.Dense(6, "tanh"), dt.Dense(3)), {
        "layers.0.kernel": (None, "a"), "layers.1.kernel": ("a", "b"),
        "layers.2.kernel": ("b", None),
    }),
    "residual": (lambda: sequence(
        (8, 8, 3), dt.Conv2D(4, 3), block(4), block(6, 2), dt.GlobalAveragePool2D(), dt.Dense(3)), {
        "layers.0.kernel": (None, None, None, "a"),
        "layers.1.layer.layers.0.kernel": (None, None, "a", "b"),
        "layers.1.layer.layers.1.running_var": ("b",),
        "layers.1.layer.layers.3.kernel": (None, None, "b", "a"),
        "layers.2.layer.layers.3.kernel": (None, None, "c", "d"),
        "layers.2.shortcut.kernel": (None, None, "a", "d"),
        "layers.4.kernel": ("d", None),
    }),
    "flattened": (lambda: sequence(
        (4, 6, 6), dt.Conv2D(5, 3, data_format="channels_first"), dt.MaxPool2D(
            2, data_format="channels_first"), dt.Flatten(), dt.Dense(4)), {
        "layers.0.kernel": (None, None, None, "a"), "layers.3.kernel": (("a", None, None), None),
    }),
    "groups": (lambda: sequence(
        (6, 6, 3), dt.Conv2D(8, 1), dt.Conv2D(12, 3, groups=4), dt.DepthwiseConv2D(3),
        dt.Conv2DTranspose(6, 2, groups=2), dt.GlobalMaxPool2D(), dt.Dense(4)), {
        "layers.1.kernel": (None, None, "b", ("a", "A", "c")),
        "layers.2.kernel": (None, None, ("a", "A", "c"), None),
        "layers.3.kernel": (None, None, "d", ("a", "A", "c")),
        "layers.5.kernel": (("a", "d"), None),
    }),
    "attention": (lambda: sequence(
        (5, 6), dt.Residual(dt.MultiHeadAttention(4, 3)), dt.Dense(7, "relu"), dt.Dense(2)), {
        "layers.0.layer.query_kernel": (None, "a", "k"),
        "layers.0.layer.value_kernel": (None, "a", "b"),
        "layers.0.layer.output_kernel": ("a", "b", None), "layers.1.kernel": (None, "c"),
    }),
    "gates": (lambda: sequence((4, 3), dt.LSTM(5, return_sequences=True), dt.GRU(4), dt.Dense(2)), {
        "layers.0.kernel": (None, ["a"] * 4), "layers.0.recurrent_kernel": ("a", ["a"] * 4),
        "layers.1.kernel": ("a", ["b"] * 3), "layers.2.kernel": ("b", None),
    }),
    "tied": (lambda: sequence((), Gated(), dtype="int64"), {
        "layers.0.table": (None, "a"), "layers.0.kernel": ("a", ["a", "a"]),
    }),
    "joined": (joined, {
        "layers.conv2d.kernel": (None, None, None, "a"),
        "layers.conv2d_2.kernel": (None, None, ["a", "b"], "c"),
    }),
    "refused": (lambda: sequence(5, dt.Dense(8), Fixed(), dt.Dense(2)), {}),
}  # fmt: skip


def named(dimension: Any) -> Any:
    return [factor for factor in leaves(dimension or ()) if not factor.fixed]


@pytest.mark.parametrize("name", [name for name, (_, known) in CASES.items() if known])
def test_what_meets_is_one(name: str) -> None:
    make, known = CASES[name]
    model = make()
    found = inspected(model)
    dependencies = Dependencies(found)
    assert dependencies.multiply_adds(lambda each: each.size) == found.model.multiply_adds
    letters: dict[str, Factor] = {}
    for path, axes in known.items():
        for expected, dimension in zip(axes, dependencies.arrays[path], strict=True):
            wanted = [each for each in np.atleast_1d(np.array(expected, object)) if each]
            factors = named(dimension)
            assert len(factors) == len(wanted), (path, expected, factors)
            for letter, factor in zip(wanted, factors, strict=True):
                assert letters.setdefault(letter, factor) is factor, (path, letter)
    assert len(set(letters.values())) == len(letters)


@pytest.mark.parametrize("name", CASES)
def test_a_smaller_model_is_the_one_with_zeros(name: str) -> None:
    model = positive(CASES[name][0]())
    found = inspected(model)
    dependencies = Dependencies(found)
    factors = {
        leaf for dimensions in dependencies.arrays.values() for each in dimensions
        for leaf in named(each) if leaf.size > 2
    }  # fmt: skip
    if name == "attention":  # whose scores are scaled by the size of the keys
        factors -= set(named(dependencies.arrays["layers.0.layer.query_kernel"][2]))
    kept = {factor: np.arange(factor.size) % 3 != 1 for factor in factors}
    made, refusal = smaller(model, found, dependencies, kept)
    if name == "refused":
        assert refusal is not None and "reshape" in refusal.reason
        return
    assert refusal is None, refusal
    for path, dimensions in dependencies.arrays.items():
        array = model.get(path)
        if array.dtype.kind == "f":
            for axis, dimension in enumerate(dimensions):
                if dimension is not None:
                    shape = [-1 if each == axis else 1 for each in range(array.ndim)]
                    array = array * mask(dimension, kept).reshape(shape)
            model.set(path, array)
    assert made.parameters().keys() == model.parameters().keys()
    count = sum(array.size for array in made.parameters().values())
    assert count < 0.8 * sum(array.size for array in model.parameters().values())
    spec = model.input_specs[0]
    shape = (3, *spec.shape[1:]) if hasattr(spec, "shape") else (3, 6, 6, 3)
    x = RNG.integers(0, 9, 3) if name == "tied" else RNG.normal(size=shape).astype(np.float32)
    assert np.allclose(made.predict(x), model.predict(x), rtol=1e-4, atol=1e-5)


def test_digits_at_half_the_multiply_adds(tmp_path: Path) -> None:
    """At most one point of accuracy, and measured faster."""
    digits = load_digits()
    x, held = (each.reshape(-1, 784) / np.float32(255) for each in (digits.x_train, digits.x_test))
    train, test = (x[:3000], digits.y_train[:3000]), (held, digits.y_test)
    model = sequence(784, dt.Dense(256, "relu"), dt.Dense(128, "relu"), dt.Dense(10))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*train, batch_size=64, epochs=3, verbose=0, seed=0)
    before = model.get_weights()
    with override(num_threads=1):
        result = dt.improve.prune(model, train, validation=test, epochs=2, batch_size=64)
    report = result.report
    assert all(np.array_equal(before[path], each) for path, each in model.get_weights().items())
    assert report.after.multiply_adds <= 0.5 * report.before.multiply_adds
    assert report.after.metrics["accuracy"] > report.before.metrics["accuracy"] - 0.01
    assert report.speed[256].best > 1.3
    assert result.model is result.changed and report.paid
    result.model.save(tmp_path / "m.dovetail")
    expected = result.model.predict(test[0])
    for again in (dt.load(tmp_path / "m.dovetail"), pickle.loads(pickle.dumps(result.model))):
        assert np.array_equal(again.predict(test[0]), expected)


def test_a_loaded_layer_stays_as_it_is(tmp_path: Path) -> None:
    model = sequence((), Gated(), dt.Dense(8, "relu"), dt.Dense(3), dtype="int64")
    model.compile("adam", "sparse_categorical_crossentropy")
    x = np.arange(18) % 9
    model.fit(x, x % 3, verbose=0)
    model.save(tmp_path / "m.dovetail")
    loaded = dt.load(tmp_path / "m.dovetail")
    result = dt.improve.prune(loaded, (x, x % 3), multiply_adds=0.8, epochs=0)
    shapes = {path: each.shape for path, each in result.changed.parameters().items()}
    assert shapes["layers.0.table"] == (9, 6) and shapes["layers.1.kernel"][1] < 8
    assert any("layers.0.table" in note and "keep" in note for note in result.report.notes)


def test_a_change_that_does_not_pay_keeps_the_original() -> None:
    model = sequence(6, dt.Dense(8, "tanh"), dt.Dense(1))
    model.compile(dt.SGD(1e-3), "mse")
    x = RNG.normal(size=(64, 6)).astype(np.float32)
    y = model.predict(x)
    result = dt.improve.prune(
        model, (x, y), epochs=0, multiply_adds=0.3, tolerance=1e-9, score="magnitude"
    )
    assert result.model is model and result.changed is not model
    assert "loss is worse" in result.report.reason
    assert not result.report.paid


def test_mistakes() -> None:
    model = sequence(6, dt.Dense(8), dt.Dense(1))
    x, y = np.ones((4, 6), np.float32), np.ones((4, 1), np.float32)
    with pytest.raises(TrainingError, match="not compiled"):
        dt.improve.prune(model, (x, y))
    model.compile("sgd", "mse")
    for mistake in ({"multiply_adds": 1.5}, {"score": "random"}, {"validation": x}):
        with pytest.raises(ArgumentError):
            dt.improve.prune(model, (x, y), **mistake)
    fixed = sequence(6, dt.Dense(1))
    fixed.compile("sgd", "mse")
    result = dt.improve.prune(fixed, (x, y))
    assert result.model is fixed and "nothing" in result.report.reason
