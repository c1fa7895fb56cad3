"""Examples that models are changed for: what is refused before it is used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import DovetailError
from dovetail.improve.data import examples_of

X = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)
Y = np.arange(8) % 3

REFUSED: dict[str, tuple[Any, str]] = {
    "no examples": ((X[:0], Y[:0]), "x of data: got .0, 4.*expected: .*at least one example"),
    "no axis": ((X[0, 0], Y[0]), "expected: .*first axis counts at least one"),
    "other numbers": ((X, Y[:1]), "x of data has 8 examples, y of data has 1"),
    "other numbers in x": (({"a": X, "b": X[:2]}, Y), r"x of data\['a'\] has 8 .* has 2"),
    "NaN": ((np.where(X > 1, np.nan, X), Y), "x of data holds .* not finite"),
    "text": (("x", Y), "not a data type"),
    "complex": ((X + 0j, Y), "not a data type"),
    "objects": ((np.array([None] * 8), Y), "not a data type"),
    "no arrays": (({}, Y), r"expected: \(x, y\)"),
    "no targets": ((X, None), r"expected: \(x, y\)"),
    "inputs alone": (X, r"expected: \(x, y\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_examples_are_checked_first(name: str) -> None:
    model = dt.Sequential(dt.Input(4), dt.Dense(8), dt.Dense(3), seed=0)
    model.compile("adam", "sparse_categorical_crossentropy")
    data, said = REFUSED[name]
    with pytest.raises(DovetailError, match=f"(?s){said}"):
        dt.improve.prune(model, data, multiply_adds=0.5, epochs=0)


def test_types_stay_and_lists_are_arrays() -> None:
    for dtype in (np.float16, np.float32, np.float64, np.int8):
        found = examples_of("fold", "validation", X.astype(dtype), False)
        assert found.x.dtype == dtype and found.y is None
    found = examples_of("fold", "validation", ([X, X.T[:, :1].tolist() * 2], Y.tolist()), True)
    assert [leaf.shape for leaf in found.x] == [(8, 4), (8, 1)] and np.array_equal(found.y, Y)
