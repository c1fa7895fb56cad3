"""A model of a framework as its own tracer found it: layers of the library, functions between them.

`fold`, `prune` and the others change the layers of a `TracedModel` as they change those of any
model. Its `Source` then puts the changed arrays and layers into a copy of the module that was
given. That copy is traced again wherever sizes have changed, so that what is measured and given
back is what the user's own code computes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from dovetail.errors import UnsupportedError
from dovetail.extension.layer import Layer
from dovetail.extension.parameters import Parameter, State
from dovetail.improve.data import Examples, largest_difference
from dovetail.improve.trace_errors import cannot_trace
from dovetail.language.namespace import NAMESPACE as dt
from dovetail.language.tree import flatten, map_leaves
from dovetail.train.functional import Step, Value
from dovetail.train.model import Model

AGREE = {np.dtype(np.float32): 1e-3, np.dtype(np.float64): 1e-9}  # of the largest output
CHECKED = 3  # examples that a module that is given back is run on


@dataclass(frozen=True)
class Size:
    """A number that follows from that of the examples n: times n + plus."""

    times: float
    plus: float


@dataclass(frozen=True)
class ArrayOf:
    """An array of a layer, with its axes in the order that the framework has."""

    layer: str
    name: str
    axes: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Place:
    """Where a layer is in a module.

    `owner`: the path of the module that it is, or None for an array alone; `arrays`: for each of
    its arrays where the framework has it.
    """

    owner: Any
    arrays: Mapping[str, Any]


@dataclass(eq=False)
class Reading:
    """The layers and steps of a traced module, and where the layers are in it."""

    layers: dict[str, Any] = field(default_factory=dict[str, Any], init=False)
    places: dict[str, Place] = field(default_factory=dict[str, Place], init=False)
    steps: list[Step] = field(default_factory=list[Step], init=False)
    outputs: Any = field(default=None, init=False)

    def program(self, source: Source) -> Program:
        """The steps, for a source."""
        return Program(tuple(self.steps), self.outputs, source)


@dataclass(eq=False)
class Source(ABC):
    """The module that a model is traced from; `x`: the inputs that it is traced with."""

    module: Any
    x: Any
    read: Callable[[Any, Any], Reading]  # a module, traced with inputs
    places: dict[str, Place] = field(default_factory=dict[str, Place], init=False)
    kinds: dict[str, type] = field(default_factory=dict[str, type], init=False)

    tracer: ClassVar[str]  # its name in messages
    sequence: ClassVar[str]  # a module of the framework that others are put into

    def model(self) -> TracedModel:
        """The model of the module; an error if it computes something else."""
        found = self.read(self.module, self.x)
        self.places.update(found.places)
        self.kinds.update({path: type(layer) for path, layer in found.layers.items()})
        return _checked(TracedModel(found.layers, found.program(self)))

    def form(self, layers: Mapping[str, Any]) -> Any:
        """A copy of the module with what these layers are now."""
        made = self.copied()
        for path, place in self.places.items():
            layer = layers[path]
            if place.owner is None or type(layer) is self.kinds[path]:
                self.write(made, place, layer)
            elif not place.owner:  # the module itself
                raise UnsupportedError(
                    f"{type(made).__name__} would have to become another module itself",
                    "a module with others in it",
                    f"put it into {self.sequence}",
                )
            else:
                self.replace(made, place.owner, layer)
        return made

    def traced_again(self, layers: Mapping[str, Any]) -> Program:
        """The program of that copy, with layers of the same paths."""
        made = self.form(layers)
        found = self.read(made, self.x)
        before, after = (
            {path: type(each) for path, each in some.items()} for some in (layers, found.layers)
        )
        if before != after:
            raise cannot_trace(self.tracer, made, "its graph changes with the sizes of arrays")
        return found.program(self)

    @abstractmethod
    def copied(self) -> Any:
        """A copy of the module."""

    @abstractmethod
    def write(self, made: Any, place: Place, layer: Any) -> None:
        """Put the arrays and sizes of a layer into a copy."""

    @abstractmethod
    def replace(self, made: Any, owner: Any, layer: Any) -> None:
        """Put another module in the place of one of a copy, wherever that is."""

    @abstractmethod
    def outputs(self, module: Any) -> Any:
        """What a module of the framework returns for the inputs, as arrays of NumPy."""


@dataclass(frozen=True, eq=False)
class Program:
    """Steps in order. `outputs` is a tree with values among its leaves."""

    steps: tuple[Step, ...]
    outputs: Any
    source: Source

    def __deepcopy__(self, memo: Any) -> Program:
        return self

    def run(self, layers: Mapping[str, Any], x: Any) -> Any:
        """The outputs for the inputs, whose leaves are in the order of the module's arguments."""
        values = [leaf for _, leaf in flatten(x)[0]]

        def known(leaf: Any) -> Any:
            if isinstance(leaf, Value):
                return values[leaf.number]
            if isinstance(leaf, Size):
                return leaf.times * values[0].shape[0] + leaf.plus
            if not isinstance(leaf, ArrayOf):
                return leaf
            array = getattr(layers[leaf.layer], leaf.name)
            return array if leaf.axes is None else dt.permute_dims(array, leaf.axes)

        for step in self.steps:
            function: Any = layers[step.target] if isinstance(step.target, str) else step.target
            args, kwargs = map_leaves(known, (step.args, step.kwargs))
            values.append(function(*args, **kwargs))
        return map_leaves(known, self.outputs)


