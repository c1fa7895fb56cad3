"""Layers as classes of tf.Module: parameters and states are variables.

A parameter is a trainable tf.Variable, a state one that is not; both are made at once where
all sizes are known, otherwise at the first call, or by `build`. With `training=True` the states
take on their new values. Random keys are drawn by TensorFlow's own random numbers, so that
`tf.random.set_seed` applies.
"""

from __future__ import annotations

import re
from typing import Any

import tensorflow as tf

from dovetail.extension.building import made_whole, random_keys
from dovetail.extension.constructor import argument_names
from dovetail.extension.layer import Layer
from dovetail.extension.program import LayerFunction, trace_for_build
from dovetail.hosts.forms import make_form, path_of_form
from dovetail.hosts.tensorflow.dtypes import spec
from dovetail.hosts.tensorflow.recomputing import drawn
from dovetail.hosts.tensorflow.registration import register
from dovetail.language.tree import map_leaves

_variable: Any = tf.Variable


class LayerModule(tf.Module):
    """A Dovetail layer as a module of TensorFlow; `layer` is the definition.

    `parameters` and `states` map dotted paths to variables.
    """

    def __init__(self, layer: Layer, name: str | None = None) -> None:
        register()
        super().__init__(name=name or re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", layer.name).lower())
        # Kept as one attribute that TensorFlow's tracking does not look into.
        self._no_dependency = _LayerHolder(layer)
        self.parameters: dict[str, Any] = {}
        self.states: dict[str, Any] = {}
        self._built = False
        self._keys = frozenset(random_keys(layer))
        if made_whole(layer):
            self._make_variables()

    @property
    def layer(self) -> Layer:
        """The layer that this module computes."""
        return self._no_dependency.layer

    def build(self, *inputs: Any) -> LayerModule:
        """Make the variables for inputs of these shapes (or like these tensors)."""
        if not self._built:
            self.layer.build(*[_spec(value) for value in inputs])
            self._make_variables()
        return self

    def _make_variables(self) -> None:
        layer = self.layer
        frozen = layer.frozen_paths()
        with tf.init_scope():
            self.parameters = {
                path: _variable(array, trainable=path not in frozen, name=_variable_name(path))
                for path, array in layer.parameters().items()
            }
            self.states = {
                path: _variable(array, trainable=False, name=_variable_name(path))
                for path, array in layer.states().items()
                if path not in self._keys
            }
        self._built = True

    def __getattr__(self, name: str) -> Any:
        """A parameter, state or field of the layer."""
        known = vars(self)
        for variables in (known.get("parameters", {}), known.get("states", {})):
            if name in variables:
                return variables[name]
        holder = known.get("_no_dependency")
        if holder is not None and any(each.name == name for each in holder.layer.fields):
            return getattr(holder.layer, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @tf.autograph.experimental.do_not_convert
    def __call__(self, *inputs: Any, training: bool = False, **kwargs: Any) -> Any:
        """The output for tensors."""
        values = [_tensor(value) for value in inputs]
        self.build(*values)
        output, new_states = self.layer.program(
            {path: tf.convert_to_tensor(value) for path, value in self.parameters.items()},
            {path: tf.convert_to_tensor(value) for path, value in self.states.items()}
            | self._drawn_keys(values, training),
            *values,
            training=training,
            **kwargs,
        )
        if training:
            for path, variable in self.states.items():
                variable.assign(tf.stop_gradient(new_states[path]))
        return output

    def _drawn_keys(self, inputs: list[Any], training: bool) -> dict[str, Any]:
        """A random key for each that the call reads; zeros for the others."""
        if not self._keys:
            return {}
        read = self._keys_read(inputs, training)
        unused = tf.zeros([2], tf.int64)
        return {
            path: drawn(lambda: tf.random.uniform([2], maxval=2**32, dtype=tf.int64))
            if path in read
            else unused
            for path in sorted(self._keys)
        }

    def _keys_read(self, inputs: list[Any], training: bool) -> set[str]:
        """The paths of the random keys that a pass reads."""
        holder, program = self._no_dependency, self.layer.program
        known = holder.keys_read.get(training)
        if known is None or known[0] is not program:  # the first call, or a field has changed
            traced = trace_for_build(self.layer, [_spec(value) for value in inputs], training)
            known = holder.keys_read[training] = program, traced.keys_read
        return known[1]


class _LayerHolder:
    """Hides a layer from tf.Module's search for variables."""

    __slots__ = ("keys_read", "layer")

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        # By mode, the random keys that a pass reads, and the program that this holds for.
        self.keys_read: dict[bool, tuple[LayerFunction, set[str]]] = {}


def layer_form(definition: Any) -> Any:
    """The tf.Module class of a layer's class; of an instance, a module that computes it."""
    if isinstance(definition, Layer):
        return LayerModule(definition)

    own_name = "name" in argument_names(definition)

    def __init__(self: Any, *args: Any, name: str | None = None, **kwargs: Any) -> None:  # noqa: N807
        if own_name and name is not None:
            kwargs["name"] = name
        LayerModule.__init__(self, definition(*args, **kwargs), name)

    path = path_of_form(definition, "tensorflow")
    return make_form(LayerModule, definition, __init__=__init__, __qualname__=path)


def _variable_name(path: str) -> str:
    return path.replace(".", "/")


def _tensor(value: Any) -> Any:
    return map_leaves(lambda leaf: tf.convert_to_tensor(leaf) if _is_array(leaf) else leaf, value)


def _is_array(value: Any) -> bool:
    return hasattr(value, "dtype") or isinstance(value, tf.Variable)


def _spec(value: Any) -> Any:
    if isinstance(value, (tuple, list)) and all(n is None or type(n) is int for n in value):
        return value
    return map_leaves(lambda leaf: spec(leaf) if _is_array(leaf) else leaf, value)
