"""Callbacks: what they write, how they count (beside Keras), and that training goes on alike."""

from __future__ import annotations

import csv
import math
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, TrainingError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype(np.float32)
Y = (X @ np.array([[1.0], [-2.0], [0.5]], np.float32)).astype(np.float32)


def model(optimizer: Any = None, **settings: Any) -> Any:
    made = dt.Sequential(dt.Dense(4, "tanh"), dt.Dropout(0.2), dt.Dense(1), seed=1)
    made.compile(optimizer or dt.Adam(0.01), "mse", **settings)
    return made


def fit(made: Any, epochs: int, *callbacks: Any, **settings: Any) -> Any:
    given: dict[str, Any] = {"batch_size": 16, "verbose": 0, "seed": 5, **settings}
    return made.fit(X, Y, epochs=epochs, callbacks=callbacks, **given)


def test_the_calls_are_those_of_keras() -> None:
    seen: list[Any] = []

    class Watch(dt.Callback):
        def __getattribute__(self, name: str) -> Any:
            if name.startswith("on_") and not name.startswith(("on_batch", "on_pred")):
                return lambda *args: seen.append((name, *(a for a in args if type(a) is int)))
            return super().__getattribute__(name)

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None: ...

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None: ...

    fit(model(), 1, Watch(), validation_data=(X, Y))
    batches = [(f"on_train_batch_{when}", n) for n in range(3) for when in ("begin", "end")]
    assert seen == [
        ("on_train_begin",), ("on_epoch_begin", 0), *batches, ("on_test_begin",), ("on_test_end",),
        ("on_epoch_end", 0), ("on_train_end",),
    ]  # fmt: skip


def test_functions_as_a_callback() -> None:
    losses: list[float] = []
    made = model()
    callback = dt.LambdaCallback(
        on_train_batch_end=lambda batch, logs: losses.append(logs["loss"]),
        on_epoch_end=lambda epoch, logs: setattr(made, "stop_training", epoch == 1),
    )
    history = fit(made, 9, callback)
    assert len(history.epoch) == 2 and len(losses) == 6


def test_training_ends_within_an_epoch() -> None:
    made = model()
    stop = dt.LambdaCallback(
        on_train_batch_end=lambda batch, logs: setattr(made, "stop_training", batch == 0)
    )
    fit(made, 5, stop)
    assert made._training.slots["step"] == 1


def test_a_loss_that_is_not_finite_ends_the_training(capsys: Any) -> None:
    made = model(dt.SGD(1e30))
    history = fit(made, 5, dt.TerminateOnNaN())
    assert len(history.epoch) == 1 and "terminating" in capsys.readouterr().out
    with pytest.raises(TrainingError):
        fit(model(dt.SGD(1e30)), 5)


