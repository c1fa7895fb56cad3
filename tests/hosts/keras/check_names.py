"""Definitions of one name, arguments of `__init__`, and fields with names of Keras' own."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DefinitionError, SerialisationError
from dovetail.hosts.keras.registration import Ambiguous, extension_named, name_of
from tests.extension.test_configuration import Deep, Net, Rule, Stack

X = -np.ones((2, 3), np.float32)
Y = np.zeros((2, 1), np.float32)


def numpy(value: Any) -> Any:
    return np.asarray(keras.ops.convert_to_numpy(value))


def activation(a: Any) -> Any:
    @dt.activation
    def act(x: Any) -> Any:
        return dt.where(x > 0, x, a * x)

    return act


def by_default(a: float) -> Any:
    @dt.activation
    def act(x: Any, a: float = a) -> Any:
        return dt.where(x > 0, x, a * x)

    return act


def operation(function: Any) -> Any:
    @dt.op
    def op(x: Any) -> Any:
        return function(x)

    return op


def loss(a: float) -> Any:
    @dt.loss
    def scaled(predicted: Any, target: Any) -> Any:
        return a * (predicted - target) ** 2

    return scaled


def layer(a: float) -> Any:
    class Scale(dt.Layer):
        w = dt.Parameter(init="ones")

        def forward(self, x: Any) -> Any:
            return x * a * self.w

    return Scale


def optimizer(a: float) -> Any:
    class Rule(dt.Optimizer):
        lr: float = 0.1

        def update(self, param: Any, grad: Any) -> Any:
            return param - self.lr * a * grad

    return Rule


def come_back(model: Any, path: Path) -> tuple[Any, str]:
    """A clone and a loaded model compute the same; the loaded one, and what was written."""
    right = numpy(model(X))
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    np.testing.assert_allclose(numpy(clone(X)), right, rtol=1e-6)
    file = path / "model.keras"
    model.save(file)
    loaded = keras.models.load_model(file)
    np.testing.assert_allclose(numpy(loaded(X)), right, rtol=1e-6)
    return loaded, zipfile.ZipFile(file).read("config.json").decode()


def sequential(*layers: Any) -> Any:
    return keras.Sequential([keras.Input((3,)), *layers])


def test_factories_in_one_model(tmp_path: Path) -> None:
    made = [make(a).keras for make in (activation, by_default) for a in (0.1, 0.3)]
    model = sequential(
        *map(keras.layers.Activation, made), *(layer(a).keras() for a in (2.0, 3.0)),
        *(keras.layers.Dense(3, activation=activation(a)) for a in (0.7, 0.9)),
    )  # fmt: skip
    _, written = come_back(model, tmp_path)
    assert "activation.act(a=0.3)" in written  # a name that another process has, too
    assert "@" not in written


def test_calls_in_one_model(tmp_path: Path) -> None:
    """Values that have no text: each has a name of this process."""
    given = keras.Input((3,))
    output = operation(lambda x: x * 7)(operation(lambda x: x + 1)(given))
    model = keras.Model(given, output)
    np.testing.assert_allclose(numpy(model(X)), (X + 1) * 7)
    _, written = come_back(model, tmp_path)
    assert "operation.op@" in written
    with pytest.raises(SerialisationError, match=r"operation\.op"):
        extension_named(name_of(operation(abs)).partition("@")[0])
    with pytest.raises(SerialisationError, match="process"):
        extension_named("operation.op@0.1")
    with pytest.raises(SerialisationError, match="several"):
        Ambiguous("act")(X)


def test_losses_and_optimizers(tmp_path: Path) -> None:
    files = []
    for a in (1.0, 5.0):
        model = sequential(keras.layers.Dense(1))
        model.compile(optimizer(a).keras(), loss(a).keras())
        model.fit(X, Y, verbose=0)
        (tmp_path / str(a)).mkdir()
        loaded, _ = come_back(model, tmp_path / str(a))
        figure = model.evaluate(X, Y, verbose=0)
        np.testing.assert_allclose(loaded.evaluate(X, Y, verbose=0), figure, rtol=1e-6)
        files.append((tmp_path / str(a) / "model.keras", figure))
        for each in (model, loaded):
            each.fit(X, Y, verbose=0)
        np.testing.assert_allclose(numpy(loaded(X)), numpy(model(X)), rtol=1e-6)
    for file, figure in files:
        found = keras.models.load_model(file).evaluate(X, Y, verbose=0)
        np.testing.assert_allclose(found, figure, rtol=1e-6)


CELLS = {
    "activation": ("@dt.activation\ndef cell(x): return x * {}\n", keras.layers.Activation),
    "layer": ("class cell(dt.Layer):\n  def forward(self, x): return x * {}\n", lambda f: f()),
}


@pytest.mark.parametrize("kind", CELLS)
def test_cells_of_a_notebook(kind: str, tmp_path: Path) -> None:
    """Run again, a cell keeps its name; edited, models in memory keep what they were made with."""
    source, build = CELLS[kind]
    space = vars(sys.modules[__name__])
    exec(source.format(2.0), space)
    old = sequential(build(space["cell"].keras))
    file = tmp_path / "old.keras"
    old.save(file)
    exec(source.format(2.0), space)
    _ = space["cell"].keras
    assert "@" not in come_back(old, tmp_path)[1]
    exec(source.format(3.0), space)
    new = sequential(build(space["cell"].keras))
    np.testing.assert_allclose(numpy(new(X)), 3 * X)
    np.testing.assert_allclose(numpy(come_back(old, tmp_path)[0](X)), 2 * X)
    assert "@" not in come_back(new, tmp_path)[1]
    np.testing.assert_allclose(numpy(keras.models.load_model(file)(X)), 3 * X)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Net.keras(w=8), lambda: Net.keras(8, 5, act="tanh", name="n"),
        lambda: Deep.keras(4, scale=0.5), lambda: Stack.keras([7, 5], last=3),
        lambda: Net(8, 5).keras,
    ],
)  # fmt: skip
def test_arguments_of_init(make: Any, tmp_path: Path) -> None:
    model = sequential(make())
    come_back(model, tmp_path)


def test_arguments_are_in_the_configuration(tmp_path: Path) -> None:
    config = Net.keras(8, 5, act="tanh", name="n").get_config()
    assert {n: config[n] for n in ("w", "more", "act", "name")} == {
        "w": 8, "more": [5], "act": "tanh", "name": "n",
    }  # fmt: skip
    json.dumps(config)
    model = sequential(keras.layers.Dense(1))
    made = Rule.keras(3, lr=0.25)
    twin = Rule(3, lr=0.25).keras
    assert {**twin.get_config(), "name": made.name} == made.get_config()
    model.compile(made, "mse")
    model.fit(X, Y, verbose=0)
    loaded, _ = come_back(model, tmp_path)
    assert loaded.optimizer.get_config()["k"] == 3
    for each in (model, loaded):
        each.fit(X, Y, verbose=0)
    np.testing.assert_allclose(numpy(loaded(X)), numpy(model(X)), rtol=1e-6)


class Fields(dt.Layer):
    """Fields, a parameter and a state with names of Keras' own."""

    dtype: str = "a"
    losses: float = 1.0
    call: float = 1.0
    autocast: float = 1.0
    input_shape: float = 1.0
    kind: str = "plain"
    features: int = dt.from_input()
    weights = dt.Parameter("features", init="ones")
    variables = dt.State("features")

    def forward(self, x: Any) -> Any:
        scale = 2.0 * self.losses * self.call * (5.0 if self.dtype == "b" else 1.0)
        return x * self.weights * scale * self.autocast * self.input_shape + self.variables


