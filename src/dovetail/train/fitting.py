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

    def run(self, source: Source, validation: Source | None) -> History:
        """Train on a source."""
        history, training = History(), self.training
        training.stop = False
        params = {
            "epochs": self.epochs, "steps": source.steps, "verbose": self.verbose,
            "callbacks": self.callbacks,
        }  # fmt: skip
        for callback in self.callbacks:
            callback.set_params(params)
            callback.set_model(self.model)
            callback.on_train_begin({})
        begin = self.initial_epoch
        for callback in self.callbacks:
            if isinstance(callback, BackupAndRestore) and callback.initial_epoch is not None:
                callback.restore_callbacks()
                begin = callback.initial_epoch
        figures: Figures = {}
        for epoch in range(begin, self.epochs):
            figures = self._epoch(epoch, source, validation)
            for callback in self.callbacks:
                callback.on_epoch_end(epoch, figures)
            history.append(epoch, figures)
            if training.stop:
                break
        for callback in self.callbacks:
            callback.on_train_end(figures)
        return history

    def _epoch(self, epoch: int, source: Source, validation: Source | None) -> Figures:
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, {})
        stepper = self.model.stepper(source.terms)
        stepper.totals.reset()
        title = f"epoch {epoch + 1:>{len(str(self.epochs))}}/{self.epochs}"
        with (
            EpochProgress(self.verbose, title, source.steps) as progress,
            closing(source.epoch(epoch)) as batches,
        ):
            for number, batch in enumerate(batches):
                for callback in self._before:
                    callback.on_train_batch_begin(number, {})
                stepper = self._stepper(stepper)
                done = self._train(stepper, batch, epoch, number)
                progress.advance(number + 1, stepper.totals.figures)
                if self._watching:
                    figures = stepper.figures() if done else {"loss": stepper.loss}
                    for callback in self._watching:
                        callback.on_train_batch_end(number, figures)
                if self.training.stop:
                    break
            results = stepper.totals.figures()
            if validation is not None and epoch + 1 in self._validated:
                for callback in self.callbacks:
                    callback.on_test_begin({})
                found = tested(self.model, validation)
                for callback in self.callbacks:
                    callback.on_test_end(found)
                results |= {f"val_{name}": value for name, value in found.items()}
            progress.finish(results)
        return results

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
