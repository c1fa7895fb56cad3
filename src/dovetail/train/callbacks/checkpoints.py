"""Callbacks that write files, and begin again where a training was interrupted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dovetail.errors import ArgumentError, SerialisationError
from dovetail.files import values
from dovetail.train.callbacks.base import Callback, check_save_freq, monitored, sign_of


class ModelCheckpoint(Callback):
    """Saves the model after each epoch, or after every `save_freq` batches.

    `filepath` may hold the epoch (from 1), the batch and figures: "m-{epoch:02d}-{val_loss:.3f}
    .dovetail". `save_best_only`: where the monitored figure is the best so far, beyond
    `initial_value_threshold`. `save_weights_only`: the weights alone, as `save_weights` writes
    them. `keep`: how many of its files are left, the latest.
    """

    _resumed = ("best", "files", "_batches")

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
        *,
        keep: int | None = None,
    ) -> None:
        check_save_freq(self, save_freq)
        if keep is not None and keep < 1:
            raise ArgumentError("ModelCheckpoint", "keep", keep, "None, or a number from 1")
        self.filepath, self.monitor, self.verbose = os.fspath(filepath), monitor, verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.sign = sign_of(monitor, mode) if save_best_only else 0.0
        self.save_freq, self.keep = save_freq, keep
        self.best = initial_value_threshold
        self.files: list[str] = []  # that it has written and not removed
        self._epoch, self._batches = 0, 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remembers the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Saves after so many batches."""
        if isinstance(self.save_freq, int):
            self._batches += 1
            if self._batches % self.save_freq == 0:
                self._save(self._epoch, batch, logs)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Saves after the epoch."""
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _save(self, epoch: int, batch: int | None, logs: Any) -> None:
        if self.save_best_only:
            figure = monitored(self.monitor, logs)
            if self.best is not None and not self.sign * (figure - self.best) > 0:
                return
            self.best = figure
        names = {"epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1})}
        try:
            path = self.filepath.format(**names, **(logs or {}))
        except KeyError as reason:
            known = ", ".join([*names, *(logs or {})])
            raise ArgumentError(
                "ModelCheckpoint", "filepath", self.filepath, f"names among {known}"
            ) from reason
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        if self.verbose > 0:
            print(f"Epoch {epoch + 1}: saving model to {path}")
        self.files = [each for each in self.files if each != path] + [path]
        while self.keep is not None and len(self.files) > self.keep:
            Path(self.files.pop(0)).unlink(missing_ok=True)


class BackupAndRestore(Callback):
    """Saves the training, so that the next call of `fit` resumes it.

    It saves after each epoch, or after every `save_freq` batches. A resumed training gives the same
    bits as an uninterrupted one: parameters, states of layers and optimizer, random keys, order of
    the examples and position in it, sums of metrics, the history, and the other callbacks, as
    far as they have a state (`Callback.get_state`). The data must report how far it has been read
    (docs/training.md); with `exact=False` any data may be used, and then the
    batches are others. The file is in `backup_dir`, and removed when the training has ended,
    unless `delete_checkpoint` is false.
    """

    NAME = "training.backup"

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str | int = "epoch",
        delete_checkpoint: bool = True,
        *,
        exact: bool = True,
    ) -> None:
        check_save_freq(self, save_freq)
        self.folder, self.save_freq = Path(backup_dir), save_freq
        self.delete_checkpoint, self.exact = delete_checkpoint, exact
        self.saved: Any = None  # what `fit` resumes

    def on_train_begin(self, logs: Any = None) -> None:
        """Reads what was saved, if anything was."""
        place = self.folder / self.NAME
        self.saved = None
        if place.exists():
            try:
                self.saved = values.read(place)
            except SerialisationError as reason:
                reason.remedy = f"remove {self.folder} to begin anew"
                reason.args = (str(reason),)
                raise

    def is_due(self, steps: int | None) -> bool:
        """Whether to save after this many batches; None at the end of an epoch."""
        if isinstance(self.save_freq, int):
            return steps is not None and steps % self.save_freq == 0
        return steps is None

    def save(self, state: Any) -> None:
        """Write the state of a training, in place of an earlier one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        values.write(self.folder / self.NAME, state)

    def on_train_end(self, logs: Any = None) -> None:
        """Removes the file, and what an interrupted save has left."""
        self.saved = None
        if self.delete_checkpoint and self.folder.exists():
            for each in (self.folder / self.NAME, *self.folder.glob(f".{self.NAME}.*")):
                each.unlink(missing_ok=True)
            if not any(self.folder.iterdir()):
                self.folder.rmdir()
