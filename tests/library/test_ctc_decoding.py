"""Decoding against all labellings, by enumeration and by `ctc_loss`."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, ShapeError

RNG = np.random.default_rng(0)
BATCH, TIME, CLASSES = 12, 5, 4


def log_p(scale: float = 1.0) -> Any:
    logits = RNG.normal(size=(BATCH, TIME, CLASSES)) * scale
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def collapsed(alignment: Any, blank: int) -> tuple[int, ...]:
    return tuple(int(each) for each, _ in itertools.groupby(alignment) if each != blank)


def best(frames: Any, blank: int) -> tuple[tuple[int, ...], float]:
    """The most likely labels, with the sum over their alignments."""
    totals: dict[tuple[int, ...], float] = {}
    for alignment in itertools.product(range(CLASSES), repeat=len(frames)):
        chance = np.exp(sum(frame[each] for frame, each in zip(frames, alignment, strict=True)))
        labels = collapsed(alignment, blank)
        totals[labels] = totals.get(labels, 0.0) + chance
    labels = max(totals, key=totals.__getitem__)
    return labels, float(np.log(totals[labels]))


@pytest.mark.parametrize("blank", [0, 2])
def test_a_wide_beam_finds_the_most_likely_labels(blank: int) -> None:
    frames, lengths = log_p(), np.array([5, 5, 5, 5, 4, 4, 4, 3, 3, 2, 1, 0])
    labels, scores = dt.ctc_decode(frames, lengths, beam_width=400, blank=blank)
    greedy = 0
    for n, length in enumerate(lengths):
        right, score = best(frames[n, :length], blank)
        assert tuple(labels[n][labels[n] >= 0]) == right
        assert (labels[n][len(right) :] == -1).all()
        np.testing.assert_allclose(scores[n], score, rtol=1e-12)
        greedy += collapsed(frames[n, :length].argmax(-1), blank) == right
    assert greedy < BATCH  # the best alignment alone finds fewer


def test_the_score_is_minus_the_loss() -> None:
    frames = log_p(2.0)
    labels, scores = dt.ctc_decode(frames, beam_width=100)
    losses = dt.ctc_loss(
        frames, labels, np.full(BATCH, TIME), (labels >= 0).sum(1), reduction="none"
    )
    np.testing.assert_allclose(scores, -losses, rtol=1e-12)


def test_greedy() -> None:
    frames = log_p(3.0)
    labels, scores = dt.ctc_decode(frames.astype(np.float32))
    for row, score, each in zip(labels, scores, frames, strict=True):
        assert tuple(row[row >= 0]) == collapsed(each.argmax(-1), 0)
        np.testing.assert_allclose(score, each.max(-1).sum(), rtol=1e-5)
    doubled = np.log(np.array([[[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]]))
    assert dt.ctc_decode(doubled)[0].tolist() == [[1, 1]]
    assert dt.ctc_decode(doubled, [1])[0].tolist() == [[1]]
    assert dt.ctc_decode(doubled, [0])[0].shape == (1, 0)


def test_a_narrow_beam_keeps_repeated_labels_apart() -> None:
    frames = np.log(np.array([[[0.1, 0.8, 0.1], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]]]))
    labels, scores = dt.ctc_decode(frames, beam_width=1)
    assert labels.tolist() == [[1, 1]] and np.exp(scores[0]) >= 0.8**3 - 1e-12
    sure = np.where(np.eye(3)[[1, 1, 0, 1]] > 0, 0.0, -np.inf)[None]
    labels, scores = dt.ctc_decode(sure, beam_width=5)
    assert labels.tolist() == [[1, 1]] and scores[0] == 0.0
    nothing = np.full((1, 2, 3), -np.inf)
    assert dt.ctc_decode(nothing, beam_width=5)[1][0] == -np.inf


def test_what_it_refuses() -> None:
    frames = log_p()
    with pytest.raises(ShapeError, match="batch"):
        dt.ctc_decode(frames[0])
    for options in ({"blank": 4}, {"beam_width": 0}, {"input_lengths": [6] * 12},
                    {"input_lengths": [1]}):  # fmt: skip
        with pytest.raises(ArgumentError, match=next(iter(options))):
            dt.ctc_decode(frames, **options)
