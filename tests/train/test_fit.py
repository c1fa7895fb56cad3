"""compile, fit, evaluate and predict."""

from __future__ import annotations

import functools
import io
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import dovetail as dt
from dovetail.compile.cpu import native
from dovetail.data import load_digits
from dovetail.library import SGD, Adam, BatchNorm, Dense, Dropout, Lion
from dovetail.library.losses import LOSSES
from dovetail.library.optimizer_names import OPTIMIZERS
from dovetail.train import Callback, EarlyStopping, LearningRateSchedule, Model, Sequential, fitting
from dovetail.train.metrics import METRICS, binary_accuracy
from dovetail.train.progress import EpochProgress

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 4)).astype(np.float32)
Y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)
LINE = (X @ np.array([1.0, -2.0, 0.5, 0.0]) + 0.3).astype(np.float32)


def classifier(seed: int = 0, **options: Any) -> Any:
    model = Sequential(Dense(8, "tanh"), Dense(2), seed=seed)
    options = {"optimizer": Adam(0.01), "loss": "sparse_categorical_crossentropy", **options}
    model.compile(metrics=["accuracy"], **options)
    return model


def test_one_step_is_the_step_that_numpy_makes() -> None:
    """Forward, loss, backward and update of a linear model, by hand."""
    model = Sequential(Dense(1), seed=0)
    model.compile(optimizer=SGD(0.1, momentum=0.9), loss="mse", metrics=["mae"])
    model.build(X[:1])
    weights = {k: v.astype(np.float64) for k, v in model.parameters().items()}
    kernel, bias = (weights[f"layers.0.{name}"] for name in ("kernel", "bias"))
    velocity: list[Any] = [0.0, 0.0]
    for start in (0, 32, 64):  # the last batch has 6 examples
        x, y = X[start : start + 32].astype(np.float64), LINE[start : start + 32, None]
        error = x @ kernel + bias - y
        figures = model.train_on_batch(X[start : start + 32], LINE[start : start + 32])
        assert figures["loss"] == pytest.approx((error**2).mean(), rel=1e-5)
        assert figures["mae"] == pytest.approx(np.abs(error).mean(), rel=1e-5)
        velocity[0] = 0.9 * velocity[0] + 2 * x.T @ error / len(x)
        velocity[1] = 0.9 * velocity[1] + 2 * error.mean(0)
        kernel, bias = kernel - 0.1 * velocity[0], bias - 0.1 * velocity[1]
        np.testing.assert_allclose(model.get("layers.0.kernel"), kernel, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(model.get("layers.0.bias"), bias, rtol=1e-4, atol=1e-6)


def test_fit_learns_and_records_its_history() -> None:
    model = classifier()
    history = model.fit(X, Y, epochs=30, batch_size=16, verbose=0, validation_split=0.2, seed=1)
    assert history.epoch == list(range(30))
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(values) == 30 for values in history.history.values())
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["val_accuracy"][-1] > 0.85
    loss, accuracy = model.evaluate(X[56:], Y[56:])
    assert accuracy == pytest.approx(history["val_accuracy"][-1])
    assert loss == pytest.approx(history["val_loss"][-1], rel=1e-5)


def test_the_loss_of_an_epoch_is_the_mean_over_examples() -> None:
    """Three batches of 32, 32 and 6: with no learning it is the loss of all at once."""
    model = classifier(optimizer=SGD(0.0))
    history = model.fit(X, Y, seed=0, verbose=0)
    loss, accuracy = model.evaluate(X, Y, batch_size=70)
    assert history["loss"][0] == pytest.approx(loss, rel=1e-5)
    assert history["accuracy"][0] == pytest.approx(accuracy, rel=1e-6)


def test_seeds_fix_everything() -> None:
    def trained(seed: int) -> Any:
        model = Sequential(Dense(8, "relu"), Dropout(0.3), Dense(2), seed=5)
        model.compile(optimizer=Adam(0.01), loss="sparse_categorical_crossentropy")
        model.fit(X, Y, epochs=3, verbose=0, seed=seed)
        return model.predict(X)

    first = trained(1)
    assert (first == trained(1)).all()
    assert (first != trained(2)).any()


def test_training_goes_on_where_it_stopped() -> None:
    once, twice = classifier(), classifier()
    once.fit(X, Y, epochs=4, verbose=0, shuffle=False)
    twice.fit(X, Y, epochs=2, verbose=0, shuffle=False)
    history = twice.fit(X, Y, epochs=4, initial_epoch=2, verbose=0, shuffle=False)
    assert history.epoch == [2, 3]
    assert (once.predict(X) == twice.predict(X)).all()


