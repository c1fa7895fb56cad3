"""Labels and shapes in the trainer: what is left out, and what is refused."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import IndexingError, ShapeError
from dovetail.train import metrics

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 5)).astype(np.float32)
LABELS = RNG.integers(0, 3, 70)
SOME = np.where(np.arange(70) % 3 == 0, -100, LABELS)
SOME[32:50] = -100  # the batches count different numbers of examples


def model(loss: Any, **options: Any) -> Any:
    result = dt.Sequential(dt.Dense(3))
    result.compile(dt.SGD(0.0), loss, **options)
    return result


@pytest.mark.parametrize("ignored", [-100, 1])
def test_ignored_examples_count_neither_in_the_loss_nor_in_metrics(ignored: int) -> None:
    labels = SOME if ignored < 0 else LABELS
    loss = functools.partial(dt.sparse_categorical_cross_entropy, ignore_index=ignored)
    each = model(loss, metrics=["accuracy", "top_5_accuracy"])
    history = each.fit(X, labels, batch_size=32, verbose=0).history
    found = each.predict(X)
    kept = labels != ignored
    wide = found[kept].astype(np.float64)
    log_p = wide - np.log(np.exp(wide).sum(-1, keepdims=True))
    expected = -log_p[np.arange(len(wide)), labels[kept]].mean()
    right = (wide.argmax(-1) == labels[kept]).mean()
    np.testing.assert_allclose(each.evaluate(X, labels, batch_size=32), [expected, right, 1.0],
                               rtol=1e-5)  # fmt: skip
    np.testing.assert_allclose([history["loss"][0], history["accuracy"][0]], [expected, right],
                               rtol=1e-5)  # fmt: skip
    # A batch of which nothing counts adds nothing.
    first = np.where(np.arange(70) < 32, ignored, labels)
    assert np.isfinite(each.evaluate(X, first, batch_size=32)).all()
    assert np.isnan(each.evaluate(X[:4], np.full(4, ignored))[0])


def test_labels_that_are_no_class_are_refused() -> None:
    for labels in (SOME, np.where(LABELS == 0, 3, LABELS)):
        with pytest.raises(IndexingError, match="no class"):
            model(dt.focal).fit(X, labels, verbose=0)
    with pytest.raises(IndexingError, match="no class"):
        model(functools.partial(dt.focal, ignore_index=-1)).fit(X, SOME, verbose=0)


def test_a_function_as_loss_or_metric_never_stretches_its_arguments() -> None:
    def flat(predictions: Any, targets: Any) -> Any:
        return (2.0 * predictions - targets) ** 2.0

    network = dt.Sequential(dt.Dense(1))
    inputs, targets = X[:, None, :], X[:, 0]  # predictions (n, 1, 1), targets (n,)
    for loss, metrics_ in ((flat, []), (lambda p, y: dt.sum(p), [flat])):
        network.compile(dt.SGD(0.0), loss, metrics=metrics_)
        with pytest.raises(ShapeError, match="predictions"):
            network.fit(inputs, targets, verbose=0)


def test_metrics_refuse_shapes_that_do_not_correspond() -> None:
    predicted, right = np.zeros((4, 1), np.float32), np.zeros(4, np.int64)
    for metric in (metrics.binary_accuracy, metrics.categorical_accuracy):
        with pytest.raises(ShapeError, match="metric"):
            dt.op(metric)(predicted, right)
    for metric in (metrics.sparse_categorical_accuracy, metrics.top_5_accuracy):
        with pytest.raises(ShapeError, match="metric"):
            dt.op(metric)(np.zeros((4, 3), np.float32), right[:, None])
