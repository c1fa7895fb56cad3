"""Examples and numbers that models are changed with: what is refused before it is used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, DovetailError
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


NUMBERS: list[tuple[str, dict[str, Any]]] = [
    ("prune", {"multiply_adds": (0.0, 1.0, float("nan"), "half", None, True),
               "batch_size": (0, 32.0), "rounds": (0,), "multiple_of": (0,), "epochs": (-1, 0.5),
               "tolerance": (float("nan"), np.complex64(1))}),
    ("factorise", {"energy": (0.0, 1.01, "most", True), "batch_size": (0,), "epochs": ("1",)}),
    ("quantise", {"epochs": (-1,), "batch_size": (0,), "tolerance": ("much",)}),
    ("distil", {"weight": (0.0, 1.5), "temperature": (0.0, float("inf")), "batch_size": (-1,)}),
    ("clip", {"batch_size": (0, 1.5, True)}), ("normalise", {"batch_size": (0, None)}),
    ("trade_off", {"epochs": (1.5,), "batch_size": (0,), "tolerance": (None,)}),
]  # fmt: skip


@pytest.mark.parametrize(("call", "settings"), NUMBERS, ids=lambda each: str(each)[:9])
def test_numbers_are_checked_first(call: str, settings: dict[str, Any]) -> None:
    model = dt.Sequential(dt.Input(4), dt.Dense(3), seed=0)
    model.compile("adam", "sparse_categorical_crossentropy")
    given = (model, model, (X, Y)) if call == "distil" else (model, (X, Y))
    for name, values in settings.items():
        for value in values:
            with pytest.raises(ArgumentError, match=f"^{name} of {call} is .*(?s:.)*expected: a"):
                getattr(dt.improve, call)(*given, **{name: value})


def test_types_stay_and_lists_are_arrays() -> None:
    for dtype in (np.float16, np.float32, np.float64, np.int8):
        found = examples_of("fold", "validation", X.astype(dtype), False)
        assert found.x.dtype == dtype and found.y is None
    found = examples_of("fold", "validation", ([X, X.T[:, :1].tolist() * 2], Y.tolist()), True)
    assert [leaf.shape for leaf in found.x] == [(8, 4), (8, 1)] and np.array_equal(found.y, Y)
