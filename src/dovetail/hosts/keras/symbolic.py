"""Calls of extensions on symbolic tensors: nodes of a functional model."""

from __future__ import annotations

from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np

from dovetail.errors import ShapeError
from dovetail.extension.base import Extension
from dovetail.extension.dispatch import Caller
from dovetail.extension.values import leaves_of
from dovetail.graph.dtypes import DType, as_dtype
from dovetail.hosts.keras.registration import PACKAGE, extension_named, register_definition
from dovetail.hosts.keras.tensors import SYMBOLIC, data_type, is_array, keras_dtype, tensor
from dovetail.hosts.keras.tensors import partial as partial_shape
from dovetail.language.tracer import Tracer
from dovetail.language.tree import map_leaves, unflatten
from dovetail.operations.arguments import CallTemplate, ForeignValue
from dovetail.operations.calls import Primal, Variants
from dovetail.operations.unknown_sizes import UnknownSizes, find_sizes, output_shapes

_operations: WeakKeyDictionary[Extension, dict[Any, Variants]] = WeakKeyDictionary()


class KerasArguments(CallTemplate):
    """The arguments of a call on Keras' arrays."""

    __slots__ = ()

    def owns(self, value: object) -> bool:
        return not isinstance(value, Tracer) and is_array(value)


def output_spec(extension: Extension, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a call would return, as symbolic tensors; sizes may be unknown."""
    signature = extension.signature
    try:
        collected = KerasArguments(signature, signature.bind(args, kwargs))
    except ForeignValue as found:
        raise found.error from None
    known = _operations.setdefault(extension, {})
    key = tuple(collected.key)
    if key not in known:
        known[key] = Variants(partial(Primal.of, extension, collected.without_arrays()))
    arrays = collected.arrays
    operation, found = known[key].call(_sizes_for, collected)
    types = [each.dtype for each in operation.outputs(found.specs[0])]
    tensors: list[Any] = []
    for shape, dtype in zip(output_shapes(operation, found), types, strict=True):
        if shape is None:
            raise ShapeError(
                f"{extension.name} on symbolic tensors, whose output has a number of dimensions "
                "that depends on unknown sizes",
                [partial_shape(array) for array in arrays],
                "an output of one rank for every size",
                "give the sizes in keras.Input(shape), or keep the dimensions with keepdims=True",
            )
        tensors.append(SYMBOLIC(shape, dtype=keras_dtype(dtype)))
    assert operation.tree is not None
    return unflatten(operation.tree, tensors)


def _sizes_for(operation: Primal, collected: KerasArguments) -> UnknownSizes:
    arrays = collected.arrays
    return find_sizes(operation, list(map(partial_shape, arrays)), list(map(data_type, arrays)))


@keras.saving.register_keras_serializable(PACKAGE, "Call")
class Call(keras.Operation):
    """One call of an extension in the graph of a model."""

    def __init__(self, extension: Extension, name: str | None = None) -> None:
        super().__init__(name=name or _fresh_name(extension))
        self.extension = extension

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The call on tensors of the backend."""
        return self.extension(*args, **kwargs)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """The shapes and data types of the outputs."""
        return output_spec(self.extension, args, kwargs)

    def get_config(self) -> dict[str, Any]:
        """The name of the extension that is called."""
        return {"name": self.name, "extension": register_definition(self.extension)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Call:
        """The call again; its extension must be registered."""
        return cls(extension_named(config["extension"]), config["name"])


def _fresh_name(extension: Extension) -> str:
    label = "".join(c if c.isalnum() else "_" for c in extension.name)
    return f"{label}_{keras.backend.get_uid(label)}"


def _saveable(value: Any) -> Any:
    """An argument as Keras can save it in a model: a data type by its name."""
    is_type = isinstance(value, type) and issubclass(value, np.generic)
    return as_dtype(value).name if is_type or isinstance(value, (DType, np.dtype)) else value


def caller(host: Any, extension: Extension) -> Caller:
    """The caller of an extension on Keras' arrays."""

    def call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        leaves = leaves_of((args, kwargs))
        if any(isinstance(leaf, Tracer) for leaf in leaves):
            return extension.inline(*args, **kwargs)
        if any(isinstance(leaf, SYMBOLIC) for leaf in leaves):
            register_definition(extension)
            # A new one each time: an operation is one node of one graph.
            args, kwargs = map_leaves(_saveable, (args, kwargs))
            return Call(extension).symbolic_call(*args, **kwargs)
        given = [map_leaves(tensor, arg) for arg in args]
        return extension(*given, **{name: map_leaves(tensor, v) for name, v in kwargs.items()})

    return call
