"""Ops and activations: on tensors, variables and symbolic tensors; by name and by object."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DovetailError, SerialisationError
from dovetail.hosts.keras import register
from dovetail.hosts.numpy.host import HOST
from dovetail.hosts.registry import REGISTRY
from dovetail.verify.check import tasks_of
from dovetail.verify.context import QUICK
from dovetail.verify.targets import target_of
from tests.hosts.keras import pieces
from tests.hosts.keras.pieces import spread, swiglu, swirl

X = np.random.default_rng(0).normal(size=(6, 5)).astype(np.float32)
NAME = "dovetail>tests.hosts.keras.pieces.swirl"


def numpy(value: Any) -> Any:
    return np.asarray(keras.ops.convert_to_numpy(value))


def test_a_call_on_tensors_stays_on_the_backend() -> None:
    tensor = keras.ops.convert_to_tensor(X)
    for function in (swirl, swirl.keras):
        result = function(tensor)
        assert keras.ops.is_tensor(result)
        np.testing.assert_allclose(numpy(result), swirl(X), rtol=1e-6)


def test_a_variable_is_an_array() -> None:
    variable = keras.Variable(X)
    tensor = keras.ops.convert_to_tensor(X)
    for args in ((variable, variable), (variable, tensor), (tensor, variable), (variable, X)):
        np.testing.assert_allclose(numpy(swiglu(*args)), swiglu(X, X), rtol=1e-6)


def test_symbolic_shapes_and_types() -> None:
    x = keras.Input((None, 5), batch_size=None)
    found = spread(x)
    assert found["mean"].shape == (None, 5)
    assert found["best"].shape == (None, None)
    assert keras.backend.standardize_dtype(found["above"].dtype) == "bool"
    assert swiglu(x, keras.Input((5,), batch_size=1)).shape[-1] == 5
    half = keras.Input((5,), dtype="float16")
    assert swirl(half).dtype == "float16"


def test_a_wrong_symbolic_call_says_so() -> None:
    with pytest.raises(DovetailError, match="broadcast"):
        swiglu(keras.Input((5,)), keras.Input((4,)))


def test_a_functional_model_is_saved(tmp_path: Path) -> None:
    inputs = keras.Input((5,))
    hidden = swiglu(inputs, keras.layers.Dense(5)(inputs))
    hidden = swirl(hidden, beta=2.0)
    found = spread(hidden)
    model = keras.Model(inputs, [dt.exp(hidden), found["mean"], found["best"]])
    names = [operation.name for operation in model.operations]
    assert len(set(names)) == len(names)
    path = tmp_path / "model.keras"
    model.save(path)
    again = keras.models.load_model(path)
    for one, other in zip(model(X), again(X), strict=True):
        np.testing.assert_array_equal(numpy(one), numpy(other))


def test_an_activation_by_object_and_by_name(tmp_path: Path) -> None:
    assert keras.saving.get_registered_name(swirl.keras) == NAME
    assert keras.activations.get(NAME) is swirl.keras
    assert keras.saving.get_registered_name(dt.mish.keras) == "dovetail>mish"
    expected = swirl(X)
    for given in (swirl.keras, swirl, NAME):
        layer = keras.layers.Activation(given)
        np.testing.assert_allclose(numpy(layer(X)), expected, rtol=1e-6)
        config = keras.saving.serialize_keras_object(layer)
        again = keras.saving.deserialize_keras_object(config)
        np.testing.assert_allclose(numpy(again(X)), expected, rtol=1e-6)
        model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, activation=given)])
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        np.testing.assert_array_equal(numpy(model(X)), numpy(loaded(X)))


def test_what_is_not_registered_says_so() -> None:
    config = {"module": "elsewhere", "name": "unknown"}
    with pytest.raises(SerialisationError, match=r"elsewhere\.unknown"):
        keras.saving.deserialize_keras_object({
            "module": "dovetail", "class_name": "Activation", "config": config,
            "registered_name": "dovetail>extension.Activation",
        })  # fmt: skip


def test_a_definition_again_replaces_the_one_before() -> None:
    def define(factor: float) -> Any:
        @dt.activation
        def again(x: Any) -> Any:
            return factor * x

        again.__module__, again.__qualname__ = "__main__", "again"
        return again

    first, second = define(2.0), define(3.0)
    _ = first.keras, second.keras
    np.testing.assert_allclose(numpy(keras.activations.get("dovetail>again")(X)), 3.0 * X)


def test_register_takes_modules() -> None:
    register(pieces, dt.elish)
    names = set(keras.saving.get_custom_objects())
    assert {"dovetail>elish", NAME, "dovetail>tests.hosts.keras.pieces.Dipped"} <= names


@pytest.mark.parametrize(
    "definition",
    [swirl, pieces.focal, pieces.Block(3), dt.Dropout(0.5, seed=1)],
    ids=lambda each: each.name,
)
def test_the_checker_of_dovetail(definition: Any) -> None:
    """What `dt.check` asks of Keras passes."""
    host = REGISTRY.named("keras")
    target = target_of(definition, np.random.default_rng(0))
    work = tasks_of(target.kind, QUICK, [HOST, host], HOST, on_device=False)
    verdicts = [task.run(target, QUICK, seed=0) for task in work if task.host is host]
    assert verdicts
    assert all(each.status == "passed" for each in verdicts), verdicts
