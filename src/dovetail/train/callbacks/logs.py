"""Callbacks that write the figures down, and callbacks of functions."""

from __future__ import annotations

import csv
import importlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dovetail.errors import ArgumentError, TrainingError
from dovetail.train.callbacks.base import Callback


class CSVLogger(Callback):
    """Writes the figures of each epoch as a line of a file; `append` goes on with one."""

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        self.path, self.separator, self.append = Path(filename), separator, append
        self._keys: list[str] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Begins the file."""
        self._keys = None
        if not (self.append and self.path.exists()):
            self.path.write_text("")
            return
        with self.path.open(newline="") as old:
            header = next(csv.reader(old, delimiter=self.separator), None)
        self._keys = header[1:] if header else None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes a line; a figure that is missing is NA."""
        figures = dict(logs or {})
        with self.path.open("a", newline="") as file:
            writer = csv.writer(file, delimiter=self.separator, lineterminator="\n")
            if self._keys is None:
                self._keys = sorted(figures)
                writer.writerow(["epoch", *self._keys])
            writer.writerow([epoch, *(figures.get(key, "NA") for key in self._keys)])

    def get_state(self) -> dict[str, Any]:
        """What the file holds: a restart begins it anew."""
        with self.path.open(newline="") as file:
            return {"text": file.read(), "keys": self._keys}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Go on with a file as it was, without lines of epochs that are run again."""
        with self.path.open("w", newline="") as file:
            file.write(state["text"])
        self._keys = state["keys"]


class TensorBoard(Callback):
    """Writes figures for TensorBoard: of epochs, and with a number `update_freq` of batches.

    With `histogram_freq`, the parameters after every so many epochs. Needs the package tensorboardX
    (`pip install dovetail[tensorboard]`). Figures of training are in the folder "train", those of
    validation in "validation", under Keras' names.
    """

    _resumed = ("_batches",)

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        update_freq: str | int = "epoch",
    ) -> None:
        if update_freq not in ("epoch", "batch") and not isinstance(update_freq, int):
            expected = '"epoch", "batch", or a number of batches'
            raise ArgumentError("TensorBoard", "update_freq", update_freq, expected)
        self.log_dir, self.histogram_freq = Path(log_dir), histogram_freq
        self.every = {"epoch": 0, "batch": 1}.get(str(update_freq), update_freq)
        self._writers: dict[str, Any] = {}
        self._batches = 0

    def on_train_begin(self, logs: Any = None) -> None:
        """Finds the package."""
        self._writer("train")

    def _writer(self, name: str) -> Any:
        if name not in self._writers:
            try:
                package: Any = importlib.import_module("tensorboardX")
            except ImportError as reason:
                raise TrainingError(
                    "the callback TensorBoard needs the package tensorboardX",
                    "the package installed",
                    "pip install dovetail[tensorboard]",
                ) from reason
            self._writers[name] = package.SummaryWriter(str(self.log_dir / name))
        return self._writers[name]

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Writes the figures of every so many batches."""
        self._batches += 1
        if self.every and self._batches % int(self.every) == 0:
            for name, value in (logs or {}).items():
                self._writer("train").add_scalar(f"batch_{name}", value, self._batches)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Writes the figures of the epoch, and the parameters."""
        for name, value in (logs or {}).items():
            validation = name.startswith("val_")
            writer = self._writer("validation" if validation else "train")
            writer.add_scalar(f"epoch_{name.removeprefix('val_')}", value, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for path, array in self.model.parameters().items():
                self._writer("train").add_histogram(path, array, epoch)

    def on_train_end(self, logs: Any = None) -> None:
        """Closes the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}


class LambdaCallback(Callback):
    """A callback of functions: `LambdaCallback(on_epoch_end=lambda epoch, logs: ...)`."""

    def __init__(
        self,
        on_epoch_begin: Callable[[int, Any], Any] | None = None,
        on_epoch_end: Callable[[int, Any], Any] | None = None,
        on_train_begin: Callable[[Any], Any] | None = None,
        on_train_end: Callable[[Any], Any] | None = None,
        on_train_batch_begin: Callable[[int, Any], Any] | None = None,
        on_train_batch_end: Callable[[int, Any], Any] | None = None,
    ) -> None:
        given = {
            "on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin, "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }  # fmt: skip
        vars(self).update({name: each for name, each in given.items() if each is not None})
