"""Callbacks that write files, and begin again where a training was interrupted."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dovetail.files
from dovetail.errors import ArgumentError, SerialisationError
from dovetail.train.callbacks.base import Callback, monitored, sign_of


class ModelCheckpoint(Callback):
    """Saves the model after each epoch, or after every `save_freq` batches.

    `filepath` may hold the epoch (from 1), the batch and figures: "m-{epoch:02d}-{val_loss:.3f}
    .dovetail". `save_best_only`: where the monitored figure is the best so far, beyond
    `initial_value_threshold`. `save_weights_only`: the weights alone, as `save_weights` writes
    them. `keep`: how many of its files are left, the latest.
    """

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
        if save_freq != "epoch" and (not isinstance(save_freq, int) or save_freq < 1):
            expected = '"epoch", or a number of batches from 1'
            raise ArgumentError("ModelCheckpoint", "save_freq", save_freq, expected)
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

    def get_state(self) -> dict[str, Any]:
        """What goes on after a restart."""
        return {"best": self.best, "files": self.files}


class BackupAndRestore(Callback):
    """Saves the training after each epoch, and goes on from there when `fit` is called again.

    With the parameters, the optimizer's states, and the states of the other callbacks. The order
    of the examples goes on too, where `fit` is given a `seed`. The files are in `backup_dir`, and
    removed when the training has ended, unless `delete_checkpoint` is false.
    """

    MODEL, STATE = "model-{epoch}.dovetail", "state.json"

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: str = "epoch",
        delete_checkpoint: bool = True,
    ) -> None:
        if save_freq != "epoch":
            expected = '"epoch": a training goes on at the beginning of an epoch'
            raise ArgumentError("BackupAndRestore", "save_freq", save_freq, expected)
        self.folder, self.delete_checkpoint = Path(backup_dir), delete_checkpoint
        self.initial_epoch: int | None = None  # where `fit` goes on

    def on_train_begin(self, logs: Any = None) -> None:
        """Restores what was saved, if anything was."""
        self.initial_epoch = None
        place = self.folder / self.STATE
        if not place.exists():
            return
        try:
            state = json.loads(place.read_text())
            epoch, states = int(state["epoch"]), list(state["callbacks"])
        except (ValueError, KeyError, TypeError) as reason:
            raise SerialisationError(
                f"{place} is no state of a training", "the file that BackupAndRestore wrote",
                "remove the folder to begin anew",
            ) from reason  # fmt: skip
        saved = dovetail.files.load(self.folder / self.MODEL.format(epoch=epoch))
        self.model.continue_from(saved)
        self._restored = states
        self.initial_epoch = epoch + 1

    def restore_callbacks(self) -> None:
        """Give the callbacks their states, after all have begun."""
        if self.initial_epoch is not None:
            for callback, state in zip(self._others, self._restored, strict=False):
                callback.set_state(state)

    @property
    def _others(self) -> list[Callback]:
        return [each for each in self.params.get("callbacks", ()) if each is not self]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Saves: first the model, then what says that it is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.model.save(self.folder / self.MODEL.format(epoch=epoch))
        states: list[Mapping[str, Any]] = [each.get_state() for each in self._others]
        new = self.folder / f"{self.STATE}.new"
        new.write_text(json.dumps({"epoch": epoch, "callbacks": states}))
        new.replace(self.folder / self.STATE)
        for old in self.folder.glob(self.MODEL.format(epoch="*")):
            if old.name != self.MODEL.format(epoch=epoch):
                old.unlink(missing_ok=True)

    def on_train_end(self, logs: Any = None) -> None:
        """Removes the files."""
        if self.delete_checkpoint and self.folder.exists():
            (self.folder / self.STATE).unlink(missing_ok=True)
            for old in self.folder.glob(self.MODEL.format(epoch="*")):
                old.unlink(missing_ok=True)
            if not any(self.folder.iterdir()):
                self.folder.rmdir()
