"""Losses and metrics: Keras' order, reductions, weights, masks and kinds of labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras.src.testing import TestCase

import dovetail as dt
from dovetail.errors import CallError, DovetailError, ShapeError
from tests.hosts.keras.pieces import focal, lopsided

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(6, 4)).astype(np.float32)
LABELS = RNG.integers(0, 4, 6)
EACH = focal(LOGITS, LABELS, reduction="none")


def numpy(value: Any) -> Any:
    return np.asarray(keras.ops.convert_to_numpy(value))


AS_THEY_COME = {
    "whole": LABELS, "column": LABELS[:, None], "bytes": LABELS.astype("uint8"),
    "floats": LABELS.astype("float32"), "column of floats": LABELS[:, None].astype("float64"),
}  # fmt: skip


@pytest.mark.parametrize("labels", AS_THEY_COME.values(), ids=AS_THEY_COME)
def test_labels_as_they_come(labels: Any) -> None:
    loss = focal.keras()
    np.testing.assert_allclose(numpy(loss(labels, LOGITS)), EACH.mean(), rtol=1e-5)


def test_reductions() -> None:
    for reduction, expected in {
        "sum": EACH.sum(), "mean": EACH.mean(), "sum_over_batch_size": EACH.mean(), "none": EACH,
        None: EACH,
    }.items():  # fmt: skip
        found = focal.keras(reduction=reduction)(LABELS, LOGITS)
        np.testing.assert_allclose(numpy(found), expected, rtol=1e-5)


def test_weights_and_masks() -> None:
    weights = RNG.uniform(size=6).astype(np.float32)
    found = focal.keras()(LABELS, LOGITS, sample_weight=weights)
    np.testing.assert_allclose(numpy(found), (EACH * weights).mean(), rtol=1e-5)
    steps = np.broadcast_to(LOGITS, (2, 6, 4)).copy()
    mask = RNG.uniform(size=(2, 6)) < 0.5
    tensor = keras.ops.convert_to_tensor(steps)
    keras.src.backend.set_keras_mask(tensor, keras.ops.convert_to_tensor(mask))
    found = focal.keras()(np.broadcast_to(LABELS, (2, 6)), tensor)
    expected = np.broadcast_to(EACH, (2, 6))[mask].mean()
    np.testing.assert_allclose(numpy(found), expected, rtol=1e-5)


def test_the_order_of_the_arguments() -> None:
    right, predicted = LOGITS, LOGITS[::-1].copy()
    found = lopsided.keras()(right, predicted)
    np.testing.assert_allclose(numpy(found), lopsided(right, predicted), rtol=1e-5)
    found = dt.kl_divergence.keras()(abs(right), abs(predicted))
    np.testing.assert_allclose(numpy(found), dt.kl_divergence(abs(predicted), abs(right)), 1e-5)


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("place", ["loss", "metrics"])
def test_a_bare_definition_is_refused(place: str, jit: bool) -> None:
    """Its arguments would be exchanged; one in Keras' own order is taken."""

    @dt.loss
    def refused_order(predicted: Any, target: Any) -> Any:
        return dt.sum(predicted * dt.square(target), axis=-1)

    def compiled(loss: Any) -> Any:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
        options = {"loss": loss} if place == "loss" else {"loss": "mse", "metrics": [loss]}
        model.compile("sgd", jit_compile=jit, **options)
        return model

    refused_order(LOGITS, LOGITS)
    refused_order.keras()(LOGITS, LOGITS)  # explicit forms are accepted
    with pytest.raises(CallError, match=r"refused_order\.keras\(\)"):
        compiled(refused_order).fit(LOGITS, LOGITS, verbose=0)
    model = compiled(lopsided)
    found = model.evaluate(LOGITS, LOGITS, verbose=0)
    expected = lopsided(LOGITS, model.predict(LOGITS, verbose=0))
    np.testing.assert_allclose(np.ravel(found)[-1], expected, rtol=1e-5)


def test_ranks_are_matched_as_in_keras() -> None:
    right, predicted = LOGITS[:, 0], LOGITS[:, 1:2]
    expected = keras.losses.MeanSquaredError()(right, predicted)
    found = dt.mean_squared_error.keras()(right, predicted)
    np.testing.assert_allclose(numpy(found), numpy(expected), rtol=1e-6)


def test_shapes_that_do_not_correspond_are_refused() -> None:
    for right, predicted in ((LOGITS[:, :1], LOGITS), (LOGITS, LOGITS[:, :1])):
        with pytest.raises(ShapeError, match="mean_squared_error"):
            dt.mean_squared_error.keras()(right, predicted)

    @dt.loss
    def difference(y_true: Any, y_pred: Any) -> Any:
        return (y_true - y_pred) ** 2.0

    with pytest.raises(ShapeError, match="difference"):
        difference(LOGITS[:, 0], LOGITS[:, :1])


@pytest.mark.parametrize("label", [-1, -100, 4])
def test_labels_out_of_range_are_refused(label: int) -> None:
    labels = np.array([0, 1, label, 2, 3, 0])
    with pytest.raises(Exception, match=r"out of range|outside"):
        numpy(dt.focal.keras()(labels, LOGITS))


