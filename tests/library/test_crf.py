"""Best paths, partition functions and likelihoods against enumeration in float64."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DTypeError, IndexingError, ShapeError

RNG = np.random.default_rng(0)
BATCH, TIME, STATES = 4, 5, 3
EMISSIONS = RNG.normal(size=(BATCH, TIME, STATES))
SCORES = RNG.normal(size=(STATES, STATES)), RNG.normal(size=STATES), RNG.normal(size=STATES)
LENGTHS = np.array([5, 1, 3, 0])
TAGS = np.where(np.arange(TIME) < LENGTHS[:, None], RNG.integers(0, STATES, (BATCH, TIME)), -7)


def score(n: int, path: Any, transitions: Any = SCORES[0], ends: bool = True) -> float:
    total = sum(EMISSIONS[n, t, state] for t, state in enumerate(path))
    total += sum(transitions[pair] for pair in itertools.pairwise(path))
    return float(total + ends * (SCORES[1][path[0]] + SCORES[2][path[-1]]))


def all_paths(n: int, length: int, *options: Any) -> list[tuple[float, Any]]:
    paths = itertools.product(range(STATES), repeat=length)
    return [(score(n, path, *options), path) for path in paths]


def log_z(n: int, length: int, *options: Any) -> float:
    return float(np.log(sum(np.exp(each) for each, _ in all_paths(n, length, *options))))


@pytest.mark.parametrize("lengths", [LENGTHS, None], ids=["lengths", "all"])
def test_the_best_path_and_the_partition_function(lengths: Any) -> None:
    path, best = dt.viterbi(EMISSIONS, *SCORES, lengths)
    total = dt.crf_log_partition(EMISSIONS, *SCORES, lengths)
    assert path.shape == (BATCH, TIME) and path.dtype.kind == "i"
    for n, length in enumerate([TIME] * BATCH if lengths is None else lengths):
        assert (path[n, length:] == -1).all()
        if not length:
            assert best[n] == total[n] == 0
            continue
        right, chosen = max(all_paths(n, length))
        assert tuple(path[n, :length]) == chosen
        np.testing.assert_allclose([best[n], total[n]], [right, log_z(n, length)], rtol=1e-13)


def test_padding_changes_no_path() -> None:
    emissions, lengths = RNG.normal(size=(60, TIME, STATES)), RNG.integers(1, TIME + 1, 60)
    paths, best = dt.viterbi(emissions, *SCORES, lengths)
    for n, length in enumerate(lengths):
        path, score = dt.viterbi(emissions[n : n + 1, :length], *SCORES)
        np.testing.assert_array_equal(paths[n, :length], path[0])
        assert best[n] == score[0]


def test_scores_that_are_left_out_are_zero() -> None:
    right = [log_z(n, TIME, SCORES[0], False) for n in range(BATCH)]
    np.testing.assert_allclose(dt.crf_log_partition(EMISSIONS, SCORES[0]), right, rtol=1e-13)
    best = [max(all_paths(n, TIME, SCORES[0], False))[0] for n in range(BATCH)]
    np.testing.assert_allclose(dt.viterbi(EMISSIONS, SCORES[0])[1], best, rtol=1e-13)


def test_the_likelihood_and_its_gradient() -> None:
    found = dt.crf_log_likelihood(EMISSIONS, TAGS, *SCORES, LENGTHS)
    right = [score(n, TAGS[n, :k]) - log_z(n, k) if k else 0.0 for n, k in enumerate(LENGTHS)]
    np.testing.assert_allclose(found, right, rtol=1e-12, atol=1e-15)
    gradient = dt.grad(lambda e: dt.sum(dt.crf_log_partition(e, *SCORES, LENGTHS)))(EMISSIONS)
    for n, length in enumerate(LENGTHS):  # the probability of each state at each step
        chance = np.zeros((TIME, STATES))
        for each, path in all_paths(n, length) if length else ():
            chance[np.arange(length), path] += np.exp(each - log_z(n, length))
        np.testing.assert_allclose(gradient[n], chance, atol=1e-13)


def test_scores_that_are_integers() -> None:
    emissions, transitions = (9 * EMISSIONS).astype(int), (9 * SCORES[0]).astype(int)
    wide = emissions.astype(np.float32), transitions.astype(np.float32)
    tags = np.abs(TAGS) % STATES
    assert dt.viterbi(emissions, transitions)[1].dtype == np.float32
    for given in ((), (LENGTHS,)):
        found = dt.crf_log_partition(emissions, transitions, None, None, *given)
        np.testing.assert_array_equal(found, dt.crf_log_partition(*wide, None, None, *given))
        found = dt.crf_log_likelihood(emissions, tags, transitions, None, None, *given)
        right = dt.crf_log_likelihood(wide[0], tags, wide[1], None, None, *given)
        np.testing.assert_array_equal(found, right)


def test_forbidden_transitions() -> None:
    transitions = SCORES[0].copy()
    transitions[0, :] = transitions[:, 0] = -np.inf  # state 0 neither leads on nor is reached
    rest = SCORES[1:]
    total, slope = dt.value_and_grad(
        lambda t: dt.sum(dt.crf_log_partition(EMISSIONS, t, *rest, LENGTHS))
    )(transitions)
    right = sum(log_z(n, length, transitions) for n, length in enumerate(LENGTHS) if length)
    np.testing.assert_allclose(total, right, rtol=1e-13)
    assert np.isfinite(slope).all() and (slope[0] == 0).all() and (slope[1:, 1:] > 0).all()
    transitions[:] = -np.inf  # no path of two steps or more
    total, slope = dt.value_and_grad(
        lambda t: dt.sum(dt.crf_log_partition(EMISSIONS[:1], t, *rest))
    )(transitions)
    assert total == -np.inf and (slope == 0).all()


def test_the_layer_trains_and_decodes() -> None:
    """Tags that alternate cannot be read off emissions that are alike in all states."""
    emissions, tags = np.zeros((8, 6, 2), np.float32), np.tile([0, 1], (8, 3))
    layer = dt.CRF(seed=0)
    apply, (parameters, _) = layer.build((8, 6, 2)).pure().apply, layer.pure().init()
    gradient = dt.value_and_grad(lambda p: dt.mean(apply(p, {}, emissions, tags)[0]))
    first = None
    for _ in range(60):
        value, slope = gradient(parameters)
        first = value if first is None else first
        parameters = {name: array - 0.5 * slope[name] for name, array in parameters.items()}
    assert value < 0.1 * first
    layer.load(parameters)
    np.testing.assert_array_equal(layer(emissions), tags)
    assert layer(emissions, lengths=np.full(8, 2)).tolist() == [[0, 1, -1, -1, -1, -1]] * 8
    assert list(dt.CRF(3, use_boundaries=False).parameters()) == ["transitions"]


def test_wrong_arguments() -> None:
    with pytest.raises(ShapeError, match=r"(?s)emissions of viterbi.*\(batch, time, states\)"):
        dt.viterbi(EMISSIONS[0], SCORES[0])
    with pytest.raises(ShapeError, match=r"(?s)transitions of viterbi.*\(3, 3\)"):
        dt.viterbi(EMISSIONS, SCORES[0][:2])
    with pytest.raises(ShapeError, match="tags of crf_log_likelihood"):
        dt.crf_log_likelihood(EMISSIONS, TAGS[0], SCORES[0])
    with pytest.raises(DTypeError, match="lengths of viterbi"):
        dt.viterbi(EMISSIONS, SCORES[0], lengths=LENGTHS * 1.0)
    for lengths in ([6, 1, 1, 1], [-1, 1, 1, 1]):
        with pytest.raises(IndexingError, match="outside of its array"):
            dt.crf_log_partition(EMISSIONS, SCORES[0], lengths=np.array(lengths))
    with pytest.raises(IndexingError, match="outside of its array"):
        dt.crf_log_likelihood(EMISSIONS, TAGS, SCORES[0])  # all tags count
