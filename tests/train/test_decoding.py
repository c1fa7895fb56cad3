"""Beam search, beside all sequences one by one."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail import errors

CLASSES, END, START, LENGTH = 4, 0, 3, 4
RNG = np.random.default_rng(0)
TABLE = 2.0 * RNG.normal(size=(2, CLASSES, CLASSES))  # of example and last token


def step(tokens: Any, state: Any) -> Any:
    """A chain of its own for each example, whose logits also depend on the step."""
    example, (path, steps) = state["example"], state["more"]
    path = np.concatenate([path[:, 1:], tokens], axis=1)  # which must follow its row
    assert (path[:, -1] == tokens[:, 0]).all()
    logits = TABLE[example, tokens[:, 0]] + 0.3 * path.sum(1)[:, None] * np.arange(CLASSES) / 9
    logits = logits + 0.1 * steps * np.eye(CLASSES)[1]
    return logits, {"example": example, "more": (path, steps + 1)}


def state() -> Any:
    return {"example": np.arange(2), "more": (np.zeros((2, 3), np.int64), np.asarray(0))}


def one(example: int) -> Any:
    return {"example": np.array([example]), "more": (np.zeros((1, 3), int), np.asarray(0))}


def log_p(example: int, tokens: Any) -> float:
    """The logarithm of the probability of a sequence, token by token."""
    given = one(example)
    total, last = 0.0, START
    for token in tokens:
        logits, given = step(np.array([[last]]), given)
        total += logits[0, token] - np.log(np.exp(logits[0]).sum())
        last = token
    return total


def everything(example: int, alpha: float) -> list[tuple[float, tuple[int, ...]]]:
    """All sequences with their scores, best first."""
    found = []
    for n in range(1, LENGTH + 1):
        for middle in itertools.product(range(1, CLASSES), repeat=n - 1):
            lasts = range(CLASSES) if n == LENGTH else (END,)
            for last in lasts:
                tokens = (*middle, last)
                score = log_p(example, tokens) / ((5 + n) / 6) ** alpha
                found.append((score, (*tokens, *[END] * (LENGTH - n))))
    return sorted(found, reverse=True)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 2.0])
def test_a_wide_beam_finds_the_best_of_all_sequences(alpha: float) -> None:
    """As wide as there are sequences of one length less."""
    tokens, scores = dt.beam_search(
        step, state(), 2, start=START, end=END, length=LENGTH, width=27, alpha=alpha
    )
    assert tokens.shape == (2, 27, LENGTH)
    for example in range(2):
        expected = everything(example, alpha)[:27]
        np.testing.assert_allclose(scores[example], [score for score, _ in expected], rtol=1e-12)
        assert tokens[example, 0].tolist() == list(expected[0][1])
        assert {tuple(each) for each in tokens[example].tolist()} == {each for _, each in expected}


def test_a_beam_of_one_is_greedy() -> None:
    tokens, _ = dt.beam_search(
        step, state(), 2, start=START, end=END, length=LENGTH, width=1, alpha=0.0
    )
    for example in range(2):
        given = one(example)
        found, candidates, last = [], [], START
        for _ in range(LENGTH):  # the best sequence among those that end on the way
            logits, given = step(np.array([[last]]), given)
            candidates.append([*found, END])
            last = 1 + int(logits[0, 1:].argmax())
            found.append(last)
        best = max([*candidates, found], key=lambda each: log_p(example, each))
        assert tokens[example, 0].tolist() == [*best, *[END] * (LENGTH - len(best))]


def test_a_search_ends_early_and_a_longer_penalty_prefers_longer_sequences() -> None:
    calls = []

    def counted(tokens: Any, given: Any) -> Any:
        calls.append(len(tokens))
        logits, given = step(tokens, given)
        return logits + 3.0 * np.eye(CLASSES)[END], given

    lengths = []
    for alpha in (0.0, 5.0):
        tokens, _ = dt.beam_search(
            counted, state(), 2, start=START, end=END, length=40, width=3, alpha=alpha
        )
        lengths.append((tokens[:, 0] != END).sum())
        if alpha == 0.0:
            assert len(calls) < 40
    assert lengths[0] < lengths[1]
    assert set(calls) == {6}


def test_wrong_arguments() -> None:
    given: dict[str, Any] = {"start": START, "end": END, "length": LENGTH}
    for options, words in (
        ({"width": 0}, "width"), ({"alpha": -1.0}, "alpha"), ({"end": 9}, "more classes than end=9")
    ):  # fmt: skip
        with pytest.raises(errors.DovetailError, match=words):
            dt.beam_search(step, state(), 2, **{**given, **options})
    with pytest.raises(errors.ShapeError, match=r"\(8, classes\)"):
        dt.beam_search(lambda tokens, s: (np.zeros((2, 4)), s), state(), 2, **given)
