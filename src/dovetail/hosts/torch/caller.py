"""A direct call of an extension on tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch

from dovetail.extension.base import Extension
from dovetail.extension.dispatch import Caller
from dovetail.extension.signature import Argument
from dovetail.hosts.torch.autograd import call as call_operation
from dovetail.hosts.torch.dtypes import is_tracing, spec
from dovetail.hosts.torch.dynamo import (
    CallInGraph,
    dynamo_skip,
    fast_calls_beside_dynamo,
    with_dicts,
    without_dicts,
)
from dovetail.hosts.torch.errors import reraise
from dovetail.hosts.torch.fast_path import PLAIN, available, fast_call, is_compiling
from dovetail.hosts.torch.library import operators, registered
from dovetail.hosts.torch.recording import functions
from dovetail.hosts.torch.segments import calls_library
from dovetail.language.tree import LEAF
from dovetail.operations.arguments import CallTemplate
from dovetail.operations.calls import OperationCaller, Primal

Tensor = torch.Tensor


class TorchArguments(CallTemplate):
    """The arguments of a call on tensors."""

    __slots__ = ()

    floats: ClassVar[tuple[type, ...]] = (float, torch.SymFloat)

    # A symbolic integer becomes one by a guard: another value is another program.

    def _array(self, argument: Argument, value: Any) -> Any:
        return super()._array(argument, _whole_number(value))

    def _frozen(self, argument: Argument, value: Any) -> Any:
        return super()._frozen(argument, _whole_number(value))

    def owns(self, value: object) -> bool:
        return isinstance(value, Tensor)


def _whole_number(value: Any) -> Any:
    """Plain numbers for the symbolic ones, in tuples and lists too."""
    kind = type(value)
    if kind is torch.SymInt:
        return int(value)
    if kind is torch.SymBool:
        return bool(value)
    return kind(map(_whole_number, value)) if kind in (tuple, list) else value


class TorchCaller(CallInGraph, OperationCaller):
    """Calls one extension on tensors."""

    arguments: ClassVar[type[CallTemplate]] = TorchArguments
    run = dynamo_skip(OperationCaller.run)

    def __init__(self, host: Any, extension: Extension) -> None:
        super().__init__(host, extension)
        self._fast: Any = None  # what the extension's fast path was made of

        def whole(*args: Any, **kwargs: Any) -> Any:
            # A call in torch.compile's graph may not return dicts.
            result, self.note = without_dicts(self.run(args, kwargs))
            return result

        self.whole = whole

    def entry_point(self) -> Caller:
        """The function that a call goes through."""
        run, whole, mark, last = self.run, self.whole, self.mark, self.last

        def call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if not is_compiling():
                return run(args, kwargs)
            mark()
            flat = whole(*args, **kwargs)
            dicts = last()
            return flat if dicts is None else with_dicts(dicts, flat)

        return call

    @dynamo_skip
    def results(self, operation: Primal, collected: TorchArguments) -> Sequence[Any]:
        try:
            # Where the outputs have another structure, before anything is in a graph.
            if operation.tree != LEAF or is_compiling() or is_tracing():
                operation.outputs(tuple(map(spec, collected.arrays)))
            result = call_operation(operation, (*collected.arrays, *collected.scalars))
        except (RuntimeError, TypeError, ValueError, AttributeError) as error:
            reraise(error, operation, self.extension.name, collected.arrays)
        return result if isinstance(result, (tuple, list)) else (result,)

    def install_fast_path(self, operation: Primal, collected: TorchArguments) -> None:
        fast = operation, tuple(collected.scalars)
        if self._fast == fast or not available() or not fast_calls_beside_dynamo():
            return
        if operators.find(operation) is None and calls_library(operation, collected.arrays):
            return  # it has no operator of its own
        self._fast = fast
        operator = registered(operation, tuple(map(spec, collected.arrays))).call
        native_call = fast_call(operation.arrays, operator, functions.of(operation), fast[1])
        self.extension.fast_paths |= dict.fromkeys(PLAIN, native_call)


def caller(host: Any, extension: Extension) -> Caller:
    """The caller of an extension on tensors."""
    return TorchCaller(host, extension).entry_point()
