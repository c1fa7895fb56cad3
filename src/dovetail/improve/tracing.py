"""The graph of a built model: the nodes of its arrays, and the calls of its layers."""

from __future__ import annotations

from typing import Any

from dovetail.errors import ArgumentError, TrainingError
from dovetail.improve.data import Examples
from dovetail.train.inspection import Inspection, inspect_model
from dovetail.train.model import Model


def ready(
    call: str, model: Any, examples: Examples | None = None, *, compiled: bool = False
) -> None:
    """Raises unless this is a model whose inputs are known; builds it for the examples."""
    if not isinstance(model, Model):
        raise ArgumentError(
            call, "model", model, "a dt.Model, or a model of PyTorch that dt.from_torch takes over"
        )
    if compiled and not model.is_compiled:
        raise TrainingError(
            f"{call} was given a model that is not compiled",
            "an optimizer and a loss, to train and to measure with",
            "call model.compile(optimizer=..., loss=..., metrics=...) first",
        )
    if examples is not None:
        model.prepare({"x": examples.x})
        if model.input_specs is None:  # of a model that was loaded
            model.build(*model.spread(examples.first(1)))
    if model.input_specs is None:
        raise TrainingError(
            f"{call} was given a model, and the shapes of its inputs are not known",
            "a model that has been built, called or trained",
            "build it, model.build((None, 784)), or begin it with dt.Input(784)",
        )


def inspected(model: Any) -> Inspection:
    """What the layers of a model do, for one example."""
    specs = model.input_specs
    model.build(*specs)
    return inspect_model(model, specs)
