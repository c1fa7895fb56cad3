"""The forward pass of a layer as a function of its parameters, states and inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dovetail.extension.base import Extension
from dovetail.extension.binding import Binding
from dovetail.extension.building import reseeded, seeds_of
from dovetail.extension.layer_tree import LayerTree
from dovetail.extension.signature import Argument, Signature
from dovetail.graph.dtypes import as_dtype, float32
from dovetail.language.trace import ArraySpec, Traced, trace
from dovetail.language.tracer import Tracer
from dovetail.language.tree import map_leaves


class LayerFunction(Extension[..., Any]):
    """(parameters, states, *inputs, training=False) -> (output, new states).

    Parameters and states are dicts by path; the new states hold every path.
    """

    def __init__(self, layer: LayerTree) -> None:
        super().__init__(self._apply, name=layer.name)
        self.layer = layer
        self.__doc__ = f"The forward pass of {layer!r} as a pure function."

    @property
    def location(self) -> str | None:
        return self.layer.location

    def _read_signature(self) -> Signature:
        inner = self.layer.signature
        given = [argument for argument in inner.arguments if argument.name != "training"]
        # An argument of the layer's may have the same name, but not be the same one.
        taken = {argument.name for argument in given}
        names = [f"{name}_" if name in taken else name for name in ("parameters", "states")]
        arguments = [*(Argument(name, True) for name in names), *given]
        arguments.append(Argument("training", False, False, keyword_only=True))
        return Signature(self.name, tuple(arguments), inner.location)

    def _apply(
        self, parameters: Any, states: Any, /, *inputs: Any, training: Any = False, **kwargs: Any
    ) -> tuple[Any, dict[str, Any]]:
        binding = Binding({**parameters, **states}, bool(training))
        output = binding.forward(self.layer, inputs, kwargs)
        return output, {path: binding.new_states.get(path, states[path]) for path in states}

    def traced(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Traced:
        """The graph of a call with specs in place of arrays and floats."""
        traced = super().traced(args, kwargs)
        rest = {name: value for name, value in kwargs.items() if name != "training"}
        self.layer.uses.add(args[2:], rest)
        return traced

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.layer,)


class Pure:
    """A layer as pure functions of its parameters and states, which are dicts by path."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer

    def init(self, seed: int | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """(parameters, states) as they start; with a seed, drawn anew."""
        layer = self.layer if seed is None else reseeded(self.layer, seed)
        return layer.parameters(), layer.states()

    def apply(
        self,
        parameters: Mapping[str, Any],
        states: Mapping[str, Any],
        /,
        *inputs: Any,
        training: bool = False,
        **kwargs: Any,
    ) -> tuple[Any, dict[str, Any]]:
        """(output, new states); may be traced, transformed and called on any host's arrays."""
        return self.layer.program(
            dict(parameters), dict(states), *inputs, training=training, **kwargs
        )


def trace_for_build(layer: LayerTree, inputs: Sequence[Any], training: bool) -> Binding:
    """Trace the forward pass once, making what it reads."""
    known = {**layer.parameters(), **layer.states()}
    binding = Binding(known, training, seeds=seeds_of(layer))
    examples = [example_spec(value) for value in inputs]
    trace(lambda *args: binding.forward(layer, args, {}), examples)
    layer.uses.add(examples, {})
    return binding


def example_spec(value: Any) -> Any:
    """An argument of `build`, as trace wants it: a shape stands for a float32 array."""
    items: Any = value
    if isinstance(value, (tuple, list)) and all(
        item is None or type(item) is int for item in items
    ):
        shape: Any = items
        return ArraySpec(tuple(1 if extent is None else int(extent) for extent in shape), float32)
    return map_leaves(_spec, value)


def _spec(value: Any) -> Any:
    if isinstance(value, Tracer):
        return ArraySpec(value.shape, value.dtype)
    if isinstance(value, ArraySpec):
        return value
    array = np.asarray(value)
    return ArraySpec(array.shape, float32 if isinstance(value, float) else as_dtype(array.dtype))
