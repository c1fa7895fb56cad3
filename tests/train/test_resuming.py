"""Trainings that were interrupted anywhere end with the same bits as those that were not."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dovetail as dt
from dovetail.errors import ArgumentError, SerialisationError, TrainingError
from dovetail.files import values
from dovetail.language.tree import flatten
from tests.train import resumed
from tests.train.resumed import BATCH, DATA, X, Y, model, trained


class Interrupted(BaseException):
    """Nothing catches it."""


class Interruption(dt.Callback):
    """Raises after so many batches."""

    def __init__(self, count: int) -> None:
        self.left = count

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.left -= 1
        if self.left < 0:
            raise Interrupted


def same(found: Any, expected: Any) -> None:
    (leaves, structure), (others, other) = flatten(found), flatten(expected)
    assert structure == other
    for (path, one), (_, two) in zip(leaves, others, strict=True):
        one, two = np.asarray(one), np.asarray(two)
        assert one.dtype == two.dtype and one.tobytes() == two.tobytes(), path


CASES = [(data, "plain", 2) for data in DATA] + [
    ("arrays", "float16", 1), ("arrays", "float64", 4), ("augmented", "plain", "epoch"),
    ("reader", "plain", "epoch"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "settings", "save_freq"), CASES)
def test_interrupted_after_some_steps(
    tmp_path: Path, data: str, settings: str, save_freq: Any
) -> None:
    """In the second epoch, after batches that are not saved and are run again."""
    whole = trained(tmp_path / "whole", data, settings, save_freq=save_freq)
    with pytest.raises(Interrupted):
        trained(tmp_path / "own", data, settings, Interruption(8), save_freq=save_freq)
    same(trained(tmp_path / "own", data, settings, save_freq=save_freq), whole)
    assert not (tmp_path / "own" / "backup").exists()  # the training has ended


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL and fork")
def test_killed_at_eight_points(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole", "arrays", "averages")
    command = [sys.executable, "-m", "tests.train.resumed", str(tmp_path / "own")]
    (tmp_path / "own").mkdir()
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    same(values.read(tmp_path / "own" / "result"), whole)
    assert not (tmp_path / "own" / "backup").exists()


def fit(made: Any, folder: Path, *callbacks: Any, **settings: Any) -> Any:
    given: dict[str, Any] = {"x": X, "y": Y, "batch_size": BATCH, **settings}
    backup = dt.BackupAndRestore(folder, 1)
    return made.fit(epochs=2, verbose=0, callbacks=[*callbacks, backup], **given)


def test_another_program_does_not_go_on(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        fit(model(), tmp_path, Interruption(2), seed=3)
    for made, settings, message in (
        (model(), {"seed": 4}, "seed 3 was saved"),
        (model(), {"shuffle": False}, "seed 3 was saved"),
        (model(), {"batch_size": 4}, "batch_size 4, and had 8"),
        (model(), {"x": X[:30], "y": Y[:30]}, "examples 30, and had 37"),
        (model("averages"), {}, "gradient_accumulation_steps 1 was saved"),
        (model(optimizer=dt.SGD(0.1)), {}, "optimizer AdamW was saved"),
        (model(), {"x": X[:, :3]}, "parameters"),
    ):
        with pytest.raises(TrainingError, match=message):
            fit(made, tmp_path, **settings)
    place = tmp_path / dt.BackupAndRestore.NAME
    content = bytearray(place.read_bytes())
    content[len(content) // 2] ^= 1
    place.write_bytes(content)
    with pytest.raises(SerialisationError, match="to begin anew"):
        fit(model(), tmp_path)


def test_data_that_cannot_say_where_it_is(tmp_path: Path) -> None:
    class Shuffled(resumed.Batches):
        def on_epoch_end(self) -> None: ...

    class Loader:
        def __iter__(self) -> Any:
            return (resumed.Batches()[n] for n in range(5))

    generator = (resumed.Batches()[n % 5] for n in range(100))
    for data, steps in ((generator, 5), (Shuffled(), None), (Loader(), None)):
        with pytest.raises(TrainingError, match="exact=False"):
            fit(model(), tmp_path, x=data, y=None, batch_size=None, steps_per_epoch=steps)
    # A loader that always yields the same goes on after as many batches: here with the same bits.
    results: list[Any] = []
    for interrupted in (False, True):
        made = model()
        backup = dt.BackupAndRestore(tmp_path / "loose", 1, exact=False)
        if interrupted:
            with pytest.raises(Interrupted):
                made.fit(Loader(), verbose=0, callbacks=[backup, Interruption(3)])
            made = model()
        made.fit(Loader(), verbose=0, callbacks=[backup])
        results.append(made.get_weights())
    same(*results)
    for wrong in (0, "batch", True):
        with pytest.raises(ArgumentError):
            dt.BackupAndRestore("x", wrong)


def test_a_training_that_has_ended_does_not_go_on(tmp_path: Path) -> None:
    """It was stopped, and killed before the file was removed."""
    made = model()
    stop = dt.LambdaCallback(on_epoch_end=lambda epoch, logs: setattr(made, "stop_training", True))

    def killed(logs: Any) -> None:
        raise Interrupted

    kept = dt.BackupAndRestore(tmp_path)
    with pytest.raises(Interrupted):
        made.fit(X, Y, epochs=4, verbose=0, callbacks=[
            kept, stop, dt.LambdaCallback(on_train_end=killed)])  # fmt: skip
    other = model()
    history = other.fit(X, Y, epochs=4, verbose=0, callbacks=[kept])
    assert history.epoch == [0]
    same(other.get_weights(), made.get_weights())


class Normalised(dt.Optimizer):
    """SGD by the direction of all gradients together: no file holds its `prepare`."""

    lr: float = 0.1
    norm = dt.Shared()

    def prepare(self, params: Any, grads: Any) -> None:
        self.norm = dt.sqrt(sum(dt.sum(g * g) for g in grads))

    def update(self, param: Any, grad: Any) -> Any:
        return param - self.lr * grad / self.norm


@dataclass(frozen=True)
class Largest(dt.StatefulMetric):
    """The largest prediction of an epoch."""

    def state(self) -> Any:
        return {"most": np.full((), -np.inf)}

    def update(self, state: Any, predictions: Any, targets: Any, weights: Any) -> Any:
        return {"most": dt.maximum(state["most"], dt.max(predictions))}

    def result(self, state: Any) -> Any:
        return state["most"]


def test_definitions_that_no_file_holds_go_on(tmp_path: Path) -> None:
    def made(*metrics: Any) -> Any:
        found = dt.Sequential(dt.Dense(4, "tanh"), dt.Dense(1), seed=0)
        found.compile(Normalised(0.1), "mse", metrics)
        return found

    def run(one: Any, folder: Path, *callbacks: Any) -> Any:
        return fit(one, folder, *callbacks, y=Y[:, None], seed=1).history

    whole, again = made(Largest()), made(Largest())
    history = run(whole, tmp_path / "whole")
    with pytest.raises(Interrupted):
        run(made(Largest()), tmp_path / "own", Interruption(7))
    same(run(again, tmp_path / "own"), history)
    same(again.get_weights(), whole.get_weights())
    with pytest.raises(SerialisationError, match="it has prepare"):
        whole.save(tmp_path / "m.dovetail")
