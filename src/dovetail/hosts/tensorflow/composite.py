"""Run operations by TensorFlow's own functions, where none of our kernels can be called.

That is under XLA (`jit_compile=True`) and on devices other than the CPU. The derivative is
Dovetail's: another operation, run by the same means. Where sizes are not known before XLA runs, the
unknown dimensions of the inputs are the variables of the size search (operations/sizes.py), and
numbers in the graph that follow from them are tensors (operations/sized_composite.py).
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from dovetail.hosts.tensorflow.library import known_shapes
from dovetail.hosts.tensorflow.table import TABLE
from dovetail.hosts.tensorflow.tracing import keras_exports_onnx, under_xla
from dovetail.operations.composite import prepared
from dovetail.operations.operation import Attachment, Operation, Specs, placed, remember
from dovetail.operations.sized_composite import NoFormulaError, sized_graph
from dovetail.operations.straight_line import Function, straight_line
from dovetail.operations.unknown_sizes import UnknownSizes


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
        outputs = _evaluate_sized(operation, found, inputs)
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


def _evaluate_sized(operation: Operation, found: UnknownSizes, inputs: Sequence[Any]) -> list[Any]:
    """The outputs for tensors of which some sizes are not known."""
    try:
        sized = sized_graph(
            lambda values: prepared(operation.graph(found.at(values)), TABLE),
            found.example,
            found.groups,
        )
    except NoFormulaError as reason:
        raise reason.explained(
            f"{operation.name} cannot be put into a graph for XLA with sizes that are not known",
            "give the inputs full shapes (input_signature, drop_remainder=True), or leave out "
            "jit_compile=True",
        ) from None
    sizes: list[Any] = []
    for first, *_ in found.groups:
        array, dim = found.dims[first]
        sizes.append(tf.shape(inputs[array])[dim])
    return sized.evaluate(
        TABLE, _checked(found, inputs, sizes), sizes, lambda size: tf.cast(size, tf.float64)
    )


def _checked(found: UnknownSizes, inputs: Sequence[Any], sizes: Sequence[Any]) -> list[Any]:
    """The inputs, reshaped so that XLA refuses other sizes than those that were assumed."""
    known: dict[Any, Any] = dict(zip(found.dims, found.example, strict=True))
    for group, size in zip(found.groups, sizes, strict=True):
        known |= {found.dims[variable]: size for variable in group}
    return [
        tf.reshape(tensor, [known.get((n, d), extent) for d, extent in enumerate(tensor.shape)])
        if n < len(found.shapes) and tensor.shape.rank
        else tensor
        for n, tensor in enumerate(inputs)
    ]