@pytest.mark.parametrize("labels", AS_THEY_COME.values(), ids=AS_THEY_COME)
def test_ignored_examples_do_not_count(labels: Any) -> None:
    sparse = dt.sparse_categorical_cross_entropy
    counts = LABELS != 1
    assert 0 < counts.sum() < 6
    each = sparse(LOGITS, LABELS, reduction="none")
    broken = np.where(counts[:, None], LOGITS, np.nan)
    found = sparse.keras(ignore_index=1)(labels, broken)
    np.testing.assert_allclose(numpy(found), each[counts].mean(), rtol=1e-5)
    theirs = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1)
    np.testing.assert_allclose(numpy(found), numpy(theirs(LABELS, LOGITS)), rtol=1e-5)
    found = sparse.keras(ignore_index=1, reduction="none")(labels, broken)
    np.testing.assert_allclose(numpy(found), np.where(counts, each, 0.0), rtol=1e-5)
    metric = sparse.keras.metric(ignore_index=1)
    metric.update_state(labels, broken)
    np.testing.assert_allclose(numpy(metric.result()), each[counts].mean(), rtol=1e-5)


def test_ignored_examples_in_training() -> None:
    labels = np.where(LABELS == 1, -100, LABELS)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    loss = dt.focal.keras(ignore_index=-100)
    model.compile("sgd", loss, metrics=[dt.focal.keras.metric(ignore_index=-100, name="fm")])
    found = model.evaluate(LOGITS, labels, verbose=0, return_dict=True)
    kept = labels >= 0
    expected = dt.focal(model.predict(LOGITS, verbose=0)[kept], labels[kept])
    np.testing.assert_allclose([found["loss"], found["fm"]], expected, rtol=1e-5)
    model.fit(LOGITS, labels, verbose=0)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_one_array_and_many() -> None:
    @dt.loss
    def size(x: Any) -> Any:
        return dt.sum(x * x, axis=-1)

    @dt.loss
    def triplet(anchor: Any, near: Any, far: Any, margin: float = 1.0) -> Any:
        distance = dt.sum((anchor - near) ** 2.0 - (anchor - far) ** 2.0, axis=-1)
        return dt.maximum(distance + margin, 0.0)

    a, b, c = LOGITS, LOGITS[::-1].copy(), LOGITS[:, ::-1].copy()
    np.testing.assert_allclose(numpy(size.keras()(a, a)), size(a), rtol=1e-5)
    found = triplet.keras(margin=2.0, reduction="none").call(c, [a, b])
    np.testing.assert_allclose(numpy(found), triplet(a, b, c, 2.0, reduction="none"), rtol=1e-5)
    with pytest.raises(CallError, match="triplet"):
        triplet.keras()(a, b)


def test_configuration() -> None:
    SerializationTest = type("SerializationTest", (TestCase,), {"runTest": lambda self: None})  # noqa: N806
    for loss in (focal.keras(1.5, name="mine"), dt.huber.keras(delta=2.0, reduction="sum")):
        SerializationTest().run_class_serialization_test(loss)
    loss = keras.losses.deserialize(keras.losses.serialize(focal.keras(1.5)))
    assert loss.settings == {"gamma": 1.5}
    with pytest.raises(CallError, match="gama"):
        focal.keras(gama=1.0)
    with pytest.raises(DovetailError):
        focal.keras(1.0, 2.0)


def test_in_training_with_metrics(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    metric = focal.keras.metric(gamma=1.0, name="fm")
    model.compile("sgd", focal.keras(), metrics=["accuracy", metric, dt.huber.keras()])
    target = LABELS[:, None] if keras.backend.backend() == "jax" else LABELS
    model.compile("sgd", focal.keras(), metrics=["accuracy", metric])
    history = model.fit(LOGITS, target, epochs=2, verbose=0).history
    assert set(history) == {"accuracy", "fm", "loss"}
    expected = focal(model.predict(LOGITS, verbose=0), LABELS, gamma=1.0)
    found = model.evaluate(LOGITS, target, verbose=0, return_dict=True)
    np.testing.assert_allclose(found["fm"], expected, rtol=1e-5)
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert again.evaluate(LOGITS, target, verbose=0, return_dict=True) == pytest.approx(found)


def test_several_targets() -> None:
    """As a tuple, in the definition's order; Keras passes them as floats."""
    scores = RNG.normal(size=(3, 6, 4))
    log_probs = (scores - np.log(np.exp(scores).sum(-1, keepdims=True))).astype(np.float32)
    targets = np.array([[1, 2, 0], [3, 3, 1], [2, 0, 0]]), np.array([6, 5, 4]), np.array([2, 3, 1])
    expected = dt.ctc_loss(log_probs, *targets)
    np.testing.assert_allclose(numpy(dt.ctc_loss.keras()(targets, log_probs)), expected, rtol=1e-5)
    with pytest.raises(CallError, match=r"takes 4 arrays .* 1 predictions and 1 targets"):
        dt.ctc_loss.keras()(targets[0], log_probs)
