"""Kernels as products of two, against the best approximations in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError
from dovetail.improve.data import Examples
from dovetail.improve.factorise import factorised
from dovetail.improve.tracing import inspected

RNG = np.random.default_rng(0)
pytestmark = pytest.mark.usefixtures("quick_measurement")


def low_rank(rows: int, columns: int, rank: int) -> Any:
    return RNG.normal(size=(rows, rank)) @ RNG.normal(size=(rank, columns))


def dense() -> Any:
    model = dt.Sequential(dt.Input(20), dt.Dense(18, "tanh"), dt.Dense(3), seed=0)
    model.set("layers.0.kernel", low_rank(20, 18, 4))
    model.set("layers.0.bias", RNG.normal(size=18))
    return model


def convolutional() -> Any:
    model = dt.Sequential(
        dt.Input((9, 8, 4)), dt.Conv2D(12, 3, strides=2, padding="same", activation="relu"),
        dt.Conv2D(6, 3, groups=2), dt.Flatten(), dt.Dense(2), seed=0,
    )  # fmt: skip
    model.set("layers.0.kernel", low_rank(36, 12, 3).reshape(3, 3, 4, 12))
    return model


class Twice(dt.Model):
    """A layer that is called twice, and one whose kernel something else reads."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = dt.Dense(12)
        self.other = dt.Dense(12)

    def forward(self, x: Any) -> Any:
        y = self.other(self.shared(self.shared(x)))
        return y @ dt.matrix_transpose(self.other.kernel)


def twice() -> Any:
    model = Twice().build((None, 12))
    for name in ("shared", "other"):
        model.set(f"{name}.kernel", low_rank(12, 12, 2) / 4)
    return model


@pytest.mark.parametrize(
    ("make", "shape", "name", "rank", "stays"),
    [
        (dense, (20,), "0: 20 x 18 at rank 4", 4, ["1 stays: rank"]),
        (convolutional, (9, 8, 4), "0: 36 x 12 at rank 3", 3, ["has groups", "3 stays: rank"]),
        (twice, (12,), "shared: 12 x 12 at rank 2", 2, ["something else reads its kernel"]),
    ],
)
def test_a_kernel_of_low_rank_stays_the_same_function(
    make: Any, shape: Any, name: str, rank: int, stays: list[str]
) -> None:
    model = make()
    changed, notes = factorised(model, None, 1.0 - 1e-9, None)
    assert name in notes
    assert len(notes) == 1 + len(stays)
    assert all(any(text in note for note in notes) for text in stays)
    x = RNG.normal(size=(5, *shape)).astype(np.float32)
    expected = model.predict(x)
    assert np.allclose(changed.predict(x), expected, atol=1e-5 * np.abs(expected).max())
    costs = [inspected(each).model.multiply_adds for each in (changed, model)]
    assert costs[0] < costs[1]


def test_the_inputs_weigh() -> None:
    """On inputs of few directions, the kernel's part outside of them costs nothing."""
    x = RNG.normal(size=(300, 20)) * np.array([3.0] * 5 + [0.01] * 15)
    model = dt.Sequential(dt.Input(20), dt.Dense(16), seed=0)
    kernel = RNG.normal(size=(20, 16))
    model.set("layers.0.kernel", kernel)
    exact = x @ kernel
    plain, weighted = (
        factorised(model, data, 1.0, 5)[0].predict(x.astype(np.float32))
        for data in (None, Examples(x.astype(np.float32)))
    )
    u, s, vt = np.linalg.svd(exact, full_matrices=False)
    least = np.abs((u[:, :5] * s[:5]) @ vt[:5] - exact).max()
    assert np.abs(weighted - exact).max() < 1.5 * least
    assert np.abs(plain - exact).max() > 10 * least


def test_the_rank_keeps_the_energy_and_training_goes_on() -> None:
    model = dense()
    model.compile("adam", "mse", regularizers={"*.kernel": dt.L2(1e-5)})
    x = RNG.normal(size=(128, 20)).astype(np.float32)
    y = model.predict(x)
    values = np.linalg.svd(model.get("layers.0.kernel"), compute_uv=False) ** 2
    rank = int((np.cumsum(values) / values.sum() < 0.6).sum()) + 1
    assert 1 <= rank < 4
    changed, notes = factorised(model, None, 0.6, None)
    assert f"0: 20 x 18 at rank {rank}" in notes
    result = dt.improve.factorise(model, (x, y), epochs=20, rank={"0": rank})
    report = result.report
    assert report.after.metrics["loss"] < changed.evaluate(x, y)
    assert report.after.multiply_adds < report.before.multiply_adds
    assert (result.model is model) is not report.paid


def test_mistakes() -> None:
    model = dense()
    for mistake in ({"energy": 0.0}, {"rank": {"0": 50}}, {"epochs": 2}):
        with pytest.raises(ArgumentError):
            dt.improve.factorise(model, **mistake)
    result = dt.improve.factorise(model, rank=17)
    assert result.model is model and "no layer" in result.report.reason
