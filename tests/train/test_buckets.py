"""Batches of sequences of different lengths."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail import errors

RNG = np.random.default_rng(0)
LENGTHS = RNG.integers(3, 40, 60)
SEQUENCES = [RNG.integers(1, 9, length) for length in LENGTHS]
COUNTS = np.array([(each == 3).sum() for each in SEQUENCES])


def test_every_sequence_is_in_one_batch_of_its_bucket() -> None:
    buckets = dt.Buckets(SEQUENCES, COUNTS, 8, boundaries=[10, 20, 40], mask=True, seed=1)
    seen: list[Any] = []
    for epoch in range(2):
        found: dict[bytes, int] = {}
        for (x, mask), y in (buckets[n] for n in range(len(buckets))):
            assert x.shape == mask.shape
            assert x.shape[1] in (10, 20, 40) and len(x) <= 8
            lengths = mask.sum(1)
            assert (lengths <= x.shape[1]).all()
            assert x.shape[1] == 10 or (lengths > x.shape[1] // 2).all()
            assert (x[~mask] == 0).all() and (x[mask] > 0).all()
            for row, length, target in zip(x, lengths, y, strict=True):
                assert target == (row[:length] == 3).sum()
                found[row[:length].tobytes()] = found.get(row[:length].tobytes(), 0) + 1
        assert sum(found.values()) == 60
        assert set(found) == {each.tobytes() for each in SEQUENCES}
        seen.append([buckets[n][1].tolist() for n in range(len(buckets))])
        buckets.on_epoch_end()
        assert epoch or seen[0] != [buckets[n][1].tolist() for n in range(len(buckets))]


def test_a_model_trains_on_buckets_with_its_mask() -> None:
    class Count(dt.Model):
        vocabulary: int = 9
        weights = dt.Parameter("vocabulary", init="zeros")

        def forward(self, words: Any, mask: Any) -> Any:
            found = dt.take(self.weights, words, axis=0)
            return dt.sum(dt.where(mask, found, 0.0), axis=1)

    model = Count()
    model.compile(dt.Adam(0.05), "mse")
    buckets = dt.Buckets(SEQUENCES, COUNTS.astype(np.float32), 16, mask=True, seed=0)
    history = model.fit(buckets, epochs=60, verbose=0, seed=0)
    assert history["loss"][-1] < 0.02
    np.testing.assert_allclose(model.weights, np.arange(9) == 3, atol=0.15)


def test_targets_along_time_are_padded_with_an_ignored_label() -> None:
    model = dt.Sequential(dt.Embedding(9, 4), dt.Dense(9), seed=0)
    loss = functools.partial(dt.sparse_categorical_cross_entropy, ignore_index=-100)
    model.compile(dt.Adam(0.1), loss, metrics=["accuracy"])
    buckets = dt.Buckets(SEQUENCES, SEQUENCES, 8)
    history = model.fit(buckets, epochs=15, verbose=0)
    assert history["accuracy"][-1] == 1.0


def test_targets_that_are_as_long_as_some_sequences_are_not_padded() -> None:
    """Whether targets run along time is the same in all batches."""
    sequences = [np.ones(3), np.ones(3), np.ones(5), np.ones(6)]
    one_hot = np.eye(3)[[0, 2, 1, 1]]
    buckets = dt.Buckets(sequences, list(one_hot), 2, boundaries=[4, 6])
    found = np.concatenate([buckets[n][1] for n in range(len(buckets))])
    np.testing.assert_array_equal(found, one_hot)


def test_several_inputs_are_padded_to_the_boundary_of_the_longest() -> None:
    others = [each[: 3 + n % 5] + 10 for n, each in enumerate(SEQUENCES)]
    others = [*others[:-1], np.arange(11, 51)]  # longer than its partner
    buckets = dt.Buckets(
        (SEQUENCES, others), [each * 2 for each in others], 8, boundaries=[20, 30, 40], mask=True,
        target_padding=-1, seed=3,
    )  # fmt: skip
    pairs = []
    for (x, x_mask, y, y_mask), targets in (buckets[n] for n in range(len(buckets))):
        assert x.shape == y.shape == targets.shape and x.shape[1] in (20, 30, 40)
        np.testing.assert_array_equal(targets, np.where(y_mask, 2 * y, -1))
        longest = np.maximum(x_mask.sum(1), y_mask.sum(1))
        assert (longest <= x.shape[1]).all() and (longest > x.shape[1] - 10).sum() > 0
        rows = zip(x, x_mask, y, y_mask, strict=True)
        pairs += [(a[m].tolist(), b[n].tolist()) for a, m, b, n in rows]
    expected = [(a.tolist(), b.tolist()) for a, b in zip(SEQUENCES, others, strict=True)]
    assert sorted(pairs) == sorted(expected)


def test_batches_of_one_size() -> None:
    buckets = dt.Buckets(SEQUENCES, COUNTS, 8, boundaries=[20, 40], drop_remainder=True, seed=0)
    seen = []
    for _ in range(2):
        batches = [buckets[n] for n in range(len(buckets))]
        assert {len(x) for x, _ in batches} == {8}
        sizes = np.bincount(LENGTHS > 20)
        assert len(batches) == (sizes // 8).sum()
        seen.append({tuple(row) for x, _ in batches for row in x.tolist()})
        buckets.on_epoch_end()
    assert seen[0] != seen[1]


def test_wrong_arguments() -> None:
    for arguments, options, words in (
        (([],), {}, "sequences"),
        (([3, 4],), {}, "time"),
        ((SEQUENCES, COUNTS[:5]), {}, "60 sequences, 5 targets"),
        (((SEQUENCES, SEQUENCES[:7]),), {}, "60 sequences, 7 sequences of input 2"),
        (((),), {}, "at least one sequence"),
        ((SEQUENCES,), {"boundaries": [10, 5]}, "rising"),
        ((SEQUENCES,), {"boundaries": [10]}, "39 or more"),
        ((SEQUENCES,), {"batch_size": 0}, "batch_size"),
    ):
        with pytest.raises(errors.DovetailError, match=words):
            dt.Buckets(*arguments, **options)  # type: ignore[arg-type]
