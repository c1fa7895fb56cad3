"""The products: how baskets are divided, the check for leaks, trivial methods, and other hosts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from common.data import DataError
from common.frameworks import losses
from products import data, model

import dovetail as dt
from tests.examples.hosts import HOSTS, predicted

EXAMPLES = Path(__file__).parents[2] / "examples"
RNG = np.random.default_rng(0)
X = (RNG.random((40, 12)) < 0.3).astype(np.float32)


@pytest.fixture(scope="module")
def shop() -> Any:
    return data.load()


def test_later_baskets_are_tested(shop: Any) -> None:
    train, test = data.split(shop)
    assert train + test == list(range(len(shop))) and len(test) == 100
    data.check_apart(shop, train, test)
    inside = data.split(shop, validation=True)
    assert inside[0] + inside[1] == train
    with pytest.raises(DataError, match="1 of 100 baskets"):
        data.check_apart(shop, [*train, test[4]], test)
    assert all(len(set(each)) == len(each) > 1 for each in shop.baskets)


def test_one_product_is_hidden(shop: Any) -> None:
    test = data.split(shop)[1]
    hidden = data.hide(shop, test, 3)
    for number, rest, product in zip(test, hidden.rest, hidden.product, strict=True):
        assert sorted([*np.flatnonzero(rest), product]) == sorted(shop.baskets[number])
    assert (data.hide(shop, test, 4).product != hidden.product).any()


def test_hits_are_counted_among_all_other_products() -> None:
    hidden = data.Hidden(np.array([[1.0, 0.0, 0.0, 0.0]] * 3), np.array([1, 2, 3]))
    scores = np.array([[9.0, 3.0, 2.0, 1.0], [9.0, 3.0, 1.0, 2.0], [0.0, 1.0, 1.0, 1.0]])
    assert data.hit_rate(scores, hidden, 1) == pytest.approx(1 / 3)
    assert data.hit_rate(scores, hidden, 2) == pytest.approx(
        2 / 3
    )  # the third shares places 0 to 2
    counts = data.together(X, data.Hidden(X[:2], np.zeros(2, int)))
    right = sum(X[:, j] * X[:, 3] for j in np.flatnonzero(X[0]) if j != 3).sum()
    assert counts[0, 3] == right


def test_the_optimum_is_that_of_ease() -> None:
    """With squared errors and L2 it has a closed form: Steck 2019, arXiv:1905.03375."""
    inverse = np.linalg.inv(X.T.astype(float) @ X + 20.0 * np.eye(12))
    right = -inverse / np.diag(inverse)
    np.fill_diagonal(right, 0.0)
    found = model.train(X, epochs=600).get_weights()["layers.0.kernel"].copy()
    np.fill_diagonal(found, 0.0)
    np.testing.assert_allclose(found, right, atol=2e-3)


@pytest.mark.parametrize("host", HOSTS)
def test_other_hosts(host: str) -> None:
    trained = model.train(X, epochs=5)
    np.testing.assert_allclose(predicted(trained, host, X), trained.predict(X), atol=1e-6)
    batches = [(X[n : n + 8], X[n : n + 8]) for n in range(20)]
    embedded, other = (
        losses(each, model.made(12), dt.mean_squared_error, dt.Adam, {"lr": 0.01}, batches)
        for each in (None, host)
    )
    np.testing.assert_allclose(other, embedded, rtol=1e-4)


def test_the_saved_model_in_a_fresh_process(shop: Any, tmp_path: Path) -> None:
    trained = model.train(data.rows(shop, data.split(shop)[0][:50]), epochs=2)
    trained.save(tmp_path / "products.dovetail")
    basket = [shop.codes[each] for each in shop.baskets[0][:3]]
    program = str(EXAMPLES / "products" / "predict.py")
    done = subprocess.run(
        [sys.executable, program, "--model", str(tmp_path / "products.dovetail"), *basket],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    x = np.zeros((1, len(shop.codes)), np.float32)
    x[0, shop.baskets[0][:3]] = 1.0
    scores = np.where(x > 0, -np.inf, trained.predict(x))[0]
    line = next(line for line in done.stdout.splitlines() if line.startswith("│"))
    assert shop.codes[scores.argmax()] in line and f"{scores.max():.3f}" in line, done.stderr
    with pytest.raises(DataError, match="no product"):
        shop.number("xyzzy")
