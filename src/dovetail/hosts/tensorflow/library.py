"""Calls of operations as TensorFlow ops, in eager mode and in graphs.

There is one op (native.OP). Its attribute `operation` is the text of an operation
(names.py); its inputs are the arrays and, where the operation takes floats, one vector of
them in float64. `call` runs it; derivatives are in gradients.py, the composite for XLA in
composite.py.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python import pywrap_tfe
from tensorflow.python.eager import context, core, execute
from tensorflow.python.framework import op_def_library, ops

from dovetail.extension.exact import float_bits
from dovetail.hosts.tensorflow import native
from dovetail.hosts.tensorflow.dtypes import NUMBERS, ours
from dovetail.hosts.tensorflow.native import OP, raise_original
from dovetail.operations.names import text_of
from dovetail.operations.operation import Attachment, Operation
from dovetail.operations.unknown_sizes import Partial, UnknownSizes, find_sizes, output_shapes

_lock = threading.RLock()
_fast_path: Any = pywrap_tfe.TFE_Py_FastPathExecute
_StatusError: Any = core._NotOkStatusException
_FallbackError: Any = core._FallbackException


class Hosted:
    """What TensorFlow needs of an operation."""

    __slots__ = ("_record", "operation", "shapes", "text", "types")

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.text = text_of(operation)
        self.types: dict[Any, list[int]] = {}  # of the outputs, by those of the inputs
        self.shapes: dict[Any, tuple[UnknownSizes, list[Partial]]] = {}
        self._record: native.Record | None = None

    @property
    def record(self) -> native.Record:
        """What the kernel reads."""
        if self._record is None:
            with _lock:
                if self._record is None:
                    self._record = native.Record(self.operation)
        return self._record


_hosted = Attachment(Hosted)


def hosted(operation: Operation) -> Hosted:
    """What TensorFlow needs of an operation."""
    return _hosted.of(operation)


# Shapes and types.


def partial_shape(tensor: Any) -> Partial:
    """What is known of the shape of a tensor."""
    if isinstance(tensor, ops.EagerTensor):
        return tensor._shape_tuple()
    shape = tensor.shape
    return None if shape.rank is None else tuple(shape.as_list())


def known_shapes(operation: Operation, arrays: Sequence[Any]) -> tuple[UnknownSizes, list[Partial]]:
    """Specs that the operation works for, and what is known of the shapes of its outputs."""
    found = hosted(operation)
    key = tuple([(partial_shape(array), array.dtype) for array in arrays])
    known = found.shapes.get(key)
    if known is None:
        dtypes = [ours(dtype) for _, dtype in key]
        tried = find_sizes(operation, [shape for shape, _ in key], dtypes)
        known = found.shapes[key] = tried, output_shapes(operation, tried)
    return known


def _types(found: Hosted, arrays: Sequence[Any]) -> list[int]:
    tried, _ = known_shapes(found.operation, arrays)
    return [NUMBERS[spec.dtype] for spec in found.operation.outputs(tried.specs[0])]


# Calls.


def call(operation: Operation, arrays: Sequence[Any], floats: Any = ()) -> list[Any]:
    """The outputs. `floats`: numbers, or a vector of them as a tensor of float64."""
    found = hosted(operation)
    inputs = list(arrays)
    if operation.scalars:
        inputs.append(floats_tensor(floats))
    if context.executing_eagerly():
        return eagerly(found, inputs)
    return _in_graph(found, inputs)


def floats_tensor(floats: Any) -> Any:
    """The floats of a call as one tensor."""
    if isinstance(floats, tf.Tensor):
        return floats
    if context.executing_eagerly():
        current: Any = context.context()
        return _eager_floats(float_bits(tuple(floats)), current.device_name)
    return tf.constant(np.asarray(floats, np.float64))


@functools.lru_cache(maxsize=256)
def _eager_floats(content: bytes, device: str) -> Any:  # not by floats: 0.0 equals -0.0
    return tf.constant(np.frombuffer(content, np.float64))


def eagerly(found: Hosted, inputs: list[Any]) -> list[Any]:
    """The op on eager tensors."""
    try:
        key: Any = tuple([tensor._datatype_enum() for tensor in inputs])
    except AttributeError:
        inputs = [tf.convert_to_tensor(value) for value in inputs]
        key = tuple([tensor._datatype_enum() for tensor in inputs])
    types = found.types.get(key)
    if types is None:
        types = found.types[key] = _types(found, inputs[: found.operation.arrays])
    try:
        return _fast_path(
            context.context(), OP, None, inputs, "operation", found.text, "Tout", types
        )
    except _StatusError as error:
        try:
            ops.raise_from_not_ok_status(error, found.operation.name)
        except tf.errors.OpError as raised:
            raise_original(raised)
    except _FallbackError:
        return _eager_fallback(found, inputs, types)


def _eager_fallback(found: Hosted, inputs: list[Any], types: list[int]) -> list[Any]:
    current = context.context()
    tensors = [tf.convert_to_tensor(value) for value in inputs]
    kinds = tuple(tensor._datatype_enum() for tensor in tensors)
    attributes = ("operation", found.text, "Tin", kinds, "Tout", tuple(types))
    outputs = execute.execute(OP, len(types), tensors, attributes, current)
    if execute.must_record_gradient():
        execute.record_gradient(OP, tensors, attributes, outputs)
    return outputs


def _in_graph(found: Hosted, inputs: list[Any]) -> list[Any]:
    operation = found.operation
    arrays = [tf.convert_to_tensor(value) for value in inputs]
    _, shapes = known_shapes(operation, arrays[: operation.arrays])
    types = _types(found, arrays[: operation.arrays])
    _, _, node, outputs = op_def_library._apply_op_helper(
        OP, inputs=arrays, operation=found.text, Tout=types, name=operation.name
    )
    for output, shape in zip(outputs, shapes, strict=True):
        output.set_shape(shape)
    if execute.must_record_gradient():
        attributes = (
            "operation", node.get_attr("operation"), "Tin", node.get_attr("Tin"),
            "Tout", node.get_attr("Tout"),
        )  # fmt: skip
        execute.record_gradient(OP, node.inputs, attributes, outputs)
    return list(outputs)
