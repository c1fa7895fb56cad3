"""Trainings that are interrupted and go on, in this process or in one that is killed.

As a program, `python -m tests.train.resumed FOLDER`: one training in a process for each of
`DEATHS`, which ends itself by SIGKILL there, and a last one that ends well and writes `result`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import dovetail as dt
from dovetail.files import values
from dovetail.train.objective import Objective

EPOCHS, BATCH = 3, 8
RNG = np.random.default_rng(0)
X = RNG.normal(size=(37, 4)).astype(np.float32)  # 5 batches, the last one smaller
Y = (X[:, 0] > 0.3 * X[:, 1]).astype(np.float32)
SEQUENCES = [RNG.normal(size=(length, 4)).astype(np.float32) for length in RNG.integers(2, 9, 37)]


class Batches:
    """A sequence of batches, read by number."""

    def __len__(self) -> int:
        return 5

    def __getitem__(self, number: int) -> Any:
        part = slice(number * BATCH, (number + 1) * BATCH)
        return X[part], Y[part]


class Reader:
    """An iterator without an end that says where it is."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(3)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        rows = self.rng.integers(0, len(X), BATCH)
        return X[rows], Y[rows]

    def state_dict(self) -> dict[str, Any]:
        return {"rng": self.rng.bit_generator.state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.rng.bit_generator.state = state["rng"]


class Augmented(Batches):
    """A sequence whose batches depend on random numbers, and on the epoch."""

    def __init__(self) -> None:
        self.epoch, self.rng = 0, np.random.default_rng(1)

    def __getitem__(self, number: int) -> Any:
        x, y = super().__getitem__(number)
        return x + self.rng.normal(size=x.shape).astype(np.float32) * self.epoch, y

    def on_epoch_end(self) -> None:
        self.epoch += 1

    def get_state(self) -> dict[str, Any]:
        return {"epoch": self.epoch, "rng": self.rng.bit_generator.state}

    def set_state(self, state: dict[str, Any]) -> None:
        self.epoch, self.rng.bit_generator.state = state["epoch"], state["rng"]


DATA: dict[str, Callable[[], dict[str, Any]]] = {
    "arrays": lambda: {"x": X, "y": Y, "batch_size": BATCH, "seed": 5},
    "in order": lambda: {"x": X, "y": Y, "batch_size": BATCH, "shuffle": False},
    "sequence": lambda: {"x": Batches(), "seed": 6},
    "augmented": lambda: {"x": Augmented(), "seed": 4},
    "buckets": lambda: {"x": dt.Buckets(SEQUENCES, Y, BATCH, boundaries=[5, 8], seed=2), "seed": 8},
    "reader": lambda: {"x": Reader(), "steps_per_epoch": 5},
}
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "averages": {"gradient_accumulation_steps": 3, "ema_momentum": 0.9},
    "float16": {"precision": "mixed_float16", "gradient_accumulation_steps": 2},
    "float64": {"precision": "float64"},
}


class MeanOverTime(dt.Layer):
    def forward(self, x: Any) -> Any:
        return dt.mean(x, axis=1) if x.ndim == 3 else x


def model(settings: str = "plain", optimizer: Any = None) -> Any:
    made = dt.Sequential(
        MeanOverTime(), dt.Dense(6, "tanh"), dt.BatchNorm(), dt.Dropout(0.3), dt.Dense(1), seed=1
    )
    optimizer = optimizer or dt.AdamW(0.02, weight_decay=0.1)
    loss = "binary_cross_entropy"
    made.compile(optimizer, loss, ["accuracy", dt.AUC(from_logits=True)], **SETTINGS[settings])
    return made


def callbacks(folder: Path) -> list[Any]:
    return [
        dt.LearningRateScheduler(lambda epoch, lr: lr * 0.8),
        dt.ReduceLROnPlateau("val_loss", patience=1, factor=0.5, min_delta=0.5),
        # The first epoch is the best.
        dt.EarlyStopping("learning_rate", patience=5, mode="max", restore_best_weights=True),
        dt.CSVLogger(folder / "log.csv"),
    ]


def trained(
    folder: Path, data: str, settings: str, *watching: Any, save_freq: Any = 2
) -> dict[str, Any]:
    """Everything that a training leaves behind."""
    folder.mkdir(exist_ok=True)
    made = model(settings)
    backup = dt.BackupAndRestore(folder / "backup", save_freq)
    history = made.fit(
        epochs=EPOCHS, verbose=0, callbacks=[backup, *callbacks(folder), *watching],
        validation_data=(X, Y), **DATA[data](),
    )  # fmt: skip
    assert isinstance(made._training.objective, Objective)
    training = {
        name: getattr(made._training, name)
        for name in ("slots", "averages", "gradients", "loss_scale", "pending")
    }
    return {
        "weights": made.get_weights(), "training": training, "lr": made.optimizer.lr,
        "history": history.history, "epochs": history.epoch,
        "log": (folder / "log.csv").read_text(),
    }  # fmt: skip


# Processes that are killed.


class Death(dt.Callback):
    """Ends the process by SIGKILL at the `count`-th call of a method, or of os.replace."""

    def __init__(self, method: str, count: int) -> None:
        self.left = count
        if method.startswith("replace"):
            replace = os.replace

            def killing(*args: Any) -> None:
                if method == "replace before":
                    self.tick()
                replace(*args)
                if method == "replace":
                    self.tick()

            os.replace = killing  # type: ignore[assignment]
        else:
            setattr(self, method, self.tick)

    def tick(self, *args: Any) -> None:
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


DEATHS = [
    ("on_train_batch_end", 1),  # before anything was saved
    ("on_train_batch_begin", 4),
    ("replace before", 1),  # the file is written, and has not replaced the old one
    ("on_train_batch_end", 2),  # of the last batch of an epoch
    ("on_epoch_end", 1),
    ("replace", 2),
    ("on_test_end", 1),
    ("on_train_end", 1),
]


def main(folder: Path) -> None:
    for method, count in DEATHS:
        process = os.fork()
        if not process:
            trained(folder, "arrays", "averages", Death(method, count))
            os._exit(1)  # it was to be killed
        _, status = os.waitpid(process, 0)
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (method, status)
    values.write(folder / "result", trained(folder, "arrays", "averages"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
