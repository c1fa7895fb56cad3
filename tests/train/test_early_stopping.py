"""EarlyStopping by hand; tests/hosts/keras/check_callbacks.py compares it with Keras' own."""

from __future__ import annotations

import numpy as np
import pytest

import dovetail as dt
from dovetail.train import EarlyStopping
from tests.train.callbacks import own


def test_patience_by_hand() -> None:
    """The first epoch is the best; `patience` more without progress end it."""
    assert own({"patience": 2}, [1.0, 2.0, 3.0, 4.0]) == (3, 2)
    assert own({"patience": 0}, [1.0, 1.0, 1.0]) == (2, 1)
    best = {"patience": 2, "restore_best_weights": True}
    assert own(best, [3.0, 1.0, 2.0, 2.0, 0.0]) == (4, 1)


def test_a_fit_ends_after_the_patience() -> None:
    model = dt.Sequential(dt.Dense(1))
    model.compile(dt.SGD(0.0), "mean_squared_error")
    x, y = np.ones((4, 2), np.float32), np.ones((4, 1), np.float32)
    stop = EarlyStopping("loss", patience=2)
    for _ in range(2):  # and once more from the start
        history = model.fit(x, y, epochs=9, verbose=0, callbacks=[stop])
        assert len(history.epoch) == 3


def test_what_is_better_is_known_or_said() -> None:
    assert EarlyStopping("val_accuracy").sign == 1.0
    assert EarlyStopping("val_loss").sign == EarlyStopping("mae").sign == -1.0
    assert EarlyStopping("val_auc").sign == EarlyStopping("f1_score").sign == 1.0
    for options in ({"monitor": "within_a_tenth"}, {"monitor": "loss", "mode": "least"}):
        with pytest.raises(dt.DovetailError, match="mode"):
            EarlyStopping(**options)
