"""Hyperparameters that are variables or tensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

import dovetail as dt  # noqa: E402
from tests.hosts.learned import CHANNELS, X, check_host  # noqa: E402


def _gradient(function: Any, arrays: list[Any], given: dict[str, Any], weights: Any) -> Any:
    ((name, value),) = given.items()
    variable = tf.Variable(value)
    with tf.GradientTape() as tape:
        settings = {name: variable}
        if weights is None:
            found = function(*map(tf.constant, arrays), reduction="sum", **settings)
        else:
            found = tf.reduce_sum(function(*map(tf.constant, arrays), **settings) * weights)
    return tape.gradient(found, variable).numpy()


def test_every_hyperparameter_of_the_package_has_a_gradient() -> None:
    check_host(_gradient)


@pytest.mark.parametrize("xla", [False, True])
@pytest.mark.parametrize("value", [np.array(0.7), CHANNELS], ids=["scalar", "per channel"])
def test_in_a_graph(value: Any, xla: bool) -> None:
    variable, x = tf.Variable(value), tf.constant(X)

    @tf.function(jit_compile=xla)
    def derivative() -> Any:
        with tf.GradientTape() as tape:
            found = tf.reduce_sum(dt.snake(x, frequency=variable))
        return tape.gradient(found, variable)

    wanted = dt.grad(lambda x, f=1.0: dt.sum(dt.snake(x, f)), argnums=1)(X, value)
    np.testing.assert_allclose(derivative(), wanted, rtol=1e-12)


def test_unknown_ranks_and_weak_scalars() -> None:
    spec = tf.TensorSpec(None, tf.float64)
    unknown = tf.function(dt.snake, input_signature=[spec, spec])
    for value in (np.array(0.7), CHANNELS):
        np.testing.assert_allclose(unknown(X, value), dt.snake(X, value), rtol=1e-12)
    half = tf.cast(tf.constant(X), tf.float16)
    assert dt.snake(half, tf.Variable(0.7)).dtype == tf.float16
    assert dt.snake(half, tf.Variable(CHANNELS)).dtype == tf.float64


def test_a_saved_model_has_its_variable(tmp_path: Path) -> None:
    class Module(tf.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.slope = tf.Variable(0.5)

        @tf.function(input_signature=[tf.TensorSpec([None, 4])])
        def run(self, x: Any) -> Any:
            return dt.snake(x, frequency=self.slope)

    module = Module()
    tf.saved_model.save(module, str(tmp_path))
    again = tf.saved_model.load(str(tmp_path))
    again.slope.assign(0.9)
    x = X.astype(np.float32)
    np.testing.assert_allclose(again.run(x), dt.snake(x, 0.9), rtol=1e-6)
