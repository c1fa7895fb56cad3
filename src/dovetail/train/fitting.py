"""The loop over epochs and batches, with callbacks, validation and progress."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from dovetail.errors import ArgumentError, TrainingError
from dovetail.train.callbacks import BackupAndRestore, Callback, TerminateOnNaN
from dovetail.train.configuration import verbosity, whole
from dovetail.train.history import History
from dovetail.train.progress import EpochProgress
from dovetail.train.resuming import Progress, check_resumable, last_figures, restore, state_of
from dovetail.train.sources import Source
from dovetail.train.state import Training
from dovetail.train.stepper import Batch, Stepper

Figures = dict[str, float]


@dataclass
class Fit:
    """One call of `fit`."""

    model: Any
    training: Training
    verbose: Any = 0
    callbacks: Sequence[Callback] = ()
    epochs: Any = 1
    initial_epoch: Any = 0
    validation_freq: int | Iterable[int] = 1
    seed: int | None = None  # as given; that of the source, where it was drawn

    def __post_init__(self) -> None:
        self.epochs = whole("epochs", self.epochs, 0)
        self.initial_epoch = whole("initial_epoch", self.initial_epoch, 0)
        self.verbose = verbosity(self.verbose)
        if isinstance(self.validation_freq, Iterable):
            self._validated = frozenset(self.validation_freq)
        else:
            every = whole("validation_freq", self.validation_freq, 1)
            self._validated = frozenset(range(every, self.epochs + 1, every))
        for callback in self.callbacks:
            if not isinstance(callback, Callback):
                expected = "callbacks, of subclasses of dt.Callback"
                raise ArgumentError("fit", "callbacks", callback, expected)
        self._before = [each for each in self.callbacks if _defines(each, "begin")]
        self._watching = [each for each in self.callbacks if _defines(each, "end")]
        self._ends_on_nan = any(isinstance(each, TerminateOnNaN) for each in self.callbacks)
        self._backups = [each for each in self.callbacks if isinstance(each, BackupAndRestore)]
        self._others = [each for each in self.callbacks if each not in self._backups]

    def run(self, source: Source, validation: Source | None) -> History:
        """Train on a source."""
        progress, training = Progress(self.initial_epoch), self.training
        training.stop = False
        for backup in self._backups:
            check_resumable(source, backup.exact)
            source.watch()
        params = {
            "epochs": self.epochs, "steps": source.steps, "verbose": self.verbose,
            "callbacks": self.callbacks,
        }  # fmt: skip
        for callback in self.callbacks:
            callback.set_params(params)
            callback.set_model(self.model)
            callback.on_train_begin({})
        saved = next((each.saved for each in self._backups if each.saved is not None), None)
        if saved is not None:
            progress = self._restore(saved, source)
        history, figures = progress.history, last_figures(progress.history)
        while progress.epoch < self.epochs and not training.stop:
            figures = self._epoch(progress, source, validation, saved)
            saved = None
            for callback in self._others:
                callback.on_epoch_end(progress.epoch, figures)
            history.append(progress.epoch, figures)
            progress.epoch, progress.batches = progress.epoch + 1, 0
            for backup in self._backups:
                if backup.is_due(None):
                    backup.save(self._state(source, progress, None))
        for callback in (*self._others, *self._backups):
            callback.on_train_end(figures)
        return history

    def _epoch(
        self, progress: Progress, source: Source, validation: Source | None, saved: Any
    ) -> Figures:
        """The rest of an epoch. `saved`: the training to resume."""
        epoch = progress.epoch
        for callback in self._others:
            callback.on_epoch_begin(epoch, {})
        within = saved if progress.batches else None
        if within is not None:  # as it was after the callbacks had changed it at the beginning
            self._restore(within, source)
        stepper = self.model.stepper(source.terms)
        stepper.totals.reset()
        if within is not None:
            stepper.totals.set_state(within["totals"])
        title = f"epoch {epoch + 1:>{len(str(self.epochs))}}/{self.epochs}"
        with (
            EpochProgress(self.verbose, title, source.steps, begin=progress.batches) as bar,
            closing(source.epoch(epoch, progress.batches)) as batches,
        ):
            for number, batch in enumerate(batches, progress.batches):
                for callback in self._before:
                    callback.on_train_batch_begin(number, {})
                stepper = self._stepper(stepper)
                done = self._train(stepper, batch, epoch, number)
                bar.advance(number + 1, stepper.totals.figures)
                if self._watching:
                    figures = stepper.figures() if done else {"loss": stepper.loss}
                    for callback in self._watching:
                        callback.on_train_batch_end(number, figures)
                if self.training.stop:
                    break
                progress.batches, progress.steps = number + 1, progress.steps + 1
                for backup in self._backups:
                    if backup.is_due(progress.steps):
                        stepper = self._stepper(stepper)
                        backup.save(self._state(source, progress, stepper.totals.get_state()))
            results = stepper.totals.figures()
            if validation is not None and epoch + 1 in self._validated:
                for callback in self.callbacks:
                    callback.on_test_begin({})
                found = tested(self.model, validation)
                for callback in self.callbacks:
                    callback.on_test_end(found)
                results |= {f"val_{name}": value for name, value in found.items()}
            bar.finish(results)
        return results

    def _state(self, source: Source, progress: Progress, totals: Any) -> Any:
        """What BackupAndRestore saves."""
        return state_of(self.model, self.training, source, progress, totals, self._others)

    def _restore(self, saved: Any, source: Source) -> Progress:
        """Bring everything into the state that BackupAndRestore has saved."""
        return restore(saved, self.model, self.training, source, self.seed, self._others)

    def _stepper(self, stepper: Stepper) -> Stepper:
        """The steps as they are after a callback may have changed what they depend on."""
        if stepper.current:
            return stepper
        new: Stepper = self.model.stepper(stepper.steps.terms)
        new.totals.continue_from(stepper.totals)
        return new

    def step(self, batch: Batch, terms: Any) -> Figures:
        """One step, outside of an epoch."""
        stepper = self.model.stepper(terms)
        self._train(stepper, batch, 0, 0)
        return stepper.figures()

    def _train(self, stepper: Stepper, batch: Batch, epoch: int, number: int) -> bool:
        """One step; False where the loss was not finite, and a callback ends the training."""
        done = stepper.train(batch)
        if not done and not self._ends_on_nan:
            raise TrainingError(
                f"the loss became {stepper.loss} in epoch {epoch + 1}, batch {number + 1}",
                "a finite loss",
                "lower the optimizer's lr, clip with clip_norm=1.0, or scale the inputs; the "
                "model keeps the parameters from before this step; model.compile(..., "
                "stop_on_nan=False) continues regardless",
            )
        return done


def _defines(callback: Callback, when: str) -> bool:
    """Whether a callback does anything before or after a batch."""
    names = f"on_train_batch_{when}", f"on_batch_{when}"
    return any(
        name in vars(callback) or getattr(type(callback), name) is not getattr(Callback, name)
        for name in names
    )


def tested(model: Any, source: Source, verbose: Any = 0) -> Figures:
    """The figures on the examples of a source, not in training mode."""
    stepper = model.stepper(source.terms)
    with (
        stepper.testing,
        EpochProgress(verbosity(verbose), "evaluate", source.steps) as progress,
        closing(source.epoch(0)) as batches,
    ):
        stepper.begin_test()
        for number, batch in enumerate(batches):
            stepper.test(batch)
            progress.advance(number + 1, stepper.tested.figures)
        found: Figures = stepper.tested.figures()
        progress.finish(found)
    return found
