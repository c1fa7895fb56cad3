"""Derivatives: tapes of every kind, jacobians, forward mode, and orders beside each other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

tf: Any = pytest.importorskip("tensorflow")

import dovetail as dt  # noqa: E402
from tests.hosts.tensorflow.pairs import (  # noqa: E402
    PAIRS,
    assert_same,
    focal,
    gradient,
    mish,
    normalised,
    polar,
    scalar,
)

SMOOTH = [name for name in PAIRS if name not in ("tree", "sort")]


def _second(function: Any) -> Any:
    return gradient(gradient(function))


def _persistent(function: Any) -> Any:
    def found(*args: Any) -> Any:
        moving = [arg for arg in args if arg.dtype.is_floating]
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(moving)
            value = scalar(function)(*args)
            square = value * value
        return tape.gradient(value, moving), tape.gradient(square, moving)

    return found


def _jacobian(function: Any) -> Any:
    def found(*args: Any) -> Any:
        moving = [arg for arg in args if arg.dtype.is_floating]
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(moving)
            flat = tf.concat(
                [tf.reshape(leaf, [-1]) for leaf in tf.nest.flatten(function(*args))], 0
            )
        return tape.jacobian(flat, moving, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    return found


def _forward(function: Any) -> Any:
    def found(*args: Any) -> Any:
        moving = [arg for arg in args if arg.dtype.is_floating]
        tangents = [tf.cos(arg + 1.0) for arg in moving]
        with tf.autodiff.ForwardAccumulator(moving, tangents) as accumulator:
            value = scalar(function)(*args)
        return accumulator.jvp(value)

    return found


def _forward_over_reverse(function: Any) -> Any:
    return _forward(gradient(function))


def _reverse_over_forward(function: Any) -> Any:
    return gradient(_forward(function))


ORDERS = {
    "gradient": gradient,
    "second order": _second,
    "persistent": _persistent,
    "jacobian": _jacobian,
    "forward": _forward,
    "forward over reverse": _forward_over_reverse,
    "reverse over forward": _reverse_over_forward,
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives_are_those_of_tensorflow(name: str, order: str) -> None:
    pair = PAIRS[name]
    args = pair.arguments()
    derive = ORDERS[order]
    assert_same(derive(pair.ours)(*args), derive(pair.theirs)(*args), 1e-10)


def test_third_order() -> None:
    pair = PAIRS["rows"]
    args = pair.arguments()
    assert_same(_second(gradient(pair.ours))(*args), _second(gradient(pair.theirs))(*args), 1e-9)


@pytest.mark.parametrize("name", SMOOTH)
def test_compute_gradient_agrees(name: str) -> None:
    pair = PAIRS[name]
    args = pair.arguments()
    real = [arg for arg in args if arg.dtype.is_floating]

    def flat(*given: Any) -> Any:
        outputs = tf.nest.flatten(pair.ours(*given, *args[len(real) :]))
        return tf.concat([tf.reshape(output, [-1]) for output in outputs], 0)

    for mine, differences in zip(*tf.test.compute_gradient(flat, real, delta=1e-6), strict=True):
        np.testing.assert_allclose(mine, differences, rtol=1e-6, atol=1e-6)


def test_only_what_is_watched_gets_a_gradient() -> None:
    x, scale = PAIRS["rows"].arguments()
    with tf.GradientTape() as tape:
        tape.watch(scale)
        value = tf.reduce_sum(normalised(x, scale) ** 2)
    by_x, by_scale = tape.gradient(value, [x, scale])
    assert by_x is None
    theirs = PAIRS["rows"].theirs
    assert_same(by_scale, gradient(lambda s: tf.reduce_sum(theirs(x, s) ** 2))(scale)[0], 1e-11)


def test_a_tape_inside_may_ask_for_other_arguments_than_the_one_around() -> None:
    x, scale = PAIRS["rows"].arguments()

    def run(function: Any) -> Any:
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(scale)
                value = tf.reduce_sum(function(x, scale) ** 3)
            by_scale = inner.gradient(value, scale)
            total = tf.reduce_sum(by_scale**2) + value
        return by_scale, outer.gradient(total, x)

    assert_same(run(normalised), run(PAIRS["rows"].theirs), 1e-10)


def test_outputs_without_derivatives_and_unused_outputs() -> None:
    x, y = PAIRS["outputs"].arguments()
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, y])
        length, angle, larger = polar(x, y)
    assert larger.dtype == tf.bool
    assert_same(tape.gradient(length, x), x / tf.sqrt(x * x + y * y))
    assert_same(tape.gradient(angle, y), x / (x * x + y * y))


def test_integers_get_no_gradient() -> None:
    logits, labels = PAIRS["loss"].arguments()
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = focal(logits, labels)
    assert tape.gradient(value, [logits, labels])[1] is None


def test_kinks_follow_the_convention_everywhere() -> None:
    x = tf.constant([-1.0, 0.0, 2.0])

    def slope(x: Any) -> Any:
        return gradient(lambda v: tf.reduce_sum(dt.relu(v) + dt.abs(v)))(x)[0]

    want = [-1.0, 0.0, 2.0]
    np.testing.assert_array_equal(slope(x).numpy(), want)
    np.testing.assert_array_equal(tf.function(slope)(x).numpy(), want)
    np.testing.assert_array_equal(tf.function(slope, jit_compile=True)(x).numpy(), want)


def test_ties_share_the_gradient_under_xla() -> None:
    x = tf.constant([1.0, 1.0, 0.0])
    slope = gradient(lambda v: dt.max(v, axis=0))
    np.testing.assert_array_equal(tf.function(slope, jit_compile=True)(x)[0], slope(x)[0])
    np.testing.assert_array_equal(slope(x)[0].numpy(), [0.5, 0.5, 0.0])


def test_declared_derivatives_are_used() -> None:
    @dt.op
    def binarise(x: Any) -> Any:
        return dt.sign(x)

    @binarise.vjp(surrogate=True)
    def _(x: Any, *, out: Any, cotangent: Any) -> Any:
        return cotangent * 2.0

    x = tf.constant([0.5, -2.0])
    for wrap in (lambda f: f, tf.function, lambda f: tf.function(f, jit_compile=True)):
        found = wrap(lambda v: gradient(lambda u: tf.reduce_sum(binarise(u)))(v)[0])(x)
        np.testing.assert_array_equal(found.numpy(), [2.0, 2.0])


def test_hyperparameters_reach_the_derivative() -> None:
    logits, labels = PAIRS["loss"].arguments()
    ours = gradient(lambda x: focal(x, labels, gamma=0.5))(logits)
    theirs = gradient(lambda x: PAIRS["loss"].theirs(x, labels, 0.5))(logits)
    assert_same(ours, theirs, 1e-11)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_gradients_of_half_precisions(dtype: Any) -> None:
    x = tf.cast(tf.linspace(-3.0, 3.0, 31), dtype)
    found = gradient(mish)(x)[0]
    assert found.dtype == dtype
    # The weights of `scalar` are exact in both types.
    wide = gradient(mish)(tf.cast(x, tf.float32))[0]
    np.testing.assert_array_equal(found.numpy(), tf.cast(wide, dtype).numpy())


def test_dovetail_transforms_run_on_tensors() -> None:
    x = tf.constant([0.5, -1.5], tf.float64)
    slope = dt.grad(lambda v: dt.sum(mish(v)))
    assert_same(slope(x), gradient(lambda v: tf.reduce_sum(mish(v)))(x)[0])
    rows = tf.reshape(tf.range(6.0), (2, 3))
    assert_same(dt.vmap(mish)(rows), mish(rows), 1e-6)
