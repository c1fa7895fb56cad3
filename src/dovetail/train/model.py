"""Models: layers with the methods to train them, with the arguments that Keras has."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np

from dovetail import files
from dovetail.errors import TrainingError, UnknownNameError
from dovetail.extension.fields import attribute
from dovetail.extension.layer import Layer
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.program import example_spec
from dovetail.graph.dtypes import DType, as_dtype, float32, float64
from dovetail.graph.node import Array
from dovetail.language.trace import ArraySpec
from dovetail.language.tree import flatten, map_leaves, unflatten
from dovetail.train.callbacks import Callback
from dovetail.train.configuration import configure, verbosity, whole
from dovetail.train.examples import (
    evaluation_source,
    prediction_source,
    read_examples,
    training_sources,
)
from dovetail.train.fitting import Fit, tested
from dovetail.train.history import History
from dovetail.train.inputs import as_examples, examples_in, map_arrays
from dovetail.train.inspection import Inspection, inspect_model
from dovetail.train.objective import Objective, Term, outputs_of
from dovetail.train.plots import Picture, model_picture
from dovetail.train.progress import EpochProgress
from dovetail.train.settings import Settings
from dovetail.train.state import Training
from dovetail.train.step import Steps
from dovetail.train.stepper import Predictor, Stepper, batch_of
from dovetail.train.summary import summarise

Figures = dict[str, float]

FRAMEWORKS = ("torch", "keras", "jax", "tensorflow")
_PROPERTIES = frozenset({"optimizer", "stop_training"})  # that callbacks set


class Model(Layer):
    """A layer that can be trained: subclass it instead of `dt.Layer`, or use `dt.Sequential`.

    `dt.Model(inputs, outputs)` makes one of layers that were called on `dt.Input`. Inputs and
    targets are arrays, or trees of arrays, whose first axes count the examples.
    """

    _reserves = True
    _functional: ClassVar[Any] = None  # the class of models of inputs and outputs (networks.py)
    _training: Training | None = attribute(default=None, init=False)
    # Compiled; made anew after a field of a layer or of the optimizer was changed.
    _stepper: Stepper | None = attribute(default=None, init=False)
    # The specs of the inputs that the model was built for, each of one example.
    _seen: list[Any] | None = attribute(default=None, init=False)
    _predictor: Predictor | None = attribute(default=None, init=False)

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """An object of the class; `dt.Model` itself is called with inputs and outputs."""
        made: Any = super().__new__
        return made(cls._functional if cls is Model else cls, *args, **kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _PROPERTIES:
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_stepper": None, "_predictor": None}

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

    @property
    def is_compiled(self) -> bool:
        """Whether `compile` was called."""
        return self._training is not None

    @property
    def compiled_with(self) -> Training:
        """What `compile` was given, and the state of the training."""
        return self._compiled("compiled_with")

    @property
    def input_specs(self) -> list[Any] | None:
        """The shapes and types of the inputs, each of one example; None before it is built."""
        return self._seen

    @property
    def output_names(self) -> Sequence[str] | None:
        """The names of the outputs; None if the keys of their tree are the names."""
        return None

    # Training.

    def compile(
        self,
        optimizer: str | Optimizer = "adam",
        loss: Any = "mean_squared_error",
        metrics: Any = (),
        *,
        loss_weights: Any = None,
        weighted_metrics: Any = (),
        gradient_accumulation_steps: int = 1,
        ema_momentum: float | None = None,
        precision: str | None = None,
        regularizers: Mapping[Any, Any] | None = None,
        constraints: Mapping[Any, Any] | None = None,
        stop_on_nan: bool = True,
    ) -> None:
        """Set the optimizer, losses and metrics.

        Each is a name or an object. `loss`: a function of (predictions, targets), whose result is
        averaged. Losses by name take logits; if the model ends in a softmax or a sigmoid, they are
        given its argument.
        `functools.partial(dt.sparse_categorical_cross_entropy, ignore_index=-100)` leaves out
        examples with that label, also in the metrics. With several outputs `loss`, `metrics` and
        `loss_weights` are dicts by the names of the outputs, or lists in their order.

        `weighted_metrics`: those that sample weights apply to. `gradient_accumulation_steps`: the
        number of batches whose mean gradient makes one step of the optimizer.
        `ema_momentum`: keep moving averages of the parameters, old * momentum + new * (1 -
        momentum), which `evaluate`, `predict` and validation use. `precision`: "float32",
        "float64", "mixed_bfloat16" (computation in bfloat16, parameters and loss in float32) or
        "mixed_float16". `regularizers`, `constraints`: functions of a parameter by path, pattern or
        predicate, `{"*.kernel": dt.L2(1e-4)}`. `stop_on_nan`: raise TrainingError when the loss of
        a batch is not finite, and keep the parameters from before that step.
        """
        settings = Settings(
            precision=precision,
            gradient_accumulation_steps=whole(
                "gradient_accumulation_steps", gradient_accumulation_steps, 1
            ),
            ema_momentum=ema_momentum,
            regularisers=dict(regularizers or {}),
            constraints=dict(constraints or {}),
            stop_on_nan=stop_on_nan,
        )
        objective = Objective(loss, metrics, weighted_metrics, loss_weights)
        self.__dict__["_training"] = configure(optimizer, objective, settings)
        self.__dict__.update(_stepper=None, _predictor=None)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Iterable[int] = 1,
        *,
        seed: int | None = None,
        prefetch: int = 2,
    ) -> History:
        """Train for the epochs from `initial_epoch` to `epochs`; returns the figures of each.

        `x` and `y` are arrays or trees of arrays; or `x` yields batches, x, (x, y) or (x, y,
        weights): an iterator, a generator, a loader of PyTorch, a `tf.data.Dataset`, or a sequence
        of batches with `__len__` and `__getitem__`. Of those, `prefetch` batches are read ahead on
        a thread. The last batch of an epoch may be smaller (`batch_size`: 32). `seed` fixes the
        order of the examples, which otherwise differs from call to call. `verbose`: 0 silent, 1 or
        "auto" a bar, 2 one line for each epoch. `validation_split`: the share of the examples, from
        the end, for validation. The loss of an epoch is the mean over its examples, each at the
        time of its step.
        """
        training = self._compiled("fit")
        fit = Fit(
            model=self, training=training, verbose=verbose, callbacks=tuple(callbacks or ()),
            epochs=epochs, initial_epoch=initial_epoch, validation_freq=validation_freq, seed=seed,
        )  # fmt: skip
        source, validation = training_sources(
            self, x, y, sample_weight, class_weight, batch_size, validation_split, validation_data,
            validation_steps, validation_batch_size, shuffle, seed, steps_per_epoch, prefetch,
        )  # fmt: skip
        return fit.run(source, validation)

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
    ) -> Figures:
        """One step on one batch; its loss and metrics."""
        fit = Fit(self, self._compiled("train_on_batch"))
        data, terms = read_examples(self, x, y, sample_weight, class_weight)
        return fit.step(batch_of(data), terms)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = 0,
        sample_weight: Any = None,
        steps: int | None = None,
        *,
        return_dict: bool = False,
    ) -> Any:
        """The loss and metrics as a list, with `return_dict` by name; without metrics the loss."""
        self._compiled("evaluate")
        source = evaluation_source(self, "", x, y, sample_weight, batch_size, steps)
        figures = tested(self, source, verbose)
        if return_dict:
            return figures
        return list(figures.values()) if len(figures) > 1 else figures["loss"]

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = 0,
        steps: int | None = None,
    ) -> Any:
        """The outputs for x, computed in batches. Needs no `compile`."""
        source = prediction_source(self, x, batch_size, steps)
        predictor = self._predictor
        if predictor is None or predictor.program is not self.program:
            compute = None if self._training is None else self._training.settings.compute_dtype
            predictor = self.__dict__["_predictor"] = Predictor(self, compute)
        found: list[list[Array]] = []
        structure: Any = None
        with EpochProgress(verbosity(verbose), "predict", source.steps) as progress:
            for outputs in predictor.outputs(self.evaluated(), self.states(), source.epoch(0)):
                leaves, structure = flatten(outputs)
                found.append([leaf for _, leaf in leaves])
                progress.advance(len(found), dict)
            progress.finish({})
        joined = [np.concatenate(column) for column in zip(*found, strict=True)]
        return unflatten(structure, joined)

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch."""
        return self.predict(x, batch_size=_examples(x))

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, *, return_dict: bool = False
    ) -> Any:
        """The loss and metrics of one batch, as `evaluate` returns them."""
        size = _examples(x)
        return self.evaluate(x, y, size, 0, sample_weight, return_dict=return_dict)

    def get_weights(self) -> dict[str, Array]:
        """Copies of all parameters and states, by path."""
        weights = {**self.parameters(), **self.states()}
        return {path: array.copy() for path, array in weights.items()}

    def set_weights(self, weights: Mapping[str, Any]) -> None:
        """Replace parameters and states by path, as `get_weights` returned them."""
        self.load(weights)

    # Export.

    def to(self, framework: str) -> Any:
        """The trained model as one of "torch", "keras", "jax" or "tensorflow", with its own arrays.

        It predicts what `predict` does: with the moving averages of the parameters, or those of the
        optimizer for predictions, if there are any. A module is returned in evaluation mode.
        """
        if framework not in FRAMEWORKS:
            raise UnknownNameError("framework", framework, FRAMEWORKS, "name one of these")
        made = copy.deepcopy(self)
        made.__dict__["_training"] = None
        made.load(self.evaluated())
        form = getattr(made, framework)
        if hasattr(form, "eval"):
            form.eval()
        return form

    def fresh_copy(self) -> Self:
        """A copy with the parameters that it predicts with, compiled alike, before any step."""
        made = copy.deepcopy(self)
        training = made._training
        if training is not None:
            made.load(self.evaluated())
            fresh = Training(training.optimizer, training.objective, training.settings)
            made.__dict__.update(_training=fresh, _stepper=None, _predictor=None)
        return made

    # Summaries.

    def summary(self, *inputs: Any, depth: int = 1, console: Any = None) -> None:
        """Print the layers with their shapes, parameters, bytes and multiply-adds.

        `inputs`: shapes or arrays to build the model with, where it is not built. `depth`: show
        layers in layers, too.
        """
        summarise(self, self._inspected("summary", inputs), depth).print(console)

    def plot(self, *inputs: Any) -> Picture:
        """The graph of the layers, as SVG: notebooks show it, `.save("model.svg")` writes it."""
        return model_picture(self._inspected("plot", inputs))

    def _inspected(self, method: str, inputs: Sequence[Any]) -> Inspection:
        if inputs:
            self.build(*inputs)
        specs = self._seen
        if specs is None:
            raise TrainingError(
                f"model.{method} was called, and the shapes of the inputs are not known",
                "a model that has been built, or the shapes of its inputs",
                f"pass them, model.{method}((None, 784)), or begin the model with dt.Input(784)",
            )
        self.build(*specs)
        return inspect_model(self, specs)

    def build(self, *inputs: Any) -> Layer:
        """Make the parameters and states for inputs of these shapes; returns the model."""
        known = self._built and (self._seen is not None or any(each is None for each in inputs))
        if inputs and not known:
            super().build(*inputs)
            self.__dict__["_seen"] = [map_leaves(_one, example_spec(each)) for each in inputs]
        return super().build(*inputs)

    # Files.

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model into a file that `dt.load` reads wherever Dovetail is installed.

        With its optimizer, loss, metrics and states of training. Definitions of your own are in
        the file as maths (docs/files.md).
        """
        files.save(self, path)

    def save_weights(self, path: str | PathLike[str]) -> None:
        """Write the parameters and states, in the safetensors format."""
        files.save_weights(self, path)

    def load_weights(self, path: str | PathLike[str]) -> None:
        """Replace the parameters and states by those that `save_weights` has written."""
        files.load_weights(self, path)

    # For the trainer.

    def _compiled(self, method: str) -> Training:
        if self._training is None:
            raise TrainingError(
                f"model.{method} was called before model.compile",
                "an optimizer and a loss",
                "call model.compile(optimizer=..., loss=...) first",
            )
        return self._training

    def spread(self, x: Any) -> tuple[Any, ...]:
        """The arguments of `forward` for the inputs: several arrays, where it takes several."""
        if isinstance(x, (tuple, list)) and len(self.signature.array_names) > 1:
            return tuple(x)
        return (x,)

    @property
    def float_type(self) -> DType:
        """The type that floating data is trained on in: float64 if the parameters are."""
        training = self._training
        if training is not None and training.settings.dtype is not None:
            return training.settings.dtype
        types = {as_dtype(holder[name].dtype) for _, holder, name in self.slots()[0]}
        return float64 if float64 in types else float32

    def prepare(self, data: Mapping[str, Any]) -> None:
        """Build the model for these inputs, with parameters of the type that is asked for."""
        if not self._built:
            self.build(*self.spread(_first(data["x"])))
        wanted = None if self._training is None else self._training.settings.dtype
        if wanted is None:
            return
        for slots in self.slots():
            for _, holder, name in slots:
                array = holder[name]
                if as_dtype(array.dtype).is_floating and array.dtype != wanted.numpy:
                    holder[name] = array.astype(wanted.numpy)

    def outputs_for(self, data: Mapping[str, Any]) -> list[tuple[str, tuple[int, ...]]]:
        """The names of the outputs, and the shape of each for one example."""
        self.prepare(data)
        first = _first(data["x"])
        trees = (self.parameters(), self.states(), *self.spread(first))
        traced = self.program.traced(list(map(example_spec, trees)), {"training": False})
        outputs = unflatten(traced.output_tree, list(traced.graph.outputs))[0]
        return [(name, node.shape[1:]) for name, node in outputs_of(outputs, self.output_names)]

    def terms(self, outputs: Sequence[tuple[str, Any]]) -> tuple[Term, ...]:
        """The losses and metrics of these outputs."""
        return self._compiled("fit").objective.terms([name for name, _ in outputs])

    def stepper(self, terms: tuple[Term, ...]) -> Stepper:
        """The compiled steps, for the fields of layers and optimizer as they are."""
        training = self._compiled("fit")
        stepper = self._stepper
        if stepper is None or not stepper.current or stepper.steps.terms != terms:
            steps = Steps(self, training.optimizer, terms, training.settings)
            stepper = self.__dict__["_stepper"] = Stepper(self, training, steps)
        return stepper

    def evaluated(self) -> dict[str, Array]:
        """The parameters to predict with: moving averages, or those of the optimizer."""
        parameters = self.parameters()
        if self._training is None:
            return parameters
        frozen = self.frozen_paths()
        trained = {path: each for path, each in parameters.items() if path not in frozen}
        return {**parameters, **self._training.evaluated(trained)}


def _examples(x: Any) -> int:
    """How many examples there are in the inputs of a batch."""
    return examples_in({"x": map_arrays("x", x, as_examples)})


def _one(spec: ArraySpec) -> ArraySpec:
    """The same with one example."""
    return ArraySpec((1, *spec.shape[1:]), spec.dtype)


def _first(x: Any) -> Any:
    """The first example of each input."""
    leaves, structure = flatten(x)
    return unflatten(structure, [leaf[:1] for _, leaf in leaves])
