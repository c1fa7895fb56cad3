"""Random keys of modules: TensorFlow's seeds, and tf.recompute_grad."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

tf: Any = pytest.importorskip("tensorflow")

import dovetail as dt  # noqa: E402

X = tf.ones((3, 64))


class Noisy(dt.Layer):
    """A key that is read in evaluation too."""

    key = dt.RandomKey()

    def forward(self, x: Any) -> Any:
        return x * dt.random_uniform(self.key, x.shape)


class Sometimes(Noisy):
    """A key that a field says whether to read."""

    used: bool = False

    def forward(self, x: Any) -> Any:
        return super().forward(x) if self.used else x


def _different(*values: Any) -> bool:
    return len({np.asarray(value).tobytes() for value in values}) == len(values)


@pytest.mark.parametrize("make", [lambda: dt.Dropout.tensorflow(0.5), lambda: Noisy.tensorflow()])
def test_the_seed_says_what_is_drawn(make: Any) -> None:
    drawn = []
    for seed in (1, 1, 2):
        tf.random.set_seed(seed)
        module = make()
        run = tf.function(lambda x, module=module: module(x, training=True))
        drawn.append([module(X, training=True), module(X, training=True), run(X), run(X)])
    first, again, other = drawn
    assert _different(*first)
    np.testing.assert_array_equal(first, again)
    assert _different(first[0], other[0])
    assert not module.variables


def test_evaluation() -> None:
    dropout, noise = dt.Dropout.tensorflow(0.5), Noisy.tensorflow()
    assert _different(noise(X), noise(X))
    tf.random.set_seed(3)
    following = tf.random.uniform([])
    tf.random.set_seed(3)
    np.testing.assert_array_equal(dropout(X), X)
    assert tf.random.uniform([]) == following


def test_a_field_that_says_whether_a_key_is_read() -> None:
    layer = Sometimes()
    np.testing.assert_array_equal(layer.tensorflow(X), X)
    layer.used = True
    assert _different(X, layer.tensorflow(X), layer.tensorflow(X))


@pytest.mark.parametrize("how", ["eager", "tf.function", "persistent"])
def test_what_is_computed_again_has_the_same_keys(how: str) -> None:
    one, two = dt.Dropout.tensorflow(0.5), Noisy.tensorflow()

    def both(x: Any) -> Any:
        return two(one(x, training=True) + one(x, training=True))

    def run(x: Any) -> Any:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            first = tf.recompute_grad(both)(x)
            second = tf.recompute_grad(both)(x)
        found = [(y, tape.gradient(y, x)) for y in (second, first)]
        return found + ([(first, tape.gradient(first, x))] if how == "persistent" else [])

    for _ in range(2):
        results = (tf.function(run) if how == "tf.function" else run)(X)
        for y, slope in results:  # of a function that is linear, at ones
            np.testing.assert_allclose(slope, y, rtol=1e-6)
        assert _different(*(y for y, _ in results[:2]))


def test_vectorized_map() -> None:
    module = dt.Dropout.tensorflow(0.5)
    rows = tf.vectorized_map(lambda x: module(x, training=True), tf.ones((5, 64)))
    assert set(np.unique(rows).tolist()) == {0.0, 2.0}
