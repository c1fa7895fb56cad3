"""What is wrong is said before it does harm: each error names value, expectation and remedy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dovetail import errors
from dovetail.library import SGD, Dense
from dovetail.train import EarlyStopping, Sequential

X = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
Y = np.arange(20) % 3


def model(units: int = 3, loss: Any = "sparse_categorical_crossentropy", **options: Any) -> Any:
    made = Sequential(Dense(units), seed=0)
    made.compile(SGD(0.1), loss, ["accuracy"] if loss != "mse" else [], **options)
    return made


def changed(array: Any, index: Any, value: Any) -> Any:
    result = array.copy()
    result[index] = value
    return result


CASES: list[tuple[str, Any, type[Exception], str]] = [
    ("lengths", lambda: model().fit(X, Y[:19]), errors.ShapeError, "20 .* 19"),
    ("lengths of validation",
     lambda: model().fit(X, Y, validation_data=(X, Y[:5])), errors.ShapeError, "20 .* 5"),
    ("no examples", lambda: model().fit(X[:0], Y[:0]), errors.ShapeError, r"\(0, 4\)"),
    ("a number", lambda: model().predict(3.0), errors.ShapeError, r"\(\)"),
    ("label too large", lambda: model().fit(X, changed(Y, 7, 3)), errors.IndexingError,
     r"label 3 at index \[7\].*\n.*0 to 2"),
    ("label negative", lambda: model().fit(X, changed(Y, 2, -1)), errors.IndexingError,
     r"label -1 at index \[2\]"),
    ("label in validation", lambda: model().fit(X, Y, validation_data=(X, Y + 1)),
     errors.IndexingError, "label 3"),
    ("label in evaluate", lambda: model().evaluate(X, Y + 5), errors.IndexingError, "label 5"),
    ("label for an own loss", lambda: model(loss=lambda p, y: (p - p) [:, 0]).fit(X, Y + 9),
     errors.IndexingError, "label 9"),
    ("labels as floats", lambda: model().fit(X, Y.astype(np.float32)), errors.DTypeError,
     "float32"),
    ("NaN in x", lambda: model().fit(changed(X, (3, 1), np.nan), Y), errors.TrainingError,
     r"x holds 1 .*nan at \[3, 1\]"),
    ("infinity in y", lambda: model(1, "mse").fit(X, changed(X[:, 0], 4, np.inf)),
     errors.TrainingError, r"y holds 1 .*inf at \[4\]"),
    ("target shape", lambda: model(3, "mse").fit(X, X), errors.ShapeError,
     r"\('n', 3\).*\('n', 4\)"),
    ("labels for regression", lambda: model(3, "mse").fit(X, X[:, 0]), errors.ShapeError,
     "mean_squared_error"),
    ("one-hot for sparse", lambda: model().fit(X, np.eye(3)[Y]), errors.ShapeError,
     "sparse"),
    ("no compile", lambda: Sequential(Dense(2)).fit(X, Y), errors.TrainingError, "fit"),
    ("optimizer name", lambda: Sequential(Dense(2)).compile("adamm"), errors.UnknownNameError,
     "'adamm'.*optimizer[^$]*adamw"),
    ("loss name", lambda: model(loss="crossentropy"), errors.UnknownNameError, "crossentropy"),
    ("metric name", lambda: Sequential(Dense(2)).compile("sgd", "mse", ["acuracy"]),
     errors.UnknownNameError, "acuracy"),
    ("optimizer class", lambda: Sequential(Dense(2)).compile(SGD), errors.ArgumentError,
     "optimizer"),
    ("batch size", lambda: model().fit(X, Y, batch_size=0), errors.ArgumentError, "batch_size"),
    ("batch size as float", lambda: model().fit(X, Y, batch_size=2.5), errors.ArgumentError,
     "2.5"),
    ("epochs", lambda: model().fit(X, Y, epochs=-1), errors.ArgumentError, "epochs"),
    ("split", lambda: model().fit(X, Y, validation_split=1.5), errors.ArgumentError, "1.5"),
    ("split that leaves nothing", lambda: model().fit(X, Y, validation_split=0.99),
     errors.ArgumentError, "0.99"),
    ("verbose", lambda: model().fit(X, Y, verbose="loud"), errors.ArgumentError, "loud"),
    ("monitor", lambda: model().fit(X, Y, verbose=0, callbacks=[EarlyStopping("val_loss")]),
     errors.UnknownNameError, "val_loss"),
    ("texts", lambda: model().fit(np.array([["a"]] * 20), Y), errors.DTypeError, "U1"),
]  # fmt: skip


@pytest.mark.parametrize(("action", "kind", "words"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
def test_errors(action: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        action()
    assert isinstance(caught.value, errors.DovetailError)
    assert "expected" in str(caught.value)


def test_nothing_is_trained_on_bad_labels() -> None:
    made = model()
    made.fit(X, Y, verbose=0)
    before = made.get_weights()
    with pytest.raises(errors.IndexingError, match="no class"):
        made.fit(X, changed(Y, 19, 3), verbose=0)
    assert all((before[path] == value).all() for path, value in made.get_weights().items())


def test_a_loss_that_is_not_finite_stops_the_training() -> None:
    made = model(1, "mse")
    made.fit(X, X[:, 0], verbose=0)
    before = made.get_weights()
    large = (X * 1e25).astype(np.float32)
    with pytest.raises(errors.TrainingError, match=r"inf in epoch 1, batch 1.*\n[^$]*clip"):
        made.fit(large, X[:, 0], verbose=0)
    assert all((before[path] == value).all() for path, value in made.get_weights().items())


def test_a_loss_that_is_not_finite_may_be_allowed() -> None:
    made = model(1, "mse", stop_on_nan=False)
    history = made.fit((X * 1e25).astype(np.float32), X[:, 0], verbose=0)
    assert not np.isfinite(history["loss"][0])
