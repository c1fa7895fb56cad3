"""A direct call of an extension on tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf
from tensorflow.python.eager import context, record
from tensorflow.python.framework import ops

from dovetail.extension.base import Extension
from dovetail.hosts.tensorflow.composite import composite, has_accelerator, needs_composite
from dovetail.hosts.tensorflow.gradients import recording
from dovetail.hosts.tensorflow.library import call, eagerly, floats_tensor, hosted
from dovetail.hosts.tensorflow.registration import register
from dovetail.operations.arguments import CallTemplate
from dovetail.operations.calls import OperationCaller, OtherOutputsError, Primal
from dovetail.operations.names import primal
from dovetail.operations.operation import Operation

EagerTensor = ops.EagerTensor
OWN = (tf.Tensor, tf.Variable, np.ndarray)


class TensorflowArguments(CallTemplate):
    """The arguments of a call on tensors, variables and NumPy arrays beside them."""

    __slots__ = ()

    def owns(self, value: object) -> bool:
        return isinstance(value, OWN)

    def add(self, value: Any) -> Any:
        return super().add(value if isinstance(value, tf.Tensor) else tf.convert_to_tensor(value))


class TensorflowCaller(OperationCaller):
    """Calls one extension on tensors."""

    arguments: ClassVar[type[CallTemplate]] = TensorflowArguments

    def __init__(self, host: Any, extension: Extension) -> None:
        super().__init__(host, extension)
        # For an eager call with arrays alone, all else at its default.
        self._fast: tuple[Primal, list[Any]] | None = None

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        fast = self._fast
        if fast is not None and not kwargs and len(args) == self.plain:
            for tensor in args:
                if tensor.__class__ is not EagerTensor:
                    break
            else:
                if context.executing_eagerly():
                    operation, floats = fast
                    chosen: Operation = operation
                    if record.should_record_backprop(args):
                        chosen = recording(operation, args)
                    try:
                        return eagerly(hosted(chosen), [*args, *floats])[0]
                    except OtherOutputsError:
                        self._fast = None
        return self.run(args, kwargs)

    def operation(self, collected: TensorflowArguments, variant: int) -> Primal:
        return primal(self.extension, collected, variant)

    def results(self, operation: Primal, collected: TensorflowArguments) -> Sequence[Any]:
        return apply(operation, collected.arrays, collected.scalars)

    def install_fast_path(self, operation: Primal, collected: TensorflowArguments) -> None:
        floats = [floats_tensor(collected.scalars)] if operation.scalars else []
        if all(isinstance(each, EagerTensor) for each in floats) and not has_accelerator():
            self._fast = operation, floats


def apply(operation: Primal, arrays: list[Any], floats: list[float]) -> list[Any]:
    """One call, so that it can be differentiated."""
    if needs_composite(arrays):
        return composite(operation, arrays, floats)
    chosen: Operation = operation
    if not context.executing_eagerly() or record.should_record_backprop(arrays):
        chosen = recording(operation, arrays)
    results = call(chosen, arrays, floats)
    tree = operation.tree
    return results if tree is None else results[: tree.leaves]


def caller(host: Any, extension: Extension) -> TensorflowCaller:
    """The caller of an extension on tensors."""
    register()
    return TensorflowCaller(host, extension)
