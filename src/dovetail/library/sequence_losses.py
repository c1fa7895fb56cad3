"""Losses of sequences whose alignment is not known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, DTypeError, ShapeError
from dovetail.extension.loss import loss
from dovetail.extension.values import as_tracer
from dovetail.language.data_types import astype
from dovetail.language.indexing import label_index
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.neural import floating, widened
from dovetail.library.log_semiring import log_add

__all__ = ["ctc_loss"]


@loss
def ctc_loss(
    log_probs: Any,
    labels: Any,
    input_lengths: Any,
    label_lengths: Any,
    blank: int = 0,
    zero_infinity: bool = False,
) -> Any:
    """-log p(labels): connectionist temporal classification. Graves et al. 2006, ICML.

    p(labels) is the sum over all alignments of prod_t exp(log_probs[t, a_t]); an alignment has one
    class a_t for each frame, and is the labels once repeated classes are merged and blanks removed.

    `log_probs` (batch, time, classes), as `log_softmax` gives them; `labels` (batch, length),
    integers that are not `blank`. Of each example the first `input_lengths` (batch,) frames and the
    first `label_lengths` (batch,) labels count; the others may be anything. The loss is one value
    for each example; "mean" is over examples, where PyTorch divides by the label lengths first.

    Where no alignment exists (too few frames) the loss is infinite, or 0 if `zero_infinity`,
    and the gradient is 0 in both cases; PyTorch's is NaN in the first. The gradient is the
    derivative by `log_probs`: minus the probability that a frame is aligned to a class. PyTorch
    and optax add exp(log_probs) to it or not; behind `log_softmax` the gradients are the same.
    """
    log_probs = floating(log_probs)
    labels, input_lengths, label_lengths = map(as_tracer, (labels, input_lengths, label_lengths))
    batch, time, classes = _check(log_probs, labels, input_lengths, label_lengths, blank)
    length = labels.shape[1]
    frames = _checked_lengths(input_lengths, time)
    counts = _checked_lengths(label_lengths, length)

    # A label beyond its length is not looked at; one that is the blank is out of range.
    positions = dt.arange(length)
    counted = positions < counts[:, None]
    wide = astype(labels, dt.int64)
    given = dt.where(wide == blank, -1, wide)
    given = label_index(dt.where(counted, given, blank), classes)
    log_p = dt.moveaxis(widened(log_probs), 1, 0)
    emitted = dt.take_along_axis(log_p, dt.broadcast_to(given, (time, batch, length)), axis=-1)
    emitted = dt.where(counted, emitted, -math.inf)
    # Arrays of length - 1, which may be empty, would make another graph for one label.
    repeated = (
        given == dt.concat([dt.full((batch, 1), -1, dtype=given.dtype), given], axis=1)[:, :-1]
    )

    # `blanks[:, j]`: log p of the alignments so far that end in a blank after j labels;
    # `ends[:, j]`: of those that end in label j.
    none = dt.full((batch, 1), -math.inf, dtype=log_p.dtype)
    blanks = dt.where(dt.arange(length + 1) == 0, 0.0, dt.broadcast_to(none, (batch, length + 1)))
    ends = dt.broadcast_to(none, (batch, length))

    def step(carry: Any, frame: Any) -> Any:
        blanks, ends = carry
        number, log_blank, log_label = frame
        before = dt.concat([none, ends], axis=1)
        direct = dt.where(repeated, -math.inf, before[:, :-1])
        new_blanks = log_blank + log_add(blanks, before)
        new_ends = log_label + log_add(ends, blanks[:, :-1], direct)
        goes_on = (number < frames)[:, None]
        return (dt.where(goes_on, new_blanks, blanks), dt.where(goes_on, new_ends, ends)), ()

    numbers = dt.arange(time)
    (blanks, ends), _ = dt.scan(step, (blanks, ends), (numbers, log_p[:, :, blank, None], emitted))
    last = counts[:, None]
    ends = dt.concat([none, ends], axis=1)
    total = log_add(
        dt.take_along_axis(blanks, last, axis=1)[:, 0], dt.take_along_axis(ends, last, axis=1)[:, 0]
    )
    if zero_infinity:
        total = dt.where(total == -math.inf, 0.0, total)
    return astype(-total, log_probs.dtype)


def _checked_lengths(lengths: Any, most: int) -> Any:
    """Lengths as int64; one below 0 or above `most` raises."""
    return label_index(astype(lengths, dt.int64), most + 1)


def _check(
    log_probs: Any, labels: Any, input_lengths: Any, label_lengths: Any, blank: int
) -> tuple[int, int, int]:
    """The sizes of `log_probs`; raises unless the other arguments fit them."""
    if log_probs.ndim != 3:
        raise ShapeError(
            "log_probs of ctc_loss", [log_probs.shape], "shape (batch, time, classes)",
            "put the axes in this order with dt.permute_dims",
        )  # fmt: skip
    batch, time, classes = log_probs.shape
    if labels.ndim != 2 or labels.shape[0] != batch:
        raise ShapeError(
            "labels of ctc_loss", [labels.shape], f"shape ({batch}, length)",
            "pad the labels of all examples to one length, which label_lengths says",
        )  # fmt: skip
    for name, value in (("input_lengths", input_lengths), ("label_lengths", label_lengths)):
        if value.shape != (batch,):
            raise ShapeError(
                f"{name} of ctc_loss", [value.shape], f"shape ({batch},)",
                "pass one length for each example",
            )  # fmt: skip
    named = ("labels", labels), ("input_lengths", input_lengths), ("label_lengths", label_lengths)
    for name, value in named:
        if not value.dtype.is_integer:
            raise DTypeError(
                f"{name} of ctc_loss have data type {value.dtype}", "integers",
                "convert them with astype('int64')",
            )  # fmt: skip
    if not 0 <= blank < classes:
        raise ArgumentError(
            "loss ctc_loss", "blank", blank, f"a class from 0 to {classes - 1}",
            "give the class that stands for no label",
        )  # fmt: skip
    return batch, time, classes


@ctc_loss.samples
def _samples(rng: Any) -> Any:
    """Log probabilities, labels, and lengths that suffice for them."""
    logits = rng.normal(size=(3, 6, 4))
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return log_probs, rng.integers(1, 4, (3, 3)), rng.integers(5, 7, 3), np.array([3, 2, 1])