class TracedModel(Model):
    """The layers of a module by their paths there, and the program that calls them."""

    layers: dict[str, Any]
    traced: Program

    def forward(self, x: Any) -> Any:
        """The outputs for the inputs."""
        return self.traced.run(self.layers, x)


class Held(Layer):
    """A parameter that a module has itself, and not one of the layers in it."""

    sizes: tuple[int, ...]
    value = Parameter("sizes")

    def forward(self) -> Any:
        """The array."""
        return self.value


class HeldState(Layer):
    """An array that a module has itself, and does not train."""

    sizes: tuple[int, ...]
    value = State("sizes")

    def forward(self) -> Any:
        """The array."""
        return self.value


def refreshed(model: Any) -> None:
    """Trace the module of a model anew, since its arrays have other sizes now."""
    if isinstance(model, TracedModel):
        model.traced = model.traced.source.traced_again(model.layers)


def native(model: TracedModel) -> Any:
    """The module of the framework that a changed model is, run and compared with it."""
    model = model.fresh_copy()  # with the parameters that it predicts with
    module = model.traced.source.form(model.layers)
    outputs = _outputs(
        model.traced.source, module, "run with the changed layers",
        "a module that only calls its layers, and reads none of their attributes",
        "change the modules in it one by one",
    )  # fmt: skip
    error = largest_difference(outputs, model.predict(model.traced.source.x))
    if not error <= _allowed(model):
        raise UnsupportedError(
            f"{type(module).__name__}, run with the changed arrays, returns something else than "
            f"its graph does (by {error:.1e} of the largest output)",
            "a module whose outputs follow from its inputs and arrays alone",
            "leave out of it what its graph does not show, such as sizes in attributes",
        )
    return module


def _outputs(source: Source, module: Any, when: str, expected: str, remedy: str) -> Any:
    """What a module returns for the inputs of a source; an error says what it raised."""
    try:
        return source.outputs(module)
    except Exception as reason:
        raise UnsupportedError(
            f"{type(module).__name__}, {when}, raised {type(reason).__name__}: {reason}",
            expected,
            remedy,
        ) from reason


def _checked(model: TracedModel) -> TracedModel:
    """The model, built, if it computes what the module does."""
    source = model.traced.source
    outputs = _outputs(
        source, source.module, "run on the first inputs",
        "inputs of the types that the module takes",
        "convert them, for example by x.astype('float32')",
    )  # fmt: skip
    if any(np.ndim(leaf) == 0 for _, leaf in flatten(outputs)[0]):
        reason = "it returns something without a row for each example"
        raise cannot_trace(source.tracer, source.module, reason)
    model.build(*model.spread(source.x))
    error = largest_difference(outputs, model.predict(model.traced.source.x))
    if not error <= _allowed(model):
        reason = f"its graph returns something else ({error:.1e} of the largest output)"
        raise cannot_trace(source.tracer, source.module, reason)
    return model


def _allowed(model: TracedModel) -> float:
    return AGREE[np.dtype(model.float_type.numpy)]


def few(examples: Examples) -> Any:
    """The inputs that a module is traced and run with."""
    return examples.first(CHECKED)


def arguments(x: Any) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """The arguments that a module is called with for these inputs."""
    if isinstance(x, Mapping):
        return (), x
    return (tuple(x), {}) if isinstance(x, (tuple, list)) else ((x,), {})