def test_fields_with_names_of_keras(tmp_path: Path) -> None:
    fields = {"dtype": "b", "losses": 3.0, "call": 2.0, "autocast": 0.5,
              "input_shape": 4.0, "kind": "other"}  # fmt: skip
    for given, factor in (({}, 2.0), (fields, 120.0)):
        model = sequential(Fields.keras(**given))
        np.testing.assert_allclose(numpy(model(X)), factor * X)
        come_back(model, tmp_path)
    made = Fields.keras(trainable=False, keras_dtype="float16")
    again = Fields.keras.from_config(made.get_config())
    for each in (made, again):
        assert each.trainable is False
        assert each.compute_dtype == "float16"


def test_arguments_of_losses_that_keras_takes_itself() -> None:
    @dt.loss
    def named(predicted: Any, target: Any, dtype: int = 1) -> Any:
        return (predicted - target) ** dtype

    with pytest.raises(DefinitionError, match="'dtype'"):
        _ = named.keras


def test_states_that_are_there_when_a_field_is_true() -> None:
    class Momentum(dt.Optimizer):
        lr: float = 0.1
        momentum: float = 0.0
        velocity = dt.State(like="param", init="zeros", when="momentum")

        def update(self, param: Any, grad: Any) -> Any:
            if self.velocity is None:
                return param - self.lr * grad
            self.velocity = self.momentum * self.velocity + grad
            return param - self.lr * self.velocity

    for momentum in (0.0, 0.9):
        paths = []
        for made in (Momentum.keras(momentum=momentum), keras.optimizers.SGD(0.1, momentum)):
            model = sequential(keras.layers.Dense(1, kernel_initializer="ones"))
            model.compile(made, "mse")
            model.fit(X, Y, epochs=3, verbose=0)
            paths.append(numpy(model(X)))
            assert len(made.variables) == (4 if momentum else 2)  # beside the step and the rate
        np.testing.assert_allclose(*paths, rtol=1e-5)
