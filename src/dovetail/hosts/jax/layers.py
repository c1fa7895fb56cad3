"""Layers as classes of `flax.nnx.Module`.

    norm = RMSNorm.jax(64, rngs=nnx.Rngs(0))
    y = norm(x)
    graph, parameters, states = nnx.split(norm, nnx.Param, nnx.BatchStat)

Parameters are `nnx.Param`, states are `LayerState`, a kind of `nnx.BatchStat`, at their dotted
paths. They are made from a key of `rngs.params`; what takes its sizes from the input, at the
first call. Random keys come from a stream of the module's own, forked from `rngs.dropout` as
Flax's modules do it, so that `nnx.jit`, `nnx.vmap`, `nnx.split_rngs` and `nnx.reseed` apply. As
with Flax's own, `model.train()` and `model.eval()` set the mode (training, to begin with), and
`training=` overrides it for a call.

`layer.pure(x)` gives the functions `init(seed)` and `apply(parameters, states, x)`, which
JAX transforms like any others.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import nnx

from dovetail.extension.building import made_whole, random_keys, reseeded
from dovetail.extension.call_errors import taken_name
from dovetail.extension.constructor import argument_names
from dovetail.extension.layer import Layer
from dovetail.hosts.aliases import Names, names_of
from dovetail.hosts.forms import field_parameters, keyword, make_form, pickled_by_definition
from dovetail.hosts.jax.aliases import LAYERS
from dovetail.hosts.jax.caller import JaxArguments
from dovetail.hosts.jax.dtypes import spec, specs_of
from dovetail.hosts.jax.primitive import on_device
from dovetail.hosts.jax.segments import jitted
from dovetail.language.location import location_of
from dovetail.language.tree import map_leaves, unflatten
from dovetail.operations.layer_operations import LayerCall, LayerOperations, layer_operations

_jax: Any = jax
_tracer = _jax.core.Tracer
_PUBLIC = ("layer", "built")  # of a module, unless something in the layer has this name
_TAKEN = ("_layer", "_built", "_bits", "deterministic")
_GIVEN = "given layer"  # the name of what is no field


class LayerState(nnx.BatchStat):
    """An array that a forward pass in training changes."""


class FrozenParameter(nnx.BatchStat):
    """A parameter of a layer with `trainable = False`, which nnx.grad and optimizers leave out."""


class Part(nnx.Module):
    """What a layer inside another one holds."""


class FormType(type(nnx.Module)):
    """The class of the module classes that are made of definitions."""


pickled_by_definition(FormType, "jax")


class LayerModule(nnx.Module, metaclass=FormType):
    """The base of the modules that are made of a definition."""

    definition: ClassVar[type[Layer]]
    _names: ClassVar[Names] = Names()  # Flax', of the fields and variables

    def __init__(self, *args: Any, rngs: nnx.Rngs | None = None, **fields: Any) -> None:
        given = fields.pop(_GIVEN, None)
        known = argument_names(self.definition)
        fields = self._names.own(self.definition.__name__, fields, known)
        layer = self.definition(*args, **fields) if given is None else copy.deepcopy(given)
        self._layer = layer
        self.deterministic = False
        self._built = False
        self._bits = (
            None if rngs is None else nnx.data(jax.random.bits(rngs.params(), dtype=jnp.uint32))
        )
        self._keys = tuple(random_keys(layer))
        self._stream = nnx.data(_stream_of(layer, rngs) if self._keys else None)
        if made_whole(layer):
            self._fill()

    def build(self, *inputs: Any) -> None:
        """Make the parameters and states for inputs of these shapes, where they are missing."""
        if not self._built:
            self._layer.build(*(map_leaves(_example, each) for each in inputs))
            self._fill()

    def _fill(self) -> None:
        layer, bits = self._layer, self._bits
        values: Mapping[str, Any] = {**layer.parameters(), **layer.states()}
        if bits is not None:
            values = _drawn(layer, values, bits)
        for path in values:
            _check_path(layer, path)
        frozen = layer.frozen_paths()
        for path in layer.parameters():
            kind = FrozenParameter if path in frozen else nnx.Param
            _hold(self, path, kind(jnp.asarray(values[path])))
        for path in self._states():
            _hold(self, path, LayerState(jnp.asarray(values[path])))
        self._bits = None
        self._built = True

    def __getattr__(self, name: str) -> Any:
        # No attributes, because layers inside may have these names.
        if name in _PUBLIC and f"_{name}" in vars(self):
            return vars(self)[f"_{name}"]
        own = self._names.ours.get(name)
        if own is not None and own in vars(self):
            return vars(self)[own]
        layer: Any = vars(self).get("_layer")
        read = None if layer is None else self._names.reader(name, layer)
        if read is not None:
            return read(layer)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __call__(self, *inputs: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """The output; in training, the states get their new values."""
        self.build(*inputs)
        in_training = not self.deterministic if training is None else bool(training)
        operations = self._operations()
        modes = (in_training,) * len(operations.trained)
        call, arrays = _bound_call(operations, modes, inputs, kwargs)
        paths = (*operations.parameters, *operations.states)
        variables = [_at(self, path) for path in paths]
        values = [each.get_value() for each in variables]
        keys = self._drawn_keys(call, values, arrays)
        found = jitted(call.primal)(*values, *keys, *arrays)
        results = found if isinstance(found, list) else [found]
        count = len(results) - len(call.changed)
        for number, value in zip(call.changed, results[count:], strict=True):
            variables[len(operations.parameters) + number].set_value(jax.lax.stop_gradient(value))
        return unflatten(call.output, results[:count])

    def _operations(self) -> LayerOperations:
        layer = self._layer
        return layer_operations(layer, tuple(layer.parameters()), self._states(), self._keys)

    def _states(self) -> tuple[str, ...]:
        return tuple(path for path in self._layer.states() if path not in self._keys)

    def _drawn_keys(self, call: LayerCall, values: list[Any], arrays: list[Any]) -> list[Any]:
        """A key from the module's stream for each that the call reads."""
        if not self._keys:
            return []
        unused = jnp.zeros(2, jnp.uint32)
        if call.primal.tree is None:
            given = [*values, *[unused] * len(self._keys), *arrays]
            call.primal.outputs(specs_of(call.primal, given))
        stream: Any = self._stream
        return [
            jax.random.bits(stream(), (2,), jnp.uint32) if path in call.keys_read else unused
            for path in self._keys
        ]


