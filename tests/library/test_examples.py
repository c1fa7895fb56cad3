"""Losses and their examples: shapes that correspond, labels in range, examples left out."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, DefinitionError, DTypeError, IndexingError, ShapeError
from dovetail.extension.loss import Loss
from dovetail.library.losses import LOSSES

RNG = np.random.default_rng(0)
BY_NAME = sorted(set(LOSSES.values()), key=lambda loss: loss.name)
ALIKE = [loss for loss in BY_NAME if loss.targets == "alike"]
OF_LABELS = [loss for loss in BY_NAME if loss.targets == "labels"]
named = functools.partial(pytest.mark.parametrize, "loss", ids=lambda loss: loss.name)
REDUCTIONS = ("mean", "sum", "none")


def array(*shape: int) -> Any:
    return RNG.uniform(0.1, 0.9, shape).astype(np.float32)


@named(ALIKE)
def test_targets_have_the_shape_of_the_predictions(loss: Any) -> None:
    for one, other in (((4, 1), (4,)), ((4,), (4, 1)), ((4, 3), (4, 1)), ((4, 3), (3,)),
                       ((1, 3), (4, 3)), ((4, 3), ())):  # fmt: skip
        with pytest.raises(ShapeError, match=loss.name) as caught:
            loss(array(*one), array(*other))
        assert str(one) in str(caught.value) and str(other) in str(caught.value)
        with pytest.raises(ShapeError, match="targets"):
            dt.grad(lambda p, y: loss(p, y))(array(*one), array(*other))
    assert loss(array(4, 3), array(4, 3)).shape == ()


@named(OF_LABELS)
def test_labels_are_one_for_each_row_of_predictions(loss: Any) -> None:
    for one, other in (((4, 3), (4, 1)), ((4, 3), (3,)), ((4, 3), (1,)), ((4, 3), ()),
                       ((4, 2, 3), (4,)), ((4,), (4,))):  # fmt: skip
        with pytest.raises(ShapeError, match=loss.name):
            loss(array(*one), np.zeros(other, np.int64))
    with pytest.raises(DTypeError, match="integer labels"):
        loss(array(4, 3), array(4))
    assert loss(array(2, 4, 3), np.zeros((2, 4), int), reduction="none").shape == (2, 4)


@dt.loss
def weighted(predictions: Any, targets: Any, weights: Any) -> Any:
    return dt.mean(weights * (predictions - targets) ** 2.0, axis=-1)


@dt.loss
def difference(predictions: Any, targets: Any, shift: float = 0.0) -> Any:
    return (2.0 * predictions - (targets + shift)) ** 2.0


@dt.loss
def of_pairs(scores: Any, targets: Any) -> Any:
    wanted = targets[:, None] - targets[None, :]
    return dt.mean((scores[:, None] - scores[None, :] - wanted) ** 2.0, axis=-1)


def test_no_loss_stretches_its_arguments_against_each_other() -> None:
    with pytest.raises(ShapeError, match=r"\(4, 1\).*\(4,\).*\(4, 4\)"):
        difference(array(4, 1), array(4))
    with pytest.raises(ShapeError, match=r"test_examples.py"):
        weighted(array(4, 1), array(4, 1), array(4))
    # What is meant: one argument that is widened, axes that the definition made.
    assert difference(array(1, 1), array(1)).shape == ()
    assert weighted(array(4, 3), array(4, 3), array(3)).shape == ()
    assert weighted(array(4, 3), array(4, 3), array(4, 1)).shape == ()
    assert of_pairs(array(4), array(4), reduction="none").shape == (4,)


LABEL_TYPES = ("int64", "int8", "uint8")


@pytest.mark.parametrize("dtype", LABEL_TYPES)
@named(OF_LABELS)
def test_labels_out_of_range_raise(loss: Any, dtype: str) -> None:
    logits = array(5, 3)
    for wrong in (3, 100, *(() if dtype[0] == "u" else (-1, -3, -100))):
        labels = np.array([0, 1, wrong, 2, 0], dtype)
        for call in (loss, dt.grad(loss)):
            with pytest.raises(IndexingError, match="0 to 2 "):
                call(logits, labels)
        with pytest.raises(IndexingError, match="outside of its array"):
            dt.vmap(loss)(logits[None], labels[None])
    with pytest.raises(IndexingError, match="outside of its array"):
        loss(logits, np.array([0, 0, 0, 0, 2**32 + 1]))


@pytest.mark.parametrize(("dtype", "classes"), [("int64", 10), ("uint8", 3), ("int32", 33)])
def test_what_lies_behind_the_labels_is_not_looked_at(dtype: str, classes: int) -> None:
    """Short rows are worked on in vectors of rows; a vector may reach beyond the last one."""
    loss = dt.sparse_categorical_cross_entropy
    for count in (0, 1, 15, 17, 63, 65, 130):
        memory = np.full(count + 200, 250, dtype)
        labels = memory[100 : 100 + count]
        labels[:] = RNG.integers(0, classes, count)
        logits = array(count, classes)
        value = loss(logits, labels, reduction="sum")
        gradient = dt.grad(lambda q, y: loss(q, y, reduction="sum"))(logits, labels)
        assert np.isfinite(value) and gradient.shape == logits.shape
        if count:
            labels[-1] = classes
            with pytest.raises(IndexingError, match="outside of its array"):
                loss(logits, labels)


@pytest.mark.parametrize(("ignored", "bad"), [(-100, np.nan), (1, np.inf)])
@named(OF_LABELS)
def test_ignored_examples(loss: Any, bad: float, ignored: int) -> None:
    logits = array(3, 5, 4)
    labels = RNG.integers(0, 4, (3, 5))
    labels[0, :2], labels[2, 4] = ignored, ignored
    counts = labels != ignored
    logits[~counts] = bad
    function = dt.value_and_grad(loss)
    for how in ("mean", "sum"):
        value, gradient = function(logits, labels, ignore_index=ignored, reduction=how)
        right, slope = function(logits[counts], labels[counts], reduction=how)
        np.testing.assert_allclose(value, right, rtol=1e-6)
        np.testing.assert_allclose(gradient[counts], slope, rtol=1e-6)
        assert (gradient[~counts] == 0).all()
    each = loss(logits, labels, ignore_index=ignored, reduction="none")
    assert (each[~counts] == 0).all() and (each[counts] > 0).all()
    if ignored < 0:
        with pytest.raises(IndexingError, match="outside of its array"):
            loss(logits, labels)
        with pytest.raises(IndexingError, match="outside of its array"):
            loss(logits, labels, ignore_index=-1)


@named(OF_LABELS)
def test_ignoring_all_or_nothing(loss: Any) -> None:
    logits, labels = array(4, 3), np.array([0, 1, 2, 1])
    nothing = np.full(4, -100)
    assert np.isnan(loss(logits, nothing, ignore_index=-100))  # as in PyTorch
    assert loss(logits, nothing, ignore_index=-100, reduction="sum") == 0
    for how in REDUCTIONS:
        whole = loss(logits, labels, reduction=how)
        np.testing.assert_array_equal(loss(logits, labels, ignore_index=None, reduction=how), whole)
        found = loss(logits, labels.astype(np.uint8), ignore_index=-100, reduction=how)
        np.testing.assert_array_equal(found, whole)
    many = loss(np.zeros((70_000, 2), np.float16), np.zeros(70_000, int), ignore_index=-1)
    np.testing.assert_allclose(many, loss(array(1, 2) * 0, np.zeros(1, int)), rtol=1e-3)
    for wrong in (1.5, True, "no"):
        with pytest.raises(ArgumentError, match="ignore_index"):
            loss(logits, labels, ignore_index=wrong)


def test_arguments_that_the_loss_adds() -> None:
    def own(logits: Any, labels: Any, ignore_index: int = 0) -> Any:
        return logits[..., 0]

    assert "ignore_index" in dt.loss(own).signature.index  # the definition's own
    with pytest.raises(DefinitionError, match="ignore_index"):
        Loss(own, targets="labels").signature  # noqa: B018
    assert "ignore_index" not in dt.mean_squared_error.signature.index


def test_indices_of_the_language_still_count_from_the_end() -> None:
    x = array(4, 3)
    at = np.array([[-1], [0], [-3], [2]])
    np.testing.assert_array_equal(dt.take_along_axis(x, at, axis=-1),
                                  np.take_along_axis(x, at, -1))  # fmt: skip
    np.testing.assert_array_equal(dt.take(x, np.array([-1, 0]), axis=0), x[[-1, 0]])
    gradient = dt.grad(lambda q: dt.sum(dt.take_along_axis(q, at, axis=-1)))(x)
    np.testing.assert_array_equal(gradient.argmax(-1), [2, 0, 0, 2])
