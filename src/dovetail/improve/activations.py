"""What the layers of a model are given and what they return, on examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dovetail.extension.op import op
from dovetail.improve.data import Examples
from dovetail.language.operands import wrap
from dovetail.train.inspection import LayerCall, Noting

Found = Mapping[str, Any]
Read = Callable[[LayerCall], Any]  # what is wanted of a call, traced, or None


def observer(model: Any, read: Callable[[LayerCall], Any]) -> Callable[[Any], dict[str, Any]]:
    """A function from inputs to what `read` gives for the calls of layers, by path.

    Of a layer that is called several times, the first call counts.
    """

    def observe(parameters: Any, states: Any, *inputs: Any) -> dict[str, Any]:
        binding = Noting({**parameters, **states})
        binding.forward(model, inputs, {})
        found: dict[str, Any] = {}
        for call in binding.calls:
            value = None if call.path in found else read(call)
            if value is not None:
                found[call.path] = value
        return found

    compiled = op(observe)

    def run(x: Any) -> dict[str, Any]:
        return compiled(model.parameters(), model.states(), *model.spread(x))

    return run


def first_input(call: LayerCall) -> Any:
    """What a layer was given, traced."""
    return wrap(call.inputs[0])


def first_output(call: LayerCall) -> Any:
    """What a layer returned, traced."""
    return wrap(call.outputs[0])


def summed(run: Callable[[Any], dict[str, Any]], batches: Iterable[Examples]) -> dict[str, Any]:
    """The sums over batches of what was observed."""
    total: dict[str, Any] = {}
    for batch in batches:
        for path, value in run(batch.x).items():
            total[path] = total[path] + value if path in total else value
    return total


def batches_of(examples: Examples, batch_size: int, most: int) -> Iterable[Examples]:
    """The first examples, in batches."""
    for start in range(0, min(len(examples), most), batch_size):
        yield examples.part(slice(start, min(start + batch_size, len(examples), most)))
