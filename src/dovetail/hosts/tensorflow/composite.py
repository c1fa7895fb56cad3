"""Run operations by TensorFlow's own functions, where none of our kernels can be called.

That is under XLA (`jit_compile=True`) and on devices other than the CPU. The derivative is
Dovetail's: another operation, run by the same means.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from dovetail.hosts.tensorflow.library import known_shapes
from dovetail.hosts.tensorflow.sizes import evaluate_sized
from dovetail.hosts.tensorflow.table import TABLE
from dovetail.hosts.tensorflow.tracing import keras_exports_onnx, under_xla
from dovetail.operations.composite import prepared
from dovetail.operations.operation import Attachment, Operation, Specs, placed, remember
from dovetail.operations.straight_line import Function, straight_line


@functools.cache
def has_accelerator() -> bool:
    """Whether TensorFlow has a device other than CPUs."""
    return any(device.device_type != "CPU" for device in tf.config.list_logical_devices())


def needs_composite(arrays: Sequence[Any]) -> bool:
    """Whether none of our kernels can run: under XLA, in an ONNX file, or not on the CPU."""
    if under_xla() or keras_exports_onnx():
        return True
    if not has_accelerator():
        return False
    devices = [array.device for array in arrays if array.device]
    return not devices or not all("CPU" in device for device in devices)


def composite(operation: Operation, arrays: Sequence[Any], floats: Sequence[float]) -> list[Any]:
    """The outputs, by TensorFlow's own functions, with Dovetail's derivative."""
    known_shapes(operation, arrays)  # raises what is wrong with the maths

    @tf.custom_gradient
    def run(*given: Any) -> Any:
        outputs = _evaluated(operation, given, floats)
        wrt = tuple(n for n, tensor in enumerate(given) if tensor.dtype.is_floating)
        cotangents = tuple(n for n, tensor in enumerate(outputs) if tensor.dtype.is_floating)

        def backward(*gradients: Any) -> Any:
            if not wrt or not cotangents:
                return [None] * len(given)
            arguments = [*[gradients[n] for n in cotangents], *given]
            found = composite(operation.vjp(cotangents, wrt), arguments, floats)
            return placed(found, wrt, len(given))

        return outputs, backward

    # Tensors of this very graph: the derivative's own derivative may be built elsewhere.
    results = run(*map(tf.identity, arrays))
    return list(results) if isinstance(results, (list, tuple)) else [results]


def _evaluated(operation: Operation, arrays: Sequence[Any], floats: Sequence[float]) -> list[Any]:
    found, shapes = known_shapes(operation, arrays)
    inputs = [*arrays, *[tf.constant(number, tf.float64) for number in floats]]
    if found.dims:
        outputs = evaluate_sized(operation, found, TABLE, inputs)
    else:
        outputs = _function(operation, found.specs[0])(*inputs)
    for output, shape in zip(outputs, shapes, strict=True):
        output.set_shape(shape)
    return [tf.identity(output) for output in outputs]


_functions = Attachment[dict[Specs, Function]](lambda operation: {})


def _function(operation: Operation, specs: Specs) -> Function:
    """The maths in TensorFlow's functions. Kept for eager calls; a graph has its own constants."""
    known = _functions.of(operation) if tf.executing_eagerly() else {}
    if specs not in known:
        graph = prepared(operation.graph(specs), TABLE)
        remember(known, specs, straight_line(graph, TABLE))
    return known[specs]