def test_a_table_of_the_figures(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    made = model()
    first = fit(made, 2, dt.CSVLogger(path))
    second = fit(made, 1, dt.CSVLogger(path, append=True))
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["0", "1", "0"]
    assert [float(row["loss"]) for row in rows] == [*first["loss"], *second["loss"]]
    fit(made, 1, dt.CSVLogger(path, separator=";"))
    assert path.read_text().startswith("epoch;loss\n0;")


FIGURES = [1.0, 0.9, 0.95, 0.96, 0.91, 0.89995, 0.9, 0.9, 0.8, 0.81, 0.82, 0.83, 0.84, 0.85, 0.86]


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
@pytest.mark.parametrize(
    "settings",
    [{"patience": 2}, {"patience": 1, "cooldown": 2}, {"patience": 2, "min_lr": 0.02},
     {"patience": 0, "mode": "max"}, {"patience": 2, "min_delta": 0.0, "factor": 0.5}],
    ids=str,
)  # fmt: skip
def test_reductions_are_those_of_keras(settings: dict[str, Any]) -> None:
    keras = pytest.importorskip("keras")
    ours, theirs = (kind("loss", **settings) for kind in
                    (dt.ReduceLROnPlateau, keras.callbacks.ReduceLROnPlateau))  # fmt: skip
    one = SimpleNamespace(optimizer=SimpleNamespace(lr=0.1))
    optimizer = keras.optimizers.SGD(0.1)
    other = SimpleNamespace(optimizer=optimizer)
    ours.set_model(one)
    theirs._model = other
    ours.on_train_begin()
    theirs.on_train_begin()
    for epoch, figure in enumerate(FIGURES):
        logs = {"loss": figure}
        ours.on_epoch_end(epoch, logs)
        theirs.on_epoch_end(epoch, {"loss": figure})
        right = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
        assert one.optimizer.lr == pytest.approx(right, rel=1e-6), epoch
    assert "learning_rate" in logs
    with pytest.raises(ArgumentError):
        dt.ReduceLROnPlateau(factor=1.0)


def test_rates_by_a_function() -> None:
    made = model(dt.SGD(0.1))
    history = fit(made, 3, dt.LearningRateScheduler(lambda epoch, lr: lr * 0.5))
    assert history["learning_rate"] == pytest.approx([0.05, 0.025, 0.0125])
    fit(made, 1, dt.LearningRateScheduler(lambda epoch: 0.3))
    assert made.optimizer.lr == 0.3
    with pytest.raises(ArgumentError, match="whose lr is a number"):
        fit(model(dt.SGD(dt.CosineDecay(0.1, 5))), 1, dt.ReduceLROnPlateau("loss"))


def test_files_of_the_best_and_the_latest(tmp_path: Path) -> None:
    made = model()
    every = dt.ModelCheckpoint(tmp_path / "all" / "m-{epoch:02d}-{loss:.3f}.dovetail", keep=2)
    best = dt.ModelCheckpoint(tmp_path / "best.dovetail", "loss", save_best_only=True)
    weights = dt.ModelCheckpoint(
        tmp_path / "w-{epoch}-{batch}.safetensors", save_weights_only=True, save_freq=2
    )
    rates = dt.LearningRateSchedule(lambda epoch: 0.05 if epoch < 3 else -0.2)
    history = fit(made, 5, rates, every, best, weights)
    names = sorted(path.name for path in (tmp_path / "all").iterdir())
    assert names == [f"m-{n + 1:02d}-{history['loss'][n]:.3f}.dovetail" for n in (3, 4)]
    # 15 batches of 3 an epoch: every second one.
    expected = {f"w-{n // 3 + 1}-{n % 3 + 1}.safetensors" for n in range(1, 15, 2)}
    assert {path.name for path in tmp_path.glob("w-*")} == expected
    again = dt.load(tmp_path / "all" / names[-1])
    np.testing.assert_array_equal(again.predict(X), made.predict(X))
    assert best.best == min(history["loss"])
    kept = dt.load(tmp_path / "best.dovetail")
    assert kept._training.slots["step"] == 3 * (int(np.argmin(history["loss"])) + 1)
    other = model()
    other.build(X[:1])
    other.load_weights(sorted(tmp_path.glob("w-5-*"))[-1])
    for wrong in ({"save_freq": 0}, {"keep": 0}):
        with pytest.raises(ArgumentError):
            dt.ModelCheckpoint("x", **wrong)
    with pytest.raises(ArgumentError, match="names among epoch, loss"):
        fit(model(), 1, dt.ModelCheckpoint(tmp_path / "{val_loss}.dovetail"))


def test_tensorboard(tmp_path: Path, monkeypatch: Any) -> None:
    """With a stand-in for the package's writer, which only has to be called."""
    written: list[Any] = []

    class Writer:
        def __init__(self, folder: str) -> None:
            self.name = Path(folder).name

        def add_scalar(self, tag: str, value: float, step: int) -> None:
            written.append((self.name, tag, step, math.isfinite(value)))

        def add_histogram(self, tag: str, values: Any, step: int) -> None:
            written.append((self.name, tag, step, values.size > 0))

        def close(self) -> None:
            written.append((self.name, "closed"))

    monkeypatch.setitem(sys.modules, "tensorboardX", SimpleNamespace(SummaryWriter=Writer))
    made = model()
    board = dt.TensorBoard(tmp_path, histogram_freq=2, update_freq=2)
    fit(made, 2, board, validation_data=(X, Y))
    scalars = [entry for entry in written if entry[1] == "epoch_loss"]
    assert scalars == [(n, "epoch_loss", e, True) for e in (0, 1) for n in ("train", "validation")]
    assert [e[2] for e in written if e[1] == "batch_loss"] == [2, 4, 6]
    assert {e[1] for e in written if e[2:3] == (0,)} >= set(made.parameters())
    assert written[-2:] == [("train", "closed"), ("validation", "closed")]
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(TrainingError, match=r"dovetail\[tensorboard\]"):
        fit(model(), 1, dt.TensorBoard(tmp_path))
