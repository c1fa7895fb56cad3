"""Models that learn from a teacher, against the maths in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

import dovetail as dt
from dovetail.data import load_digits
from dovetail.errors import ArgumentError, UnknownNameError, UnsupportedError
from dovetail.improve.distil import soft_targets

RNG = np.random.default_rng(0)
pytestmark = pytest.mark.usefixtures("quick_measurement")


def sequence(shape: Any, *layers: Any) -> Any:
    return dt.Sequential(dt.Input(shape), *layers, seed=0)


def test_the_loss_of_soft_targets() -> None:
    logits, taught = RNG.normal(size=(2, 5, 4)) * 3.0
    found = soft_targets(logits, taught, temperature=3.0, reduction="none")
    expected = -9.0 * (softmax(taught / 3.0, axis=-1) * log_softmax(logits / 3.0, axis=-1)).sum(-1)
    assert np.allclose(found, expected, rtol=1e-12)


def digits_of(count: int) -> tuple[Any, Any]:
    digits = load_digits()
    x, held = (each.reshape(-1, 784) / np.float32(255) for each in (digits.x_train, digits.x_test))
    return (x[:count], digits.y_train[:count]), (held, digits.y_test)


def test_a_small_network_learns_from_a_large_one() -> None:
    train, test = digits_of(1500)
    teacher = sequence(784, dt.Dense(128, "relu"), dt.Dense(10, "softmax"))
    model = sequence(784, dt.Dense(12, "relu"), dt.Dense(10))
    for each, epochs in ((teacher, 6), (model, 2)):
        each.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        each.fit(*train, epochs=epochs, verbose=0, seed=0)
    before = model.get_weights()
    result = dt.improve.distil(
        model, teacher, train, validation=test, weight=0.9, epochs=4, features={"0": "0"}
    )
    assert all(np.array_equal(before[path], each) for path, each in model.get_weights().items())
    report = result.report
    assert report.paid and result.model is result.changed
    assert report.after.metrics["accuracy"] > report.before.metrics["accuracy"]
    assert isinstance(result.model, dt.Sequential)
    assert result.model.parameters().keys() == model.parameters().keys()
    assert "0 learned the output of 0" in report.notes
    result.model.fit(*train, epochs=1, verbose=0)

    def agreement(each: Any) -> float:
        taught = teacher.predict(test[0]).argmax(axis=-1)
        return float((each.predict(test[0]).argmax(axis=-1) == taught).mean())

    assert agreement(result.changed) > agreement(model)


def test_a_teacher_alone_is_imitated() -> None:
    """With wrong labels and all of the weight on the teacher, the model learns the teacher."""
    x = RNG.normal(size=(400, 6)).astype(np.float32)
    kernel = RNG.normal(size=(6, 3)).astype(np.float32)
    model = sequence(6, dt.Dense(3, "softmax"))
    model.compile(dt.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    result = dt.improve.distil(
        model, lambda inputs: inputs @ kernel, (x, np.zeros(400, np.int64)), weight=1.0,
        validation=(x, (x @ kernel).argmax(axis=-1)), epochs=20,
    )  # fmt: skip
    assert np.abs(result.changed.predict(x) - softmax(x @ kernel, axis=-1)).max() < 0.05
    assert result.report.after.metrics["accuracy"] > 0.97


def test_outputs_are_learned_by_the_own_loss() -> None:
    x = RNG.normal(size=(200, 4)).astype(np.float32)
    teacher = sequence(4, dt.Dense(5, "tanh"), dt.Dense(1))
    for path, array in teacher.parameters().items():
        teacher.set(path, RNG.normal(size=array.shape))
    model = sequence(4, dt.Dense(5, "tanh"), dt.Dense(1))
    model.compile(dt.Adam(0.02), "mse")
    y = teacher.predict(x) + RNG.normal(size=(200, 1)).astype(np.float32)
    result = dt.improve.distil(
        model, teacher, (x, y), weight=1.0, epochs=15, features={"layers.0": "layers.0"}
    )
    taught = teacher.predict(x)
    errors = [np.abs(each.predict(x) - taught).mean() for each in (model, result.changed)]
    assert errors[1] < 0.3 * errors[0]


def test_mistakes() -> None:
    x, y = np.ones((8, 4), np.float32), np.ones((8, 1), np.float32)
    model = sequence(4, dt.Dense(1))
    model.compile("sgd", "mse")
    for error, teacher, more in (
        (ArgumentError, sequence(4, dt.Dense(2)), {}),
        (ArgumentError, model, {"weight": 0.0}),
        (ArgumentError, lambda inputs: inputs[:, :1], {"features": {"0": "0"}}),
        (UnknownNameError, model, {"features": {"0": "7"}}),
    ):
        with pytest.raises(error):
            dt.improve.distil(model, teacher, (x, y), **more)
    inputs = dt.Input(4)
    two = dt.Model(inputs, [dt.Dense(1)(inputs), dt.Dense(1)(inputs)])
    two.compile("sgd", "mse")
    with pytest.raises(UnsupportedError, match="2 outputs"):
        dt.improve.distil(two, model, (x, [y, y]))
