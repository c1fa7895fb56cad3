"""Derivatives of operations, for GradientTape, ForwardAccumulator and vectorized_map.

`register` gives TensorFlow the gradient, the forward mode and the pfor rule of our one op. Each
calls another operation as an op again, so they hold to any order.

Operations that return residuals (`Forward`) and that read them (`Backward`) have derivatives
too: those of the plain operation and of its `vjp`. A residual is a function of the arrays, so
nothing is lost where the derivative goes around it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import tensorflow as tf
from tensorflow.python.eager import forwardprop, record
from tensorflow.python.framework import ops
from tensorflow.python.ops.parallel_for import pfor

from dovetail.graph.primitives.scan import is_reversible
from dovetail.hosts.tensorflow.library import call, known_shapes, partial_shape
from dovetail.hosts.tensorflow.native import OP
from dovetail.operations.names import operation_of
from dovetail.operations.operation import (
    Attachment,
    Backward,
    Forward,
    ForwardBackward,
    Indices,
    Operation,
    placed,
    remember,
)


def floating(tensors: Sequence[Any]) -> Indices:
    """The tensors that have derivatives."""
    return tuple(n for n, tensor in enumerate(tensors) if tensor.dtype.is_floating)


Value = TypeVar("Value")
_caches = Attachment[dict[Any, Any]](lambda operation: {})


def _cached(
    operation: Operation, request: tuple[Any, ...], arrays: Sequence[Any], make: Callable[[], Value]
) -> Value:
    """The cached value of a request for tensors of these shapes and types, or a new one."""
    key = request, tuple(map(_signature_of, arrays))
    cache = _caches.of(operation)
    return cache[key] if key in cache else remember(cache, key, make())


def _signature_of(array: Any) -> Any:
    if array.__class__ is ops.EagerTensor:
        return array._shape_tuple(), array._datatype_enum()
    return partial_shape(array), array.dtype


def partition(
    operation: Operation, cotangents: Indices, wrt: Indices, arrays: Sequence[Any]
) -> ForwardBackward | None:
    """Forward and backward for tensors like these; None where that depends on what is unknown."""
    return _cached(
        operation, (cotangents, wrt), arrays,
        lambda: _partition(operation, cotangents, wrt, arrays),
    )  # fmt: skip


def _partition(
    operation: Operation, cotangents: Indices, wrt: Indices, arrays: Sequence[Any]
) -> ForwardBackward | None:
    tried, _ = known_shapes(operation, arrays)
    if not tried.ranks_known or not operation.graph(tried.specs[0]).known(is_reversible):
        return None
    found = [operation.partition(cotangents, wrt, specs) for specs in tried.specs]
    first = found[0]
    if any(
        each.forward is not first.forward or each.backward is not first.backward for each in found
    ):
        return None
    return first


def recording(operation: Operation, arrays: Sequence[Any]) -> Operation:
    """The operation to run where a gradient may be needed: it may return residuals."""
    wrt = floating(arrays)
    if len(arrays) > 1:
        watched = tuple(n for n in wrt if record.should_record_backprop([arrays[n]]))
        wrt = watched or wrt
    return _cached(operation, (wrt,), arrays, lambda: _recording(operation, wrt, arrays))


def _recording(operation: Operation, wrt: Indices, arrays: Sequence[Any]) -> Operation:
    tried, _ = known_shapes(operation, arrays)
    cotangents = operation.floating_outputs(tried.specs[0])
    if not wrt or not cotangents:
        return operation
    found = partition(operation, cotangents, wrt, arrays)
    return operation if found is None else found.forward


# Reverse mode.


def _arrays_and_floats(operation: Operation, inputs: Sequence[Any]) -> tuple[list[Any], Any]:
    """The arrays, and the floats as a tensor or nothing."""
    arrays = list(inputs[: operation.arrays])
    return arrays, inputs[operation.arrays] if operation.scalars else ()


@dataclass(frozen=True)
class BackwardCall:
    """The operation that computes gradients from cotangents, arrays and saved outputs."""

    operation: Operation
    cotangents: Indices
    arrays: int  # how many of the first
    saved: Indices  # outputs
    wrt: Indices


def _gradient(node: Any, *gradients: Any) -> list[Any]:
    operation = operation_of(node.get_attr("operation").decode())
    inputs, outputs = list(node.inputs), node.outputs
    arrays, floats = _arrays_and_floats(operation, inputs)
    skipped = getattr(node, "skip_input_indices", None) or ()
    present = tuple([gradient is not None for gradient in gradients])
    planned = _cached(
        operation, ("backward", skipped, present), arrays,
        lambda: _backward_call(operation, skipped, present, arrays, outputs),
    )  # fmt: skip
    if planned is None:
        return [None] * len(inputs)
    given = [_dense(gradients[n]) for n in planned.cotangents]
    given += arrays[: planned.arrays]
    given += [outputs[n] for n in planned.saved]
    return placed(call(planned.operation, given, floats), planned.wrt, len(inputs))


def _backward_call(
    operation: Operation,
    skipped: Sequence[int],
    present: tuple[bool, ...],
    arrays: Sequence[Any],
    outputs: Sequence[Any],
) -> BackwardCall | None:
    """The call for the cotangents that are present and the arrays not skipped, if any."""
    wrt = tuple(n for n in floating(arrays) if n not in skipped)
    given = tuple(n for n in floating(outputs) if present[n])
    if isinstance(operation, Forward):
        given = tuple(n for n in given if n < len(outputs) - len(operation.residuals))
    if isinstance(operation, Backward):
        vjp = operation.inner.vjp(operation.cotangents, operation.wrt)
        wrt = tuple(n for n in wrt if n < vjp.arrays)
        double = vjp.vjp(given, wrt) if wrt and given else None
        return None if double is None else BackwardCall(double, given, vjp.arrays, (), wrt)
    if not wrt or not given:
        return None
    inner: Operation = operation
    if isinstance(operation, Forward):
        inner = operation.inner
        if set(wrt) <= set(operation.wrt) and given == operation.cotangents:
            wrt = operation.wrt
    plan = partition(inner, given, wrt, arrays)
    if plan is None or plan.forward is not operation:  # it returned no residuals
        return BackwardCall(inner.vjp(given, wrt), given, len(arrays), (), wrt)
    residuals = range(len(outputs) - plan.residuals, len(outputs))
    return BackwardCall(plan.backward, given, len(arrays), (*plan.kept, *residuals), wrt)


def _dense(gradient: Any) -> Any:
    """A gradient as a tensor: gathers give one as slices."""
    return gradient if isinstance(gradient, tf.Tensor) else tf.convert_to_tensor(gradient)


# Forward mode.


def _forward_mode(
    attributes: tuple[Any, ...], inputs: list[Any], outputs: list[Any], tangents: list[Any]
) -> list[Any]:
    text = attributes[attributes.index("operation") + 1]
    operation = operation_of(text.decode() if isinstance(text, bytes) else text)
    arrays, floats = _arrays_and_floats(operation, inputs)
    plain: Operation = operation
    if isinstance(operation, Backward):
        plain = operation.inner.vjp(operation.cotangents, operation.wrt)
        arrays = arrays[: plain.arrays]
    moving = tuple(n for n in floating(arrays) if tangents[n] is not None)
    moved = floating(outputs)
    if not moving or not moved:
        return [None] * len(outputs)
    given = [tangents[n] for n in moving]
    found = call(plain.jvp(moving, moved), [*arrays, *given], floats)
    return placed(found, moved, len(outputs))


# vectorized_map, and with it jacobian.


def _vectorised(loop: Any) -> list[Any]:
    operation = operation_of(loop.get_attr("operation").decode())
    given = [loop.input(n) for n in range(loop.num_inputs)]
    if operation.scalars and given[-1].is_stacked:
        given[-1] = loop.unstacked_input(len(given) - 1)  # raises: floats are never mapped
    tensors = [each.t for each in given]
    arrays, floats = _arrays_and_floats(operation, tensors)
    mapped = tuple(n for n in range(operation.arrays) if given[n].is_stacked)
    outputs = call(operation.batched(mapped), arrays, floats)
    return [pfor.wrap(output, True) for output in outputs]


def register() -> None:
    """Make TensorFlow find these rules for our op."""
    tf.RegisterGradient(OP)(_gradient)
    forwardprop._SPECIAL_CASES[OP] = _forward_mode
    pfor.RegisterPFor(OP)(_vectorised)
