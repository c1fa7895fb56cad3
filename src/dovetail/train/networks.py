"""The models that are put together from layers: in order, or as a graph of calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dovetail.errors import ArgumentError
from dovetail.extension.fields import attribute
from dovetail.extension.layer import Layer
from dovetail.extension.sequential import Sequential as LayerSequence
from dovetail.extension.sequential import member
from dovetail.language.tree import unflatten
from dovetail.train.functional import Graph, Symbol, is_symbolic, run
from dovetail.train.model import Model


class Functional(Model):
    """A model of the calls between inputs and outputs: what `dt.Model(inputs, outputs)` makes.

    `inputs` and `outputs` are symbols or trees of them; the model takes and returns such trees, and
    inputs by their names, too. `layers` are its layers by name.
    """

    layers: dict[str, Any]
    graph: Any
    _making: bool = attribute(default=False, init=False)

    def __init__(self, inputs: Any, outputs: Any, *, seed: int | None = None) -> None:
        if not is_symbolic(inputs):
            expected = "what dt.Input returned, or a tree of such inputs"
            raise ArgumentError("Model", "inputs", inputs, expected)
        graph = Graph(inputs, outputs)
        layers = graph.layers
        graph.forget_symbols()
        Layer.__init__(self, layers, graph, seed=seed)
        specs = unflatten(graph.input_tree, [each.one_example for each in graph.inputs])
        self.__dict__["_seen"] = [specs]

    def forward(self, x: Any) -> Any:
        """The outputs for the inputs."""
        return run(self.graph, self.layers, x)

    def slots(self) -> Any:
        """The slots of parameters and states, which are made first: the inputs are known."""
        known = self._built or self._making or self._binding is not None
        if not known and self.outermost() is self:
            self.__dict__["_making"] = True
            try:
                self.build(*self._seen or ())
            finally:
                self.__dict__["_making"] = False
        return super().slots()

    @property
    def output_names(self) -> Sequence[str]:
        """The keys of the outputs in a dict, otherwise the layers that they come from."""
        names: Sequence[str] = self.graph.output_names
        return names

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(self.layers)})"


Model._functional = Functional


class Sequential(LayerSequence, Model):
    """Layers, extensions and functions in order, with the methods to train them.

    `dt.Sequential(dt.Dense(64, "relu"), dt.Dense(10))`. `seed` fixes the initial parameters. A
    `dt.Input` at the beginning gives the shape of the inputs: the model is built at once.
    """

    def __init__(self, *layers: Any, seed: int | None = None) -> None:
        given: Any = layers[0] if len(layers) == 1 else layers
        members = tuple(given) if isinstance(given, (tuple, list)) else layers
        first = members[0] if members and isinstance(members[0], Symbol) else None
        if first is not None:
            members = members[1:]
            self.__dict__["_given"] = members, {"seed": seed}
        super().__init__(*members, seed=seed)
        if first is not None:
            self.build(first.one_example)

    def add(self, layer: Any) -> None:
        """Append a layer, as in Keras; the model is built anew with the next input."""
        self.layers = (*self.layers, member(layer))
