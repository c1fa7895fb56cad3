"""Layers as modules: variables, states, training, nesting, saving."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

tf: Any = pytest.importorskip("tensorflow")

import dovetail as dt  # noqa: E402
from tests.hosts.tensorflow.pairs import assert_same  # noqa: E402


def _input(rows: int = 6, columns: int = 4) -> Any:
    return tf.constant(np.random.default_rng(rows).normal(size=(rows, columns)), tf.float32)


def test_a_class_becomes_a_module_class() -> None:
    cls = dt.LayerNorm.tensorflow
    assert cls is dt.LayerNorm.tensorflow
    assert issubclass(cls, tf.Module)
    assert cls.__name__ == "LayerNorm"
    module = cls(eps=1e-3)
    x = _input()
    assert_same(module(x), dt.LayerNorm(eps=1e-3)(x.numpy()), 1e-6)
    assert [v.shape.as_list() for v in module.trainable_variables] == [[4], [4]]


def test_an_instance_becomes_a_module_with_its_values() -> None:
    layer = dt.Dense(3, "relu", seed=1)
    x = _input()
    want = layer(x.numpy())
    module = layer.tensorflow
    assert len(module.trainable_variables) == 2
    assert_same(module(x), tf.constant(want), 1e-6)
    assert_same(layer(x), tf.constant(want), 1e-6)  # a direct call goes to the same form


def test_states_move_in_training_alone() -> None:
    ours, theirs = dt.BatchNorm.tensorflow(), dt.BatchNorm()
    x = _input()
    for training in (False, True, True, False):
        assert_same(ours(x, training=training), theirs(x.numpy(), training=training), 1e-5)
        for path, value in theirs.states().items():
            assert_same(ours.states[path], tf.constant(value), 1e-6)
    assert len(ours.trainable_variables) == 2
    assert len(ours.variables) == 4


def test_training_in_graphs_and_with_xla() -> None:
    def trained(options: dict[str, Any] | None) -> list[Any]:
        module = dt.Sequential(dt.Dense(5, "tanh"), dt.BatchNorm(), dt.Dense(1), seed=3).tensorflow
        x, y = _input(8), tf.ones([8, 1])
        module.build(x)

        def step() -> Any:
            with tf.GradientTape() as tape:
                value = tf.reduce_mean((module(x, training=True) - y) ** 2)
            slopes = tape.gradient(value, module.trainable_variables)
            for variable, slope in zip(module.trainable_variables, slopes, strict=True):
                variable.assign_sub(0.1 * slope)
            return value

        run = step if options is None else tf.function(step, **options)
        values = [run() for _ in range(5)]
        assert float(values[-1]) < float(values[0])
        return [*values, *module.variables]

    eager = trained(None)
    assert_same(trained({}), eager, 1e-5)
    assert_same(trained({"jit_compile": True}), eager, 1e-4)


def test_built_inside_a_function() -> None:
    module = dt.RMSNorm.tensorflow()
    run = tf.function(lambda x: module(x))
    x = _input()
    assert_same(run(x), module(x), 1e-6)
    assert [v.name for v in module.variables] == ["scale:0"]


def test_dropout_is_quiet_outside_of_training() -> None:
    module = dt.Dropout.tensorflow(0.5)
    x = _input()
    assert_same(module(x), x)


def test_checkpoints(tmp_path: Path) -> None:
    x = _input()
    first = dt.Dense.tensorflow(3, seed=1)
    first(x)
    second = dt.Dense.tensorflow(3, seed=2)
    second(x)
    assert not np.allclose(first(x), second(x))
    path = tf.train.Checkpoint(module=first).save(str(tmp_path / "checkpoint"))
    tf.train.Checkpoint(module=second).restore(path).assert_consumed()
    np.testing.assert_array_equal(first(x).numpy(), second(x).numpy())


def test_lower_precision_inputs() -> None:
    module = dt.RMSNorm.tensorflow()
    x = tf.cast(_input(), tf.bfloat16)
    assert module(x).dtype in (tf.bfloat16, tf.float32)


def test_parameters_states_and_fields_are_attributes() -> None:
    module = dt.BatchNorm.tensorflow(3, eps=0.5)
    assert module.scale is module.parameters["scale"]
    assert module.running_mean is module.states["running_mean"]
    assert module.eps == 0.5
    assert len(module.trainable_variables) == 2
    with pytest.raises(AttributeError, match="nothing"):
        _ = module.nothing
