"""CTC against enumeration in float64, and against the frameworks' own."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, DTypeError, IndexingError, ShapeError
from dovetail.library import sequence_losses

RNG = np.random.default_rng(0)
BATCH, TIME, CLASSES = 7, 5, 4
LOGITS = RNG.normal(size=(BATCH, TIME, CLASSES))
LOG_P = LOGITS - np.log(np.exp(LOGITS).sum(-1, keepdims=True))
# Repeated labels, none at all, too few frames, and padding that is no class.
LABELS = np.array([
    [1, 1, -1], [2, 3, 1], [1, 1, 1], [9, -9, 99], [2, -5, 7], [3, 3, 2], [0, 0, 0],
])  # fmt: skip
LABEL_LENGTHS = np.array([2, 3, 3, 0, 1, 2, 0])
INPUT_LENGTHS = np.array([5, 4, 4, 3, 0, 3, 0])
ARGUMENTS = LABELS, INPUT_LENGTHS, LABEL_LENGTHS
IMPOSSIBLE = np.array([False, False, True, False, True, False, False])


def enumerated(log_p: Any, labels: Any, blank: int = 0) -> tuple[float, Any]:
    """The loss and its gradient, by the alignments."""
    total, counts = 0.0, np.zeros_like(log_p)
    for alignment in itertools.product(range(log_p.shape[1]), repeat=len(log_p)):
        if [each for each, _ in itertools.groupby(alignment) if each != blank] == list(labels):
            frames = np.arange(len(log_p)), np.array(alignment, int)
            weight = np.exp(log_p[frames].sum())
            total += weight
            counts[frames] += weight
    return (-np.log(total), -counts / total) if total else (np.inf, counts)


def of_each(blank: int = 0) -> tuple[Any, Any]:
    losses, gradients = np.zeros(BATCH), np.zeros_like(LOG_P)
    for n, (frames, count) in enumerate(zip(INPUT_LENGTHS, LABEL_LENGTHS, strict=True)):
        labels = LABELS[n, :count] - (blank > 0)
        losses[n], gradients[n, :frames] = enumerated(LOG_P[n, :frames], labels, blank)
    return losses, gradients


def loss(log_p: Any, **options: Any) -> Any:
    return dt.ctc_loss(log_p, *ARGUMENTS, reduction="none", **options)


def test_values_and_gradients_are_those_of_all_alignments() -> None:
    right, slope = of_each()
    assert (np.isinf(right) == IMPOSSIBLE).all()
    np.testing.assert_allclose(loss(LOG_P), right, rtol=1e-13)
    np.testing.assert_allclose(loss(LOG_P.astype("f4")), right, rtol=2e-6)
    gradient = dt.grad(lambda p: dt.ctc_loss(p, *ARGUMENTS, reduction="sum"))
    np.testing.assert_allclose(gradient(LOG_P), slope, atol=1e-13)
    zeros = loss(LOG_P, zero_infinity=True)
    np.testing.assert_allclose(zeros, np.where(IMPOSSIBLE, 0.0, right), rtol=1e-13)
    mean = dt.ctc_loss(LOG_P, *ARGUMENTS, zero_infinity=True)
    np.testing.assert_allclose(mean, zeros.mean(), rtol=1e-13)


def test_scores_that_are_integers() -> None:
    scores = np.floor(LOG_P).astype(int)
    np.testing.assert_array_equal(loss(scores), loss(scores.astype(np.float32)))


def test_another_class_may_be_the_blank() -> None:
    right, _ = of_each(blank=3)
    found = dt.ctc_loss(LOG_P, LABELS - 1, *ARGUMENTS[1:], blank=3, reduction="none")
    np.testing.assert_allclose(found, right, rtol=1e-13)


def test_probabilities_of_zero_and_padding_of_nan() -> None:
    log_p = LOG_P.copy()
    log_p[1, :, 2] = -np.inf  # a label that is wanted
    log_p[5, 0, 1] = -np.inf  # one that is not
    for n, frames in enumerate(INPUT_LENGTHS):
        log_p[n, frames:] = np.nan
    right, _ = of_each()
    right[1] = np.inf
    right[5], slope = enumerated(log_p[5, :3], LABELS[5, :2])
    np.testing.assert_allclose(loss(log_p), right, rtol=1e-13)
    gradient = dt.grad(lambda p: dt.ctc_loss(p, *ARGUMENTS, reduction="sum"))(log_p)
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(gradient[5, :3], slope, atol=1e-13)


def test_long_sequences_do_not_underflow() -> None:
    torch = pytest.importorskip("torch")
    logits = torch.tensor(RNG.normal(size=(2, 300, 6)) * 8.0, requires_grad=True)
    labels = torch.tensor(RNG.integers(1, 6, (2, 60)))
    lengths = torch.tensor([300, 250]), torch.tensor([60, 35])
    log_p = torch.log_softmax(logits, -1)
    own = dt.ctc_loss(log_p, labels, *lengths, reduction="none")
    theirs = torch.nn.functional.ctc_loss(log_p.transpose(0, 1), labels, *lengths, reduction="none")
    torch.testing.assert_close(own, theirs, rtol=1e-12, atol=0.0)
    pair = [torch.autograd.grad(each.sum(), logits, retain_graph=True)[0] for each in (own, theirs)]
    torch.testing.assert_close(*pair, rtol=1e-9, atol=1e-12)


def test_the_frameworks_have_the_same_numbers() -> None:
    optax, jnp = pytest.importorskip("optax"), pytest.importorskip("jax.numpy")
    possible = ~IMPOSSIBLE & (LABEL_LENGTHS > 0)
    frames = np.arange(TIME) >= INPUT_LENGTHS[possible, None]
    beyond = np.arange(3) >= LABEL_LENGTHS[possible, None]
    labels = np.where(beyond, 1, LABELS[possible])
    theirs = optax.ctc_loss(
        jnp.asarray(LOGITS[possible].astype("f4")), jnp.asarray(frames * 1.0),
        jnp.asarray(labels), jnp.asarray(beyond * 1.0),
    )  # fmt: skip
    np.testing.assert_allclose(loss(LOG_P)[possible], theirs, rtol=1e-5)


@pytest.mark.parametrize(("argument", "place", "wrong"), [
    (0, (1, 2), 4), (0, (1, 2), -1), (0, (1, 2), 0), (1, 1, 6), (1, 1, -1), (2, 1, 4), (2, 1, -1),
])  # fmt: skip
def test_labels_that_count_and_lengths_are_checked(argument: int, place: Any, wrong: int) -> None:
    given = [each.copy() for each in ARGUMENTS]
    given[argument][place] = wrong
    for call in (dt.ctc_loss, dt.grad(lambda p, *rest: dt.ctc_loss(p, *rest))):
        with pytest.raises(IndexingError, match="outside of its array"):
            call(LOG_P, *given)


def test_shapes_and_types_are_checked() -> None:
    with pytest.raises(ShapeError, match=r"(?s)log_probs of ctc_loss.*\(batch, time, classes\)"):
        dt.ctc_loss(LOG_P[0], *ARGUMENTS)
    with pytest.raises(ShapeError, match=r"(?s)labels of ctc_loss.*\(7, length\)"):
        dt.ctc_loss(LOG_P, LABELS[:3], *ARGUMENTS[1:])
    with pytest.raises(ShapeError, match="label_lengths of ctc_loss"):
        dt.ctc_loss(LOG_P, LABELS, INPUT_LENGTHS, LABEL_LENGTHS[:2])
    with pytest.raises(DTypeError, match="input_lengths of ctc_loss"):
        dt.ctc_loss(LOG_P, LABELS, INPUT_LENGTHS * 1.0, LABEL_LENGTHS)
    with pytest.raises(ArgumentError, match="blank"):
        dt.ctc_loss(LOG_P, *ARGUMENTS, blank=4)


def test_every_loss_is_tested_here() -> None:
    assert sequence_losses.__all__ == ["ctc_loss"]