def _bound_call(
    operations: LayerOperations, modes: tuple[bool, ...], inputs: Any, kwargs: Any
) -> tuple[LayerCall, list[Any]]:
    """The call for these inputs, and its arrays and floats."""
    if not kwargs and all(isinstance(each, jax.Array) for each in inputs):
        call, arrays = operations.plain(modes, len(inputs)), list(inputs)
    else:
        call, collected = operations.bound(modes, inputs, kwargs, JaxArguments)
        arrays = [*collected.arrays, *on_device(tuple(collected.scalars))]
    return call, arrays


def _example(value: Any) -> Any:
    return spec(value) if hasattr(value, "shape") and hasattr(value, "dtype") else value


# Where the variables are.


def _hold(module: nnx.Module, path: str, variable: Any) -> None:
    *inner, name = path.split(".")
    for step in inner:
        if step not in vars(module):
            setattr(module, step, Part())
        module = getattr(module, step)
    setattr(module, name, variable)


def _check_path(layer: Layer, path: str) -> None:
    """Raises where an array or a layer would shadow an attribute of the module."""
    for depth, step in enumerate(path.split(".")):
        if hasattr(Part if depth else LayerModule, step) or (depth == 0 and step in _TAKEN):
            what = "the name of something that a module of flax.nnx has"
            raise taken_name(layer.name, step, what, layer.location)


def _at(module: Any, path: str) -> Any:
    for step in path.split("."):
        module = getattr(module, step)
    return module


# First values.


def _stream_of(layer: Layer, rngs: nnx.Rngs | None) -> Any:
    """Where a module's random keys come from; without `rngs`, from the layer's seed."""
    given: Any = nnx.Rngs(layer.entropy() & 0x7FFFFFFF) if rngs is None else rngs
    return given["dropout"].fork()


def _drawn(layer: Layer, like: Mapping[str, Any], bits: Any) -> Mapping[str, Any]:
    """The arrays of a layer for a seed, which may be traced."""

    def draw(seed: Any) -> dict[str, Any]:
        made = reseeded(layer, int(seed))
        return {**made.parameters(), **made.states()}

    if not isinstance(bits, _tracer):
        return draw(bits)
    types = {path: jax.ShapeDtypeStruct(array.shape, array.dtype) for path, array in like.items()}
    # Each seed of a vmap makes a layer of its own.
    return jax.pure_callback(draw, types, bits, vmap_method="sequential")


# The forms.


def layer_form(definition: Any) -> Any:
    """The class of modules that a class of layers makes; of a layer, a module like it."""
    if isinstance(definition, Layer):
        form: Any = type(definition).jax
        return form(**{_GIVEN: definition})
    if "rngs" in argument_names(definition):
        what = "what flax.nnx passes the keys as"
        raise taken_name(definition.__name__, "rngs", what, location_of(definition))
    shown = [*field_parameters(definition, definition.fields), keyword("rngs", None)]
    return make_form(LayerModule, definition, shown, _names=names_of(LAYERS, definition))