def test_another_batch_size_compiles_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    model = classifier()
    model.fit(X[:64], Y[:64], batch_size=16, seed=0, verbose=0)
    model.evaluate(X[:64], Y[:64], batch_size=16)
    compiled: list[Any] = []
    original = native._load

    def load(compiler: Any, ir: str) -> Any:
        compiled.append(ir)
        return original(compiler, ir)

    monkeypatch.setattr(native, "_load", load)
    model.fit(X, Y, batch_size=19, seed=0, verbose=0)
    model.evaluate(X, Y, batch_size=24)
    assert compiled == []
    Sequential(Dense(3, lambda x: dt.cos(x) * 17.25))(X)
    assert compiled  # something new does compile, so the list would have seen it


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_optimizers_by_name(name: str) -> None:
    model = classifier(optimizer=name)
    assert type(model.optimizer) is OPTIMIZERS[name]
    history = model.fit(X, Y, epochs=2, seed=0, verbose=0)
    assert np.isfinite(history["loss"]).all()


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_losses_by_name(name: str) -> None:
    model = Sequential(Dense(3, "softmax" if name in ("kl_divergence", "poisson") else None))
    model.compile(optimizer=SGD(0.05), loss=name)
    labels = RNG.integers(0, 3, 70)
    y = labels if "sparse" in name or name == "focal" else np.eye(3, dtype=np.float32)[labels]
    history = model.fit(X, 2 * y - 1 if name == "hinge" else y, epochs=8, verbose=0, seed=0)
    assert history["loss"][-1] < history["loss"][0]


def test_own_loss_metric_and_optimizer() -> None:
    class Plain(dt.Optimizer):
        lr: float = 0.02

        def update(self, param: Any, grad: Any) -> Any:
            return param - self.lr * grad

    def margin(predictions: Any, targets: Any) -> Any:
        return predictions[:, 0] - predictions[:, 1]

    @dt.loss
    def squared(predictions: Any, labels: Any, power: float = 2.0) -> Any:
        return dt.sum((predictions - dt.one_hot(labels, 2)) ** power, axis=-1)

    model = Sequential(Dense(2), seed=0)
    model.compile(optimizer=Plain(), loss=functools.partial(squared, power=4.0), metrics=[margin])
    history = model.fit(X, Y, epochs=5, seed=0, verbose=0)
    assert history["loss"][-1] < history["loss"][0]
    scores = model.predict(X)
    found = model.evaluate(X, Y, return_dict=True)
    assert found["margin"] == pytest.approx((scores[:, 0] - scores[:, 1]).mean(), abs=1e-5)


def test_states_of_layers_move_in_training_only() -> None:
    model = Sequential(BatchNorm(momentum=0.5), Dense(2))
    model.compile(optimizer=SGD(0.1), loss="sparse_categorical_crossentropy")
    model.fit(X, Y, batch_size=70, shuffle=False, verbose=0)
    moved = model.get("layers.0.running_mean").copy()
    np.testing.assert_allclose(moved, 0.5 * X.mean(0), rtol=1e-4, atol=1e-6)
    model.evaluate(X, Y)
    model.predict(X)
    assert (model.get("layers.0.running_mean") == moved).all()


def test_a_subclass_of_model() -> None:
    class Residual(Model):
        units: int
        features: int = dt.from_input(axis=-1)
        mix = dt.Parameter("features", "features", init="glorot_uniform")
        head = dt.Parameter("features", "units", init="glorot_uniform")

        def forward(self, x: Any) -> Any:
            return (x + dt.tanh(x @ self.mix)) @ self.head

    model = Residual(2, seed=0)
    model.compile(Lion(0.01, clip_norm=1.0), "sparse_categorical_crossentropy", ["accuracy"])
    history = model.fit(X, Y, epochs=15, seed=0, verbose=0)
    assert history["accuracy"][-1] > 0.8


@pytest.mark.parametrize("shape", [(70,), (70, 1)])
def test_binary_and_regression_targets_align(shape: tuple[int, ...]) -> None:
    model = Sequential(Dense(1), seed=0)
    metrics: Any = ["accuracy", functools.partial(binary_accuracy, threshold=0.5)]
    model.compile(Adam(0.05), "binary_cross_entropy", metrics)
    history = model.fit(X, Y.reshape(shape), epochs=40, seed=0, verbose=0)
    assert history["accuracy"][-1] > 0.9
    model.compile(Adam(0.05), "mse", ["mae"])
    history = model.fit(X, LINE.reshape(shape), epochs=60, seed=0, verbose=0)
    assert history["mae"][-1] < 0.1


def test_metrics_against_numpy() -> None:
    scores = RNG.normal(size=(70, 7)).astype(np.float32)
    labels = RNG.integers(0, 7, 70)
    one_hot = np.eye(7, dtype=np.float32)[labels]
    rank = (scores > scores[np.arange(70), labels][:, None]).sum(-1)
    expected: dict[str, tuple[Any, Any]] = {
        "accuracy": (labels, scores.argmax(-1) == labels),
        "sparse_categorical_accuracy": (labels, scores.argmax(-1) == labels),
        "categorical_accuracy": (one_hot, scores.argmax(-1) == labels),
        "binary_accuracy": (one_hot, (scores > 0) == (one_hot > 0.5)),
        "top_5_accuracy": (labels, rank < 5),
        "mean_absolute_error": (one_hot, np.abs(scores - one_hot)),
        "mean_squared_error": (one_hot, (scores - one_hot) ** 2),
    }
    means = {each for each in METRICS.values() if not isinstance(each, dt.StatefulMetric)}
    assert {METRICS[name] for name in expected} == means
    for name, (targets, values) in expected.items():
        found = dt.op(METRICS[name])(scores, targets)
        np.testing.assert_allclose(found, values, rtol=1e-5, atol=1e-6)


