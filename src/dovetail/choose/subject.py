"""The model that is measured, with its loss, optimizer and data."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from dovetail import files
from dovetail.data import load_digits
from dovetail.errors import ArgumentError, OptionError, described
from dovetail.extension.loss import Loss
from dovetail.extension.optimizer import Optimizer
from dovetail.extension.pullback import vjp
from dovetail.graph.evaluate import evaluate
from dovetail.graph.node import Array
from dovetail.language.trace import trace
from dovetail.language.tree import flatten, map_leaves
from dovetail.library.layers import Dense
from dovetail.library.losses import LOSSES
from dovetail.library.optimizers import Adam
from dovetail.measure.loading import load
from dovetail.train.model import Model
from dovetail.train.networks import Sequential
from dovetail.verify.sample import spec

BATCH = 64
SEED = 2026


@dataclass(frozen=True)
class Subject:
    """A built model, its loss, optimizer and data. `target`: the mean loss to reach."""

    name: str
    model: Model
    loss: Loss[..., Any]
    optimizer: Optimizer
    inputs: tuple[Array, ...]
    targets: Array
    batch: int
    target: float | None

    @cached_property
    def parameters(self) -> dict[str, Array]:
        """The weights that every framework begins with."""
        return {path: np.array(array) for path, array in self.model.parameters().items()}

    def write(self, folder: Path) -> None:
        """The files that contestants read."""
        example = tuple(x[: self.batch] for x in self.inputs)
        outputs = np.asarray(self.model.predict_on_batch(_one(example)))
        plain = copy.deepcopy(self.model)
        plain.__dict__["_training"] = None
        files.save(plain, folder / "model.dovetail")
        files.save(self.loss, folder / "loss.dovetail",
                   calls=[(outputs, self.targets[: self.batch])])  # fmt: skip
        files.save(self.optimizer, folder / "optimizer.dovetail")
        arrays: dict[str, Any] = {f"x{n}": x for n, x in enumerate(self.inputs)}
        np.savez(folder / "data.npz", y=self.targets, batch=self.batch, **arrays)

    def reference(self, count: int) -> tuple[Array, dict[str, Array]]:
        """The outputs and the gradients of the first examples, by NumPy in float64."""
        program, loss = self.model.program, self.loss
        states = self.model.states()
        inputs, targets = tuple(x[:count] for x in self.inputs), self.targets[:count]
        paths = list(self.parameters)

        def whole(values: Any, states: Any, inputs: Any, targets: Any) -> Any:
            def of_parameters(*values: Any) -> Any:
                named = dict(zip(paths, values, strict=True))
                return loss(program(named, states, *inputs)[0], targets)

            outputs = program(dict(zip(paths, values, strict=True)), states, *inputs)[0]
            value, pull = vjp(of_parameters, *values)
            return outputs, list(pull(value * 0.0 + 1.0))

        given = (list(self.parameters.values()), states, inputs, targets)
        graph = trace(whole, [map_leaves(spec, each) for each in given]).graph
        leaves = [np.asarray(leaf) for _, leaf in flatten(given)[0]]
        outputs, *gradients = evaluate(graph, leaves)
        return outputs, dict(zip(paths, gradients, strict=True))


def _one(inputs: tuple[Array, ...]) -> Any:
    return inputs[0] if len(inputs) == 1 else inputs


def mission() -> Subject:
    """784 - 64 - 64 - 10 on digits, to a mean loss of 0.3."""
    digits = load_digits()
    x = digits.x_train.reshape(len(digits.x_train), -1).astype(np.float32) / np.float32(255)
    model = Sequential(Dense(64, "relu"), Dense(64, "relu"), Dense(10), seed=SEED)
    return subject_of(
        model, (x,), digits.y_train.astype(np.int64), name="the mission's program", target=0.3
    )


def subject_of(
    model: Any, inputs: tuple[Array, ...], targets: Array, *, name: str = "", loss: Any = None,
    optimizer: Optimizer | None = None, batch: int = BATCH, target: float | None = None,
) -> Subject:  # fmt: skip
    """A model with data; loss and optimizer are those that it was compiled with, by default.

    Without any: cross-entropy for whole numbers, squared errors for others; Adam at 0.001.
    """
    if isinstance(model, type) and issubclass(model, Model):
        model = model()
    if not isinstance(model, Model):
        raise ArgumentError(
            "choose", "model", model, "a dt.Model, for example dt.Sequential(...)",
            "subclass dt.Model, or take over a torch.nn.Sequential by dt.from_torch",
        )  # fmt: skip
    if not inputs or any(len(x) != len(targets) for x in inputs) or len(targets) < 2:
        raise ArgumentError(
            "choose", "data", [x.shape for x in (*inputs, targets)],
            "inputs and targets with one row for each example, two or more",
        )  # fmt: skip
    model = copy.deepcopy(model)
    model.build(*[x[:batch] for x in inputs])
    training = model.__dict__.get("_training")
    if optimizer is None:
        optimizer = Adam(1e-3) if training is None else training.optimizer
    assert optimizer is not None
    return Subject(
        name or type(model).__name__, model, _loss_of(model, loss, inputs, targets), optimizer,
        inputs, targets, min(batch, len(targets)), target,
    )  # fmt: skip


def _loss_of(model: Model, loss: Any, inputs: Any, targets: Array) -> Loss[..., Any]:
    """The loss as an extension."""
    training = model.__dict__.get("_training")
    if loss is None and training is not None:
        loss = training.objective.loss
    if loss is None:
        whole = targets.dtype.kind in "iub"
        loss = "sparse_categorical_crossentropy" if whole else "mean_squared_error"
    if isinstance(loss, str):
        if loss not in LOSSES:
            raise OptionError("the loss", loss, f"one of {', '.join(sorted(LOSSES))}", "")
        loss = LOSSES[loss]
    if not isinstance(loss, Loss):
        raise ArgumentError(
            "choose", "loss", loss, "one @dt.loss, or its name; the model has one output",
            "compile the model with one loss",
        )  # fmt: skip
    outputs = np.asarray(model.predict_on_batch(_one(tuple(x[:8] for x in inputs))))
    shares = loss.targets == "labels" and outputs.ndim > 1 and outputs.shape[-1] > 1
    if shares and np.allclose(outputs.sum(-1), 1.0, atol=1e-5) and outputs.min() >= 0.0:
        raise ArgumentError(
            "choose", "model", model, "a model that ends in logits: losses take them",
            "leave the softmax out of its last layer",
        )  # fmt: skip
    return loss


def read_data(place: str) -> tuple[tuple[Array, ...], Array]:
    """Inputs and targets: an .npz file with x (or x_train) and y, or FILE.py::name.

    The name is a function without arguments, or its result: (inputs, targets).
    """
    if "::" in place:
        found: Any = load(place)
        found = found() if callable(found) else found
        try:
            inputs, targets = found
        except (TypeError, ValueError):
            raise OptionError("--data", described(found), "(inputs, targets)", "") from None
    else:
        try:
            with np.load(Path(place), allow_pickle=False) as file:
                names = set(file.files)
                pair = next(
                    (p for p in (("x_train", "y_train"), ("x", "y")) if names.issuperset(p)), None
                )
                if pair is None:
                    expected = "an .npz file with x and y, or x_train and y_train"
                    raise OptionError("--data", place, expected, f"it has {', '.join(names)}")
                inputs, targets = file[pair[0]], file[pair[1]]
        except (OSError, ValueError) as reason:
            expected = "an .npz file, or FILE.py::name"
            raise OptionError("--data", place, expected, str(reason)) from None
    many = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    return tuple(_usual(np.asarray(x)) for x in many), _usual(np.asarray(targets))


def _usual(array: Array) -> Array:
    """float32 for real numbers, int64 for labels."""
    return array.astype(np.float32 if array.dtype.kind == "f" else np.int64)
