"""`compile`, `fit`, `evaluate` and `predict` for layers, with the arguments that Keras has."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dovetail.errors import TrainingError
from dovetail.extension.fields import attribute
from dovetail.extension.layer import Layer
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.sequential import Sequential as LayerSequence
from dovetail.train.averages import Averages
from dovetail.train.callbacks import Callback
from dovetail.train.configuration import LossFunction, Training, configure, verbosity, whole
from dovetail.train.history import History
from dovetail.train.inputs import align, as_examples, batches, check_labels, check_lengths, split
from dovetail.train.metrics import Metric
from dovetail.train.progress import EpochProgress
from dovetail.train.step import Steps

Array = npt.NDArray[Any]
Figures = dict[str, float]

_PROPERTIES = frozenset({"optimizer", "stop_training"})  # that callbacks set


class Model(Layer):
    """A layer that can be trained: subclass it instead of `dt.Layer`, or use `dt.Sequential`.

    One input array and one target array, whose first axes count the examples. Floating
    data is trained on in float32.
    """

    _reserves = True
    _training: Training | None = attribute(default=None, init=False)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _PROPERTIES:
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer that `compile` was given; its hyperparameters may be set at any time."""
        return self._compiled("optimizer").optimizer

    @property
    def stop_training(self) -> bool:
        """Set it to True in a callback to end `fit` after the epoch."""
        return self._compiled("stop_training").stop

    @stop_training.setter
    def stop_training(self, value: bool) -> None:
        self._compiled("stop_training").stop = bool(value)

    # Training.

    def compile(
        self,
        optimizer: str | Optimizer = "adam",
        loss: str | LossFunction = "mean_squared_error",
        metrics: Iterable[str | Metric] = (),
        *,
        stop_on_nan: bool = True,
    ) -> None:
        """Set the optimizer, loss and metrics.

        Names are those of `OPTIMIZERS` and `LOSSES` in the library and of `METRICS` here. `loss`:
        a function of (predictions, targets), whose result is averaged. Losses by name take logits.
        `functools.partial(dt.sparse_categorical_cross_entropy, ignore_index=-100)` leaves out
        examples with that label, also in the metrics. `stop_on_nan`: raise TrainingError when the
        loss of a batch is not finite, and keep the parameters from before that step.
        """
        self.__dict__["_training"] = configure(optimizer, loss, metrics, stop_on_nan)

    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int = 32,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Sequence[Callback] = (),
        validation_split: float = 0.0,
        validation_data: tuple[Any, Any] | None = None,
        shuffle: bool = True,
        initial_epoch: int = 0,
        seed: int | None = None,
    ) -> History:
        """Train for the epochs from `initial_epoch` to `epochs`; returns the figures of each.

        The last batch of an epoch may be smaller. `seed` fixes the order of the examples, which
        otherwise differs from call to call. `verbose`: 0 silent, 1 or "auto" a bar, 2 one line for
        each epoch. `validation_split`: the share of the examples, from the end, for validation. The
        loss of an epoch is the mean over its examples, each at the time of its step.
        """
        training = self._compiled("fit")
        size = whole("batch_size", batch_size, 1)
        epochs, initial_epoch = whole("epochs", epochs, 0), whole("initial_epoch", initial_epoch, 0)
        verbose = verbosity(verbose)
        x, y = self._examples("", x, y)
        if validation_data is None:
            x, y, validation = split(x, y, validation_split)
        else:
            validation = self._examples("validation ", *validation_data)
        y = self._targets(training, x, y)
        if validation is not None:
            validation = (validation[0], self._targets(training, *validation))

        generator = np.random.default_rng(seed)
        history = History()
        training.stop = False
        for callback in callbacks:
            callback.model = self
            callback.on_train_begin()
        for epoch in range(initial_epoch, epochs):
            for callback in callbacks:
                callback.on_epoch_begin(epoch)
            order = generator.permutation(len(x)) if shuffle else None
            with EpochProgress(verbose, epoch, epochs, math.ceil(len(x) / size)) as progress:
                averages = Averages()
                for step, (batch_x, batch_y) in enumerate(batches((x, y), size, order)):
                    figures = self._step(training, batch_x, batch_y, epoch, step)
                    averages.add(figures, training.counted(batch_y))
                    progress.advance(step + 1, averages)
                    for callback in callbacks:
                        callback.on_batch_end(step, figures)
                results = dict(averages)
                if validation is not None:
                    found = self._tested(training, *validation, size)
                    results |= {f"val_{name}": value for name, value in found.items()}
                progress.finish(results)
            history.append(epoch, results)
            for callback in callbacks:
                callback.on_epoch_end(epoch, results)
            if training.stop:
                break
        for callback in callbacks:
            callback.on_train_end()
        return history

    def train_on_batch(self, x: Any, y: Any) -> Figures:
        """One step on one batch; its loss and metrics."""
        training = self._compiled("train_on_batch")
        x, y = self._examples("", x, y)
        return self._step(training, x, self._targets(training, x, y), 0, 0)

    def evaluate(self, x: Any, y: Any, batch_size: int = 32, *, return_dict: bool = False) -> Any:
        """The loss and metrics as a list, with `return_dict` by name; without metrics the loss."""
        training = self._compiled("evaluate")
        size = whole("batch_size", batch_size, 1)
        x, y = self._examples("", x, y)
        figures = self._tested(training, x, self._targets(training, x, y), size)
        if return_dict:
            return figures
        return list(figures.values()) if training.metrics else figures["loss"]

    def predict(self, x: Any, batch_size: int = 32) -> Array:
        """The outputs for x, computed in batches. Needs no `compile`."""
        size = whole("batch_size", batch_size, 1)
        x = as_examples("x", x)
        self.build(x[:1])
        parameters, states = self.parameters(), self.states()
        outputs = [
            self.program(parameters, states, batch, training=False)[0]
            for (batch,) in batches((x,), size)
        ]
        return np.concatenate(outputs)

    def get_weights(self) -> dict[str, Array]:
        """Copies of all parameters and states, by path."""
        weights = {**self.parameters(), **self.states()}
        return {path: array.copy() for path, array in weights.items()}

    def set_weights(self, weights: Mapping[str, Any]) -> None:
        """Replace parameters and states by path, as `get_weights` returned them."""
        self.load(weights)

    def _compiled(self, method: str) -> Training:
        if self._training is None:
            raise TrainingError(
                f"model.{method} was called before model.compile",
                "an optimizer and a loss",
                "call model.compile(optimizer=..., loss=...) first",
            )
        return self._training

    @staticmethod
    def _examples(prefix: str, x: Any, y: Any) -> tuple[Array, Array]:
        inputs, targets = as_examples(f"{prefix}x", x), as_examples(f"{prefix}y", y)
        check_lengths(inputs, targets)
        return inputs, targets

    def _targets(self, training: Training, x: Array, y: Array) -> Array:
        """The targets, checked, in the shape that the loss needs; builds the model."""
        self.build(x[:1])
        one = self.program(self.parameters(), self.states(), x[:1], training=False)[0]
        y = align(training.loss_name, training.takes_labels, y, one.shape[1:])
        are_labels = y.ndim == one.ndim - 1 and y.dtype.kind in "iu"
        if are_labels and (training.takes_labels or training.watches_labels):
            check_labels(y, one.shape[-1], training.ignored)
        return y

    def _steps(self, training: Training) -> Steps:
        """The compiled steps, for the fields of layer and optimizer as they are."""
        steps, optimizer = training.steps, training.optimizer
        if steps is None or (steps.program, steps.update) != (self.program, optimizer.program):
            steps = Steps(self, optimizer, training.loss, training.metrics, training.ignored)
            training.steps = steps
        return steps

    def _step(self, training: Training, x: Array, y: Array, epoch: int, step: int) -> Figures:
        """One training step; the model's arrays are replaced, unless the loss is not finite."""
        steps = self._steps(training)
        parameters = self.parameters()
        if training.slots is None:
            training.slots = training.optimizer.init(parameters)
        slots = dict(training.slots)
        count = int(slots.pop("step")) + 1
        slots = training.optimizer.with_states(parameters, slots)
        hyper = training.optimizer.hyper(count)
        with np.errstate(all="ignore"):  # a loss that is not finite is reported below
            parameters, states, slots, found = steps.train(
                parameters, self.states(), slots, x, y, float(count), hyper
            )
        figures = {name: float(value) for name, value in found.items()}
        if training.stop_on_nan and not math.isfinite(figures["loss"]):
            raise TrainingError(
                f"the loss became {figures['loss']} in epoch {epoch + 1}, batch {step + 1}",
                "a finite loss",
                "lower the optimizer's lr, clip with clip_norm=1.0, or scale the inputs; the "
                "model keeps the parameters from before this step; model.compile(..., "
                "stop_on_nan=False) continues regardless",
            )
        for slots_of_kind, arrays in zip(self.slots(), (parameters, states), strict=True):
            for path, holder, name in slots_of_kind:
                holder[name] = arrays[path]
        training.slots = {"step": count, **slots}
        return figures

    def _tested(self, training: Training, x: Array, y: Array, size: int) -> Figures:
        """The figures on these examples, not in training mode."""
        steps, averages = self._steps(training), Averages()
        parameters, states = self.parameters(), self.states()
        for batch_x, batch_y in batches((x, y), size):
            found = steps.test(parameters, states, batch_x, batch_y)
            figures = {name: float(value) for name, value in found.items()}
            averages.add(figures, training.counted(batch_y))
        return dict(averages)


class Sequential(LayerSequence, Model):
    """Layers, extensions and functions in order, with the methods to train them.

    `dt.Sequential(dt.Dense(64, "relu"), dt.Dense(10))`. `seed` fixes the initial parameters.
    """

    if TYPE_CHECKING:  # a type checker would derive one from the fields

        def __init__(self, *layers: Any, seed: int | None = None) -> None: ...
