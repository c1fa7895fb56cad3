"""The graph of a built model: the nodes of its arrays, and the calls of its layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from dovetail.errors import TrainingError
from dovetail.improve.data import Examples
from dovetail.train.inspection import Inspection, LayerCall, inspect_model


def ready(
    call: str, model: Any, examples: Examples | None = None, *, compiled: bool = False
) -> None:
    """Raises unless the inputs of a model are known; builds it for the examples."""
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


def layers_with(model: Any, arrays: Mapping[type, str]) -> list[tuple[LayerCall, str]]:
    """The first call of each layer of these classes, and why some have to stay as they are.

    `arrays`: the array of each class that is to be another one.
    """
    found = inspected(model)
    calls = Counter(id(call.layer) for call in found.calls)
    result: dict[int, tuple[LayerCall, str]] = {}
    for call in found.calls:
        name = arrays.get(type(call.layer))
        if name is not None and id(call.layer) not in result:
            shared = found.readers[found.arrays[call.path + name]] > calls[id(call.layer)]
            result[id(call.layer)] = call, f"something else reads its {name}" if shared else ""
    return list(result.values())
