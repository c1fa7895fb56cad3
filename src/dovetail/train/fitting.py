"""The loop over epochs and batches, with callbacks, validation and progress."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from dovetail.errors import ArgumentError, TrainingError
from dovetail.train.callbacks import Callback
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
        self._watching = [
            each for each in self.callbacks if type(each).on_batch_end is not Callback.on_batch_end
        ]

    def run(self, source: Source, validation: Source | None) -> History:
        """Train on a source."""
        history, training = History(), self.training
        training.stop = False
        for callback in self.callbacks:
            callback.model = self.model
            callback.on_train_begin()
        for epoch in range(self.initial_epoch, self.epochs):
            figures = self._epoch(epoch, source, validation)
            history.append(epoch, figures)
            for callback in self.callbacks:
                callback.on_epoch_end(epoch, figures)
            if training.stop:
                break
        for callback in self.callbacks:
            callback.on_train_end()
        return history

    def _epoch(self, epoch: int, source: Source, validation: Source | None) -> Figures:
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch)
        stepper = self.model.stepper(source.terms)
        stepper.totals.reset()
        title = f"epoch {epoch + 1:>{len(str(self.epochs))}}/{self.epochs}"
        with (
            EpochProgress(self.verbose, title, source.steps) as progress,
            closing(source.epoch(epoch)) as batches,
        ):
            for number, batch in enumerate(batches):
                stepper = self._stepper(stepper)
                self._train(stepper, batch, epoch, number)
                progress.advance(number + 1, stepper.totals.figures)
                if self._watching:
                    figures = stepper.figures()
                    for callback in self._watching:
                        callback.on_batch_end(number, figures)
            results = stepper.totals.figures()
            if validation is not None and epoch + 1 in self._validated:
                found = tested(self.model, validation)
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

    def _train(self, stepper: Stepper, batch: Batch, epoch: int, number: int) -> None:
        if not stepper.train(batch):
            raise TrainingError(
                f"the loss became {stepper.loss} in epoch {epoch + 1}, batch {number + 1}",
                "a finite loss",
                "lower the optimizer's lr, clip with clip_norm=1.0, or scale the inputs; the "
                "model keeps the parameters from before this step; model.compile(..., "
                "stop_on_nan=False) continues regardless",
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