def test_callbacks() -> None:
    seen: list[Any] = []

    class Watch(Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            seen.append((epoch, self.model.optimizer.lr))

        def on_batch_end(self, step: int, figures: Any) -> None:
            seen.append(step)

        def on_epoch_end(self, epoch: int, figures: Any) -> None:
            self.model.stop_training = epoch == 1

    model = classifier()
    schedule = LearningRateSchedule(lambda epoch: 0.1 / (epoch + 1))
    history = model.fit(X, Y, epochs=9, seed=0, verbose=0, callbacks=[schedule, Watch()])
    assert history.epoch == [0, 1]
    assert seen == [(0, 0.1), 0, 1, 2, (1, 0.05), 0, 1, 2]


def test_early_stopping_restores_the_best() -> None:
    model = classifier(optimizer=SGD(0.5))
    schedule = LearningRateSchedule(lambda epoch: 0.5 if epoch < 5 else -0.5)  # then it gets worse
    stop = EarlyStopping("loss", patience=2, restore_best_weights=True)
    history = model.fit(X, Y, epochs=30, verbose=0, callbacks=[schedule, stop], shuffle=False)
    assert len(history.epoch) < 15
    assert stop.best_epoch == int(np.argmin(history["loss"]))
    assert model.evaluate(X, Y)[0] < history["loss"][-1]


def test_predict_needs_no_compile_and_joins_batches() -> None:
    model = Sequential(Dense(3), seed=1)
    assert model.predict(X, batch_size=32).shape == (70, 3)
    np.testing.assert_allclose(model.predict(X, batch_size=7), model(X), rtol=1e-5, atol=1e-6)


def test_float64_data_and_lists_are_taken() -> None:
    model = classifier()
    model.fit(X.astype(np.float64).tolist(), Y.tolist(), verbose=0)
    assert model.predict(X.astype(np.float64)).dtype == np.float32


def test_uint8_images() -> None:
    digits = load_digits()
    assert [a.shape for a in digits] == [(8000, 28, 28), (8000,), (2000, 28, 28), (2000,)]
    model = Sequential(dt.Flatten(), Dense(10), seed=0)
    model.compile(Adam(1e-3), "sparse_categorical_crossentropy", ["accuracy"])
    history = model.fit(digits.x_train[:2000], digits.y_train[:2000], epochs=3, seed=0, verbose=0)
    assert history["accuracy"][-1] > 0.7


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("verbose", [0, 1, 2])
def test_progress(terminal: bool, verbose: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=100)
    monkeypatch.setattr(fitting, "EpochProgress", functools.partial(EpochProgress, console=console))
    classifier().fit(X, Y, epochs=2, verbose=verbose)
    text = stream.getvalue()
    if verbose == 0:
        assert text == ""
        return
    assert "epoch 1/2  loss " in text and "accuracy" in text
    if not terminal:
        assert "\x1b" not in text
        assert len(text.splitlines()) == 2


def test_a_long_epoch_leaves_lines_in_a_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dovetail.train.progress.LOGGED", 0.0)
    stream = io.StringIO()
    with EpochProgress(1, "epoch 1/1", 4, Console(file=stream, width=100)) as progress:
        for step in range(1, 5):
            progress.advance(step, lambda: {"loss": 0.5})
        progress.finish({"loss": 0.25, "tiny": 1.5e-5})
    lines = stream.getvalue().splitlines()
    assert len(lines) == 5
    assert lines[0].startswith("epoch 1/1  step 1/4, 0 s left  loss 0.5000")
    assert lines[4].startswith("epoch 1/1  loss 0.2500  tiny 1.50e-05  (")


def test_an_interrupted_epoch_says_where() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=100)
    with pytest.raises(KeyboardInterrupt), EpochProgress(1, "epoch 2/3", None, console) as progress:
        progress.advance(7, dict)
        raise KeyboardInterrupt
    assert "epoch 2/3  interrupted after step 7" in stream.getvalue()
    assert progress.bar is None


def test_a_notebook_shows_an_epoch_in_one_output(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def display(data: Any, raw: bool = False, display_id: bool = False) -> Any:
        assert raw and display_id
        shown.append(data["text/plain"])
        return SimpleNamespace(update=lambda data, raw: shown.append(data["text/plain"]))

    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))  # pyright: ignore
    monkeypatch.setattr("dovetail.train.progress.REFRESH", 0.0)
    stream = io.StringIO()
    console = Console(file=stream, force_jupyter=True, width=100)
    with EpochProgress(1, "epoch 1/1", 4, console) as progress:
        progress.advance(3, lambda: {"loss": 0.5})
        progress.finish({"loss": 0.25})
    assert stream.getvalue() == ""
    first, bar, last = shown
    assert first == "epoch 1/1"
    assert "3/4" in bar and "loss 0.5000" in bar and "\x1b" not in bar
    assert last.startswith("epoch 1/1  loss 0.2500  (")
