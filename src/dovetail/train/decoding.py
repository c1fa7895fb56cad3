"""Beam search: the likeliest sequences of a model that gives the logits of the next token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dovetail.errors import ArgumentError, ShapeError
from dovetail.graph.node import Array
from dovetail.language.tree import map_leaves
from dovetail.train.configuration import whole

Step = Callable[[Array, Any], tuple[Any, Any]]


def beam_search(
    step: Step,
    state: Any,
    batch: int,
    *,
    start: int,
    end: int,
    length: int,
    width: int = 4,
    alpha: float = 0.6,
) -> tuple[Array, Array]:
    """The `width` best sequences of each example, best first: tokens and scores.

    `step(tokens, state)` returns the logits of the next token, (rows, classes), and the new state,
    for the last token of each row, (rows, 1); at first that is `start`. `state` is a tree of
    arrays, such as the caches of attention. Where the first axis counts the examples, there is a
    row for each sequence that is followed, `width` for each example; other arrays are passed on.

    Tokens are (batch, width, length), without `start`; a sequence has at most `length` tokens, and
    what comes after its `end` is `end`. Its score is log p / ((5 + n) / 6)^alpha with n tokens, the
    end included: Wu et al. 2016, arXiv:1609.08144. With alpha = 0 short sequences are preferred. A
    search ends when no unfinished sequence can be better than those found. `width=1` is greedy.
    """
    for name, value in (("batch", batch), ("length", length), ("width", width)):
        whole(name, value, 1)
    search = _Search(batch, width, length, end, alpha)
    state = _rows(state, batch, np.repeat(np.arange(batch), width))
    last = np.full((batch * width, 1), start, np.int64)
    for place in range(length):
        logits, state = step(last, state)
        log_p = _log_softmax(np.asarray(logits))
        if log_p.ndim != 2 or len(log_p) != batch * width or log_p.shape[1] <= end:
            raise ShapeError(
                "the logits of a step of beam_search", [log_p.shape],
                f"({batch * width}, classes): a row for each of {width} sequences of {batch} "
                f"examples, and more classes than end={end}",
            )  # fmt: skip
        beams, last = search.extend(log_p, place)
        if search.done:
            break
        state = _rows(state, batch * width, beams)
    return search.result()


def _rows(state: Any, count: int, chosen: Array) -> Any:
    """These rows of the arrays that have `count` rows."""

    def of(leaf: Any) -> Any:
        array = np.asarray(leaf)
        return array[chosen] if array.ndim and len(array) == count else leaf

    return map_leaves(of, state)


def _log_softmax(logits: Array) -> Array:
    wide = logits.astype(np.float64)
    wide -= wide.max(axis=-1, keepdims=True)
    return wide - np.log(np.exp(wide).sum(axis=-1, keepdims=True))


class _Search:
    """The unfinished sequences, and the best of those that have ended."""

    def __init__(self, batch: int, width: int, length: int, end: int, alpha: float) -> None:
        if not alpha >= 0.0:
            raise ArgumentError("beam_search", "alpha", alpha, "a number of at least 0")
        self._width, self._end, self._alpha = width, end, alpha
        self._tokens = np.full((batch, width, length), end, np.int64)
        self._scores = np.full((batch, width), -np.inf)  # sums of log p
        self._scores[:, 0] = 0.0  # the rows of an example are equal at first
        self._found = self._tokens.copy()
        self._found_scores = np.full((batch, width), -np.inf)
        self.done = False

    def _penalty(self, tokens: int) -> float:
        return ((5.0 + tokens) / 6.0) ** self._alpha

    def extend(self, log_p: Array, place: int) -> tuple[Array, Array]:
        """Add a token to each sequence; the row that each comes from, and the tokens."""
        batch, width = self._scores.shape
        classes = log_p.shape[1]
        totals = self._scores[:, :, None] + log_p.reshape(batch, width, classes)
        ended = totals[:, :, self._end].copy()
        self._end_with(ended, place)
        totals[:, :, self._end] = -np.inf
        flat = totals.reshape(batch, width * classes)
        kept = min(width, flat.shape[1] - 1)
        best = np.argpartition(-flat, kept, axis=1)[:, :width]
        order = np.argsort(-np.take_along_axis(flat, best, axis=1), axis=1, kind="stable")
        best = np.take_along_axis(best, order, axis=1)
        beams, tokens = best // classes, best % classes
        self._scores = np.take_along_axis(flat, best, axis=1)
        self._tokens = np.take_along_axis(self._tokens, beams[:, :, None], axis=1)
        self._tokens[:, :, place] = tokens
        # Log p falls with every token, and the penalty is largest for the longest sequence.
        possible = self._scores.max(axis=1) / self._penalty(self._tokens.shape[2])
        self.done = bool((possible <= self._found_scores.min(axis=1)).all())
        rows = (np.arange(batch)[:, None] * width + beams).ravel()
        return rows, tokens.reshape(-1, 1)

    def _end_with(self, totals: Array, place: int) -> None:
        """Note the sequences that end at this place."""
        scores = np.concatenate([self._found_scores, totals / self._penalty(place + 1)], axis=1)
        tokens = np.concatenate([self._found, self._tokens], axis=1)
        best = np.argsort(-scores, axis=1, kind="stable")[:, : self._width]
        self._found_scores = np.take_along_axis(scores, best, axis=1)
        self._found = np.take_along_axis(tokens, best[:, :, None], axis=1)

    def result(self) -> tuple[Array, Array]:
        """The best sequences; those that did not end are at the full length."""
        if not self.done:
            self._end_with(self._scores, self._tokens.shape[2] - 1)
        return self._found, self._found_scores
