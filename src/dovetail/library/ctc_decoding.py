"""The labels that a network trained with `ctc_loss` says, on NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.node import Array

__all__ = ["ctc_decode"]

Labels = tuple[int, ...]


def ctc_decode(
    log_probs: Any,
    input_lengths: Any = None,
    beam_width: int | None = None,
    blank: int = 0,
) -> tuple[Array, Array]:
    """The labels of each example, padded with -1: (batch, longest), and a log probability (batch,).

    `log_probs` (batch, time, classes) as `ctc_loss` takes them; of each example the first
    `input_lengths` (batch,) frames count, or all. Any framework's arrays on the CPU.

    Without `beam_width` the most likely class of each frame is taken, repeated ones are merged and
    blanks removed; the log probability is that of this one alignment. With it the most likely
    labels are sought: prefix beam search (Hannun et al. 2014, arXiv:1408.2873, without a language
    model) keeps this many prefixes at each frame, each with the sum over its alignments. The log
    probability is then minus `ctc_loss` of the labels, if no prefix that leads to them was dropped.
    """
    scores = np.asarray(log_probs)
    if scores.ndim != 3 or 0 in scores.shape[1:]:
        raise ShapeError(
            "log_probs of ctc_decode", [scores.shape], "shape (batch, time, classes), not empty",
            "transpose to this order; add an axis for the batch if it is missing: log_probs[None]",
        )  # fmt: skip
    batch, time, classes = scores.shape
    if not 0 <= blank < classes:
        raise ArgumentError(
            "ctc_decode", "blank", blank, f"a class from 0 to {classes - 1}",
            "give the class that stands for no label",
        )  # fmt: skip
    if beam_width is not None and beam_width < 1:
        raise ArgumentError("ctc_decode", "beam_width", beam_width, "None, or a number from 1 on")
    lengths = np.full(batch, time) if input_lengths is None else np.asarray(input_lengths)
    if lengths.shape != (batch,) or ((lengths < 0) | (lengths > time)).any():
        raise ArgumentError(
            "ctc_decode", "input_lengths", lengths.tolist(), f"{batch} numbers from 0 to {time}",
            "pass one length for each example",
        )  # fmt: skip
    wide = scores.astype(np.float64)
    found = [
        _best_alignment(frames[:length], blank)
        if beam_width is None
        else _best_prefix(frames[:length], beam_width, blank)
        for frames, length in zip(wide, lengths, strict=True)
    ]
    return _padded([labels for labels, _ in found]), np.array([score for _, score in found])


def _padded(found: Sequence[Labels]) -> Array:
    longest = max(map(len, found), default=0)
    labels = np.full((len(found), longest), -1, np.int64)
    for row, each in zip(labels, found, strict=True):
        row[: len(each)] = each
    return labels


def _best_alignment(frames: Array, blank: int) -> tuple[Labels, float]:
    path = frames.argmax(axis=1)
    starts = np.append(True, path[1:] != path[:-1])[: len(path)]
    kept = path[starts & (path != blank)]
    return tuple(kept.tolist()), float(frames.max(axis=1).sum())


def _best_prefix(frames: Array, width: int, blank: int) -> tuple[Labels, float]:
    """Of each prefix, log p of its alignments that end in a blank, and of those that do not."""
    prefixes: list[Labels] = [()]
    in_blank, in_label = np.zeros(1), np.full(1, -np.inf)
    for frame in frames:
        last = np.array([prefix[-1] if prefix else blank for prefix in prefixes])
        number = np.arange(len(prefixes))
        either = np.logaddexp(in_blank, in_label)
        stays = np.where(last == blank, -np.inf, in_label + frame[last])
        # A label that repeats the last one is a new one only after a blank.
        longer = either[:, None] + frame
        longer[number, last] = in_blank + frame[last]
        longer[:, blank] = -np.inf
        known = {prefix: n for n, prefix in enumerate(prefixes)}
        for n, prefix in enumerate(prefixes):
            shorter = known.get(prefix[:-1]) if prefix else None
            if shorter is not None:  # that one, made longer, is this one
                stays[n] = np.logaddexp(stays[n], longer[shorter, last[n]])
                longer[shorter, last[n]] = -np.inf
        blanks = either + frame[blank]
        scores = np.concatenate([np.logaddexp(blanks, stays), longer.ravel()])
        best = np.argsort(-scores, kind="stable")[:width]
        best = best[scores[best] > -np.inf]
        if not len(best):  # every class has probability 0
            return (), -np.inf
        kept = best < len(prefixes)
        origin, label = np.divmod(best - len(prefixes), frames.shape[1])
        in_blank = np.where(kept, blanks[np.where(kept, best, 0)], -np.inf)
        in_label = np.where(kept, stays[np.where(kept, best, 0)], scores[best])
        prefixes = [
            prefixes[n] if same else (*prefixes[start], int(end))
            for n, same, start, end in zip(best, kept, origin, label, strict=True)
        ]
    totals = np.logaddexp(in_blank, in_label)
    first = int(totals.argmax())
    return prefixes[first], float(totals[first])
